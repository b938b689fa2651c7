"""Far from the inputs of the cases: where a formula that is right on paper overflows, cancels or ties."""

import numpy as np
import pytest

from mushin import Tensor, kernels, ops


def float32(*values):
    return np.array(values, np.float32)


LARGE_AND_SMALL = float32(1e-30, -1e-20, 1e-8, 1.0, -1e8, 1e20, 1e30)
OFFSETS = [0.0, 1e4, -1e4, 1e8, -1e8, 3e38, -3e38]


@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "maximum", "minimum"])
def test_magnitudes_of_two_operands(name):
    a, b = (x.reshape(-1) for x in np.meshgrid(LARGE_AND_SMALL, LARGE_AND_SMALL))
    results = {}
    for dtype in (np.float32, np.float64):
        x, y = Tensor(a.astype(dtype), requires_grad=True), Tensor(b.astype(dtype), requires_grad=True)
        z = getattr(ops, name)(x, y)
        z.backward(np.ones(z.shape, dtype))
        results[dtype] = (z.array, x._grad, y._grad)
    for single, double in zip(results[np.float32], results[np.float64], strict=True):
        with np.errstate(over="ignore"):
            wanted = double.astype(np.float32)
        tiny = np.abs(wanted) < np.finfo(np.float32).tiny
        np.testing.assert_allclose(np.where(tiny, 0, single), np.where(tiny, 0, wanted), rtol=1e-6)
        assert (np.abs(single[tiny]) <= np.finfo(np.float32).tiny).all()


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("kind", ["ids", "rows"])
def test_cross_entropy_of_logits_far_from_zero(offset, kind):
    logits = (float32(offset) + float32(0, 0, 0, -1e3, 2e3)).reshape(1, 5)
    target = np.array([3]) if kind == "ids" else float32(0.5, 0, 0, 0.25, 0.25).reshape(1, 5)
    results = {}
    for dtype in (np.float32, np.float64):
        x = Tensor(logits.astype(dtype), requires_grad=True)
        loss = ops.cross_entropy(x, target if kind == "ids" else target.astype(dtype))
        loss.backward()
        results[dtype] = (loss.array, x._grad)
    for single, double in zip(*results.values(), strict=True):
        np.testing.assert_allclose(single, double, rtol=1e-6)


@pytest.mark.parametrize("offset", OFFSETS)
def test_cross_entropy_of_equal_logits(offset):
    x = Tensor(np.full((1, 3), offset, np.float32), requires_grad=True)
    loss = ops.cross_entropy(x, [0])
    loss.backward()
    assert loss.array == np.float32(np.log(3))
    np.testing.assert_allclose(x._grad, [[-2 / 3, 1 / 3, 1 / 3]], rtol=1e-6)


NAN = float("nan")


@pytest.mark.parametrize(
    ("function", "operands", "gradients"),
    [
        (ops.maximum, [(1, 2, 2, NAN, 1, NAN), (2, 1, 2, 1, NAN, NAN)], [(0, 1, 0.5, 1, 1, 1), (1, 0, 0.5, 1, 1, 1)]),
        (ops.minimum, [(1, 2, 2, NAN, 1, NAN), (2, 1, 2, 1, NAN, NAN)], [(1, 0, 0.5, 1, 1, 1), (0, 1, 0.5, 1, 1, 1)]),
        (lambda x: ops.clip(x, -1, 1), [(-2, -1, 0, 1, 2, NAN)], [(0, 1, 1, 1, 0, 0)]),
        (ops.relu, [(-1, 0, 2)], [(0, 0, 1)]),
    ],
)
def test_gradients_at_ties_and_beside_nan(function, operands, gradients):
    """PyTorch's."""
    tensors = [Tensor(float32(*values), requires_grad=True) for values in operands]
    y = function(*tensors)
    y.backward(np.full(y.shape, 2.0, np.float32))
    for x, gradient in zip(tensors, gradients, strict=True):
        np.testing.assert_array_equal(x._grad, 2 * float32(*gradient))


def test_an_infinite_gradient_leaves_the_smaller_operand_alone():
    a, b = Tensor(float32(1.0), requires_grad=True), Tensor(float32(2.0), requires_grad=True)
    ops.maximum(a, b).backward(float32(np.inf))
    np.testing.assert_array_equal((a._grad, b._grad), ([0.0], [np.inf]))


def test_truth_values_may_be_any_byte():
    bytes_ = np.array([0, 1, 2, 255], np.uint8)
    np.testing.assert_array_equal(kernels.copy(np.empty(4, np.int64), bytes_.view(bool)) != 0, bytes_ != 0)
    np.testing.assert_array_equal(kernels.copy(np.empty(4, bool), bytes_).view(np.uint8), [0, 1, 1, 1])


@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_an_infinite_parameter_stays_infinite_without_decay(name):
    p = np.array([np.inf, 1.0])
    states = [np.zeros(2)] if name == "sgd" else [np.zeros(2), np.zeros(2)]
    step, gradient = [np.zeros(1, np.int64)], [np.ones(2)]
    if name == "sgd":
        kernels.sgd([p], [states[0]], step, gradient, np.array([0.1, 0.9, 0.0, 0.0]), 0, 0, 0)
    else:
        hyper = np.array([0.1, 0.9, 0.999, 1e-8, 0.0])
        kernels.adam([p], [states[0]], [states[1]], [], step, gradient, hyper, 0, 0, 0)
    assert p[0] == np.inf
    assert p[1] == pytest.approx(0.9)


@pytest.mark.parametrize("width", [5, 8, 16, 23])
def test_layer_norm_of_large_equal_numbers_has_finite_gradients(width):
    x = Tensor(np.full((3, width), 2e36, np.float32), requires_grad=True)
    ops.layer_norm(x, (width,)).sum().backward()
    assert np.isfinite(x.grad.array).all()


def test_integers_are_clipped_as_what_they_are():
    for dtype in (np.int64, np.int8, np.uint8):
        x = Tensor(np.array([1, 5, 9], dtype))
        for low, high in ((2, 6), (None, 6), (2, None), (6, 2)):
            clipped = x.clamp(low, high)
            assert clipped.dtype == dtype
            np.testing.assert_array_equal(clipped.array, np.clip(x.array, low, high))
    assert x.clamp(2.5, 6).tolist() == [2.5, 5.0, 6.0]


def test_integers_without_sign_and_truth_values_are_close_by_their_values():
    assert ops.isclose(Tensor(np.array([3, 9], np.uint8)), Tensor(np.array([5, 5], np.uint8)), atol=2).tolist() == [
        True,
        False,
    ]
    assert ops.isclose(Tensor(np.array([True, True])), Tensor(np.array([True, False]))).tolist() == [True, False]


@pytest.mark.parametrize("axis", [0, -1])
def test_a_number_is_a_line_of_one_element(axis):
    """As in PyTorch and NumPy."""
    for name, value, gradient in (
        ("sum", 2, 1),
        ("mean", 2, 1),
        ("logsumexp", 2, 1),
        ("amax", 2, 1),
        ("softmax", 1, 0),
    ):
        x = Tensor(np.array(2.0), requires_grad=True)
        y = getattr(x, name)(axis)
        y.backward()
        assert (y.shape, y.item(), x.grad.item()) == ((), value, gradient)
