"""Layers and models of one's own: build, call, add_weight, what is inside, training, and configurations."""

import numpy as np
import pytest

from keras_models import numbers
from mushin import Tensor, keras, nn
from mushin.keras import layers
from mushin.train.penalties import collected_penalties


class Scaled(layers.Layer):
    """x kernel scale + what is counted; kernel is trained, shift is not."""

    def __init__(self, units, **options):
        super().__init__(**options)
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight((input_shape[-1], self.units), "he_normal", name="kernel")
        self.shift = self.add_weight((self.units,), "ones", trainable=False, name="shift")

    def call(self, inputs):
        return inputs @ self.kernel + self.shift


class Tower(keras.Model):
    """Layers in an attribute, a list and a dict."""

    def __init__(self, width=5, **options):
        super().__init__(**options)
        self.width = width
        self.first = Scaled(width)
        self.blocks = [layers.Dense(width, activation="tanh") for _ in range(2)]
        self.ends = {"a": layers.Dense(2), "drop": layers.Dropout(0.5)}

    def call(self, inputs, training=False):
        x = self.first(inputs)
        for block in self.blocks:
            x = x + block(x)
        return self.ends["a"](self.ends["drop"](x))


def test_a_layer_is_built_once_and_has_its_weights():
    layer, x = Scaled(3, name="s"), numbers(5, 4)
    assert (layer.built, layer.get_weights()) == (False, [])
    y = layer(x)
    kernel, shift = layer.get_weights()
    assert (kernel.shape, shift.tolist()) == ((4, 3), [1, 1, 1])
    np.testing.assert_allclose(y.numpy(), x @ kernel + 1, rtol=1e-5, atol=1e-6)
    layer.build((None, 4))
    layer(x)
    np.testing.assert_array_equal(layer.get_weights()[0], kernel)
    assert (len(layer.trainable_variables), len(layer.non_trainable_variables)) == (1, 1)
    assert layer.compute_output_shape((None, 4)) == (None, 3)
    assert (layer.input_shape, layer.output_shape) == ((None, 4), (None, 3))
    assert list(layer.body.state_dict()) == ["kernel", "shift"]


def test_weights_have_names_of_their_own():
    layer = layers.Layer(name="a")
    for _ in range(2):
        layer.add_weight((2,))
    layer.add_weight((), "ones", name="gain")
    assert list(layer.own_weights()) == ["variable", "variable_1", "gain"]
    with pytest.raises(ValueError, match=r"^\[a\] two variables are named 'gain'"):
        layer.add_weight((), name="gain")


def test_what_is_inside_a_model_belongs_to_it():
    model = Tower()
    assert [type(layer).__name__ for layer in model.layers] == ["Scaled", "Dense", "Dense", "Dense", "Dropout"]
    model.build((None, 4))
    shapes = [w.shape for w in model.get_weights()]
    assert shapes == [(4, 5), (5,), (5, 5), (5,), (5, 5), (5,), (5, 2), (2,)]
    assert len(list(model.body.parameters())) == 7
    assert (model.input_shape, model.output_shape) == ((None, 4), (None, 2))
    model.set_weights([np.zeros(shape) for shape in shapes])
    assert (model(numbers(3, 4)).numpy() == 0).all()


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_a_model_of_one_s_own_is_trained(run_eagerly):
    keras.utils.set_random_seed(1)
    model = Tower()
    model.compile("adam", "mse", run_eagerly=run_eagerly)
    x = numbers(40, 4)
    history = model.fit(x, x[:, :2], batch_size=8, epochs=12, verbose=0).history["loss"]
    assert history[-1] < 0.7 * history[0]
    assert run_eagerly or model._trainer.train_step.replayed > 30
    assert model.get_weights()[1].tolist() == [1.0] * 5
    np.testing.assert_array_equal(model.predict(x, verbose=0), model.predict(x, verbose=0))


def test_replayed_steps_are_the_eager_ones():
    weights = []
    for run_eagerly in (False, True):
        keras.utils.set_random_seed(1)
        model = Tower()
        model.compile("sgd", "mse", run_eagerly=run_eagerly)
        model.fit(numbers(40, 4), numbers(40, 2), batch_size=8, epochs=3, verbose=0)
        weights.append(model.get_weights())
    for a, b in zip(*weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_layers_inside_are_in_the_mode_of_the_call():
    model, x = Tower(), numbers(200, 4)
    assert not model(x).requires_grad
    y = model(x, training=True)
    assert y.requires_grad
    assert len({tuple(row) for row in (y.numpy() if not y.requires_grad else y.detach().numpy()).round(5)}) > 100
    np.testing.assert_array_equal(model(x).numpy(), model(x, training=False).numpy())


def test_training_is_told_and_can_be_overruled():
    told = []

    class Asks(layers.Layer):
        def __init__(self):
            super().__init__()
            self.drop = layers.Dropout(0.5)

        def call(self, inputs, training=None):
            told.append(training)
            return self.drop(inputs, training=False) if training else self.drop(inputs, training=True)

    layer, x = Asks(), np.ones((2, 100), np.float32)
    layer(x)
    told.clear()
    assert (layer(x, training=True).detach().numpy() == 1).all()
    assert (layer(x).numpy() == 0).any()
    assert told == [True, False]


def test_freezing_reaches_what_is_inside():
    model = Tower()
    model.build((None, 4))
    model.blocks[0].trainable = False
    assert len(model.trainable_variables) == 5
    model.trainable = False
    assert (len(model.trainable_variables), model.blocks[1].trainable) == (0, False)
    model.trainable = True
    assert (len(model.trainable_variables), len(model.non_trainable_variables)) == (7, 1)
    frozen = Tower(trainable=False)
    frozen.build((None, 4))
    assert frozen.trainable_variables == []


def test_inputs_and_outputs_in_lists_and_dicts():
    class Pair(keras.Model):
        def __init__(self):
            super().__init__()
            self.a, self.b = layers.Dense(2), layers.Dense(3)

        def call(self, inputs):
            return {"one": self.a(inputs["x"]), "two": self.b(inputs["y"])}

    model, x, y = Pair(), numbers(5, 4), numbers(5, 6)
    out = model({"x": x, "y": y})
    assert (model.output_names, model.output_shape) == (["one", "two"], {"one": (None, 2), "two": (None, 3)})
    flat = model.body.eval()(Tensor(x), Tensor(y))
    for a, b in zip((out["one"], out["two"]), flat, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.detach().numpy())
    a, b = keras.Input((4,)), keras.Input((6,))
    outer = keras.Model([a, b], model({"x": a, "y": b})["two"])
    np.testing.assert_array_equal(outer([x, y]).numpy(), out["two"].numpy())


def test_a_layer_of_the_library_is_changed():
    class Doubled(layers.Dense):
        def call(self, inputs):
            return 2 * super().call(inputs)

    layer, x = Doubled(3, activation="tanh"), numbers(5, 4)
    kernel, bias = layer(x) is not None and layer.get_weights()
    assert kernel.shape == (4, 3)
    np.testing.assert_allclose(layer(x).numpy(), 2 * np.tanh(x @ kernel + bias), rtol=1e-5, atol=1e-6)
    model = keras.Sequential([layer])
    model.compile("sgd", "mse")
    model.fit(x, numbers(5, 3), verbose=0)
    assert (model.get_weights()[0] != kernel).any()


def test_modules_of_nn_are_part_of_a_layer():
    class Holds(layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner, self.gain = nn.Linear(4, 3), nn.Parameter(np.ones(3, np.float32))

        def call(self, inputs):
            return self.inner(inputs) * self.gain

    layer = Holds()
    layer(numbers(2, 4))
    assert [v.shape for v in layer.trainable_variables] == [(3, 4), (3,), (3,)]


def test_an_attribute_that_changes_reaches_recorded_steps():
    class Times(layers.Layer):
        def __init__(self):
            super().__init__()
            self.factor = 1.0

        def call(self, inputs):
            return inputs * self.factor

    model, x = keras.Sequential([Times()]), numbers(40, 4)
    for _ in range(3):
        np.testing.assert_array_equal(model.predict(x, batch_size=4, verbose=0), x)
    model.layers[0].factor = 3.0
    np.testing.assert_array_equal(model.predict(x, batch_size=4, verbose=0), x * np.float32(3))


def test_penalties_are_handed_to_whoever_collects_them():
    class Penalized(layers.Layer):
        def call(self, inputs):
            self.add_loss((inputs * inputs).sum())
            return inputs

    x = numbers(5, 4)
    outside = Penalized()
    with collected_penalties() as losses:
        keras.Sequential([outside, layers.ActivityRegularization(l1=0.5, l2=2.0)])(x)
        layers.Dense(4, kernel_initializer="identity", activity_regularizer=lambda y: y.sum())(x)
    square, absolute = (x * x).sum(), np.abs(x).sum()
    expected = [square, (0.5 * absolute + 2 * square) / 5, x.sum() / 5]
    np.testing.assert_allclose([each.item() for each in losses[-3:]], expected, rtol=1e-5)
    outside(x)  # nobody collects


def test_regularizers_and_constraints_are_kept_with_their_variables():
    first, second = (lambda w: w.sum()), (lambda w: w)
    layer = layers.Dense(3, kernel_regularizer=first, bias_constraint=second)
    model = keras.Sequential([layer])
    model.build((None, 4))
    ((kernel, regularizer),) = model.penalties()
    assert (kernel is layer.variables[0], regularizer is first) == (True, True)
    ((bias, constraint),) = model.constraints()
    assert (bias is layer.variables[1], constraint is second) == (True, True)
    assert [order for _, order in layer.weight_layouts()] == [(1, 0), None]


def test_a_layer_is_made_of_its_configuration():
    layer = Scaled(3, name="s", trainable=False)
    config = layer.get_config()
    assert config == {"units": 3, "name": "s", "trainable": False}
    twin = Scaled.from_config(config)
    assert (twin.units, twin.name, twin.trainable) == (3, "s", False)
    dense = layers.Dense(3, "relu", kernel_initializer=keras.initializers.RandomNormal(stddev=0.5), input_shape=(4,))
    twin = layers.Dense.from_config(dense.get_config())
    assert twin.get_config() == dense.get_config()
    assert (twin.kernel_initializer.stddev, twin.declared_shape) == (0.5, (None, 4))


def test_what_cannot_be_called():
    class Returns(layers.Layer):
        def call(self, inputs):
            return self.what

    layer = Returns(name="r")
    layer.what = 3
    with pytest.raises(TypeError, match=r"^\[r\] a call must return tensors, got int"):
        layer(keras.Input((3,)))
    with pytest.raises(ValueError, match=r"^\[r\] dtype must be 'float32', got 'float16'"):
        Returns(name="r", dtype="float16")
    with pytest.raises(ValueError, match=r"^\[scaled\w*\] the layer does not know its input's shape yet"):
        _ = Scaled(3).body
    with pytest.raises(ValueError, match=r"^\[t\] the model does not know its input's shape yet"):
        _ = Tower(name="t").body
