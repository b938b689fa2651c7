"""Layers that pad, that change channels and places, that drop whole channels, and that draw slopes and choices."""

import numpy as np
import pytest

import mushin
from mushin import Tensor, nn
from mushin.nn import functional

F32 = np.float32


def x(*shape):
    return mushin.arange(1.0, 1 + np.prod(shape)).reshape(shape)


def test_padding_is_functional_pads():
    a = x(2, 3, 4)
    np.testing.assert_array_equal(
        nn.ConstantPad1d((1, 2), 7)(a).array, np.pad(a.array, [(0, 0), (0, 0), (1, 2)], constant_values=7)
    )
    np.testing.assert_array_equal(nn.ReflectionPad2d(1)(a).array, np.pad(a.array, [(0, 0), (1, 1), (1, 1)], "reflect"))
    np.testing.assert_array_equal(nn.ReplicationPad3d(1)(a).array, np.pad(a.array, 1, "edge"))
    assert repr(nn.ConstantPad2d(1, 0.5)) == "ConstantPad2d(padding=(1, 1, 1, 1), value=0.5)"
    assert repr(nn.ZeroPad1d((1, 2))) == "ZeroPad1d((1, 2))"
    with pytest.raises(ValueError, match=r"^\[ZeroPad2d\] padding must be a number or 4 of them, got \(1, 2\)"):
        nn.ZeroPad2d((1, 2))
    with pytest.raises(TypeError, match=r"^\[CircularPad1d\] padding must be an integer, got float"):
        nn.CircularPad1d(0.5)
    with pytest.raises(TypeError, match=r"^\[ConstantPad1d\] value must be a number, got str"):
        nn.ConstantPad1d(1, "a")


def test_pixels_are_shuffled_and_back():
    a = x(2, 8, 3, 4)
    shuffled = nn.PixelShuffle(2)(a)
    assert shuffled.shape == (2, 2, 6, 8)
    np.testing.assert_array_equal(shuffled.array[1, 0, :2, :2].ravel(), a.array[1, :4, 0, 0])
    np.testing.assert_array_equal(nn.PixelUnshuffle(2)(shuffled).array, a.array)
    assert [repr(m) for m in (nn.PixelShuffle(2), nn.PixelUnshuffle(3), nn.ChannelShuffle(4))] == [
        "PixelShuffle(upscale_factor=2)",
        "PixelUnshuffle(downscale_factor=3)",
        "ChannelShuffle(groups=4)",
    ]
    assert nn.ChannelShuffle(2)(x(1, 4, 1)).array.ravel().tolist() == [1, 3, 2, 4]
    for call, message in [
        (lambda: nn.PixelShuffle(2)(x(1, 3, 2, 2)), r"\[pixel_shuffle\] 4 must divide the channels, got shape"),
        (lambda: nn.PixelShuffle(0)(a), r"\[pixel_shuffle\] upscale_factor must be positive, got 0"),
        (lambda: nn.PixelUnshuffle(2)(x(1, 3, 2)), r"\[pixel_unshuffle\] 2 must divide height and width"),
        (lambda: nn.PixelUnshuffle(2)(x(4, 4)), r"\[pixel_unshuffle\] input must have shape \(..., channels"),
        (lambda: nn.ChannelShuffle(3)(a), r"\[channel_shuffle\] input must have shape \(batch, channels, ...\)"),
        (lambda: nn.Softmax2d()(x(2, 2)), r"\[Softmax2d\] input must have 3 or 4 axes, got shape \(2, 2\)"),
    ]:
        with pytest.raises(ValueError, match="^" + message):
            call()


@pytest.mark.parametrize(
    ("layer", "shape", "channels"),
    [
        (nn.Dropout1d, (40, 30, 5), 2),
        (nn.Dropout1d, (1000, 5), 1),
        (nn.Dropout2d, (40, 30, 2, 3), 2),
        (nn.Dropout3d, (40, 30, 2, 1, 3), 2),
        (nn.Dropout3d, (1000, 2, 1, 3), 1),
    ],
)
def test_whole_channels_are_dropped(layer, shape, channels):
    mushin.seed(3)
    a = x(*shape).requires_grad_()
    y = layer(0.25)(a)
    y.backward(np.ones(shape, F32))
    scale = (y.detach().array / a.detach().array).reshape(int(np.prod(shape[:channels])), -1)
    np.testing.assert_allclose(scale, scale[:, :1].repeat(scale.shape[1], 1), rtol=1e-6)
    np.testing.assert_allclose(np.unique(np.round(scale, 4)), [0, 1.3333], atol=1e-4)
    # Five standard deviations of the mean of 1,000 or more draws.
    assert abs((scale[:, 0] > 0).mean() - 0.75) < 5 * np.sqrt(0.25 * 0.75 / len(scale))
    np.testing.assert_allclose(a.grad.array, (y.detach() / a.detach()).array, rtol=1e-6)
    assert layer(0.25).eval()(a) is a
    with pytest.raises(ValueError, match=r"^\[dropout\dd\] input must have .* axes, got shape \(2,\)"):
        layer(0.25)(x(2))
    with pytest.raises(ValueError, match=r"\] p must be in \[0, 1\], got 1.5"):
        layer(1.5)


def test_slopes_are_drawn_in_training_only():
    mushin.seed(4)
    a = Tensor(np.linspace(-2, 2, 4000, dtype=F32), requires_grad=True)
    layer = nn.RReLU(0.2, 0.6)
    y = layer(a)
    y.backward(np.ones(4000, F32))
    slopes = (y.detach().array / a.detach().array)[:2000]
    assert slopes.min() >= 0.2 - 1e-6
    assert slopes.max() <= 0.6
    # Of the mean of 2,000 draws, whose standard deviation is 0.4 / sqrt(12).
    assert abs(slopes.mean() - 0.4) < 5 * 0.4 / np.sqrt(12 * 2000)
    np.testing.assert_allclose(a.grad.array[:2000], slopes, rtol=1e-5)
    np.testing.assert_array_equal(a.grad.array[2000:], 1)
    np.testing.assert_allclose(layer.eval()(a).detach().array[:2000], 0.4 * a.detach().array[:2000], rtol=1e-6)
    assert repr(layer) == "RReLU(lower=0.2, upper=0.6)"
    with pytest.raises(ValueError, match=r"^\[rrelu\] lower must not be above upper, got 0.5 and 0.25"):
        functional.rrelu(a, 0.5, 0.25)


def test_choices_follow_the_logits_and_have_a_gradient():
    mushin.seed(5)
    p = np.array([0.1, 0.2, 0.7])
    logits = Tensor(np.broadcast_to(np.log(p), (4000, 3)).astype(F32), requires_grad=True)
    hard = functional.gumbel_softmax(logits, tau=0.5, hard=True)
    chosen = hard.detach().array
    assert np.allclose(np.sort(chosen, 1), [0, 0, 1], atol=1e-6)
    # Five standard deviations of a share of 4,000 draws, which is at most that of 0.5.
    assert np.abs(chosen.mean(0) - p).max() < 5 * np.sqrt(0.25 / 4000)
    hard.backward(np.ascontiguousarray(np.broadcast_to([1, 2, 3], (4000, 3)), F32))
    assert np.isfinite(logits.grad.array).all()
    assert np.abs(logits.grad.array).sum() > 0
    soft = functional.gumbel_softmax(logits.detach().T, dim=0)
    np.testing.assert_allclose(soft.array.sum(0), 1, rtol=1e-5)
    with pytest.raises(ValueError, match=r"^\[gumbel_softmax\] tau must be positive, got 0"):
        functional.gumbel_softmax(logits, 0)
