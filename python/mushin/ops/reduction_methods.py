"""Tensor's methods that reduce or order axes, under PyTorch's argument names, and NumPy's as well."""

from __future__ import annotations

from typing import Any, NamedTuple

from mushin.autograd import Tensor
from mushin.ops import elementwise, extremes, moments, order, reduce, scan, statistics
from mushin.ops.arrays import cast
from mushin.ops.extremes import Picked
from mushin.ops.softmax import log_softmax, softmax


def named(method: Any, op: Any) -> Any:
    """The method with the name and the docstring of the op that it calls."""
    method.__name__, method.__doc__ = op.__name__, op.__doc__
    return method


def _reduction(op: Any) -> Any:
    def method(
        self: Tensor, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False
    ) -> Tensor:
        reduced: Tensor = op(self, axis if dim is None else dim, keepdim or keepdims)
        return reduced

    return named(method, op)


def _reduction_of_numpy(op: Any) -> Any:
    """A reduction that a function of NumPy looks for: np.any(tensor) calls tensor.any(axis=None, out=None)."""

    def method(
        self: Tensor,
        dim: Any = None,
        keepdim: bool = False,
        *,
        axis: Any = None,
        keepdims: bool = False,
        out: None = None,
    ) -> Tensor:
        _refuse_out(op.__name__, out)
        reduced: Tensor = op(self, axis if dim is None else dim, keepdim or keepdims)
        return reduced

    return named(method, op)


def _reduction_in_dtype(op: Any) -> Any:
    """A reduction that a function of NumPy looks for, of the elements cast to a dtype, if one is given."""

    def method(
        self: Tensor,
        dim: Any = None,
        keepdim: bool = False,
        *,
        dtype: Any = None,
        axis: Any = None,
        keepdims: bool = False,
        out: None = None,
    ) -> Tensor:
        _refuse_out(op.__name__, out)
        x = self if dtype is None else cast(self, dtype)
        reduced: Tensor = op(x, axis if dim is None else dim, keepdim or keepdims)
        return reduced

    return named(method, op)


def _refuse_out(op: str, out: Any) -> None:
    if out is not None:
        raise TypeError(f"[{op}] out must be None: the result is always a new tensor")


def _extreme(of_axes: Any, with_indices: Any, of_two: Any, what: str) -> Any:
    def method(
        self: Tensor,
        dim: Any = None,
        keepdim: bool = False,
        *,
        axis: Any = None,
        keepdims: bool = False,
        out: None = None,  # as of _reduction_of_numpy
    ) -> Any:
        _refuse_out(of_axes.__name__, out)
        if isinstance(dim, Tensor):
            return of_two(self, dim)
        if dim is None:
            return of_axes(self, axis, keepdims or keepdim)
        return with_indices(self, dim, keepdim or keepdims)

    method.__name__ = of_axes.__name__
    method.__doc__ = f"""{what}: along `dim` the values and their indices, as PyTorch's; over `axis`, or over all, only
    the values. A NaN goes before every number. With another tensor in the place of `dim`, `{of_two.__name__}` of both.

    The gradient goes to the index; over `axis` or over all, equal elements share it.

    Raises:
        ValueError: nothing to reduce.
    """
    return method


def _along(op: Any) -> Any:
    """An op along one axis that must be given."""

    def method(self: Tensor, dim: int | None = None, *, axis: int | None = None) -> Tensor:
        given: Any = axis if dim is None else dim
        if given is None:
            raise TypeError(f"[{op.__name__}] dim must be given, got None")
        result: Tensor = op(self, given)
        return result

    return named(method, op)


def _along_the_last(op: Any) -> Any:
    """An op along one axis, or along the last."""

    def method(self: Tensor, dim: int | None = None, *, axis: int = -1) -> Tensor:
        result: Tensor = op(self, axis if dim is None else dim)
        return result

    return named(method, op)


def _moment(op: Any) -> Any:
    def method(
        self: Tensor,
        dim: Any = None,
        unbiased: bool | None = None,
        keepdim: bool = False,
        *,
        correction: float | None = None,
        axis: Any = None,
        keepdims: bool = False,
    ) -> Any:
        if isinstance(dim, bool):  # PyTorch's x.var(False)
            dim, unbiased = None, dim
        if unbiased is not None and correction is not None:
            raise TypeError(f"[{op.__name__}] only one of unbiased and correction may be given")
        if correction is None:
            correction = 1 if unbiased is None else int(unbiased)
        return op(self, axis if dim is None else dim, keepdim or keepdims, correction)

    return named(method, op)


def _norm(
    self: Tensor,
    p: float | str | None = 2,
    dim: Any = None,
    keepdim: bool = False,
    *,
    axis: Any = None,
    keepdims: bool = False,
) -> Tensor:
    """Norm of vectors, which lie along `dim`, several axes, or all: (sum of |x|^p)^(1 / p).

    p may be infinity, for the largest |x|, -infinity for the smallest, 0 for the number of elements that are not zero,
    or "fro", which is 2. The derivative is 0 where x is 0, and where the norm is.

    Source: torch.norm.
    """
    if isinstance(p, str) and p != "fro":
        raise ValueError(f"[norm] p must be a number or 'fro', which is 2, got {p!r}")
    order_of = 2.0 if p is None or isinstance(p, str) else p
    return moments.vector_norm(self, order_of, axis if dim is None else dim, keepdim or keepdims)


def _sort(
    self: Tensor, dim: int = -1, descending: bool = False, stable: bool = True, *, axis: int | None = None
) -> Picked:
    return order.sort(self, dim if axis is None else axis, descending)


def _argsort(
    self: Tensor, dim: int = -1, descending: bool = False, stable: bool = True, *, axis: int | None = None
) -> Tensor:
    return order.argsort(self, dim if axis is None else axis, descending)


def _topk(self: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Picked:  # noqa: A002
    return order.topk(self, k, dim, largest)


def _kthvalue(self: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Picked:
    return order.kthvalue(self, k, dim, keepdim)


def _median(self: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The median, of an even number of elements the lower one; NaN if there is one. Along `dim` with its indices.

    The gradient goes to the index; without `dim`, elements that equal the median share it.

    Raises:
        ValueError: no elements.
    """
    return order.median(self) if dim is None else order.median_with_indices(self, dim, keepdim)


def _unique(
    self: Tensor,
    sorted: bool = True,  # noqa: A002  PyTorch's name; the elements always are
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    return order.unique(self, return_inverse, return_counts, dim)


class Extremes(NamedTuple):
    """The smallest and the largest elements."""

    min: Tensor
    max: Tensor


def _aminmax(self: Tensor, *, dim: int | None = None, keepdim: bool = False) -> tuple[Tensor, Tensor]:
    """The smallest and the largest element, of all or along an axis; see `amin` and `amax`.

    Source: torch.aminmax.
    """
    return Extremes(extremes.amin(self, dim, keepdim), extremes.amax(self, dim, keepdim))


REDUCTION_METHODS: dict[str, Any] = {
    "sum": _reduction_in_dtype(reduce.sum),
    "mean": _reduction_in_dtype(reduce.mean),
    "count_nonzero": _reduction(reduce.count_nonzero),
    "all": _reduction_of_numpy(reduce.all),
    "any": _reduction_of_numpy(reduce.any),
    "max": _extreme(extremes.max, extremes.max_with_indices, elementwise.maximum, "Maximum"),
    "min": _extreme(extremes.min, extremes.min_with_indices, elementwise.minimum, "Minimum"),
    "amax": _reduction(extremes.amax),
    "amin": _reduction(extremes.amin),
    "argmax": _reduction(extremes.argmax),
    "argmin": _reduction(extremes.argmin),
    "prod": _reduction_in_dtype(extremes.prod),
    "var": _moment(moments.var),
    "std": _moment(moments.std),
    "logsumexp": _reduction(moments.logsumexp),
    "norm": _norm,
    "nansum": _reduction(statistics.nansum),
    "nanmean": _reduction(statistics.nanmean),
    "cummax": _along(scan.cummax),
    "cummin": _along(scan.cummin),
    "aminmax": _aminmax,
    "cumsum": _along(scan.cumsum),
    "cumprod": _along(scan.cumprod),
    "softmax": _along_the_last(softmax),
    "log_softmax": _along_the_last(log_softmax),
    "sort": named(_sort, order.sort),
    "argsort": named(_argsort, order.argsort),
    "topk": named(_topk, order.topk),
    "kthvalue": named(_kthvalue, order.kthvalue),
    "median": _median,
    "bincount": order.bincount,
    "unique": named(_unique, order.unique),
}

# Functions only: PyTorch's tensors have no such methods.
var_mean = _moment(moments.var_mean)
std_mean = _moment(moments.std_mean)
