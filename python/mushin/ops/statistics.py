"""Statistics and numerical analysis of tensors: what is made of sums, sorting and differences."""
# ruff: noqa: A002  PyTorch's names of arguments

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from mushin.autograd import Tensor, forbid_while_recording, from_array
from mushin.ops import compare, elementwise, gathering, order, reduce, unary
from mushin.ops.arrays import cast, check_float, integer, normalized_axis, number, operands, tensor_of
from mushin.ops.axes import Axes
from mushin.ops.indexing import index_select, take
from mushin.ops.joining import cat, stack
from mushin.ops.matmul import matmul
from mushin.ops.moments import vector_norm
from mushin.ops.shape import expand, movedim, narrow, permute, reshape, unsqueeze

# --- without NaN


def nansum(x: Any, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """Sum over axes of the elements that are no NaN.

    Source: torch.nansum.
    """
    x = tensor_of(x)
    return reduce.sum(_without_nan(x), axis, keepdims)


def nanmean(x: Any, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """Mean over axes of the elements that are no NaN; NaN of none.

    Source: torch.nanmean.
    """
    x = tensor_of(x)
    check_float("nanmean", "x", x.array)
    count = reduce.sum(compare.logical_not(compare.isnan(x)), axis, keepdims)
    return elementwise.div(nansum(x, axis, keepdims), cast(count, x.array.dtype))


def _without_nan(x: Tensor) -> Tensor:
    return gathering.masked_fill(x, compare.isnan(x), 0) if x.array.dtype.kind == "f" else x


# --- differences and areas


def diff(input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Tensor:
    """The differences of neighbours along an axis, taken n times; of truth values whether they differ.

    Args:
        input: of any shape and real dtype.
        n: how often.
        dim: the axis.
        prepend, append: what is put before and behind input along the axis, first of all.

    Source: torch.diff.
    """
    x = tensor_of(input)
    axis = normalized_axis("diff", dim, x.array.ndim)
    if integer("diff", "n", n) < 0:
        raise ValueError(f"[diff] n must not be negative, got {n}")
    parts = [tensor_of(part) for part in (prepend, x, append) if part is not None]
    x = cat(parts, axis) if len(parts) > 1 else x
    for _ in range(min(n, x.array.shape[axis])):
        length = x.array.shape[axis] - 1
        later, earlier = narrow(x, axis, 1, length), narrow(x, axis, 0, length)
        x = compare.ne(later, earlier) if x.array.dtype.kind == "b" else elementwise.sub(later, earlier)
    return x


def trapezoid(y: Any, x: Any = None, *, dx: float = 1.0, dim: int = -1) -> Tensor:
    """The area below a curve along an axis, by trapezoids.

    Args:
        y: its heights, float32 or float64.
        x: where they are, of y's shape or (n,); or None.
        dx: their distance, without x.
        dim: the axis.

    Source: torch.trapezoid.
    """
    return reduce.sum(_trapezoids("trapezoid", y, x, dx, dim), dim)


def cumulative_trapezoid(y: Any, x: Any = None, *, dx: float = 1.0, dim: int = -1) -> Tensor:
    """The area below a curve up to each place but the first; see `trapezoid`.

    Source: torch.cumulative_trapezoid.
    """
    areas = _trapezoids("cumulative_trapezoid", y, x, dx, dim)
    return areas.cumsum(dim)


def _trapezoids(op: str, y: Any, x: Any, dx: float, dim: int) -> Tensor:
    heights = tensor_of(y)
    check_float(op, "y", heights.array)
    axis = normalized_axis(op, dim, heights.array.ndim)
    length = max(heights.array.shape[axis] - 1, 0)
    both = elementwise.add(narrow(heights, axis, 1, length), narrow(heights, axis, 0, length)) if length else None
    if both is None:
        return narrow(heights, axis, 0, 0)
    if x is None:
        return elementwise.mul(both, number(op, "dx", dx) / 2)
    places, shape = tensor_of(x), heights.array.shape
    is_line = places.array.ndim == 1
    if (not is_line and places.array.ndim != len(shape)) or places.array.shape[0 if is_line else axis] != shape[axis]:
        raise ValueError(f"[{op}] x must have shape {shape} or ({shape[axis]},), got {places.array.shape}")
    if is_line:
        widths = reshape(diff(places), (-1, *(1,) * (heights.array.ndim - 1 - axis)))
    else:
        widths = diff(places, dim=axis)
    return elementwise.mul(elementwise.mul(both, widths), 0.5)


# --- how values lie


def quantile(
    input: Any, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """The value below which a share q of the elements lies, of all or along an axis; NaN where one is.

    Args:
        input: float32 or float64 of any shape.
        q: a number in [0, 1], or a tensor of them (n,), for which the result has an axis in front.
        dim: the axis; None takes all elements.
        keepdim: keep the axis with length 1.
        interpolation: what lies between two elements: "linear", or the "lower", the "higher", the "nearest" or the
            "midpoint" of both.

    Raises:
        ValueError: no elements, q out of range, another interpolation.

    Source: torch.quantile.
    """
    x = tensor_of(input)
    check_float("quantile", "input", x.array)
    if isinstance(q, Tensor):
        forbid_while_recording("quantile", "which elements lie at q cannot be known")
    shares = np.asarray(q.array if isinstance(q, Tensor) else q, np.float64)
    if shares.ndim > 1 or not ((shares >= 0) & (shares <= 1)).all():
        raise ValueError(f"[quantile] q must be a number in [0, 1] or a tensor (n,) of such, got {q}")
    if interpolation not in _BETWEEN:
        raise ValueError(f"[quantile] interpolation must be one of {', '.join(_BETWEEN)}, got {interpolation!r}")
    ndim = x.array.ndim
    axis = normalized_axis("quantile", dim, max(ndim, 1)) if dim is not None else 0
    x = x if dim is not None and ndim else reshape(x, (-1,))
    n = x.array.shape[axis]
    if n == 0:
        raise ValueError(f"[quantile] input must have elements along the axis, got shape {x.array.shape}")
    places = shares.reshape(-1) * (n - 1)
    ordered = order.sort(x, axis).values
    if interpolation in _NEIGHBOUR:
        y = index_select(ordered, axis, _NEIGHBOUR[interpolation](places).astype(np.int64))
    else:
        share = places - np.floor(places) if interpolation == "linear" else np.full(places.shape, 0.5)
        weight = from_array(share.astype(x.array.dtype).reshape(-1, *(1,) * (x.array.ndim - 1 - axis)))
        below, above = (index_select(ordered, axis, of(places).astype(np.int64)) for of in (np.floor, np.ceil))
        between = elementwise.add(below, elementwise.mul(weight, elementwise.sub(above, below)))
        # Equal infinities have no difference. Equal numbers have, and share their gradient.
        y = gathering.where(compare.logical_and(compare.isinf(below), compare.eq(below, above)), below, between)
    last = narrow(ordered, axis, n - 1, 1)  # a NaN is the last in order: there is one if that is
    y = gathering.where(compare.isnan(last), last, y)
    y = movedim(y, axis, 0)
    rest = x.array.shape[:axis] + x.array.shape[axis + 1 :]
    if keepdim:
        rest = (1,) * ndim if dim is None else (*x.array.shape[:axis], 1, *x.array.shape[axis + 1 :]) if ndim else ()
    return reshape(y, (*shares.shape, *rest))


# Which neighbour of a place is taken.
_NEIGHBOUR: dict[str, Any] = {"lower": np.floor, "higher": np.ceil, "nearest": np.round}
_BETWEEN = ("linear", *_NEIGHBOUR, "midpoint")


def msort(input: Any) -> Tensor:
    """input in ascending order along its first axis.

    Source: torch.msort.
    """
    return order.sort(input, 0).values


def histc(input: Any, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many elements lie in each of so many bins of one width; those outside, and NaN, in none. Without gradient.

    Args:
        input: float32 or float64 of any shape.
        bins: how many.
        min, max: the bounds, both within; if they are equal, the smallest and largest element.

    Raises:
        ValueError: bounds that are not finite, in this order and less than the largest number apart; no bins.

    Source: torch.histc.
    """
    x = reshape(tensor_of(input).detach(), (-1,))
    check_float("histc", "input", x.array)
    count = integer("histc", "bins", bins)
    if count < 1:
        raise ValueError(f"[histc] bins must be positive, got {bins}")
    low, high = number("histc", "min", min), number("histc", "max", max)
    if low == high and x.array.size:
        forbid_while_recording("histc", "min and max must be given: the smallest element cannot be read")
        low, high = float(x.array.min()), float(x.array.max())
    if low == high:
        low, high = low - 1, high + 1
    limits = np.finfo(x.array.dtype)
    if not float(limits.tiny) <= high - low <= float(limits.max):  # nor if one is NaN
        raise ValueError(f"[histc] min must be less than max by a number of {x.array.dtype}, got {low} and {high}")
    within = compare.logical_and(compare.ge(x, low), compare.le(x, high))
    held = elementwise.clip(gathering.masked_fill(x, compare.logical_not(within), low), low, high)
    place = unary.floor((held - low) / (high - low) * count)
    ids = cast(elementwise.clip(place, 0, count - 1), np.int64)
    nothing = from_array(np.zeros(count, x.array.dtype))
    return gathering.scatter_add(nothing, 0, ids, cast(within, x.array.dtype))


def bucketize(input: Any, boundaries: Any, *, right: bool = False) -> Tensor:
    """In which bucket each value lies: how many boundaries are less, int64, without gradient.

    Args:
        input: of any shape and real dtype.
        boundaries: (n,), ascending.
        right: count the boundaries that are equal, too.

    Source: torch.bucketize.
    """
    edges = tensor_of(boundaries)
    if edges.array.ndim != 1:
        raise ValueError(f"[bucketize] boundaries must have shape (n,), got {edges.array.shape}")
    return order.searchsorted(edges, input, right=right)


def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Whether each element is one of the others; with `invert` whether it is none.

    Args:
        elements, test_elements: of any shapes and real dtypes.
        assume_unique: accepted, without effect.
        invert: the opposite.

    Source: torch.isin.
    """
    x, others = operands("isin", tensor_of(elements).detach(), tensor_of(test_elements).detach())
    ordered = order.sort(reshape(others, (-1,)), 0).values
    counts = (order.searchsorted(ordered, x, right=right) for right in (True, False))
    found = compare.gt(*counts)
    if x.array.dtype.kind == "f":  # searchsorted finds a NaN among others, but it equals nothing
        found = compare.logical_and(found, compare.eq(x, x))
    return compare.logical_not(found) if invert else found


def unique_consecutive(
    input: Any, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The elements without those that equal the one before, in their order; without gradient.

    Args:
        input: of any shape and real dtype.
        return_inverse: also for each element its place among what is left, int64.
        return_counts: also how many equal ones stood there, int64.
        dim: slices along this axis instead of elements.

    Raises:
        RecordingError: a step is being recorded: how many there are depends on the values.

    Source: torch.unique_consecutive.
    """
    x = tensor_of(input).detach()
    forbid_while_recording("unique_consecutive", "how many values are distinct depends on them")
    axis = 0 if dim is None else normalized_axis("unique_consecutive", dim, x.array.ndim)
    values = x.array.reshape(-1) if dim is None else x.array
    n = values.shape[axis]
    rows = np.moveaxis(values, axis, 0).reshape(n, -1) if n else values.reshape(0, 1)
    begins = np.concatenate([np.ones(min(n, 1), bool), (rows[1:] != rows[:-1]).any(axis=1)])
    results = [from_array(values.compress(begins, axis))]
    if return_inverse:
        places = np.cumsum(begins, dtype=np.int64) - 1
        results.append(from_array(places.reshape(x.array.shape) if dim is None else places))
    if return_counts:
        results.append(from_array(np.diff(np.append(np.flatnonzero(begins), n)).astype(np.int64)))
    return results[0] if len(results) == 1 else tuple(results)


# --- of several variables


def cov(input: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Tensor:
    """Covariances of variables, the rows of input, between each other: (variables, variables), or () of one.

    Args:
        input: (variables, observations) or (observations,), float32 or float64.
        correction: what the sum of weights is made less by before it divides.
        fweights: (observations,), how often each observation was made, integers; or None.
        aweights: (observations,), how much each counts; or None.

    Raises:
        TypeError: fweights that are no integers.
        ValueError: weights that are negative, or shapes that do not fit.

    Source: torch.cov.
    """
    x = tensor_of(input)
    check_float("cov", "input", x.array)
    if x.array.ndim > 2:
        raise ValueError(f"[cov] input must have shape (variables, observations), got {x.array.shape}")
    rows = x if x.array.ndim == 2 else reshape(x, (1, -1))
    weights = _weights_of_observations(rows.array.shape[1], fweights, aweights)
    if weights is None:
        mean = reduce.mean(rows, 1, keepdims=True)
        scale: Any = max(rows.array.shape[1] - correction, 0.0)
        centred = elementwise.sub(rows, mean)
        weighted = centred
    else:
        weights = cast(weights, x.array.dtype)
        total_of = reduce.sum(weights)
        mean = elementwise.div(reduce.sum(elementwise.mul(rows, weights), 1, keepdims=True), total_of)
        scale = total_of - correction
        if aweights is not None:
            squares = reduce.sum(elementwise.mul(weights, tensor_of(aweights)))
            scale = total_of - correction * squares / total_of
        centred = elementwise.sub(rows, mean)
        weighted = elementwise.mul(centred, weights)
    result = elementwise.div(matmul(weighted, permute(centred, (1, 0))), scale)
    return result if rows.array.shape[0] > 1 else reshape(result, ())


def _weights_of_observations(n: int, fweights: Any, aweights: Any) -> Any:
    """The products of both, or None."""
    given = {name: tensor_of(w) for name, w in (("fweights", fweights), ("aweights", aweights)) if w is not None}
    for name, weights in given.items():
        if weights.array.shape != (n,):
            raise ValueError(f"[cov] {name} must have shape ({n},), got {weights.array.shape}")
        if name == "fweights" and weights.array.dtype.kind not in "iu":
            raise TypeError(f"[cov] fweights must be integers, got {weights.array.dtype}")
        if (weights.array < 0).any():
            raise ValueError(f"[cov] {name} must not be negative, got {weights.array.min()}")
    product = None
    for weights in given.values():
        product = weights if product is None else elementwise.mul(product, weights)
    return product


def corrcoef(input: Any) -> Tensor:
    """Pearson's correlations of variables, the rows of input, between each other.

    Args:
        input: (variables, observations) or (observations,), float32 or float64.

    Source: torch.corrcoef.
    """
    together = cov(input)
    if together.array.ndim == 0:
        return elementwise.div(together, together)
    deviation = unary.sqrt(together.diagonal())
    result = elementwise.div(elementwise.div(together, unsqueeze(deviation, 1)), deviation)
    return elementwise.clip(result, -1, 1)


def cdist(x1: Any, x2: Any, p: float = 2.0) -> Tensor:
    """Distances between all pairs of rows of two matrices: the p-norms of their differences.

    Args:
        x1, x2: (..., m, d) and (..., n, d), float32 or float64; axes in front are broadcast together.
        p: order of the norm, not negative; see mushin.norm.

    Returns:
        (..., m, n); zeros if d is 0.

    Raises:
        ValueError: shapes that do not fit, or another p.

    Source: torch.cdist.
    """
    a, b = operands("cdist", x1, x2)
    if a.array.ndim < 2 or b.array.ndim < 2 or a.array.shape[-1] != b.array.shape[-1]:
        raise ValueError(f"[cdist] x2 must have shape (..., n, {a.array.shape[-1]}), got {b.array.shape}")
    return _distances("cdist", elementwise.sub(unsqueeze(a, -2), unsqueeze(b, -3)), p)


def pdist(input: Any, p: float = 2.0) -> Tensor:
    """Distances between each row and those behind it: (n (n - 1) / 2,) of (n, d); see `cdist`.

    Source: torch.nn.functional.pdist.
    """
    x = tensor_of(input)
    if x.array.ndim != 2:
        raise ValueError(f"[pdist] input must have shape (n, d), got {x.array.shape}")
    first, second = np.triu_indices(x.array.shape[0], 1)
    return _distances("pdist", elementwise.sub(index_select(x, 0, first), index_select(x, 0, second)), p)


def _distances(op: str, differences: Tensor, p: float) -> Tensor:
    """The p-norms of differences along their last axis; without features there is no distance."""
    if not number(op, "p", p) >= 0:
        raise ValueError(f"[{op}] p must be at least 0, got {p}")
    return vector_norm(differences, p if differences.array.shape[-1] else 2.0, -1)


def dist(input: Any, other: Any, p: float = 2.0) -> Tensor:
    """The p-norm of input - other, of all elements; they are broadcast together.

    Source: torch.dist.
    """
    return vector_norm(elementwise.sub(input, other), p)


def renorm(input: Any, p: float, dim: int, maxnorm: float) -> Tensor:
    """input with each slice along an axis made shorter, if its p-norm is above maxnorm.

    Source: torch.renorm.
    """
    x = tensor_of(input)
    check_float("renorm", "input", x.array)
    axis, most = normalized_axis("renorm", dim, x.array.ndim), number("renorm", "maxnorm", maxnorm)
    others = tuple(i for i in range(x.array.ndim) if i != axis)
    norms = vector_norm(x, p, others, keepdims=True)
    # 1e-7 as PyTorch: no norm is a little above maxnorm afterwards.
    scale = elementwise.div(most, elementwise.add(norms, 1e-7))
    return elementwise.mul(x, gathering.where(compare.gt(norms, most), scale, 1.0))


# --- products and choices


def kron(input: Any, other: Any) -> Tensor:
    """Kronecker's product: every element of input times the whole of other.

    Args:
        input, other: of any shapes; axes of length 1 are put before those of the shorter shape.

    Source: torch.kron.
    """
    a, b = operands("kron", input, other)
    ndim = max(a.array.ndim, b.array.ndim)
    left = (1,) * (ndim - a.array.ndim) + a.array.shape
    right = (1,) * (ndim - b.array.ndim) + b.array.shape
    apart = [reshape(a, tuple(n for m in left for n in (m, 1))), reshape(b, tuple(n for m in right for n in (1, m)))]
    return reshape(elementwise.mul(*apart), tuple(m * n for m, n in zip(left, right)))


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Tensor:  # noqa: N803  PyTorch's name
    """Powers of a vector as columns: (n, N), from the power N - 1 down to 0, or up if `increasing`.

    Source: torch.vander.
    """
    base = tensor_of(x)
    if base.array.ndim != 1:
        raise ValueError(f"[vander] x must have shape (n,), got {base.array.shape}")
    count = base.array.shape[0] if N is None else integer("vander", "N", N)
    if count < 0:
        raise ValueError(f"[vander] N must not be negative, got {count}")
    columns = [from_array(np.ones(base.array.shape, base.array.dtype))]
    while len(columns) < count:
        columns.append(elementwise.mul(columns[-1], base))
    columns = columns[:count] if increasing else columns[:count][::-1]
    return stack(columns, 1) if columns else from_array(np.zeros((base.array.shape[0], 0), base.array.dtype))


def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Tensor:
    """Every choice of r elements of a vector, in their order: (choices, r); (0,) for an r of 0, as PyTorch's.

    Source: torch.combinations, itertools.combinations.
    """
    x = tensor_of(input)
    if x.array.ndim != 1:
        raise ValueError(f"[combinations] input must have shape (n,), got {x.array.shape}")
    if integer("combinations", "r", r) < 0:
        raise ValueError(f"[combinations] r must not be negative, got {r}")
    if r == 0:
        return narrow(x, 0, 0, 0)
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    places = np.array([*choose(range(x.array.shape[0]), r)], np.int64)
    return take("combinations", x, 0, 1, places.reshape(-1, r))


def cartesian_prod(*tensors: Any) -> Tensor:
    """Every choice of one element of each vector: (choices, number of vectors); of one vector itself.

    Source: torch.cartesian_prod, itertools.product.
    """
    given = [tensor_of(each) for each in tensors]
    for each in given:
        if each.array.ndim != 1:
            raise ValueError(f"[cartesian_prod] tensors must have shape (n,), got {each.array.shape}")
    if len(given) == 1:
        return given[0]
    shape = tuple(each.array.shape[0] for each in given)
    sides = (reshape(each, tuple(-1 if i == k else 1 for i in range(len(given)))) for k, each in enumerate(given))
    return stack([reshape(expand(side, shape), (-1,)) for side in sides], 1)


METHODS = (corrcoef, cov, diff, dist, histc, kron, msort, quantile, renorm, unique_consecutive)
