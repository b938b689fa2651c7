"""Prints the polynomials of csrc/simd/math.h for the complementary error function.

    python tools/fit_erfc.py

With t = (x - K) / (x + K), which maps [0, infinity) to [-1, 1), the function (x + K) exp(x^2) erfc(x) is smooth and
nowhere zero. It is interpolated at Chebyshev's points in 60 digits; the series is cut and written in powers of t.
Needs mpmath.
"""

from __future__ import annotations

from mpmath import chebyt, cos, erfc, exp, matrix, mp, mpf, pi, polyval, sqrt, taylor

K = mpf("2.5")
POINTS = 160
DEGREES = {"float": 11, "double": 25}


def smooth(t: mpf) -> mpf:
    x = K * (1 + t) / (1 - t)
    if x < 1000:
        return (x + K) * exp(x * x) * erfc(x)
    terms, term = mpf(1), mpf(1)  # exp(x^2) erfc(x), which would be infinity times zero, by its asymptotic series
    for k in range(1, 12):
        term *= -(2 * k - 1) / (2 * x * x)
        terms += term
    return (x + K) * terms / (x * sqrt(pi))


def powers_of_t(degree: int) -> list[mpf]:
    angles = [pi * (i + mpf(1) / 2) / POINTS for i in range(POINTS)]
    values = [smooth(cos(angle)) for angle in angles]
    total = matrix(1, degree + 1)
    for k in range(degree + 1):
        weight = (1 if k == 0 else 2) * sum(v * cos(k * a) for v, a in zip(values, angles, strict=True)) / POINTS
        for power, coefficient in enumerate(taylor(lambda t, k=k: chebyt(k, t), 0, k)):
            total[power] += weight * coefficient
    return list(total)


def main() -> None:
    mp.dps = 60
    for name, degree in DEGREES.items():
        coefficients = powers_of_t(degree)
        places = [cos(pi * (i + mpf(1) / 3) / 500) for i in range(500)]
        worst = max(abs(polyval(coefficients[::-1], t) / smooth(t) - 1) for t in places)
        print(f"{name}: relative error {float(worst):.1e}")
        print(", ".join(f"{float(c):.17g}" for c in coefficients))


if __name__ == "__main__":
    main()
