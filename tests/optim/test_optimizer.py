"""What all optimizers share: groups, the flat home, parameters that come and go, errors."""

import copy

import numpy as np
import pytest

import mushin
from mushin import Tensor, nn, optim
from optim.optimizers import assert_same_bits, collect, every_optimizer, parameters, step, values


def segments(optimizer):
    """How many segments each launch of the next step has."""
    return [len(columns["parameter"]) for each in optimizer._segments for columns in each.current()]


def step_counts(optimizer):
    """Of each parameter; None where states have none, as SGD's in PyTorch."""
    state = optimizer.state_dict()["state"]
    return [state[i].get("step") for i in sorted(state)]


# --- groups


def test_every_group_has_its_own_rate():
    a, b = parameters((3,), (3,))
    optimizer = optim.SGD([{"params": [a]}, {"params": [b], "lr": 1.0}], lr=0.25)
    step(optimizer, [a, b])
    np.testing.assert_allclose(a.detach().numpy(), 0.75 * np.linspace(1, 2, 3), rtol=1e-6)
    np.testing.assert_array_equal(b.detach().numpy(), [0, 0, 0])


def test_a_group_may_be_added_later():
    a, b = parameters((3,), (2, 2))
    optimizer = optim.SGD([a], lr=1.0)
    optimizer.add_param_group({"params": b, "lr": 0.5})
    step(optimizer, [a, b])
    assert [group["lr"] for group in optimizer.param_groups] == [1.0, 0.5]
    assert (a.array == 0).all()
    np.testing.assert_array_equal(b.array, np.linspace(0.5, 1, 4, dtype=np.float32).reshape(2, 2))


@pytest.mark.parametrize(
    "change",
    [
        lambda group: group.__setitem__("lr", 0.5),
        lambda group: group.update(lr=0.5),
        lambda group: group.__ior__({"lr": 0.5}),
        lambda group: group.__setitem__("lr", np.float32(0.5)),
    ],
)
def test_a_rate_can_be_changed_at_any_time(change):
    (p,) = parameters((4,))
    optimizer = optim.SGD([p], lr=1e9)
    change(optimizer.param_groups[0])
    step(optimizer, [p])
    np.testing.assert_array_equal(p.array, np.linspace(0.5, 1, 4, dtype=np.float32))


@pytest.mark.parametrize(
    ("make", "option", "value"),
    [
        (lambda p, **more: optim.SGD(p, **{"lr": 0.1, **more}), "momentum", 0.9),
        (lambda p, **more: optim.Adam(p, **{"lr": 0.1, **more}), "amsgrad", True),
        (lambda p, **more: optim.Adam(p, **{"lr": 0.1, **more}), "betas", (0.5, 0.6)),
        (lambda p, **more: optim.SGD(p, **{"lr": 0.1, **more}), "maximize", True),
    ],
)
def test_an_option_that_a_group_gets_before_the_first_step(make, option, value):
    given, changed = parameters((5,)), parameters((5,))
    from_the_start, later = make(given, **{option: value}), make(changed)
    later.param_groups[0][option] = value
    for scale in (1.0, -0.5, 0.25):
        step(from_the_start, given, scale)
        step(later, changed, scale)
    assert_same_bits(values(changed), values(given))


# --- the flat home


@every_optimizer
def test_the_parameters_of_a_model_are_one_segment(make):
    model = nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 3, bias=False), nn.Linear(3, 1))
    optimizer = make(model.parameters())
    for _ in range(2):
        optimizer.zero_grad()
        model(mushin.ones(4, 5)).sum().backward()
        assert segments(optimizer) == [5 if isinstance(optimizer, (optim.Adafactor, optim.SparseAdam)) else 1]
        optimizer.step()
    starts = [p.array.ctypes.data for p in model.parameters()]
    assert starts[0] % 64 == 0
    assert starts == sorted(starts)


def test_the_home_keeps_the_values():
    params = parameters((3, 5), (), (1,), (0,), (64,))
    before = values(params)
    optim.Adam(params)
    assert_same_bits(values(params), before)


def test_an_empty_parameter_does_not_break_the_segment():
    params = parameters((3,), (0,), (4,))
    optimizer = optim.Adam(params, lr=0.1)
    step(optimizer, params)
    assert params[1].shape == (0,)
    assert (params[0].array < np.linspace(1, 2, 3)).all()
    assert (params[2].array < np.linspace(1, 2, 4)).all()


@every_optimizer
def test_a_gap_makes_two_segments_with_the_same_bits(make):
    """A parameter without gradient between others: what is beside it moves as if it were alone."""
    params, apart = parameters((3,), (5,), (7,)), parameters((3,), (5,), (7,))
    together = make(params)
    alone = [make([apart[0]]), make([apart[2]])]
    for _ in range(3):
        step(together, [params[0], params[2]])
        for optimizer in alone:
            step(optimizer, optimizer.param_groups[0]["params"])
    assert segments(together) == [2]
    assert_same_bits(values(params), values(apart))


def test_a_second_optimizer_shares_the_home():
    params = parameters((3,), (4,), (5,))
    first = optim.Adam(params)
    arrays = [p.array for p in params]
    second = optim.SGD(params[1:], lr=0.5)
    assert all(p.array is array for p, array in zip(params, arrays))
    collect(params)
    assert segments(first) == segments(second) == [1]
    second.step()
    np.testing.assert_array_equal(params[0].array, np.linspace(1, 2, 3, dtype=np.float32))
    np.testing.assert_allclose(params[2].array, np.linspace(0.5, 1, 5), rtol=1e-6)


def test_gradients_that_were_there_before_the_optimizer():
    early, late = parameters((3,), (4,)), parameters((3,), (4,))
    collect(early)
    optimizer, other = optim.SGD(early, lr=0.1), optim.SGD(late, lr=0.1)
    collect(late)
    optimizer.step()
    other.step()
    assert_same_bits(values(early), values(late))


def test_float32_and_float64_may_be_in_one_group():
    params = [*parameters((3,)), *parameters((4,), dtype=np.float64)]
    optimizer = optim.Adam(params, lr=0.5)
    step(optimizer, params)
    assert [p.dtype for p in params] == [np.float32, np.float64]
    for p in params:
        np.testing.assert_allclose(p.array, np.linspace(1, 2, len(p)) - 0.5, rtol=1e-6)


def test_a_gradient_with_gaps():
    (p,) = parameters((2, 3))
    p.grad = np.arange(6, dtype=np.float32).reshape(3, 2).T
    optim.SGD([p], lr=1.0).step()
    expected = np.linspace(1, 2, 6, dtype=np.float32).reshape(2, 3) - np.arange(6, dtype=np.float32).reshape(3, 2).T
    np.testing.assert_array_equal(p.array, expected)


def test_data_with_gaps_that_are_there_before_the_optimizer():
    p = nn.Parameter(np.arange(6, dtype=np.float32).reshape(3, 2).T)
    optimizer = optim.SGD([p], lr=1.0)
    np.testing.assert_array_equal(p.array, [[0, 2, 4], [1, 3, 5]])
    step(optimizer, [p])
    assert (p.array == 0).all()


# --- parameters that come and go


@every_optimizer
def test_a_parameter_without_gradient_is_left_alone(make):
    params = parameters((3,), (5,), (2,))
    optimizer = make(params)
    step(optimizer, params)
    before = copy.deepcopy(optimizer.state_dict()["state"][1])
    value = params[1].array.copy()
    step(optimizer, [params[0], params[2]])
    after = optimizer.state_dict()["state"]
    np.testing.assert_array_equal(params[1].array, value)
    assert step_counts(optimizer) in ([2, 1, 2], [None] * 3)
    for name, state in before.items():
        np.testing.assert_array_equal(after[1][name], state)


def test_without_any_gradient_nothing_happens():
    params = parameters((3,), (5,))
    optimizer = optim.AdamW(params)
    before = values(params)
    optimizer.step()
    assert_same_bits(values(params), before)
    assert optimizer.state_dict()["state"] == {}


@every_optimizer
def test_frozen_and_unfrozen(make):
    mushin.manual_seed(4)  # with which no gradient changes its sign: Rprop would leave such an element where it is
    model = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2))
    optimizer = make(model.parameters())
    x = mushin.ones(5, 4)

    def train():
        optimizer.zero_grad()
        model(x).sum().backward()
        optimizer.step()
        return values(model.parameters())

    first = train()
    model[0].requires_grad_(False)
    second = train()
    assert_same_bits(second[:2], first[:2])
    assert (second[2] != first[2]).all()
    model[0].requires_grad_(True)
    third = train()
    assert (third[0] != second[0]).all()
    assert step_counts(optimizer) in ([2, 2, 3, 3], [None] * 4)


@every_optimizer
def test_rebound_data_are_noticed_at_the_next_step(make):
    params, copies = parameters((3,), (4,), (5,)), parameters((3,), (4,), (5,))
    optimizer, other = make(params), make(copies)
    step(optimizer, params)
    step(other, copies)
    new = np.linspace(-1, 1, 4, dtype=np.float32)
    params[1].data = new
    copies[1].array[...] = new
    for _ in range(2):
        step(optimizer, params)
        step(other, copies)
    assert params[1].array is new
    assert_same_bits(values(params), values(copies))


def test_rebound_data_with_gaps_are_an_error():
    (p,) = parameters((2, 3))
    optimizer = optim.SGD([p], lr=1.0)
    p.data = np.ones((3, 2), np.float32).T
    collect([p])
    with pytest.raises(ValueError, match=r"parameter 0 of shape \(2, 3\) must be contiguous"):
        optimizer.step()
    assert (p.array == 1).all()


def test_a_gradient_that_somebody_brings():
    params, copies = parameters((3,), (4,)), parameters((3,), (4,))
    optimizer, other = optim.Adam(params), optim.Adam(copies)
    for scale in (1.0, 2.0, -1.0):
        for p in params:
            p.grad = p.array * np.float32(scale)
        optimizer.step()
        step(other, copies, scale)
    assert_same_bits(values(params), values(copies))


def test_a_tied_weight_moves_once():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(3, 3, bias=False)
            self.second = nn.Linear(3, 3, bias=False)
            self.second.weight = self.first.weight

        def forward(self, x):
            return self.second(self.first(x))

    model = Tied()
    weight = model.first.weight
    optimizer = optim.SGD([model.first.weight, model.second.weight], lr=0.5)
    assert optimizer.param_groups[0]["params"] == [weight]
    before = weight.array.copy()
    model(mushin.ones(1, 3)).sum().backward()
    gradient = weight.grad.numpy().copy()
    optimizer.step()
    np.testing.assert_array_equal(weight.array, before - np.float32(0.5) * gradient)
    assert segments(optimizer) == [1]


def test_a_step_makes_a_saved_value_outdated():
    (p,) = parameters((3,))
    optimizer = optim.SGD([p], lr=0.1)
    loss = (p * p).sum()
    loss.backward(retain_graph=True)
    optimizer.step()
    with pytest.raises(ValueError, match="overwritten in place"):
        loss.backward()


# --- zero_grad and closures


def test_zero_grad_forgets():
    params = parameters((3,), (4,))
    optimizer = optim.SGD(params, lr=0.1)
    collect(params)
    optimizer.zero_grad()
    assert all(p.grad is None for p in params)


def test_zero_grad_fills_with_zeros():
    params = parameters((3,), (4,))
    optimizer = optim.SGD(params, lr=0.1, weight_decay=0.5)
    collect(params[:1])
    memory = params[0].grad.numpy()
    optimizer.zero_grad(set_to_none=False)
    assert (memory == 0).all()
    assert params[0].grad.numpy().ctypes.data == memory.ctypes.data
    assert params[1].grad is None
    optimizer.step()  # zeros are a gradient: the decay works
    np.testing.assert_allclose(params[0].array, 0.95 * np.linspace(1, 2, 3), rtol=1e-6)
    np.testing.assert_array_equal(params[1].array, np.linspace(1, 2, 4, dtype=np.float32))


def test_a_kept_gradient_is_not_overwritten_by_the_next_one():
    (p,) = parameters((3,))
    optimizer = optim.SGD([p], lr=0.1)
    collect([p])
    kept = p.grad
    expected = kept.numpy().copy()
    step(optimizer, [p], scale=5.0)
    np.testing.assert_array_equal(kept.numpy(), expected)


def test_a_closure_computes_the_loss_anew():
    (p,) = parameters((3,))
    optimizer = optim.SGD([p], lr=1.0)

    def closure():
        optimizer.zero_grad()
        loss = (p * p.detach()).sum()
        loss.backward()
        return loss

    with mushin.no_grad():
        loss = optimizer.step(closure)
    assert loss.item() == pytest.approx(float((np.linspace(1, 2, 3) ** 2).sum()))
    assert (p.array == 0).all()
    assert optimizer.step() is None


# --- hooks


def test_hooks_of_steps_are_called_in_order_until_they_are_removed():
    (p,) = parameters((3,))
    optimizer, seen = optim.SGD([p], lr=0.5), []
    handles = [optimizer.register_step_pre_hook(lambda *_, k=k: seen.append((k, p.array[0]))) for k in range(2)]
    optimizer.register_step_post_hook(lambda *_: seen.append(("after", p.array[0])))
    step(optimizer, [p])
    assert seen == [(0, 1.0), (1, 1.0), ("after", 0.5)]
    handles[0].remove()
    seen.clear()
    step(optimizer, [p])
    assert [each[0] for each in seen] == [1, "after"]
    assert copy.deepcopy(optimizer)._pre_hooks == {}


def test_a_hook_of_lbfgs():
    (p,) = parameters((3,))
    optimizer, seen = optim.LBFGS([p], max_iter=1), []
    optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append(args))

    def closure():
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    assert seen == [(optimizer, closure)]


def test_a_pre_hook_that_returns_something_else():
    params = parameters((3,))
    optimizer = optim.SGD(params)
    optimizer.register_step_pre_hook(lambda *_: 3)
    before = values(params)
    collect(params)
    with pytest.raises(TypeError, match=r"^\[SGD\] a step's pre-hook must return None or \(args, kwargs\), got 3"):
        optimizer.step()
    assert_same_bits(values(params), before)


def test_a_hook_has_a_recorded_step_recorded_anew():
    (p,) = parameters((3,))
    optimizer, seen = optim.SGD([p], lr=0.5), []

    @mushin.compile
    def train(x):
        optimizer.zero_grad()
        (p * x).sum().backward()
        optimizer.step()

    for _ in range(5):
        train(mushin.ones(3))
    assert train.step.replayed > 0
    optimizer.register_step_pre_hook(lambda *_: seen.append(1))
    train(mushin.ones(3))
    assert seen == [1]


# --- errors


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda p: optim.SGD(p, lr=-0.1), ValueError, r"\[SGD\] lr must not be negative, got -0.1"),
        (lambda p: optim.SGD(p, lr=float("nan")), ValueError, r"\[SGD\] lr must not be negative, got nan"),
        (lambda p: optim.SGD(p, lr=1, momentum=-1), ValueError, r"\[SGD\] momentum must not be negative, got -1"),
        (lambda p: optim.SGD(p, lr=1, weight_decay=-1), ValueError, r"\[SGD\] weight_decay must not be negative"),
        (lambda p: optim.SGD(p, lr=1, nesterov=True), ValueError, r"\[SGD\] nesterov needs a momentum"),
        (
            lambda p: optim.SGD(p, lr=1, momentum=0.9, dampening=0.1, nesterov=True),
            ValueError,
            r"\[SGD\] nesterov needs a momentum above 0 and no dampening",
        ),
        (lambda p: optim.SGD([{"params": p, "nesterov": True}]), ValueError, r"\[SGD\] nesterov needs a momentum"),
        (lambda p: optim.Adam(p, betas=(0.9, 1.0)), ValueError, r"\[Adam\] betas\[1\] must be in \[0, 1\), got 1.0"),
        (lambda p: optim.Adam(p, betas=(-0.1, 0.9)), ValueError, r"\[Adam\] betas\[0\] must be in \[0, 1\), got -0.1"),
        (lambda p: optim.Adam(p, betas=(0.9,)), ValueError, r"\[Adam\] betas must be two numbers"),
        (lambda p: optim.AdamW(p, eps=-1e-8), ValueError, r"\[AdamW\] eps must not be negative, got -1e-08"),
        (lambda p: optim.SGD([], lr=1), ValueError, r"\[SGD\] params must hold at least one parameter, got none"),
        (lambda p: optim.SGD([{"lr": 0.1}]), ValueError, r"\[SGD\] a group must have params, got lr"),
        (lambda p: optim.SGD([p[0] * 2]), ValueError, r"\[SGD\] params must be leaves"),
        (
            lambda p: optim.SGD([Tensor(np.arange(3))]),
            TypeError,
            r"\[SGD\] params must be float32 or float64, got int64",
        ),
        (lambda p: optim.SGD([np.ones(3)]), TypeError, r"\[SGD\] params must be tensors, got ndarray"),
        (lambda p: optim.SGD(["weight"]), TypeError, r"\[SGD\] params must be tensors, got str"),
        (
            lambda p: optim.SGD([{"params": p}, {"params": p[0]}]),
            ValueError,
            r"\[SGD\] a parameter is in more than one group",
        ),
    ],
)
def test_wrong_arguments(make, error, message):
    with pytest.raises(error, match=message):
        make(parameters((3,)))


def test_lists_generators_and_groups_of_one_parameter_are_taken():
    (p,) = parameters((3,))
    for given in ([p], (p,), iter([p]), {p: None}, [{"params": p}], [{"params": iter([p])}]):
        assert optim.SGD(given).param_groups[0]["params"] == [p]
