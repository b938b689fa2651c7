"""The largest error of each vector function over all float32 numbers, in units in the last place.

    python tools/sweep_math.py               all 2^32 numbers: minutes for each function
    python tools/sweep_math.py --every 997   every 997th
    MUSHIN_ISA=avx2 python tools/sweep_math.py exp tanh

The status is 1 if a function errs by more than 4 units. Subnormal arguments count as zero, and
where the exact value is subnormal, so may the result be.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable

import numpy as np

from mushin import Tensor, kernels, ops

NEAR = 2.0**-8  # below, two terms of erf's series are exact to 3e-11
FAR = 32.0  # beyond, erfc is 0 or 2


def _erf_near_zero(x: np.ndarray) -> np.ndarray:
    return 2 / math.sqrt(math.pi) * (x - x**3 / 3)


def _erfc(x: np.ndarray) -> np.ndarray:
    """One call of Python a number, for the few that have no simpler answer."""
    result = np.where(np.abs(x) < NEAR, 1 - _erf_near_zero(x), np.where(np.isnan(x), x, np.where(x < 0, 2.0, 0.0)))
    between = (np.abs(x) >= NEAR) & (np.abs(x) < FAR)
    result[between] = np.frompyfunc(math.erfc, 1, 1)(x[between])
    return result


FUNCTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "exp": np.exp,
    "log": np.log,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "sin": np.sin,
    "cos": np.cos,
    "erf": lambda x: np.where(np.abs(x) < NEAR, _erf_near_zero(x), 1 - _erfc(x)),
    "erfc": _erfc,
    "tan": np.tan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "exp2": np.exp2,
    "gelu": lambda x: x / 2 * _erfc(-x / math.sqrt(2)),
}
MOST_UNITS = 4
AT_ONCE = 1 << 20
SMALLEST = np.finfo(np.float32).tiny


def worst(name: str, every: int = 1) -> tuple[float, float]:
    """The largest error of a function at every so-manieth float32, and where it is; infinite for a result that is
    not even the right infinity or NaN."""
    largest, place = 0.0, 0.0
    for begin in range(0, 2**32, every * AT_ONCE):
        bits = np.arange(begin, min(begin + every * AT_ONCE, 2**32), every, np.uint32)
        x = bits.view(np.float32)
        errors = _errors(name, x)
        k = int(np.argmax(errors))
        if errors[k] > largest:
            largest, place = float(errors[k]), float(x[k])
    return largest, place


def _errors(name: str, x: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        got = getattr(ops, name)(Tensor(x)).array.astype(np.float64)
        exact = FUNCTIONS[name](np.where(np.abs(x) < SMALLEST, np.float32(0), x).astype(np.float64))
        rounded = exact.astype(np.float32)
        units = np.abs(got - exact) / np.spacing(np.maximum(np.abs(rounded), SMALLEST), dtype=np.float32)
    special = ~np.isfinite(rounded)
    same = (got == rounded) | (np.isnan(got) & np.isnan(rounded))
    tiny = (np.abs(exact) < SMALLEST) & (np.abs(got) <= SMALLEST)
    return np.where(special, np.where(same, 0.0, np.inf), np.where(tiny, 0.0, np.where(np.isnan(units), np.inf, units)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("functions", nargs="*", help="of " + ", ".join(FUNCTIONS) + " (all)")
    parser.add_argument("--every", type=int, default=1, help="of the 2^32 numbers (all)")
    options = parser.parse_args()
    print(f"{kernels.isa()}, every {options.every}th of all float32 numbers")
    is_good = True
    for name in options.functions or FUNCTIONS:
        units, place = worst(name, options.every)
        is_good = is_good and units <= MOST_UNITS
        print(f"{name:8} {units:.3f} units at {place!r}", flush=True)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
