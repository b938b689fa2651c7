# Made by tools/generate_stubs.py; do not edit.

import builtins
from collections.abc import Callable
from typing import Any

from mushin.autograd import RemovableHandle, Tensor
from mushin.ops.extremes import Picked

class TensorMethods:
    """What ops/methods.py attaches to Tensor."""

    def abs(self) -> Tensor:
        """|x|; its derivative at 0 is 0. Of any shape."""

    def acos(self) -> Tensor:
        """The angle from 0 to pi whose cosine is x; NaN beyond 1. Of any shape."""

    def acosh(self) -> Tensor:
        """The number from 0 on whose hyperbolic cosine is x; NaN below 1. Of any shape."""

    def asin(self) -> Tensor:
        """The angle from -pi / 2 to pi / 2 whose sine is x; NaN beyond 1. Of any shape."""

    def asinh(self) -> Tensor:
        """The number whose hyperbolic sine is x. Of any shape."""

    def atan(self) -> Tensor:
        """The angle from -pi / 2 to pi / 2 whose tangent is x. Of any shape."""

    def atanh(self) -> Tensor:
        """The number whose hyperbolic tangent is x; NaN beyond 1. Of any shape."""

    def ceil(self) -> Tensor:
        """The smallest integer that is not below x; its derivative is 0. Of any shape."""

    def cos(self) -> Tensor:
        """Cosine of an angle in radians. Of any shape."""

    def cosh(self) -> Tensor:
        """Hyperbolic cosine. Of any shape."""

    def deg2rad(self) -> Tensor:
        """Degrees as radians, pi / 180 x. Of any shape."""

    def erf(self) -> Tensor:
        """Error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x. Of any shape."""

    def erfc(self) -> Tensor:
        """1 - erf(x), exact where that is near 0. Of any shape."""

    def erfinv(self) -> Tensor:
        """The number whose error function is x; NaN beyond 1. Of any shape."""

    def exp2(self) -> Tensor:
        """2 to the power of x. Of any shape."""

    def exp(self) -> Tensor:
        """Exponential. Of any shape."""

    def expm1(self) -> Tensor:
        """exp(x) - 1, exact near 0. Of any shape."""

    def floor(self) -> Tensor:
        """The largest integer that is not above x; its derivative is 0. Of any shape."""

    def frac(self) -> Tensor:
        """x less its integer part. Of any shape."""

    def gelu_erf(self) -> Tensor:
        """x times the standard normal distribution function of x. Of any shape."""

    def gelu_tanh(self) -> Tensor:
        """x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))). Of any shape."""

    def hard_sigmoid(self) -> Tensor:
        """min(max(x + 3, 0), 6) / 6. Of any shape."""

    def hard_swish(self) -> Tensor:
        """x min(max(x + 3, 0), 6) / 6. Of any shape."""

    def log10(self) -> Tensor:
        """Logarithm of base 10. Of any shape."""

    def log1p(self) -> Tensor:
        """log(1 + x), exact near 0. Of any shape."""

    def log2(self) -> Tensor:
        """Logarithm of base 2. Of any shape."""

    def log(self) -> Tensor:
        """Natural logarithm; -infinity at 0, NaN below. Of any shape."""

    def log_sigmoid(self) -> Tensor:
        """log(sigmoid(x)). Of any shape."""

    def mish(self) -> Tensor:
        """x tanh(log(1 + exp(x))). Of any shape."""

    def neg(self) -> Tensor:
        """-x. Of any shape."""

    def rad2deg(self) -> Tensor:
        """Radians as degrees, 180 / pi x. Of any shape."""

    def reciprocal(self) -> Tensor:
        """1 / x; infinity at 0. Of any shape."""

    def relu(self) -> Tensor:
        """max(x, 0); its derivative at 0 is 0. Of any shape."""

    def round(self) -> Tensor:
        """The nearest integer, the even one of two; its derivative is 0. Of any shape."""

    def rsqrt(self) -> Tensor:
        """1 / sqrt(x); infinity at 0, NaN below. Of any shape."""

    def selu(self) -> Tensor:
        """1.0507 x above 0, else 1.0507 * 1.6733 (exp(x) - 1). Of any shape."""

    def sigmoid(self) -> Tensor:
        """1 / (1 + exp(-x)). Of any shape."""

    def sign(self) -> Tensor:
        """1 above 0, -1 below, else x itself; its derivative is 0. Of any shape."""

    def silu(self) -> Tensor:
        """x sigmoid(x). Of any shape."""

    def sin(self) -> Tensor:
        """Sine of an angle in radians. Of any shape."""

    def sinc(self) -> Tensor:
        """sin(pi x) / (pi x); 1 at 0. Of any shape."""

    def sinh(self) -> Tensor:
        """Hyperbolic sine. Of any shape."""

    def softsign(self) -> Tensor:
        """x / (1 + |x|). Of any shape."""

    def sqrt(self) -> Tensor:
        """Square root; NaN below 0. Of any shape."""

    def square(self) -> Tensor:
        """x^2. Of any shape."""

    def tan(self) -> Tensor:
        """Tangent of an angle in radians. Of any shape."""

    def tanh(self) -> Tensor:
        """Hyperbolic tangent. Of any shape."""

    def tanhshrink(self) -> Tensor:
        """x - tanh(x). Of any shape."""

    def trunc(self) -> Tensor:
        """The integer part; its derivative is 0. Of any shape."""

    def abs_(self) -> Tensor:
        """`abs`, in x's memory."""

    def acos_(self) -> Tensor:
        """`acos`, in x's memory."""

    def acosh_(self) -> Tensor:
        """`acosh`, in x's memory."""

    def asin_(self) -> Tensor:
        """`asin`, in x's memory."""

    def asinh_(self) -> Tensor:
        """`asinh`, in x's memory."""

    def atan_(self) -> Tensor:
        """`atan`, in x's memory."""

    def atanh_(self) -> Tensor:
        """`atanh`, in x's memory."""

    def ceil_(self) -> Tensor:
        """`ceil`, in x's memory."""

    def cos_(self) -> Tensor:
        """`cos`, in x's memory."""

    def cosh_(self) -> Tensor:
        """`cosh`, in x's memory."""

    def deg2rad_(self) -> Tensor:
        """`deg2rad`, in x's memory."""

    def erf_(self) -> Tensor:
        """`erf`, in x's memory."""

    def erfc_(self) -> Tensor:
        """`erfc`, in x's memory."""

    def erfinv_(self) -> Tensor:
        """`erfinv`, in x's memory."""

    def exp2_(self) -> Tensor:
        """`exp2`, in x's memory."""

    def exp_(self) -> Tensor:
        """`exp`, in x's memory."""

    def expm1_(self) -> Tensor:
        """`expm1`, in x's memory."""

    def floor_(self) -> Tensor:
        """`floor`, in x's memory."""

    def frac_(self) -> Tensor:
        """`frac`, in x's memory."""

    def gelu_erf_(self) -> Tensor:
        """`gelu_erf`, in x's memory."""

    def gelu_tanh_(self) -> Tensor:
        """`gelu_tanh`, in x's memory."""

    def hard_sigmoid_(self) -> Tensor:
        """`hard_sigmoid`, in x's memory."""

    def hard_swish_(self) -> Tensor:
        """`hard_swish`, in x's memory."""

    def log10_(self) -> Tensor:
        """`log10`, in x's memory."""

    def log1p_(self) -> Tensor:
        """`log1p`, in x's memory."""

    def log2_(self) -> Tensor:
        """`log2`, in x's memory."""

    def log_(self) -> Tensor:
        """`log`, in x's memory."""

    def log_sigmoid_(self) -> Tensor:
        """`log_sigmoid`, in x's memory."""

    def mish_(self) -> Tensor:
        """`mish`, in x's memory."""

    def neg_(self) -> Tensor:
        """`neg`, in x's memory."""

    def rad2deg_(self) -> Tensor:
        """`rad2deg`, in x's memory."""

    def reciprocal_(self) -> Tensor:
        """`reciprocal`, in x's memory."""

    def relu_(self) -> Tensor:
        """`relu`, in x's memory."""

    def round_(self) -> Tensor:
        """`round`, in x's memory."""

    def rsqrt_(self) -> Tensor:
        """`rsqrt`, in x's memory."""

    def selu_(self) -> Tensor:
        """`selu`, in x's memory."""

    def sigmoid_(self) -> Tensor:
        """`sigmoid`, in x's memory."""

    def sign_(self) -> Tensor:
        """`sign`, in x's memory."""

    def silu_(self) -> Tensor:
        """`silu`, in x's memory."""

    def sin_(self) -> Tensor:
        """`sin`, in x's memory."""

    def sinc_(self) -> Tensor:
        """`sinc`, in x's memory."""

    def sinh_(self) -> Tensor:
        """`sinh`, in x's memory."""

    def softsign_(self) -> Tensor:
        """`softsign`, in x's memory."""

    def sqrt_(self) -> Tensor:
        """`sqrt`, in x's memory."""

    def square_(self) -> Tensor:
        """`square`, in x's memory."""

    def tan_(self) -> Tensor:
        """`tan`, in x's memory."""

    def tanh_(self) -> Tensor:
        """`tanh`, in x's memory."""

    def tanhshrink_(self) -> Tensor:
        """`tanhshrink`, in x's memory."""

    def trunc_(self) -> Tensor:
        """`trunc`, in x's memory."""

    def gelu(self, approximate: str = 'none') -> Tensor:
        """Gaussian error linear unit, x times the standard normal distribution function of x; of any shape."""

    def __add__(self, b: Any) -> Tensor:
        """a + alpha b."""

    def __radd__(self, other: Any) -> Tensor: ...

    def __sub__(self, b: Any) -> Tensor:
        """a - alpha b."""

    def __rsub__(self, other: Any) -> Tensor: ...

    def __mul__(self, b: Any) -> Tensor:
        """a * b."""

    def __rmul__(self, other: Any) -> Tensor: ...

    def __truediv__(self, b: Any) -> Tensor:
        """a / b, of integers in float32; infinity or NaN where b is 0."""

    def __rtruediv__(self, other: Any) -> Tensor: ...

    def __floordiv__(self, b: Any) -> Tensor:
        """The largest integer that is not above a / b, as Python's //; its derivative is 0. Of integers 0 where b is."""

    def __rfloordiv__(self, other: Any) -> Tensor: ...

    def __mod__(self, b: Any) -> Tensor:
        """a - b floor(a / b), as Python's %: of b's sign. Of integers 0 where b is."""

    def __rmod__(self, other: Any) -> Tensor: ...

    def __pow__(self, exponent: Any) -> Tensor:
        """input to the power of the exponent; NaN for a negative input and an exponent that is no integer."""

    def __rpow__(self, other: Any) -> Tensor: ...

    def __neg__(self) -> Tensor:
        """-x. Of any shape."""

    def __round__(self, ndigits: builtins.int | None = None) -> Tensor:
        """Every element rounded to a whole number, or to so many digits after the point."""

    def __pos__(self) -> Tensor:
        """The tensor itself."""

    def __abs__(self) -> Tensor:
        """|x|; its derivative at 0 is 0. Of any shape."""

    def __and__(self, b: Any) -> Tensor:
        """The bits that both integers have; of truth values, `logical_and`."""

    def __rand__(self, b: Any) -> Tensor:
        """The bits that both integers have; of truth values, `logical_and`."""

    def __or__(self, b: Any) -> Tensor:
        """The bits that one of the integers has; of truth values, `logical_or`."""

    def __ror__(self, b: Any) -> Tensor:
        """The bits that one of the integers has; of truth values, `logical_or`."""

    def __xor__(self, b: Any) -> Tensor:
        """The bits that exactly one of the integers has; of truth values, `logical_xor`."""

    def __rxor__(self, b: Any) -> Tensor:
        """The bits that exactly one of the integers has; of truth values, `logical_xor`."""

    def __invert__(self) -> Tensor:
        """Every bit reversed; of truth values, `logical_not`."""

    def __iadd__(self, other: Any) -> Tensor:
        """x += alpha * other."""

    def __isub__(self, other: Any) -> Tensor:
        """x -= alpha * other."""

    def __imul__(self, other: Any) -> Tensor:
        """x *= other."""

    def __itruediv__(self, other: Any) -> Tensor:
        """x /= other."""

    def __eq__(self, other: Any) -> Any:
        """Whether a equals b; NaN equals nothing."""

    def __ne__(self, other: Any) -> Any:
        """Whether a differs from b."""

    def __lt__(self, other: Any) -> Any:
        """Whether a is less than b."""

    def __le__(self, other: Any) -> Any:
        """Whether a is at most b."""

    def __gt__(self, other: Any) -> Any:
        """Whether a is greater than b."""

    def __ge__(self, other: Any) -> Any:
        """Whether a is at least b."""

    def __matmul__(self, b: Any) -> Tensor:
        """Matrix product; leading axes are batches and are broadcast together."""

    def __rmatmul__(self, other: Any) -> Tensor: ...

    def __getitem__(self, index: Any) -> Tensor:
        """x[index]: a view for integers, slices, None and ...; a new tensor for integer arrays and masks."""

    def __setitem__(self, index: Any, value: Any) -> None:
        """x[index] = value, with any index that `x[index]` takes; of several values for one place the last stays."""

    def matmul(self, b: Any) -> Tensor:
        """Matrix product; leading axes are batches and are broadcast together."""

    def add(self, b: Any, *, alpha: builtins.float = 1) -> Tensor:
        """a + alpha b."""

    def sub(self, b: Any, *, alpha: builtins.float = 1) -> Tensor:
        """a - alpha b."""

    def mul(self, b: Any) -> Tensor:
        """a * b."""

    def div(self, b: Any) -> Tensor:
        """a / b, of integers in float32; infinity or NaN where b is 0."""

    def pow(self, exponent: Any) -> Tensor:
        """input to the power of the exponent; NaN for a negative input and an exponent that is no integer."""

    def remainder(self, b: Any) -> Tensor:
        """a - b floor(a / b), as Python's %: of b's sign. Of integers 0 where b is."""

    def fmod(self, b: Any) -> Tensor:
        """a - b trunc(a / b), as C's: of a's sign. Of integers 0 where b is."""

    def floor_divide(self, b: Any) -> Tensor:
        """The largest integer that is not above a / b, as Python's //; its derivative is 0. Of integers 0 where b is."""

    def maximum(self, b: Any) -> Tensor:
        """The larger of a and b; NaN if one is. Equal operands share the gradient."""

    def minimum(self, b: Any) -> Tensor:
        """The smaller of a and b; NaN if one is. Equal operands share the gradient."""

    def logaddexp(self, b: Any) -> Tensor:
        """log(exp(a) + exp(b)), without overflow."""

    def atan2(self, b: Any) -> Tensor:
        """The angle of the point (b, a), from -pi to pi; its derivatives are 0 at the origin."""

    def copysign(self, b: Any) -> Tensor:
        """|a| with the sign of b; its derivative at an a of 0 is 0."""

    def fmax(self, b: Any) -> Tensor:
        """The larger of a and b, or the one that is no NaN. Of equal operands the first has the gradient."""

    def fmin(self, b: Any) -> Tensor:
        """The smaller of a and b, or the one that is no NaN. Of equal operands the first has the gradient."""

    def heaviside(self, b: Any) -> Tensor:
        """0 where a is below 0, 1 above, b where it is 0, NaN where it is NaN."""

    def hypot(self, b: Any) -> Tensor:
        """sqrt(a^2 + b^2), also where the squares are out of range; its derivatives are 0 at the origin."""

    def logaddexp2(self, b: Any) -> Tensor:
        """log2(2^a + 2^b), without overflow."""

    def xlogy(self, b: Any) -> Tensor:
        """a log(b); 0 where a is 0."""

    def lerp(self, end: Any, weight: Any) -> Tensor:
        """input + weight (end - input)."""

    def addcmul(self, tensor1: Any, tensor2: Any, *, value: builtins.float = 1) -> Tensor:
        """input + value tensor1 tensor2."""

    def addcdiv(self, tensor1: Any, tensor2: Any, *, value: builtins.float = 1) -> Tensor:
        """input + value tensor1 / tensor2."""

    def float_power(self, exponent: Any) -> Tensor:
        """input to the power of the exponent, in float64."""

    def logit(self, eps: builtins.float | None = None) -> Tensor:
        """log(input / (1 - input)): the inverse of the sigmoid; NaN outside of [0, 1]."""

    def nan_to_num(self, nan: builtins.float | None = 0.0, posinf: builtins.float | None = None, neginf: builtins.float | None = None) -> Tensor:
        """input with numbers in the place of NaN and infinities, which have no gradient."""

    def isposinf(self) -> Tensor:
        """Whether each element is infinity."""

    def isneginf(self) -> Tensor:
        """Whether each element is minus infinity."""

    def signbit(self) -> Tensor:
        """Whether each element is negative, or a zero or NaN with a minus."""

    def clip(self, min: builtins.float | None = None, max: builtins.float | None = None) -> Tensor:
        """x, but no less than low (as a method: min) and no more than high (max); its derivative at both is 1."""

    def clamp(self, min: builtins.float | None = None, max: builtins.float | None = None) -> Tensor:
        """x, but no less than low (as a method: min) and no more than high (max); its derivative at both is 1."""

    def eq(self, b: Any) -> Tensor:
        """Whether a equals b; NaN equals nothing."""

    def ne(self, b: Any) -> Tensor:
        """Whether a differs from b."""

    def lt(self, b: Any) -> Tensor:
        """Whether a is less than b."""

    def le(self, b: Any) -> Tensor:
        """Whether a is at most b."""

    def gt(self, b: Any) -> Tensor:
        """Whether a is greater than b."""

    def ge(self, b: Any) -> Tensor:
        """Whether a is at least b."""

    def logical_and(self, b: Any) -> Tensor:
        """Whether neither a nor b is 0."""

    def logical_or(self, b: Any) -> Tensor:
        """Whether a or b is not 0."""

    def logical_xor(self, b: Any) -> Tensor:
        """Whether exactly one of a and b is 0."""

    def logical_not(self) -> Tensor:
        """Whether x is 0."""

    def bitwise_and(self, b: Any) -> Tensor:
        """The bits that both integers have; of truth values, `logical_and`."""

    def bitwise_or(self, b: Any) -> Tensor:
        """The bits that one of the integers has; of truth values, `logical_or`."""

    def bitwise_xor(self, b: Any) -> Tensor:
        """The bits that exactly one of the integers has; of truth values, `logical_xor`."""

    def bitwise_not(self) -> Tensor:
        """Every bit reversed; of truth values, `logical_not`."""

    def isnan(self) -> Tensor:
        """Whether each element is NaN."""

    def isinf(self) -> Tensor:
        """Whether each element is infinity or its negative."""

    def isfinite(self) -> Tensor:
        """Whether each element is neither infinite nor NaN."""

    def isclose(self, b: Any, rtol: builtins.float = 1e-05, atol: builtins.float = 1e-08, equal_nan: builtins.bool = False) -> Tensor:
        """Whether |a - b| <= atol + rtol |b|, or both are the same infinity or, with `equal_nan`, NaN."""

    def allclose(self, b: Any, rtol: builtins.float = 1e-05, atol: builtins.float = 1e-08, equal_nan: builtins.bool = False) -> builtins.bool:
        """Whether `isclose` holds for all elements."""

    def equal(self, b: Any) -> builtins.bool:
        """Whether two tensors have the same shape and elements."""

    def sum(self, dim: Any = None, keepdim: builtins.bool = False, *, dtype: Any = None, axis: Any = None, keepdims: builtins.bool = False, out: None = None) -> Tensor:
        """Sum over axes."""

    def mean(self, dim: Any = None, keepdim: builtins.bool = False, *, dtype: Any = None, axis: Any = None, keepdims: builtins.bool = False, out: None = None) -> Tensor:
        """Mean over axes, as `sum`, of float32 or float64; NaN over no elements."""

    def count_nonzero(self, dim: Any = None, keepdim: builtins.bool = False, *, axis: Any = None, keepdims: builtins.bool = False) -> Tensor:
        """How many elements are not zero over axes, as `sum`; int64, without gradient. A NaN is not zero."""

    def all(self, dim: Any = None, keepdim: builtins.bool = False, *, axis: Any = None, keepdims: builtins.bool = False, out: None = None) -> Tensor:
        """Whether all elements over axes are not zero: bool, without gradient; True of none. x is of any real dtype."""

    def any(self, dim: Any = None, keepdim: builtins.bool = False, *, axis: Any = None, keepdims: builtins.bool = False, out: None = None) -> Tensor:
        """Whether any element over axes is not zero: bool, without gradient; False of none. x is of any real dtype."""

    def max(self, dim: Any = None, keepdim: builtins.bool = False, *, axis: Any = None, keepdims: builtins.bool = False, out: None = None) -> Any:
        """Maximum: along `dim` the values and their indices, as PyTorch's; over `axis`, or over all, only
        the values. A NaN goes before every number. With another tensor in the place of `dim`, `maximum` of both."""

    def min(self, dim: Any = None, keepdim: builtins.bool = False, *, axis: Any = None, keepdims: builtins.bool = False, out: None = None) -> Any:
        """Minimum: along `dim` the values and their indices, as PyTorch's; over `axis`, or over all, only
        the values. A NaN goes before every number. With another tensor in the place of `dim`, `minimum` of both."""

    def amax(self, dim: Any = None, keepdim: builtins.bool = False, *, axis: Any = None, keepdims: builtins.bool = False) -> Tensor:
        """Maximum over axes; a NaN is the largest. Elements that are equally large share the gradient evenly."""

    def amin(self, dim: Any = None, keepdim: builtins.bool = False, *, axis: Any = None, keepdims: builtins.bool = False) -> Tensor:
        """Minimum over axes, as `amax`; a NaN is the smallest."""

    def argmax(self, dim: Any = None, keepdim: builtins.bool = False, *, axis: Any = None, keepdims: builtins.bool = False) -> Tensor:
        """Index of the first maximum along an axis or, without one, in the flattened tensor; int64, without gradient."""

    def argmin(self, dim: Any = None, keepdim: builtins.bool = False, *, axis: Any = None, keepdims: builtins.bool = False) -> Tensor:
        """Index of the first minimum along an axis or, without one, in the flattened tensor; int64, without gradient."""

    def prod(self, dim: Any = None, keepdim: builtins.bool = False, *, dtype: Any = None, axis: Any = None, keepdims: builtins.bool = False, out: None = None) -> Tensor:
        """Product over axes; 1 of none. An element's derivative is the product of the others, also where some are zero."""

    def var(self, dim: Any = None, unbiased: builtins.bool | None = None, keepdim: builtins.bool = False, *, correction: builtins.float | None = None, axis: Any = None, keepdims: builtins.bool = False) -> Any:
        """Variance over axes: the sum of (x - mean)^2 / (n - correction) of n elements, from the centred elements."""

    def std(self, dim: Any = None, unbiased: builtins.bool | None = None, keepdim: builtins.bool = False, *, correction: builtins.float | None = None, axis: Any = None, keepdims: builtins.bool = False) -> Any:
        """Standard deviation over axes: the root of `var`. Its derivative where all elements are equal is 0."""

    def logsumexp(self, dim: Any = None, keepdim: builtins.bool = False, *, axis: Any = None, keepdims: builtins.bool = False) -> Tensor:
        """log(sum of exp(x)) over axes, from x minus its maximum, so that nothing overflows; -infinity of no elements."""

    def norm(self, p: builtins.float | str | None = 2, dim: Any = None, keepdim: builtins.bool = False, *, axis: Any = None, keepdims: builtins.bool = False) -> Tensor:
        """Norm of vectors, which lie along `dim`, several axes, or all: (sum of |x|^p)^(1 / p)."""

    def nansum(self, dim: Any = None, keepdim: builtins.bool = False, *, axis: Any = None, keepdims: builtins.bool = False) -> Tensor:
        """Sum over axes of the elements that are no NaN."""

    def nanmean(self, dim: Any = None, keepdim: builtins.bool = False, *, axis: Any = None, keepdims: builtins.bool = False) -> Tensor:
        """Mean over axes of the elements that are no NaN; NaN of none."""

    def cummax(self, dim: builtins.int | None = None, *, axis: builtins.int | None = None) -> Tensor:
        """The largest element up to each place along an axis, and where it is, int64: of equal ones the last, which has the
        gradient. A NaN is the largest."""

    def cummin(self, dim: builtins.int | None = None, *, axis: builtins.int | None = None) -> Tensor:
        """The smallest element up to each place along an axis, and where it is; see `cummax`."""

    def aminmax(self, *, dim: builtins.int | None = None, keepdim: builtins.bool = False) -> tuple[Tensor, Tensor]:
        """The smallest and the largest element, of all or along an axis; see `amin` and `amax`."""

    def cumsum(self, dim: builtins.int | None = None, *, axis: builtins.int | None = None) -> Tensor:
        """y_k = x_0 + ... + x_k along an axis."""

    def cumprod(self, dim: builtins.int | None = None, *, axis: builtins.int | None = None) -> Tensor:
        """y_k = x_0 ... x_k along an axis; its derivative is right also where elements are zero."""

    def softmax(self, dim: builtins.int | None = None, *, axis: builtins.int = -1) -> Tensor:
        """exp(x_i) / sum of exp(x_j) along an axis, computed from x minus its maximum."""

    def log_softmax(self, dim: builtins.int | None = None, *, axis: builtins.int = -1) -> Tensor:
        """x_i - log(sum of exp(x_j)) along an axis, computed from x minus its maximum."""

    def sort(self, dim: builtins.int = -1, descending: builtins.bool = False, stable: builtins.bool = True, *, axis: builtins.int | None = None) -> Picked:
        """x in order along an axis, and where each element was, int64."""

    def argsort(self, dim: builtins.int = -1, descending: builtins.bool = False, stable: builtins.bool = True, *, axis: builtins.int | None = None) -> Tensor:
        """The places that bring x in order along an axis, int64, as `sort`; without gradient."""

    def topk(self, k: builtins.int, dim: builtins.int = -1, largest: builtins.bool = True, sorted: builtins.bool = True) -> Picked:
        """The k largest elements along an axis, the largest first, or the k smallest; and their places, int64. Of equal
        elements the first is taken first."""

    def kthvalue(self, k: builtins.int, dim: builtins.int = -1, keepdim: builtins.bool = False) -> Picked:
        """The kth smallest element along an axis, from 1 on, and its place, int64."""

    def median(self, dim: builtins.int | None = None, keepdim: builtins.bool = False) -> Any:
        """The median, of an even number of elements the lower one; NaN if there is one. Along `dim` with its indices."""

    def bincount(self, weights: Any = None, minlength: builtins.int = 0) -> Tensor:
        """How often each number from 0 to the largest occurs, or the sum of its weights; without gradient."""

    def unique(self, sorted: builtins.bool = True, return_inverse: builtins.bool = False, return_counts: builtins.bool = False, dim: builtins.int | None = None) -> Any:
        """The distinct elements in ascending order, without gradient; every NaN is one of its own."""

    def reshape(self, *sizes: Any) -> Tensor:
        """The same elements in another shape, of which one length may be -1; a view where the memory allows it."""

    def view(self, *sizes: Any) -> Tensor:
        """`reshape` that never copies."""

    def flatten(self, start_dim: builtins.int = 0, end_dim: builtins.int = -1) -> Tensor:
        """The axes from start_dim to end_dim as one."""

    def permute(self, *dims: Any) -> Tensor:
        """The axes in another order; a view."""

    def transpose(self, dim0: builtins.int, dim1: builtins.int) -> Tensor:
        """Two axes swapped; a view."""

    @property
    def T(self) -> Tensor:
        """The tensor with its axes in reverse order."""

    def t(self) -> Tensor:
        """A matrix with rows and columns swapped; a vector or number as it is. A view."""

    @property
    def mT(self) -> Tensor:
        """Matrices with their rows and columns swapped: the last two axes; a view."""

    @property
    def mH(self) -> Tensor:
        """Matrices with their rows and columns swapped: the last two axes; a view."""

    @property
    def H(self) -> Tensor:
        """A matrix with rows and columns swapped; a vector or number as it is. A view."""

    @property
    def itemsize(self) -> builtins.int:
        """The bytes of one element."""

    @property
    def nbytes(self) -> Tensor: ...

    def is_floating_point(self) -> builtins.bool:
        """Whether the elements are floating-point numbers."""

    def is_signed(self) -> builtins.bool:
        """Whether the dtype has negative numbers."""

    def is_nonzero(self) -> builtins.bool:
        """Whether the only element is not zero."""

    def ndimension(self) -> builtins.int:
        """The number of axes."""

    def element_size(self) -> builtins.int:
        """The bytes of one element."""

    def stride(self, dim: builtins.int | None = None) -> Any:
        """How many elements lie between neighbours along each axis, or along one."""

    def is_contiguous(self) -> builtins.bool:
        """Whether the elements lie one after the other, row by row."""

    def is_same_size(self, other: Tensor) -> builtins.bool:
        """Whether two tensors have one shape."""

    def view_as(self, other: Tensor) -> Tensor:
        """`view` in another tensor's shape."""

    def reshape_as(self, other: Tensor) -> Tensor:
        """`reshape` to another tensor's shape."""

    def type_as(self, other: Tensor) -> Tensor:
        """The elements in another tensor's dtype."""

    def adjoint(self) -> Tensor:
        """Matrices with their rows and columns swapped: the last two axes; a view."""

    def new_tensor(self, data: Any, dtype: Any = None, requires_grad: builtins.bool = False) -> Tensor:
        """`tensor` of this one's dtype, unless another is given."""

    def new_full(self, size: Any, fill_value: builtins.float, dtype: Any = None, requires_grad: builtins.bool = False) -> Tensor:
        """`full` of this one's dtype, unless another is given."""

    def new_empty(self, *size: Any, dtype: Any = None, requires_grad: builtins.bool = False) -> Tensor:
        """`empty` of this one's dtype, unless another is given."""

    def new_zeros(self, *size: Any, dtype: Any = None, requires_grad: builtins.bool = False) -> Tensor:
        """`zeros` of this one's dtype, unless another is given."""

    def new_ones(self, *size: Any, dtype: Any = None, requires_grad: builtins.bool = False) -> Tensor:
        """`ones` of this one's dtype, unless another is given."""

    def nelement(self) -> builtins.int:
        """The number of elements."""

    def contiguous(self) -> Tensor:
        """The tensor itself if its memory has no gaps, else a copy without."""

    def expand(self, *sizes: Any) -> Tensor:
        """x repeated along its axes of length 1, and along new ones in front, to a shape; -1 keeps a length."""

    def expand_as(self, other: Tensor) -> Tensor:
        """`expand` to another tensor's shape."""

    def broadcast_to(self, size: tuple[builtins.int, ...]) -> Tensor:
        """`expand` under NumPy's name."""

    def squeeze(self, dim: builtins.int | tuple[builtins.int, ...] | None = None) -> Tensor:
        """x without its axes of length 1, or without those of `dim` that are; a view."""

    def unsqueeze(self, dim: builtins.int) -> Tensor:
        """x with a new axis of length 1 at `dim`; a view."""

    def unflatten(self, dim: builtins.int, sizes: tuple[builtins.int, ...]) -> Tensor:
        """The axis `dim` as several, of which one length may be -1."""

    def ravel(self) -> Tensor:
        """The elements as one axis; a view where the memory allows it."""

    def movedim(self, source: builtins.int | tuple[builtins.int, ...], destination: builtins.int | tuple[builtins.int, ...]) -> Tensor:
        """The source axes at the destinations, the others in their order; a view."""

    def moveaxis(self, source: builtins.int | tuple[builtins.int, ...], destination: builtins.int | tuple[builtins.int, ...]) -> Tensor:
        """The source axes at the destinations, the others in their order; a view."""

    def swapaxes(self, dim0: builtins.int, dim1: builtins.int) -> Tensor:
        """Two axes swapped; a view."""

    def swapdims(self, dim0: builtins.int, dim1: builtins.int) -> Tensor:
        """Two axes swapped; a view."""

    def narrow(self, dim: builtins.int, start: builtins.int, length: builtins.int) -> Tensor:
        """The elements from start to before start + length of an axis; a view."""

    def select(self, dim: builtins.int, index: builtins.int) -> Tensor:
        """The elements at one place of an axis, which goes; a view."""

    def diagonal(self, offset: builtins.int = 0, dim1: builtins.int = 0, dim2: builtins.int = 1) -> Tensor:
        """The elements whose place on dim2 is their place on dim1 plus offset, as the last axis; a view."""

    def split(self, split_size_or_sections: builtins.int | tuple[builtins.int, ...] | list[builtins.int], dim: builtins.int = 0) -> tuple[Tensor, ...]:
        """x in pieces along an axis: of one length, but for the last, or of the lengths given; views."""

    def chunk(self, chunks: builtins.int, dim: builtins.int = 0) -> tuple[Tensor, ...]:
        """x in so many pieces of one length along an axis, but for the last, or in fewer; views."""

    def tensor_split(self, indices_or_sections: builtins.int | tuple[builtins.int, ...] | list[builtins.int], dim: builtins.int = 0) -> tuple[Tensor, ...]:
        """x in so many pieces along an axis, the first ones longer by 1 if need be, or cut at indices; views."""

    def unbind(self, dim: builtins.int = 0) -> tuple[Tensor, ...]:
        """The tensors at each place of an axis, which goes; views."""

    def flip(self, *dims: Any) -> Tensor:
        """x with its elements in reverse order along axes; a copy."""

    def roll(self, shifts: builtins.int | tuple[builtins.int, ...], dims: builtins.int | tuple[builtins.int, ...] | None = None) -> Tensor:
        """x with its elements moved along axes; what leaves one end comes in at the other."""

    def repeat(self, *repeats: Any) -> Tensor:
        """x over and over along its axes, and along new ones in front; a copy."""

    def tile(self, *dims: Any) -> Tensor:
        """`repeat` that takes 1 for the axes in front that have no number."""

    def repeat_interleave(self, repeats: Any, dim: builtins.int | None = None) -> Tensor:
        """Each element several times in a row along an axis, or in the flattened tensor; a copy."""

    def triu(self, diagonal: builtins.int = 0) -> Tensor:
        """Matrices with zeros below a diagonal."""

    def tril(self, diagonal: builtins.int = 0) -> Tensor:
        """Matrices with zeros above a diagonal, as `triu`."""

    def fliplr(self) -> Tensor:
        """input with its second axis reversed; a copy."""

    def flipud(self) -> Tensor:
        """input with its first axis reversed; a copy."""

    def rot90(self, k: builtins.int = 1, dims: tuple[builtins.int, ...] = (0, 1)) -> Tensor:
        """input turned by k quarters, from the first of two axes towards the second."""

    def hsplit(self, indices_or_sections: builtins.int | tuple[builtins.int, ...] | list[builtins.int]) -> tuple[Tensor, ...]:
        """input in so many equal pieces along the second axis, or the only one, or cut at indices; views."""

    def vsplit(self, indices_or_sections: builtins.int | tuple[builtins.int, ...] | list[builtins.int]) -> tuple[Tensor, ...]:
        """input in so many equal pieces along the first axis, or cut at indices; views."""

    def dsplit(self, indices_or_sections: builtins.int | tuple[builtins.int, ...] | list[builtins.int]) -> tuple[Tensor, ...]:
        """input in so many equal pieces along the third axis, or cut at indices; views."""

    def unfold(self, dimension: builtins.int, size: builtins.int, step: builtins.int) -> Tensor:
        """Pieces of an axis, each as the last axis; where they overlap, an element is in several. A copy."""

    def diag(self, diagonal: builtins.int = 0) -> Tensor:
        """The matrix with a vector on a diagonal, or a matrix' diagonal."""

    def diag_embed(self, offset: builtins.int = 0, dim1: builtins.int = -2, dim2: builtins.int = -1) -> Tensor:
        """Matrices that are zero but for a diagonal, the last axis of input."""

    def diagflat(self, offset: builtins.int = 0) -> Tensor:
        """The matrix with all elements of a tensor on a diagonal."""

    def trace(self) -> Tensor:
        """Sum of a matrix' main diagonal."""

    def corrcoef(self) -> Tensor:
        """Pearson's correlations of variables, the rows of input, between each other."""

    def cov(self, *, correction: builtins.int = 1, fweights: Any = None, aweights: Any = None) -> Tensor:
        """Covariances of variables, the rows of input, between each other: (variables, variables), or () of one."""

    def diff(self, n: builtins.int = 1, dim: builtins.int = -1, prepend: Any = None, append: Any = None) -> Tensor:
        """The differences of neighbours along an axis, taken n times; of truth values whether they differ."""

    def dist(self, other: Any, p: builtins.float = 2.0) -> Tensor:
        """The p-norm of input - other, of all elements; they are broadcast together."""

    def histc(self, bins: builtins.int = 100, min: builtins.float = 0, max: builtins.float = 0) -> Tensor:
        """How many elements lie in each of so many bins of one width; those outside, and NaN, in none. Without gradient."""

    def kron(self, other: Any) -> Tensor:
        """Kronecker's product: every element of input times the whole of other."""

    def msort(self) -> Tensor:
        """input in ascending order along its first axis."""

    def quantile(self, q: Any, dim: builtins.int | None = None, keepdim: builtins.bool = False, *, interpolation: str = 'linear') -> Tensor:
        """The value below which a share q of the elements lies, of all or along an axis; NaN where one is."""

    def renorm(self, p: builtins.float, dim: builtins.int, maxnorm: builtins.float) -> Tensor:
        """input with each slice along an axis made shorter, if its p-norm is above maxnorm."""

    def unique_consecutive(self, return_inverse: builtins.bool = False, return_counts: builtins.bool = False, dim: builtins.int | None = None) -> Any:
        """The elements without those that equal the one before, in their order; without gradient."""

    def __contains__(self, element: Any) -> builtins.bool:
        """Whether an element of the tensor has a value."""

    def where(self, condition: Any, other: Any) -> Tensor:
        """self where the condition is true, else other; see `mushin.where`."""

    def masked_fill(self, mask: Any, value: Any) -> Tensor:
        """x with one value where the mask is true."""

    def masked_select(self, mask: Any) -> Tensor:
        """The elements of x at which the mask is true, as one axis; both are broadcast together."""

    def nonzero(self, as_tuple: builtins.bool = False) -> Any:
        """The places of the elements that are not zero, int64: (number of them, axes), or a tensor for each axis."""

    def gather(self, dim: builtins.int, index: Any) -> Tensor:
        """y[i, j, k] = x[index[i, j, k], j, k] for dim 0, and so for each axis."""

    def take_along_dim(self, indices: Any, dim: builtins.int | None = None) -> Tensor:
        """`gather` of a tensor and indices that are broadcast together along the other axes, or that are flattened."""

    def scatter(self, dim: builtins.int, index: Any, src: Any = None, *, value: builtins.float | None = None) -> Tensor:
        """A copy of x with y[index[i, j, k], j, k] = src[i, j, k] for dim 0, and so for each axis; of several the last."""

    def scatter_add(self, dim: builtins.int, index: Any, src: Tensor) -> Tensor:
        """A copy of x with y[index[i, j, k], j, k] += src[i, j, k] for dim 0, and so for each axis."""

    def index_select(self, dim: builtins.int, index: Any) -> Tensor:
        """The elements of x at places along one axis, in the order of index."""

    def index_add(self, dim: builtins.int, index: Any, source: Tensor, *, alpha: builtins.float = 1) -> Tensor:
        """A copy of x with alpha * source[i] added at place index[i] along an axis, in the order of i."""

    def take(self, index: Any) -> Tensor:
        """The elements of the flattened tensor at places, in the shape of index; those below 0 count from the end."""

    def index_copy(self, dim: builtins.int, index: Any, source: Any) -> Tensor:
        """A copy of input with source[i] at place index[i] along an axis; of several the last."""

    def index_fill(self, dim: builtins.int, index: Any, value: Any) -> Tensor:
        """A copy of input with one value at the places that index names along an axis."""

    def masked_scatter(self, mask: Any, source: Any) -> Tensor:
        """A copy of input in which the elements where the mask is true are, one after the other, those of source."""

    def put(self, index: Any, source: Any, accumulate: builtins.bool = False) -> Tensor:
        """A copy of input in which the elements at places of the flattened tensor are those of source, or have them added."""

    def scatter_reduce(self, dim: builtins.int, index: Any, src: Any, reduce: str, *, include_self: builtins.bool = True) -> Tensor:
        """A copy of input in which what src holds for a place is taken together: `scatter_add` and its like."""

    def mm(self, mat2: Tensor) -> Tensor:
        """Matrix product of (m, k) and (k, n)."""

    def bmm(self, mat2: Tensor) -> Tensor:
        """Matrix products of (batch, m, k) and (batch, k, n)."""

    def mv(self, vec: Tensor) -> Tensor:
        """Product of a matrix (m, k) and a vector (k,)."""

    def dot(self, tensor: Tensor) -> Tensor:
        """Sum of the products of two vectors (k,)."""

    def inner(self, other: Tensor) -> Tensor:
        """Sums of products over the last axes: (..., k) and (***, k) give (..., ***); a product for numbers."""

    def outer(self, vec2: Tensor) -> Tensor:
        """Products of all elements of two vectors: (m,) and (n,) give (m, n)."""

    def addmm(self, mat1: Tensor, mat2: Tensor, *, beta: builtins.float = 1, alpha: builtins.float = 1) -> Tensor:
        """beta * input + alpha * mat1 mat2, with input broadcast to the product's shape; beta of 0 leaves input out."""

    def baddbmm(self, batch1: Tensor, batch2: Tensor, *, beta: builtins.float = 1, alpha: builtins.float = 1) -> Tensor:
        """`addmm` of batches of matrices."""

    def bernoulli(self) -> Tensor:
        """1 with the probability that stands in x, else 0; without gradient."""

    def multinomial(self, num_samples: builtins.int, replacement: builtins.bool = False) -> Tensor:
        """Columns drawn with the probabilities that the weights of a row have, in the order they were drawn; int64."""

    def clone(self) -> Tensor:
        """A copy in new memory, in the graph."""

    def cpu(self) -> Tensor:
        """The tensor itself."""

    def positive(self) -> Tensor:
        """The tensor itself."""

    def vdot(self, tensor: Tensor) -> Tensor:
        """Sum of the products of two vectors (k,)."""

    def ger(self, vec2: Tensor) -> Tensor:
        """Products of all elements of two vectors: (m,) and (n,) give (m, n)."""

    def to(self, dtype: Any) -> Tensor:
        """x with another dtype; its gradient is cast back."""

    def float(self) -> Tensor: ...

    def double(self) -> Tensor: ...

    def long(self) -> Tensor: ...

    def int(self) -> Tensor: ...

    def short(self) -> Tensor: ...

    def bool(self) -> Tensor: ...

    def copy_(self, src: Any) -> Tensor:
        """Overwrites x with src, which is broadcast and cast."""

    def fill_(self, value: builtins.float) -> Tensor:
        """Overwrites every element with a number."""

    def zero_(self) -> Tensor:
        """Overwrites every element with zero."""

    def add_(self, other: Any, alpha: builtins.float = 1) -> Tensor:
        """x += alpha * other."""

    def sub_(self, other: Any, alpha: builtins.float = 1) -> Tensor:
        """x -= alpha * other."""

    def mul_(self, other: Any) -> Tensor:
        """x *= other."""

    def div_(self, other: Any) -> Tensor:
        """x /= other."""

    def pow_(self, exponent: Any) -> Tensor:
        """x to the power of the exponent, in place."""

    def clamp_(self, min: builtins.float | None = None, max: builtins.float | None = None) -> Tensor:
        """x, but no less than min and no more than max, in place."""

    def register_hook(self, hook: Callable[[Tensor], Any]) -> RemovableHandle:
        """Calls `hook(gradient)` in every `backward`, as soon as this tensor's gradient is whole."""

    def retain_grad(self) -> None:
        """Keeps the gradient of a tensor that an op computed in its `grad`, after its hooks; leaves keep theirs anyway."""

    @property
    def retains_grad(self) -> builtins.bool:
        """Whether `retain_grad` has been called of a tensor that an op computed."""

    def atan2_(self, b: Any) -> Tensor:
        """`atan2`, in x's memory."""

    def copysign_(self, b: Any) -> Tensor:
        """`copysign`, in x's memory."""

    def fmax_(self, b: Any) -> Tensor:
        """`fmax`, in x's memory."""

    def fmin_(self, b: Any) -> Tensor:
        """`fmin`, in x's memory."""

    def heaviside_(self, b: Any) -> Tensor:
        """`heaviside`, in x's memory."""

    def hypot_(self, b: Any) -> Tensor:
        """`hypot`, in x's memory."""

    def logaddexp2_(self, b: Any) -> Tensor:
        """`logaddexp2`, in x's memory."""

    def xlogy_(self, b: Any) -> Tensor:
        """`xlogy`, in x's memory."""

    def lerp_(self, end: Any, weight: Any) -> Tensor:
        """`lerp`, in x's memory."""

    def addcmul_(self, tensor1: Any, tensor2: Any, *, value: builtins.float = 1) -> Tensor:
        """`addcmul`, in x's memory."""

    def addcdiv_(self, tensor1: Any, tensor2: Any, *, value: builtins.float = 1) -> Tensor:
        """`addcdiv`, in x's memory."""

    def float_power_(self, exponent: Any) -> Tensor:
        """`float_power`, in x's memory."""

    def logit_(self, eps: builtins.float | None = None) -> Tensor:
        """`logit`, in x's memory."""

    def nan_to_num_(self, nan: builtins.float | None = 0.0, posinf: builtins.float | None = None, neginf: builtins.float | None = None) -> Tensor:
        """`nan_to_num`, in x's memory."""

    def fmod_(self, b: Any) -> Tensor:
        """`fmod`, in x's memory."""

    def remainder_(self, b: Any) -> Tensor:
        """`remainder`, in x's memory."""

    def floor_divide_(self, b: Any) -> Tensor:
        """`floor_divide`, in x's memory."""

    def eq_(self, b: Any) -> Tensor:
        """`eq`, in x's memory."""

    def ne_(self, b: Any) -> Tensor:
        """`ne`, in x's memory."""

    def lt_(self, b: Any) -> Tensor:
        """`lt`, in x's memory."""

    def le_(self, b: Any) -> Tensor:
        """`le`, in x's memory."""

    def gt_(self, b: Any) -> Tensor:
        """`gt`, in x's memory."""

    def ge_(self, b: Any) -> Tensor:
        """`ge`, in x's memory."""

    def logical_and_(self, b: Any) -> Tensor:
        """`logical_and`, in x's memory."""

    def logical_or_(self, b: Any) -> Tensor:
        """`logical_or`, in x's memory."""

    def logical_xor_(self, b: Any) -> Tensor:
        """`logical_xor`, in x's memory."""

    def logical_not_(self) -> Tensor:
        """`logical_not`, in x's memory."""

    def bitwise_and_(self, b: Any) -> Tensor:
        """`bitwise_and`, in x's memory."""

    def bitwise_or_(self, b: Any) -> Tensor:
        """`bitwise_or`, in x's memory."""

    def bitwise_xor_(self, b: Any) -> Tensor:
        """`bitwise_xor`, in x's memory."""

    def bitwise_not_(self) -> Tensor:
        """`bitwise_not`, in x's memory."""

    def cumsum_(self, dim: builtins.int | None = None, *, axis: builtins.int | None = None) -> Tensor:
        """`cumsum`, in x's memory."""

    def cumprod_(self, dim: builtins.int | None = None, *, axis: builtins.int | None = None) -> Tensor:
        """`cumprod`, in x's memory."""

    def tril_(self, diagonal: builtins.int = 0) -> Tensor:
        """`tril`, in x's memory."""

    def triu_(self, diagonal: builtins.int = 0) -> Tensor:
        """`triu`, in x's memory."""

    def addmm_(self, mat1: Tensor, mat2: Tensor, *, beta: builtins.float = 1, alpha: builtins.float = 1) -> Tensor:
        """`addmm`, in x's memory."""

    def baddbmm_(self, batch1: Tensor, batch2: Tensor, *, beta: builtins.float = 1, alpha: builtins.float = 1) -> Tensor:
        """`baddbmm`, in x's memory."""

    def renorm_(self, p: builtins.float, dim: builtins.int, maxnorm: builtins.float) -> Tensor:
        """`renorm`, in x's memory."""

    def index_copy_(self, dim: builtins.int, index: Any, source: Any) -> Tensor:
        """`index_copy`, in x's memory."""

    def index_fill_(self, dim: builtins.int, index: Any, value: Any) -> Tensor:
        """`index_fill`, in x's memory."""

    def masked_scatter_(self, mask: Any, source: Any) -> Tensor:
        """`masked_scatter`, in x's memory."""

    def put_(self, index: Any, source: Any, accumulate: builtins.bool = False) -> Tensor:
        """`put`, in x's memory."""

    def scatter_reduce_(self, dim: builtins.int, index: Any, src: Any, reduce: str, *, include_self: builtins.bool = True) -> Tensor:
        """`scatter_reduce`, in x's memory."""

    def clip_(self, min: builtins.float | None = None, max: builtins.float | None = None) -> Tensor:
        """x, but no less than min and no more than max, in place."""

    def t_(self) -> Tensor:
        """`t` of x itself, which becomes that view of its memory."""

    def transpose_(self, dim0: builtins.int, dim1: builtins.int) -> Tensor:
        """`transpose` of x itself, which becomes that view of its memory."""

    def squeeze_(self, dim: builtins.int | tuple[builtins.int, ...] | None = None) -> Tensor:
        """`squeeze` of x itself, which becomes that view of its memory."""

    def unsqueeze_(self, dim: builtins.int) -> Tensor:
        """`unsqueeze` of x itself, which becomes that view of its memory."""

    def swapaxes_(self, dim0: builtins.int, dim1: builtins.int) -> Tensor:
        """`transpose` of x itself, which becomes that view of its memory."""

    def swapdims_(self, dim0: builtins.int, dim1: builtins.int) -> Tensor:
        """`transpose` of x itself, which becomes that view of its memory."""

    def masked_fill_(self, mask: Any, value: Any) -> Tensor:
        """Overwrites x with one value where the mask is true."""

    def scatter_(self, dim: builtins.int, index: Any, src: Any = None, *, value: builtins.float | None = None) -> Tensor:
        """Overwrites the places of x that index names along an axis; see `scatter`."""

    def scatter_add_(self, dim: builtins.int, index: Any, src: Tensor) -> Tensor:
        """Adds to the places of x that index names along an axis; see `scatter_add`."""

    def index_add_(self, dim: builtins.int, index: Any, source: Tensor, *, alpha: builtins.float = 1) -> Tensor:
        """Adds to the places of x that index names along one axis; see `index_add`."""

    def uniform_(self, from_: builtins.float = 0.0, to: builtins.float = 1.0) -> Tensor:
        """Overwrites x with uniform numbers from from_ to `to`."""

    def normal_(self, mean: builtins.float = 0.0, std: builtins.float = 1.0) -> Tensor:
        """Overwrites x with normal numbers of a mean and a standard deviation."""

    def bernoulli_(self, p: builtins.float = 0.5) -> Tensor:
        """Overwrites x with 1, with probability p, and 0."""

    def absolute(self) -> Tensor:
        """|x|; its derivative at 0 is 0. Of any shape."""

    def absolute_(self) -> Tensor:
        """`abs`, in x's memory."""

    def arccos(self) -> Tensor:
        """The angle from 0 to pi whose cosine is x; NaN beyond 1. Of any shape."""

    def arccos_(self) -> Tensor:
        """`acos`, in x's memory."""

    def arccosh(self) -> Tensor:
        """The number from 0 on whose hyperbolic cosine is x; NaN below 1. Of any shape."""

    def arccosh_(self) -> Tensor:
        """`acosh`, in x's memory."""

    def arcsin(self) -> Tensor:
        """The angle from -pi / 2 to pi / 2 whose sine is x; NaN beyond 1. Of any shape."""

    def arcsin_(self) -> Tensor:
        """`asin`, in x's memory."""

    def arcsinh(self) -> Tensor:
        """The number whose hyperbolic sine is x. Of any shape."""

    def arcsinh_(self) -> Tensor:
        """`asinh`, in x's memory."""

    def arctan(self) -> Tensor:
        """The angle from -pi / 2 to pi / 2 whose tangent is x. Of any shape."""

    def arctan_(self) -> Tensor:
        """`atan`, in x's memory."""

    def arctan2(self, b: Any) -> Tensor:
        """The angle of the point (b, a), from -pi to pi; its derivatives are 0 at the origin."""

    def arctan2_(self, b: Any) -> Tensor:
        """`atan2`, in x's memory."""

    def arctanh(self) -> Tensor:
        """The number whose hyperbolic tangent is x; NaN beyond 1. Of any shape."""

    def arctanh_(self) -> Tensor:
        """`atanh`, in x's memory."""

    def divide(self, b: Any) -> Tensor:
        """a / b, of integers in float32; infinity or NaN where b is 0."""

    def divide_(self, other: Any) -> Tensor:
        """x /= other."""

    def fix(self) -> Tensor:
        """The integer part; its derivative is 0. Of any shape."""

    def fix_(self) -> Tensor:
        """`trunc`, in x's memory."""

    def greater(self, b: Any) -> Tensor:
        """Whether a is greater than b."""

    def greater_(self, b: Any) -> Tensor:
        """`gt`, in x's memory."""

    def greater_equal(self, b: Any) -> Tensor:
        """Whether a is at least b."""

    def greater_equal_(self, b: Any) -> Tensor:
        """`ge`, in x's memory."""

    def less(self, b: Any) -> Tensor:
        """Whether a is less than b."""

    def less_(self, b: Any) -> Tensor:
        """`lt`, in x's memory."""

    def less_equal(self, b: Any) -> Tensor:
        """Whether a is at most b."""

    def less_equal_(self, b: Any) -> Tensor:
        """`le`, in x's memory."""

    def multiply(self, b: Any) -> Tensor:
        """a * b."""

    def multiply_(self, other: Any) -> Tensor:
        """x *= other."""

    def negative(self) -> Tensor:
        """-x. Of any shape."""

    def negative_(self) -> Tensor:
        """`neg`, in x's memory."""

    def not_equal(self, b: Any) -> Tensor:
        """Whether a differs from b."""

    def not_equal_(self, b: Any) -> Tensor:
        """`ne`, in x's memory."""

    def sgn(self) -> Tensor:
        """1 above 0, -1 below, else x itself; its derivative is 0. Of any shape."""

    def sgn_(self) -> Tensor:
        """`sign`, in x's memory."""

    def subtract(self, b: Any, *, alpha: builtins.float = 1) -> Tensor:
        """a - alpha b."""

    def subtract_(self, other: Any, alpha: builtins.float = 1) -> Tensor:
        """x -= alpha * other."""

    def true_divide(self, b: Any) -> Tensor:
        """a / b, of integers in float32; infinity or NaN where b is 0."""

    def true_divide_(self, other: Any) -> Tensor:
        """x /= other."""
