"""Prints the polynomials of csrc/simd/math.h for the normal distribution and for gelu's derivative.

    python tools/fit_normal.py

With t = 1 - 2 (1 + s) / (x + s), which maps [1, infinity) to [-1, 1), the functions are smooth. They are interpolated
at Chebyshev's points in 60 digits; the series are cut and written in powers of t. Needs mpmath.
"""

from __future__ import annotations

from collections.abc import Callable

from mpmath import chebyt, cos, erfc, exp, matrix, mp, mpf, pi, polyval, sqrt, taylor

POINTS = 160


def mills(x: mpf) -> mpf:
    """exp(x^2 / 2) P(X > x): Mills' ratio over sqrt(2 pi)."""
    if x < 1000:
        return exp(x * x / 2) * erfc(x / sqrt(2)) / 2
    terms, term = mpf(1), mpf(1)  # what would be infinity times zero, by its asymptotic series
    for k in range(1, 12):
        term *= -(2 * k - 1) / (x * x)
        terms += term
    return terms / (x * sqrt(2 * pi))


def scaled_tail(x: mpf, _: mpf) -> mpf:
    return x * mills(x)


def scaled_slope_over_sum(x: mpf, shift: mpf) -> mpf:
    return (mills(x) - x / sqrt(2 * pi)) / (x + shift)


# Function, s and degree. An s of 1 or 3 makes 2 (1 + s) a power of two; 2 makes the least error for its degree.
FITS: dict[str, tuple[Callable[[mpf, mpf], mpf], int, int]] = {
    "tail, float": (scaled_tail, 1, 11),
    "tail, double": (scaled_tail, 2, 24),
    "slope, float": (scaled_slope_over_sum, 3, 9),
    "slope, double": (scaled_slope_over_sum, 3, 22),
}


def powers_of_t(function: Callable[[mpf], mpf], degree: int) -> list[mpf]:
    angles = [pi * (i + mpf(1) / 2) / POINTS for i in range(POINTS)]
    values = [function(cos(angle)) for angle in angles]
    total = matrix(1, degree + 1)
    for k in range(degree + 1):
        weight = (1 if k == 0 else 2) * sum(v * cos(k * a) for v, a in zip(values, angles, strict=True)) / POINTS
        for power, coefficient in enumerate(taylor(lambda t, k=k: chebyt(k, t), 0, k)):
            total[power] += weight * coefficient
    return list(total)


def main() -> None:
    mp.dps = 60
    for name, (function, shift, degree) in FITS.items():

        def of_t(t: mpf, function=function, shift=shift) -> mpf:
            return function(2 * mpf(1 + shift) / (1 - t) - shift, mpf(shift))

        coefficients = powers_of_t(of_t, degree)
        places = [cos(pi * (i + mpf(1) / 3) / 500) for i in range(500)]
        worst = max(abs(polyval(coefficients[::-1], t) - of_t(t)) for t in places)
        print(f"{name}: error {float(worst):.1e}")
        print(", ".join(f"{float(c):.17g}" for c in coefficients))


if __name__ == "__main__":
    main()
