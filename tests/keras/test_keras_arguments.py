"""Wrong arguments and attributes: every error names the argument, says what it must be and what it got."""

import re

import numpy as np
import pytest

from mushin import Tensor, keras
from mushin.keras import layers, optimizers

X, Y = np.ones((8, 4), np.float32), np.ones((8, 3), np.float32)


def model():
    made = keras.Sequential([layers.Dense(3, input_shape=(4,), name="a")])
    made.compile("sgd", "mse")
    return made


def fit(loss, loss_weights=None):
    made = model()
    made.compile("sgd", loss, loss_weights=loss_weights)
    made.fit(X, Y, verbose=0)


# --- unknown ones


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: layers.Dense(3, kernel=2),
            (
                "[Dense] unknown argument 'kernel'; there are units, activation, use_bias, kernel_initializer, "
                "bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint, "
                "bias_constraint, name, trainable, input_shape, dtype"
            ),
        ),
        (
            lambda: optimizers.SGD(lr=0.1),
            (
                "[SGD] unknown argument 'lr'; there are learning_rate, momentum, nesterov, weight_decay, clipnorm, "
                "clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, loss_scale_factor, "
                "gradient_accumulation_steps, name"
            ),
        ),
        (
            lambda: keras.Sequential(layer=[]),
            "[Sequential] unknown argument 'layer'; there are layers, trainable, name",
        ),
        (
            lambda: keras.losses.SparseCategoricalCrossentropy(smoothing=0.1),
            (
                "[SparseCategoricalCrossentropy] unknown argument 'smoothing'; there are from_logits, ignore_class, "
                "reduction, axis, name, dtype"
            ),
        ),
        (
            lambda: keras.losses.MeanSquaredError(axis=0),
            "[MeanSquaredError] unknown argument 'axis'; there are reduction, name, dtype",
        ),
        (
            lambda: keras.metrics.BinaryAccuracy(limit=0.3),
            "[BinaryAccuracy] unknown argument 'limit'; there are name, dtype, threshold",
        ),
    ],
)
def test_an_error_about_an_unknown_argument_lists_those_there_are(make, message):
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        make()


def test_a_subclass_has_arguments_of_its_own():
    class Halved(layers.Dense):
        def __init__(self, units, **others):
            super().__init__(units // 2, **others)

    assert Halved(6, use_bias=False).units == 3
    with pytest.raises(TypeError, match="kernel"):
        Halved(6, kernel=3)


def test_an_optimizer_refuses_attributes_that_no_step_reads():
    optimizer = optimizers.SGD(0.1)
    with pytest.raises(
        AttributeError, match=r"^\[sgd\] unknown attribute 'lr'; there are clipnorm, .*, learning_rate, momentum, "
    ):
        optimizer.lr = 0.5
    optimizer._mine, optimizer.name = 3, "other"
    assert (optimizer.learning_rate, optimizer._mine, optimizer.name) == (0.1, 3, "other")


def test_layers_and_models_take_attributes_of_their_user_s():
    made = model()
    made.purpose = made.layers[0].purpose = "a test"
    assert made.purpose == made.layers[0].purpose


# --- wrong kinds

NUMBERS = ["a", [1, 2], (0.9,), np.array([1.0, 2.0]), Tensor(np.ones(2, np.float32)), 1j, abs]


@pytest.mark.parametrize("value", NUMBERS, ids=repr)
@pytest.mark.parametrize(
    ("name", "take"),
    [
        ("learning_rate", optimizers.SGD),
        ("learning_rate", lambda x: setattr(optimizers.Adam(), "learning_rate", x)),
        ("momentum", lambda x: optimizers.SGD(momentum=x)),
        ("beta_1", lambda x: optimizers.Adam(beta_1=x)),
        ("epsilon", lambda x: optimizers.AdamW(epsilon=x)),
        ("weight_decay", lambda x: optimizers.AdamW(weight_decay=x)),
        ("clipnorm", lambda x: optimizers.Adam(clipnorm=x)),
        ("rate", layers.Dropout),
        ("validation_split", lambda x: model().fit(X, Y, validation_split=x, verbose=0)),
    ],
)
def test_numbers(name, take, value):
    with pytest.raises(TypeError, match=rf"^\[\w+\] {name} must be a number, got {re.escape(repr(value))}"):
        take(value)


def test_numbers_of_all_kinds():
    for value in (1, True, 0.5, np.float32(0.5), np.int8(1), np.array(0.5), Tensor(np.array(0.5))):
        assert layers.Dropout(value).rate == optimizers.SGD(value).learning_rate == float(value)


def test_a_rate_is_not_missing():
    with pytest.raises(TypeError, match=r"^\[a\] rate must be a number, got None"):
        layers.Dropout(None, name="a")


@pytest.mark.parametrize("value", ["batch", 1, 0, None, [True], np.array([True])])
@pytest.mark.parametrize(
    ("name", "take"),
    [
        ("shuffle", lambda x: model().fit(X, Y, shuffle=x, verbose=0)),
        ("run_eagerly", lambda x: model().compile("sgd", "mse", run_eagerly=x)),
        ("use_bias", lambda x: layers.Dense(3, use_bias=x)),
        ("nesterov", lambda x: optimizers.SGD(nesterov=x)),
        ("amsgrad", lambda x: optimizers.Adam(amsgrad=x)),
        ("from_logits", lambda x: keras.losses.CategoricalCrossentropy(from_logits=x)),
    ],
)
def test_flags(name, take, value):
    with pytest.raises(TypeError, match=rf"^\[\w+\] {name} must be True or False, got {re.escape(repr(value))}"):
        take(value)


def test_flags_of_numpy():
    model().fit(X, Y, shuffle=np.bool_(False), verbose=0)
    assert optimizers.SGD(nesterov=np.bool_(True)).nesterov is True


@pytest.mark.parametrize(
    ("take", "error", "message"),
    [
        (lambda: keras.Sequential(5), TypeError, "[sequential] layers must be a list, got 5"),
        (lambda: keras.Sequential("ab"), TypeError, "[sequential] layers must be a list, got 'ab'"),
        (lambda: keras.Sequential(layers.Dense(3)), TypeError, "[sequential] layers must be a list, got <Dense"),
        (lambda: layers.Dense(3, name=5), TypeError, "[Dense] name must be a string, got 5"),
        (lambda: keras.Sequential(name=5), TypeError, "[Sequential] name must be a string, got 5"),
        (lambda: optimizers.Adam(name=5), TypeError, "[adam] name must be a string, got 5"),
        (lambda: layers.Dense("a", name="a"), ValueError, "[a] units must be a positive integer, got 'a'"),
        (lambda: layers.Dense(3, ["relu"], name="a"), ValueError, "[a] activation must be one of"),
        (lambda: layers.Dense(3, input_shape=2.5, name="a"), TypeError, "[a] input_shape must be a list, got 2.5"),
        (lambda: layers.Dense(3, input_shape="ab", name="a"), TypeError, "[a] input_shape must be a list, got 'ab'"),
        *(
            (lambda make=make, axis=axis: make(axis=axis, name="a")(X), ValueError, "[a] axis must be in [-2, 2), got")
            for make in (layers.LayerNormalization, layers.RMSNormalization, layers.Normalization, layers.Softmax)
            for axis in (3, -3)
        ),
        (lambda: layers.Softmax(1.5, name="a"), TypeError, "[a] axis must be an integer, got float"),
        (lambda: layers.LayerNormalization([], name="a")(X), ValueError, "[a] axis must be the last axes"),
        (lambda: layers.Concatenate("a", name="a"), TypeError, "[a] axis must be an integer, got str"),
        (lambda: layers.Dot(2, name="a")([X, X]), ValueError, "[a] axis must be in [-2, 2), got 2"),
        (lambda: layers.PReLU(shared_axes=[2], name="a")(X), ValueError, "[a] axis must be in [-2, 2), got 2"),
        (lambda: keras.ops.expand_dims(X, 3), ValueError, "[expand_dims] axis must be in [-3, 3), got 3"),
        (lambda: keras.ops.squeeze(X[:1], 2), ValueError, "[squeeze] axis must be in [-2, 2), got 2"),
        (lambda: model().set_weights(5), TypeError, "[sequential] weights must be a list, got 5"),
        (lambda: model().layers[0].set_weights(None), TypeError, "[a] weights must be a list, got None"),
        (lambda: layers.Flatten(name="b").set_weights(5), TypeError, "[b] weights must be a list, got 5"),
        (
            lambda: model().set_weights([[[1, 2], [3]], 1]),
            ValueError,
            "[sequential] weights must hold rows of one shape",
        ),
        (lambda: keras.Model(name="m")(X), NotImplementedError, "[m] the model has neither inputs and outputs nor a"),
        (lambda: fit([]), ValueError, "[compile] loss must be one for each of 1 outputs, got []"),
        (lambda: fit(["mse", "mse"]), ValueError, "[compile] loss must be one for each of 1 outputs, got [<"),
        (lambda: fit("mse", []), ValueError, "[compile] loss_weights must be one for each of 1 outputs, got []"),
        (lambda: model().compile("sgd", "mse", metrics=5), ValueError, "[compile] metrics must be a list, got 5"),
        (lambda: model().compile("sgd", "mse", metrics=[5]), ValueError, "[compile] metrics must be of accuracy,"),
        (lambda: model().fit([[1, 2], [3]], Y), ValueError, "[fit] x must hold rows of one shape"),
        (lambda: model().fit(X, [[1, 2], [3]]), ValueError, "[fit] y must hold rows of one shape"),
        (lambda: model().predict(5), ValueError, "[predict] x must hold at least one sample, got shape ()"),
        (lambda: model().predict(X, batch_size="a"), ValueError, "[predict] batch_size must be a positive integer"),
    ],
)
def test_what_is_given_is_named(take, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        take()


def test_no_validation_split():
    assert list(model().fit(X, Y, validation_split=None, verbose=0).history) == ["loss"]


# --- layers of one's own


# --- utilities


@pytest.mark.parametrize(
    ("seed", "error", "message"),
    [
        ("a", TypeError, "seed must be an integer, got str"),
        (1.0, TypeError, "seed must be an integer, got float"),
        (True, TypeError, "seed must be an integer, got bool"),
        (None, TypeError, "seed must be an integer, got NoneType"),
        (-1, ValueError, r"seed must be in \[0, 2\^64\), got -1"),
        (2**64, ValueError, r"seed must be in \[0, 2\^64\), got 18446744073709551616"),
    ],
)
def test_seeds_that_are_none_change_nothing(seed, error, message):
    keras.utils.set_random_seed(np.uint8(5))
    expected = np.random.rand()
    keras.utils.set_random_seed(5)
    with pytest.raises(error, match=rf"^\[set_random_seed\] {message}"):
        keras.utils.set_random_seed(seed)
    assert np.random.rand() == expected


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        ([0.5, 2], ValueError, "x must hold class ids, got 0.5 at position 0"),
        ([1.0, np.nan], ValueError, "x must hold class ids, got nan at position 1"),
        ([1.0, np.inf], ValueError, "x must hold class ids, got inf at position 1"),
        (["a"], TypeError, "x must hold numbers that mushin reads, got <U1"),
        ([1j], TypeError, "x must hold numbers that mushin reads, got complex128"),
        ([[1], [2, 3]], ValueError, "x must hold rows of one shape"),
        (None, ValueError, "x must be given"),
    ],
)
def test_to_categorical_of_what_is_no_class_id(x, error, message):
    with pytest.raises(error, match=rf"^\[to_categorical\] {message}"):
        keras.utils.to_categorical(x)


@pytest.mark.parametrize("classes", ["a", 2.5, 0, -1, True])
def test_to_categorical_of_no_number_of_classes(classes):
    with pytest.raises(
        ValueError, match=rf"^\[to_categorical\] num_classes must be a positive integer, got {classes!r}"
    ):
        keras.utils.to_categorical([0, 1], classes)


def test_to_categorical_of_a_number_and_a_tensor():
    assert keras.utils.to_categorical(2).tolist() == [0, 0, 1]
    assert keras.utils.to_categorical(Tensor(np.array([1, 0]))).tolist() == [[0, 1], [1, 0]]
    assert keras.utils.to_categorical([True, False]).tolist() == [[0, 1], [1, 0]]
