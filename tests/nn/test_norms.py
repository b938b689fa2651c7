"""RMSNorm, BatchNorm and GroupNorm: running statistics, modes, state, recorded steps, errors."""

import copy

import numpy as np
import pytest

import mushin
from mushin import kernels, nn, optim
from mushin.nn import functional


def batches(count=3, shape=(6, 4), seed=0):
    rng = np.random.default_rng(seed)
    return [mushin.tensor(rng.normal(2, 3, shape).astype(np.float32)) for _ in range(count)]


def trained(momentum=0.1):
    layer = nn.BatchNorm1d(4, momentum=momentum)
    for x in batches():
        layer(x)
    return layer


def test_running_statistics_go_towards_those_of_the_batches():
    layer, mean, var = trained(0.3), np.zeros(4), np.ones(4)
    for x in batches():
        mean = 0.7 * mean + 0.3 * x.array.mean(0)
        var = 0.7 * var + 0.3 * x.array.var(0, ddof=1)
    np.testing.assert_allclose(layer.running_mean.array, mean, rtol=1e-5)
    np.testing.assert_allclose(layer.running_var.array, var, rtol=1e-5)
    assert layer.num_batches_tracked.item() == 3


def test_without_momentum_they_are_means_over_the_batches():
    layer = trained(None)
    np.testing.assert_allclose(layer.running_mean.array, np.mean([x.array.mean(0) for x in batches()], 0), rtol=1e-5)
    variances = [x.array.var(0, ddof=1) for x in batches()]
    np.testing.assert_allclose(layer.running_var.array, np.mean(variances, 0), rtol=1e-5)


def test_evaluation_uses_them_and_leaves_them():
    layer, x = trained().eval(), batches(1, seed=5)[0]
    before = copy.deepcopy(layer.state_dict())
    expected = (x.array - layer.running_mean.array) / np.sqrt(layer.running_var.array + 1e-5)
    np.testing.assert_allclose(layer(x).detach().array, expected, rtol=1e-5)
    np.testing.assert_allclose(layer(x[:1]).detach().array, expected[:1], rtol=1e-5)  # one row is enough
    for name, value in layer.state_dict().items():
        np.testing.assert_array_equal(value.array, before[name].array)


def test_without_running_statistics_evaluation_normalizes_the_batch():
    layer, x = nn.BatchNorm1d(4, track_running_stats=False).eval(), batches(1)[0]
    assert list(layer.state_dict()) == ["weight", "bias"]
    assert layer.running_mean is layer.running_var is layer.num_batches_tracked is None
    np.testing.assert_allclose(layer(x).detach().array.mean(0), 0, atol=1e-6)


def test_statistics_that_are_no_longer_tracked_stay():
    layer = trained()
    before = layer.running_mean.array.copy()
    layer.track_running_stats = False
    layer(batches(1, seed=9)[0])
    np.testing.assert_array_equal(layer.running_mean.array, before)
    assert layer.num_batches_tracked.item() == 3


def test_no_rows_change_no_statistics_but_count():
    layer = nn.BatchNorm1d(4)
    x = mushin.zeros(0, 4, requires_grad=True)
    layer(x).sum().backward()
    np.testing.assert_array_equal(layer.running_mean.array, np.zeros(4))
    np.testing.assert_array_equal(layer.running_var.array, np.ones(4))
    np.testing.assert_array_equal(layer.weight.grad.array, np.zeros(4))
    assert layer.num_batches_tracked.item() == 1
    assert x.grad.shape == (0, 4)


def test_names_shapes_and_dtypes_of_the_state():
    state = nn.BatchNorm1d(3, dtype=np.float64).state_dict()
    assert [(name, x.shape, x.dtype) for name, x in state.items()] == [
        ("weight", (3,), np.float64),
        ("bias", (3,), np.float64),
        ("running_mean", (3,), np.float64),
        ("running_var", (3,), np.float64),
        ("num_batches_tracked", (), np.int64),
    ]
    assert list(nn.BatchNorm1d(3, affine=False).state_dict()) == ["running_mean", "running_var", "num_batches_tracked"]
    assert nn.BatchNorm1d(3, bias=False).bias is None
    assert [(name, x.shape) for name, x in nn.RMSNorm((2, 3)).state_dict().items()] == [("weight", (2, 3))]
    assert nn.RMSNorm(3, elementwise_affine=False).weight is None
    assert list(nn.GroupNorm(2, 4).state_dict()) == ["weight", "bias"]


def test_reset_starts_anew():
    layer = trained()
    layer.reset_parameters()
    for name, value in nn.BatchNorm1d(4).state_dict().items():
        np.testing.assert_array_equal(layer.state_dict()[name].array, value.array)


def test_printing():
    expected = "BatchNorm1d(3, eps=1e-05, momentum=None, affine=True, bias=True, track_running_stats=True)"
    assert repr(nn.BatchNorm1d(3, momentum=None)) == expected
    assert repr(nn.LayerNorm((2, 3), bias=False)) == "LayerNorm((2, 3), eps=1e-05, elementwise_affine=True, bias=False)"
    assert repr(nn.RMSNorm(3)) == "RMSNorm((3,), eps=None, elementwise_affine=True)"
    assert repr(nn.GroupNorm(2, 4, affine=False)) == "GroupNorm(2, 4, eps=1e-05, affine=False, bias=False)"


@pytest.mark.parametrize(("layer", "shape"), [(nn.BatchNorm2d, (3, 2, 4, 5)), (nn.BatchNorm3d, (3, 2, 2, 3, 4))])
def test_more_axes_are_those_of_long_samples(layer, shape):
    x, flat, long = batches(1, shape)[0], layer(2), nn.BatchNorm1d(2)
    np.testing.assert_array_equal(flat(x).array.reshape(3, 2, -1), long(x.reshape(3, 2, -1)).array)
    np.testing.assert_array_equal(flat.running_var.array, long.running_var.array)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_epsilon_of_rms_norm_is_the_dtypes(dtype):
    x = np.full((1, 4), 1e-5, dtype)
    expected = x / np.sqrt(np.mean(x.astype(np.float64) ** 2) + np.finfo(dtype).eps)
    np.testing.assert_allclose(nn.RMSNorm(4, dtype=dtype)(mushin.tensor(x)).detach().array, expected, rtol=1e-6)


# --- recorded steps


def network():
    mushin.seed(4)
    norms = nn.BatchNorm1d(5), nn.BatchNorm1d(5, momentum=None)
    return nn.Sequential(nn.Linear(4, 5), norms[0], nn.ReLU(), norms[1], nn.Linear(5, 2))


def train(recorded):
    """Losses and the last state of a training with evaluations and an odd last batch, and how much was replayed."""
    model = network()
    optimizer = optim.SGD(model.parameters(), lr=0.1)

    def update(x):
        optimizer.zero_grad()
        loss = (model(x) ** 2).mean()
        loss.backward()
        optimizer.step()
        return loss

    update, losses = mushin.compile(update) if recorded else update, []
    for epoch in range(4):
        model.train()
        losses += [update(x).item() for x in [*batches(4, seed=epoch), *batches(1, (3, 4), seed=epoch)]]
        model.eval()
        losses.append(model(batches(1, seed=77)[0]).detach().array.sum())
    return losses, [x.array.tobytes() for x in model.state_dict().values()], update.step.replayed if recorded else 0


def test_a_recorded_step_updates_the_statistics():
    """The same bits as op by op."""
    *eager, _ = train(False)
    *recorded, replayed = train(True)
    assert recorded == eager
    assert replayed > 8


def test_a_batch_norm_is_one_launch_forward_and_one_back():
    layer, x = nn.BatchNorm1d(4), mushin.tensor(batches(1)[0].array, requires_grad=True)
    plan = kernels.Plan(kernels.Arena())
    plan.begin()
    try:
        layer(x).backward(np.ones((6, 4), np.float32))
    finally:
        plan.end()
    assert plan.launches == 2


def test_gradients_in_evaluation_are_those_of_the_statistics_at_the_call():
    layer = trained().eval()
    x = mushin.tensor(batches(1)[0].array, requires_grad=True)
    y, rstd = layer(x), 1 / np.sqrt(layer.running_var.array + 1e-5)
    layer.reset_running_stats()
    y.backward(np.ones((6, 4), np.float32))
    np.testing.assert_allclose(x.grad.array, np.broadcast_to(rstd, (6, 4)), rtol=1e-6)


# --- update_bn


def test_update_bn_averages_over_a_loader():
    model = nn.Sequential(nn.BatchNorm1d(4, momentum=0.3), nn.Dropout(0.0)).eval()
    optim.swa_utils.update_bn([(x, None) for x in batches()], model)
    np.testing.assert_array_equal(model[0].running_mean.array, trained(None).running_mean.array)
    np.testing.assert_array_equal(model[0].running_var.array, trained(None).running_var.array)
    assert model[0].momentum == 0.3
    assert not model.training
    assert not model[0].training
    optim.swa_utils.update_bn(None, nn.Linear(2, 2))  # nothing to do: the loader is not touched
    with pytest.raises(ValueError, match=r"^\[update_bn\] device must be 'cpu', got 'cuda'"):
        optim.swa_utils.update_bn([], model, device="cuda")


def test_update_bn_puts_momenta_and_mode_back_after_an_error():
    model = nn.Sequential(nn.BatchNorm1d(4, momentum=0.3)).eval()
    with pytest.raises(ValueError, match="must have 4 channels"):
        optim.swa_utils.update_bn(batches(1, (2, 3)), model)
    assert (model[0].momentum, model.training) == (0.3, False)


# --- errors


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nn.BatchNorm1d(4)(mushin.zeros(1, 4)), r"^\[batch_norm\] Expected more than 1 value per channel when"),
        (lambda: nn.BatchNorm1d(4)(mushin.zeros(4)), r"^\[BatchNorm1d\] input must have 2 or 3 axes, got shape \(4,\)"),
        (lambda: nn.BatchNorm2d(4)(mushin.zeros(2, 4)), r"^\[BatchNorm2d\] input must have 4 axes, got shape \(2, 4\)"),
        (lambda: nn.BatchNorm1d(4)(mushin.zeros(2, 3)), r"^\[BatchNorm1d\] input must have 4 channels, got shape"),
        (lambda: nn.BatchNorm1d(-1), r"^\[BatchNorm1d\] num_features must not be negative, got -1"),
        (lambda: nn.GroupNorm(3, 4), r"^\[GroupNorm\] num_groups must divide the 4 channels, got 3"),
        (lambda: nn.GroupNorm(2, 4)(mushin.zeros(2, 6)), r"^\[GroupNorm\] input must have shape \(batch, 4, \.\.\.\)"),
        (lambda: nn.RMSNorm(4)(mushin.zeros(2, 3)), r"^\[rms_norm\] x must have shape \(\.\.\., 4\), got \(2, 3\)"),
        (
            lambda: functional.batch_norm(mushin.zeros(2, 3), None, None),
            r"^\[batch_norm\] running_mean must be a tensor of shape \(3,\), got None",
        ),
        (
            lambda: functional.batch_norm(mushin.zeros(2, 3), mushin.zeros(3), None, training=True),
            r"^\[batch_norm\] running_var must be a tensor of shape \(3,\), got None",
        ),
        (
            lambda: functional.batch_norm(mushin.zeros(2, 3), None, None, training=True, momentum=None),
            r"^\[batch_norm\] momentum must be a number where batches are not counted, got None",
        ),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nn.BatchNorm1d(4, momentum="0.1"), r"^\[BatchNorm1d\] momentum must be a number, got str"),
        (lambda: nn.BatchNorm1d(4.0), r"^\[BatchNorm1d\] num_features must be an integer, got float"),
        (lambda: nn.GroupNorm(2.0, 4), r"^\[GroupNorm\] num_groups must be an integer, got float"),
        (lambda: nn.RMSNorm("4"), r"^\[RMSNorm\] normalized_shape must be integers, got '4'"),
        (lambda: nn.RMSNorm(4, eps="0")(mushin.zeros(2, 4)), r"^\[rms_norm\] eps must be a number, got str"),
    ],
)
def test_types(call, message):
    with pytest.raises(TypeError, match=message):
        call()


def test_an_error_leaves_the_statistics():
    layer = trained()
    before = copy.deepcopy(layer.state_dict())
    with pytest.raises(TypeError, match="weight must be float64 as x, got float32"):
        layer(mushin.zeros(2, 4, dtype=np.float64))
    layer.eps = "0"
    with pytest.raises(TypeError, match="eps must be a number"):
        layer(mushin.zeros(2, 4))
    for name, value in layer.state_dict().items():
        np.testing.assert_array_equal(value.array, before[name].array)


def test_read_only_statistics_are_an_error():
    frozen = np.zeros(4, np.float32)
    frozen.setflags(write=False)
    with pytest.raises(ValueError, match="running_mean must be writable"):
        functional.batch_norm(batches(1)[0], mushin.Tensor(frozen), mushin.ones(4), training=True)
