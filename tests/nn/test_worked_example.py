"""A 3-4-2 ReLU network worked by hand, and what two misprints that introductions repeat would do to it.

All numbers are multiples of 1/16, so that every sum below is exact in float32 and results are compared to the bit.
"""

import runpy
from pathlib import Path

import numpy as np
import pytest

import mushin
from mushin import nn
from mushin.nn import functional

X = np.array([1.0, 2.0, 3.0])
Y = np.array([1.75, 0.5])
W1 = np.array([[0.5, -0.25, 0.75], [-1.0, 0.375, -0.5], [1.25, 2.0, -0.875], [-0.375, 1.5, 0.625]])
B1 = np.array([0.25, -0.125, -1.125, -1.5])
W2 = np.array([[0.875, -0.625, 1.75, -0.75], [1.0, 1.125, -1.25, -1.75]])
B2 = np.array([0.1875, 0.125])
PARAMETERS = (W1, B1, W2, B2)

# z1: 0.5 * 1 - 0.25 * 2 + 0.75 * 3 + 0.25        = 0.5 - 0.5 + 2.25 + 0.25      =  2.5
#    -1   * 1 + 0.375 * 2 - 0.5 * 3 - 0.125       = -1 + 0.75 - 1.5 - 0.125      = -1.875
#     1.25 * 1 + 2 * 2 - 0.875 * 3 - 1.125        = 1.25 + 4 - 2.625 - 1.125     =  1.5
#    -0.375 * 1 + 1.5 * 2 + 0.625 * 3 - 1.5       = -0.375 + 3 + 1.875 - 1.5     =  3
Z1 = [2.5, -1.875, 1.5, 3.0]
# a1 = max(z1, 0): the second hidden unit is dead.
A1 = [2.5, 0.0, 1.5, 3.0]
# z2: 0.875 * 2.5 - 0.625 * 0 + 1.75 * 1.5 - 0.75 * 3 + 0.1875 = 2.1875 + 2.625 - 2.25 + 0.1875 = 2.75
#     1 * 2.5 + 1.125 * 0 - 1.25 * 1.5 - 1.75 * 3 + 0.125      = 2.5 - 1.875 - 5.25 + 0.125     = -4.5
Z2 = [2.75, -4.5]
# a2 = max(z2, 0): the second output is dead.
A2 = [2.75, 0.0]
# C = (2.75 - 1.75)^2 + (0 - 0.5)^2 = 1 + 0.25
COST = 1.25

# dC/da2 = 2 (a2 - y) = (2 * 1, 2 * -0.5) = (2, -1); delta2 = dC/da2 * sigma'(z2) = (2 * 1, -1 * 0)
DELTA2 = [2.0, 0.0]
# dC/dW2 = delta2 a1^T: 2 * (2.5, 0, 1.5, 3), and zeros for the dead output
DW2 = [[5.0, 0.0, 3.0, 6.0], [0.0, 0.0, 0.0, 0.0]]
# dC/da1 = W2^T delta2 = 2 * (0.875, -0.625, 1.75, -0.75) = (1.75, -1.25, 3.5, -1.5)
# delta1 = dC/da1 * sigma'(z1) = (1.75 * 1, -1.25 * 0, 3.5 * 1, -1.5 * 1)
DELTA1 = [1.75, 0.0, 3.5, -1.5]
# dC/dW1 = delta1 x^T: 1.75 * (1, 2, 3), 0, 3.5 * (1, 2, 3), -1.5 * (1, 2, 3)
DW1 = [[1.75, 3.5, 5.25], [0.0, 0.0, 0.0], [3.5, 7.0, 10.5], [-1.5, -3.0, -4.5]]
# dC/dx = W1^T delta1: 0.5 * 1.75 + 1.25 * 3.5 + 0.375 * 1.5  = 0.875 + 4.375 + 0.5625    =  5.8125
#                     -0.25 * 1.75 + 2 * 3.5 - 1.5 * 1.5      = -0.4375 + 7 - 2.25        =  4.3125
#                      0.75 * 1.75 - 0.875 * 3.5 - 0.625 * 1.5 = 1.3125 - 3.0625 - 0.9375 = -2.6875
DX = [5.8125, 4.3125, -2.6875]

BY_HAND = {"0.weight": DW1, "0.bias": DELTA1, "2.weight": DW2, "2.bias": DELTA2}
SQUARED_NORM = sum(float(np.square(g).sum()) for g in BY_HAND.values())


def network(*, activation=nn.ReLU):
    model = nn.Sequential(nn.Linear(3, 4), activation(), nn.Linear(4, 2), activation())
    model.load_state_dict({"0.weight": W1, "0.bias": B1, "2.weight": W2, "2.bias": B2})
    return model


def squared_error(model, x, y=Y):
    return functional.mse_loss(model(x), mushin.tensor(y, dtype=x.dtype), reduction="sum")


def example(dtype=np.float32):
    return mushin.tensor(X, dtype=dtype, requires_grad=True)


def relu(z):
    return np.maximum(z, 0)


def relu_slope(z):
    return (z > 0).astype(float)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_slope(z):
    return sigmoid(z) * (1 - sigmoid(z))


def cost(parameters, activation=relu):
    w1, b1, w2, b2 = parameters
    return float(np.square(activation(w2 @ activation(w1 @ X + b1) + b2) - Y).sum())


def differences(parameters, activation, step=1e-6):
    """The gradient of the cost with respect to each parameter, by central differences."""
    gradients = []
    for i, parameter in enumerate(parameters):
        gradient = np.empty_like(parameter)
        for index in np.ndindex(parameter.shape):
            values = []
            for sign in (1, -1):
                moved = [p.copy() for p in parameters]
                moved[i][index] += sign * step
                values.append(cost(moved, activation))
            gradient[index] = (values[0] - values[1]) / (2 * step)
        gradients.append(gradient)
    return gradients


def by_formula(activation, slope, *, slope_again):
    """dW1, db1, dW2, db2 with delta = dC/da * sigma'(z) or, as printed, dC/dz times the derivative once more."""
    z1 = W1 @ X + B1
    a1 = activation(z1)
    z2 = W2 @ a1 + B2
    power = 2 if slope_again else 1
    delta2 = 2 * (activation(z2) - Y) * slope(z2) ** power
    delta1 = W2.T @ delta2 * slope(z1) ** power
    return np.outer(delta1, X), delta1, np.outer(delta2, a1), delta2


# --- the calculation


def test_every_weight_is_another_number():
    everything = np.concatenate([p.ravel() for p in PARAMETERS])
    assert len(set(everything)) == everything.size == 26


def test_forward_by_hand():
    model, x = network(), example()
    z1 = model[0](x)
    a1 = model[1](z1)
    z2 = model[2](a1)
    a2 = model[3](z2)
    assert [t.tolist() for t in (z1, a1, z2, a2)] == [Z1, A1, Z2, A2]
    assert model(x).tolist() == A2
    assert squared_error(model, x).item() == COST


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_backward_by_hand(dtype):
    model, x = network().to(dtype), example(dtype)
    squared_error(model, x).backward()
    assert {name: p.grad.tolist() for name, p in model.named_parameters()} == BY_HAND
    assert x.grad.tolist() == DX


def test_backward_by_hand_without_fusion():
    model, x = network(), example()
    y = x
    for layer in model:
        y = layer(y)
    functional.mse_loss(y, Y.astype(np.float32), reduction="sum").backward()
    assert {name: p.grad.tolist() for name, p in model.named_parameters()} == BY_HAND
    assert x.grad.tolist() == DX


def test_the_numbers_by_hand_are_those_of_finite_differences():
    for numeric, expected in zip(differences(PARAMETERS, relu), BY_HAND.values()):
        np.testing.assert_allclose(numeric, expected, rtol=1e-7, atol=1e-8)


def test_a_dead_unit_gets_no_gradient_although_its_error_is_not_zero():
    model = network()
    squared_error(model, example()).backward()
    hidden, output = model[0], model[2]
    assert not hidden.weight.grad.numpy()[1].any()  # its own weights
    assert not output.weight.grad.numpy()[:, 1].any()  # what it gives to the next layer
    assert hidden.bias.grad.numpy()[1] == output.bias.grad.numpy()[1] == 0
    assert not output.weight.grad.numpy()[1].any()
    assert 2 * (A2[1] - Y[1]) == -1  # the dead output's error
    assert (W2.T @ DELTA2)[1] == -1.25  # the dead hidden unit's


# --- the update


def cost_after(factor, copies=1):
    """The mean cost over a batch of copies of the example after w <- w + factor * (gradient of the mean cost)."""
    model = network().double()
    x, y = mushin.tensor(np.tile(X, (copies, 1))), np.tile(Y, (copies, 1))
    (squared_error(model, x, y) / copies).backward()
    with mushin.no_grad():
        for parameter in model.parameters():
            parameter.add_(parameter.grad, alpha=factor)
        return (squared_error(model, x, y) / copies).item()


def test_a_step_against_the_gradient_lowers_the_cost_as_predicted():
    eta = 1e-6
    assert SQUARED_NORM == 337.4375  # 17.5625 * (1 + 4 + 9) + 17.5625 + 4 * (6.25 + 2.25 + 9) + 4
    # C falls by eta |gradient|^2, up to terms of eta^2.
    assert COST - cost_after(-eta) == pytest.approx(eta * SQUARED_NORM, rel=1e-3)
    assert cost_after(-0.001) < COST


def test_the_printed_sign_raises_the_cost():
    assert cost_after(0.001) > COST
    assert cost_after(1e-6) - COST == pytest.approx(1e-6 * SQUARED_NORM, rel=1e-3)


def test_the_printed_factor_m_overshoots():
    eta, m = 0.001, 32
    assert cost_after(-eta, copies=m) == pytest.approx(cost_after(-eta), rel=1e-12)  # the mean does not know m
    assert cost_after(-eta * m, copies=m) > COST
    assert cost_after(eta * m, copies=m) > cost_after(eta, copies=m) > COST  # the update as it is printed


# --- delta


def test_the_printed_delta_is_hidden_by_relu():
    for power_one, power_two in zip(
        by_formula(relu, relu_slope, slope_again=False), by_formula(relu, relu_slope, slope_again=True)
    ):
        np.testing.assert_array_equal(power_one, power_two)


def test_the_printed_delta_is_wrong_for_the_sigmoid():
    numeric = differences(PARAMETERS, sigmoid)
    right = by_formula(sigmoid, sigmoid_slope, slope_again=False)
    printed = by_formula(sigmoid, sigmoid_slope, slope_again=True)
    for n, r, p in zip(numeric, right, printed):
        np.testing.assert_allclose(r, n, rtol=1e-6, atol=1e-9)
        assert (np.abs(p) < 0.3 * np.abs(n)).all()  # sigma' is at most 1/4

    model = network(activation=nn.Sigmoid).double()
    squared_error(model, example(np.float64)).backward()
    for parameter, r in zip(model.parameters(), right):
        np.testing.assert_allclose(parameter.grad.numpy(), r, rtol=1e-12)


# --- the example script


def test_the_example_prints_this_calculation(capsys):
    runpy.run_path(str(Path(__file__).parents[2] / "examples" / "backpropagation_by_hand.py"), run_name="__main__")
    printed = capsys.readouterr().out
    for text in ("C  = sum (a2 - y)^2 = 1.25", str(DW1), str(DW2), "cost 1.25", "C = 0.9413   downhill", "uphill"):
        assert text in printed
    assert printed.count("equal: True") == 4
    assert "equal: False" not in printed
