"""Prints the polynomials of csrc/simd/math.h for the normal distribution and for gelu's derivative.

    python tools/fit_normal.py

With t = 1 - 2 (x0 + s) / (x + s), which maps [x0, infinity) to [-1, 1), the functions are smooth. They are interpolated
at Chebyshev's points in 60 digits; the series are cut and written in powers of t. Needs mpmath.
"""

from __future__ import annotations

from collections.abc import Callable

from mpmath import chebyt, cos, erfc, exp, matrix, mp, mpf, pi, polyval, sqrt, taylor

POINTS = 160


def scaled_tail(x: mpf) -> mpf:
    """exp(x^2 / 2) P(X > x)."""
    if x < 1000:
        return exp(x * x / 2) * erfc(x / sqrt(2)) / 2
    terms, term = mpf(1), mpf(1)  # what would be infinity times zero, by its asymptotic series
    for k in range(1, 12):
        term *= -(2 * k - 1) / (x * x)
        terms += term
    return terms / (x * sqrt(2 * pi))


def tail(x: mpf, shift: mpf) -> mpf:
    return x * scaled_tail(x)


def slope(x: mpf, shift: mpf) -> mpf:
    return (scaled_tail(x) - x / sqrt(2 * pi)) / (x + shift)


# Function, x0, s and degree. With s = 1 the tail's 2 (x0 + s) is a power of two.
FITS: dict[str, tuple[Callable[[mpf, mpf], mpf], int, int, int]] = {
    "tail, float": (tail, 1, 1, 11),
    "tail, double": (tail, 1, 2, 24),
    "slope, float": (slope, 0, 3, 10),
    "slope, double": (slope, 0, 3, 25),
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
    for name, (function, start, shift, degree) in FITS.items():

        def of_t(t: mpf, function=function, start=start, shift=shift) -> mpf:
            return function(2 * (start + shift) / (1 - t) - shift, mpf(shift))

        coefficients = powers_of_t(of_t, degree)
        places = [cos(pi * (i + mpf(1) / 3) / 500) for i in range(500)]
        worst = max(abs(polyval(coefficients[::-1], t) - of_t(t)) for t in places)
        print(f"{name}: error {float(worst):.1e}")
        print(", ".join(f"{float(c):.17g}" for c in coefficients))


if __name__ == "__main__":
    main()
