"""Recurrent layers against NumPy: every kind, direction and form, and what is kept from batch to batch."""

import numpy as np
import pytest

from mushin import keras
from mushin.keras import layers

KINDS = {"SimpleRNN": layers.SimpleRNN, "GRU": layers.GRU, "LSTM": layers.LSTM}
BATCH, TIME, FEATURES, UNITS = 3, 5, 4, 6
ATOL = 2e-6  # float32 sums of ten products, five steps long


def sequences(batch=BATCH, time=TIME, seed=0):
    return np.random.default_rng(seed).standard_normal((batch, time, FEATURES)).astype(np.float32)


def with_weights(layer, seed=1):
    """The layer, built, with weights that are all different; biases too."""
    layer.build((None, None, FEATURES))
    rng = np.random.default_rng(seed)
    layer.set_weights([0.4 * rng.standard_normal(w.shape) for w in layer.get_weights()])
    return layer


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def simple_rnn_step(x, h, kernel, recurrent_kernel, bias=0.0, activation=np.tanh):
    return [activation(x @ kernel + h @ recurrent_kernel + bias)]


def gru_step(x, h, kernel, recurrent_kernel, bias=None, activation=np.tanh, reset_after=True):
    u = h.shape[-1]
    of_x, of_h = (0.0, 0.0) if bias is None else bias if reset_after else (bias, 0.0)
    a = x @ kernel + of_x
    b = h @ recurrent_kernel + of_h
    z, r = sigmoid(a[:, :u] + b[:, :u]), sigmoid(a[:, u : 2 * u] + b[:, u : 2 * u])
    second = r * b[:, 2 * u :] if reset_after else (r * h) @ recurrent_kernel[:, 2 * u :]
    return [z * h + (1 - z) * activation(a[:, 2 * u :] + second)]


def lstm_step(x, h, c, kernel, recurrent_kernel, bias=0.0, activation=np.tanh):
    i, f, g, o = np.split(x @ kernel + h @ recurrent_kernel + bias, 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * activation(g)
    return [sigmoid(o) * activation(c), c]


STEPS = {"SimpleRNN": simple_rnn_step, "GRU": gru_step, "LSTM": lstm_step}


def reference(kind, layer, x, mask=None, states=None, **options):
    """The outputs in the order in which they are taken, and the last states, in float64."""
    weights = [w.astype(np.float64) for w in layer.get_weights()]
    states = [np.zeros((len(x), UNITS)) for _ in layer.state_size] if states is None else states
    mask = np.ones(x.shape[:2], bool) if mask is None else mask
    y, outputs = np.zeros((len(x), UNITS)), []
    times = range(x.shape[1])
    for t in reversed(times) if layer.go_backwards else times:
        new = STEPS[kind](x[:, t].astype(np.float64), *states, *weights, **options)
        taken = mask[:, t, None]
        y = np.where(taken, new[0], y)
        states = [np.where(taken, a, b) for a, b in zip(new, states)]
        outputs.append(y)
    return np.stack(outputs, 1), states


MASKS = {
    "none": None,
    "in front": np.array([[0, 0, 1, 1, 1], [1, 1, 1, 1, 1], [0, 0, 0, 0, 1]], bool),
    "behind": np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1], [1, 0, 0, 0, 0]], bool),
    "with holes": np.array([[0, 1, 0, 1, 0], [1, 0, 0, 0, 1], [0, 0, 0, 0, 0]], bool),
}


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("with_states", [False, True])
@pytest.mark.parametrize("recurrent_dropout", [0.0, 0.5])  # the latter goes step by step in training alone
@pytest.mark.parametrize("kind", KINDS)
def test_outputs_and_states(kind, mask, backwards, with_states, recurrent_dropout):
    given = {"go_backwards": backwards, "recurrent_dropout": recurrent_dropout, "return_state": True}
    last, whole = (with_weights(KINDS[kind](UNITS, return_sequences=each, **given), 1) for each in (False, True))
    rng = np.random.default_rng(2)
    states = [rng.standard_normal((BATCH, UNITS)).astype(np.float32) for _ in last.state_size] if with_states else None
    x, of_mask = sequences(), MASKS[mask]
    outputs, expected = reference(kind, last, x, of_mask, states)
    for layer, wanted in ((last, outputs[:, -1]), (whole, outputs)):
        y, *got = layer(x, initial_state=states, mask=of_mask)
        np.testing.assert_allclose(y.numpy(), wanted, rtol=0, atol=ATOL)
        for a, b in zip(got, expected, strict=True):
            np.testing.assert_allclose(a.numpy(), b, rtol=0, atol=ATOL)


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("kind", KINDS)
def test_other_activations(kind, mask):
    layer = with_weights(KINDS[kind](UNITS, activation="softsign", return_sequences=True, go_backwards=True))
    outputs, _ = reference(kind, layer, sequences(), MASKS[mask], activation=lambda x: x / (1 + np.abs(x)))
    np.testing.assert_allclose(layer(sequences(), mask=MASKS[mask]).numpy(), outputs, rtol=0, atol=ATOL)


@pytest.mark.parametrize("activation", ["tanh", "softsign"])
@pytest.mark.parametrize("use_bias", [False, True])
def test_gru_that_resets_before(use_bias, activation):
    layer = with_weights(layers.GRU(UNITS, activation, use_bias=use_bias, reset_after=False, return_sequences=True))
    function = np.tanh if activation == "tanh" else lambda x: x / (1 + np.abs(x))
    outputs, _ = reference("GRU", layer, sequences(), reset_after=False, activation=function)
    np.testing.assert_allclose(layer(sequences()).numpy(), outputs, rtol=0, atol=ATOL)


def test_relu_and_no_bias():
    layer = with_weights(layers.SimpleRNN(UNITS, "relu", use_bias=False, return_sequences=True))
    outputs, _ = reference("SimpleRNN", layer, sequences(), activation=lambda x: np.maximum(x, 0))
    np.testing.assert_allclose(layer(sequences()).numpy(), outputs, rtol=0, atol=ATOL)


@pytest.mark.parametrize("activation", ["tanh", "softsign"])
def test_zero_output_for_mask(activation):
    mask = MASKS["with holes"]
    kept, zeroed = (
        with_weights(layers.LSTM(UNITS, activation, return_sequences=True, zero_output_for_mask=each))
        for each in (False, True)
    )
    assert zeroed.get_config()["zero_output_for_mask"] is True
    np.testing.assert_array_equal(
        zeroed(sequences(), mask=mask).numpy(), np.where(mask[..., None], kept(sequences(), mask=mask).numpy(), 0)
    )
    last = with_weights(layers.LSTM(UNITS, activation, zero_output_for_mask=True))(sequences(), mask=mask).numpy()
    np.testing.assert_array_equal((last == 0).all(1), [True, False, True])


@pytest.mark.parametrize("kind", KINDS)
def test_first_weights(kind):
    layer = KINDS[kind](UNITS)
    layer.build((None, None, FEATURES))
    blocks = {"SimpleRNN": 1, "GRU": 3, "LSTM": 4}[kind]
    kernel, recurrent_kernel, bias = layer.get_weights()
    assert kernel.shape == layer.cell.kernel.shape == (FEATURES, blocks * UNITS)
    np.testing.assert_allclose(recurrent_kernel @ recurrent_kernel.T, np.eye(UNITS), atol=1e-5)
    assert np.abs(kernel).max() <= np.sqrt(6 / (FEATURES + blocks * UNITS))
    expected = np.zeros((2, 3 * UNITS) if kind == "GRU" else blocks * UNITS)
    if kind == "LSTM":
        expected[UNITS : 2 * UNITS] = 1
    np.testing.assert_array_equal(bias, expected)
    assert layer.count_params() == sum(w.size for w in layer.get_weights())


def test_no_forget_bias_and_another_first_bias():
    for unit_forget_bias, expected in ((False, 2.0), (True, 1.0)):
        layer = layers.LSTM(UNITS, bias_initializer=keras.initializers.Constant(2.0), unit_forget_bias=unit_forget_bias)
        layer.build((None, None, FEATURES))
        np.testing.assert_array_equal(layer.cell.bias.detach().numpy()[UNITS : 2 * UNITS], expected)
        np.testing.assert_array_equal(layer.cell.bias.detach().numpy()[2 * UNITS :], 2.0)


# --- dropout


@pytest.mark.parametrize("kind", KINDS)
def test_dropped_inputs_are_the_same_at_every_step(kind):
    """Features of one: an input that is dropped is dropped at all steps, so that the outputs are those of zeros."""
    layer = KINDS[kind](UNITS, dropout=0.5, seed=3, return_sequences=True)
    x = np.ones((64, TIME, 1), np.float32)
    y = layer(x, training=True).detach().numpy()
    plain = [layer(np.full((1, TIME, 1), value, np.float32)).numpy()[0] for value in (0.0, 2.0)]
    is_dropped = np.isclose(y, plain[0], atol=ATOL).all((1, 2))
    assert 10 < is_dropped.sum() < 54
    np.testing.assert_allclose(y[~is_dropped], np.broadcast_to(plain[1], y[~is_dropped].shape), rtol=0, atol=ATOL)
    np.testing.assert_array_equal(layer(x).numpy(), layer(x, training=False).numpy())


@pytest.mark.parametrize("kind", KINDS)
def test_dropped_states_are_the_same_at_every_step(kind):
    """One unit of the state is dropped for a whole sequence, or for none of it: of SimpleRNN one mask, of the others
    one for each block, so that there are as many outcomes as masks."""
    layer = KINDS[kind](1, recurrent_dropout=0.5, seed=3, return_sequences=True)
    layer.build((None, None, FEATURES))
    layer.set_weights([np.full(w.shape, 0.7 + 0.1 * i) for i, w in enumerate(layer.get_weights())])
    y = layer(np.broadcast_to(sequences(1), (400, TIME, FEATURES)), training=True).detach().numpy()
    outcomes = np.unique(y.round(5), axis=0)
    assert len(outcomes) == {"SimpleRNN": 2, "GRU": 8, "LSTM": 16}[kind]


def test_a_seed_gives_the_same_masks():
    x = sequences()
    first, second = (
        with_weights(layers.LSTM(UNITS, dropout=0.3, recurrent_dropout=0.3, seed=8))(x, training=True).detach().numpy()
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)


# --- state


@pytest.mark.parametrize("run_eagerly", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_stateful_layers_go_on(kind, run_eagerly):
    layer = KINDS[kind](UNITS, stateful=True)
    model = keras.Sequential([keras.Input((TIME, FEATURES)), layer])
    model.compile("sgd", "mse", run_eagerly=run_eagerly)
    long = sequences(time=6 * TIME)
    layer = with_weights(layer)
    _, expected = reference(kind, layer, long)
    for part in np.split(long, 6, axis=1):  # the third and later ones are replayed
        y = model.predict_on_batch(part)
    np.testing.assert_allclose(y, expected[0], rtol=0, atol=ATOL)
    layer.reset_state()
    np.testing.assert_allclose(
        model.predict_on_batch(long[:, :TIME]), reference(kind, layer, long[:, :TIME])[1][0], rtol=0, atol=ATOL
    )
    with pytest.raises(ValueError, match=r"sequences must be as many as in the batch before, 3, .* got 2"):
        model.predict_on_batch(long[:2, :TIME])


def test_a_stateful_layer_is_trained():
    """The gradient does not go back into the batch before."""
    model = keras.Sequential([keras.Input((TIME, FEATURES)), layers.LSTM(UNITS, stateful=True)])
    model.compile(keras.optimizers.SGD(0.3), "mse")
    target = np.zeros((BATCH, UNITS), np.float32)
    losses = model.fit(sequences(), target, epochs=30, batch_size=BATCH, verbose=0, shuffle=False).history["loss"]
    assert losses[-1] < 0.5 * losses[1]
    assert len(model.get_weights()) == 3  # states are no weights


def test_states_of_one_layer_are_the_first_ones_of_another():
    """An encoder and a decoder."""
    source, target = keras.Input((None, FEATURES)), keras.Input((None, FEATURES))
    _, *states = layers.LSTM(UNITS, return_state=True)(source)
    outputs = layers.LSTM(UNITS, return_sequences=True)(target, initial_state=states)
    model = keras.Model([source, target], outputs)
    encoder, decoder = (with_weights(layer, i) for i, layer in enumerate(model.layers[-2:]))
    a, b = sequences(), sequences(time=3, seed=5)
    _, of_encoder = reference("LSTM", encoder, a)
    expected, _ = reference("LSTM", decoder, b, states=of_encoder)
    np.testing.assert_allclose(model.predict([a, b], verbose=0), expected, rtol=0, atol=ATOL)
    cloned = keras.models.clone_model(model)
    cloned.set_weights(model.get_weights())
    np.testing.assert_array_equal(cloned.predict([a, b], verbose=0), model.predict([a, b], verbose=0))


# --- cells


def test_cells():
    for kind, cell in (("SimpleRNN", layers.SimpleRNNCell), ("GRU", layers.GRUCell), ("LSTM", layers.LSTMCell)):
        layer = with_weights(layers.RNN(cell(UNITS), return_state=True))
        outputs, states = reference(kind, layer, sequences())
        y, *last = layer(sequences())
        np.testing.assert_allclose(y.numpy(), outputs[:, -1], rtol=0, atol=ATOL)
        h, new = layer.cell(sequences()[:, 0], [np.zeros((BATCH, UNITS), np.float32) for _ in states])
        np.testing.assert_allclose(h.numpy(), outputs[:, 0], rtol=0, atol=ATOL)
        assert len(new) == len(last) == len(states)


@pytest.mark.parametrize("activation", ["tanh", "softsign"])
def test_stacked_cells(activation):
    """As two layers, also where steps are masked."""
    cells = [layers.LSTMCell(UNITS, activation), layers.GRUCell(3, activation)]
    stacked = layers.RNN(cells, return_sequences=True, return_state=True)
    first, second = (
        layers.LSTM(UNITS, activation, return_sequences=True),
        layers.GRU(3, activation, return_sequences=True),
    )
    mask = MASKS["with holes"]
    expected = second(first(sequences(), mask=mask), mask=mask).numpy()
    stacked.build((None, None, FEATURES))
    stacked.set_weights([*first.get_weights(), *second.get_weights()])
    y, of_lstm, of_gru = stacked(sequences(), mask=mask)
    np.testing.assert_allclose(y.numpy(), expected, rtol=0, atol=ATOL)
    assert [state.shape for state in (*of_lstm, *of_gru)] == [(BATCH, UNITS)] * 2 + [(BATCH, 3)]
    assert layers.RNN.from_config(stacked.get_config()).cell.state_size == stacked.cell.state_size


class Decaying(layers.Layer):
    """A cell of one's own: h = rate h + x, whose rate is trained."""

    def __init__(self, width, **options):
        super().__init__(**options)
        self.state_size = self.width = width

    def build(self, input_shape):
        self.rate = self.add_weight((), "ones", name="rate")

    def call(self, inputs, states):
        h = states[0] * self.rate * 0.5 + inputs
        return h * 2.0, [h]


def test_a_cell_of_ones_own():
    x = np.ones((2, 3, FEATURES), np.float32)
    y, h = layers.RNN(Decaying(FEATURES), return_state=True)(x)
    np.testing.assert_allclose(h.numpy(), 1.75)
    np.testing.assert_allclose(y.numpy(), 3.5)
    model = keras.Sequential([layers.RNN(Decaying(FEATURES))])
    model.compile("sgd", "mse")
    model.fit(x, np.zeros((2, FEATURES)), epochs=4, verbose=0)
    assert model.get_weights()[0] < 1


# --- models and files


@pytest.mark.parametrize("kind", KINDS)
def test_models_are_saved_and_cloned(kind, tmp_path):
    given = {"go_backwards": True, "kernel_regularizer": "l2", "recurrent_constraint": "unit_norm", "dropout": 0.25}
    model = keras.Sequential(
        [keras.Input((None, FEATURES)), KINDS[kind](UNITS, return_sequences=True, **given), KINDS[kind](2)]
    )
    model.compile("adam", "mse")
    model.fit(sequences(), np.zeros((BATCH, 2)), epochs=4, verbose=0)
    kernel, recurrent_kernel, _ = model.layers[0].get_weights()
    np.testing.assert_allclose(np.linalg.norm(recurrent_kernel, axis=0), 1, rtol=1e-5)  # of Keras' layout's columns
    model.save(tmp_path / "model.safetensors")
    for other in (keras.models.load_model(tmp_path / "model.safetensors"), keras.models.clone_model(model)):
        assert other.layers[0].get_config() == model.layers[0].get_config()
        other.set_weights(model.get_weights())
        np.testing.assert_array_equal(other.predict(sequences(), verbose=0), model.predict(sequences(), verbose=0))
    assert kernel.shape == model.layers[0].cell.kernel.shape


def test_the_summary_counts_as_keras_does():
    lines = []
    stack = [layers.LSTM(128, return_sequences=True), layers.GRU(64), layers.Dense(10)]
    keras.Sequential([keras.Input((100, 128)), *stack]).summary(print_fn=lines.append)
    for count in ("131,584", "37,248", "650", "169,482"):
        assert count in lines[0]


# --- errors


def test_errors():
    with pytest.raises(ValueError, match=r"\[small\] units must be a positive integer, got 0"):
        layers.LSTMCell(0, name="small")
    with pytest.raises(ValueError, match=r"\[gru_cell\] recurrent_dropout must be in \[0, 1\), got 1"):
        layers.GRU(3, recurrent_dropout=1)
    with pytest.raises(ValueError, match=r"\[l\] use_cudnn must be 'auto', True or False, got 'no'"):
        layers.LSTM(3, use_cudnn="no", name="l")
    with pytest.raises(TypeError, match=r"\[LSTM\] unknown argument 'unit'; there are units, "):
        layers.LSTM(unit=3)
    with pytest.raises(
        TypeError, match=r"\[r\] cell must have a method call\(inputs, states\) and state_size, got int"
    ):
        layers.RNN(3, name="r")
    with pytest.raises(ValueError, match=r"\[s\] cells must hold at least one cell"):
        layers.StackedRNNCells([], name="s")
    with pytest.raises(ValueError, match=r"\[l\] input must have shape \(time, features\), got \(4,\)"):
        layers.LSTM(3, name="l")(np.zeros((2, 4)))
    layer = layers.LSTM(3, name="l")
    layer(sequences())
    with pytest.raises(ValueError, match=r"\[l\] input must have shape \(5, 4\), got \(5, 3\)"):
        layer(sequences()[..., :3])
    with pytest.raises(ValueError, match=r"\[l\] initial_state must hold 2 states, got 1"):
        layer(sequences(), initial_state=np.zeros((BATCH, 3), np.float32))
    with pytest.raises(ValueError, match=r"\[l\] sequences must have at least one step, got shape \(2, 0, 4\)"):
        layer(np.zeros((2, 0, 4)))
    with pytest.raises(ValueError, match=r"\[lstm\] mask must have shape \(3, 5\), got \(3, 4\)"):
        layer(sequences(), mask=np.ones((3, 4), bool))
    with pytest.raises(AttributeError, match="kernels are there once the cell knows its input's shape"):
        _ = layers.LSTM(3).cell.kernel
    with pytest.raises(AttributeError, match="'LSTM' object has no attribute 'reset_after'"):
        _ = layer.reset_after
