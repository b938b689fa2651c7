"""Models in files: what comes back, what is refused, and what a damaged or lying file does."""

import copy
import json
import pickle

import numpy as np
import pytest
from safetensors.numpy import save_file

from keras_models import numbers
from mushin import io, keras
from mushin.keras import layers
from mushin.keras.structures import leaves


def sequential():
    return keras.Sequential(
        [layers.Dense(5, activation="relu", input_shape=(4,)), layers.Dropout(0.1), layers.Dense(3)], name="s"
    )


def graph():
    a, b = keras.Input((4,), name="a"), keras.Input((2,), name="b")
    x = layers.Multiply()([layers.Dense(3, kernel_initializer="he_normal")(a), layers.Dense(3)(b)])
    x = layers.LayerNormalization()(x * 2.0 + np.float32([1, 2, 3]))
    return keras.Model({"a": a, "b": b}, [layers.Dense(2)(x), x[:, 1:]])


def unnamed():
    a = keras.Input((4,))
    shared = layers.Dense(4, activation="tanh")
    return keras.Model(a, keras.ops.maximum(shared(shared(a)), sequential_of_four()(a)))


def sequential_of_four():
    return keras.Sequential([layers.Dense(4), layers.PReLU(alpha_initializer="ones")])


@keras.saving.register_keras_serializable(package="tests")
class Own(layers.Layer):
    def __init__(self, units, inner=None, **options):
        super().__init__(**options)
        self.units = units
        self.inner = layers.Dense(units) if inner is None else inner

    def build(self, input_shape):
        self.gain = self.add_weight((self.units,), "ones", trainable=False, name="gain")

    def call(self, inputs):
        return self.inner(inputs) * self.gain


@keras.saving.register_keras_serializable(package="tests")
class OwnModel(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.units = units
        self.layer, self.last = Own(units, layers.Dense(units, "tanh")), layers.Dense(1)

    def call(self, inputs):
        return self.last(self.layer(inputs))


def own():
    model = OwnModel(3)
    model.build((None, 4))
    return model


SAMPLES = {"graph": {"a": numbers(5, 4), "b": numbers(5, 2)}}
MODELS = {"sequential": sequential, "graph": graph, "unnamed": unnamed, "own": own}


def outputs(model, name):
    return [y.numpy() for y in leaves(model(SAMPLES.get(name, numbers(5, 4))))]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("kind", [lambda path: path, str])
def test_what_is_saved_is_loaded(tmp_path, name, kind):
    path = kind(tmp_path / "m.safetensors")
    model = MODELS[name]()
    model.save(path)
    loaded = keras.models.load_model(path)
    assert type(loaded) is type(model)
    for a, b in zip(outputs(model, name), outputs(loaded, name), strict=True):
        np.testing.assert_array_equal(a, b)
    if name != "own":  # which makes its layers itself
        assert [layer.name for layer in loaded.layers] == [layer.name for layer in model.layers]
    assert json.loads(loaded.to_json())["config"].keys() == json.loads(model.to_json())["config"].keys()


@pytest.mark.parametrize("name", MODELS)
def test_clones_and_models_of_json(name):
    model = MODELS[name]()
    for made in (
        keras.models.clone_model(model),
        keras.models.model_from_json(model.to_json()),
        type(model).from_config(model.get_config()),
    ):
        if not made.built:
            made.build((None, 4))
        assert [w.shape for w in made.get_weights()] == [w.shape for w in model.get_weights()]
        assert not any(a is b for a in made.variables for b in model.variables)
        made.set_weights(model.get_weights())
        for a, b in zip(outputs(model, name), outputs(made, name), strict=True):
            np.testing.assert_array_equal(a, b)


def test_a_clone_has_layers_of_one_s_choice():
    def wider(layer):
        return layers.Dense(layer.units + 1) if isinstance(layer, layers.Dense) else layer.clone()

    cloned = keras.models.clone_model(sequential(), wider)
    assert [w.shape for w in cloned.get_weights()] == [(4, 6), (6,), (6, 4), (4,)]
    a = keras.Input((4,))
    cloned = keras.models.clone_model(keras.Model(a, layers.Lambda(lambda x: 2 * x)(layers.Dense(3)(a))), wider)
    assert cloned(numbers(5, 4)).shape == (5, 4)


def test_training_goes_on_where_it_was(tmp_path):
    x, y = numbers(20, 4), numbers(20, 3, seed=2)
    model = keras.Sequential([layers.Dense(5, activation="tanh", input_shape=(4,)), layers.Dense(3)])
    model.compile(keras.optimizers.AdamW(0.01, beta_1=0.8), keras.losses.MeanSquaredError(), metrics=["mse"])
    model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    model.save(tmp_path / "m.safetensors")
    loaded = keras.models.load_model(tmp_path / "m.safetensors")
    assert (loaded.optimizer.learning_rate, loaded.optimizer.beta_1) == (0.01, 0.8)
    assert loaded.metrics_names == model.metrics_names
    for each in (model, loaded):
        each.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    model.save(tmp_path / "m.safetensors", include_optimizer=False)
    assert not keras.models.load_model(tmp_path / "m.safetensors").optimizer.built
    with pytest.raises(ValueError, match="call compile before"):
        _ = keras.models.load_model(tmp_path / "m.safetensors", compile=False).optimizer


def test_a_frozen_layer_stays_frozen(tmp_path):
    model = sequential()
    model.layers[0].trainable = False
    model.save(tmp_path / "m.safetensors")
    loaded = keras.models.load_model(tmp_path / "m.safetensors")
    assert [layer.trainable for layer in loaded.layers] == [False, True, True]
    assert len(loaded.trainable_variables) == 2


def test_adapted_numbers_are_kept(tmp_path):
    layer, data = layers.Normalization(), 3 + 2 * numbers(50, 4)
    layer.adapt(data)
    model = keras.Sequential([layer])
    model.build((None, 4))
    model.save(tmp_path / "m.safetensors")
    scaled = keras.models.load_model(tmp_path / "m.safetensors").predict(data, verbose=0)
    np.testing.assert_allclose(scaled.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(scaled.std(0), 1, atol=1e-5)


def test_moving_statistics_are_kept(tmp_path):
    model = keras.Sequential([layers.BatchNormalization(momentum=0.5), layers.RMSNormalization(epsilon=0.01)])
    model.compile("sgd", "mse")
    x = 3 + 2 * numbers(50, 4)
    model.fit(x, x, verbose=0)
    model.save(tmp_path / "m.safetensors")
    loaded = keras.models.load_model(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))
    assert loaded.layers[0].momentum == 0.5


# --- what is of the user's own


def test_classes_are_found_by_name_or_not_at_all(tmp_path):
    class Unknown(Own):
        pass

    path = tmp_path / "m.safetensors"
    model = keras.Sequential([Unknown(3)])
    model.build((None, 4))
    model.save(path)
    with pytest.raises(ValueError, match=r"^\[load_model\] .*m.safetensors: .*'Unknown' is neither a class of the lib"):
        keras.models.load_model(path)
    assert keras.models.load_model(path, custom_objects={"Unknown": Unknown})(numbers(5, 4)).shape == (5, 3)
    with keras.saving.custom_object_scope({"Unknown": Unknown}):
        assert type(keras.models.load_model(path).layers[0]) is Unknown
    assert keras.saving.get_registered_name(Own) == "tests>Own"
    assert keras.saving.get_registered_object("tests>Own") is Own


def test_functions_are_found_by_name_or_not_at_all(tmp_path):
    def cube(x):
        return x * x * x

    path, model = tmp_path / "m.safetensors", keras.Sequential([layers.Dense(3, cube, input_shape=(4,))])
    model.save(path)
    with pytest.raises(ValueError, match="'cube' is neither"):
        keras.models.load_model(path)
    loaded = keras.models.load_model(path, custom_objects={"cube": cube})
    np.testing.assert_array_equal(loaded(numbers(5, 4)).numpy(), model(numbers(5, 4)).numpy())
    with pytest.raises(TypeError, match=r"activation\] must be a number, string, .* got <function"):
        keras.Sequential([layers.Dense(3, lambda x: x, input_shape=(4,))]).save(path)


def test_a_lambda_is_saved_and_refused():
    model = keras.Sequential([layers.Lambda(lambda x: 2 * x, input_shape=(4,), name="double")])
    assert (model(np.ones((2, 4))).numpy() == 2).all()
    with pytest.raises(ValueError, match=r"^\[double\] a Lambda is not loaded: its function is in no file"):
        keras.models.model_from_json(model.to_json())


@pytest.mark.parametrize(
    "config",
    [
        {"class_name": "system", "module": "os", "config": {}},
        {"class_name": "Layer.__init__", "module": "keras.layers", "config": {}},
        {"class_name": "_Scaled", "module": "keras.initializers", "config": {}},
        {"class_name": "np", "module": "keras.initializers", "config": {}},
        {"class_name": "serialize", "module": "keras.activations", "config": {}},
        {"class_name": "function", "config": "eval"},
        {"class_name": "Dense", "module": "keras.layers", "config": 3},
        {"class_name": "Dense", "module": "subprocess", "config": {"units": 3}},
    ],
)
def test_nothing_else_is_made_of_a_configuration(config):
    with pytest.raises(ValueError, match=r"is neither a class of the library nor registered|cannot be made of"):
        keras.saving.deserialize_keras_object(config)
    with pytest.raises(TypeError, match=r"^\[deserialize\] config must be a dict with class_name"):
        keras.saving.deserialize_keras_object([config])


# --- files


def saved(path, model=None):
    model = sequential() if model is None else model
    model.compile("adam", "mse")
    if len(model.inputs) == 1:
        model.fit(numbers(8, 4), numbers(8, 3), verbose=0)
    model.save(path)
    return path.read_bytes()


def test_truncated_and_damaged_files_are_refused(tmp_path):
    path = tmp_path / "m.safetensors"
    content = saved(path)
    header = 8 + int.from_bytes(content[:8], "little")
    for end in (0, 4, 8, 100, header - 1, header, len(content) - 1):
        path.write_bytes(content[:end])
        with pytest.raises(ValueError, match="not a whole safetensors file"):
            keras.models.load_model(path)
    for at in range(8, header, 7):
        path.write_bytes(content[:at] + bytes([content[at] ^ 0x15]) + content[at + 1 :])
        try:
            keras.models.load_model(path)
        except ValueError as error:
            assert "m.safetensors" in str(error)  # noqa: PT017  most bytes spoil the file, those of names may not


def test_a_file_of_weights_is_no_model(tmp_path):
    path = tmp_path / "w.safetensors"
    sequential().save_weights(path)
    with pytest.raises(ValueError, match=r"^\[load_model\] .*w.safetensors holds weights without a model"):
        keras.models.load_model(path)
    with pytest.raises(FileNotFoundError):
        keras.models.load_model(tmp_path / "none.safetensors")
    for name in ("m.keras", "m.h5", "m"):
        with pytest.raises(ValueError, match=rf"^\[save\] filepath must end in .safetensors.*{name}"):
            sequential().save(tmp_path / name)


def changed(path, change):
    """The file with another configuration."""
    tensors, metadata = io.load_weights(path), io.load_metadata(path)
    content = json.loads(metadata["mushin.keras"])
    text = change(content) or json.dumps(content)
    save_file(tensors, path, metadata={**metadata, "mushin.keras": text})


def layer_of(content, i):
    return content["model"]["config"]["layers"][i]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: layer_of(c, 0)["config"].update(units=10**9), "are more than the file holds"),
        (lambda c: layer_of(c, 0)["config"].update(units=6), "more than the file holds"),
        (lambda c: layer_of(c, 0)["config"].update(units=2), "does not fit"),
        (lambda c: layer_of(c, 0)["config"].update(units="5"), "units must be a positive integer"),
        (lambda c: layer_of(c, 0)["config"].update(input_shape=[10**12]), "more than the file holds"),
        (lambda c: layer_of(c, 0)["config"].update(more=1), "unknown argument 'more'"),
        (lambda c: layer_of(c, 0).update(class_name="Lambda", config={"function": "x"}), "a Lambda is not loaded"),
        (lambda c: layer_of(c, 1)["config"].update(activation="__import__"), "unknown argument 'activation'"),
        (lambda c: layer_of(c, 0)["config"].update(activation="__import__"), "activation must be one of"),
        (lambda c: c.update(version=2), "of version 2"),
        (lambda c: c.pop("version"), "lacks 'version'"),
        (lambda c: c.pop("model"), "lacks 'model'"),
        (lambda c: c.update(model=layer_of(c, 0)), "which is no model"),
        (lambda c: c["compile"].update(optimizer="none"), "optimizer must be"),
        (lambda c: "[" * 100_000, "recursion"),
        (lambda c: "{", "Expecting"),
    ],
)
def test_lying_configurations_are_refused(tmp_path, change, message):
    path = tmp_path / "m.safetensors"
    saved(path)
    changed(path, lambda content: text if isinstance(text := change(content), str) else None)
    with pytest.raises(ValueError, match=rf"(?s)^\[load_model\] .*m.safetensors: .*{message}"):
        keras.models.load_model(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda config: config["nodes"][0].update(layer=99),
        lambda config: config["nodes"][0].update(layer=-1),
        lambda config: config["nodes"][0].update(args=[{"node": 5, "output": 0}]),
        lambda config: config["nodes"][0].update(args=[{"input": 0.5}]),
        lambda config: config["nodes"][0].update(args=[{"what": 0}]),
        lambda config: config["nodes"][-1].update(op="__class__"),
        lambda config: config.update(outputs=[{"node": 99, "output": 0}]),
        lambda config: config.update(outputs=3),
        lambda config: config.pop("layers"),
        lambda config: config["layers"].append(5),
    ],
)
def test_lying_graphs_are_refused(tmp_path, change):
    path = tmp_path / "m.safetensors"
    saved(path, graph())
    changed(path, lambda content: change(content["model"]["config"]) and None)
    with pytest.raises(ValueError, match=r"^\[load_model\] "):
        keras.models.load_model(path)


def test_an_optimizer_s_states_must_fit(tmp_path):
    path = tmp_path / "m.safetensors"
    saved(path)
    tensors, metadata = io.load_weights(path), io.load_metadata(path)
    for name, array in (("optimizer.0.exp_avg", np.zeros(3)), ("optimizer.77.exp_avg", np.zeros(3)), ("0.more", 1.0)):
        save_file({**tensors, name: np.asarray(array, np.float32)}, path, metadata=metadata)
        with pytest.raises(ValueError, match=r"^\[load_model\] "):
            keras.models.load_model(path)


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "m.safetensors"
    before = saved(path)
    with pytest.raises(FileExistsError, match="overwrite is False"):
        sequential().save(path, overwrite=False)
    with pytest.raises(FileExistsError, match=r"^\[save_weights\] .* exists, and overwrite is False"):
        sequential().save_weights(path, overwrite=False)
    with pytest.raises(TypeError):
        keras.Sequential([layers.Dense(3, lambda x: x, input_shape=(4,))]).save(path)
    with pytest.raises(ValueError, match="does not know its input's shape"):
        keras.Sequential([layers.Dense(3)]).save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_other_libraries_read_the_weights(tmp_path):
    saved(tmp_path / "m.safetensors")
    tensors = io.load_weights(tmp_path / "m.safetensors")
    assert {name for name in tensors if not name.startswith("optimizer.")} == {
        f"{i}.{name}" for i in (0, 3) for name in ("weight", "bias")
    }


def test_schedules_are_part_of_a_saved_model(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 20, alpha=0.3)
    model.compile(keras.optimizers.Adam(schedule), "mse")
    x = np.arange(8, dtype=np.float32).reshape(4, 2)
    model.fit(x, x[:, :1], batch_size=2, epochs=3, verbose=0, shuffle=False)
    model.save(tmp_path / "m.safetensors")
    again = keras.models.load_model(tmp_path / "m.safetensors")
    for each in (model, again):
        each.fit(x, x[:, :1], batch_size=2, epochs=2, verbose=0, shuffle=False)
    assert again.predict(x, verbose=0).tobytes() == model.predict(x, verbose=0).tobytes()


def test_metadata_of_ones_own(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    path = tmp_path / "m.safetensors"
    keras.saving.save_model(model, path, metadata={"who": "me"})
    assert io.load_metadata(path)["who"] == "me"
    content = path.read_bytes()
    for _ in range(5):
        keras.saving.save_model(model, path, metadata={"who": "me"})
        assert path.read_bytes() == content
    assert keras.models.load_model(path).count_params() == 3


@pytest.mark.parametrize("metrics", [["mae", "accuracy"], ["categorical_crossentropy"]])
@pytest.mark.parametrize("again", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_of_a_trained_model_goes_on_as_it_does(metrics, again):
    x, y = numbers(6, 4), np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2]]
    model = keras.Sequential([layers.Dense(3, activation="softmax")])
    model.compile("adam", "categorical_crossentropy", metrics=metrics)
    model.fit(x, y, verbose=0)
    other = again(model)
    given = {"epochs": 2, "shuffle": False, "verbose": 0}
    assert model.fit(x, y, **given).history == other.fit(x, y, **given).history
