"""Parameters as one vector, norms of gradients."""

import numpy as np
import pytest

import mushin
from mushin import Tensor, nn, optim
from mushin.nn import utils


def parameters(dtype=np.float32):
    return [
        nn.Parameter(np.arange(n, dtype=dtype).reshape(shape) - 2) for n, shape in ((6, (2, 3)), (1, ()), (4, (4,)))
    ]


def test_a_vector_and_back():
    params = parameters()
    vector = utils.parameters_to_vector(params)
    np.testing.assert_array_equal(vector.detach().numpy(), [-2, -1, 0, 1, 2, 3, -2, -2, -1, 0, 1])
    arrays = [p.array for p in params]
    utils.vector_to_parameters(vector.detach() * 2, params)
    assert all(p.array is array for p, array in zip(params, arrays))
    np.testing.assert_array_equal(params[0].array, [[-4, -2, 0], [2, 4, 6]])
    np.testing.assert_array_equal(params[1].array, -4)


def test_the_vector_is_in_the_graph():
    params = parameters(np.float64)
    params[1].requires_grad_(False)
    weight = Tensor(np.linspace(-1, 1, 11))
    vector = utils.parameters_to_vector(params)
    (vector * vector * weight).sum().backward()
    expected = 2 * vector.detach().numpy() * np.linspace(-1, 1, 11)
    np.testing.assert_allclose(params[0].grad.numpy(), expected[:6].reshape(2, 3))
    assert params[1].grad is None
    np.testing.assert_allclose(params[2].grad.numpy(), expected[7:])


def test_an_optimizer_s_parameters_stay_one_segment():
    params = parameters()
    optimizer = optim.SGD(params, lr=1.0)
    utils.vector_to_parameters(mushin.ones(11), params)
    utils.parameters_to_vector(params).sum().backward()
    optimizer.step()
    assert all((p.array == 0).all() for p in params)


def with_gradients(dtype=np.float32):
    params = parameters(dtype)
    for p, g in zip(params, ([[3, -4, 0], [1, 2, -2]], 5, [0.5, -6, 1, 1])):
        p.grad = np.array(g, dtype)
    return params, np.array([3, -4, 0, 1, 2, -2, 5, 0.5, -6, 1, 1])


@pytest.mark.parametrize("order", [1, 2, 2.5, 0.5, float("inf")])
def test_norms_of_any_order(order):
    params, all_of_them = with_gradients()
    expected = np.linalg.norm(all_of_them, order)
    gradients = [p.grad for p in params]
    np.testing.assert_allclose(utils.get_total_norm(gradients, order).item(), expected, rtol=1e-6)
    np.testing.assert_allclose(utils.clip_grad_norm_(params, 1.5, order).item(), expected, rtol=1e-6)
    clipped = np.concatenate([p.grad.numpy().ravel() for p in params])
    np.testing.assert_allclose(clipped, all_of_them * 1.5 / (expected + 1e-6), rtol=1e-6)


def test_a_norm_whose_squares_leave_float32():
    params = parameters()
    for p in params:
        p.grad = np.full(p.shape, 1e30, np.float32)
    wanted = 1e30 * np.sqrt(sum(p.array.size for p in params))
    np.testing.assert_allclose(utils.clip_grad_norm_(params, 1.0).item(), wanted, rtol=1e-6)
    np.testing.assert_allclose(utils.get_total_norm([p.grad for p in params]).item(), 1, rtol=1e-6)


def test_float32_and_float64_have_one_norm():
    params, a = with_gradients()
    more, b = with_gradients(np.float64)
    both = [*params, *more]
    norm = utils.clip_grad_norm_(both, 0.5, float("inf"))
    assert norm.dtype == np.float64
    assert norm.item() == 6
    for values, those in ((a, params), (b, more)):
        clipped = np.concatenate([p.grad.numpy().ravel() for p in those])
        np.testing.assert_allclose(clipped, values * 0.5 / (6 + 1e-6), rtol=1e-6)


def test_clipping_by_a_norm_that_is_known():
    params, values = with_gradients()
    utils.clip_grads_with_norm_(params, 1.0, Tensor(np.float32(4.0)))
    clipped = np.concatenate([p.grad.numpy().ravel() for p in params])
    np.testing.assert_allclose(clipped, values / 4, rtol=1e-6)
    utils.clip_grads_with_norm_(params, 9.0, Tensor(np.float32(4.0)))
    np.testing.assert_array_equal(clipped, np.concatenate([p.grad.numpy().ravel() for p in params]))


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("order", [1, 2, 3, float("inf")])
def test_a_norm_that_is_not_finite(order, value):
    params, _ = with_gradients()
    params[2].grad = np.array([0, value, 0, 0], np.float32)
    gradients = [p.grad for p in params]
    np.testing.assert_equal(utils.get_total_norm(gradients, order).item(), value)
    with pytest.raises(ValueError, match=rf"^\[get_total_norm\] the norm .* must be finite, got {value}"):
        utils.get_total_norm(gradients, order, error_if_nonfinite=True)
    with pytest.raises(ValueError, match=rf"^\[clip_grad_norm_\] the norm .* must be finite, got {value}"):
        utils.clip_grad_norm_(params, 1.0, order, error_if_nonfinite=True)


def test_no_gradients_have_no_norm():
    assert utils.get_total_norm([]).item() == 0


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda p: utils.parameters_to_vector([]),
            ValueError,
            r"\[parameters_to_vector\] parameters must hold",
        ),
        (lambda p: utils.parameters_to_vector([3]), TypeError, r"\[parameters_to_vector\] parameters must be tensors"),
        (
            lambda p: utils.parameters_to_vector([*p, *parameters(np.float64)]),
            TypeError,
            r"\[parameters_to_vector\] parameters must be of one dtype, got float32 and float64",
        ),
        (
            lambda p: utils.vector_to_parameters(mushin.ones(3), p),
            ValueError,
            r"\[vector_to_parameters\] vec must have shape \(11,\), got \(3,\)",
        ),
        (lambda p: utils.vector_to_parameters(3, p), TypeError, r"\[vector_to_parameters\] vec must be a tensor"),
        (lambda p: utils.get_total_norm(p, -1), ValueError, r"\[get_total_norm\] norm_type must be above 0, got -1"),
        (
            lambda p: utils.clip_grads_with_norm_(p, 1.0, mushin.ones(2)),
            ValueError,
            r"\[clip_grads_with_norm_\] total_norm must be one number, got shape \(2,\)",
        ),
    ],
)
def test_wrong_arguments(call, error, message):
    with pytest.raises(error, match="^" + message):
        call(parameters())
