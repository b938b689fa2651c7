"""Elementwise ops of two operands, which are broadcast together as NumPy does, or of one and numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Tensor, forbid_while_recording, from_array, record
from mushin.ops import compare, unary
from mushin.ops.arrays import cast, integer, launched, number, operands, tensor_of
from mushin.ops.integers import of_integers
from mushin.ops.sums import sum_to


def gelu(x: Tensor, approximate: str = "none") -> Tensor:
    """Gaussian error linear unit, x times the standard normal distribution function of x; of any shape.

    approximate: "none", or "tanh" for x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), which GPT-2 uses.
    Source: Hendrycks and Gimpel 2016, section 2.
    """
    if approximate not in ("none", "tanh"):
        raise ValueError(f'[gelu] approximate must be "none" or "tanh", got {approximate!r}')
    return (unary.gelu_tanh if approximate == "tanh" else unary.gelu_erf)(x)


def add(a: Any, b: Any, *, alpha: float = 1) -> Tensor:
    """a + alpha b.

    Source: torch.add.
    """
    a, b = operands("add", a, b) if alpha == 1 else _scaled("add", a, b, alpha)
    try:
        y = kernels.add_forward(a.array, b.array)
    except TypeError:
        return of_integers("add", a, b)
    if a.array.shape == b.array.shape:
        return record(y, (a, b), _to_both)
    return record(y, (a, b), _summed_to(a.array.shape, b.array.shape))


def _scaled(op: str, a: Any, b: Any, alpha: Any) -> tuple[Tensor, Tensor]:
    """Both operands, the second one times alpha, which must be an integer if they are: it changes no dtype."""
    a, b = operands(op, a, b)
    if a.array.dtype.kind == "f":
        number(op, "alpha", alpha)
    else:
        integer(op, "alpha", alpha)
    return a, mul(b, alpha)


def _to_both(dy: np.ndarray, into: Any) -> Any:
    """dy for both operands: handed on to other ops as it is, and written by one launch for leaves."""
    to_a, to_b = into
    to_a, to_b = None if to_a is NEW else to_a, None if to_b is NEW else to_b
    if to_a is None and to_b is None:
        return dy, dy
    da, db = kernels.add_backward(to_a, to_b, dy, dy, dy)
    return dy if to_a is None else da, dy if to_b is None else db


def _summed_to(a_shape: tuple[int, ...], b_shape: tuple[int, ...]) -> Any:
    return lambda dy, into: (sum_to(dy, a_shape, into[0]), sum_to(dy, b_shape, into[1]))


def _binary(op: str, forward_kernel: Any, backward_kernel: Any, a: Any, b: Any) -> Tensor:
    """An op whose derivatives depend on its operands: the kernel gives both in the broadcast shape."""
    a, b = operands(op, a, b)
    x, y = a.array, b.array
    try:
        z = forward_kernel(x, y)
    except TypeError:
        return _OF_INTEGERS.get(op, of_integers)(op, a, b)
    if x.shape == y.shape:
        return record(z, (a, b), lambda dy, into: backward_kernel(into[0], into[1], dy, x, y))

    def backward(dy: np.ndarray, into: Any) -> Any:
        da, db = backward_kernel(_whole(into[0], x.shape, dy), _whole(into[1], y.shape, dy), dy, x, y)
        return sum_to(da, x.shape, into[0]), sum_to(db, y.shape, into[1])

    return record(z, (a, b), backward)


def _whole(into: Any, shape: tuple[int, ...], dy: np.ndarray) -> Any:
    """Where a gradient of dy's shape goes: to its destination only if the operand, of `shape`, was not broadcast."""
    return into if into is None or shape == dy.shape else NEW


def _linear(op: str, forward_kernel: Any, backward_kernel: Any, a: Any, b: Any) -> Tensor:
    """An op whose derivatives do not depend on its operands: dy stands in their places."""
    a, b = operands(op, a, b)
    a_shape, b_shape = a.array.shape, b.array.shape
    try:
        y = forward_kernel(a.array, b.array)
    except TypeError:
        return of_integers(op, a, b)

    def backward(dy: np.ndarray, into: Any) -> Any:
        da, db = backward_kernel(_whole(into[0], a_shape, dy), _whole(into[1], b_shape, dy), dy, dy, dy)
        return sum_to(da, a_shape, into[0]), sum_to(db, b_shape, into[1])

    return record(y, (a, b), backward)


def sub(a: Any, b: Any, *, alpha: float = 1) -> Tensor:
    """a - alpha b.

    Source: torch.sub.
    """
    a, b = (a, b) if alpha == 1 else _scaled("sub", a, b, alpha)
    return _linear("sub", kernels.sub_forward, kernels.sub_backward, a, b)


def mul(a: Any, b: Any) -> Tensor:
    """a * b."""
    return _binary("mul", kernels.mul_forward, kernels.mul_backward, a, b)


def div(a: Any, b: Any) -> Tensor:
    """a / b, of integers in float32; infinity or NaN where b is 0."""
    a, b = operands("div", a, b)
    if a.array.dtype.kind in "biu":
        a, b = cast(a, np.float32), cast(b, np.float32)
    return _binary("div", kernels.div_forward, kernels.div_backward, a, b)


def floor_divide(a: Any, b: Any) -> Tensor:
    """The largest integer that is not above a / b, as Python's //; its derivative is 0. Of integers 0 where b is."""
    return _linear("floor_divide", kernels.floor_divide_forward, kernels.floor_divide_backward, a, b)


def remainder(a: Any, b: Any) -> Tensor:
    """a - b floor(a / b), as Python's %: of b's sign. Of integers 0 where b is."""
    return _binary("remainder", kernels.remainder_forward, kernels.remainder_backward, a, b)


def fmod(a: Any, b: Any) -> Tensor:
    """a - b trunc(a / b), as C's: of a's sign. Of integers 0 where b is."""
    return _binary("fmod", kernels.fmod_forward, kernels.fmod_backward, a, b)


# Powers that are cheaper, and more exact, as what they are.
_POWERS = {0.5: unary.sqrt, -0.5: unary.rsqrt, -1.0: unary.reciprocal, 2.0: unary.square}


def pow(input: Any, exponent: Any) -> Tensor:  # noqa: A001, A002  PyTorch's names
    """input to the power of the exponent; NaN for a negative input and an exponent that is no integer.

    Integers to the power of integers stay integers; truth values to the power of a number become int64.

    Raises:
        ValueError: a negative exponent of integers.
        RecordingError: a tensor of exponents of integers while a step is recorded.

    Source: torch.pow.
    """
    if isinstance(exponent, (int, float, np.integer)) and not isinstance(input, (int, float)):
        input = tensor_of(input)  # noqa: A001
        if input.array.dtype.kind == "f":
            if exponent in _POWERS:
                return _POWERS[float(exponent)](input)
        elif input.array.dtype.kind in "biu" and not isinstance(exponent, float):
            return _integer_power(input, int(exponent))
    return _binary("pow", kernels.pow_forward, kernels.pow_backward, input, exponent)


def _integer_power(a: Tensor, exponent: int) -> Tensor:
    """By squaring; of a's dtype, int64 for truth values."""
    if exponent < 0:
        raise ValueError(f"[pow] exponent must not be negative for integers, got {exponent}")
    square = cast(a, np.int64) if a.array.dtype.kind == "b" else a
    result = cast(from_array(np.ones(a.array.shape, np.int64)), square.array.dtype)
    while exponent:
        if exponent % 2:
            result = mul(result, square)
        square, exponent = mul(square, square), exponent // 2
    return result


def _power_of_integers(op: str, a: Tensor, b: Tensor) -> Tensor:
    x, y = a.array, b.array
    if x.dtype.kind not in "iu":
        return of_integers(op, a, b)
    # NumPy writes it, and reads the exponents: a replay would do neither.
    forbid_while_recording(op, "integers to the power of a tensor of integers cannot be repeated")
    if y.size and y.min() < 0:
        raise ValueError(f"[{op}] exponent must not be negative for integers, got {y.min()}")
    return from_array(np.power(x, y))


def _fmod_of_integers(op: str, a: Tensor, b: Tensor) -> Tensor:
    """The remainder, of b's sign, less b where a has the other sign."""
    if a.array.dtype.kind not in "iu":
        return of_integers(op, a, b)
    rest = launched(op, of_integers, "remainder", a, b)
    crossed = compare.logical_and(rest, compare.ne(compare.lt(rest, 0), compare.lt(a, 0)))
    return sub(rest, mul(b, cast(crossed, b.array.dtype)))


_OF_INTEGERS = {"pow": _power_of_integers, "fmod": _fmod_of_integers}


def logaddexp(a: Any, b: Any) -> Tensor:
    """log(exp(a) + exp(b)), without overflow."""
    return _binary("logaddexp", kernels.logaddexp_forward, kernels.logaddexp_backward, a, b)


def maximum(a: Any, b: Any) -> Tensor:
    """The larger of a and b; NaN if one is. Equal operands share the gradient."""
    return _binary("maximum", kernels.maximum_forward, kernels.maximum_backward, a, b)


def minimum(a: Any, b: Any) -> Tensor:
    """The smaller of a and b; NaN if one is. Equal operands share the gradient."""
    return _binary("minimum", kernels.minimum_forward, kernels.minimum_backward, a, b)


def _with_numbers(name: str, x: Any, *numbers: float) -> Tensor:
    """An op of x and numbers whose derivative is written in x."""
    forward, backward = getattr(kernels, f"{name}_forward"), getattr(kernels, f"{name}_backward")
    x = tensor_of(x)
    values = x.array
    return record(forward(values, *numbers), (x,), lambda dy, into: (backward(into[0], dy, values, *numbers),))


def clip(x: Tensor, low: float | None = None, high: float | None = None) -> Tensor:
    """x, but no less than low (as a method: min) and no more than high (max); its derivative at both is 1.

    Integers stay what they are between integers.

    Source: torch.clamp.
    """
    lowest = -np.inf if low is None else number("clip", "low", low)
    highest = np.inf if high is None else number("clip", "high", high)
    if low is None and high is None:
        raise ValueError("[clip] low or high must be given")
    x = tensor_of(x)
    if x.array.dtype.kind not in "iu":
        return _with_numbers("clip", x, lowest, highest)
    raised = x if low is None else maximum(x, low)
    return raised if high is None else minimum(raised, high)


def hardtanh(x: Tensor, low: float = -1.0, high: float = 1.0) -> Tensor:
    """x, but no less than low and no more than high; its derivative at both is 0."""
    return _with_numbers("hardtanh", x, number("hardtanh", "low", low), number("hardtanh", "high", high))


def leaky_relu(x: Tensor, slope: float = 0.01) -> Tensor:
    """x above 0, else slope x.

    Source: Maas, Hannun and Ng 2013.
    """
    return _with_numbers("leaky_relu", x, number("leaky_relu", "slope", slope))


def elu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """x above 0, else alpha (exp(x) - 1).

    Source: Clevert, Unterthiner and Hochreiter 2016.
    """
    return _with_numbers("elu", x, number("elu", "alpha", alpha))


def celu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """x above 0, else alpha (exp(x / alpha) - 1).

    Source: Barron 2017.
    """
    alpha = number("celu", "alpha", alpha)
    if alpha == 0:
        raise ValueError("[celu] alpha must not be 0")
    return _with_numbers("celu", x, alpha)


def softplus(x: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + exp(beta x)) / beta; x itself where beta x is above the threshold."""
    beta = number("softplus", "beta", beta)
    if beta == 0:
        raise ValueError("[softplus] beta must not be 0")
    return _with_numbers("softplus", x, beta, number("softplus", "threshold", threshold))


def threshold(x: Tensor, bound: float, value: float) -> Tensor:
    """x above the bound, else the value."""
    return _with_numbers("threshold", x, number("threshold", "bound", bound), number("threshold", "value", value))


def hardshrink(x: Tensor, bound: float = 0.5) -> Tensor:
    """x where |x| is above the bound, else 0."""
    return _with_numbers("hardshrink", x, number("hardshrink", "bound", bound))


def softshrink(x: Tensor, bound: float = 0.5) -> Tensor:
    """x less the bound above it, x plus the bound below its negative, else 0."""
    return _with_numbers("softshrink", x, number("softshrink", "bound", bound))


def prelu(x: Tensor, weight: Tensor) -> Tensor:
    """x above 0, else weight x; the weight is broadcast.

    Source: He et al. 2015.
    """
    return _binary("prelu", kernels.prelu_forward, kernels.prelu_backward, x, weight)


# --- functions of numbers: integers become float32


def _of_floats(op: str, a: Any, b: Any) -> Tensor:
    a, b = operands(op, a, b)
    if a.array.dtype.kind in "biu":
        a, b = cast(a, np.float32), cast(b, np.float32)
    return _binary(op, getattr(kernels, f"{op}_forward"), getattr(kernels, f"{op}_backward"), a, b)


def atan2(a: Any, b: Any) -> Tensor:
    """The angle of the point (b, a), from -pi to pi; its derivatives are 0 at the origin."""
    return _of_floats("atan2", a, b)


def hypot(a: Any, b: Any) -> Tensor:
    """sqrt(a^2 + b^2), also where the squares are out of range; its derivatives are 0 at the origin."""
    return _of_floats("hypot", a, b)


def copysign(a: Any, b: Any) -> Tensor:
    """|a| with the sign of b; its derivative at an a of 0 is 0."""
    return _of_floats("copysign", a, b)


def heaviside(a: Any, b: Any) -> Tensor:
    """0 where a is below 0, 1 above, b where it is 0, NaN where it is NaN."""
    return _of_floats("heaviside", a, b)


def xlogy(a: Any, b: Any) -> Tensor:
    """a log(b); 0 where a is 0."""
    return _of_floats("xlogy", a, b)


def logaddexp2(a: Any, b: Any) -> Tensor:
    """log2(2^a + 2^b), without overflow."""
    return _of_floats("logaddexp2", a, b)


def fmax(a: Any, b: Any) -> Tensor:
    """The larger of a and b, or the one that is no NaN. Of equal operands the first has the gradient."""
    return _extreme_number("fmax", maximum, a, b)


def fmin(a: Any, b: Any) -> Tensor:
    """The smaller of a and b, or the one that is no NaN. Of equal operands the first has the gradient."""
    return _extreme_number("fmin", minimum, a, b)


def _extreme_number(op: str, of_integers: Any, a: Any, b: Any) -> Tensor:
    a, b = operands(op, a, b)
    if a.array.dtype.kind in "biu":
        result: Tensor = of_integers(a, b)
        return result
    return _of_floats(op, a, b)
