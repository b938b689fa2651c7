"""Samples and targets: what is cast and reshaped, what is refused and in which words; losses of all target forms."""

import numpy as np
import pytest

from mushin import Tensor, keras
from mushin.keras import layers

SAMPLES, CLASSES = 12, 3
IDS = np.arange(SAMPLES) % CLASSES


def whole_numbers(shape=(SAMPLES, 4)):
    """Small integers, which every dtype holds exactly."""
    return (np.arange(np.prod(shape)) * 7 % 11).reshape(shape).astype(np.float32)


def model(loss="sparse_categorical_crossentropy", activation="softmax", sample=(4,), declared=True):
    keras.utils.set_random_seed(1)
    shape = {"input_shape": sample} if declared else {}
    network = keras.Sequential(
        [layers.Dense(5, activation="relu", name="first", **shape), layers.Dense(CLASSES, activation=activation)]
    )
    network.compile("adam", loss)
    return network


def outcome(x, y, **options):
    """The loss of an epoch and the predictions after it."""
    network = model(**options)
    loss = network.fit(x, y, batch_size=5, verbose=0).history["loss"]
    return loss, network.predict(x, verbose=0).tolist()


def one_hot(dtype=np.float32):
    return np.eye(CLASSES, dtype=dtype)[IDS]


# --- samples

LAYOUTS = {
    "Fortran": np.asfortranarray,
    "a slice": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "backwards": lambda x: np.ascontiguousarray(x[::-1])[::-1],
    "read-only": lambda x: np.frombuffer(x.tobytes(), x.dtype).reshape(x.shape),
    "misaligned": lambda x: np.frombuffer(b"\0" + x.tobytes(), x.dtype, offset=1).reshape(x.shape),
    "a list": lambda x: x.tolist(),
    "a tuple": lambda x: tuple(map(tuple, x.tolist())),
    "a tensor": lambda x: Tensor(x),
}


@pytest.mark.parametrize("dtype", ["?", "u1", "i1", "<i2", ">i2", "u2", "<i4", ">u4", "i8", "u8", ">f4", "<f8", ">f8"])
def test_numbers_of_all_dtypes_are_cast(dtype):
    x = whole_numbers() > 3 if dtype == "?" else whole_numbers()
    assert outcome(x.astype(dtype), IDS) == outcome(x.astype(np.float32), IDS)


@pytest.mark.parametrize("arrange", LAYOUTS.values(), ids=LAYOUTS)
def test_samples_of_all_layouts(arrange):
    assert outcome(arrange(whole_numbers()), IDS) == outcome(whole_numbers(), IDS)


def test_samples_are_not_written():
    x, y = whole_numbers(), IDS.copy()
    model().fit(x, y, verbose=0)
    np.testing.assert_array_equal(x, whole_numbers())
    np.testing.assert_array_equal(y, IDS)


def test_float64_is_cast_not_refused():
    x = np.full((SAMPLES, 4), 1 / 3)
    assert model().predict(x, verbose=0).dtype == np.float32


def test_images_are_reshaped_to_a_declared_shape():
    images = whole_numbers((SAMPLES, 28, 28)).astype(np.uint8)
    flat = images.reshape(SAMPLES, 784)
    assert outcome(images, IDS, sample=(784,)) == outcome(flat, IDS, sample=(784,))
    network = model(sample=(784,))
    assert network.evaluate(images, IDS, verbose=0) == network.evaluate(flat, IDS, verbose=0)
    assert network.train_on_batch(images, IDS) > 0
    network.fit(images, IDS, validation_data=(images, IDS), verbose=0)


def test_flat_samples_are_reshaped_too():
    network = keras.Sequential([layers.Flatten(input_shape=(2, 2))])
    np.testing.assert_array_equal(network.predict(whole_numbers(), verbose=0), whole_numbers())


@pytest.mark.parametrize("call", ["fit", "evaluate", "predict", "train_on_batch"])
@pytest.mark.parametrize(
    ("shape", "declared"),
    [
        ((SAMPLES, 5), True),
        ((SAMPLES, 2, 3), True),
        ((SAMPLES,), True),
        ((SAMPLES, 5), False),
        ((SAMPLES, 2, 2), False),
    ],
)
def test_samples_of_another_shape(call, shape, declared):
    network = model(declared=declared)
    network.build((None, 4))
    x = np.ones(shape)
    with pytest.raises(ValueError, match=r"^\[first\] input must have shape \(4,\), got ") as info:
        network.predict(x, verbose=0) if call == "predict" else getattr(network, call)(x, IDS)
    assert f"got {shape[1:]} (of x {shape})" in str(info.value)


def test_validation_data_of_another_shape():
    with pytest.raises(ValueError, match=r"^\[first\] input must have shape \(4,\), got \(3,\)"):
        model().fit(whole_numbers(), IDS, validation_data=(np.ones((5, 3)), IDS[:5]), verbose=0)


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (None, ValueError, "x must be given"),
        (np.ones((0, 4)), ValueError, r"x must hold at least one sample, got shape \(0, 4\)"),
        (np.array([["a"] * 4] * SAMPLES), TypeError, "x must hold numbers that mushin reads, got <U1"),
        (np.ones((SAMPLES, 4), complex), TypeError, "x must hold numbers that mushin reads, got complex128"),
        (np.ones((SAMPLES, 4), object), TypeError, "x must hold numbers that mushin reads, got object"),
        (np.ones((SAMPLES, 4), np.float16), TypeError, "x must hold numbers that mushin reads, got float16"),
    ],
)
@pytest.mark.parametrize("call", ["fit", "evaluate", "predict", "train_on_batch"])
def test_samples_that_are_no_numbers(call, x, error, message):
    network = model()
    with pytest.raises(error, match=rf"^\[{call}\] {message}"):
        network.predict(x) if call == "predict" else getattr(network, call)(x, IDS)


def test_nan_in_samples_is_carried():
    x = whole_numbers()
    x[7, 2] = np.nan
    network = model()
    predicted = network.predict(x, verbose=0)
    assert np.isnan(predicted[7]).all()
    assert np.isfinite(np.delete(predicted, 7, axis=0)).all()
    with pytest.warns(RuntimeWarning, match=r"\[fit\] the loss is nan in epoch 1: .*detect_anomaly") as caught:
        history = network.fit(x, IDS, epochs=3, verbose=0)
    assert np.isnan(history.history["loss"]).all()
    assert len(caught) == 1
    assert caught[0].filename == __file__


# --- targets


@pytest.mark.parametrize("dtype", ["u1", "i1", ">i2", "<i4", "u4", "i8", "u8", "f4", ">f8"])
@pytest.mark.parametrize("shape", [(SAMPLES,), (SAMPLES, 1)])
def test_class_ids_of_all_forms(dtype, shape):
    assert outcome(whole_numbers(), IDS.astype(dtype).reshape(shape)) == outcome(whole_numbers(), IDS)


def test_class_ids_of_two_classes_may_be_bools():
    assert outcome(whole_numbers(), IDS > 0) == outcome(whole_numbers(), (IDS > 0).astype(int))


def test_a_list_of_class_ids():
    assert outcome(whole_numbers(), IDS.tolist()) == outcome(whole_numbers(), IDS)


@pytest.mark.parametrize("dtype", ["u1", "i8", "f4", ">f8", "?"])
def test_one_hot_rows_give_the_loss_of_their_ids(dtype):
    rows, _ = outcome(whole_numbers(), one_hot(dtype), loss="categorical_crossentropy")
    ids, _ = outcome(whole_numbers(), IDS)
    np.testing.assert_allclose(rows, ids, rtol=1e-6)


def test_ids_of_sequences():
    x = whole_numbers((SAMPLES, CLASSES, 4))
    ids = np.arange(SAMPLES * CLASSES).reshape(SAMPLES, CLASSES) * 5 % CLASSES
    network = model(sample=(CLASSES, 4))
    p = network.predict(x, verbose=0).reshape(-1, CLASSES)
    expected = -np.log(p[np.arange(len(p)), ids.reshape(-1)]).mean()
    assert network.evaluate(x, ids, verbose=0) == pytest.approx(expected, rel=1e-5)
    assert network.evaluate(x, ids[..., None], verbose=0) == pytest.approx(expected, rel=1e-5)


def test_ids_of_sequences_of_one_step():
    network = model(sample=(1, 4))
    x = whole_numbers((SAMPLES, 1, 4))
    assert network.evaluate(x, IDS[:, None], verbose=0) == network.evaluate(x, IDS[:, None, None], verbose=0)


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        (None, ValueError, "y must be given"),
        (IDS[:11], ValueError, r"x and y must have the same number of samples, got shapes \(12, 4\) and \(11,\)"),
        (one_hot(), ValueError, r"y must have shape \(12,\), got \(12, 3\); Categ.* takes one-hot rows$"),
        (IDS + 1, ValueError, r"y must be in \[0, 3\), got 3 at position 2"),
        (IDS - 1, ValueError, r"y must be in \[0, 3\), got -1 at position 0"),
        (np.where(IDS == 1, np.nan, IDS), ValueError, "y must hold class ids, got nan at position 1"),
        (np.where(IDS == 2, np.inf, IDS), ValueError, "y must hold class ids, got inf at position 2"),
        (np.where(IDS == 2, 1.5, IDS), ValueError, "y must hold class ids, got 1.5 at position 2"),
        (np.full(SAMPLES, 1e300), ValueError, r"y must be in \[0, 3\), got 1e\+300 at position 0"),
        (np.full(SAMPLES, 2**64 - 1, np.uint64), ValueError, r"y must be in \[0, 3\), got 18446744073709551615"),
        (np.array(["a"] * SAMPLES), TypeError, r"y must hold numbers .*, got <U1; .*np.unique\(y, "),
        (np.array([None] * SAMPLES), TypeError, "y must hold numbers that mushin reads, got object"),
    ],
)
@pytest.mark.parametrize("call", ["fit", "evaluate", "train_on_batch"])
def test_class_ids_that_are_none(call, y, error, message):
    network = model()
    before = network.get_weights()
    with pytest.raises(error, match=rf"^\[{call}\] {message}"):
        getattr(network, call)(whole_numbers(), y)
    assert all(np.array_equal(a, b) for a, b in zip(before, network.get_weights()))


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "mse"])
@pytest.mark.parametrize("y", [IDS, one_hot()[:, :2], one_hot()[:, None], one_hot()[:, :1]])
def test_rows_of_another_shape(loss, y):
    """Nothing is broadcast."""
    with pytest.raises(ValueError, match=r"^\[fit\] y must have shape \(12, 3\), got \(12,"):
        model(loss=loss).fit(whole_numbers(), y, verbose=0)


@pytest.mark.parametrize("call", ["fit", "evaluate", "train_on_batch"])
@pytest.mark.parametrize(
    ("sample", "units", "shapes"),
    [
        ((4,), 1, [(SAMPLES, 1), (SAMPLES,), (SAMPLES, 1, 1)]),
        ((4,), 3, [(SAMPLES, 3), (SAMPLES, 3, 1)]),
        ((3, 4), 1, [(SAMPLES, 3, 1), (SAMPLES, 3), (SAMPLES, 3, 1, 1)]),
    ],
)
def test_a_last_axis_of_length_1_may_be_missing_or_too_many(call, sample, units, shapes):
    """Losses, metrics and weights are the same; nothing is broadcast."""
    results = []
    for shape in shapes:
        keras.utils.set_random_seed(1)
        network = keras.Sequential([layers.Dense(units, input_shape=sample)])
        network.compile("sgd", "mse", metrics=["mse"])
        got = getattr(network, call)(whole_numbers((SAMPLES, *sample)), whole_numbers(shape))
        results.append((got.history if call == "fit" else got, [w.tolist() for w in network.get_weights()]))
    assert all(result == results[0] for result in results)


def test_one_hot_rows_may_have_a_last_axis_of_length_1():
    rows, column = (
        outcome(whole_numbers(), y, loss="categorical_crossentropy") for y in (one_hot(), one_hot()[..., None])
    )
    assert rows == column


@pytest.mark.parametrize("y", [np.ones((SAMPLES, 2)), np.ones((SAMPLES, 1, 2)), np.ones((SAMPLES, 2, 1, 1))])
def test_targets_of_one_output_that_do_not_fit(y):
    network = keras.Sequential([layers.Dense(1, input_shape=(4,))])
    network.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"^\[fit\] y must have shape \(12, 1\), got \(12, "):
        network.fit(whole_numbers(), y, verbose=0)


# --- losses


def cross_entropy(p, ids):
    return -np.log(p[np.arange(len(ids)), ids]).mean()


@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", "categorical_crossentropy"])
@pytest.mark.parametrize("as_layer", [False, True])
def test_a_softmax_and_its_loss_are_computed_from_the_logits(loss, as_layer):
    """Probabilities that are 0 in float32 have a finite loss, and a gradient."""
    last = [layers.Dense(CLASSES), layers.Activation("softmax")] if as_layer else [layers.Dense(CLASSES, "softmax")]
    network = keras.Sequential([layers.Flatten(input_shape=(CLASSES,)), *last])
    network.compile(keras.optimizers.SGD(0.5), loss)
    network.set_weights([np.eye(CLASSES), np.zeros(CLASSES)])
    x = np.array([[1e4, 0.0, -1e4], [3e38, 0.0, -3e38]], np.float32)
    y = np.array([2, 0]) if loss.startswith("sparse") else np.eye(CLASSES)[[2, 0]]
    assert network.predict(x, verbose=0).tolist() == [[1, 0, 0], [1, 0, 0]]
    assert network.evaluate(x, y, verbose=0) == pytest.approx(1e4)
    assert network.train_on_batch(x[:1], y[:1]) == pytest.approx(2e4)
    np.testing.assert_allclose(network.get_weights()[1], [-0.5, 0, 0.5])


@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_other_outputs_are_taken_as_probabilities(activation):
    network = model(activation=activation)
    network.set_weights([np.abs(w) + 0.1 for w in network.get_weights()])
    p = np.clip(network.predict(whole_numbers(), verbose=0).astype(np.float64), 1e-7, 1 - 1e-7)
    expected = cross_entropy(p / p.sum(1, keepdims=True), IDS)
    assert network.evaluate(whole_numbers(), IDS, verbose=0) == pytest.approx(expected, rel=1e-5)


def test_logits_of_a_model_without_softmax():
    network = model(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), activation=None)
    z = network.predict(whole_numbers(), verbose=0).astype(np.float64)
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    assert network.evaluate(whole_numbers(), IDS, verbose=0) == pytest.approx(cross_entropy(p, IDS), rel=1e-5)


@pytest.mark.parametrize(
    "ids", [[2, 0], (2, 0), np.array([2, 0], np.uint8), np.array([[2.0], [0.0]]), Tensor(np.array([2, 0]))]
)
def test_losses_are_called_with_all_forms_of_ids(ids):
    p = np.array([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]], np.float32)
    loss = keras.losses.SparseCategoricalCrossentropy()(ids, p)
    assert loss.item() == pytest.approx(-(np.log(0.3) + np.log(0.1)) / 2, rel=1e-6)


def test_the_error_of_numbers_aligns_a_last_axis_of_length_1():
    truth, outputs = np.array([1.5, 5.0]), np.array([0.5, 2.0])
    for y_true, y_pred in ((truth, outputs[:, None]), (truth[:, None], outputs), (truth, outputs)):
        assert keras.losses.MeanSquaredError()(y_true, y_pred).item() == pytest.approx(5.0)


def test_losses_of_rows_are_called_with_all_numbers():
    p, rows = [[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]], [[0, 0, 1], [1, 0, 0]]
    for given in (rows, np.array(rows), np.array(rows, np.float64), Tensor(np.array(rows, np.uint8))):
        loss = keras.losses.CategoricalCrossentropy()(given, p)
        assert loss.dtype == np.float32
        assert loss.item() == pytest.approx(-(np.log(0.3) + np.log(0.1)) / 2, rel=1e-6)
        error = keras.losses.MeanSquaredError()(given, p)
        assert error.item() == pytest.approx(((np.array(rows) - p) ** 2).mean(), rel=1e-6)


def test_probabilities_are_kept_off_0_and_1():
    p = Tensor(np.array([[0.0, 1.0, 0.0]], np.float32), requires_grad=True)
    loss = keras.losses.CategoricalCrossentropy()
    assert loss([[0, 1, 0]], p).item() == pytest.approx(1.2e-7, rel=0.01)  # float32's number beside 1
    wrong = loss([[1, 0, 0]], p)
    assert wrong.item() == pytest.approx(-np.log(1e-7), rel=1e-6)
    wrong.backward()
    assert np.isfinite(p.grad.numpy()).all()


def test_the_gradient_of_a_loss():
    p = Tensor(np.array([[0.2, 0.5, 0.3]], np.float32), requires_grad=True)
    keras.losses.CategoricalCrossentropy()([[0.0, 1.0, 0.0]], p).backward()
    np.testing.assert_allclose(p.grad.numpy(), [[1, -1, 1]], rtol=1e-5)


@pytest.mark.parametrize(
    ("loss", "y", "error", "message"),
    [
        ("SparseCategoricalCrossentropy", [0, 3], ValueError, r"y must be in \[0, 3\), got 3 at position 1"),
        ("SparseCategoricalCrossentropy", [0], ValueError, r"y must have shape \(2,\), got \(1,\)"),
        ("CategoricalCrossentropy", [0, 1], ValueError, r"y must have shape \(2, 3\), got \(2,\); utils.to_cat"),
        ("MeanSquaredError", [[0], [1]], ValueError, r"y must have shape \(2, 3\), got \(2, 1\)$"),
    ],
)
def test_losses_of_targets_that_do_not_fit(loss, y, error, message):
    with pytest.raises(error, match=rf"^\[{loss}\] {message}"):
        getattr(keras.losses, loss)()(y, np.full((2, 3), 1 / 3, np.float32))
