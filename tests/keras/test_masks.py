"""Masks through models: who makes them, who passes them on, what heeds them."""

import numpy as np
import pytest

from mushin import Tensor, keras, ops
from mushin.keras import layers
from mushin.keras.masks import mask_of, set_mask

BATCH, TIME, FEATURES = 3, 4, 2
SHOWN = np.array([[1, 1, 0, 0], [0, 1, 0, 1], [1, 1, 1, 1]], bool)


def hidden_steps(seed=0, hidden=0.0):
    """Sequences whose other steps are a number."""
    x = np.random.default_rng(seed).standard_normal((BATCH, TIME, FEATURES)).astype(np.float32)
    x[~SHOWN] = hidden
    return x


class Doubled(layers.Layer):
    """A layer of one's own that says nothing of masks."""

    def call(self, inputs):
        return inputs * 2.0


class CountsSteps(layers.Layer):
    """A layer of one's own that is told the mask."""

    def call(self, inputs, mask=None):
        return inputs[:, 0] * 0.0 + (-1.0 if mask is None else mask.sum(1, keepdims=True).float())


def with_a_mask(x, mask):
    tensor = Tensor(np.asarray(x, np.float32))
    set_mask(tensor, None if mask is None else Tensor(np.asarray(mask)))
    return tensor


def mask_after(layer, *inputs):
    """Of a layer that is called with tensors that have masks."""
    mask = mask_of(layer(inputs[0] if len(inputs) == 1 else list(inputs)))
    return None if mask is None else mask.numpy()


@pytest.mark.parametrize("value", [0.0, -1.5])
def test_masking(value):
    x = hidden_steps(hidden=value)
    x[2, 0, 0] = value  # one feature alone does not hide a step
    y = layers.Masking(value)(x)
    np.testing.assert_array_equal(y.numpy(), np.where(SHOWN[..., None], x, 0))
    np.testing.assert_array_equal(mask_of(y).numpy(), SHOWN)
    assert layers.Masking.from_config(layers.Masking(value).get_config()).mask_value == value


PASSED_ON = [
    *(layers.Dense(3), layers.Activation("tanh"), layers.Dropout(0.5), layers.Identity(), layers.ReLU()),
    *(layers.LeakyReLU(), layers.ELU(), layers.PReLU(), layers.Softmax(), layers.LayerNormalization()),
    *(layers.BatchNormalization(), layers.GroupNormalization(1), layers.UnitNormalization(), layers.Rescaling(2.0)),
    *(layers.GaussianNoise(0.1), layers.GaussianDropout(0.1), layers.AlphaDropout(0.1), layers.SpatialDropout1D(0.1)),
    *(layers.ActivityRegularization(), layers.Normalization(), layers.TimeDistributed(layers.Dense(2))),
    *(layers.LSTM(2, return_sequences=True), layers.Bidirectional(layers.GRU(2, return_sequences=True))),
]


@pytest.mark.parametrize("layer", PASSED_ON, ids=lambda layer: type(layer).__name__)
def test_layers_that_pass_masks_on(layer):
    np.testing.assert_array_equal(mask_after(layer, with_a_mask(hidden_steps(), SHOWN)), SHOWN)
    assert mask_of(layer(hidden_steps())) is None


@pytest.mark.parametrize("layer", [layers.Flatten(), layers.RMSNormalization(), Doubled()], ids=lambda x: x.name)
def test_layers_that_end_masks_say_so(layer):
    with pytest.warns(
        RuntimeWarning, match=rf"\[{layer.name}\] the mask of its input ends here: {type(layer).__name__} "
    ):
        assert mask_after(layer, with_a_mask(hidden_steps(), SHOWN)) is None


def test_layers_that_use_masks_up():
    assert mask_after(layers.LSTM(2), with_a_mask(hidden_steps(), SHOWN)) is None
    y, h, c = layers.LSTM(2, return_sequences=True, return_state=True)(with_a_mask(hidden_steps(), SHOWN))
    np.testing.assert_array_equal(mask_of(y).numpy(), SHOWN)
    assert mask_of(h) is None
    assert mask_of(c) is None


OTHER = np.array([[0, 1, 1, 0], [0, 0, 0, 0], [1, 0, 0, 1]], bool)


def test_masks_of_merges():
    a, b, c = (with_a_mask(hidden_steps(i), mask) for i, mask in enumerate((SHOWN, OTHER, None)))
    for kind in (layers.Add, layers.Subtract, layers.Multiply, layers.Average, layers.Maximum, layers.Minimum):
        np.testing.assert_array_equal(mask_after(kind(), a, b), SHOWN | OTHER)
        assert mask_after(kind(), a, c) is None
    np.testing.assert_array_equal(mask_after(layers.Concatenate(), a, b), SHOWN | OTHER)
    np.testing.assert_array_equal(mask_after(layers.Concatenate(), a, c), np.ones((BATCH, TIME)))
    np.testing.assert_array_equal(mask_after(layers.Concatenate(1), a, b), np.concatenate([SHOWN, OTHER], 1))
    np.testing.assert_array_equal(
        mask_after(layers.Concatenate(1), c, a), np.concatenate([np.ones((BATCH, TIME), bool), SHOWN], 1)
    )
    assert mask_after(layers.Dot((1, 1)), a, b) is None


def test_merges_leave_hidden_steps_out():
    x, y = hidden_steps(0), hidden_steps(1) + 5
    a, b = with_a_mask(x, SHOWN), with_a_mask(y, OTHER)
    only_a, only_b, both = SHOWN & ~OTHER, OTHER & ~SHOWN, SHOWN & OTHER
    for kind, op in ((layers.Multiply, np.multiply), (layers.Maximum, np.maximum), (layers.Minimum, np.minimum)):
        merged = kind()([a, b]).numpy()
        np.testing.assert_array_equal(merged[only_a], x[only_a])
        np.testing.assert_array_equal(merged[only_b], y[only_b])
        np.testing.assert_array_equal(merged[both], op(x, y)[both])
    np.testing.assert_array_equal(layers.Multiply()([a, b]).numpy()[~(SHOWN | OTHER)], 0)


# --- models


def sequential(*more):
    return keras.Sequential([keras.Input((TIME, FEATURES)), layers.Masking(), *more])


def functional(*more):
    x = keras.Input((TIME, FEATURES))
    y = layers.Masking()(x)
    for layer in more:
        y = layer(y)
    return keras.Model(x, y)


def nested(*more):
    """The mask is made outside of the model that uses it."""
    return functional(keras.Sequential([keras.Input((TIME, FEATURES)), *more]))


def nested_graph(*more):
    x = y = keras.Input((TIME, FEATURES))
    for layer in more:
        y = layer(y)
    return functional(keras.Model(x, y))


class Subclass(keras.Model):
    def __init__(self, *more):
        super().__init__()
        self.first, self.more = layers.Masking(), more

    def call(self, inputs):
        x = self.first(inputs)
        for layer in self.more:
            x = layer(x)
        return x


FORMS = [sequential, functional, nested, nested_graph, Subclass]


@pytest.mark.parametrize("make", FORMS, ids=lambda make: make.__name__)
def test_masks_arrive(make):
    model = make(layers.Dropout(0.5), CountsSteps())
    expected = np.broadcast_to(SHOWN.sum(1, keepdims=True), (BATCH, FEATURES))
    np.testing.assert_array_equal(model(hidden_steps()).numpy(), expected)
    for _ in range(4):  # the later ones are replayed
        np.testing.assert_array_equal(model.predict(hidden_steps(), verbose=0), expected)


def test_models_without_masks_have_none():
    model = keras.Sequential([keras.Input((TIME, FEATURES)), layers.Dense(2), CountsSteps()])
    np.testing.assert_array_equal(model.predict(hidden_steps(), verbose=0), -1)


def test_a_mask_that_is_given_comes_before_that_of_the_input():
    np.testing.assert_array_equal(
        CountsSteps()(with_a_mask(hidden_steps(), SHOWN), mask=Tensor(OTHER)).numpy()[:, 0], OTHER.sum(1)
    )
    np.testing.assert_array_equal(
        CountsSteps()(with_a_mask(hidden_steps(), SHOWN), Tensor(OTHER)).numpy()[:, 0], OTHER.sum(1)
    )


def test_a_mask_that_is_given_keeps_its_dtype():
    class Told(layers.Layer):
        def call(self, inputs, mask=None):
            assert mask.dtype == np.bool_
            return inputs * mask.unsqueeze(-1)

    y = Told()(hidden_steps(), mask=SHOWN).numpy()
    np.testing.assert_array_equal(y, hidden_steps() * SHOWN[..., None])
    np.testing.assert_array_equal(
        layers.LSTM(2, kernel_initializer="ones", recurrent_initializer="ones")(
            hidden_steps(), mask=SHOWN * 3.0
        ).numpy(),
        layers.LSTM(2, kernel_initializer="ones", recurrent_initializer="ones")(hidden_steps(), mask=SHOWN).numpy(),
    )


class OddSteps(layers.Layer):
    """A layer of one's own that makes masks."""

    def call(self, inputs):
        return inputs * 1.0

    def compute_mask(self, inputs, previous_mask):
        odd = Tensor(np.broadcast_to(np.arange(TIME) % 2 == 1, inputs.shape[:2]))
        return odd if previous_mask is None else ops.logical_and(previous_mask, odd)


@pytest.mark.parametrize("make", FORMS, ids=lambda make: make.__name__)
def test_masks_of_ones_own(make):
    assert OddSteps().supports_masking
    expected = (SHOWN & (np.arange(TIME) % 2 == 1)).sum(1)
    counts = make(OddSteps(), layers.Dense(3), CountsSteps()).predict(hidden_steps(), verbose=0)
    np.testing.assert_array_equal(counts[:, 0], expected)
    alone = keras.Sequential([keras.Input((TIME, FEATURES)), OddSteps(), CountsSteps()])
    np.testing.assert_array_equal(alone.predict(hidden_steps(), verbose=0), 2)


def test_a_layer_that_passes_masks_on_says_so():
    class Tripled(Doubled):
        def __init__(self):
            super().__init__()
            self.supports_masking = True

    counts = sequential(Tripled(), CountsSteps()).predict(hidden_steps(), verbose=0)
    np.testing.assert_array_equal(counts[:, 0], SHOWN.sum(1))


# --- losses and metrics


@pytest.mark.parametrize("make", FORMS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
@pytest.mark.parametrize("weights", [None, "samples", "steps"])
def test_losses_and_metrics_of_masked_outputs(make, reduction, weights):
    model = make(layers.Dense(2, activation="softmax"))
    ids = np.random.default_rng(5).integers(0, 2, (BATCH, TIME))
    loss = keras.losses.SparseCategoricalCrossentropy(reduction=reduction)
    kept, weighted = (keras.metrics.SparseCategoricalAccuracy(name=name) for name in ("kept", "weighted"))
    model.compile(
        "sgd", loss, metrics=[kept, keras.metrics.SparseCategoricalCrossentropy()], weighted_metrics=[weighted]
    )
    given = {None: None, "samples": np.array([0.5, 1.0, 2.0]), "steps": np.random.default_rng(6).random((BATCH, TIME))}
    weight = given[weights]
    scores = model.evaluate(hidden_steps(), ids, sample_weight=weight, verbose=0, return_dict=True)
    rows = model.predict(hidden_steps(), verbose=0).astype(np.float64)
    losses = -np.log(np.take_along_axis(rows, ids[..., None], -1)[..., 0])
    whole = np.ones((BATCH, TIME)) if weight is None else np.broadcast_to(weight.reshape(BATCH, -1), (BATCH, TIME))
    total = (losses * SHOWN * whole).sum()
    count = {"sum_over_batch_size": SHOWN.sum(), "sum": 1, "mean_with_sample_weight": (SHOWN * whole).sum()}
    hits = rows.argmax(-1) == ids
    assert scores["loss"] == pytest.approx(total / count[reduction], rel=1e-5)
    assert scores["sparse_categorical_crossentropy"] == pytest.approx(losses[SHOWN].mean(), rel=1e-5)
    assert scores["kept"] == pytest.approx(hits[SHOWN].mean(), rel=1e-5)
    assert scores["weighted"] == pytest.approx((hits * SHOWN * whole).sum() / (SHOWN * whole).sum(), rel=1e-5)
    alone = loss(ids, model(hidden_steps()), weight)
    assert alone.item() == pytest.approx(scores["loss"], rel=1e-5)


def test_hidden_steps_teach_nothing():
    """Their targets make no difference, in the first steps and in replayed ones."""
    weights = []
    for seed in (1, 2):
        keras.utils.set_random_seed(0)
        model = sequential(layers.LSTM(3, return_sequences=True), layers.Dense(2))
        model.compile("adam", "mse")
        target = np.random.default_rng(0).standard_normal((BATCH, TIME, 2))
        target[~SHOWN] = np.random.default_rng(seed).standard_normal((int((~SHOWN).sum()), 2))
        model.fit(hidden_steps(), target, epochs=6, verbose=0)
        weights.append(model.get_weights())
    for a, b in zip(*weights):
        np.testing.assert_array_equal(a, b)


def test_all_steps_hidden():
    model = sequential(layers.Dense(2))
    model.compile("sgd", "mse")
    before = model.get_weights()
    assert model.train_on_batch(np.zeros((BATCH, TIME, FEATURES)), np.ones((BATCH, TIME, 2))) == 0
    for a, b in zip(before, model.get_weights()):
        np.testing.assert_array_equal(a, b)


def test_models_with_masks_are_saved(tmp_path):
    model = sequential(layers.Bidirectional(layers.LSTM(3, return_sequences=True)), CountsSteps())
    model.save(tmp_path / "model.safetensors")
    loaded = keras.models.load_model(tmp_path / "model.safetensors", custom_objects={"CountsSteps": CountsSteps})
    np.testing.assert_array_equal(loaded.predict(hidden_steps(), verbose=0)[:, 0], SHOWN.sum(1))


def test_the_padding_of_an_embedding():
    """In front or behind makes no difference, in training too."""
    ids = np.array([[3, 1, 4, 0, 0], [2, 0, 0, 0, 0], [1, 2, 3, 4, 5]])
    in_front = np.array([[0, 0, 3, 1, 4], [0, 0, 0, 0, 2], [1, 2, 3, 4, 5]])
    weights = []
    for given in (ids, in_front):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([layers.Embedding(6, 4, mask_zero=True), layers.Bidirectional(layers.LSTM(3))])
        model.compile("adam", "mse")
        model.fit(given, np.ones((3, 6)), epochs=6, verbose=0)
        assert "replayed (0.0 %)" not in model.train_function.summary()
        weights.append([*model.get_weights(), model.predict(given, verbose=0)])
    for a, b in zip(*weights):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-6)  # sums over steps in another order


def test_an_embedding_without_padding_makes_no_mask():
    ids = np.array([[3, 0, 0]])
    told = [keras.Sequential([layers.Embedding(6, 2, mask_zero=each), CountsSteps()]) for each in (False, True)]
    assert [model.predict(ids, verbose=0)[0, 0] for model in told] == [-1, 1]
    assert not layers.Embedding(6, 2).has_masks()


def test_a_model_inside_of_a_chain():
    inner = keras.Sequential([keras.Input((TIME, FEATURES)), layers.Dense(3), CountsSteps()])
    model = sequential(inner, layers.Dense(1, use_bias=False, kernel_initializer="ones"))
    np.testing.assert_array_equal(model.predict(hidden_steps(), verbose=0)[:, 0], 3 * SHOWN.sum(1))
