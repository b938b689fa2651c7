"""CrossEntropyLoss and MSELoss, as layers and functions: values by NumPy, gradients, reductions, wrong uses."""

import math

import numpy as np
import pytest

import mushin
from mushin import nn
from mushin.nn import functional

LOGITS = np.array([[1.0, 2.0, 0.5], [-1.0, 0.25, 3.0], [0.0, -2.0, 1.5], [2.5, 1.0, -0.5]])
IDS = np.array([0, 2, 1, 0])
REDUCTIONS = ["none", "mean", "sum"]


def log_softmax(x, axis=1):
    return x - np.log(np.exp(x).sum(axis, keepdims=True))


def reduced(losses, reduction, count=None):
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.sum() / (losses.size if count is None else count)


# --- cross-entropy


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("id_dtype", [np.uint8, np.int32, np.int64])
def test_cross_entropy_of_ids(reduction, dtype, id_dtype):
    logits, ids = mushin.tensor(LOGITS, dtype=dtype), mushin.tensor(IDS.astype(id_dtype))
    expected = reduced(-log_softmax(LOGITS)[np.arange(4), IDS], reduction)
    for loss in (
        nn.CrossEntropyLoss(reduction=reduction)(logits, ids),
        functional.cross_entropy(logits, ids, reduction=reduction),
        functional.cross_entropy(logits, IDS.astype(id_dtype), reduction=reduction),
    ):
        assert loss.dtype == dtype
        np.testing.assert_allclose(loss.numpy(), expected, rtol=1e-6 if dtype == np.float32 else 1e-13)


def test_cross_entropy_by_hand():
    # Two classes with logits 0 and ln 3 have probabilities 1/4 and 3/4.
    logits = mushin.tensor([[0.0, math.log(3)]], requires_grad=True)
    loss = nn.CrossEntropyLoss()(logits, mushin.tensor([0]))
    assert loss.item() == pytest.approx(math.log(4), rel=1e-6)
    loss.backward()
    np.testing.assert_allclose(logits.grad.numpy(), [[0.25 - 1, 0.75]], rtol=1e-6)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_the_cross_entropy_of_one_hot_rows_is_minus_the_sum_of_y_log_p(reduction):
    one_hot = np.eye(3)[IDS]
    written_out = -(one_hot * np.log(np.exp(LOGITS) / np.exp(LOGITS).sum(1, keepdims=True))).sum(1)
    logits = mushin.tensor(LOGITS)
    for target in (IDS, one_hot):
        loss = functional.cross_entropy(logits, mushin.tensor(target), reduction=reduction)
        np.testing.assert_allclose(loss.numpy(), reduced(written_out, reduction), rtol=1e-13)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_cross_entropy_of_probabilities(reduction):
    target = np.array([[0.2, 0.3, 0.5], [1, 0, 0], [0.6, 0.1, 0.3], [0.25, 0.5, 0.25]])
    expected = reduced(-(target * log_softmax(LOGITS)).sum(1), reduction)
    loss = nn.CrossEntropyLoss(reduction=reduction)(mushin.tensor(LOGITS), mushin.tensor(target))
    np.testing.assert_allclose(loss.numpy(), expected, rtol=1e-13)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_ignored_rows_cost_nothing_and_do_not_count(reduction):
    ids = np.array([0, 7, 1, 7])
    losses = -log_softmax(LOGITS)[np.arange(4), [0, 0, 1, 0]] * [1, 0, 1, 0]
    logits = mushin.tensor(LOGITS, requires_grad=True)
    loss = nn.CrossEntropyLoss(ignore_index=7, reduction=reduction)(logits, ids)
    np.testing.assert_allclose(loss.detach().numpy(), reduced(losses, reduction, count=2), rtol=1e-13)
    loss.sum().backward()
    assert not logits.grad.numpy()[[1, 3]].any()
    assert logits.grad.numpy()[[0, 2]].all()
    default = functional.cross_entropy(logits, np.where(ids == 7, -100, ids), reduction=reduction)
    np.testing.assert_array_equal(default.detach().numpy(), loss.detach().numpy())


def test_the_mean_of_no_rows_is_nan():
    loss = nn.CrossEntropyLoss()(mushin.tensor(LOGITS), np.full(4, -100))
    assert math.isnan(loss.item())


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_cross_entropy_with_further_axes_and_of_one_row(reduction):
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    ids = np.array([[0, 1, 2, 0], [2, 2, 1, 0]])
    expected = -np.take_along_axis(log_softmax(x), ids[:, None], 1)[:, 0]
    loss = functional.cross_entropy(mushin.tensor(x), ids, reduction=reduction)
    np.testing.assert_allclose(loss.numpy(), reduced(expected, reduction), rtol=1e-13)
    row = functional.cross_entropy(mushin.tensor(x[0, :, 0]), np.array(0), reduction=reduction)
    np.testing.assert_allclose(row.numpy(), expected[0, 0], rtol=1e-13)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("target", [IDS, np.full((4, 3), 1 / 3)], ids=["ids", "probabilities"])
def test_cross_entropy_gradients(target, reduction):
    loss = nn.CrossEntropyLoss(reduction=reduction)
    assert mushin.gradcheck(lambda x: loss(x, mushin.tensor(target)), mushin.tensor(LOGITS, requires_grad=True))


def test_cross_entropy_of_huge_logits():
    logits = mushin.tensor([[1e30, -1e30], [0.0, 1e30]], requires_grad=True)
    loss = nn.CrossEntropyLoss()(logits, np.array([0, 1]))
    loss.backward()
    assert loss.item() == 0
    assert not logits.grad.numpy().any()


@pytest.mark.parametrize(
    ("target", "error", "message"),
    [
        (np.zeros(3, int), ValueError, r"target must have shape \(4,\), got \(3,\)"),
        (np.zeros((4, 1), int), ValueError, r"target must have shape \(4,\), got \(4, 1\)"),
        (np.zeros((4, 2)), ValueError, r"target must have shape \(4, 3\), got \(4, 2\)"),
        (np.array([0, 1, 2, 3]), ValueError, r".*3"),
        (np.array([0, 1, 2, -1]), ValueError, r".*-1"),
        (np.zeros(4, bool), TypeError, r"target must hold integers"),
    ],
)
def test_cross_entropy_wrong_targets(target, error, message):
    with pytest.raises(error, match=r"^\[cross_entropy[a-z_]*\] " + message):
        nn.CrossEntropyLoss()(mushin.tensor(LOGITS), target)


def test_cross_entropy_wrong_options():
    with pytest.raises(ValueError, match=r"^\[CrossEntropyLoss\] reduction must be 'none', 'mean' or 'sum', got 'avg'"):
        nn.CrossEntropyLoss(reduction="avg")
    with pytest.raises(ValueError, match=r"^\[cross_entropy\] reduction must be"):
        functional.cross_entropy(mushin.tensor(LOGITS), IDS, reduction="avg")
    with pytest.raises(ValueError, match=r"^\[CrossEntropyLoss\] label_smoothing must be in \[0, 1\], got -0.1"):
        nn.CrossEntropyLoss(label_smoothing=-0.1)
    with pytest.raises(ValueError, match=r"^\[cross_entropy\] weight must have shape \(3,\), one number a class"):
        nn.CrossEntropyLoss(mushin.ones(2))(mushin.tensor(LOGITS), IDS)
    assert list(nn.CrossEntropyLoss().state_dict()) == []


def test_a_weighted_mean_is_divided_by_the_weights_of_the_targets():
    weight = np.array([0.5, 2.0, 3.0])
    losses = -log_softmax(LOGITS)[np.arange(4), IDS] * weight[IDS]
    loss = nn.CrossEntropyLoss(mushin.tensor(weight))(mushin.tensor(LOGITS), IDS)
    np.testing.assert_allclose(loss.numpy(), losses.sum() / weight[IDS].sum(), rtol=1e-13)


def test_margins_of_several_classes_end_at_the_first_negative_id():
    x = mushin.tensor([[0.1, 0.2, 0.4, 0.8], [1.0, -1.0, 0.5, 0.0]]).requires_grad_()
    loss = nn.MultiLabelMarginLoss(reduction="none")(x, [[3, 0, -1, 1], [-1, 2, 2, 2]])
    # 1 - (x[t] - x[i]) of t in (3, 0) and i in (1, 2), added up, of 4 classes; nothing of none.
    np.testing.assert_allclose(loss.detach().array, [(0.4 + 0.6 + 1.1 + 1.3) / 4, 0], rtol=1e-6)
    loss.sum().backward()
    np.testing.assert_allclose(x.grad.array, [[-0.5, 0.5, 0.5, -0.5], [0] * 4], rtol=1e-6)
    with pytest.raises(IndexError, match="must be in"):
        functional.multilabel_margin_loss(x, [[4, 0, 0, 0]] * 2)
    far = functional.multilabel_margin_loss(mushin.tensor([-np.inf, 0.0]), [0, -1])
    assert far.item() == np.inf
    with pytest.raises(ValueError, match=r"^\[multilabel_margin_loss\] input must have .* and \(2, 1\)"):
        functional.multilabel_margin_loss(x, [[1], [2]])


# --- all of them

WITH_WEIGHTS = {
    "BCELoss": ["weight"],
    "BCEWithLogitsLoss": ["weight", "pos_weight"],
    "CrossEntropyLoss": ["weight"],
    "MultiLabelSoftMarginLoss": ["weight"],
    "MultiMarginLoss": ["weight"],
    "NLLLoss": ["weight"],
}


@pytest.mark.parametrize("name", nn.loss.__all__)
def test_weights_are_in_the_state_dict(name):
    names = WITH_WEIGHTS.get(name, [])
    assert list(getattr(nn, name)().state_dict()) == []
    loss = getattr(nn, name)(**{weight: mushin.full((3,), 2.0) for weight in names})
    assert list(loss.state_dict()) == names
    loss.load_state_dict({weight: mushin.full((3,), 5.0) for weight in names})
    assert all(getattr(loss, weight).tolist() == [5.0] * 3 for weight in names)
    assert all(weight.dtype == np.float64 for weight in loss.double().buffers())


@pytest.mark.parametrize("name", nn.loss.__all__)
def test_wrong_reductions(name):
    with pytest.raises(ValueError, match=rf"^\[{name}\] reduction must be 'none', 'mean' or 'sum', got 'average'"):
        getattr(nn, name)(reduction="average")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: functional.huber_loss(x, x, delta=0.0), "[huber_loss] delta must be above 0, got 0.0"),
        (lambda x: functional.smooth_l1_loss(x, x, beta=-1.0), "[smooth_l1_loss] beta must be at least 0, got -1.0"),
        (lambda x: functional.huber_loss(x, x, delta="1"), "[huber_loss] delta must be a number, got str"),
        (
            lambda x: functional.mse_loss(x, x, weight=mushin.ones(3)),
            "[mse_loss] weight must have shape (2, 3), got (3,)",
        ),
        (
            lambda x: functional.binary_cross_entropy(x, x, mushin.ones(2)),
            "[binary_cross_entropy] weight must broadcast to (2, 3), got (2,)",
        ),
        (
            lambda x: functional.binary_cross_entropy(x, x, mushin.Tensor(np.ones(3), requires_grad=True)),
            "[binary_cross_entropy] weight must not require a gradient: it is a constant here",
        ),
        (
            lambda x: functional.triplet_margin_loss(x, x, mushin.ones(2)),
            "[triplet_margin_loss] negative must have shape (2, 3), got (2,)",
        ),
        (
            lambda x: functional.triplet_margin_loss(x, x, x, margin=0.0),
            "[triplet_margin_loss] margin must be above 0, got 0.0",
        ),
        (lambda x: functional.multi_margin_loss(x, [0, 1], p=3), "[multi_margin_loss] p must be 1 or 2, got 3"),
        (lambda x: functional.nll_loss(x, mushin.ones(2)), "[nll_loss] target must hold integers, the ids of classes"),
        (lambda x: functional.kl_div(x, x, reduction="batch"), "[kl_div] reduction must be 'none', 'mean' or 'sum'"),
    ],
)
def test_wrong_arguments(call, message):
    with pytest.raises((ValueError, TypeError)) as error:
        call(mushin.ones(2, 3))
    assert str(error.value).startswith(message)


def test_losses_far_from_zero():
    x = mushin.tensor([200.0, -200.0, 30.0, -30.0], requires_grad=True)
    loss = functional.binary_cross_entropy_with_logits(x, mushin.tensor([1.0, 0.0, 1.0, 0.0]), reduction="none")
    np.testing.assert_allclose(loss.detach().numpy()[2:], np.exp([-30.0, -30.0]), rtol=1e-6)
    assert loss.tolist()[:2] == [0.0, 0.0]
    assert functional.binary_cross_entropy(mushin.tensor([0.0, 1.0]), mushin.tensor([1.0, 0.0])).item() == 100.0
    assert math.isnan(functional.binary_cross_entropy(mushin.tensor([1.5]), mushin.tensor([1.0])).item())
    assert math.isnan(functional.gaussian_nll_loss(mushin.ones(2), mushin.ones(2), -1.0).item())


def test_losses_of_strided_operands_and_of_nothing():
    x = mushin.tensor(np.arange(12.0).reshape(3, 4)).T
    assert functional.l1_loss(x, np.zeros((4, 3))).item() == 5.5
    for name in ("l1_loss", "kl_div", "soft_margin_loss"):
        assert math.isnan(getattr(functional, name)(mushin.zeros(0, 3), mushin.zeros(0, 3)).item())
        assert getattr(functional, name)(mushin.zeros(0, 3), mushin.zeros(0, 3), reduction="sum").item() == 0


# --- mean squared error


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", [(), (4,), (4, 3), (2, 3, 5)])
def test_mse(shape, reduction):
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=shape), generator.normal(size=shape)
    expected = reduced(np.square(x - y), reduction)
    for loss in (
        nn.MSELoss(reduction=reduction)(mushin.tensor(x), mushin.tensor(y)),
        functional.mse_loss(mushin.tensor(x), y, reduction=reduction),
    ):
        np.testing.assert_allclose(loss.numpy(), expected, rtol=1e-12)
    both = [mushin.tensor(x, requires_grad=True), mushin.tensor(y, requires_grad=True)]
    assert mushin.gradcheck(nn.MSELoss(reduction=reduction), both)


def test_mse_by_hand():
    x = mushin.tensor([[1.0, 2.0], [3.0, 5.0]], requires_grad=True)
    loss = nn.MSELoss()(x, mushin.tensor([[0.0, 2.0], [5.0, 4.0]]))
    assert loss.item() == (1 + 0 + 4 + 1) / 4
    assert loss.dtype == np.float32
    loss.backward()
    assert x.grad.tolist() == [[0.5, 0.0], [-1.0, 0.5]]


@pytest.mark.parametrize("shapes", [((8, 1), (8,)), ((8,), (8, 1)), ((2, 3), (3,)), ((3,), ()), ((1, 3), (2, 3))])
def test_mse_never_broadcasts(shapes):
    message = f"[mse_loss] target must have shape {shapes[0]}, got {shapes[1]}"
    for loss in (nn.MSELoss(), functional.mse_loss):
        with pytest.raises(ValueError, match=r"^\[mse_loss\]") as error:
            loss(mushin.ones(*shapes[0]), mushin.ones(*shapes[1]))
        assert str(error.value) == message


def test_mse_of_nothing_is_nan():
    assert math.isnan(nn.MSELoss()(mushin.zeros(0, 3), mushin.zeros(0, 3)).item())
    assert nn.MSELoss(reduction="sum")(mushin.zeros(0, 3), mushin.zeros(0, 3)).item() == 0


def test_mse_wrong_reduction():
    with pytest.raises(ValueError, match=r"^\[MSELoss\] reduction must be 'none', 'mean' or 'sum', got None"):
        nn.MSELoss(reduction=None)
    with pytest.raises(ValueError, match=r"^\[mse_loss\] reduction must be"):
        functional.mse_loss(mushin.ones(1), mushin.ones(1), reduction="max")
