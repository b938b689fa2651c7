"""Learning-rate schedules: PyTorch's own numbers, states, recorded steps, errors."""

import pickle

import numpy as np
import pytest

import mushin
from mushin import nn, optim
from mushin.optim import lr_scheduler
from peers import recipes

EXPECTED = recipes.expected_rates("torch")


@pytest.mark.parametrize("kind", EXPECTED)
@pytest.mark.parametrize("name", recipes.TORCH_SCHEDULES)
def test_rates_and_momentums_are_pytorch_s(name, kind):
    got = recipes.run_torch_schedule(mushin, lr_scheduler, name, kind)
    np.testing.assert_allclose(got.ravel(), EXPECTED[kind][name], rtol=1e-12, atol=1e-15)


def test_every_number_is_used():
    assert all(set(names) == set(recipes.TORCH_SCHEDULES) for names in EXPECTED.values())


def steps(name, optimizer, schedule, epochs):
    rates = []
    for epoch in epochs:
        schedule.step(recipes.METRICS[epoch]) if "plateau" in name else schedule.step()
        rates.append([(group["lr"], group["momentum"]) for group in optimizer.param_groups])
    return rates


@pytest.mark.parametrize("name", recipes.TORCH_SCHEDULES)
def test_a_loaded_state_goes_on(name):
    optimizer = recipes.torch_groups(mushin, "SGD")
    schedule = recipes.TORCH_SCHEDULES[name](lr_scheduler, optimizer)
    steps(name, optimizer, schedule, range(5))
    saved = pickle.loads(pickle.dumps((optimizer.state_dict(), schedule.state_dict())))
    expected = steps(name, optimizer, schedule, range(5, 12))
    optimizer = recipes.torch_groups(mushin, "SGD")
    schedule = recipes.TORCH_SCHEDULES[name](lr_scheduler, optimizer)
    optimizer.load_state_dict(saved[0])
    schedule.load_state_dict(saved[1])
    assert schedule.last_epoch == 5 if "chain" not in name else True
    assert steps(name, optimizer, schedule, range(5, 12)) == expected


def sgd(lr=0.5):
    return optim.SGD([nn.Parameter(mushin.ones(3))], lr=lr)


def test_a_schedule_that_begins_later_needs_initial_rates():
    optimizer = sgd()
    with pytest.raises(ValueError, match=r"^\[StepLR\] param_groups\[0\] must have initial_lr for last_epoch 3"):
        lr_scheduler.StepLR(optimizer, 4, last_epoch=3)
    optimizer.param_groups[0]["initial_lr"] = 1.0
    schedule = lr_scheduler.StepLR(optimizer, 4, last_epoch=3)
    assert schedule.last_epoch == 4
    assert schedule.get_last_lr() == [pytest.approx(0.05)]


def with_a_later_group(make):
    optimizer = sgd(0.1)
    schedule = make(lr_scheduler, optimizer)
    optimizer.add_param_group({"params": [nn.Parameter(mushin.ones(2))], "lr": 1.0})
    for _ in range(2):
        schedule.step(1.0) if isinstance(schedule, lr_scheduler.ReduceLROnPlateau) else schedule.step()
    return [group["lr"] for group in optimizer.param_groups]


def test_a_group_that_comes_later_is_scheduled_too():
    assert with_a_later_group(lambda s, o: s.StepLR(o, 1, 0.5)) == pytest.approx([0.025, 0.25])
    assert with_a_later_group(lambda s, o: s.CosineAnnealingLR(o, 4)) == pytest.approx([0.05, 0.5])
    assert with_a_later_group(lambda s, o: s.ReduceLROnPlateau(o, patience=0, min_lr=0.02)) == [0.02, 0.1]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda s, o: s.LambdaLR(o, lambda epoch: 0.5),
            r"\[LambdaLR\] optimizer must have 1 groups as it had at first",
        ),
        (lambda s, o: s.CyclicLR(o, 0.1, 1.0, cycle_momentum=False), r"\[CyclicLR\] optimizer must have 1 groups"),
        (lambda s, o: s.OneCycleLR(o, 1.0, 9, cycle_momentum=False), r"\[OneCycleLR\] optimizer must have 1 groups"),
        (lambda s, o: optim.swa_utils.SWALR(o, 0.1), r"\[SWALR\] optimizer must have 1 groups as it had .* got 2"),
        (lambda s, o: s.ReduceLROnPlateau(o, patience=0, min_lr=[0.0]), r"\[ReduceLROnPlateau\] min_lr must have one"),
    ],
)
def test_a_group_that_comes_later_and_has_no_numbers_is_an_error(make, message):
    with pytest.raises(ValueError, match="^" + message):
        with_a_later_group(make)


def warm_up(s, o):
    return s.SequentialLR(o, [s.LinearLR(o, 0.5, total_iters=2), s.ExponentialLR(o, 0.5)], [2])


def chain(s, o):
    return s.ChainedScheduler([s.ConstantLR(o, 0.1, 2), s.ExponentialLR(o, 0.5)])


WARM_UP, CHAIN, SLOW = [0.5, 0.75, 1.0, 0.5, 0.25], [0.1, 0.05, 0.25, 0.125, 0.0625], [1.0, 0.9, 0.81, 0.729, 0.6561]


@pytest.mark.parametrize(("make", "alone"), [(warm_up, WARM_UP), (chain, CHAIN)])
def test_combined_schedules_may_be_combined(make, alone):
    """Each from its own epoch 0, whether it comes first or later."""

    def rates(combine):
        optimizer = sgd(1.0)
        schedule = combine(lr_scheduler, optimizer)
        return [(optimizer.param_groups[0]["lr"], schedule.step())[0] for _ in range(5)]

    def slow(s, o):
        return s.ExponentialLR(o, 0.9)

    assert rates(make) == pytest.approx(alone)
    first = rates(lambda s, o: s.SequentialLR(o, [make(s, o), slow(s, o)], [3]))
    assert first == pytest.approx([*alone[:3], *SLOW[:2]])
    assert rates(lambda s, o: s.SequentialLR(o, [slow(s, o), make(s, o)], [2])) == pytest.approx(
        [*SLOW[:2], *alone[:3]]
    )


def test_a_recorded_step_follows_the_schedule():
    p = nn.Parameter(mushin.ones(3))
    optimizer = optim.SGD([p], lr=1.0)
    schedule = lr_scheduler.SequentialLR(
        optimizer,
        [lr_scheduler.LinearLR(optimizer, 0.25, total_iters=4), lr_scheduler.ExponentialLR(optimizer, 0.5)],
        milestones=[5],
    )

    @mushin.compile
    def step(x):
        optimizer.zero_grad()
        (p * x).sum().backward()
        optimizer.step()

    expected = 1.0
    for _ in range(12):
        expected -= optimizer.param_groups[0]["lr"]
        step(mushin.ones(3))
        schedule.step()
    assert step.step.replayed > 6
    np.testing.assert_allclose(p.detach().numpy(), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda s, o: s.LambdaLR(None, abs), TypeError, r"\[LambdaLR\] optimizer must be an Optimizer, got NoneType"),
        (lambda s, o: s.StepLR(None, 3), TypeError, r"\[StepLR\] optimizer must be an Optimizer, got NoneType"),
        (lambda s, o: s.StepLR(o, 0), ValueError, r"\[StepLR\] step_size must be a positive integer, got 0"),
        (lambda s, o: s.ConstantLR(o, 2.0), ValueError, r"\[ConstantLR\] factor must be above 0 and at most 1, got 2"),
        (lambda s, o: s.LinearLR(o, 0.0), ValueError, r"\[LinearLR\] start_factor must be above 0 and at most 1"),
        (lambda s, o: s.LinearLR(o, 0.5, 2.0), ValueError, r"\[LinearLR\] end_factor must be in \[0, 1\], got 2.0"),
        (lambda s, o: s.ExponentialLR(o, "x"), TypeError, r"\[ExponentialLR\] gamma must be a number, got str"),
        (lambda s, o: s.LambdaLR(o, 3), TypeError, r"\[LambdaLR\] lr_lambda must be a function, got int"),
        (lambda s, o: s.LambdaLR(o, [abs, abs]), ValueError, r"\[LambdaLR\] lr_lambda .* each of 1 groups, got 2"),
        (
            lambda s, o: s.CosineAnnealingLR(o, -1),
            ValueError,
            r"\[CosineAnnealingLR\] T_max must be a positive",
        ),
        (lambda s, o: s.OneCycleLR(o, 1.0), ValueError, r"\[OneCycleLR\] total_steps must be given, or epochs and"),
        (
            lambda s, o: s.OneCycleLR(o, 1.0, 9, pct_start=2),
            ValueError,
            r"\[OneCycleLR\] pct_start must be in",
        ),
        (lambda s, o: s.OneCycleLR(o, 1.0, 9, anneal_strategy="x"), ValueError, r"\[OneCycleLR\] anneal_strategy must"),
        (lambda s, o: s.CyclicLR(o, 0.1, 1.0, mode="x"), ValueError, r"\[CyclicLR\] mode must be 'triangular', .* 'x'"),
        (lambda s, o: s.ReduceLROnPlateau(o, "x"), ValueError, r"\[ReduceLROnPlateau\] mode must be 'min' or 'max'"),
        (lambda s, o: s.ReduceLROnPlateau(o, factor=1.0), ValueError, r"\[ReduceLROnPlateau\] factor must be below 1"),
        (lambda s, o: s.ChainedScheduler([]), ValueError, r"\[ChainedScheduler\] schedulers must hold at least one"),
        (
            lambda s, o: s.SequentialLR(o, [s.StepLR(o, 3)], [3]),
            ValueError,
            r"\[SequentialLR\] milestones must be one less than 1 schedulers, got 1",
        ),
        (
            lambda s, o: s.SequentialLR(o, [s.StepLR(o, 3), s.StepLR(o, 3), s.StepLR(o, 3)], [3, 1]),
            ValueError,
            r"\[SequentialLR\] milestones must be in rising order, got \[3, 1\]",
        ),
        (
            lambda s, o: chain(s, o).load_state_dict(s.ChainedScheduler([s.StepLR(o, 3)]).state_dict()),
            ValueError,
            r"\[ChainedScheduler\] state_dict must be of 2 schedulers, got 1",
        ),
        (
            lambda s, o: s.SequentialLR(o, [s.StepLR(o, 3), s.StepLR(sgd(), 3)], [3]),
            ValueError,
            r"\[SequentialLR\] schedulers\[1\] must be of the same optimizer",
        ),
        (
            lambda s, o: s.ChainedScheduler([s.ReduceLROnPlateau(o)]),
            TypeError,
            r"\[ChainedScheduler\] schedulers\[0\] must be a schedule whose step takes no metric",
        ),
        (lambda s, o: s.StepLR(o, 3).load_state_dict(3), TypeError, r"\[StepLR\] state_dict must be a dict, got int"),
        (
            lambda s, o: s.StepLR(o, 3).load_state_dict(s.ExponentialLR(o, 0.5).state_dict()),
            ValueError,
            r"\[StepLR\] state_dict is another schedule's: it lacks step_size",
        ),
    ],
)
def test_wrong_arguments(make, error, message):
    with pytest.raises(error, match="^" + message):
        make(lr_scheduler, sgd())


def test_a_cycle_ends():
    optimizer = optim.SGD([nn.Parameter(mushin.ones(3))], lr=0.5, momentum=0.9)
    schedule = lr_scheduler.OneCycleLR(optimizer, 1.0, total_steps=3)
    for _ in range(3):  # one after each step of the optimizer, the last one too
        optimizer.step()
        schedule.step()
    with pytest.raises(ValueError, match=r"^\[OneCycleLR\] a step must be one of 3, got step 4"):
        schedule.step()


def test_a_cycle_whose_rise_is_one_step_begins_at_the_top():
    """PyTorch divides by zero there."""
    optimizer = optim.SGD([nn.Parameter(mushin.ones(3))], lr=0.5, momentum=0.9)
    schedule = lr_scheduler.OneCycleLR(optimizer, 2.0, total_steps=10, pct_start=0.1, anneal_strategy="linear")
    assert (optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["momentum"]) == (2.0, 0.85)
    for _ in range(9):
        schedule.step()
    assert optimizer.param_groups[0]["lr"] == pytest.approx(2.0 / 25 / 1e4)
