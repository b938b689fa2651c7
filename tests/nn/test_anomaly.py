"""detect_anomaly names the op and the layer that made the first NaN or infinity."""

import numpy as np
import pytest

import mushin
from mushin import Tensor, detect_anomaly, kernels, nn, optim


class Logarithm(nn.Module):
    def forward(self, x):
        return mushin.log(x)


class Root(nn.Module):
    def forward(self, x):
        return mushin.sqrt(x)


def model(last):
    return nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Sequential(nn.Tanh(), last))


def zeros():
    return mushin.zeros(2, 3)


def test_a_forward_op_is_named_with_its_layer():
    net = model(Logarithm())
    net[0].bias.data = np.zeros(3, np.float32)
    with pytest.raises(FloatingPointError) as error, detect_anomaly():
        net(zeros())
    assert str(error.value) == ("[log] y holds infinity at position 0, which no input holds; in layer 2.1 (Logarithm)")
    assert np.isinf(net(zeros()).array).all()  # outside nothing is checked


def test_a_backward_op_is_named_with_the_layer_of_its_forward():
    net = model(Root())
    net[0].bias.data = np.zeros(3, np.float32)
    with (
        pytest.raises(FloatingPointError, match=r"^\[sqrt\] dx holds .*; in the backward of layer 2.1 \(Root\)"),
        detect_anomaly(),
    ):
        net(zeros()).sum().backward()


def test_without_layers_only_the_op_is_named():
    with (
        pytest.raises(FloatingPointError, match=r"^\[div\] y holds infinity at position 1, which no input holds$"),
        detect_anomaly(),
    ):
        Tensor(np.ones(2, np.float32)) / Tensor(np.array([1, 0], np.float32))
    x = Tensor(np.zeros(2, np.float32), requires_grad=True)
    with pytest.raises(FloatingPointError, match=r"in a backward$"), detect_anomaly():
        mushin.sqrt(x).sum().backward()


def test_what_was_there_before_is_no_fault():
    mask = Tensor(np.array([[0.0, -np.inf, 0.0]], np.float32))
    with detect_anomaly():
        y = (mushin.ones(2, 3) + mask).softmax(-1)
        assert np.isfinite(y.array).all()
        assert np.isnan((mushin.ones(2, 3) * np.nan).array).all()
        with pytest.raises(FloatingPointError, match=r"\[sub\] y holds NaN at position 1"):
            mask - mask


def test_what_a_gradient_holds_that_is_added_to_is_no_fault():
    x = Tensor(np.ones(2, np.float32), requires_grad=True)
    x.grad = np.array([np.nan, 1], np.float32)
    with detect_anomaly():
        (x * 2).sum().backward()
    np.testing.assert_array_equal(x.grad.array, [np.nan, 3])


def test_a_compiled_step_runs_op_by_op_inside_and_is_replayed_again_behind():
    net = nn.Linear(3, 1)
    optimizer = optim.SGD(net.parameters(), lr=0.1)

    @mushin.compile
    def step(x):
        optimizer.zero_grad()
        loss = mushin.log(net(x).square().sum())
        loss.backward()
        optimizer.step()
        return loss

    for _ in range(5):
        step(mushin.ones(2, 3))
    replayed = step.step.replayed
    with detect_anomaly():
        for _ in range(3):
            step(mushin.ones(2, 3))
        net.weight.array[:] = 0
        net.bias.array[:] = 0
        with pytest.raises(FloatingPointError, match=r"\[log\] y holds infinity"):
            step(mushin.ones(2, 3))
    assert step.step.replayed == replayed
    net.bias.array[:] = 1
    for _ in range(3):  # the error has left other gradients than a step begins with
        step(mushin.ones(2, 3))
    assert step.step.replayed > replayed


def test_blocks_inside_of_one_another_and_errors_leave_it_as_it_was():
    assert not kernels.checks_results()
    with detect_anomaly():
        with detect_anomaly():
            pass
        assert kernels.checks_results()
        with pytest.raises(ZeroDivisionError), detect_anomaly():
            raise ZeroDivisionError
        assert kernels.checks_results()
    assert not kernels.checks_results()
    assert nn.hooks.observer is None


def test_values_are_the_same_inside():
    net = model(nn.Sigmoid())
    x = mushin.rand(5, 3)
    outside = net(x)
    with detect_anomaly():
        inside = net(x)
    np.testing.assert_allclose(inside.array, outside.array, rtol=1e-6)
