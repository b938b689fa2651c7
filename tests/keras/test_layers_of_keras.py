"""Layers one by one: what they do in training, what they refuse; initial values; activations; ops."""

import math

import numpy as np
import pytest

import mushin
from keras_models import numbers
from mushin import Tensor, keras, nn
from mushin.keras import activations, initializers, layers

# --- in training


@pytest.mark.parametrize(
    ("layer", "mean", "deviation"),
    [
        (lambda: layers.GaussianNoise(0.5), 3.0, 0.5),
        (lambda: layers.GaussianDropout(0.2), 3.0, 3 * 0.5),
        (lambda: layers.Dropout(0.2), 3.0, 3 * 0.5),
    ],
)
def test_noise_has_its_mean_and_deviation(layer, mean, deviation):
    keras.utils.set_random_seed(1)
    made, x = layer(), np.full((100, 200), 3, np.float32)
    y = made(x, training=True).detach().numpy()
    assert abs(y.mean() - mean) < 5 * deviation / math.sqrt(y.size)
    assert abs(y.std() - deviation) < 0.03 * deviation
    assert (made(x, training=True).detach().numpy() != y).any()
    assert (made(x).numpy() == x).all()


def test_alpha_dropout_keeps_mean_and_variance():
    keras.utils.set_random_seed(1)
    x = numbers(300, 400)
    y = layers.AlphaDropout(0.3)(x, training=True).detach().numpy()
    assert abs(y.mean()) < 0.01
    assert abs(y.std() - 1) < 0.01
    values, counts = np.unique(y, return_counts=True)
    assert abs(counts.max() / y.size - 0.3) < 0.01
    assert values[counts.argmax()] < 0


def test_noise_of_recorded_steps_is_drawn_anew():
    """In steps that are replayed too: outputs of the same batch differ, and are those of the eager steps."""
    results = []
    for run_eagerly in (False, True):
        keras.utils.set_random_seed(1)
        model = keras.Sequential(
            [layers.GaussianNoise(0.5), layers.AlphaDropout(0.1), layers.GaussianDropout(0.1), layers.Dense(1)]
        )
        model.compile("sgd", "mse", run_eagerly=run_eagerly)
        x = numbers(8, 4)
        results.append([model.train_on_batch(x, np.ones(8)) for _ in range(8)])
        assert run_eagerly or model._trainer.train_step.replayed > 3
    assert results[0] == results[1]
    assert len(set(results[0])) == 8


@pytest.mark.parametrize("kind", [layers.Dropout, layers.AlphaDropout, layers.GaussianDropout, layers.GaussianNoise])
def test_a_seed_starts_a_layers_own_numbers(kind):
    """Each call draws new ones, whatever others draw between; another layer, or a copy, begins with the first."""
    x = np.ones((5, 40), np.float32)
    layer = kind(0.4, seed=3)
    first = layer(x, training=True).detach().numpy()
    mushin.randn(3)
    second = layer(x, training=True).detach().numpy()
    assert (first != second).any()
    for other in (kind(0.4, seed=3), layer.clone()):
        assert (other(x, training=True).detach().numpy() == first).all()
        assert (other(x, training=True).detach().numpy() == second).all()
    assert (kind(0.4, seed=4)(x, training=True).detach().numpy() != first).any()
    assert layer.get_config()["seed"] == 3
    with pytest.raises(ValueError, match=r"^\[a\] seed must be an integer from 0 on or None, got -1"):
        kind(0.4, seed=-1, name="a")


def test_a_seed_holds_in_recorded_steps():
    results = []
    for run_eagerly in (False, True):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([layers.Dropout(0.2, seed=2), layers.Dropout(0.2, (None, 1), seed=5), layers.Dense(1)])
        model.compile("sgd", "mse", run_eagerly=run_eagerly)
        x = numbers(8, 4)
        results.append([model.train_on_batch(x, np.ones(8)) for _ in range(8)])
        assert run_eagerly or model._trainer.train_step.replayed > 3
    assert results[0] == results[1]
    assert len(set(results[0])) == 8


@pytest.mark.parametrize("layer", [layers.Dropout, layers.AlphaDropout])
def test_elements_share_their_fate_along_an_axis(layer):
    y = layer(0.5, noise_shape=(None, 1, 4))(np.ones((50, 7, 4)), training=True).detach().numpy()
    assert (y == y[:, :1]).all()
    assert len(np.unique(y)) == 2


# --- one by one


def test_prelu_has_an_alpha_for_each_element():
    layer, x = layers.PReLU(), numbers(5, 2, 3)
    assert (layer(x).numpy() == np.maximum(x, 0)).all()
    assert layer.get_weights()[0].shape == (2, 3)
    layer.set_weights([np.full((2, 3), 0.5)])
    np.testing.assert_allclose(layer(x).numpy(), np.where(x > 0, x, x / 2))
    shared = layers.PReLU(shared_axes=[1])
    shared(x)
    assert shared.get_weights()[0].shape == (1, 3)
    shared(x, training=True).sum().backward()
    np.testing.assert_allclose(shared.variables[0].grad.numpy(), np.minimum(x, 0).sum((0, 1))[None], rtol=1e-5)


def test_relu_at_its_threshold_and_its_gradient():
    x = Tensor(np.float32([0.0, 0.4999999, 0.5, 0.6, -3.0, 7.0, np.inf, -np.inf]), requires_grad=True)
    y = activations.relu(x, negative_slope=0.5, threshold=0.5, max_value=6.0)
    np.testing.assert_allclose(y.detach().numpy(), [-0.25, -4.470348e-08, 0, 0.6, -1.75, 6, 6, -np.inf], atol=1e-9)
    y.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), [0.5, 0.5, 0, 1, 0.5, 0, 0, 0.5])
    below = activations.relu(Tensor(np.float32([-2, -0.5, 0.5, 7])), threshold=-1.0, max_value=6.0)
    np.testing.assert_array_equal(below.numpy(), [0, 0, 0.5, 6])


def test_normalization_finds_its_numbers():
    data = numbers(60, 3, 2) * [1.0, 5.0] + [2.0, -1.0]
    layer = layers.Normalization()
    layer.adapt(data)
    y = layer(data).numpy()
    np.testing.assert_allclose(y.reshape(-1, 2).mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(y.reshape(-1, 2).std(0), 1, rtol=1e-4)
    assert [w.shape for w in layer.get_weights()] == [(2,), (2,), ()]
    assert layer.trainable_variables == []
    layer.adapt(data + 1)
    np.testing.assert_allclose(layer.get_weights()[0], data.mean((0, 1)) + 1, rtol=1e-5)
    whole = layers.Normalization(axis=None)
    whole.adapt(data)
    np.testing.assert_allclose(whole(data).numpy().std(), 1, rtol=1e-4)
    given = layers.Normalization(mean=1.0, variance=4.0)
    with pytest.raises(ValueError, match="there is nothing to adapt"):
        given.adapt(data)


def test_batch_normalization_in_recorded_steps():
    """The same weights and moving statistics as in eager steps, with evaluations between the epochs."""
    x, results = 3 + 2 * numbers(22, 5), []
    for run_eagerly in (False, True):
        keras.utils.set_random_seed(1)
        model = keras.Sequential(
            [layers.Dense(4), layers.BatchNormalization(), layers.RMSNormalization(), layers.Dense(1)]
        )
        model.compile("adam", "mse", run_eagerly=run_eagerly)
        history = model.fit(
            x, x[:, :1], batch_size=4, epochs=4, shuffle=False, verbose=0, validation_data=(x, x[:, :1])
        )
        results.append([model.get_weights(), history.history])
        assert run_eagerly or model._trainer.train_step.replayed > 3
    (recorded, history), (eager, of_eager) = results
    assert history == of_eager
    for a, b in zip(recorded, eager, strict=True):
        np.testing.assert_array_equal(a, b)
    assert [w.shape for w in recorded[2:7]] == [(4,)] * 5
    assert (recorded[4] != 0).all()


@pytest.mark.parametrize(("shape", "axis", "groups"), [((4, 6), -1, 3), ((4, 5, 6), 2, 2), ((4, 6, 5), 1, -1)])
def test_group_normalization_is_that_of_nn_with_channels_anywhere(shape, axis, groups):
    x = numbers(*shape)
    layer = layers.GroupNormalization(groups, axis, epsilon=0.1)
    layer.build(shape)
    layer.set_weights([numbers(6, seed=2), numbers(6, seed=3)])
    like = nn.GroupNorm(6 if groups == -1 else groups, 6, eps=0.1)
    like.load_state_dict({"weight": layer.gamma.array, "bias": layer.beta.array})
    given = [Tensor(x, requires_grad=True) for _ in range(2)]
    y = layer(given[0], training=True)
    expected = like(given[1].movedim(axis, 1)).movedim(1, axis)
    np.testing.assert_array_equal(y.detach().numpy(), expected.detach().numpy())
    for each in (y, expected):
        (each * numbers(*shape, seed=4)).sum().backward()
    np.testing.assert_allclose(given[0].grad.numpy(), given[1].grad.numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(layer.gamma.grad.numpy(), like.weight.grad.numpy(), rtol=1e-5, atol=1e-6)


def test_group_normalization_of_single_numbers():
    """One number in a group is its mean, of a batch of one too."""
    layer = layers.GroupNormalization(-1, center=False, scale=False)
    assert (layer(numbers(1, 3)).numpy() == 0).all()
    assert layer.weights == []
    assert layers.GroupNormalization().get_config()["groups"] == 32


def test_variables_by_their_names():
    """Dense's kernel is a view in Keras' layout; gradients pass through it."""
    dense = layers.Dense(3)
    for name in ("kernel", "bias"):
        with pytest.raises(AttributeError, match="kernel and bias are there once the layer knows its input's shape"):
            getattr(dense, name)
    dense.build((None, 2))
    assert (dense.kernel.shape, dense.bias.shape) == ((2, 3), (3,))
    dense.set_weights([np.arange(6).reshape(2, 3), [7, 8, 9]])
    np.testing.assert_array_equal(dense.kernel.detach().numpy(), np.arange(6).reshape(2, 3))
    (dense.kernel * np.float32([[1, 2, 3], [4, 5, 6]])).sum().backward()
    np.testing.assert_array_equal(dense.variables[0].grad.numpy(), [[1, 4], [2, 5], [3, 6]])
    assert layers.Dense(3, use_bias=False)(numbers(1, 2)).shape == (1, 3)
    bare = layers.Dense(3, use_bias=False)
    bare.build((None, 2))
    assert bare.bias is None
    for kind, names in ((layers.LayerNormalization, ("gamma", "beta")), (layers.PReLU, ("alpha",))):
        layer = kind()
        layer.build((None, 4))
        assert [id(getattr(layer, name)) for name in names] == [id(variable) for variable in layer.variables]


def test_mean_and_variance_of_normalization():
    data, layer = numbers(50, 3), layers.Normalization()
    assert (layer.mean, layer.variance) == (None, None)
    layer.adapt(data)
    np.testing.assert_allclose(layer.mean.numpy(), data.mean(0)[None], rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(layer.variance.numpy(), data.var(0)[None], rtol=1e-5)
    assert (layer.get_config()["mean"], layer.get_config()["variance"]) == (None, None)
    given = layers.Normalization(mean=[1.0, 2.0], variance=[3.0, 4.0])
    given.build((None, 5, 2))
    np.testing.assert_array_equal(given.mean.numpy(), [[[1, 2]]])
    assert given.clone().get_config() == given.get_config()
    assert given.get_config()["variance"] == [3.0, 4.0]


def test_variables_of_batch_normalization():
    layer = layers.BatchNormalization(axis=1)
    layer.build((None, 3, 2))
    assert [id(x) for x in layer.variables] == [
        id(x) for x in (layer.gamma, layer.beta, layer.moving_mean, layer.moving_variance)
    ]
    assert [w.tolist() for w in layer.get_weights()] == [[1] * 3, [0] * 3, [0] * 3, [1] * 3]
    assert (len(layer.trainable_variables), len(layer.non_trainable_variables)) == (2, 2)
    with pytest.raises(ValueError, match="input must have shape"):
        layer(np.ones((2, 4, 2)))
    assert layer(np.ones((2, 3, 9))).shape == (2, 3, 9)
    bare = layers.BatchNormalization(center=False, scale=False)
    bare.build((None, 3))
    assert (bare.gamma, bare.beta, len(bare.variables), bare.trainable_variables) == (None, None, 2, [])


@pytest.mark.parametrize("name", ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Dot"])
def test_merging_layers_as_functions(name):
    pair = [numbers(5, 4), numbers(5, 4, seed=2)]
    layer = getattr(layers, name)(1) if name == "Dot" else getattr(layers, name)()
    np.testing.assert_array_equal(getattr(layers, name.lower())(pair).numpy(), layer(pair).numpy())


def test_layers_of_steps_and_categories_in_a_model():
    model = keras.Sequential(
        [
            layers.ZeroPadding1D((1, 2), input_shape=(3, 2)),
            layers.Cropping1D((2, 1)),
            layers.UpSampling1D(2),
            layers.SpatialDropout1D(0.5),
            layers.Discretization([0.0, 1.0]),
            layers.CategoryEncoding(3, "count"),
        ]
    )
    x = numbers(5, 3, 2)
    kept = np.concatenate([x[:, 1:], np.zeros((5, 1, 2))], axis=1).repeat(2, axis=1)
    expected = np.eye(3)[np.digitize(kept, [0.0, 1.0])].sum(1)
    np.testing.assert_array_equal(model.predict(x, verbose=0), expected)
    assert model.output_shape == (None, 2, 3)
    np.testing.assert_array_equal(keras.models.clone_model(model).predict(x, verbose=0), expected)


def test_whole_features_are_dropped():
    dropped = layers.SpatialDropout1D(0.5, seed=3)(np.ones((40, 7, 5)), training=True).numpy()
    assert set(np.unique(dropped)) == {0.0, 2.0}
    assert (dropped == dropped[:, :1]).all()
    assert 60 < (dropped[:, 0] == 0).sum() < 140


def test_counts_are_weighted_and_what_is_no_token_is_left_out():
    counts = layers.CategoryEncoding(3, "count")
    np.testing.assert_array_equal(counts([[0, 1, 0, 9]], count_weights=np.float32([[0.5, 2, 1, 4]])), [[1.5, 2.0, 0.0]])


def test_a_layer_without_weights_takes_other_shapes():
    layer = layers.Dropout(0.5)
    for shape in ((2, 3), (2, 3, 4), (5, 1)):
        assert layer(np.ones(shape)).shape == shape
    dense = layers.Dense(3)
    assert dense(np.ones((2, 4))).shape == (2, 3)
    assert dense(np.ones((2, 7, 4))).shape == (2, 7, 3)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Reshape((2, -1, -1), name="a"), r"^\[a\] target_shape must hold positive integers and at most"),
        (lambda: layers.Reshape((3, -1), name="a")(keras.Input((4,))), r"^\[a\] target_shape must hold 4 elements"),
        (lambda: layers.Permute((1, 3), name="a"), r"^\[a\] dims must be an order of 1 to 2, got \(1, 3\)"),
        (lambda: layers.Permute((2, 1), name="a")(keras.Input((4,))), r"^\[a\] input must have 2 axes, got \(4,\)"),
        (lambda: layers.RepeatVector(0, name="a"), r"^\[a\] n must be a positive integer, got 0"),
        (lambda: layers.RepeatVector(2, name="a")(keras.Input((4, 2))), r"^\[a\] input must have shape \(features,\)"),
        (
            lambda: layers.ZeroPadding1D((1, -1), name="a"),
            r"^\[a\] padding must be an integer from 0 on or two, got",
        ),
        (
            lambda: layers.Cropping1D(2, name="a")(np.ones((1, 4, 2))),
            r"^\[a\] cropping must leave a step of 4, got",
        ),
        (
            lambda: layers.UpSampling1D(name="a")(np.ones((1, 4))),
            r"^\[a\] input must have shape \(steps, features\)",
        ),
        (lambda: layers.CategoryEncoding(3, "int", name="a"), r"^\[a\] output_mode must be one of multi_hot, .*'int'"),
        (lambda: layers.CategoryEncoding(3, name="a")(np.ones(2)), r"^\[a\] input must have at least one axis, got"),
        (
            lambda: layers.CategoryEncoding(3, name="a")(np.ones((1, 2)), count_weights=np.ones((1, 2))),
            r"^\[a\] count_weights needs output_mode 'count', got 'multi_hot'",
        ),
        (lambda: layers.Discretization([1.0, 0.0], name="a"), r"^\[a\] bin_boundaries must rise, got \[1.0, 0.0\]"),
        (lambda: layers.Dot(0, name="a"), r"^\[a\] axes must be an axis other than 0, or two, got 0"),
        (lambda: layers.GaussianNoise(-1, name="a"), r"^\[a\] stddev must not be negative, got -1"),
        (lambda: layers.GaussianDropout(1.0, name="a"), r"^\[a\] rate must be in \[0, 1\), got 1.0"),
        (lambda: layers.ReLU(-1.0, name="a"), r"^\[a\] max_value must not be negative, got -1.0"),
        (lambda: layers.Normalization(mean=1.0, name="a"), r"^\[a\] mean and variance must both be given"),
        (lambda: layers.LayerNormalization(axis=1, name="a")(np.ones((2, 3, 4))), r"^\[a\] axis must be the last axes"),
        (lambda: layers.Activation("rel", name="a"), r"^\[a\] activation must be one of celu, .*, got 'rel'"),
        (lambda: layers.RMSNormalization(axis=1, name="a")(np.ones((2, 3, 4))), r"^\[a\] axis must be the last axes"),
        (
            lambda: layers.BatchNormalization(axis=0, name="a")(np.ones((2, 3))),
            r"^\[a\] axis must name an axis of the input, not the batch's, got 0 for an input of shape \(2, 3\)",
        ),
        (lambda: layers.GroupNormalization(0, name="a"), r"^\[a\] groups must be a positive integer or -1, got 0"),
        (
            lambda: layers.GroupNormalization(3, name="a")(np.ones((2, 4))),
            r"^\[a\] groups must divide the 4 channels, got 3",
        ),
        (lambda: layers.BatchNormalization(axis=2, name="a")(np.ones((2, 3))), r"^\[a\] axis must name an axis of the"),
        (
            lambda: layers.BatchNormalization(name="a")(keras.Input((None,))),
            r"^\[a\] input must have channels of known length, got \(None, None\)",
        ),
        (
            lambda: layers.Dense(2, kernel_initializer="x"),
            r"^\[initializers\] identifier must be a function, None or one of constant, .*'x'",
        ),
    ],
)
def test_what_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# --- initial values

MEANS = {
    "glorot_uniform": 2 / 500,
    "glorot_normal": 2 / 500,
    "he_uniform": 2 / 200,
    "he_normal": 2 / 200,
    "lecun_uniform": 1 / 200,
    "lecun_normal": 1 / 200,
    "random_normal": 0.05**2,
    "random_uniform": 0.1**2 / 12,
    "truncated_normal": (0.05 * 0.87962566) ** 2,
    "variance_scaling": 1 / 200,
}


@pytest.mark.parametrize("name", MEANS)
def test_random_values_have_their_variance(name):
    values = initializers.get(name)((200, 300)).numpy()
    assert values.dtype == np.float32
    assert abs(values.var() / MEANS[name] - 1) < 0.03
    assert abs(values.mean()) < 5 * math.sqrt(MEANS[name] / values.size)
    kind = type(initializers.get(name))
    seeded = kind(seed=3)
    np.testing.assert_array_equal(seeded((4, 5)).numpy(), kind(seed=3)((4, 5)).numpy())
    assert (kind()((4, 5)).numpy() != kind()((4, 5)).numpy()).any()
    if "truncated" in name or name.endswith(("he_normal", "glorot_normal", "lecun_normal")):
        assert abs(values).max() <= 2.01 * values.std() / 0.87962566


def test_values_that_are_not_random():
    assert (initializers.get("zeros")((2, 3)).numpy() == 0).all()
    assert (initializers.Constant(2.5)((2,)).numpy() == 2.5).all()
    np.testing.assert_array_equal(initializers.get("identity")((2, 3)).numpy(), np.eye(2, 3))
    for shape in ((3, 7), (7, 3), (2, 2, 5)):
        q = initializers.Orthogonal(gain=2.0)(shape).numpy().reshape(-1, shape[-1])
        product = q @ q.T if len(q) < q.shape[1] else q.T @ q
        np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-5)


def test_initializers_by_name_class_object_function_and_configuration():
    made = initializers.RandomUniform(-1, 1, seed=2)
    config = keras.saving.serialize_keras_object(made)
    assert config["config"] == {"minval": -1.0, "maxval": 1.0, "seed": 2}
    twin = initializers.get(config)
    np.testing.assert_array_equal(twin((3,)).numpy(), made((3,)).numpy())
    assert type(initializers.get("HeNormal")) is type(initializers.get(initializers.HeNormal)) is initializers.HeNormal
    assert initializers.get(made) is made
    assert initializers.get(None) is None
    dense = layers.Dense(2, kernel_initializer=lambda shape, dtype=None: Tensor(np.full(shape, 0.5, np.float32)))
    assert (dense(np.ones((1, 4))).numpy() == 2).all()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: initializers.get(3), ValueError, "identifier must be a function, None or one of .*, got 3"),
        (lambda: initializers.GlorotNormal(seed=-1), ValueError, "seed must be an integer from 0 on or None, got -1"),
        (lambda: initializers.VarianceScaling(0), ValueError, "scale must be above 0, got 0"),
        (lambda: initializers.VarianceScaling(mode="x"), ValueError, "mode must be 'fan_in', 'fan_out' or 'fan_avg'"),
        (lambda: initializers.VarianceScaling(distribution="x"), ValueError, "distribution must be 'uniform'"),
        (lambda: initializers.Orthogonal()((3,)), ValueError, r"shape must have at least two axes, got \(3,\)"),
        (lambda: initializers.Identity()((3,)), ValueError, r"shape must have two axes, got \(3,\)"),
        (lambda: initializers.Zeros()((3,), "int8"), ValueError, "dtype must be 'float32', got 'int8'"),
    ],
)
def test_wrong_initializers(make, error, message):
    with pytest.raises(error, match=message):
        make()


# --- activations and ops


@pytest.mark.parametrize("name", activations.ACTIVATIONS)
def test_activations_by_name_function_and_configuration(name):
    function = activations.get(name)
    assert activations.get(activations.serialize(function)) is function
    x = numbers(3, 4)
    y = layers.Activation(function)(x)
    np.testing.assert_array_equal(y.numpy(), layers.Activation(name)(x).numpy())
    np.testing.assert_allclose(y.numpy(), function(Tensor(x)).numpy(), rtol=1e-6)
    assert layers.Dense(3, name).get_config()["activation"] in activations.ACTIVATIONS


def test_an_elu_is_exact_near_zero():
    x = np.float32([-1e-6, -1e-3, -0.5, -30.0, 0.0, 2.0])
    np.testing.assert_allclose(activations.elu(x).numpy(), np.where(x > 0, x, np.expm1(x.astype(float))), rtol=1e-6)


def test_rows_of_length_one():
    x = [[3.0, 4.0], [0.0, 0.0]]
    np.testing.assert_allclose(keras.utils.normalize(x), [[0.6, 0.8], [0, 0]])
    np.testing.assert_allclose(keras.utils.normalize(x, axis=0, order=1), [[1, 1], [0, 0]])
