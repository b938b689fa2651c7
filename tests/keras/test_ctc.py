"""Keras' CTC: the loss in fit, decoding, wrong uses. Values beside Keras' own are in tests/peers."""

import numpy as np
import pytest

from mushin import Tensor, keras, models, ops
from mushin.train.step import compile as compile_step

LABELS = np.array([[1, 2, 2], [3, 0, 0], [0, 0, 0]])
LOGITS = np.random.default_rng(0).standard_normal((3, 8, 5))


def test_the_loss_takes_every_step_and_the_labels_before_the_zeros():
    log_probs = ops.log_softmax(Tensor(LOGITS)).array.transpose(1, 0, 2)
    expected = ops.ctc_loss(log_probs, LABELS, [8, 8, 8], [3, 1, 0], reduction="none").array
    for labels in (LABELS, LABELS.astype("f"), LABELS.astype("u1"), Tensor(LABELS)):
        np.testing.assert_allclose(keras.losses.ctc(labels, LOGITS).array, expected, rtol=1e-12)
    weights = np.array([1.0, 3.0, 0.5])
    weighted = keras.losses.CTC()(LABELS, LOGITS, weights).item()
    np.testing.assert_allclose(weighted, (expected * weights).mean(), rtol=1e-12)
    assert keras.losses.get("ctc").get_config() == {"reduction": "sum_over_batch_size", "name": "ctc"}


def test_the_gradient_is_that_of_the_logits():
    leaf = Tensor(LOGITS, requires_grad=True)
    keras.ops.ctc_loss(LABELS, leaf, [3, 1, 0], [8, 6, 2], mask_index=-1).backward(np.ones(3))
    np.testing.assert_allclose(leaf.grad.array.sum(-1), 0, atol=1e-14)
    assert (leaf.grad.array[1, 6:] == 0).all()
    assert (leaf.grad.array[1, :6] != 0).all()


def test_a_model_learns_labels_whose_places_nobody_gave_it():
    """Each label is drawn in one to three steps, between blanks."""
    rng = np.random.default_rng(0)
    labels = rng.integers(1, 4, (96, 3))
    x, y = np.zeros((96, 16, 4), "f"), labels.astype("f")
    for sample, row in enumerate(labels):
        step = 0
        for label in row:
            step += rng.integers(1, 3)
            length = rng.integers(1, 4)
            x[sample, step : step + length, label] = 1
            step += length
        x[sample, :, 0] = x[sample].sum(-1) == 0
    model = keras.Sequential([keras.layers.Dense(16, "tanh"), keras.layers.Dense(4)])
    model.compile(keras.optimizers.Adam(0.03), "ctc")
    history = model.fit(x, y, epochs=30, batch_size=32, verbose=0).history["loss"]
    assert history[-1] < 0.1 * history[0]
    assert model.train_function.replayed > 0
    decoded, _ = keras.ops.ctc_decode(model.predict(x, verbose=0), np.full(96, 16))
    read = [row[row >= 0] for row in decoded.array[0]]
    assert models.error_rate(labels, read) < 0.02


def test_decoding_pads_behind_the_labels():
    decoded, scores = keras.ops.ctc_decode(LOGITS, [8, 3, 0])
    assert (decoded.shape, decoded.dtype) == ((1, 3, 8), np.int32)
    for row, labels in zip(decoded.array[0], models.greedy_decode(LOGITS.transpose(1, 0, 2), [8, 3, 0])):
        assert row.tolist() == [*labels, *[-1] * (8 - len(labels))]
    np.testing.assert_allclose(scores.array[:, 0], [-LOGITS[i, :n].max(-1).sum() for i, n in enumerate([8, 3, 0])])


def test_paths_that_there_are_not_have_no_probability():
    decoded, scores = keras.ops.ctc_decode(LOGITS[:2, :1, :2], [1, 0], "beam_search", top_paths=3)
    assert np.isfinite(scores.array).tolist() == [[True, True, False], [True, False, False]]
    assert sorted(decoded.array[:, 0, 0]) == [-1, -1, 1]
    np.testing.assert_allclose(np.exp(scores.array[0, :2]).sum(), 1)


def test_symbols_have_the_shapes_of_what_is_computed():
    frames = keras.Input((8, 5))
    decoded, scores = keras.ops.ctc_decode(frames, keras.Input((), dtype="int64"), "beam_search", top_paths=2)
    assert (decoded.shape, scores.shape) == ((2, None, 8), (None, 2))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: keras.losses.CTC()(LABELS[0], LOGITS), ValueError, r"\[CTC\] y must have shape \(3, length\), got"),
        (lambda: keras.losses.CTC()(LABELS[:2], LOGITS), ValueError, r"\[CTC\] y must have shape \(3, length\), got"),
        (lambda: keras.losses.CTC()(LABELS, LOGITS[0]), ValueError, r"\[CTC\] outputs must have shape \(batch, steps"),
        (lambda: keras.losses.CTC()(LABELS[:, ::-1], LOGITS), ValueError, r"\[ctc_loss\] targets must be in \[0, 5\) "),
        (
            lambda: keras.losses.CTC()(LABELS + 3, LOGITS),
            ValueError,
            r"\[ctc_loss\] targets must be in \[0, 5\), got 5",
        ),
        (lambda: keras.ops.ctc_loss(LABELS, LOGITS[0], [1], [1]), ValueError, r"\[ctc_loss\] output must have shape"),
        (
            lambda: keras.ops.ctc_loss(LABELS, LOGITS, [3, 1, 0], [8, 8, 8], 5),
            ValueError,
            r"\[ctc_loss\] mask_index must be in \[-5, 5\), got 5",
        ),
        (lambda: keras.ops.ctc_decode(LOGITS, [8, 8, 9]), ValueError, r"\[greedy_decode\] lengths must be in \[0, 8\]"),
        (
            lambda: keras.ops.ctc_decode(LOGITS[0], [8]),
            ValueError,
            r"\[ctc_decode\] inputs must have shape \(batch, st",
        ),
        (
            lambda: keras.ops.ctc_decode(LOGITS, [8, 8, 8], "best"),
            ValueError,
            r"\[ctc_decode\] strategy must be 'greedy' or 'beam_search', got 'best'",
        ),
        (
            lambda: keras.ops.ctc_decode(LOGITS, [8, 8, 8], mask_index=-6),
            ValueError,
            r"\[ctc_decode\] mask_index must be in \[-5, 5\), got -6",
        ),
    ],
)
def test_wrong_arguments(call, error, message):
    with pytest.raises(error, match=f"^{message}"):
        call()


def test_decoding_is_not_recorded():
    """It reads values, which a replay would not do again."""

    @compile_step
    def step(x):
        return keras.ops.ctc_decode(x, [8, 8, 8])[0]

    def check(seed):
        logits = np.random.default_rng(seed).standard_normal((3, 8, 5))
        expected = keras.ops.ctc_decode(logits, [8, 8, 8])[0].array
        np.testing.assert_array_equal(step(logits).array, expected)

    check(0)
    with pytest.warns(RuntimeWarning, match="stays eager: .* a tensor's value cannot be read while a step is being"):
        check(1)
    check(2)
