"""Reductions, scans and orders where the cases do not go: ties, zeros, NaN, nothing, integers, and their methods."""

import re

import numpy as np
import pytest

import mushin
from autograd.leaves import leaf
from mushin import Tensor, kernels, ops
from mushin.autograd import RecordingError

NAN, INF = float("nan"), float("inf")


def gradient(function, *values):
    """That of the sum of a function's values."""
    x = leaf(*values)
    ops.sum(function(x)).backward()
    return x._grad.tolist()


# --- ties and zeros


def test_equal_elements_share_a_gradient_or_the_first_has_it():
    rows = ((1.0, 3.0, 3.0), (2.0, 2.0, 2.0))
    assert gradient(lambda x: x.amax(1), *rows) == [[0, 0.5, 0.5], [1 / 3] * 3]
    assert gradient(lambda x: x.max(axis=1), *rows) == [[0, 0.5, 0.5], [1 / 3] * 3]
    assert gradient(lambda x: x.max(1).values, *rows) == [[0, 1, 0], [1, 0, 0]]
    assert gradient(lambda x: x.min(1).values, *rows) == [[1, 0, 0], [1, 0, 0]]
    assert gradient(lambda x: x.max(), *rows) == [[0, 0.5, 0.5], [0, 0, 0]]
    assert gradient(lambda x: x.median(), *rows) == [[0, 0, 0], [1 / 3] * 3]


def test_equals_over_axes_that_are_no_neighbours_share_once():
    x = ((((3.0, 3.0),), ((0.0, 3.0),)),)
    assert gradient(lambda x: x.amax((1, 3)), *x) == [[[[1 / 3] * 2], [[0, 1 / 3]]]]


@pytest.mark.parametrize("keep", [False, True])
def test_a_product_has_derivatives_at_zeros(keep):
    rows = ((2.0, 0.0, 5.0), (0.0, 3.0, 0.0), (2.0, 3.0, 4.0))
    assert gradient(lambda x: x.prod(1, keep), *rows) == [[0, 10, 0], [0, 0, 0], [12, 8, 6]]


def test_cumulative_products_have_derivatives_at_zeros():
    assert gradient(lambda x: x.cumprod(0), 2.0, 0.0, 5.0, 0.0) == [1 + 0, 2 + 10 + 0, 0, 0]


def test_what_has_no_direction_has_no_gradient():
    assert gradient(lambda x: x.std(1), (2.0, 2.0, 2.0)) == [[0, 0, 0]]
    for p in (2, 1, INF, 3, 0.5):
        assert gradient(lambda x, p=p: x.norm(p, 1), (0.0, 0.0)) == [[0, 0]]
    assert gradient(lambda x: x.norm(0, 1), (1.0, 2.0)) == [[0, 0]]


def test_logsumexp_neither_overflows_nor_makes_nan():
    x = Tensor(np.array([[3e38, 3e38], [-INF, -INF], [INF, 1.0], [-INF, 2.0], [1.0, NAN]], np.float32))
    expected = np.array([3e38, -INF, INF, 2.0, NAN], np.float32)
    np.testing.assert_array_equal(x.logsumexp(1).array, expected)
    np.testing.assert_array_equal(Tensor(x.array.T.copy()).logsumexp(0).array, expected)
    assert gradient(lambda x: x.logsumexp(1), (-INF, -INF), (-INF, 0.0)) == [[0, 0], [0, 1]]
    assert Tensor(np.zeros((2, 0))).logsumexp(1).tolist() == [-INF, -INF]


def test_log_softmax_does_not_overflow():
    y = Tensor(np.array([[3e38, 3e38, -3e38]], np.float32)).log_softmax(1)
    np.testing.assert_allclose(y.array, [[-np.log(2), -np.log(2), -INF]], rtol=1e-6)


@pytest.mark.parametrize(("dtype", "least", "most"), [(np.float32, 1e-30, 1e30), (np.float64, 1e-200, 1e200)])
@pytest.mark.parametrize("order", [-2, 0.5, 2, 3])
def test_a_norm_whose_powers_leave_the_dtype(dtype, least, most, order):
    sizes = np.array([3.0, -4.0, 1.0])
    expected = (np.abs(sizes) ** order).sum() ** (1 / order)
    slope = np.sign(sizes) * (np.abs(sizes) / expected) ** (order - 1)
    for size in (least, most):
        for axis in (0, 1):
            values = np.array([sizes] * 2) * size
            x = Tensor((values if axis else values.T).astype(dtype), requires_grad=True)
            norm = x.norm(order, axis)
            norm.sum().backward()
            np.testing.assert_allclose(norm.array / size, [expected] * 2, rtol=1e-6)
            np.testing.assert_allclose(x.grad.array if axis else x.grad.array.T, [slope] * 2, rtol=1e-6)


def test_norms_of_zeros_infinities_and_nan():
    x = Tensor(np.array([[0.0, 0.0], [INF, 1.0], [0.0, 1.0], [NAN, INF]], np.float32))
    for order, expected in ((2, [0, INF, 1, NAN]), (3, [0, INF, 1, NAN]), (-1, [0, 1, 0, NAN]), (0, [0, 2, 1, 2])):
        np.testing.assert_array_equal(x.norm(order, 1).array, np.array(expected, np.float32))


def test_a_cumulative_product_stays_zero_where_the_rest_alone_would_be_infinite():
    x = np.full(70_000, 1.1)
    x[100] = 0
    np.testing.assert_array_equal(Tensor(x).cumprod(0).array, np.cumprod(x))


def test_a_variance_far_from_zero_is_centred():
    x = Tensor(np.array([[1e4, 1e4 + 1, 1e4 + 2]] * 300, np.float32))
    np.testing.assert_array_equal(x.var(1).array, np.ones(300))
    np.testing.assert_array_equal(Tensor(x.array.T.copy()).var(0).array, np.ones(300))


# --- NaN and nothing


@pytest.mark.parametrize("shape", [(1, 70000), (70000, 1), (300, 40), (5, 7)])
@pytest.mark.parametrize("axis", [0, 1])
def test_the_first_nan_is_found_wherever_it_is(shape, axis):
    x = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    x.reshape(-1)[[x.size // 2, x.size // 2 + 1, -1]] = NAN
    for name in ("max", "min"):
        values, indices = getattr(Tensor(x), name)(axis)
        np.testing.assert_array_equal(values.array, getattr(x, name)(axis))
        np.testing.assert_array_equal(indices.array, getattr(x, "arg" + name)(axis))
        np.testing.assert_array_equal(getattr(Tensor(x), "a" + name)(axis).array, values.array)


@pytest.mark.parametrize("shape", [(2, 70000), (70000, 2), (600, 300)])
@pytest.mark.parametrize("axis", [0, 1])
def test_the_first_of_equal_elements_is_found_in_any_piece(shape, axis):
    x = np.random.default_rng(2).integers(0, 3, shape).astype(np.float32)
    x.reshape(-1)[: x.size // 2] = 1.0
    np.testing.assert_array_equal(Tensor(x).argmax(axis).array, x.argmax(axis))
    np.testing.assert_array_equal(Tensor(x).argmin(axis).array, x.argmin(axis))


def test_a_nan_is_the_largest_in_order():
    x = Tensor(np.array([2.0, NAN, -INF, INF, NAN, -0.0, 0.0], np.float32))
    assert x.argsort().tolist() == [2, 5, 6, 0, 3, 1, 4]
    assert x.argsort(descending=True).tolist() == [1, 4, 3, 0, 5, 6, 2]
    assert x.topk(3).indices.tolist() == [1, 4, 3]
    assert x.topk(2, largest=False).indices.tolist() == [2, 5]
    assert x.kthvalue(5).indices.item() == 3
    values, indices = x.median(0)
    assert np.isnan(values.item())
    assert indices.item() == 1
    assert np.isnan(x.median().item())


def test_what_nothing_comes_to():
    nothing = Tensor(np.zeros((2, 0), np.float32))
    assert nothing.prod(1).tolist() == [1, 1]
    assert nothing.all(1).tolist() == [True, True]
    assert nothing.any(1).tolist() == [False, False]
    assert nothing.count_nonzero(1).tolist() == [0, 0]
    assert nothing.norm(2, 1).tolist() == [0, 0]
    assert np.isnan(nothing.var(1).array).all()
    assert nothing.sort().values.shape == (2, 0)
    assert nothing.cumsum(1).shape == (2, 0)
    assert Tensor(np.zeros((0, 3))).amax(1).shape == (0,)
    for reduce in (nothing.amax, nothing.min, nothing.argmin, nothing.max, nothing.median):
        with pytest.raises(ValueError, match="x must have elements along the reduced axes"):
            reduce(1)


@pytest.mark.parametrize("name", ["sort", "topk", "kthvalue", "median", "max", "min"])
def test_a_number_is_a_line_of_one_element(name):
    x = Tensor(np.array(3.0), requires_grad=True)
    values, indices = getattr(x, name)(*([1] if name in ("topk", "kthvalue") else []), dim=0)
    assert (values.shape, indices.shape, indices.item()) == ((), (), 0)
    values.backward()
    assert x._grad == 1
    with pytest.raises(ValueError, match="axis must be in"):
        getattr(x, name)(*([1] if name in ("topk", "kthvalue") else []), dim=1)


# --- integers


@pytest.mark.parametrize("code", "?bBhHiIqQ")
def test_integers_at_the_ends_of_their_types(code):
    dtype = np.dtype(code)
    ends = [0, 1] if code == "?" else [np.iinfo(dtype).max, np.iinfo(dtype).min, 0, 1, np.iinfo(dtype).max]
    x = np.array([ends, ends[::-1]], dtype)
    for axis in (0, 1, None):
        for name in ("max", "min"):
            of_all = getattr(Tensor(x), name)(axis=axis)
            assert of_all.dtype == dtype
            np.testing.assert_array_equal(of_all.array, getattr(x, name)(axis))
        total = Tensor(x).sum(axis=axis)
        assert total.dtype == np.int64
        np.testing.assert_array_equal(total.array, x.astype(np.int64).sum(axis))
    values, indices = Tensor(x).sort(1)
    np.testing.assert_array_equal(values.array, np.sort(x, 1))
    np.testing.assert_array_equal(indices.array, np.argsort(x, 1, kind="stable"))


def test_integers_have_no_mean():
    for name in ("mean", "var", "std", "norm"):
        with pytest.raises(TypeError, match="x must be float32 or float64, got int64"):
            getattr(Tensor(np.arange(3)), name)()


def test_truth_of_any_number():
    x = Tensor(np.array([[0.0, NAN], [0.0, -0.0]], np.float32))
    assert x.any(1).tolist() == [True, False]
    assert x.all(1).tolist() == [False, False]
    assert x.all(0).dtype == np.bool_
    assert mushin.any(Tensor(np.array([0, 256], np.int32))).item() is True


# --- order


@pytest.mark.parametrize("n", [1, 15, 16, 17, 255, 1023, 1024, 5000, 200_000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16, np.uint8])
@pytest.mark.parametrize("descending", [False, True])
def test_equal_elements_keep_their_order(n, dtype, descending):
    rows = 3 if n <= 5000 else 1  # threads share a single row
    x = np.random.default_rng(n).integers(0, 5, (rows, n)).astype(dtype)
    expected = np.argsort(-x.astype(np.int64) if descending else x, axis=1, kind="stable")
    values, indices = Tensor(x).sort(-1, descending)
    np.testing.assert_array_equal(indices.array, expected)
    np.testing.assert_array_equal(values.array, np.take_along_axis(x, expected, 1))
    k = min(n, 7)
    np.testing.assert_array_equal(Tensor(x).topk(k, largest=descending).indices.array, expected[:, :k])


def test_unique():
    x = Tensor(np.array([[2.0, NAN, 1.0], [2.0, 0.0, NAN]], np.float32), requires_grad=True)
    values = x.unique()
    assert not values.requires_grad
    np.testing.assert_array_equal(values.array, [0, 1, 2, NAN, NAN])
    values, inverse, counts = mushin.unique(x[:, :1], return_inverse=True, return_counts=True)
    assert (values.tolist(), inverse.tolist(), counts.tolist()) == ([2], [[0], [0]], [2])
    with pytest.raises(ValueError, match=r"^\[unique\] axis must be in \[-2, 2\), got 2"):
        x.unique(dim=2)


def test_what_depends_on_values_is_not_recorded():
    ids, plan = Tensor(np.array([0, 2])), kernels.Plan(kernels.Arena())
    plan.begin()
    try:
        assert ops.one_hot(ids, 3).shape == (2, 3)
        with pytest.raises(RecordingError, match=r"^\[one_hot\] num_classes must be given"):
            ops.one_hot(ids)
        with pytest.raises(RecordingError, match=r"^\[unique\] how many values are distinct"):
            ids.unique()
    finally:
        plan.end()


# --- names and arguments


def test_methods_take_the_names_of_both_libraries():
    x = Tensor(np.random.default_rng(3).standard_normal((3, 4)))
    for name in ("amax", "amin", "prod", "std", "var", "logsumexp", "all", "any", "count_nonzero", "argmin", "norm"):
        function = getattr(mushin, name)
        np.testing.assert_array_equal(function(x, dim=1).array, function(x, axis=1).array)
        np.testing.assert_array_equal(function(x, dim=1, keepdim=True).array, function(x, axis=1, keepdims=True).array)
    np.testing.assert_array_equal(x.cumsum(1).array, x.cumsum(axis=1).array)
    np.testing.assert_array_equal(x.sort(0).values.array, x.sort(axis=0).values.array)
    np.testing.assert_array_equal(x.log_softmax(0).array, x.log_softmax(axis=0).array)


def test_numpy_functions_find_the_methods():
    x = Tensor(np.array([[0.0, 2.0], [3.0, 4.0]]))
    for name in ("sum", "max", "min", "prod", "all", "any"):
        expected = getattr(np, name)(x.array, axis=0)
        np.testing.assert_array_equal(getattr(np, name)(x, axis=0).array, expected)
    assert np.argmax(x) == 3  # without a method that takes `out` NumPy reads the array itself


ARGUMENTS = {
    "out": (lambda x: x.any(out=x), TypeError, "[any] out must be None: the result is always a new tensor"),
    "cumsum": (lambda x: x.cumsum(), TypeError, "[cumsum] dim must be given, got None"),
    "both": (lambda x: x.var(unbiased=False, correction=1), TypeError, "[var] only one of unbiased and correction"),
    "correction": (lambda x: x.std(correction="a"), TypeError, "[std] correction must be a number, got str"),
    "nuclear": (lambda x: x.norm("nuc"), ValueError, "[norm] p must be a number or 'fro', which is 2, got 'nuc'"),
    "order": (lambda x: x.norm(None, 2), ValueError, "[vector_norm] axis must be in [-2, 2), got 2"),
    "largest": (lambda x: x.topk(4), ValueError, "[topk] k must be in [0, 3], got 4"),
    "kth": (lambda x: x.kthvalue(0), ValueError, "[kthvalue] k must be in [1, 3], got 0"),
    "axis": (lambda x: x.sort(2), ValueError, "[sort] axis must be in [-2, 2), got 2"),
    "amax": (lambda x: x.amax((0, 0)), ValueError, "[amax] axis must name each axis once, got (0, 0)"),
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_errors(name):
    call, kind, message = ARGUMENTS[name]
    with pytest.raises(kind) as error:
        call(mushin.ones(2, 3))
    assert str(error.value).startswith(message)


def test_inputs_that_cannot_be_written_are_not():
    x = np.random.default_rng(5).standard_normal((4, 6)).astype(np.float32)
    x.setflags(write=False)
    expected = x.copy()
    for y in (Tensor(x).sort(0).values, Tensor(x).cumprod(0), Tensor(x).amax(0), Tensor(x).median(0).values):
        assert not np.may_share_memory(y.array, x)
    np.testing.assert_array_equal(x, expected)


# --- sequences and counts


def test_places_in_a_sequence():
    sequence = np.array([1.0, 3.0, 3.0, 5.0], np.float32)
    assert mushin.searchsorted(sequence, 3).item() == 1
    assert mushin.searchsorted(sequence, 3, right=True).item() == 3
    assert mushin.searchsorted(sequence, [0, 3, 9, NAN], side="right").tolist() == [0, 3, 4, 4]
    assert mushin.searchsorted(np.array([2, 4]), 2.5).item() == 1
    assert mushin.searchsorted(np.array([2, 4], np.int8), np.array([300], np.int16)).tolist() == [2]
    for arguments, message in [
        ({"side": "up"}, "side must be 'left' or 'right', got 'up'"),
        ({"side": "left", "right": True}, "side must be 'right' if right is True, got 'left'"),
    ]:
        with pytest.raises(ValueError, match="^" + re.escape(f"[searchsorted] {message}") + "$"):
            mushin.searchsorted(sequence, 3, **arguments)


def test_bincount():
    ids = Tensor(np.array([1, 3, 1, 0], np.int32))
    counts = ids.bincount()
    assert (counts.tolist(), counts.dtype) == ([1, 2, 0, 1], np.int64)
    assert mushin.bincount(ids, minlength=6).tolist() == [1, 2, 0, 1, 0, 0]
    assert mushin.bincount(ids, np.array([0.5, 1, 2, 4])).tolist() == [4, 2.5, 0, 1]
    assert mushin.bincount(np.array([], np.int64)).tolist() == []
    for arguments, message in [
        (([-1],), "input must not be negative, got -1"),
        (([[1]],), "input must have shape (n,), got (1, 1)"),
        (([1], [0.5, 1.0]), "weights must have shape (1,), got (2,)"),
        (([1], None, -1), "minlength must not be negative, got -1"),
    ]:
        with pytest.raises(ValueError, match="^" + re.escape(f"[bincount] {message}") + "$"):
            mushin.bincount(*arguments)
    with pytest.raises(TypeError, match=r"^\[bincount\] input must hold integers, got float32"):
        mushin.bincount([0.5])


def test_quantile_between_equal_elements():
    assert gradient(lambda x: ops.quantile(x, 0.25, interpolation="midpoint"), 1, 1, 2) == [0.5, 0.5, 0]
    assert ops.quantile(Tensor([INF, INF]), 0.3).item() == INF
