"""Averages of a model's parameters while it trains."""

import copy

import numpy as np
import pytest

import mushin
from mushin import Tensor, nn, optim
from mushin.optim import swa_utils


def model_of(value):
    model = nn.Linear(2, 3)
    for p in model.parameters():
        p.data = np.full(p.shape, value, np.float32)
    return model


def set_to(model, value):
    with mushin.no_grad():
        for p in model.parameters():
            p.fill_(value)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [1.0, 2.0, 4.0, 3.25]),
        ({"avg_fn": swa_utils.get_swa_avg_fn()}, [1.0, 2.0, 4.0, 3.25]),
        ({"multi_avg_fn": swa_utils.get_swa_multi_avg_fn()}, [1.0, 2.0, 4.0, 3.25]),
        ({"multi_avg_fn": swa_utils.get_ema_multi_avg_fn(0.75)}, [1.0, 1.5, 3.125, 2.59375]),
        ({"avg_fn": swa_utils.get_ema_avg_fn(0.75)}, [1.0, 1.5, 3.125, 2.59375]),
        ({"avg_fn": lambda average, value, n: 0.75 * average + 0.25 * value}, [1.0, 1.5, 3.125, 2.59375]),
        (
            {"multi_avg_fn": lambda averages, values, n: swa_utils.get_ema_multi_avg_fn(0.75)(averages, values, n)},
            [1.0, 1.5, 3.125, 2.59375],
        ),
    ],
)
def test_averages(options, expected):
    """Of 1, 3, 8 and 1."""
    model = model_of(0.0)
    averaged = swa_utils.AveragedModel(model, **options)
    for value, average in zip((1.0, 3.0, 8.0, 1.0), expected):
        set_to(model, value)
        averaged.update_parameters(model)
        for p in averaged.module.parameters():
            np.testing.assert_allclose(p.detach().numpy(), average, rtol=1e-6)
    assert averaged.n_averaged.item() == 4
    assert set(averaged.state_dict()) == {"n_averaged", "module.weight", "module.bias"}
    x = mushin.ones(1, 2)
    np.testing.assert_array_equal(averaged(x).detach().numpy(), averaged.module(x).detach().numpy())


class Counting(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(mushin.ones(2))
        self.precise = nn.Parameter(Tensor(np.ones(3)))
        self.register_buffer("mean", mushin.ones(2))
        self.register_buffer("seen", Tensor(np.array(0)))


@pytest.mark.parametrize(("use_buffers", "mean"), [(False, 3.0), (True, 2.0)])
def test_buffers_and_dtypes(use_buffers, mean):
    model = Counting()
    averaged = swa_utils.AveragedModel(model, use_buffers=use_buffers)
    averaged.update_parameters(model)
    set_to(model, 3.0)
    model.mean.fill_(3.0)
    model.seen.fill_(7)
    averaged.update_parameters(model)
    assert averaged.n_averaged.item() == 2
    np.testing.assert_array_equal(averaged.module.weight.detach().numpy(), [2.0, 2.0])
    np.testing.assert_array_equal(averaged.module.precise.detach().numpy(), [2.0, 2.0, 2.0])
    np.testing.assert_array_equal(averaged.module.mean.numpy(), [mean, mean])
    assert averaged.module.seen.item() == 7


@pytest.mark.parametrize("average", [None, swa_utils.get_ema_multi_avg_fn(0.9)])
def test_a_recorded_step_averages(average):
    results = []
    for compiled in (False, True):
        mushin.manual_seed(3)
        model = nn.Linear(4, 2)
        averaged = swa_utils.AveragedModel(model, multi_avg_fn=average)
        optimizer = optim.SGD(model.parameters(), lr=0.1)

        def step(x, model=model, averaged=averaged, optimizer=optimizer):
            optimizer.zero_grad()
            (model(x) * model(x)).sum().backward()
            optimizer.step()
            averaged.update_parameters(model)

        run = mushin.compile(step) if compiled else step
        for k in range(8):
            run(mushin.ones(3, 4) * (1 + k % 3))
        assert not compiled or run.step.replayed > 3
        assert averaged.n_averaged.item() == 8
        results.append([p.array.copy() for p in averaged.module.parameters()])
    for a, b in zip(*results, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_loaded_state_goes_on():
    model = model_of(1.0)
    averaged = swa_utils.AveragedModel(model)
    averaged.update_parameters(model)
    other = swa_utils.AveragedModel(model_of(9.0))
    other.load_state_dict(copy.deepcopy(averaged.state_dict()))
    set_to(model, 3.0)
    for each in (averaged, other):
        each.update_parameters(model)
        assert (each.module.weight.array == 2).all()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: swa_utils.AveragedModel(3), TypeError, r"\[AveragedModel\] model must be a Module, got int"),
        (
            lambda: swa_utils.AveragedModel(nn.Linear(1, 1), avg_fn=max, multi_avg_fn=max),
            ValueError,
            r"\[AveragedModel\] only one of avg_fn and multi_avg_fn",
        ),
        (lambda: swa_utils.AveragedModel(nn.Linear(1, 1), "cuda"), ValueError, r"\[AveragedModel\] device must be"),
        (lambda: swa_utils.get_ema_avg_fn(1.5), ValueError, r"\[get_ema_avg_fn\] decay must be in \[0, 1\], got 1.5"),
        (
            lambda: swa_utils.SWALR(optim.SGD(nn.Linear(1, 1).parameters()), 0.1, -1),
            ValueError,
            r"\[SWALR\] anneal_e",
        ),
    ],
)
def test_wrong_arguments(make, error, message):
    with pytest.raises(error, match="^" + message):
        make()


def test_a_model_without_parameters_is_counted():
    averaged = swa_utils.AveragedModel(nn.ReLU())
    for _ in range(2):
        averaged.update_parameters(nn.ReLU())
    assert averaged.n_averaged.item() == 2
