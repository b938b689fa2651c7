"""Losses as Keras calls them: the losses of samples, their weights, reductions, errors."""

import json

import numpy as np
import pytest

import mushin
from mushin import Tensor, keras
from mushin.train.step import compile as compile_step

X = np.array([[[1.0, 2.0], [0.5, -1.0], [3.0, 0.25]], [[-2.0, 1.0], [0.75, 0.5], [1.5, -0.5]]])
Y = np.array([[[0.0, 1.0], [1.0, 0.5], [2.0, 0.0]], [[-1.0, 3.0], [0.5, 0.5], [1.0, -1.0]]])
LOSSES = ((X - Y) ** 2).mean(-1)
WEIGHTS = {
    "none": (None, 1.0),
    "a number": (2.5, 2.5),
    "one a sample": (np.array([0.5, 3.0]), np.array([[0.5], [3.0]])),
    "a column": (np.array([[0.5], [3.0]]), np.array([[0.5], [3.0]])),
    "one a step": (np.array([[1, 0, 2], [0, 3, 1]]), np.array([[1, 0, 2], [0, 3, 1]])),
    "one a step, with an axis": (np.array([[[1], [0], [2]], [[0], [3], [1]]]), np.array([[1, 0, 2], [0, 3, 1]])),
}


def expected(weight, reduction):
    weighted = LOSSES * weight
    if reduction in ("none", None):
        return weighted
    if reduction == "sum":
        return weighted.sum()
    weighs = reduction == "mean_with_sample_weight" and not (np.ndim(weight) == 0 and weight == 1.0)
    return weighted.sum() / (np.sum(weight) if weighs else weighted.size)


@pytest.mark.parametrize("reduction", keras.losses.base.REDUCTIONS)
@pytest.mark.parametrize("weight", WEIGHTS)
def test_weights_and_reductions(reduction, weight):
    given, broadcast = WEIGHTS[weight]
    loss = keras.losses.MeanSquaredError(reduction=reduction)
    np.testing.assert_allclose(loss(Y, X, sample_weight=given).numpy(), expected(broadcast, reduction), rtol=1e-12)


def test_weights_that_are_all_zero_give_zero():
    for reduction in ("sum", "mean", "mean_with_sample_weight"):
        assert keras.losses.MeanSquaredError(reduction=reduction)(Y, X, np.zeros(2)).item() == 0


@pytest.mark.parametrize("shape", [(3,), (2, 2), (2, 3, 2), (2, 3, 1, 1)])
def test_weights_of_another_shape(shape):
    with pytest.raises(ValueError, match=r"^\[MeanSquaredError\] sample_weight must have shape \(2, 3\) or its first"):
        keras.losses.MeanSquaredError()(Y, X, np.ones(shape))


@pytest.mark.parametrize("reduction", ["average", 3])
def test_reductions_that_there_are_not(reduction):
    with pytest.raises(ValueError, match=r"^\[MeanSquaredError\] reduction must be one of 'sum_over_batch_size',"):
        keras.losses.MeanSquaredError(reduction)


@pytest.mark.parametrize("loss", ["SparseCategoricalCrossentropy", "MeanSquaredError"])
def test_weights_change_from_call_to_call_of_a_recorded_step(loss):
    loss = getattr(keras.losses, loss)()
    generator = np.random.default_rng(0)
    x = Tensor(np.zeros((5, 4), np.float32), requires_grad=True)

    @compile_step
    def step(values, target, weight):
        with mushin.no_grad():
            x.copy_(values)
        x.grad = None
        value = loss(target, x, sample_weight=weight)
        value.backward()
        return value

    for _ in range(5):
        values = generator.normal(size=(5, 4)).astype(np.float32)
        weight = generator.random(5).astype(np.float32)
        target = generator.integers(0, 4, 5) if loss.target_kind == "ids" else generator.random((5, 4)).astype("f")
        value = step(Tensor(values), Tensor(target), Tensor(weight))
        eager = Tensor(values, requires_grad=True)
        wanted = loss(target, eager, sample_weight=weight)
        wanted.backward()
        np.testing.assert_array_equal(value.numpy(), wanted.detach().numpy())
        np.testing.assert_array_equal(x.grad.numpy(), eager.grad.numpy())


def test_a_function_is_a_loss():
    loss = keras.losses.get(lambda y_true, y_pred: (y_pred - y_true).sum(-1))
    assert loss(Y, X, np.array([1.0, 0.0])).item() == pytest.approx((X - Y)[0].sum() / 6)
    assert isinstance(keras.losses.get(keras.losses.MeanSquaredError), keras.losses.MeanSquaredError)


def test_a_loss_of_ones_own():
    class Difference(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return mushin.sum(y_pred - y_true, -1)

    assert Difference(reduction="sum")(Y, X).item() == pytest.approx((X - Y).sum())
    assert Difference().name == "difference"
    with pytest.raises(NotImplementedError, match=r"^\[Loss\] the loss has no call\(\)"):
        keras.losses.Loss()(Y, X)


def test_a_configuration_makes_the_same_loss():
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")
    assert keras.losses.SparseCategoricalCrossentropy.from_config(loss.get_config()).get_config() == loss.get_config()
    assert loss.get_config()["from_logits"] is True


def distance(y_true, y_pred, power):
    return mushin.mean((y_true - y_pred).abs() ** power, -1)


def test_configurations_hold_what_json_has():
    focal = keras.losses.CategoricalFocalCrossentropy(alpha=[0.3, 0.7])
    own = keras.losses.LossFunctionWrapper(distance, power=3)
    for loss in (focal, own, keras.losses.Huber(0.5)):
        config = json.loads(json.dumps(keras.saving.serialize_keras_object(loss)))
        made = keras.saving.deserialize_keras_object(config, {"distance": distance})
        assert made.get_config() == loss.get_config()
        np.testing.assert_array_equal(made(X[0], Y[0]).numpy(), loss(X[0], Y[0]).numpy())


def test_names():
    for kind, name in (
        (keras.losses.MeanSquaredError, "mean_squared_error"),
        (keras.losses.KLDivergence, "kl_divergence"),
        (keras.losses.Huber, "huber_loss"),
        (keras.losses.BinaryCrossentropy, "binary_crossentropy"),
    ):
        assert (kind().name, kind(name="mine").name) == (name, "mine")


def test_cosine_along_any_axis():
    along = keras.losses.CosineSimilarity(axis=1, reduction=None)(Y, X)
    swapped = keras.losses.cosine_similarity(Y.swapaxes(1, 2), X.swapaxes(1, 2))
    np.testing.assert_array_equal(along.numpy(), swapped.numpy())
    assert not np.allclose(along.numpy()[:, :1], keras.losses.cosine_similarity(Y, X).numpy())


def test_outputs_are_cast():
    assert keras.losses.MeanSquaredError(dtype="float32")(Y, X).dtype == np.float32
    assert keras.losses.MeanSquaredError()(Y, X).dtype == np.float64


@pytest.mark.parametrize("name", keras.losses.LOSSES)
def test_every_name_is_a_loss_and_a_function_gives_what_it_reduces(name):
    loss = keras.losses.get(name)
    ids = np.array([[0, 1, 1], [1, 0, 1]])
    x = np.abs(X) / np.abs(X).sum(-1, keepdims=True)
    y = ids if loss.target_kind == "ids" else np.eye(2)[ids]
    if isinstance(loss, keras.losses.CTC):
        y = np.ones((2, 1))  # the one label beside the blank
    value = loss(y, x).item()
    assert np.isfinite(value)
    assert type(loss).from_config(loss.get_config())(y, x).item() == value
    function = getattr(keras.losses, name, None)
    if function is not None and not isinstance(function, type):
        np.testing.assert_allclose(function(y, x).numpy().mean(), value, rtol=1e-12)
        assert function(y, x).shape in (x.shape[:-1], x.shape[:1], ())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: keras.losses.Huber(delta=0), "[Huber] delta must be above 0, got 0.0"),
        (lambda: keras.losses.BinaryCrossentropy(label_smoothing=2), "[BinaryCrossentropy] label_smoothing must be in"),
        (lambda: keras.losses.CategoricalCrossentropy(axis=1), "[CategoricalCrossentropy] axis must be -1, the last"),
        (
            lambda: keras.losses.SparseCategoricalCrossentropy(ignore_class=0.5),
            "[SparseCategoricalCrossentropy] ignore_class must be an integer, got 0.5",
        ),
        (
            lambda: keras.losses.Hinge()(np.ones((2, 3)), np.ones((2, 2))),
            "[Hinge] y must have shape (2, 2), got (2, 3)",
        ),
    ],
)
def test_wrong_arguments(make, message):
    with pytest.raises((ValueError, TypeError)) as error:
        make()
    assert str(error.value).startswith(message)


def test_a_sigmoid_before_the_loss_is_computed_from_logits():
    model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid", input_shape=(2,))])
    model.set_weights([np.array([[40.0], [0.0]], np.float32), np.zeros(1, np.float32)])
    model.compile("sgd", "binary_crossentropy")
    # From probabilities the loss would end at -log(1e-7).
    assert model.evaluate(np.array([[1.0, 0.0]]), np.array([0.0]), verbose=0) == pytest.approx(40.0)
