"""Models of graphs: how they are made, what they are made of, and that they are trained as other models are."""

import gc
import weakref
from xml.etree import ElementTree

import numpy as np
import pytest

from keras_models import numbers
from mushin import Tensor, keras, nn
from mushin.keras import layers
from mushin.keras.structures import leaves


def branched(**options):
    """One input, a shared layer, two ways that meet."""
    a = keras.Input((4,), name="a")
    shared = layers.Dense(4, activation="tanh", name="shared")
    x = shared(a)
    y = shared(layers.Dropout(0.2, name="drop")(x))
    return keras.Model(a, layers.Dense(3, name="last", **options)(layers.Add(name="add")([x, y])), name="branched")


def two_inputs():
    a, b = keras.Input((4,), name="a"), keras.Input((2,), name="b")
    x = layers.Multiply(name="m")([layers.Dense(3, name="da")(a), layers.Dense(3, name="db")(b)])
    return keras.Model([a, b], [layers.Dense(2, activation="softmax", name="p")(x), layers.Dense(1, name="q")(x)])


# --- values


def test_a_graph_computes_what_its_layers_do():
    model, x = branched(), numbers(6, 4)
    shared, last = model.get_layer("shared"), model.get_layer("last")
    hidden = shared(x)
    expected = last(hidden.numpy() + shared(hidden).numpy()).numpy()
    np.testing.assert_allclose(model(x).numpy(), expected, rtol=1e-6)
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-6)
    np.testing.assert_allclose(model.body.eval()(Tensor(x)).detach().numpy(), expected, rtol=1e-6)


def test_recorded_steps_of_a_graph_are_its_eager_ones():
    weights = []
    for run_eagerly in (False, True):
        keras.utils.set_random_seed(3)
        model = branched()
        model.compile("adam", "mse", run_eagerly=run_eagerly)
        model.fit(numbers(40, 4), numbers(40, 3), batch_size=4, epochs=3, verbose=0)
        assert run_eagerly or model._trainer.train_step.replayed > 15
        weights.append(model.get_weights())
    for a, b in zip(*weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_shared_layer_gets_the_gradients_of_both_calls():
    model, x = branched(), numbers(3, 4)
    model.get_layer("drop").rate = 0.0
    model.get_layer("drop").modules[0].p = 0.0
    shared, last = (model.get_layer(name).body for name in ("shared", "last"))
    model(x, training=True).sum().backward()
    graded = [p.grad.numpy().copy() for p in model.variables]
    for p in model.variables:
        p.grad = None
    hidden = shared(Tensor(x))
    last(hidden + shared(hidden)).sum().backward()
    for a, p in zip(graded, model.variables, strict=True):
        np.testing.assert_allclose(a, p.grad.numpy(), rtol=1e-5)


def test_operators_and_ops():
    a = keras.Input((4,))
    y = (2 * a - 1.0) / (a * a + np.float32(3)) + keras.ops.mean(a, axis=-1, keepdims=True)
    model = keras.Model(a, [-y[:, 1:3], keras.ops.matmul(a, numbers(4, 2)), keras.ops.reshape(1.0 - a, (-1, 2, 2))])
    x = numbers(5, 4)
    expected = (2 * x - 1) / (x * x + 3) + x.mean(-1, keepdims=True)
    first, second, third = model(x)
    np.testing.assert_allclose(first.numpy(), -expected[:, 1:3], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(second.numpy(), x @ numbers(4, 2), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(third.numpy(), (1 - x).reshape(5, 2, 2))
    assert [y.shape for y in model.outputs] == [(None, 2), (None, 2), (None, 2, 2)]


def test_several_inputs_and_outputs_in_lists_and_dicts():
    model, a, b = two_inputs(), numbers(5, 4), numbers(5, 2)
    assert (model.input_names, model.output_names) == (["a", "b"], ["p", "q"])
    assert (model.input_shape, model.output_shape) == ([(None, 4), (None, 2)], [(None, 2), (None, 1)])
    p, q = model([a, b])
    flat = model.body.eval()(Tensor(a), Tensor(b))
    assert isinstance(flat, tuple)
    for x, y in zip((p, q), flat, strict=True):
        np.testing.assert_array_equal(x.numpy(), y.detach().numpy())
    x, y = keras.Input((2,), name="x"), keras.Input((3,), name="y")
    named = keras.Model({"two": x, "three": y}, {"sum": layers.Add()([layers.Dense(3)(x), y])})
    assert (named.input_names, named.output_names) == (["three", "two"], ["sum"])
    assert list(named({"three": numbers(5, 3), "two": numbers(5, 2)})) == ["sum"]


def test_a_call_may_say_that_it_is_in_training():
    a = keras.Input((100,))
    model = keras.Model(a, [layers.Dropout(0.5)(a, training=True), layers.Dropout(0.5)(a)])
    always, sometimes = model(np.ones((2, 100)))
    assert (always.numpy() == 0).any()
    assert (sometimes.numpy() == 1).all()


def test_a_model_is_a_layer():
    inner, x = branched(), numbers(5, 4)
    a = keras.Input((4,))
    outer = keras.Model(a, layers.Dense(2, name="top")(inner(a)))
    assert [layer.name for layer in outer.layers][1:] == ["branched", "top"]
    assert len(outer.variables) == len(inner.variables) + 2
    expected = outer.get_layer("top")(inner(x).numpy()).numpy()
    np.testing.assert_allclose(outer(x).numpy(), expected, rtol=1e-6)
    inner.trainable = False
    assert len(outer.trainable_variables) == 2
    outer.compile("sgd", "mse")
    before = inner.get_weights()
    outer.fit(x, numbers(5, 2), verbose=0)
    for u, v in zip(before, inner.get_weights(), strict=True):
        np.testing.assert_array_equal(u, v)


def test_a_sequential_is_a_graph():
    model = keras.Sequential([layers.Dense(5, input_shape=(4,)), layers.Dense(3)])
    part = keras.Model(model.inputs, model.layers[0].output)
    x = numbers(5, 4)
    np.testing.assert_array_equal(part(x).numpy(), model.layers[0](x).numpy())
    added = layers.Dense(2)
    model.add(added)
    assert model.layers[-1].output.shape == (None, 2)
    assert keras.Model(model.inputs, added.output)(x).shape == (5, 2)
    model.pop()
    assert model.outputs[0] is model.layers[-1].output
    a = keras.Input((4,))
    towers = [keras.Sequential([layers.Dense(2)]) for _ in range(2)]
    assert keras.Model(a, layers.Add()([tower(a) for tower in towers]))(x).shape == (5, 2)


def test_a_model_between_other_tensors():
    """Of what lies between, and nothing before it."""
    whole = branched()
    tail = keras.Model(whole.get_layer("add").output, whole.output)
    assert [layer.name for layer in tail.layers] == ["last"]
    x = numbers(5, 4)
    np.testing.assert_array_equal(tail(x).numpy(), whole.get_layer("last")(x).numpy())
    assert keras.Model.from_config(tail.get_config())(x).shape == (5, 3)


def test_lengths_that_are_not_known():
    a = keras.Input((None, 4))
    model = keras.Model(a, [layers.Dense(3)(a), keras.ops.sum(a, axis=1), layers.Flatten()(a)])
    assert model.output_shape == [(None, None, 3), (None, 4), (None, None)]
    for n in (2, 7):
        assert [y.shape for y in model(numbers(5, n, 4))] == [(5, n, 3), (5, 4), (5, 4 * n)]


def test_the_loss_of_a_softmax_is_computed_from_logits():
    """Far from zero, probabilities are cut off and logits are not."""
    x, y = np.full((4, 3), 100.0, np.float32), np.array([0, 1, 2, 0])
    a = keras.Input((3,))
    model = keras.Model(a, layers.Dense(3, activation="softmax", kernel_initializer="identity")(a * [1.0, 2.0, 3.0]))
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert model.evaluate(x, y, verbose=0) == pytest.approx((200 + 100 + 0 + 200) / 4)
    body, trimmed = model.body_without({0: nn.Softmax})
    assert trimmed == {0}
    np.testing.assert_array_equal(body(Tensor(x)).detach().numpy(), [[100, 200, 300]] * 4)
    assert model.body_without({})[1] == frozenset()


def test_a_softmax_that_goes_elsewhere_too_is_kept():
    a = keras.Input((3,))
    p = layers.Softmax()(a)
    model = keras.Model(a, [p, layers.Dense(1)(p)])
    assert model.body_without({0: nn.Softmax, 1: nn.Softmax})[1] == frozenset()


def test_what_is_done_with_is_forgotten():
    """A tensor that nothing needs any more is gone before the last step has run."""
    seen, made = [], []

    class Watch(layers.Layer):
        def call(self, x):
            gc.collect()
            seen.append([ref() is not None for ref in made])
            made.append(weakref.ref(x))
            return x + 1

    a = keras.Input((4,))
    x = a
    for _ in range(4):
        x = Watch()(x)
    model = keras.Model(a, x)
    made.clear()
    seen.clear()
    model(numbers(2, 4))
    assert seen[-1][1:] == [False, False]


# --- what there is


def test_layers_are_found_by_name_and_place():
    model = branched()
    assert model.get_layer("last") is model.layers[-1] is model.get_layer(index=-1)
    assert [layer.name for layer in model.layers] == ["a", "shared", "drop", "add", "last"]
    with pytest.raises(ValueError, match=r"^\[branched\] no layer is named 'x'; there are a, shared, drop, add, last"):
        model.get_layer("x")
    with pytest.raises(ValueError, match=r"^\[branched\] index must be in \[-5, 5\), got 5"):
        model.get_layer(index=5)
    with pytest.raises(ValueError, match=r"^\[branched\] one of name and index must be given"):
        model.get_layer()


def test_summary_says_what_is_connected(capsys):
    two_inputs().summary()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in lines[3:9]] == ["-", "-", "a", "b", "db", "m"]
    assert " m (Multiply)     (None, 3)            0   da, db" in lines


def test_a_picture(tmp_path):
    for model in (two_inputs(), branched(), keras.Sequential([layers.Dense(3, input_shape=(4,)), layers.ReLU()])):
        path = tmp_path / "model.svg"
        keras.utils.plot_model(model, path, show_shapes=True, show_layer_names=True)
        root = ElementTree.parse(path).getroot()
        tag = "{http://www.w3.org/2000/svg}"
        boxes = {(float(r.get("x")), float(r.get("y"))) for r in root.iter(f"{tag}rect")}
        assert len(boxes) == len(model.operations)
        assert len(list(root.iter(f"{tag}line"))) >= len(model.operations) - 2
        assert any("(None, 3)" in text.text for text in root.iter(f"{tag}text"))
    with pytest.raises(ValueError, match=r"^\[plot_model\] to_file must end in .svg"):
        keras.utils.plot_model(model, tmp_path / "model.png")


def test_weights_are_set_and_counted():
    model = two_inputs()
    weights = [np.full(w.shape, i, np.float32) for i, w in enumerate(model.get_weights())]
    model.set_weights(weights)
    assert model.get_layer("q").get_weights()[1].tolist() == [7.0]
    assert model.count_params() == sum(w.size for w in weights) == 36


# --- errors


def test_graphs_that_are_none():
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    y = layers.Add(name="add")([a, b])
    for make, error, message in (
        (lambda: keras.Model(a, y, name="m"), ValueError, r"^\[m\] outputs need b, which is not among the inputs"),
        (lambda: keras.Model([a, a], y, name="m"), ValueError, r"^\[m\] inputs must be different tensors"),
        (lambda: keras.Model([a, b], 3, name="m"), TypeError, r"^\[m\] outputs must be KerasTensors, .*, got int"),
        (lambda: keras.Model([], y, name="m"), ValueError, r"^\[m\] inputs must hold at least one tensor"),
        (lambda: keras.Model(a, name="m"), ValueError, r"^\[m\] inputs and outputs must both be given"),
        (
            lambda: keras.Model(a, layers.Dense(2, name="x")(layers.Dense(2, name="x")(a)), name="m"),
            ValueError,
            r"^\[m\] two layers are named x",
        ),
        (lambda: layers.Dense(2, name="d")(keras.Input((None,))), ValueError, r"^\[d\] input must have a last axis of"),
        (lambda: layers.Add(name="s")([a, keras.Input((3,))]), ValueError, r"^\[s\] inputs must have shapes that can"),
        (lambda: layers.Add(name="s")(a), ValueError, r"^\[s\] inputs must be a list of tensors"),
        (lambda: layers.Subtract(name="s")([a, b, a]), ValueError, r"^\[s\] inputs must be two, got 3"),
        (lambda: layers.Dense(2, name="d").output, ValueError, r"^\[d\] the layer has not been called with"),
        (lambda: keras.Input(), ValueError, r"^\[InputLayer\] one of shape and batch_shape must be given"),
    ):
        with pytest.raises(error, match=message):
            make()


def test_inputs_that_do_not_fit():
    model = two_inputs()
    with pytest.raises(ValueError, match=r"^\[\w+\] inputs must be 2, got 1"):
        model(numbers(5, 4))
    with pytest.raises(ValueError, match=r"^\[b\] input must have shape \(2,\), got \(3,\)"):
        model([numbers(5, 4), numbers(5, 3)])


def test_a_tensor_without_values_is_no_array():
    a = keras.Input((4,))
    for use in (lambda: bool(a), lambda: list(a), lambda: np.asarray(a), lambda: np.sum(a)):
        with pytest.raises(TypeError, match=r"without values|array_ufunc"):
            use()
    assert "shape=(None, 4)" in repr(a)
    assert a.ndim == 2


def test_a_body_is_one_module():
    body = two_inputs().body
    assert isinstance(body, nn.Module)
    assert {name.split(".")[0] for name in body.state_dict()} == {"0", "1", "3", "4"}
    assert len(list(body.parameters())) == 8


def test_predict_gives_outputs_in_the_models_own_structure():
    a, x = keras.Input((4,)), numbers(3, 4)
    one, two = layers.Dense(1)(a), layers.Dense(2)(a)
    for outputs in ({"q": two, "p": [one]}, (one, two), [one, two], {"p": one}):
        model = keras.Model(a, outputs)
        expected = model(x)
        for found in (model.predict(x, verbose=0), model.predict_on_batch(x)):
            assert type(found) is type(outputs)
            assert not isinstance(outputs, dict) or list(found) == list(outputs)
            for y, z in zip(leaves(found), leaves(expected), strict=True):
                np.testing.assert_allclose(y, z.numpy(), rtol=1e-6)
    assert keras.Model(a, [one]).predict(x, verbose=0).shape == (3, 1)

    class Named(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(2)

        def call(self, inputs):
            return {"same": inputs, "dense": self.dense(inputs)}

    found = Named().predict(x, verbose=0)
    assert {name: y.shape for name, y in found.items()} == {"same": (3, 4), "dense": (3, 2)}
    np.testing.assert_array_equal(found["same"], x)
