"""ctc_loss where the table of cases does not look: every alignment one by one, what no frames can hold, many frames,
steps that are recorded."""

from itertools import groupby, pairwise, product

import numpy as np
import pytest

import mushin
import reference
from mushin import Tensor, nn, ops
from mushin.nn import functional
from mushin.train.step import compile as compile_step


def random_log_probs(*shape, dtype=np.float64, seed=0):
    values = Tensor(np.random.default_rng(seed).standard_normal(shape))
    return ops.log_softmax(values).array.astype(dtype)


def losses_and_gradient(log_probs, *arguments, **options):
    leaf = Tensor(log_probs, requires_grad=True)
    losses = functional.ctc_loss(leaf, *arguments, **options)
    losses.backward(np.ones(losses.shape, losses.dtype))
    return losses.array, leaf.grad.array


@pytest.mark.parametrize("blank", [0, 1, 2])
@pytest.mark.parametrize("frames", [1, 2, 5])
def test_losses_and_gradients_are_sums_over_all_alignments(blank, frames):
    log_probs = 1.5 * random_log_probs(frames, 1, 3) + 0.25  # not normalised
    rows = np.arange(frames)
    likelihoods, shares = {}, {}
    for alignment in product(range(3), repeat=frames):
        labels = tuple(label for label, _ in groupby(alignment) if label != blank)
        likelihood = np.exp(log_probs[rows, 0, list(alignment)].sum())
        likelihoods[labels] = likelihoods.get(labels, 0.0) + likelihood
        shares.setdefault(labels, np.zeros((frames, 3)))[rows, list(alignment)] += likelihood
    assert len(likelihoods) == {1: 3, 2: 5, 5: 25}[frames]
    for labels, likelihood in likelihoods.items():
        loss, gradient = losses_and_gradient(log_probs, np.int64([labels]), [frames], [len(labels)], blank, "sum")
        np.testing.assert_allclose(loss, -np.log(likelihood), rtol=1e-12)
        np.testing.assert_allclose(gradient[:, 0], -shares[labels] / likelihood, rtol=1e-12, atol=1e-15)


def test_behind_a_log_softmax_the_gradient_is_softmax_minus_share():
    """What PyTorch returns as the gradient of log_probs itself."""
    leaf = Tensor(np.random.default_rng(0).standard_normal((7, 2, 4)), requires_grad=True)
    arguments = np.int64([[1, 2], [3, 3]]), [7, 5], [2, 2]
    functional.ctc_loss(ops.log_softmax(leaf), *arguments, reduction="sum").backward()
    log_probs = ops.log_softmax(leaf).array
    _, gradient = losses_and_gradient(log_probs, *arguments, reduction="sum")
    counts = np.arange(7)[:, None, None] < np.array([7, 5])[:, None]
    np.testing.assert_allclose(leaf.grad.array, counts * (np.exp(log_probs) + gradient), rtol=1e-9, atol=1e-15)


# --- what frames cannot hold

# frames, labels: fewer frames than labels; no room for the blank between equal ones; none at all.
TOO_SHORT = [(2, [1, 2, 1]), (3, [1, 1, 2]), (1, [2, 2]), (0, [1])]


@pytest.mark.parametrize(("frames", "labels"), TOO_SHORT)
@pytest.mark.parametrize("time", [3, 20])
def test_labels_that_do_not_fit(frames, labels, time):
    """Beside a sample that fits, whose gradient is left alone; the frames beyond a sample's have none."""
    targets = np.int64([[*labels, 0, 0][:3], [1, 2, 0]])
    arguments = targets, [frames, 3], [len(labels), 2]
    log_probs = random_log_probs(time, 2, 3)
    losses, gradient = losses_and_gradient(log_probs, *arguments, reduction="none")
    alone = losses_and_gradient(log_probs[:, 1:], targets[1:], [3], [2], reduction="none")
    assert losses[0] == np.inf
    assert np.isnan(gradient[:frames, 0]).all()
    assert (gradient[frames:, 0] == 0).all()
    assert losses[1] == alone[0][0]
    np.testing.assert_array_equal(gradient[:, 1], alone[1][:, 0])
    losses, gradient = losses_and_gradient(log_probs, *arguments, reduction="none", zero_infinity=True)
    assert losses[0] == 0
    assert (gradient[:, 0] == 0).all()
    np.testing.assert_array_equal(gradient[:, 1], alone[1][:, 0])
    mean, gradient = losses_and_gradient(log_probs, *arguments, zero_infinity=True)
    np.testing.assert_allclose(mean, alone[0][0] / 2 / 2, rtol=1e-12)
    np.testing.assert_allclose(gradient[:, 1], alone[1][:, 0] / 2 / 2, rtol=1e-12)


@pytest.mark.parametrize("labels", [[1, 2, 1], [1, 1], [2]])
def test_labels_that_just_fit_have_one_alignment(labels):
    alignment = [labels[0]]
    for before, label in pairwise(labels):
        alignment += [0, label] if label == before else [label]
    frames = len(alignment)
    log_probs = random_log_probs(frames, 1, 3)
    loss, gradient = losses_and_gradient(log_probs, [labels], [frames], [len(labels)], reduction="sum")
    np.testing.assert_allclose(loss, -log_probs[np.arange(frames), 0, alignment].sum(), rtol=1e-14)
    np.testing.assert_allclose(gradient[:, 0], -np.eye(3)[alignment], atol=1e-14)


def test_no_labels_are_all_blanks_and_no_frames_hold_none():
    log_probs = random_log_probs(4, 2, 3)
    losses, gradient = losses_and_gradient(log_probs, np.zeros((2, 0), int), [4, 0], [0, 0], reduction="none")
    np.testing.assert_allclose(losses, [-log_probs[:, 0, 0].sum(), 0], rtol=1e-14)
    np.testing.assert_allclose(gradient, np.eye(3)[[0, 0]] * [[-1], [0]] + np.zeros((4, 1, 1)), atol=1e-15)


def test_probabilities_of_zero_and_nan():
    """A class that cannot be is in no alignment; NaN is not taken for an impossible sample."""
    log_probs = random_log_probs(5, 2, 3)
    log_probs[2, 0, 1] = -np.inf
    log_probs[:, 1] = np.nan
    arguments = np.int64([[1, 2], [1, 2]]), [5, 5], [2, 2]
    losses, gradient = losses_and_gradient(log_probs, *arguments, reduction="none", zero_infinity=True)
    with np.errstate(invalid="ignore"):
        expected = reference.ctc(log_probs, *arguments, reduction="none")
    np.testing.assert_allclose(losses, expected, rtol=1e-12)
    assert gradient[2, 0, 1] == 0
    np.testing.assert_allclose(gradient[:, 0].sum(-1), -1, rtol=1e-12)
    assert np.isnan(gradient[:, 1]).all()


# --- many frames


def test_thousands_of_frames_lose_no_bits():
    """The sums of logarithms reach -7,000, of which float32 keeps three decimals: here as many as near zero."""
    rng = np.random.default_rng(0)
    log_probs = random_log_probs(2000, 2, 40, dtype=np.float32)
    targets = rng.integers(1, 40, (2, 300))
    arguments = targets, [2000, 1500], [300, 280]
    losses, gradient = losses_and_gradient(log_probs, *arguments, reduction="none")
    expected, exact = losses_and_gradient(log_probs.astype(np.float64), *arguments, reduction="none")
    np.testing.assert_allclose(expected, reference.ctc(log_probs.astype(np.float64), *arguments, reduction="none"))
    np.testing.assert_allclose(losses, expected, rtol=2e-7)
    # Half of a unit in the last place of 7,000 is 2e-4. Shares come from differences of sums of some tens.
    np.testing.assert_allclose(gradient, exact, atol=5e-5)
    np.testing.assert_allclose(gradient[:1500].sum(-1), -1, rtol=1e-5)


# --- as a layer, and recorded


def test_the_layer_has_pytorchs_defaults():
    loss = nn.CTCLoss()
    assert (loss.blank, loss.reduction, loss.zero_infinity) == (0, "mean", False)
    log_probs = Tensor(random_log_probs(5, 1, 3))
    expected = functional.ctc_loss(log_probs, [[0, 1]], [5], [2], blank=2, reduction="sum").item()
    assert nn.CTCLoss(2, "sum", True)(log_probs, [[0, 1]], [5], [2]).item() == expected
    with pytest.raises(ValueError, match=r"^\[CTCLoss\] reduction must be 'none', 'mean' or 'sum', got 'avg'"):
        nn.CTCLoss(reduction="avg")
    with pytest.raises(TypeError, match=r"^\[CTCLoss\] blank must be an integer"):
        nn.CTCLoss(blank=0.5)


@pytest.mark.parametrize("concatenated", [False, True])
def test_a_recorded_step_takes_other_labels_and_lengths(concatenated):
    """Where concatenated labels begin depends on the lengths, which a replay reads anew and checks anew."""
    mushin.manual_seed(3)
    model = nn.Linear(5, 4)
    optimizer = mushin.optim.SGD(model.parameters(), lr=0.1)

    @compile_step
    def step(x, targets, frames, counts):
        loss = functional.ctc_loss(ops.log_softmax(model(x)), targets, frames, counts)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    rng = np.random.default_rng(0)
    for _ in range(6):
        x = rng.standard_normal((12, 3, 5)).astype("f")
        counts = np.array([[3, 1, 2], [2, 2, 2], [0, 4, 2]])[rng.integers(0, 3)]
        targets = rng.integers(1, 4, (6,) if concatenated else (3, 4))
        frames = rng.integers(8, 13, 3)
        log_probs = ops.log_softmax(model(Tensor(x))).array.astype(np.float64)
        expected = reference.ctc(log_probs, targets, frames, counts)
        np.testing.assert_allclose(step(x, targets, frames, counts).item(), expected, rtol=1e-5)
    assert step.step.replayed > 0
    with pytest.raises(ValueError, match=r"^\[ctc_loss\] targets must be in \[0, 4\) and not 0, got 0 at position 0"):
        step(x, 0 * targets, frames, counts)
    with pytest.raises(ValueError, match=r"^\[ctc_loss\] input_lengths must be in \[0, 13\), got 13 at position 2"):
        step(x, targets, np.array([8, 8, 13]), counts)
