# Made by tools/generate_stubs.py; do not edit.

from collections.abc import Callable
from typing import Any

from mushin.autograd import Tensor

NAMES: list[str]
OPS: dict[str, Callable[[Any], Tensor]]

__all__ = [
    "abs",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "ceil",
    "cos",
    "cosh",
    "deg2rad",
    "erf",
    "erfc",
    "erfinv",
    "exp2",
    "exp",
    "expm1",
    "floor",
    "frac",
    "gelu_erf",
    "gelu_tanh",
    "hard_sigmoid",
    "hard_swish",
    "log10",
    "log1p",
    "log2",
    "log",
    "log_sigmoid",
    "mish",
    "neg",
    "rad2deg",
    "reciprocal",
    "relu",
    "round",
    "rsqrt",
    "selu",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinc",
    "sinh",
    "softsign",
    "sqrt",
    "square",
    "tan",
    "tanh",
    "tanhshrink",
    "trunc",
]

def abs(x: Tensor) -> Tensor:
    """|x|; its derivative at 0 is 0. Of any shape."""

def acos(x: Tensor) -> Tensor:
    """The angle from 0 to pi whose cosine is x; NaN beyond 1. Of any shape."""

def acosh(x: Tensor) -> Tensor:
    """The number from 0 on whose hyperbolic cosine is x; NaN below 1. Of any shape."""

def asin(x: Tensor) -> Tensor:
    """The angle from -pi / 2 to pi / 2 whose sine is x; NaN beyond 1. Of any shape."""

def asinh(x: Tensor) -> Tensor:
    """The number whose hyperbolic sine is x. Of any shape."""

def atan(x: Tensor) -> Tensor:
    """The angle from -pi / 2 to pi / 2 whose tangent is x. Of any shape."""

def atanh(x: Tensor) -> Tensor:
    """The number whose hyperbolic tangent is x; NaN beyond 1. Of any shape."""

def ceil(x: Tensor) -> Tensor:
    """The smallest integer that is not below x; its derivative is 0. Of any shape."""

def cos(x: Tensor) -> Tensor:
    """Cosine of an angle in radians. Of any shape."""

def cosh(x: Tensor) -> Tensor:
    """Hyperbolic cosine. Of any shape."""

def deg2rad(x: Tensor) -> Tensor:
    """Degrees as radians, pi / 180 x. Of any shape."""

def erf(x: Tensor) -> Tensor:
    """Error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x. Of any shape."""

def erfc(x: Tensor) -> Tensor:
    """1 - erf(x), exact where that is near 0. Of any shape."""

def erfinv(x: Tensor) -> Tensor:
    """The number whose error function is x; NaN beyond 1. Of any shape."""

def exp2(x: Tensor) -> Tensor:
    """2 to the power of x. Of any shape."""

def exp(x: Tensor) -> Tensor:
    """Exponential. Of any shape."""

def expm1(x: Tensor) -> Tensor:
    """exp(x) - 1, exact near 0. Of any shape."""

def floor(x: Tensor) -> Tensor:
    """The largest integer that is not above x; its derivative is 0. Of any shape."""

def frac(x: Tensor) -> Tensor:
    """x less its integer part. Of any shape."""

def gelu_erf(x: Tensor) -> Tensor:
    """x times the standard normal distribution function of x. Of any shape."""

def gelu_tanh(x: Tensor) -> Tensor:
    """x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))). Of any shape."""

def hard_sigmoid(x: Tensor) -> Tensor:
    """min(max(x + 3, 0), 6) / 6. Of any shape."""

def hard_swish(x: Tensor) -> Tensor:
    """x min(max(x + 3, 0), 6) / 6. Of any shape."""

def log10(x: Tensor) -> Tensor:
    """Logarithm of base 10. Of any shape."""

def log1p(x: Tensor) -> Tensor:
    """log(1 + x), exact near 0. Of any shape."""

def log2(x: Tensor) -> Tensor:
    """Logarithm of base 2. Of any shape."""

def log(x: Tensor) -> Tensor:
    """Natural logarithm; -infinity at 0, NaN below. Of any shape."""

def log_sigmoid(x: Tensor) -> Tensor:
    """log(sigmoid(x)). Of any shape."""

def mish(x: Tensor) -> Tensor:
    """x tanh(log(1 + exp(x))). Of any shape."""

def neg(x: Tensor) -> Tensor:
    """-x. Of any shape."""

def rad2deg(x: Tensor) -> Tensor:
    """Radians as degrees, 180 / pi x. Of any shape."""

def reciprocal(x: Tensor) -> Tensor:
    """1 / x; infinity at 0. Of any shape."""

def relu(x: Tensor) -> Tensor:
    """max(x, 0); its derivative at 0 is 0. Of any shape."""

def round(x: Tensor) -> Tensor:
    """The nearest integer, the even one of two; its derivative is 0. Of any shape."""

def rsqrt(x: Tensor) -> Tensor:
    """1 / sqrt(x); infinity at 0, NaN below. Of any shape."""

def selu(x: Tensor) -> Tensor:
    """1.0507 x above 0, else 1.0507 * 1.6733 (exp(x) - 1). Of any shape."""

def sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + exp(-x)). Of any shape."""

def sign(x: Tensor) -> Tensor:
    """1 above 0, -1 below, else x itself; its derivative is 0. Of any shape."""

def silu(x: Tensor) -> Tensor:
    """x sigmoid(x). Of any shape."""

def sin(x: Tensor) -> Tensor:
    """Sine of an angle in radians. Of any shape."""

def sinc(x: Tensor) -> Tensor:
    """sin(pi x) / (pi x); 1 at 0. Of any shape."""

def sinh(x: Tensor) -> Tensor:
    """Hyperbolic sine. Of any shape."""

def softsign(x: Tensor) -> Tensor:
    """x / (1 + |x|). Of any shape."""

def sqrt(x: Tensor) -> Tensor:
    """Square root; NaN below 0. Of any shape."""

def square(x: Tensor) -> Tensor:
    """x^2. Of any shape."""

def tan(x: Tensor) -> Tensor:
    """Tangent of an angle in radians. Of any shape."""

def tanh(x: Tensor) -> Tensor:
    """Hyperbolic tangent. Of any shape."""

def tanhshrink(x: Tensor) -> Tensor:
    """x - tanh(x). Of any shape."""

def trunc(x: Tensor) -> Tensor:
    """The integer part; its derivative is 0. Of any shape."""
