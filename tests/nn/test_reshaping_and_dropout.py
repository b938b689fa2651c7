"""Bilinear and Unflatten as layers, and the dropouts that keep mean and variance."""

import math

import numpy as np
import pytest

import mushin
from mushin import nn
from mushin.nn import functional
from train.steps import BEFORE_REPLAY

SATURATED = -1.6732632423543772 * 1.0507009873554805  # of selu: minus alpha times scale


def test_bilinear_is_a_sum_over_both_inputs():
    mushin.seed(0)
    layer = nn.Bilinear(3, 4, 5)
    assert [(name, p.shape) for name, p in layer.named_parameters()] == [("weight", (5, 3, 4)), ("bias", (5,))]
    bound = 1 / math.sqrt(3)
    for parameter in layer.parameters():
        assert -bound <= parameter.array.min()
        assert parameter.array.max() < bound
    a, b = mushin.randn(2, 6, 3), mushin.randn(2, 6, 4)
    expected = np.einsum("...i,kij,...j->...k", a.numpy(), layer.weight.array, b.numpy()) + layer.bias.array
    np.testing.assert_allclose(layer(a, b).detach().numpy(), expected, rtol=1e-5, atol=1e-6)
    assert nn.Bilinear(3, 4, 5, bias=False).bias is None
    assert nn.Bilinear(3, 4, 5, dtype=np.float64).weight.dtype == np.float64
    assert repr(layer) == "Bilinear(in1_features=3, in2_features=4, out_features=5, bias=True)"


def test_unflatten_is_flatten_undone():
    x = mushin.randn(3, 24)
    y = nn.Unflatten(1, (2, 3, 4))(x)
    assert y.shape == (3, 2, 3, 4)
    np.testing.assert_array_equal(nn.Flatten()(y).numpy(), x.numpy())
    assert nn.Unflatten(-1, [4, -1])(x).shape == (3, 4, 6)
    assert nn.Unflatten(0, (-1,))(mushin.zeros(0, 2)).shape == (0, 2)
    assert repr(nn.Unflatten(1, [2, -1])) == "Unflatten(dim=1, unflattened_size=(2, -1))"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nn.Bilinear(0, 1, 1), ValueError, r"\[Bilinear\] in1_features must be at least 1, got 0"),
        (lambda: nn.Bilinear(1, -1, 1), ValueError, r"\[Bilinear\] in2_features must not be negative, got -1"),
        (lambda: nn.Bilinear(1, 1, 1.5), TypeError, r"\[Bilinear\] out_features must be an integer, got float"),
        (lambda: nn.Bilinear(1, 1, 1, dtype=int), TypeError, r"\[Bilinear\] dtype must be float32 or float64"),
        (lambda: nn.Unflatten("a", (2,)), TypeError, r"\[Unflatten\] dim and lengths must be integers, got 'a'"),
        (lambda: nn.Unflatten(1, (2.0,)), TypeError, r"\[Unflatten\] dim and lengths must be integers, got 1 and"),
        (lambda: nn.Unflatten(1, ()), ValueError, r"\[Unflatten\] unflattened_size must be a tuple of lengths"),
        (lambda: nn.Unflatten(1, 3), ValueError, r"\[Unflatten\] unflattened_size must be a tuple of lengths, got 3"),
        (lambda: nn.Unflatten(1, (4, 2))(mushin.ones(2, 6)), ValueError, r"\[Unflatten\] \(4, 2\) must divide axis 1"),
        (lambda: nn.Unflatten(1, (4, -1))(mushin.ones(2, 6)), ValueError, r"\[Unflatten\] \(4, -1\) must divide axis"),
        (lambda: nn.Unflatten(1, (-1, -1))(mushin.ones(2, 1)), ValueError, r"\[Unflatten\] \(-1, -1\) must divide"),
        (lambda: nn.Unflatten(2, (6,))(mushin.ones(2, 6)), ValueError, r"\[Unflatten\] axis must be in \[-2, 2\)"),
        (lambda: nn.AlphaDropout(1.5), ValueError, r"\[AlphaDropout\] p must be in \[0, 1\], got 1.5"),
        (lambda: nn.FeatureAlphaDropout("a"), TypeError, r"\[FeatureAlphaDropout\] p must be a number, got str"),
        (lambda: functional.alpha_dropout(mushin.ones(2), -1), ValueError, r"\[alpha_dropout\] p must be in \[0, 1\]"),
        (
            lambda: functional.feature_alpha_dropout(mushin.ones(2), training=True),
            ValueError,
            r"\[feature_alpha_dropout\] input must have shape \(batch, channels, ...\), got \(2,\)",
        ),
    ],
)
def test_wrong_uses(call, error, message):
    with pytest.raises(error, match="^" + message):
        call()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_alpha_dropout_keeps_mean_and_variance_and_its_formula(p, dtype):
    mushin.seed(2)
    x = mushin.randn(400, 500, dtype=dtype, requires_grad=True)
    y = functional.alpha_dropout(x, p, training=True)
    y.sum().backward()
    values = y.detach().numpy()
    assert values.dtype == dtype
    scale = 1 / math.sqrt((1 - p) * (1 + p * SATURATED**2))
    dropped = x.grad.numpy() == 0
    assert abs(dropped.mean() - p) < 5 * math.sqrt(p * (1 - p) / x.numel())
    expected = scale * (np.where(dropped, SATURATED, x.detach().numpy()) - SATURATED * p)
    np.testing.assert_allclose(values, expected, rtol=1e-5 if dtype == np.float32 else 1e-12, atol=3e-6)
    np.testing.assert_allclose(x.grad.numpy()[~dropped], scale, rtol=1e-6)
    assert abs(values.mean(dtype=np.float64)) < 0.02
    assert abs(values.std(dtype=np.float64) - 1) < 0.02


def test_feature_alpha_dropout_drops_whole_channels():
    mushin.seed(3)
    x = mushin.randn(30, 40, 3, 2)
    y = functional.feature_alpha_dropout(x, 0.3, training=True).numpy().reshape(1200, 6)
    same = (y == y[:, :1]).all(axis=1)
    assert abs(same.mean() - 0.3) < 5 * math.sqrt(0.21 / 1200)
    scale = 1 / math.sqrt(0.7 * (1 + 0.3 * SATURATED**2))
    np.testing.assert_allclose(y[same], scale * SATURATED * 0.7, rtol=1e-5)
    kept = scale * (x.numpy().reshape(1200, 6)[~same] - SATURATED * 0.3)
    np.testing.assert_allclose(y[~same], kept, rtol=1e-5, atol=3e-6)
    assert functional.feature_alpha_dropout(mushin.ones(2, 3), 0.5, True).shape == (2, 3)
    assert (functional.feature_alpha_dropout(mushin.ones(2)).numpy() == 1).all()


@pytest.mark.parametrize("kind", [nn.AlphaDropout, nn.FeatureAlphaDropout])
def test_when_nothing_happens_and_when_nothing_is_left(kind):
    x = mushin.randn(4, 3)
    layer = kind(0.4)
    assert repr(layer) == f"{kind.__name__}(p=0.4, inplace=False)"
    assert (layer(x).numpy() != x.numpy()).any()
    assert layer.eval()(x) is x
    assert kind(0.0)(x) is x
    np.testing.assert_array_equal(kind(1.0)(x).numpy(), np.zeros((4, 3)))


@pytest.mark.parametrize("kind", [nn.AlphaDropout, nn.FeatureAlphaDropout])
def test_a_recorded_step_draws_anew(kind):
    layer = kind(0.5)
    x = mushin.randn(8, 16, 2)

    def run(step):
        mushin.seed(4)
        return [step(x).numpy().tobytes() for _ in range(BEFORE_REPLAY + 3)]

    compiled = mushin.compile(lambda x: layer(x))
    eager = run(layer)
    assert run(compiled) == eager
    assert len(set(eager)) == len(eager)
    assert compiled.step.replayed > 0
