"""A one-layer sigmoid network in NumPy as introductions print it: the faults of its backward pass, and right gradients.

The printed pass has p = sigmoid(X W + b), the mean squared error as its loss, and the four gradients below.
"""

import runpy
from pathlib import Path

import numpy as np
import pytest

import mushin
from mushin import nn
from mushin.nn import functional

PRINTED = """
def backward_pass(X, y, p):
    dW = np.dot(X.T, p - y) / len(y)
    db = np.sum(p - y) / len(y)
    dX = np.dot(p - y, W.T) * sigmoid(X @ W + b)
    return dW, db, dX
"""

RANDOM = np.random.default_rng(7)
X = RANDOM.normal(size=(6, 3))
Y = np.array([[1.0], [0.0], [1.0], [1.0], [0.0], [0.0]])
W = np.array([[0.8], [-1.1], [0.4]])
B = np.array([0.3])
N = len(Y)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


P = sigmoid(X @ W + B)


def squared_error(x, w, b):
    return np.mean((Y - sigmoid(x @ w + b)) ** 2)


def entropy_sum(x, w, b):
    """The printed cross-entropy: a sum over the examples, not their mean."""
    p = sigmoid(x @ w + b)
    return -np.sum(Y * np.log(p) + (1 - Y) * np.log(1 - p))


def entropy_mean(x, w, b):
    return entropy_sum(x, w, b) / N


def differences(cost, step=1e-6):
    """dW, db and dX by central differences."""
    gradients = {}
    for name in ("w", "b", "x"):
        arrays = {"x": X.copy(), "w": W.copy(), "b": B.copy()}
        gradient = np.empty_like(arrays[name])
        for index in np.ndindex(gradient.shape):
            value = arrays[name][index]
            arrays[name][index] = value + step
            above = cost(**arrays)
            arrays[name][index] = value - step
            gradient[index] = (above - cost(**arrays)) / (2 * step)
            arrays[name][index] = value
        gradients[name] = gradient
    return gradients["w"], gradients["b"], gradients["x"]


def printed_gradients():
    """What the printed pass gives once W and b are in its reach."""
    namespace = {"np": np, "sigmoid": sigmoid, "W": W, "b": B}
    exec(PRINTED, namespace)
    return namespace["backward_pass"](X, Y, P)


def right_gradients(dz):
    return X.T @ dz, dz.sum(axis=0), dz @ W.T


def assert_gradients(got, expected, **tolerance):
    for g, e in zip(got, expected):
        np.testing.assert_allclose(g, e, **(tolerance or {"rtol": 1e-6, "atol": 1e-9}))


# --- the faults


def test_fault_1_the_printed_pass_knows_neither_its_weights_nor_its_bias():
    namespace = {"np": np, "sigmoid": sigmoid}
    exec(PRINTED, namespace)
    with pytest.raises(NameError, match="name 'W' is not defined"):
        namespace["backward_pass"](X, Y, P)
    namespace["W"] = W
    with pytest.raises(NameError, match="name 'b' is not defined"):
        namespace["backward_pass"](X, Y, P)


def test_fault_2_its_dw_and_db_are_those_of_another_loss():
    dw, db, _ = printed_gradients()
    for got, entropy, error in zip((dw, db), differences(entropy_mean), differences(squared_error)):
        np.testing.assert_allclose(got, entropy.squeeze() if got.ndim == 0 else entropy, rtol=1e-6)
        assert (np.abs(got / error - 1) > 0.5).all()  # more than half of it off, everywhere


def test_fault_2_the_missing_factor_is_two_p_one_minus_p():
    dw = X.T @ ((P - Y) * (2 * P * (1 - P))) / N
    np.testing.assert_allclose(dw, differences(squared_error)[0], rtol=1e-6)


def test_fault_3_its_dx_has_the_sigmoid_in_the_place_of_its_derivative():
    _, _, dx = printed_gradients()
    error, entropy = differences(squared_error)[2], differences(entropy_mean)[2]
    for right in (error, entropy, error * N, entropy * N):
        assert not np.allclose(dx, right, rtol=0.05, atol=0)
    # With the derivative in its place, and the 2 / n of the mean squared error, it is right.
    np.testing.assert_allclose((dx / P) * (P * (1 - P)) * (2 / N), error, rtol=1e-6)


# --- the right gradients


def test_right_gradients_of_the_mean_squared_error():
    assert_gradients(right_gradients(2 * (P - Y) * P * (1 - P) / N), differences(squared_error))


@pytest.mark.parametrize(("cost", "scale"), [(entropy_sum, 1), (entropy_mean, 1 / N)])
def test_right_gradients_of_the_binary_cross_entropy(cost, scale):
    assert_gradients(right_gradients((P - Y) * scale), differences(cost))


def mushin_gradients(cost):
    """The cost as a float, and mushin's gradients of W, b and X."""
    x, w, b = (mushin.tensor(array, requires_grad=True) for array in (X, W, B))
    loss = cost(mushin.sigmoid(x @ w + b))
    loss.backward()
    return loss.item(), [t.grad.numpy() for t in (w, b, x)]


def test_mushin_s_gradients_of_the_mean_squared_error():
    loss, gradients = mushin_gradients(lambda p: functional.mse_loss(p, Y))
    assert loss == pytest.approx(squared_error(X, W, B), rel=1e-14)
    assert_gradients(gradients, right_gradients(2 * (P - Y) * P * (1 - P) / N), rtol=1e-12)
    assert_gradients(gradients, differences(squared_error))


@pytest.mark.parametrize(("cost", "scale"), [(entropy_sum, 1), (entropy_mean, 1 / N)])
def test_mushin_s_gradients_of_the_binary_cross_entropy(cost, scale):
    def written_out(p):
        return -(Y * mushin.log(p) + (1 - Y) * mushin.log(1 - p)).sum() * scale

    loss, gradients = mushin_gradients(written_out)
    assert loss == pytest.approx(cost(X, W, B), rel=1e-14)
    assert_gradients(gradients, right_gradients((P - Y) * scale), rtol=1e-10)
    assert_gradients(gradients, differences(cost))


@pytest.mark.parametrize(("cost", "reduction"), [(entropy_sum, "sum"), (entropy_mean, "mean")])
def test_the_binary_cross_entropy_is_that_of_two_classes_with_logits_zero_and_z(cost, reduction):
    layer = nn.Linear(3, 2, dtype=np.float64)
    layer.load_state_dict({"weight": np.hstack([0 * W, W]).T, "bias": np.array([0, B[0]])})
    x = mushin.tensor(X, requires_grad=True)
    loss = functional.cross_entropy(layer(x), Y[:, 0].astype(np.int64), reduction=reduction)
    loss.backward()
    dw, db, dx = differences(cost)
    assert loss.item() == pytest.approx(cost(X, W, B), rel=1e-14)
    np.testing.assert_allclose(layer.weight.grad.numpy()[1], dw[:, 0], rtol=1e-6)
    np.testing.assert_allclose(layer.bias.grad.numpy()[1], db[0], rtol=1e-6)
    np.testing.assert_allclose(x.grad.numpy(), dx, rtol=1e-6, atol=1e-9)


def test_the_printed_cross_entropy_of_one_hot_rows_is_the_sum_not_the_mean():
    logits = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])
    one_hot = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    p = mushin.softmax(mushin.tensor(logits), axis=1)
    printed = -np.sum(one_hot * np.log(p.numpy()))
    for target in (one_hot, np.array([2, 1])):
        loss = functional.cross_entropy(mushin.tensor(logits), mushin.tensor(target), reduction="sum")
        assert loss.item() == pytest.approx(printed, rel=1e-14)
        mean = functional.cross_entropy(mushin.tensor(logits), mushin.tensor(target))
        assert mean.item() == pytest.approx(printed / 2, rel=1e-14)


# --- the example script

EXAMPLE = str(Path(__file__).parents[2] / "examples" / "numpy_network_corrected.py")


def test_the_example_s_gradients_are_right():
    example = runpy.run_path(EXAMPLE)
    for name, cost in (("mean_squared_error", squared_error), ("cross_entropy", entropy_mean)):
        assert example[name](P, Y) == pytest.approx(cost(X, W, B), rel=1e-14)
        assert_gradients(example[f"backward_of_{name}"](X, Y, P, W), differences(cost))


def test_the_example_trains_the_same_network_twice(capsys):
    example = runpy.run_path(EXAMPLE, run_name="__main__")
    assert "mushin, mean squared error" in capsys.readouterr().out
    x, y = example["points"](60)
    w, b = example["train"](x, y, example["backward_of_mean_squared_error"], 100, 1.0)
    model = example["train_with_mushin"](x, y, 100, 1.0)
    np.testing.assert_allclose(model[0].weight.detach().numpy(), w.T, rtol=1e-10)
    np.testing.assert_allclose(model[0].bias.detach().numpy(), [b], rtol=1e-10)
    start = example["mean_squared_error"](np.full_like(y, 0.5), y)
    assert example["mean_squared_error"](example["forward"](x, w, b), y) < start / 2
