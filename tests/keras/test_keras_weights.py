"""save_weights and load_weights: files that io and other libraries read, and nothing but them."""

import numpy as np
import pytest

from keras_models import same_weights
from mushin import io, keras
from mushin.keras import layers


def model(seed=0, *, units=5):
    keras.utils.set_random_seed(seed)
    return keras.Sequential([layers.Dense(units, activation="relu", input_shape=(4,)), layers.Dense(3)])


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


def test_weights_that_do_not_fit_change_nothing(tmp_path):
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
