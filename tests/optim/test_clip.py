"""Clipping of gradients: against NumPy, with NaN, infinite and missing gradients."""

import numpy as np
import pytest

from mushin import Tensor, nn, optim

SHAPES = ((3, 5), (4099,), (1,), ())


def with_gradients(scale=1.0, dtype=np.float32):
    rng = np.random.Generator(np.random.Philox(3))
    params = [nn.Parameter(np.zeros(shape, dtype)) for shape in SHAPES]
    for p in params:
        p.grad = np.asarray(rng.standard_normal(p.shape) * scale, dtype)
    return params, [p.grad.numpy().astype(np.float64) for p in params]


def norm_of(gradients):
    return np.sqrt(sum((g**2).sum() for g in gradients))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("limit", [0.5, 1e9])
def test_the_norm_of_all_gradients_is_clipped(dtype, limit):
    params, gradients = with_gradients(dtype=dtype)
    norm = optim.clip_grad_norm_(params, limit)
    tolerance = 1e-6 if dtype == np.float32 else 1e-12
    assert isinstance(norm, Tensor)
    assert norm.shape == ()
    assert norm.item() == pytest.approx(norm_of(gradients), rel=tolerance)
    factor = min(1.0, limit / (norm_of(gradients) + 1e-6))
    for p, g in zip(params, gradients):
        np.testing.assert_allclose(p.grad.numpy(), g * factor, rtol=2 * tolerance)


def test_what_is_below_the_limit_keeps_its_bits():
    params, _ = with_gradients()
    before = [p.grad.numpy().copy() for p in params]
    optim.clip_grad_norm_(params, 1e6)
    optim.clip_grad_value_(params, 1e6)
    for p, g in zip(params, before):
        np.testing.assert_array_equal(p.grad.numpy(), g)


def test_every_element_is_clipped():
    params, gradients = with_gradients()
    assert optim.clip_grad_value_(params, 0.25) is None
    for p, g in zip(params, gradients):
        np.testing.assert_array_equal(p.grad.numpy(), np.clip(g, -0.25, 0.25).astype(np.float32))


def test_one_nan_makes_all_gradients_nan_and_stays_alone_when_values_are_clipped():
    params, _ = with_gradients()
    params[1].grad.numpy()[7] = np.nan
    optim.clip_grad_value_(params, 0.5)
    assert np.isnan(params[1].grad.numpy()).sum() == 1
    assert np.isnan(params[1].grad.numpy()[7])
    assert np.isnan(optim.clip_grad_norm_(params, 1.0).item())
    assert all(np.isnan(p.grad.numpy()).all() for p in params)


def test_an_infinite_gradient():
    params, _ = with_gradients()
    params[0].grad.numpy()[1, 2] = -np.inf
    assert optim.clip_grad_norm_(params, 1.0).item() == np.inf
    got = params[0].grad.numpy()
    assert np.isnan(got[1, 2])
    assert np.count_nonzero(np.nan_to_num(got)) == 0
    params[0].grad.numpy()[1, 2] = np.inf
    optim.clip_grad_value_(params, 2.0)
    assert params[0].grad.numpy()[1, 2] == 2.0


def test_without_gradients_the_norm_is_0():
    params = [nn.Parameter(np.ones(3, np.float32))]
    for given in ([], params, iter(params)):
        assert optim.clip_grad_norm_(given, 1.0).item() == 0.0
    optim.clip_grad_value_(params, 1.0)
    assert params[0].grad is None


def test_a_parameter_without_gradient_does_not_count():
    params, gradients = with_gradients()
    params[1].grad = None
    norm = optim.clip_grad_norm_(params, 0.5).item()
    assert norm == pytest.approx(norm_of([gradients[0], *gradients[2:]]), rel=1e-6)
    assert params[1].grad is None


def test_a_parameter_alone_and_a_generator_are_taken():
    params, gradients = with_gradients()
    assert optim.clip_grad_norm_(params[0], 1e9).item() == pytest.approx(norm_of(gradients[:1]), rel=1e-6)
    assert optim.clip_grad_norm_(iter(params), 1e9).item() == pytest.approx(norm_of(gradients), rel=1e-6)


def test_threads_do_not_change_the_norm(threads):
    results = []
    for count in (1, 2, 3):
        threads(count)
        params, _ = with_gradients()
        norm = optim.clip_grad_norm_(params, 0.5).item()
        results.append((norm, [p.grad.numpy().tobytes() for p in params]))
    assert results[0] == results[1] == results[2]


# --- PyTorch's arguments


def test_the_functions_are_where_pytorch_has_them():
    assert nn.utils.clip_grad_norm_ is optim.clip_grad_norm_
    assert nn.utils.clip_grad_value_ is optim.clip_grad_value_


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_norm_has_the_gradients_dtype(dtype):
    params, _ = with_gradients(dtype=dtype)
    assert optim.clip_grad_norm_(params, 1.0).dtype == dtype


@pytest.mark.parametrize("limit", [0.5, 1e9])
def test_gradients_of_two_dtypes(limit):
    singles, gradients = with_gradients()
    doubles, more = with_gradients(0.5, np.float64)
    expected = norm_of(gradients + more)
    params = [p for pair in zip(singles, doubles) for p in pair]
    norm = optim.clip_grad_norm_(params, limit)
    assert norm.dtype == np.float64
    assert norm.item() == pytest.approx(expected, rel=1e-6)
    factor = min(1.0, limit / (expected + 1e-6))
    for p, g in zip(singles + doubles, gradients + more):
        np.testing.assert_allclose(p.grad.numpy(), g * factor, rtol=1e-5)
    optim.clip_grad_value_(params, 1e-3)
    for p, g in zip(singles + doubles, gradients + more):
        np.testing.assert_allclose(p.grad.numpy(), np.clip(g * factor, -1e-3, 1e-3), rtol=1e-5)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_norm_that_is_not_finite_is_refused_on_demand(value):
    params, _ = with_gradients()
    optim.clip_grad_norm_(params, 1e9, error_if_nonfinite=True)
    params[2].grad.numpy()[0] = value
    before = [p.grad.numpy().copy() for p in params]
    with pytest.raises(
        ValueError, match=rf"^\[clip_grad_norm_\] the norm of all gradients must be finite, got {value}"
    ):
        optim.clip_grad_norm_(params, 0.5, 2.0, error_if_nonfinite=True)
    for p, g in zip(params, before):
        np.testing.assert_array_equal(p.grad.numpy(), g)


def test_clipping_makes_what_used_the_gradient_outdated():
    params, _ = with_gradients()
    w = nn.Parameter(np.ones(1, np.float32))
    for clip in (optim.clip_grad_norm_, optim.clip_grad_value_):
        loss = (params[2].grad * w).sum()
        clip(params, 0.25)
        with pytest.raises(ValueError, match="overwritten in place"):
            loss.backward()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda p: optim.clip_grad_norm_(p, "x"), TypeError, r"\[clip_grad_norm_\] max_norm must be a number, got str"),
        (lambda p: optim.clip_grad_norm_(p, -1.0), ValueError, r"\[clip_grad_norm_\] max_norm must not be negative"),
        (lambda p: optim.clip_grad_norm_(p, np.nan), ValueError, r"\[clip_grad_norm_\] max_norm must not be negative"),
        (lambda p: optim.clip_grad_norm_(None, 1.0), TypeError, r"\[clip_grad_norm_\] parameters must be a tensor or"),
        (
            lambda p: optim.clip_grad_norm_([3], 1.0),
            TypeError,
            r"\[clip_grad_norm_\] parameters must be tensors, got i",
        ),
        (
            lambda p: optim.clip_grad_norm_(p, 1.0, 0),
            ValueError,
            r"\[clip_grad_norm_\] norm_type must be above 0",
        ),
        (lambda p: optim.clip_grad_norm_(p, 1.0, "inf"), TypeError, r"\[clip_grad_norm_\] norm_type must be a number"),
        (lambda p: optim.clip_grad_value_(p, None), TypeError, r"\[clip_grad_value_\] clip_value must be a number"),
        (
            lambda p: optim.clip_grad_value_(p, -1.0),
            ValueError,
            r"\[clip_grad_value_\] clip_value must not be negative",
        ),
    ],
)
def test_wrong_arguments(call, error, message):
    params, _ = with_gradients()
    with pytest.raises(error, match="^" + message):
        call(params)
