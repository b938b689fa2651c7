"""keras.ops of tensors and of tensors without values; tests/peers compares what they give with Keras."""

import numpy as np
import pytest

from keras_models import numbers
from mushin import Tensor, keras, nn


def test_ops_of_tensors_and_of_tensors_without_values():
    x = numbers(4, 3, 1)
    cases = {
        "transpose": ((), x.T),
        "expand_dims": ((1,), x[:, None]),
        "squeeze": ((-1,), x[..., 0]),
        "abs": ((), np.abs(x)),
        "square": ((), x * x),
        "ravel": ((), x.ravel()),
        "reshape": (((-1, 3),), x.reshape(4, 3)),
        "clip": ((-0.5, 0.5), np.clip(x, -0.5, 0.5)),
        "sum": (([0, 1],), x.sum((0, 1))),
        "max": ((1,), x.max(1)),
        "argmax": ((1,), x.argmax(1)),
        "stop_gradient": ((), x),
        "cast": (("float64",), x),
        "ones_like": ((), np.ones_like(x)),
        "get_item": ((slice(1, 3),), x[1:3]),
    }
    for name, (args, expected) in cases.items():
        op = getattr(keras.ops, name)
        y = op(Tensor(x), *args)
        np.testing.assert_allclose(y.numpy(), expected, rtol=1e-6, err_msg=name)
        a = keras.Input(batch_shape=(4, 3, 1))
        traced = op(a, *args)
        assert traced.dtype == y.dtype.name, name
        assert len(traced.shape) == y.ndim, name
    pairs = {"add": 5, "subtract": -1, "multiply": 6, "divide": 2 / 3, "true_divide": 2 / 3, "maximum": 3, "minimum": 2}
    for name, expected in pairs.items():
        y = getattr(keras.ops, name)(x1=Tensor(np.float32([2])), x2=np.float32(3))
        np.testing.assert_allclose(y.numpy(), [expected], rtol=1e-6, err_msg=name)
    assert keras.ops.zeros((2, 3)).shape == (2, 3)
    assert keras.ops.ones(3, "int32").numpy().tolist() == [1, 1, 1]
    assert keras.ops.shape(keras.Input((4,))) == (None, 4)
    assert keras.ops.convert_to_tensor([1.0, 2.0]).dtype == np.float32
    assert keras.ops.convert_to_numpy(Tensor(x)) is not None
    assert set(dir(keras.ops)) >= {"matmul", "relu", "softmax", "shape", "zeros"}
    with pytest.raises(AttributeError, match=r"^\[ops\] there is no op 'none'; there are abs, "):
        _ = keras.ops.none
    with pytest.raises(ValueError, match=r"^\[squeeze\] axis must be one of length 1"):
        keras.ops.squeeze(x, 0)


def test_ops_have_the_defaults_of_keras_ops():
    rows = [np.ones((2, 3), np.float32), np.zeros((1, 3), np.float32)]
    assert keras.ops.concatenate([Tensor(each) for each in rows]).shape == (3, 3)
    x = Tensor(np.linspace(-3, 3, 13, dtype=np.float32))
    np.testing.assert_array_equal(keras.ops.gelu(x).array, nn.functional.gelu(x, "tanh").array)
    np.testing.assert_array_equal(keras.activations.gelu(x).array, nn.functional.gelu(x).array)


def test_ops_of_several_results_in_a_graph():
    a = keras.Input((4,))
    mean, variance = keras.ops.moments(a, axes=[1], keepdims=True)
    left, right = keras.ops.split(keras.ops.where(a > 0, a, keras.ops.sqrt(variance)), 2, axis=1)
    largest, _ = keras.ops.top_k(a, 2)
    model = keras.Model(a, keras.ops.stack([left - mean, right, largest], axis=1))
    x = numbers(5, 4)
    expected = np.where(x > 0, x, x.std(1, keepdims=True))
    expected = np.stack([expected[:, :2] - x.mean(1, keepdims=True), expected[:, 2:], np.sort(x)[:, :1:-1]], 1)
    assert model.output_shape == (None, 3, 2)
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-5, atol=1e-6)
    again = keras.models.model_from_json(model.to_json())
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


def test_gradients_go_through_ops():
    x = Tensor(numbers(3, 4), requires_grad=True)
    ops = keras.ops
    y = ops.sum(ops.take(ops.power(ops.abs(x), 3.0), [0, 2], axis=1)) + ops.sum(ops.pad(x, ((0, 1), (1, 0))))
    y.backward()
    values = x.detach().numpy()
    np.testing.assert_allclose(x.grad.numpy(), 3 * values * abs(values) * [1, 0, 1, 0] + 1, rtol=1e-5)


def test_eye_on_another_diagonal():
    np.testing.assert_array_equal(keras.ops.eye(3, 5, k=1).numpy(), np.eye(3, 5, k=1))
    np.testing.assert_array_equal(keras.ops.eye(4, 3, k=-2).numpy(), np.eye(4, 3, k=-2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda ops, x: ops.split(x, 3, axis=1), r"^\[split\] indices_or_sections must divide 4, got 3"),
        (lambda ops, x: ops.unstack(x, num=2), r"^\[unstack\] num must be the axis' length, 3, got 2"),
        (lambda ops, x: ops.pad(x, 1, mode="symmetric"), r'^\[pad\] mode must be "constant" or "reflect", got'),
        (lambda ops, x: ops.average(x, 0, weights=[1.0, 2.0]), r"^\[average\] weights must have shape \(3, 4\) or"),
        (lambda ops, x: ops.segment_sum(x, [0, 1, 1]), r"^\[segment_sum\] num_segments must be given, got None"),
        (lambda ops, x: ops.norm(x, ord=1), r"^\[norm\] ord must be None or 'fro' but for vectors .*, got 1"),
        (lambda ops, x: ops.one_hot([1], 2, sparse=True), r"^\[one_hot\] sparse must be False: .*, got True"),
        (lambda ops, x: ops.multi_hot([[1]]), r"^\[multi_hot\] num_classes must be given and axis be -1, got None"),
        (lambda ops, x: ops.moments(x, [0], synchronized=True), r"^\[moments\] synchronized must be False"),
    ],
)
def test_what_ops_refuse(call, message):
    with pytest.raises(ValueError, match=message):
        call(keras.ops, numbers(3, 4))
