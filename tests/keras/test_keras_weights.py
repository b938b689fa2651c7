"""Weights in Keras' layouts, in lists of arrays and in files that io and other libraries read."""

import numpy as np
import pytest

from keras_models import dense_model, same_weights, samples
from mushin import io, keras
from mushin.keras import layers


def model(seed=0, *, units=5):
    keras.utils.set_random_seed(seed)
    return keras.Sequential([layers.Dense(units, activation="relu", input_shape=(4,)), layers.Dense(3)])


# --- lists of arrays


def test_weights_are_copies_in_keras_layouts():
    model = dense_model()
    weights = model.get_weights()
    weights[0][:] = 7
    assert (model.get_weights()[0] != 7).all()
    assert all(w.dtype == np.float32 for w in weights)


def test_set_weights():
    model = dense_model()
    weights = [np.arange(w.size, dtype=np.float64).reshape(w.shape) for w in model.get_weights()]
    model.set_weights(weights)
    for got, expected in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(got, expected)
    hidden = np.maximum(samples() @ weights[0] + weights[1], 0)
    np.testing.assert_allclose(model.predict(samples(), verbose=0), hidden @ weights[2] + weights[3], rtol=1e-5)


def test_weights_that_do_not_fit_change_nothing():
    model = dense_model(name="first")
    before = model.get_weights()
    wrong = [np.zeros_like(w) for w in before]
    wrong[3] = np.zeros(4)
    with pytest.raises(ValueError, match=r"^\[sequential\] weights must have shapes .*\(3,\)\], got .*\(4,\)\]"):
        model.set_weights(wrong)
    with pytest.raises(ValueError, match=r"^\[sequential\] weights must have shapes"):
        model.set_weights(before[:3])
    with pytest.raises(
        ValueError, match=r"^\[first\] weights must have shapes \[\(4, 5\), \(5,\)\], got \[\(5, 4\), \(5,\)\]"
    ):
        model.layers[0].set_weights([before[0].T, before[1]])
    with pytest.raises(ValueError, match=r"has no weights before it knows its input's shape"):
        layers.Dense(2).set_weights(before[:2])
    flatten = layers.Flatten()
    flatten.build((None, 4))
    with pytest.raises(ValueError, match=r"weights must be an empty list, got 1 arrays"):
        flatten.set_weights(before[:1])
    for a, b in zip(before, model.get_weights()):
        np.testing.assert_array_equal(a, b)


def test_set_weights_reach_a_recorded_step():
    model = dense_model()
    model.compile("sgd", "mse")
    x, y = samples(40), samples(40)[:, :3]
    model.fit(x, y, batch_size=4, verbose=0)
    before = model.get_weights()
    first = model.predict(x, verbose=0)
    model.fit(x, y, batch_size=4, verbose=0)
    model.set_weights(before)
    np.testing.assert_array_equal(model.predict(x, verbose=0), first)


# --- files


@pytest.mark.parametrize("kind", [lambda path: path, str])
def test_what_is_saved_is_loaded(tmp_path, kind):
    path = kind(tmp_path / "k.weights.safetensors")
    saved, loaded = model(1), model(2)
    assert not same_weights(saved, loaded)
    saved.save_weights(path)
    loaded.load_weights(path)
    assert same_weights(saved, loaded)
    assert [layer.name for layer in saved.layers] != [layer.name for layer in loaded.layers]  # it is not by their names


def test_the_file_is_that_of_the_body(tmp_path):
    saved, loaded = model(1), model(2)
    saved.save_weights(tmp_path / "k.safetensors")
    io.save_state(tmp_path / "body.safetensors", saved.body)
    assert (tmp_path / "k.safetensors").read_bytes() == (tmp_path / "body.safetensors").read_bytes()
    io.load_state(tmp_path / "k.safetensors", loaded.body)
    assert same_weights(saved, loaded)


def test_loaded_weights_reach_recorded_steps_and_stay_frozen(tmp_path):
    trained = model(1)
    trained.save_weights(tmp_path / "k.safetensors")
    first = trained.get_weights()
    trained.layers[0].trainable = False
    trained.compile("sgd", "mse")
    x = np.random.Generator(np.random.Philox(1)).standard_normal((40, 4)).astype(np.float32)
    histories = []
    for _ in range(2):
        trained.load_weights(tmp_path / "k.safetensors")
        histories.append(trained.fit(x, x[:, :3], batch_size=4, epochs=2, shuffle=False, verbose=0).history)
        assert trained._trainer.train_step.replayed > 10
    assert histories[0] == histories[1]
    assert [np.array_equal(a, b) for a, b in zip(first, trained.get_weights())] == [True, True, False, False]


@pytest.mark.parametrize("name", ["k.weights.h5", "k.h5", "k.keras", "k", "k.safetensors.bak"])
@pytest.mark.parametrize("call", ["save_weights", "load_weights"])
def test_other_formats_are_refused(tmp_path, call, name):
    with pytest.raises(ValueError, match=rf"^\[{call}\] filepath must end in \.safetensors, .*HDF5.*, got .*{name}'"):
        getattr(model(), call)(tmp_path / name)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(TypeError, match=rf"^\[{call}\] filepath must be a string or path, got 5"):
        getattr(model(), call)(5)


def test_files_that_do_not_fit_change_nothing(tmp_path):
    path = tmp_path / "k.safetensors"
    model(1).save_weights(path)
    other = model(2, units=6)
    before = other.get_weights()
    with pytest.raises(ValueError, match=r"0\.weight must have shape \(6, 4\), got \(5, 4\)"):
        other.load_weights(path)
    assert all(np.array_equal(a, b) for a, b in zip(before, other.get_weights(), strict=True))
    with pytest.raises(FileNotFoundError):
        other.load_weights(tmp_path / "none.safetensors")


@pytest.mark.parametrize("call", ["save_weights", "load_weights"])
def test_a_model_that_is_not_built_has_no_weights_yet(tmp_path, call):
    with pytest.raises(ValueError, match=r"^\[sequential\] the model does not know its input's shape yet"):
        getattr(keras.Sequential([layers.Dense(3)]), call)(tmp_path / "k.safetensors")


def test_weights_that_do_not_fit_may_be_skipped(tmp_path):
    saved, other = model(1), model(2, units=6)
    saved.save_weights(tmp_path / "k.safetensors")
    before = other.get_weights()
    with pytest.raises(ValueError, match=r"^\[load_state\] .*k.safetensors: "):
        other.load_weights(tmp_path / "k.safetensors")
    with pytest.warns(
        RuntimeWarning, match=r"^\[load_weights\] weights stay as they are that .*k.safetensors has not or"
    ):
        other.load_weights(tmp_path / "k.safetensors", skip_mismatch=True)
    kept = [np.array_equal(a, b) for a, b in zip(before[:3], other.get_weights())]
    assert kept == [True, True, True]
    fitting = model(3)
    fitting.load_weights(tmp_path / "k.safetensors", skip_mismatch=True)  # without a warning
    assert same_weights(saved, fitting)


def test_weights_that_fit_are_loaded_beside_others_that_do_not(tmp_path):
    saved, other = (keras.Sequential([layers.Dense(5, input_shape=(4,)), layers.Dense(n)]) for n in (3, 2))
    saved.save_weights(tmp_path / "k.safetensors")
    before = other.get_weights()
    with pytest.warns(RuntimeWarning, match=r"\['1.weight', '1.bias'\]$"):
        other.load_weights(tmp_path / "k.safetensors", skip_mismatch=True)
    for got, expected in zip(other.get_weights(), [saved.get_weights()[0], before[1], *before[2:]], strict=True):
        np.testing.assert_array_equal(got, expected)
