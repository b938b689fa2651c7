"""What optimizers are made with and what is set later: checked first, with nothing changed by what is refused."""

import numpy as np
import pytest

from mushin import Tensor, nn, optim
from optim.optimizers import assert_same_bits, collect, parameters, step, values

NUMBER = "must be a number, got"


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda p: optim.SGD(p, lr="x"), TypeError, rf"\[SGD\] lr {NUMBER} str"),
        (lambda p: optim.SGD(p, lr=None), TypeError, rf"\[SGD\] lr {NUMBER} NoneType"),
        (lambda p: optim.SGD(p, lr=np.ones(2)), TypeError, rf"\[SGD\] lr {NUMBER} ndarray"),
        (lambda p: optim.SGD(p, lr=10**400), ValueError, r"\[SGD\] lr must fit a float"),
        (lambda p: optim.SGD(p, dampening="x"), TypeError, rf"\[SGD\] dampening {NUMBER} str"),
        (lambda p: optim.SGD(p, nesterov="x"), TypeError, r"\[SGD\] nesterov must be a bool, got str"),
        (lambda p: optim.Adam(p, amsgrad=None), TypeError, r"\[Adam\] amsgrad must be a bool, got NoneType"),
        (lambda p: optim.Adam(p, betas=0.9), TypeError, r"\[Adam\] betas must be a tuple of two numbers, got float"),
        (lambda p: optim.AdamW(p, betas=(0.9, "x")), TypeError, rf"\[AdamW\] betas\[1\] {NUMBER} str"),
        (lambda p: optim.SGD(None), TypeError, r"\[SGD\] params must be parameters or dicts of groups, got NoneType"),
        (lambda p: optim.SGD(p[0]), TypeError, r"\[SGD\] params must be .*, got Parameter; pass a list of tensors"),
        (
            lambda p: optim.SGD(nn.Linear(1, 1)),
            TypeError,
            r"\[SGD\] params must be .*, got Linear; pass its parameters",
        ),
        (lambda p: optim.SGD(nn.Sequential()), TypeError, r"\[SGD\] params must be .*, got Sequential; pass its param"),
        (lambda p: optim.SGD([{"params": 3}]), TypeError, r"\[SGD\] params must be parameters or dicts of groups"),
        (lambda p: optim.SGD([{"params": p}, *p]), TypeError, r"\[SGD\] a group must be a dict, .* got Parameter"),
        (lambda p: optim.SGD([*p, {"params": p}]), TypeError, r"\[SGD\] params must be tensors, got dict"),
        (lambda p: optim.SGD([Tensor(np.ones(1, "f2"))]), TypeError, r"\[SGD\] params must be float32 or float64"),
        (lambda p: optim.SGD(p, lr=Tensor([0.1, 0.2])), TypeError, rf"\[SGD\] lr {NUMBER} Tensor"),
        (lambda p: optim.Adam(p, foreach=True, fused=True), ValueError, r"\[Adam\] foreach and fused must not both"),
        (
            lambda p: optim.SGD([("a", p[0]), *parameters((2,))]),
            ValueError,
            r"\[SGD\] params must all have names or none, got 1 for 2",
        ),
        (
            lambda p: optim.SGD([("a", p[0])]).add_param_group({"params": parameters((2,))}),
            ValueError,
            r"\[SGD\] a group's params must have names if others' have",
        ),
        (lambda p: optim.SGD([("a", 3)]), TypeError, r"\[SGD\] params must be tensors, got int"),
        (lambda p: optim.SGD([("a", *p, 3)]), TypeError, r"\[SGD\] params must be tensors, got tuple"),
        (lambda p: optim.SGD(p).add_param_group(p), TypeError, r"\[SGD\] a group must be a dict, .* got list"),
    ],
)
def test_wrong_arguments(make, error, message):
    with pytest.raises(error, match="^" + message):
        make(parameters((3,)))


@pytest.mark.parametrize(
    ("make", "change", "error", "message"),
    [
        (optim.SGD, {"lr": float("nan")}, ValueError, r"\[SGD\] lr must not be negative, got nan"),
        (optim.SGD, {"lr": -1}, ValueError, r"\[SGD\] lr must not be negative, got -1"),
        (optim.SGD, {"lr": "x"}, TypeError, rf"\[SGD\] lr {NUMBER} str"),
        (optim.SGD, {"lr": 0.5, "momentum": -1}, ValueError, r"\[SGD\] momentum must not be negative, got -1"),
        (optim.SGD, {"nesterov": True}, ValueError, r"\[SGD\] nesterov needs a momentum"),
        (optim.Adam, {"betas": (2, 5)}, ValueError, r"\[Adam\] betas\[0\] must be in \[0, 1\), got 2"),
        (optim.Adam, {"betas": (0.9,)}, ValueError, r"\[Adam\] betas must be two numbers, got \(0.9,\)"),
        (optim.Adam, {"lr": 0.5, "params": []}, ValueError, r"\[Adam\] params of a group .* use add_param_group"),
    ],
)
def test_a_change_that_is_refused_changes_nothing(make, change, error, message):
    group = make(parameters((3,))).param_groups[0]
    before, numbers = dict(group), group.hyper.copy()
    with pytest.raises(error, match="^" + message):
        group.update(change)
    if len(change) == 1:
        with pytest.raises(error, match="^" + message):
            group[next(iter(change))] = next(iter(change.values()))
    assert dict(group) == before
    np.testing.assert_array_equal(group.hyper, numbers)


@pytest.mark.parametrize(
    "remove",
    [
        lambda group, name: group.__delitem__(name),
        lambda group, name: group.pop(name),
        lambda group, name: group.pop(name, None),
    ],
)
@pytest.mark.parametrize("name", ["params", "lr", "betas", "maximize"])
def test_what_a_step_needs_cannot_be_removed(remove, name):
    group = optim.Adam(parameters((3,))).param_groups[0]
    before = dict(group)
    with pytest.raises(ValueError, match=rf"^\[Adam\] {name} of a group cannot be removed: a step needs it"):
        remove(group, name)
    with pytest.raises(ValueError, match=r"^\[Adam\] a group cannot be cleared"):
        group.clear()
    assert dict(group) == before


def test_what_a_step_does_not_need_can_be_removed():
    group = optim.SGD(parameters((3,))).param_groups[0]
    group.update(initial_lr=0.5, name="head", other=1)
    del group["other"]
    assert group.popitem() == ("name", "head")
    assert group.pop("initial_lr") == 0.5
    assert group.pop("initial_lr", 3) == 3
    with pytest.raises(KeyError, match="initial_lr"):
        del group["initial_lr"]


def test_a_rate_may_be_a_tensor_of_one_element():
    """It is read when it is given."""
    (p,) = parameters((3,))
    optimizer = optim.SGD([p], lr=Tensor(0.5))
    assert optimizer.param_groups[0]["lr"] == 0.5
    optimizer.param_groups[0]["lr"] = Tensor([1.0])
    step(optimizer, [p])
    assert (p.array == 0).all()
    state = optimizer.state_dict()
    state["param_groups"][0]["lr"] = Tensor(0.25)
    optimizer.load_state_dict(state)
    assert optimizer.param_groups[0]["lr"] == 0.25


@pytest.mark.parametrize(
    "change",
    [
        lambda params: params.append(nn.Parameter(np.ones(2, np.float32))),
        lambda params: params.pop(),
        lambda params: params.__setitem__(0, nn.Parameter(np.ones(3, np.float32))),
    ],
)
def test_a_list_of_params_that_was_changed_is_noticed(change):
    params = parameters((3,), (4,))
    optimizer = optim.SGD(params, lr=0.5)
    step(optimizer, params)
    change(optimizer.param_groups[0]["params"])
    before = values(params)
    collect(params)
    with pytest.raises(
        ValueError, match=r"^\[step\] the list of a group's params has been changed; use add_param_group"
    ):
        optimizer.step()
    assert_same_bits(values(params), before)


def test_options_that_only_go_together_are_set_together():
    group = optim.SGD(parameters((3,))).param_groups[0]
    group.update(nesterov=True, momentum=0.9)
    group.update(momentum=0.0, nesterov=False)
    assert (group["momentum"], group["nesterov"]) == (0.0, False)


def test_betas_cannot_be_changed_behind_the_buffer():
    betas = [0.8, 0.9]
    group = optim.Adam(parameters((3,)), betas=betas).param_groups[0]
    betas[0] = 0.5
    assert group["betas"] == (0.8, 0.9)


def test_the_parameters_of_a_group_are_a_list():
    params = parameters((3,), (4,))
    optimizer = optim.SGD(params)
    assert optimizer.param_groups[0]["params"] == params
    assert optimizer.param_groups[0]["params"] is not params
    assert optimizer.state_dict()["param_groups"][0]["params"] == [0, 1]


def spoiled(**changes):
    """An Adam's state with changes in its group, and in the state of parameter 1."""
    params = parameters((3,), (7,))
    optimizer = optim.Adam(params, lr=0.1)
    for _ in range(2):
        step(optimizer, params)
    state = optimizer.state_dict()
    state["param_groups"][0]["lr"] = 0.7
    state["state"][1].update(changes)
    return state


@pytest.mark.parametrize(
    ("state", "error", "message"),
    [
        (dict, ValueError, "state_dict must have state and param_groups, got nothing"),
        (lambda: {"state": {}}, ValueError, "state_dict must have state and param_groups, got state"),
        (lambda: None, TypeError, "state_dict must be a dict, got NoneType"),
        (lambda: {"state": {}, "param_groups": [3]}, TypeError, "state_dict must have groups that are dicts with"),
        (lambda: {**spoiled(), "state": {"x": {}}}, TypeError, "state_dict must have states by parameter number"),
        (lambda: {**spoiled(), "state": {1: None}}, ValueError, "state of parameter 1 must have a step, got NoneType"),
        (lambda: spoiled(step=-1), ValueError, "step of parameter 1 must be an integer from 0 on, got -1"),
        (lambda: spoiled(step=1.5), ValueError, "step of parameter 1 must be an integer from 0 on, got 1.5"),
        (lambda: spoiled(step=float("nan")), ValueError, "step of parameter 1 must be an integer from 0 on, got nan"),
        (lambda: spoiled(step="x"), TypeError, "step of parameter 1 must be real numbers .* got str"),
        (lambda: spoiled(exp_avg="x"), TypeError, "state exp_avg of parameter 1 must be real numbers .* got str"),
        (lambda: spoiled(exp_avg=None), TypeError, "state exp_avg of parameter 1 must be real numbers .* got NoneType"),
    ],
)
def test_a_state_that_is_none_changes_nothing(state, error, message):
    params, twins = parameters((3,), (7,)), parameters((3,), (7,))
    optimizer, twin = optim.Adam(params, lr=0.1), optim.Adam(twins, lr=0.1)
    with pytest.raises(error, match=rf"^\[Adam\] {message}"):
        optimizer.load_state_dict(state())
    assert optimizer.param_groups[0]["lr"] == 0.1
    for each, those in ((optimizer, params), (twin, twins)):
        step(each, those)
    assert_same_bits(values(params), values(twins))


def test_step_counts_of_floats_and_states_of_other_dtypes_are_taken():
    """PyTorch counts steps in a float32 tensor."""
    optimizer = optim.Adam(parameters((3,), (7,)))
    optimizer.load_state_dict(spoiled(step=Tensor(np.float32(4.0)), exp_avg=np.ones(7, np.float16)))
    state = optimizer.state_dict()["state"][1]
    assert state["step"] == 4
    assert state["exp_avg"].dtype == np.float32
    assert (state["exp_avg"] == 1).all()


@pytest.mark.parametrize("make", [lambda p: optim.Adam(p), lambda p: optim.SGD(p, momentum=0.9)])
def test_a_parameter_of_another_dtype_than_its_state_is_an_error(make):
    (p,) = parameters((3,))
    optimizer = make([p])
    step(optimizer, [p])
    p.data = p.detach().double()
    before = p.array.copy()
    collect([p])
    with pytest.raises(ValueError, match=r"^\[step\] parameter 0 is float64 of shape \(3,\) now, and its .* float32"):
        optimizer.step()
    assert_same_bits([p.array], [before])


def test_without_states_the_dtype_may_change():
    (p,) = parameters((3,))
    optimizer = optim.SGD([p], lr=1.0)
    p.data = p.detach().double()
    step(optimizer, [p])
    assert p.array.tolist() == [0.0, 0.0, 0.0]


def test_a_group_that_cannot_step_keeps_the_others_from_it():
    a, b = parameters((3,), (4,))
    optimizer = optim.Adam([{"params": [a]}, {"params": [b]}])
    b.data = b.detach().double()
    before = values([a, b])
    collect([a, b])
    with pytest.raises(ValueError, match=r"^\[step\] parameter 0 is float64"):
        optimizer.step()
    assert_same_bits(values([a, b]), before)
