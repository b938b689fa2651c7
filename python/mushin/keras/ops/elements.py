"""Ops of elements: functions, comparisons, and what reduces them along axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mushin import ops
from mushin.autograd import Tensor
from mushin.ops.arrays import normalized_axis, tensor_of
from mushin.ops.compare import allclose


def _clip(x: Any, x_min: float, x_max: float) -> Tensor:
    """x, but no less than x_min and no more than x_max."""
    return ops.clip(x, x_min, x_max)


def _stop_gradient(variable: Any) -> Tensor:
    """The same values outside the graph."""
    return tensor_of(variable).detach()


def _cast(x: Any, dtype: Any) -> Tensor:
    """The values in another dtype."""
    return ops.cast(tensor_of(x), np.dtype(dtype))


def of_two(op: Callable[[Any, Any], Tensor], meaning: str) -> Callable[[Any, Any], Tensor]:
    """An op of two operands under Keras' names of them."""

    def two(x1: Any, x2: Any) -> Tensor:
        return op(x1, x2)

    two.__doc__ = meaning
    return two


def _bitwise(op: Callable[[Any, Any], Tensor], meaning: str) -> Callable[[Any, Any], Tensor]:
    def of_bits(x: Any, y: Any) -> Tensor:
        return op(x, y)

    of_bits.__doc__ = meaning
    return of_bits


def _divide_no_nan(x1: Any, x2: Any) -> Tensor:
    """x1 / x2, and 0 where x2 is 0."""
    is_zero = ops.eq(x2, 0)
    quotients: Tensor = ops.where(is_zero, 0.0, ops.div(x1, ops.where(is_zero, 1, x2)))
    return quotients


def _round(x: Any, decimals: int = 0) -> Tensor:
    """The nearest number of so many decimals; of two the even one."""
    return ops.round(x) if decimals == 0 else ops.div(ops.round(ops.mul(x, 10.0**decimals)), 10.0**decimals)


def _isclose(x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """Whether |x1 - x2| <= atol + rtol |x2|."""
    return ops.isclose(x1, x2, rtol, atol, equal_nan)


def _allclose(x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """Whether `isclose` holds for all elements."""
    return tensor_of(np.asarray(allclose(x1, x2, rtol, atol, equal_nan)))


# --- along axes


def _axes(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


def _reduction(op: Any) -> Any:
    def reduce(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
        reduced: Tensor = op(tensor_of(x), _axes(axis), keepdims)
        return reduced

    reduce.__doc__ = op.__doc__
    return reduce


def _extreme(op: Any, larger: Callable[[Any, Any], Tensor]) -> Any:
    def reduce(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Tensor:
        reduced: Tensor = op(tensor_of(x), _axes(axis), keepdims)
        return reduced if initial is None else larger(reduced, initial)

    reduce.__doc__ = op.__doc__
    return reduce


def _nanprod(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Product over axes of what is not NaN."""
    return ops.prod(ops.where(ops.isnan(x), 1, x), _axes(axis), keepdims)


def _quantile(x: Any, q: Any, axis: int | None = None, method: str = "linear", keepdims: bool = False) -> Tensor:
    """The value below which a share q of the elements lies, of all or along an axis."""
    return ops.quantile(tensor_of(x), q, axis, keepdims, interpolation=method)


def _percentile(x: Any, q: Any, axis: int | None = None, method: str = "linear", keepdims: bool = False) -> Tensor:
    """`quantile` of shares in percent."""
    return _quantile(x, np.asarray(q) / 100, axis, method, keepdims)


def _median(x: Any, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """The median along an axis or of all elements, the mean of the middle two; NaN if there is one."""
    return _quantile(x, 0.5, axis, keepdims=keepdims)


def _prod(x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> Tensor:
    """Product over axes, in a dtype."""
    return ops.prod(tensor_of(x) if dtype is None else _cast(x, dtype), _axes(axis), keepdims)


def _count_nonzero(x: Any, axis: Any = None) -> Tensor:
    """How many elements are not zero over axes."""
    return ops.count_nonzero(tensor_of(x), _axes(axis))


def _scan(op: Callable[[Any, int], Tensor], meaning: str) -> Any:
    def scan(x: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
        x = tensor_of(x) if dtype is None else _cast(x, dtype)
        return op(ops.reshape(x, (-1,)), 0) if axis is None else op(x, axis)

    scan.__doc__ = meaning
    return scan


def _average(x: Any, axis: int | None = None, weights: Any = None) -> Tensor:
    """Mean over an axis, weighted with weights of x's shape or of the axis' length."""
    x = tensor_of(x)
    if weights is None:
        return ops.mean(x, axis)
    weights = tensor_of(weights)
    if weights.shape != x.shape:
        if axis is None or weights.shape != (x.shape[normalized_axis("average", axis, x.ndim)],):
            raise ValueError(f"[average] weights must have shape {x.shape} or the axis' length, got {weights.shape}")
        behind = x.ndim - 1 - normalized_axis("average", axis, x.ndim)
        weights = ops.broadcast_to(ops.reshape(weights, (-1, *(1,) * behind)), x.shape)
    return ops.div(ops.sum(ops.mul(x, weights), axis), ops.sum(weights, axis))


def _ptp(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Maximum less minimum over axes."""
    return ops.sub(ops.amax(x, _axes(axis), keepdims), ops.amin(x, _axes(axis), keepdims))


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Tensor:  # noqa: A002  Keras' name
    """Norm of vectors along an axis; without an order the root of the sum of squares over axes."""
    x, axes = tensor_of(x), _axes(axis)
    is_matrix = len(axes) == 2 if isinstance(axes, tuple) else axes is None and x.ndim == 2
    if ord not in (None, "fro") and (is_matrix or (axes is None and x.ndim != 1)):
        raise ValueError(f"[norm] ord must be None or 'fro' but for vectors along one axis, got {ord!r}")
    return ops.vector_norm(x, 2 if ord in (None, "fro") else ord, axes, keepdims)


def _logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """log(sum of exp(x)) over axes."""
    return ops.logsumexp(x, _axes(axis), keepdims)


def _moments(x: Any, axes: Any, keepdims: bool = False, synchronized: bool = False) -> tuple[Tensor, Tensor]:
    """Mean and variance over axes."""
    if synchronized:
        raise ValueError("[moments] synchronized must be False: there is one device, got True")
    variance, mean = ops.var_mean(x, _axes(axes), keepdims, 0)
    return mean, variance


ELEMENTS: dict[str, Callable[..., Any]] = {
    "abs": ops.abs,
    "absolute": ops.abs,
    "add": of_two(ops.add, "x1 + x2."),
    "all": _reduction(ops.all),
    "allclose": _allclose,
    "amax": _reduction(ops.amax),
    "amin": _reduction(ops.amin),
    "any": _reduction(ops.any),
    "arccos": ops.acos,
    "arccosh": ops.acosh,
    "arcsin": ops.asin,
    "arcsinh": ops.asinh,
    "arctan": ops.atan,
    "arctan2": of_two(ops.atan2, "The angle of the point (x2, x1)."),
    "arctanh": ops.atanh,
    "argmax": _reduction(ops.argmax),
    "argmin": _reduction(ops.argmin),
    "average": _average,
    "bitwise_and": _bitwise(ops.bitwise_and, "The bits that both integers have."),
    "bitwise_invert": ops.bitwise_not,
    "bitwise_not": ops.bitwise_not,
    "bitwise_or": _bitwise(ops.bitwise_or, "The bits that one of the integers has."),
    "bitwise_xor": _bitwise(ops.bitwise_xor, "The bits that exactly one of the integers has."),
    "cast": _cast,
    "ceil": ops.ceil,
    "clip": _clip,
    "cos": ops.cos,
    "cosh": ops.cosh,
    "count_nonzero": _count_nonzero,
    "cumprod": _scan(ops.cumprod, "y_k = x_0 ... x_k along an axis, or of all elements."),
    "cumsum": _scan(ops.cumsum, "y_k = x_0 + ... + x_k along an axis, or of all elements."),
    "deg2rad": ops.deg2rad,
    "divide": of_two(ops.div, "x1 / x2."),
    "divide_no_nan": _divide_no_nan,
    "equal": of_two(ops.eq, "Whether x1 equals x2."),
    "erf": ops.erf,
    "erfc": ops.erfc,
    "erfinv": ops.erfinv,
    "exp": ops.exp,
    "exp2": ops.exp2,
    "expm1": ops.expm1,
    "fabs": ops.abs,
    "floor": ops.floor,
    "floor_divide": of_two(ops.floor_divide, "The largest integer that is not above x1 / x2."),
    "fmax": of_two(ops.fmax, "The larger of x1 and x2; of NaN and a number the number."),
    "fmin": of_two(ops.fmin, "The smaller of x1 and x2; of NaN and a number the number."),
    "fmod": of_two(ops.fmod, "x1 - x2 trunc(x1 / x2)."),
    "greater": of_two(ops.gt, "Whether x1 is greater than x2."),
    "greater_equal": of_two(ops.ge, "Whether x1 is at least x2."),
    "heaviside": of_two(ops.heaviside, "1 above 0, x2 where x1 is 0, else 0."),
    "hypot": of_two(ops.hypot, "sqrt(x1^2 + x2^2), without overflow."),
    "isclose": _isclose,
    "isfinite": ops.isfinite,
    "isin": lambda x1, x2, assume_unique=False, invert=False: ops.isin(x1, x2, invert=invert),
    "isinf": ops.isinf,
    "isnan": ops.isnan,
    "isneginf": ops.isneginf,
    "isposinf": ops.isposinf,
    "less": of_two(ops.lt, "Whether x1 is less than x2."),
    "less_equal": of_two(ops.le, "Whether x1 is at most x2."),
    "log": ops.log,
    "log10": ops.log10,
    "log1p": ops.log1p,
    "log2": ops.log2,
    "logaddexp": of_two(ops.logaddexp, "log(exp(x1) + exp(x2))."),
    "logaddexp2": of_two(ops.logaddexp2, "log2(2^x1 + 2^x2)."),
    "logical_and": of_two(ops.logical_and, "Whether neither x1 nor x2 is 0."),
    "logical_not": ops.logical_not,
    "logical_or": of_two(ops.logical_or, "Whether x1 or x2 is not 0."),
    "logical_xor": of_two(ops.logical_xor, "Whether exactly one of x1 and x2 is 0."),
    "logsumexp": _logsumexp,
    "max": _extreme(ops.max, ops.maximum),
    "maximum": of_two(ops.maximum, "The larger of x1 and x2."),
    "mean": _reduction(ops.mean),
    "median": _median,
    "min": _extreme(ops.min, ops.minimum),
    "minimum": of_two(ops.minimum, "The smaller of x1 and x2."),
    "mod": of_two(ops.remainder, "x1 - x2 floor(x1 / x2)."),
    "moments": _moments,
    "multiply": of_two(ops.mul, "x1 x2."),
    "nan_to_num": lambda x, nan=0.0, posinf=None, neginf=None: ops.nan_to_num(x, nan, posinf, neginf),
    "nanmean": _reduction(ops.nanmean),
    "nanprod": _nanprod,
    "nansum": _reduction(ops.nansum),
    "negative": ops.neg,
    "norm": _norm,
    "not_equal": of_two(ops.ne, "Whether x1 differs from x2."),
    "percentile": _percentile,
    "power": of_two(ops.pow, "x1 to the power of x2."),
    "prod": _prod,
    "ptp": _ptp,
    "quantile": _quantile,
    "rad2deg": ops.rad2deg,
    "reciprocal": ops.reciprocal,
    "round": _round,
    "rsqrt": ops.rsqrt,
    "sign": ops.sign,
    "signbit": ops.signbit,
    "sin": ops.sin,
    "sinc": ops.sinc,
    "sinh": ops.sinh,
    "sqrt": ops.sqrt,
    "square": ops.square,
    "std": _reduction(lambda x, axis, keepdims: ops.std(x, axis, keepdims, 0)),
    "stop_gradient": _stop_gradient,
    "subtract": of_two(ops.sub, "x1 - x2."),
    "sum": _reduction(ops.sum),
    "tan": ops.tan,
    "true_divide": of_two(ops.div, "x1 / x2."),
    "trunc": ops.trunc,
    "var": _reduction(lambda x, axis, keepdims: ops.var(x, axis, keepdims, 0)),
}
