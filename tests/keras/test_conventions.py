"""Every line of the table of differences between the two faces has a test here, named as the line is."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from keras_models import TwoHeads
from mushin import Tensor, io, keras, nn, optim
from mushin.keras.conventions import CONVENTIONS

TESTS = {}


def line(name):
    """Says which line of the table a test is for."""

    def note(test):
        assert name not in TESTS
        TESTS[name] = test
        return test

    return note


@pytest.mark.parametrize("name", CONVENTIONS)
def test_the_difference(name):
    TESTS[name]()


def test_no_test_is_without_a_line():
    assert list(TESTS) == list(CONVENTIONS)


def model(*layers, loss="mse", optimizer="sgd"):
    made = keras.Sequential(layers)
    made.compile(optimizer, loss)
    return made


def steps(optimizer, gradients, start=1.0, before_step=lambda optimizer, step: None):
    """What steps with gradients make of parameters that start at a number; of either face."""
    params = [Tensor(np.array([start])) for _ in gradients[0]]
    if isinstance(optimizer, keras.optimizers.Optimizer):
        optimizer.build(params)
    else:
        optimizer = optimizer(params)
    for step, each in enumerate(gradients):
        before_step(optimizer, step)
        for p, g in zip(params, each):
            p.grad = None if g is None else np.array([float(g)])
        optimizer.step()
    return [float(p.numpy()[0]) for p in params]


# --- layers and models


@line("shapes")
def _():
    made = keras.Sequential([keras.layers.Dense(3)])
    made.build((None, 4))
    assert (made.input_shape, made.output_shape) == ((None, 4), (None, 3))
    assert nn.Linear(4, 3).in_features == 4


@line("samples that are reshaped")
def _():
    images = np.ones((5, 2, 2))
    assert model(keras.layers.Dense(3, input_shape=(4,))).predict(images, verbose=0).shape == (5, 3)
    assert model(keras.layers.Dense(3, input_shape=(1,))).predict(np.ones(5), verbose=0).shape == (5, 3)
    with pytest.raises(ValueError, match="linear"):
        nn.Linear(4, 3)(Tensor(images))


@line("training mode")
def _():
    x = np.ones((5, 100), np.float32)
    made = keras.Sequential([keras.layers.Dropout(0.5)])
    assert (made(x).numpy() == 1).all()
    assert (made(x, training=True).numpy() == 0).any()
    layer = keras.layers.Dropout(0.5)
    assert (layer(x).numpy() == 1).all()
    assert (layer(x, training=True).numpy() == 0).any()
    assert (nn.Dropout(0.5)(Tensor(x)).numpy() == 0).any()


@line("graph of a call")
def _():
    x = np.ones((5, 4), np.float32)
    for made in (keras.Sequential([keras.layers.Dense(3)]), keras.layers.Dense(3)):
        assert not made(x).requires_grad
        assert made(x, training=True).requires_grad
    assert nn.Linear(4, 3).eval()(Tensor(x)).requires_grad


@line("Dense: kernel")
def _():
    made = keras.Sequential([keras.layers.Dense(3, input_shape=(4,))])
    assert made.get_weights()[0].shape == (4, 3)
    assert made.variables[0].shape == nn.Linear(4, 3).weight.shape == (3, 4)


@line("Dense: values of the kernel")
def _():
    layer = keras.layers.Dense(2)
    layer.build((None, 3))
    np.testing.assert_array_equal(layer.kernel.detach().numpy(), layer.get_weights()[0])
    for values in (layer.kernel, layer.bias, nn.Linear(3, 2).weight):
        with pytest.raises(ValueError, match=r"^\[numpy\] the tensor requires its gradient; use .detach\(\).numpy\(\)"):
            values.numpy()


@line("Dense: first kernel")
def _():
    kernel = keras.Sequential([keras.layers.Dense(200, input_shape=(300,))]).get_weights()[0]
    for weight, limit in ((kernel, np.sqrt(6 / 500)), (nn.Linear(300, 200).weight.detach().numpy(), 300**-0.5)):
        assert 0.99 * limit < abs(weight).max() <= limit * (1 + 1e-6)


@line("Dense: first bias")
def _():
    assert (keras.Sequential([keras.layers.Dense(200, input_shape=(300,))]).get_weights()[1] == 0).all()
    assert 0.9 * 300**-0.5 < abs(nn.Linear(300, 200).bias.detach().numpy()).max() <= 300**-0.5


@line("Embedding: first vectors")
def _():
    ours, theirs = nn.Embedding(300, 200).weight.detach().numpy(), keras.layers.Embedding(300, 200)
    assert abs(ours.std() - 1) < 0.02
    assert (nn.Embedding(3, 2, padding_idx=1).weight.detach().numpy()[1] == 0).all()
    theirs(np.zeros((1, 1)))
    values = abs(theirs.embeddings.detach().numpy())
    assert 0.0499 < values.max() <= 0.05
    assert abs(values.mean() - 0.025) < 0.001


@line("Embedding: padding")
def _():
    ids = np.array([[0, 2, 2]])
    layer = nn.Embedding(3, 2, padding_idx=0)
    layer(ids).sum().backward()
    assert layer.weight.grad.tolist() == [[0, 0], [0, 0], [2, 2]]
    masked = keras.layers.Embedding(3, 2, mask_zero=True)
    masked(ids, training=True).sum().backward()
    assert masked.embeddings.grad.tolist() == [[1, 1], [0, 0], [2, 2]]
    assert masked.compute_mask(ids).tolist() == [[False, True, True]]
    assert keras.layers.Embedding(3, 2).compute_mask(ids) is None


@line("Embedding: ids")
def _():
    with pytest.raises(TypeError, match=r"\[embedding\] input must hold integers, got float32"):
        nn.Embedding(3, 2)(np.ones(2, np.float32))
    layer = keras.layers.Embedding(3, 2)
    assert layer(np.array([1.9, 0.0])).tolist() == layer(np.array([1, 0])).tolist()
    last = 2**24 + 1  # which float32 rounds
    layer = keras.layers.Embedding(last + 1, 1)
    made = keras.Sequential([layer])
    layer.build((None, 1))
    layer.embeddings.array[last] = 7.0
    assert made.predict(np.array([[last]]), verbose=0).tolist() == [[[7.0]]]


@line("Dropout: rate")
def _():
    assert nn.Dropout().p == 0.5
    with pytest.raises(TypeError, match="rate"):
        keras.layers.Dropout()


@line("frozen variables")
def _():
    made = model(keras.layers.Dense(3, input_shape=(4,)), keras.layers.Dense(2))
    made.fit(np.ones((5, 4)), np.ones((5, 2)), verbose=0)
    made.layers[0].trainable = False
    before = made.get_weights()
    made.fit(np.ones((5, 4)), np.ones((5, 2)), verbose=0)
    assert [np.array_equal(a, b) for a, b in zip(before, made.get_weights())] == [True, True, False, False]
    assert not made.body[0].weight.requires_grad


@line("a model that is frozen as a whole")
def _():
    made = model(keras.layers.Dense(3, input_shape=(4,)))
    made.trainable = False
    with pytest.raises(ValueError, match="nothing is trainable"):
        made.fit(np.ones((5, 4)), np.ones((5, 3)), verbose=0)
    with pytest.raises(ValueError, match=r"^\[backward\]"):
        nn.Linear(4, 3).requires_grad_(False)(Tensor(np.ones((5, 4), np.float32))).sum().backward()


@line("files of weights")
def _():
    made = keras.Sequential([keras.layers.Dense(3, input_shape=(4,))])
    with pytest.raises(ValueError, match=r"filepath must end in \.safetensors"):
        made.save_weights("model.weights.h5")
    with TemporaryDirectory() as folder:
        made.save_weights(Path(folder) / "model.safetensors")
        assert set(io.load_weights(Path(folder) / "model.safetensors")) == set(made.body.state_dict())


@line("files of models")
def _():
    made = keras.Sequential([keras.layers.Lambda(lambda x: x, input_shape=(4,))])
    with pytest.raises(ValueError, match=r"filepath must end in \.safetensors"):
        made.save("model.keras")
    with TemporaryDirectory() as folder:
        made.save(Path(folder) / "model.safetensors")
        with pytest.raises(ValueError, match="a Lambda is not loaded"):
            keras.models.load_model(Path(folder) / "model.safetensors")


@line("variables of a layer")
def _():
    seen = []
    dense = keras.layers.Dense(3, kernel_regularizer=lambda w: seen.append(w.shape) or w.sum(), input_shape=(4,))
    made = model(dense)
    made.fit(np.ones((5, 4)), np.ones((5, 3)), verbose=0)
    assert seen[0] == dense.get_weights()[0].shape == (4, 3)
    assert dense.variables[0].shape == (3, 4)


@line("LayerNorm: epsilon")
def _():
    assert (nn.LayerNorm(3).eps, keras.layers.LayerNormalization().epsilon) == (1e-5, 1e-3)


@line("RMSNorm: epsilon")
def _():
    assert (nn.RMSNorm(3).eps, keras.layers.RMSNormalization().epsilon) == (None, 1e-6)


def trained_norm(**options):
    """A layer after one batch, whose columns have mean 3 and squares of deviations that sum to 2."""
    layer = keras.layers.BatchNormalization(**options)
    layer(np.float32([[2, 2], [4, 4]]), training=True)
    return layer


@line("GroupNorm: epsilon")
def _():
    assert (nn.GroupNorm(1, 3).eps, keras.layers.GroupNormalization().epsilon) == (1e-5, 1e-3)


@line("BatchNorm: epsilon")
def _():
    assert (nn.BatchNorm1d(3).eps, keras.layers.BatchNormalization().epsilon) == (1e-5, 1e-3)


@line("BatchNorm: momentum")
def _():
    np.testing.assert_allclose(trained_norm().moving_mean.array, 0.01 * 3, rtol=1e-6)
    np.testing.assert_allclose(trained_norm(momentum=0.75).moving_mean.array, 0.25 * 3, rtol=1e-6)


@line("BatchNorm: variance that is kept")
def _():
    np.testing.assert_allclose(trained_norm(momentum=0).moving_variance.array, 1, rtol=1e-6)
    layer = keras.layers.BatchNormalization(momentum=0)
    np.testing.assert_array_equal(layer(np.float32([[5, 7]]), training=True).detach().array, [[0, 0]])
    np.testing.assert_array_equal(layer.moving_variance.array, [0, 0])


@line("BatchNorm: axis")
def _():
    layers = [keras.layers.BatchNormalization(axis=axis) for axis in (-1, 1)]
    for layer in layers:
        layer(np.ones((2, 3, 4)))
    assert [layer.gamma.shape for layer in layers] == [(4,), (3,)]


@line("BatchNorm: frozen")
def _():
    layer, x = trained_norm(), np.float32([[2, 2], [4, 4]])
    layer.trainable = False
    before = layer.get_weights()
    np.testing.assert_array_equal(layer(x, training=True).detach().array, layer(x).array)
    for old, new in zip(before, layer.get_weights()):
        np.testing.assert_array_equal(new, old)


@line("PReLU: alpha")
def _():
    layer = keras.layers.PReLU()
    layer(np.ones((2, 3, 4)))
    np.testing.assert_array_equal(layer.get_weights()[0], np.zeros((3, 4)))


@line("leaky ReLU: slope")
def _():
    x = np.float32([-1.0])
    assert keras.layers.LeakyReLU()(x).numpy() == np.float32([-0.3])
    assert keras.activations.leaky_relu(x).numpy() == np.float32([-0.2])


@line("softmax: axis")
def _():
    np.testing.assert_allclose(keras.layers.Softmax()(np.ones((2, 4))).numpy(), np.full((2, 4), 0.25))
    with pytest.raises((TypeError, ValueError), match="dim"):
        nn.Softmax()(Tensor(np.ones((2, 4), np.float32)))


@line("shape of an output")
def _():
    seen = []

    class Halves(keras.layers.Layer):
        def call(self, inputs):
            seen.append(type(inputs))
            return inputs[:, ::2]

    assert Halves()(keras.Input((7,))).shape == (None, 4)
    assert set(seen) == {Tensor}


@line("seed of a layer")
def _():
    x = np.ones(100, np.float32)
    same = [keras.layers.Dropout(0.5, seed=1)(x, training=True).detach().numpy() for _ in range(2)]
    np.testing.assert_array_equal(*same)
    same = [keras.initializers.HeNormal(seed=1)((2, 3)).numpy() for _ in range(2)]
    np.testing.assert_array_equal(*same)


SEQUENCES = np.random.default_rng(0).standard_normal((2, 3, 4)).astype(np.float32)


def recurrent(layer, x=SEQUENCES):
    """A layer of Keras that is built, with biases that are not 0."""
    layer.build(x.shape)
    layer.set_weights([np.linspace(-0.5, 0.5, w.size).reshape(w.shape) for w in layer.get_weights()])
    return layer


def test_weights_of_one_face_in_the_other():
    """A way from Keras' layouts to nn's, which lines below rely on."""
    kernel, recurrent_kernel, bias = recurrent(keras.layers.LSTM(5)).get_weights()
    theirs = nn.LSTM(4, 5, batch_first=True)
    state = {"weight_ih_l0": kernel.T, "weight_hh_l0": recurrent_kernel.T, "bias_ih_l0": bias, "bias_hh_l0": 0 * bias}
    theirs.load_state_dict(state)
    y, _ = theirs(Tensor(SEQUENCES))
    ours = recurrent(keras.layers.LSTM(5, return_sequences=True))(SEQUENCES)
    np.testing.assert_allclose(y.detach().numpy(), ours.numpy(), rtol=0, atol=1e-6)


@line("LSTM: biases")
def _():
    layer = keras.layers.LSTM(5)
    layer.build(SEQUENCES.shape)
    np.testing.assert_array_equal(layer.get_weights()[2].reshape(4, 5), np.eye(4)[:, 1:2] * np.ones(5))
    biases = [p for name, p in nn.LSTM(4, 5).named_parameters() if "bias" in name]
    assert len(biases) == 2
    assert all(0 < np.abs(b.detach().numpy()).max() <= 5**-0.5 for b in biases)


def gru_of_nn(kernel, recurrent_kernel, bias):
    """Blocks z, r, n as r, z, n."""
    blocks = np.r_[5:10, :5, 10:15]
    module = nn.GRU(4, 5, batch_first=True)
    weights = {
        "weight_ih_l0": kernel.T,
        "weight_hh_l0": recurrent_kernel.T,
        "bias_ih_l0": bias[0],
        "bias_hh_l0": bias[1],
    }
    module.load_state_dict({name: w[blocks] for name, w in weights.items()})
    return module


@line("GRU: blocks")
def _():
    layer = recurrent(keras.layers.GRU(5))
    _, h = gru_of_nn(*layer.get_weights())(Tensor(SEQUENCES))
    np.testing.assert_allclose(h.detach().numpy()[0], layer(SEQUENCES).numpy(), rtol=0, atol=1e-6)


@line("GRU: biases")
def _():
    after, before = (recurrent(keras.layers.GRU(5, reset_after=each)) for each in (True, False))
    assert [layer.get_weights()[2].shape for layer in (after, before)] == [(2, 15), (15,)]
    assert len(after.variables) == 3
    kernel, recurrent_kernel, bias = before.get_weights()
    _, h = gru_of_nn(kernel, recurrent_kernel, np.stack([bias, 0 * bias]))(Tensor(SEQUENCES))
    assert np.abs(h.detach().numpy()[0] - before(SEQUENCES).numpy()).max() > 1e-3


@line("recurrent layers: kernels")
def _():
    layer = keras.layers.GRU(60)
    layer.build(SEQUENCES.shape)
    assert [w.shape for w in layer.get_weights()[:2]] == [(4, 180), (60, 180)]
    assert [tuple(v.shape) for v in layer.variables[:2]] == [(180, 4), (180, 60)]
    kernel, recurrent_kernel, _ = layer.get_weights()
    assert 0.95 * (6 / 184) ** 0.5 < np.abs(kernel).max() <= (6 / 184) ** 0.5
    np.testing.assert_allclose(recurrent_kernel @ recurrent_kernel.T, np.eye(60), atol=1e-5)
    assert np.abs(nn.GRU(4, 60).weight_ih_l0.detach().numpy()).max() <= 60**-0.5


@line("recurrent layers: first axis")
def _():
    assert keras.layers.LSTM(5)(SEQUENCES).shape == (2, 5)
    assert nn.LSTM(4, 5)(Tensor(SEQUENCES))[1][0].shape == (1, 3, 5)


@line("recurrent layers: outputs")
def _():
    assert keras.layers.GRU(5)(SEQUENCES).shape == (2, 5)
    both = keras.layers.GRU(5, return_sequences=True, return_state=True)(SEQUENCES)
    assert [each.shape for each in both] == [(2, 3, 5), (2, 5)]
    assert [each.shape for each in nn.GRU(4, 5)(Tensor(SEQUENCES))] == [(2, 3, 5), (1, 3, 5)]


@line("recurrent layers: steps that are no steps")
def _():
    mask = np.array([[False, True, False]] * 2)
    y = keras.layers.LSTM(5, return_sequences=True)(SEQUENCES, mask=mask).numpy()
    assert (y[:, 0] == 0).all()
    np.testing.assert_array_equal(y[:, 2], y[:, 1])
    packed = nn.utils.rnn.pack_padded_sequence(Tensor(SEQUENCES), [2, 1], batch_first=True)
    y, _ = nn.utils.rnn.pad_packed_sequence(nn.LSTM(4, 5, batch_first=True)(packed)[0], batch_first=True)
    assert (y.detach().numpy()[1, 1:] == 0).all()


@line("recurrent layers: going back")
def _():
    back = recurrent(keras.layers.LSTM(5, return_sequences=True, go_backwards=True))
    there = recurrent(keras.layers.LSTM(5, return_sequences=True))
    np.testing.assert_array_equal(back(SEQUENCES).numpy(), there(SEQUENCES[:, ::-1].copy()).numpy())
    both = keras.layers.Bidirectional(there)
    both.build(SEQUENCES.shape)
    both.set_weights([*there.get_weights(), *there.get_weights()])
    np.testing.assert_array_equal(both(SEQUENCES).numpy()[..., 5:], back(SEQUENCES).numpy()[:, ::-1])


@line("recurrent layers: dropout")
def _():
    layer = recurrent(keras.layers.SimpleRNN(1, "linear", dropout=0.5, return_sequences=True), np.ones((1, 1, 1)))
    layer.set_weights([np.ones((1, 1)), np.zeros((1, 1)), np.zeros(1)])
    y = layer(np.ones((50, 4, 1)), training=True).detach().numpy()
    assert set(np.unique(y)) == {0.0, 2.0}
    assert (y == y[:, :1]).all()
    with pytest.raises(ValueError, match=r"dropout must be in \[0, 1\), got 1"):
        keras.layers.LSTM(3, dropout=1.0)


@line("stateful layers")
def _():
    layer = recurrent(keras.layers.GRU(5, stateful=True))
    whole = recurrent(keras.layers.GRU(5))(np.concatenate([SEQUENCES, SEQUENCES], 1)).numpy()
    layer(SEQUENCES)
    np.testing.assert_array_equal(layer(SEQUENCES).numpy(), whole)
    with pytest.raises(ValueError, match=r"sequences must be as many as in the batch before, 2, .* got 1"):
        layer(SEQUENCES[:1])


@line("masks that end")
def _():
    hidden = keras.layers.Masking()(SEQUENCES)
    with pytest.warns(RuntimeWarning, match="the mask of its input ends here: Flatten does not support masking"):
        keras.layers.Flatten()(hidden)

    class Told(keras.layers.Layer):
        def call(self, inputs, mask=None):
            assert mask is not None
            return inputs * 1.0

    Told()(hidden)


@line("BatchNormalization: masks")
def _():
    x = np.concatenate([SEQUENCES, 0 * SEQUENCES], 1)
    layer = keras.layers.BatchNormalization(momentum=0.0)
    layer(keras.layers.Masking()(x), training=True)
    np.testing.assert_allclose(layer.get_weights()[2], x.mean((0, 1)), atol=1e-6)


@line("TimeDistributed: batch statistics")
def _():
    inside = keras.layers.BatchNormalization(momentum=0.0)
    keras.layers.TimeDistributed(inside)(SEQUENCES, training=True)
    np.testing.assert_allclose(inside.get_weights()[2], SEQUENCES.mean((0, 1)), atol=1e-6)


# --- losses and metrics

OUTPUTS = np.array([[2.0, 3.0, 5.0], [0.5, 7.0, 1.5]])


def log_softmax(x):
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


@line("cross-entropy: outputs")
def _():
    shares = OUTPUTS / OUTPUTS.sum(1, keepdims=True)
    of_probabilities = keras.losses.CategoricalCrossentropy()([[0, 0, 1], [1, 0, 0]], OUTPUTS)
    assert of_probabilities.item() == pytest.approx(-(np.log(shares[0, 2]) + np.log(shares[1, 0])) / 2)
    certain = keras.losses.SparseCategoricalCrossentropy()([1], np.array([[1.0, 0.0]]))
    assert certain.item() == pytest.approx(-np.log(1e-7), rel=1e-6)
    of_logits = -(log_softmax(OUTPUTS)[0, 2] + log_softmax(OUTPUTS)[1, 0]) / 2
    assert nn.CrossEntropyLoss()(Tensor(OUTPUTS), Tensor(np.array([2, 0]))).item() == pytest.approx(of_logits)
    from_logits = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    assert from_logits([2, 0], OUTPUTS).item() == pytest.approx(of_logits)


@line("cross-entropy: classes")
def _():
    x = np.arange(12.0).reshape(2, 3, 2) ** 2 / 50
    last = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(np.ones((2, 3), int), x)
    assert last.item() == pytest.approx(-log_softmax(x)[..., 1].mean())
    second = nn.CrossEntropyLoss()(Tensor(x), Tensor(np.ones((2, 2), int)))
    assert second.item() == pytest.approx(-log_softmax(x.swapaxes(1, 2))[..., 1].mean())


@line("cross-entropy: ids")
def _():
    ignoring = nn.CrossEntropyLoss()(Tensor(OUTPUTS), Tensor(np.array([2, -100])))
    assert ignoring.item() == pytest.approx(-log_softmax(OUTPUTS)[0, 2])
    loss = keras.losses.SparseCategoricalCrossentropy()
    with pytest.raises(ValueError, match=r"y must be in \[0, 3\), got -100"):
        loss([2, -100], OUTPUTS)
    assert loss([[2], [0]], OUTPUTS).item() == loss([2, 0], OUTPUTS).item()
    with pytest.raises(ValueError, match="target must have shape"):
        nn.CrossEntropyLoss()(Tensor(OUTPUTS), Tensor(np.array([[2], [0]])))


@line("cross-entropy: mean of nothing")
def _():
    assert np.isnan(nn.CrossEntropyLoss(ignore_index=1)(Tensor(OUTPUTS), Tensor(np.array([1, 1]))).item())
    ignoring = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=1)
    assert ignoring([1, 1], OUTPUTS).item() == 0


@line("CTC: outputs and mean")
def _():
    labels, logits = np.array([[1, 2], [2, 0]]), np.random.default_rng(0).standard_normal((2, 4, 3))
    log_probs = np.stack([log_softmax(each) for each in logits], axis=1)
    first, second = nn.CTCLoss(reduction="none")(Tensor(log_probs), labels, [4, 4], [2, 1]).numpy()
    assert nn.CTCLoss()(Tensor(log_probs), labels, [4, 4], [2, 1]).item() == pytest.approx((first / 2 + second) / 2)
    assert keras.losses.CTC()(labels, logits).item() == pytest.approx((first + second) / 2)


@line("binary cross-entropy: outputs")
def _():
    certain = np.array([[1.0]])
    assert nn.BCELoss()(Tensor(certain), Tensor(np.zeros((1, 1)))).item() == 100
    assert keras.losses.BinaryCrossentropy()([[0.0]], certain).item() == pytest.approx(-np.log(1e-7), rel=1e-6)
    assert np.isnan(nn.BCELoss()(Tensor(2 * certain), Tensor(certain)).item())
    assert keras.losses.BinaryCrossentropy()([[1.0]], 2 * certain).item() == pytest.approx(1e-7, rel=1e-6)


@line("weights of losses")
def _():
    ids, weight = np.array([2, 0]), np.array([0.5, 9.0, 2.0])
    losses = -log_softmax(OUTPUTS)[[0, 1], ids] * weight[ids]
    of_classes = nn.CrossEntropyLoss(Tensor(weight))(Tensor(OUTPUTS), Tensor(ids))
    assert of_classes.item() == pytest.approx(losses.sum() / 2.5)
    for reduction, divisor in (("sum_over_batch_size", 2), ("mean_with_sample_weight", 2.5)):
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=reduction)
        assert loss(ids, OUTPUTS, sample_weight=weight[ids]).item() == pytest.approx(losses.sum() / divisor)


@line("sample_weight: shape")
def _():
    x = np.arange(8.0).reshape(2, 2, 2)
    weighted = keras.losses.MeanAbsoluteError(reduction="none")(np.zeros((2, 2, 2)), x, sample_weight=[1.0, 10.0])
    np.testing.assert_allclose(weighted.numpy(), [[0.5, 2.5], [45.0, 65.0]])


@line("IoU and MeanIoU and OneHotIoU and OneHotMeanIoU: weights")
def _():
    overlap = keras.metrics.MeanIoU(2)
    assert overlap([0, 1, 1], [0, 1, 0], sample_weight=[0.5, 0.5, 0.25]) == pytest.approx((2 / 3 + 2 / 3) / 2)


@line("sample_weight: of samples whose steps have a mask")
def _():
    x = np.array([[[1.0], [2.0]], [[3.0], [0.0]]], np.float32)
    for weight in (np.array([1.0, 10.0]), np.array([[1.0], [10.0]])):
        loss = keras.losses.MeanAbsoluteError()(np.zeros((2, 2, 1)), keras.layers.Masking()(x), weight)
        assert loss.item() == pytest.approx((1 + 2 + 30) / 3)


@line("hinge: labels")
def _():
    hinge = keras.losses.Hinge()
    assert hinge([[0.0, 1.0]], np.array([[-0.5, 0.5]])).item() == 0.5
    assert hinge([[0.0, -1.0]], np.array([[-0.5, -0.5]])).item() == 0.5
    assert nn.SoftMarginLoss()(Tensor(np.ones(1)), Tensor(np.zeros(1))).item() == pytest.approx(np.log(2))


@line("mean squared error: targets")
def _():
    x = np.array([[1.0], [2.0]])
    assert keras.losses.MeanSquaredError()([2.0, 5.0], x).item() == pytest.approx(5.0)
    with pytest.raises(ValueError, match=r"y must have shape \(2, 1\), got \(2, 3\)"):
        keras.losses.MeanSquaredError()(np.ones((2, 3)), x)
    with pytest.raises(ValueError, match="mse_loss"):
        nn.MSELoss()(Tensor(x), Tensor(np.array([2.0, 5.0])))


@line("one-hot rows: ids")
def _():
    assert keras.utils.to_categorical([1.0, 0.0]).tolist() == [[0, 1], [1, 0]]
    with pytest.raises(ValueError, match=r"x must hold class ids, got 0\.5 at position 0"):
        keras.utils.to_categorical([0.5, 1.0])


@line("losses of several outputs")
def _():
    two = TwoHeads()
    two.compile("sgd", ["mse", "mse"])
    x, y = np.zeros((3, 3)), np.array([[0.0, 0.0], [0.0, 0.0], [3.0, 3.0]])
    two.set_weights([np.zeros_like(w) for w in two.get_weights()])
    scores = two.evaluate([x, x], [y, np.full((3, 3), 1 / 3)], batch_size=2, verbose=0, return_dict=True)
    assert scores["sum_loss"] == pytest.approx(3.0)  # 4.5 if both batches counted the same


@line("scores of train_on_batch")
def _():
    made = model(keras.layers.Dense(1, input_shape=(1,)), optimizer=keras.optimizers.SGD(0.0))
    made.set_weights([np.zeros((1, 1)), np.zeros(1)])
    assert [made.train_on_batch(np.ones((1, 1)), np.full((1, 1), y)) for y in (1.0, 3.0)] == [1.0, 9.0]


@line("equal largest outputs")
def _():
    score = keras.metrics.F1Score()
    score.update_state([[0.0, 1.0]], [[0.5, 0.5]])
    assert score.result() == pytest.approx([0.0, 0.0])


# --- optimizers


@line("SGD: learning rate")
def _():
    assert keras.optimizers.SGD().learning_rate == 0.01
    assert optim.SGD([Tensor(np.ones(1))]).param_groups[0]["lr"] == 0.001


@line("SGD: velocity")
def _():
    def set_rate(optimizer, step):
        if isinstance(optimizer, keras.optimizers.Optimizer):
            optimizer.learning_rate = 0.1 if step == 0 else 0.01
        else:
            optimizer.param_groups[0]["lr"] = 0.1 if step == 0 else 0.01

    inside = steps(keras.optimizers.SGD(0.1, momentum=0.5), [[1], [1]], before_step=set_rate)
    assert inside == pytest.approx([1 - 0.1 - (0.5 * 0.1 + 0.01)])
    outside = steps(lambda p: optim.SGD(p, 0.1, momentum=0.5), [[1], [1]], before_step=set_rate)
    assert outside == pytest.approx([1 - 0.1 - 0.01 * 1.5])


@line("SGD: nesterov without momentum")
def _():
    assert steps(keras.optimizers.SGD(0.1, nesterov=True), [[1]]) == steps(keras.optimizers.SGD(0.1), [[1]])
    with pytest.raises(ValueError, match="nesterov needs a momentum"):
        optim.SGD([Tensor(np.ones(1))], 0.1, nesterov=True)


@line("weight decay")
def _():
    for taken in (keras.optimizers.SGD(0.1, weight_decay=0.5), keras.optimizers.Adam(0.1, weight_decay=0.5)):
        assert steps(taken, [[0]], start=2.0) == pytest.approx([2 - 0.1 * 0.5 * 2])
    assert steps(lambda p: optim.AdamW(p, 0.1, weight_decay=0.5), [[0]], start=2.0) == pytest.approx([1.9])
    # The penalty is a gradient of 1: Adam makes a step of the learning rate of it.
    assert steps(lambda p: optim.Adam(p, 0.1, weight_decay=0.5), [[0]], start=2.0) == pytest.approx([1.9], rel=1e-7)
    assert steps(lambda p: optim.Adam(p, 0.1, weight_decay=5.0), [[0]], start=2.0) == pytest.approx([1.9], rel=1e-7)
    momentum = [[0], [0]]
    added = steps(lambda p: optim.SGD(p, 0.1, momentum=1.0, weight_decay=0.5), momentum, start=2.0)
    assert added == pytest.approx([1.9 - 0.1 * (1 + 0.95)])
    taken = steps(keras.optimizers.SGD(0.1, momentum=1.0, weight_decay=0.5), momentum, start=2.0)
    assert taken == pytest.approx([1.9 * 0.95])


@line("AdamW: weight decay")
def _():
    assert keras.optimizers.AdamW().weight_decay == 0.004
    assert optim.AdamW([Tensor(np.ones(1))]).param_groups[0]["weight_decay"] == 0.01


@line("Adam: place of epsilon")
def _():
    # After one step m = 0.1 g, v = 0.001 g^2; corrected, g and g^2.
    uncorrected = steps(keras.optimizers.Adam(0.1, epsilon=0.5), [[2]])
    assert uncorrected == pytest.approx([1 - 0.1 * np.sqrt(0.001) / 0.1 * 0.2 / (np.sqrt(0.004) + 0.5)])
    assert steps(lambda p: optim.Adam(p, 0.1, eps=0.5), [[2]]) == pytest.approx([1 - 0.1 * 2 / (2 + 0.5)])


@line("RMSprop and Adagrad: place of epsilon")
def _():
    # After one step v = 0.1 g^2 and the sum g^2.
    assert steps(keras.optimizers.RMSprop(0.1, epsilon=0.5), [[2]]) == pytest.approx([1 - 0.2 / np.sqrt(0.4 + 0.5)])
    assert steps(lambda p: optim.RMSprop(p, 0.1, 0.9, 0.5), [[2]]) == pytest.approx([1 - 0.2 / (np.sqrt(0.4) + 0.5)])
    below = steps(keras.optimizers.Adagrad(0.1, 0.0, 0.5), [[2]])
    assert below == pytest.approx([1 - 0.2 / np.sqrt(4 + 0.5)])
    assert steps(lambda p: optim.Adagrad(p, 0.1, eps=0.5), [[2]]) == pytest.approx([1 - 0.2 / (2 + 0.5)])


@line("RMSprop: momentum")
def _():
    """The second step's rate is a tenth: what the first step has left is divided by ten, too, or not."""

    def set_rate(optimizer, step):
        rate = 0.1 if step == 0 else 0.01
        if isinstance(optimizer, keras.optimizers.Optimizer):
            optimizer.learning_rate = rate
        else:
            optimizer.param_groups[0]["lr"] = rate

    # With rho = 0 each direction is the gradient's sign.
    inside = steps(keras.optimizers.RMSprop(0.1, 0.0, 0.5, 0.0), [[1], [1]], before_step=set_rate)
    assert inside == pytest.approx([1 - 0.1 - (0.5 * 0.1 + 0.01)])
    outside = steps(lambda p: optim.RMSprop(p, 0.1, 0.0, 0.0, momentum=0.5), [[1], [1]], before_step=set_rate)
    assert outside == pytest.approx([1 - 0.1 - 0.01 * 1.5])


@line("Adagrad: first sums")
def _():
    assert keras.optimizers.Adagrad().initial_accumulator_value == 0.1
    assert optim.Adagrad([Tensor(np.ones(1))]).param_groups[0]["initial_accumulator_value"] == 0


@line("Adamax: place of epsilon")
def _():
    # The second gradient is the smaller one: u is 0.5 of the first.
    largest = steps(keras.optimizers.Adamax(0.1, 0.0, 0.5, 0.5), [[2], [0]])
    assert largest == pytest.approx([1 - 0.1 * 2 / (2 + 0.5)])
    each = steps(lambda p: optim.Adamax(p, 0.1, (0.0, 0.5), 0.5), [[2], [0.5]])
    assert each == pytest.approx([1 - 0.1 * 2 / (2 + 0.5) - 0.1 * 0.5 / (0.5 * 2.5)])


@line("NAdam: growth of momentum")
def _():
    def first_step(decay):
        mu, following = (0.9 * (1 - 0.5 * 0.96 ** (t * decay)) for t in (1, 2))
        return 1 - 0.1 * (1 + following * 0.1 / (1 - mu * following))

    assert steps(keras.optimizers.Nadam(0.1, epsilon=0.0), [[2]]) == pytest.approx([first_step(1)])
    assert steps(lambda p: optim.NAdam(p, 0.1, eps=0.0), [[2]]) == pytest.approx([first_step(0.004)])


@line("Adafactor: epsilon")
def _():
    # The first mean square is g^2; rms(w) is 1, and a direction's is clipped at 1.
    added = steps(keras.optimizers.Adafactor(0.1, epsilon_1=5.0), [[2]])
    assert added == pytest.approx([1 - 0.1 * 2 / np.sqrt(4 + 5)])
    least = steps(lambda p: optim.Adafactor(p, 0.1, eps=(5.0, 1e-3)), [[2]])
    assert least == pytest.approx([1 - 0.1 * 2 / 5])


@line("learning rates that change")
def _():
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([0], [0.5, 0.25])
    assert steps(keras.optimizers.SGD(schedule), [[1], [1]]) == [0.25]
    optimizer = optim.SGD([Tensor(np.ones(1))], 0.5)
    scheduler = optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    assert optimizer.param_groups[0]["lr"] == 0.5
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] == 0.25


@line("accumulated gradients")
def _():
    for accumulated, expected in ((None, 1 - 0.5 - 1.5), (2, 1 - (0.5 + 1.5) / 2)):
        p = Tensor(np.ones(1), requires_grad=True)
        optimizer = keras.optimizers.SGD(1.0, gradient_accumulation_steps=accumulated)
        optimizer.build([p])
        for g in (0.5, 1.5):
            optimizer.zero_grad()
            (p * g).sum().backward()
            optimizer.step()
        assert p.detach().numpy() == [expected]


@line("Adam: epsilon")
def _():
    assert keras.optimizers.Adam().epsilon == 1e-7
    assert optim.Adam([Tensor(np.ones(1))]).param_groups[0]["eps"] == 1e-8


@line("Adam: count of steps")
def _():
    """The second weight's first step is the first one of a new Adam; in Keras it would be at 0.92559."""
    for adam in (keras.optimizers.Adam(0.1), lambda p: optim.Adam(p, 0.1)):
        assert steps(adam, [[1, None], [1, 1]]) == pytest.approx([0.8, 0.9], rel=1e-5)


@line("clipping")
def _():
    assert steps(keras.optimizers.SGD(1.0, clipnorm=1.0), [[3, 4]], 0.0) == pytest.approx([-1, -1], rel=1e-9)
    together = steps(keras.optimizers.SGD(1.0, global_clipnorm=1.0), [[3, 4]], 0.0)
    assert together == pytest.approx([-0.6, -0.8], rel=1e-9)
    params = [Tensor(np.zeros(1)) for _ in range(2)]
    for p, g in zip(params, (3.0, 4.0)):
        p.grad = np.array([g])
    optim.clip_grad_norm_(params, 1.0)
    assert [float(p.grad.numpy()[0]) for p in params] == pytest.approx([3 / (5 + 1e-6), 4 / (5 + 1e-6)], rel=1e-9)


@line("clipping: several limits")
def _():
    optimizer = keras.optimizers.SGD(clipnorm=1.0)
    with pytest.raises(ValueError, match="only one way of clipping can be chosen, got clipnorm and clipvalue"):
        optimizer.clipvalue = 1.0


@line("hyperparameters that are set later")
def _():
    optimizer = keras.optimizers.SGD(0.1)
    x, y = np.ones((4, 2)), np.ones(4)
    made = model(keras.layers.Dense(1, input_shape=(2,)), optimizer=optimizer)
    for _ in range(4):
        made.fit(x, y, verbose=0)
    optimizer.clipvalue = 1e-9
    before = made.get_weights()
    made.fit(x, y, verbose=0)
    np.testing.assert_allclose(made.get_weights()[0], before[0], rtol=1e-6)


@line("attributes that an optimizer has not")
def _():
    optimizer = keras.optimizers.SGD(0.1)
    with pytest.raises(AttributeError, match="unknown attribute 'lr'"):
        optimizer.lr = 0.5
    optimizer._mine = 0.5
    assert (optimizer.learning_rate, optimizer._mine) == (0.1, 0.5)
    of_nn = optim.SGD([Tensor(np.ones(1))], 0.1)
    of_nn.rate = 0.5
    assert of_nn.param_groups[0]["lr"] == 0.1


@line("parameters that come later")
def _():
    optimizer, first, second = keras.optimizers.Adam(0.1), Tensor(np.ones(1)), Tensor(np.ones(1))
    optimizer.build([first])
    first.grad = np.ones(1)
    optimizer.step()
    optimizer.build([first, second])
    assert optimizer.body.state_dict()["state"][0]["step"] == 1
    with pytest.raises(ValueError, match="another model's parameters"):
        optimizer.build([Tensor(np.ones(1))])
