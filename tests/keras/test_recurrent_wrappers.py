"""Bidirectional and TimeDistributed."""

import numpy as np
import pytest

from mushin import keras
from mushin.keras import layers

BATCH, TIME, FEATURES, UNITS = 3, 5, 4, 6
MASK = np.array([[0, 0, 1, 1, 1], [1, 0, 1, 0, 0], [0, 0, 0, 0, 0]], bool)
MERGES = {
    "concat": lambda a, b: np.concatenate([a, b], -1),
    "sum": np.add,
    "mul": np.multiply,
    "ave": lambda a, b: (a + b) / 2,
}


def sequences(seed=0):
    return np.random.default_rng(seed).standard_normal((BATCH, TIME, FEATURES)).astype(np.float32)


def both_ways(layer, **options):
    made = layers.Bidirectional(layer, **options)
    made.build((None, None, FEATURES))
    rng = np.random.default_rng(1)
    made.set_weights([0.4 * rng.standard_normal(w.shape) for w in made.get_weights()])
    return made


def outputs_of(made, mask=None):
    """Of the layers inside, at the same steps; they are tested in test_recurrent.py."""
    forward, backward = (each(sequences(), mask=mask).numpy() for each in (made.forward_layer, made.backward_layer))
    return forward, backward[:, ::-1] if made.return_sequences else backward


@pytest.mark.parametrize("mask", [None, MASK], ids=["no mask", "a mask"])
@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("merge", [*MERGES, None])
@pytest.mark.parametrize("kind", [layers.SimpleRNN, layers.GRU, layers.LSTM])
def test_both_ways(kind, merge, whole, mask):
    made = both_ways(kind(UNITS, return_sequences=whole), merge_mode=merge)
    y = made(sequences(), mask=mask)
    pair = outputs_of(made, mask)
    for a, b in zip(y, pair) if merge is None else [(y, MERGES[merge](*pair))]:
        np.testing.assert_allclose(a.numpy(), b, rtol=0, atol=1e-6)  # sums of two numbers
    if whole and mask is not None:
        assert all((each[~mask] == 0).all() for each in pair)
    shape = (None, TIME, UNITS) if whole else (None, UNITS)
    doubled = (*shape[:-1], 2 * UNITS)
    expected = {"concat": doubled, None: [shape, shape]}.get(merge, shape)
    assert made.compute_output_shape((None, TIME, FEATURES)) == expected


def test_the_way_back_sees_the_last_step_first():
    """Without memory of its own: a state that only the first step that is taken leaves."""
    made = both_ways(layers.SimpleRNN(1, "linear"), merge_mode=None)
    made.set_weights([np.ones((FEATURES, 1)), np.array([[10.0]]), np.zeros(1)] * 2)
    x = sequences()
    tens = 10.0 ** np.arange(TIME)
    forward, backward = (each.numpy()[:, 0] for each in made(x))
    np.testing.assert_allclose(forward, x.sum(-1) @ tens[::-1], rtol=1e-4)
    np.testing.assert_allclose(backward, x.sum(-1) @ tens, rtol=1e-4)


def test_states_of_both_ways():
    made = both_ways(layers.LSTM(UNITS, return_state=True))
    y, *states = made(sequences())
    assert [each.shape for each in states] == [(BATCH, UNITS)] * 4
    np.testing.assert_array_equal(y.numpy(), np.concatenate([states[0].numpy(), states[2].numpy()], -1))
    again = made(sequences(1), initial_state=states)
    for layer, part in ((made.forward_layer, 0), (made.backward_layer, 2)):
        for a, b in zip(layer(sequences(1), initial_state=states[part : part + 2])[1:], again[1 + part :]):
            np.testing.assert_array_equal(a.numpy(), b.numpy())
    shapes = made.compute_output_shape((None, TIME, FEATURES))
    assert shapes == ((None, 2 * UNITS), *[(None, UNITS)] * 4)


def test_another_layer_for_the_way_back():
    forward = layers.LSTM(UNITS, return_sequences=True, name="there")
    backward = layers.GRU(3, return_sequences=True, go_backwards=True, name="back")
    made = both_ways(forward, backward_layer=backward)
    np.testing.assert_array_equal(made(sequences()).numpy(), np.concatenate(outputs_of(made), -1))
    again = layers.Bidirectional.from_config(made.get_config())
    again.build((None, None, FEATURES))
    again.set_weights(made.get_weights())
    np.testing.assert_array_equal(again(sequences()).numpy(), made(sequences()).numpy())
    assert (again.forward_layer.name, again.backward_layer.name) == ("forward_there", "back")


def test_weights_that_are_given():
    weights = both_ways(layers.LSTM(UNITS)).get_weights()
    made = layers.Bidirectional(layers.LSTM(UNITS), weights=weights)
    made(sequences())
    for a, b in zip(made.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_model_both_ways_is_trained_saved_and_cloned(tmp_path):
    inside = layers.Bidirectional(layers.LSTM(UNITS, dropout=0.1, return_sequences=True))
    last = layers.TimeDistributed(layers.Dense(2, activation="softmax"))
    model = keras.Sequential([keras.Input((None, FEATURES)), inside, last])
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy")
    ids = (sequences()[..., 0] > 0).astype(int)
    losses = model.fit(sequences(), ids, epochs=40, verbose=0).history["loss"]
    assert losses[-1] < 0.3 * losses[0]
    assert "replayed (0.0 %)" not in model.train_function.summary()
    model.save(tmp_path / "model.safetensors")
    for other in (keras.models.load_model(tmp_path / "model.safetensors"), keras.models.clone_model(model)):
        other.set_weights(model.get_weights())
        np.testing.assert_array_equal(other.predict(sequences(), verbose=0), model.predict(sequences(), verbose=0))
    lines = []
    model.summary(print_fn=lines.append)
    assert all(text in lines[0] for text in ("(None, None, 12)", "528", "(None, None, 2)", "554"))


def test_stateful_both_ways():
    made = both_ways(layers.LSTM(UNITS, stateful=True))
    first, second = (made(sequences()).numpy() for _ in range(2))
    assert np.abs(first - second).max() > 1e-3
    made.reset_state()
    np.testing.assert_array_equal(made(sequences()).numpy(), first)


def test_errors_of_both_ways():
    lstm = layers.LSTM(2)
    with pytest.raises(TypeError, match=r"\[b\] layer must be a recurrent layer, got Dense"):
        layers.Bidirectional(layers.Dense(2), name="b")
    with pytest.raises(TypeError, match=r"\[b\] backward_layer must be a recurrent layer, got int"):
        layers.Bidirectional(lstm, backward_layer=3, name="b")
    with pytest.raises(ValueError, match=r"\[b\] merge_mode must be 'concat', 'sum', 'mul', 'ave' or None, got 'max'"):
        layers.Bidirectional(lstm, merge_mode="max", name="b")
    with pytest.raises(ValueError, match=r"\[b\] backward_layer must go the other way, got go_backwards=False of both"):
        layers.Bidirectional(lstm, backward_layer=layers.LSTM(2), name="b")
    whole = layers.LSTM(2, go_backwards=True, return_sequences=True)
    with pytest.raises(
        ValueError, match=r"\[b\] backward_layer must have return_sequences=False as the layer, got True"
    ):
        layers.Bidirectional(lstm, backward_layer=whole, name="b")


# --- every step


@pytest.mark.parametrize("inside", [layers.Dense(3, activation="relu"), layers.Flatten(), layers.LSTM(2)])
def test_every_step(inside):
    x = np.random.default_rng(0).standard_normal((BATCH, TIME, 3, FEATURES)).astype(np.float32)
    made = layers.TimeDistributed(inside)
    y = made(x).numpy()
    expected = np.stack([inside(x[:, time]).numpy() for time in range(TIME)], 1)
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e-6)  # sums of four products, in another order
    assert made.compute_output_shape((None, None, 3, FEATURES)) == (None, None, *expected.shape[2:])
    assert len(made.get_weights()) == len(inside.get_weights())


def test_masks_of_every_step():
    x = np.random.default_rng(0).standard_normal((BATCH, TIME, 3, FEATURES)).astype(np.float32)
    mask = np.random.default_rng(1).random((BATCH, TIME, 3)) < 0.5
    inside = layers.LSTM(2)
    y = layers.TimeDistributed(inside)(x, mask=mask).numpy()
    for time in range(TIME):
        np.testing.assert_allclose(y[:, time], inside(x[:, time], mask=mask[:, time]).numpy(), rtol=0, atol=1e-6)


def test_errors_of_every_step():
    with pytest.raises(TypeError, match=r"\[t\] layer must be a layer, got int"):
        layers.TimeDistributed(3, name="t")
    with pytest.raises(ValueError, match=r"\[t\] input must have shape \(time, ...\), got \(4,\)"):
        layers.TimeDistributed(layers.Dense(2), name="t")(np.zeros((2, 4)))
    with pytest.raises(ValueError, match=r"\[t\] mask must have shape \(3, 5\) or more axes, got \(3, 4\)"):
        layers.TimeDistributed(layers.Dense(2), name="t")(sequences(), mask=np.ones((3, 4), bool))
