"""Saved states: what is loaded continues with the same bits, what does not fit changes nothing."""

import copy
import pickle

import numpy as np
import pytest

from mushin import Tensor, nn, optim
from optim.optimizers import OPTIMIZERS, assert_same_bits, every_optimizer, parameters, step, values


def trained(make, steps=3):
    params = parameters((3, 5), (7,), (1,))
    optimizer = make(params)
    for scale in range(1, steps + 1):
        step(optimizer, params[: 2 + scale % 2], 1 / scale)
    return params, optimizer


@every_optimizer
def test_a_loaded_state_continues_with_the_same_bits(make):
    params, optimizer = trained(make)
    others = parameters((3, 5), (7,), (1,))
    other = make(others)
    step(other, others)
    for p, q in zip(params, others):
        q.data = p.array.copy()
    other.load_state_dict(pickle.loads(pickle.dumps(optimizer.state_dict())))
    for scale in (0.5, -1.0):
        step(optimizer, params, scale)
        step(other, others, scale)
    assert_same_bits(values(others), values(params))


@every_optimizer
def test_parameters_with_other_numbers_of_steps_are_no_longer_joined(make):
    """One of two neighbours starts anew: each moves as it would alone."""
    params, apart = parameters((3,), (4,)), parameters((3,), (4,))
    together, alone = make(params), [make([p]) for p in apart]
    for _ in range(3):
        step(together, params)
        for optimizer, p in zip(alone, apart):
            step(optimizer, [p])
    state = together.state_dict()
    del state["state"][1]
    together.load_state_dict(state)
    alone[1].load_state_dict({**alone[1].state_dict(), "state": {}})
    for _ in range(2):
        step(together, params)
        for optimizer, p in zip(alone, apart):
            step(optimizer, [p])
    assert_same_bits(values(params), values(apart))


@every_optimizer
def test_a_state_is_a_copy(make):
    params, optimizer = trained(make)
    state = optimizer.state_dict()
    before = copy.deepcopy(state)
    step(optimizer, params)
    optimizer.param_groups[0]["lr"] = 7.0
    assert state["param_groups"] == before["param_groups"]
    for number, arrays in before["state"].items():
        for name, array in arrays.items():
            np.testing.assert_array_equal(state["state"][number][name], array)


STATES = {
    "SGD": {"momentum_buffer"},
    "Adam": {"step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq"},
    "AdamW": {"step", "exp_avg", "exp_avg_sq"},
    "NAdam": {"step", "mu_product", "exp_avg", "exp_avg_sq"},
    "RAdam": {"step", "exp_avg", "exp_avg_sq"},
    "Adamax": {"step", "exp_avg", "exp_inf"},
    "RMSprop": {"step", "square_avg", "grad_avg", "momentum_buffer"},
    "Adagrad": {"step", "sum"},
    "Adadelta": {"step", "square_avg", "acc_delta"},
    "SparseAdam": {"step", "exp_avg", "exp_avg_sq"},
    "Adafactor": {"step", "row_var", "col_var"},
    "ASGD": {"step", "eta", "mu", "ax"},
    "Rprop": {"step", "prev", "step_size"},
    "Lion": {"step", "exp_avg"},
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_names_are_pytorch_s(name):
    _, optimizer = trained(OPTIMIZERS[name])
    state = optimizer.state_dict()
    assert set(state) == {"state", "param_groups"}
    assert set(state["state"][0]) == STATES[name]
    assert state["param_groups"][0]["params"] == [0, 1, 2]


def test_adafactor_keeps_a_number_for_each_row_and_column():
    state = trained(OPTIMIZERS["Adafactor"])[1].state_dict()["state"]
    assert {name: np.shape(x) for name, x in state[0].items()} == {"step": (), "row_var": (3, 1), "col_var": (1, 5)}
    assert {name: np.shape(x) for name, x in state[1].items()} == {"step": (), "variance": (7,)}


def test_parameters_are_numbered_through_all_groups():
    a, b, c = parameters((3,), (4,), (5,))
    optimizer = optim.Adam([{"params": [a, b]}, {"params": [c], "lr": 1.0}])
    step(optimizer, [b, c])
    state = optimizer.state_dict()
    assert set(state["state"]) == {1, 2}
    assert [group["params"] for group in state["param_groups"]] == [[0, 1], [2]]


def test_what_is_loaded_brings_its_options():
    _, optimizer = trained(lambda p: optim.SGD(p, lr=0.3, momentum=0.9))
    other = optim.SGD(parameters((3, 5), (7,), (1,)), lr=1.0)
    other.load_state_dict(optimizer.state_dict())
    assert other.param_groups[0]["momentum"] == 0.9
    assert other.param_groups[0]["lr"] == 0.3
    expected = optimizer.state_dict()["state"][0]["momentum_buffer"]
    np.testing.assert_array_equal(other.state_dict()["state"][0]["momentum_buffer"], expected)


def test_a_state_of_tensors_and_more_options_is_taken():
    """As in PyTorch's checkpoints: tensors for states and step counts, options that only PyTorch has."""
    _, optimizer = trained(OPTIMIZERS["Adam"])
    state = optimizer.state_dict()
    state["state"] = {i: {k: Tensor(np.asarray(x)) for k, x in s.items()} for i, s in state["state"].items()}
    state["param_groups"][0]["foreach"] = None
    others = parameters((3, 5), (7,), (1,))
    other = OPTIMIZERS["Adam"](others)
    other.load_state_dict(state)
    assert other.state_dict()["state"][0]["step"] == optimizer.state_dict()["state"][0]["step"]


def without(state, number, name):
    del state["state"][number][name]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda s: s["param_groups"].append(s["param_groups"][0]), "groups of the same sizes"),
        (lambda s: s["param_groups"][0]["params"].append(3), "groups of the same sizes"),
        (lambda s: s["param_groups"][0].pop("betas"), "another optimizer's: it lacks betas"),
        (lambda s: s["param_groups"][0].update(lr=-1.0), "lr must not be negative, got -1"),
        (lambda s: s["param_groups"][0].update(betas=(0.9, 1.5)), r"betas\[1\] must be in \[0, 1\), got 1.5"),
        (lambda s: s["state"].update({9: {}}), "a state of parameter 9 of 3"),
        (lambda s: without(s, 1, "step"), "state of parameter 1 must have a step"),
        (lambda s: without(s, 1, "exp_avg"), r"state exp_avg of parameter 1 must have shape \(7,\), got None"),
        (lambda s: s["state"][1].update(exp_avg_sq=np.ones(8)), r"exp_avg_sq .* must have shape \(7,\), got \(8,\)"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(spoil, message):
    params, optimizer = trained(OPTIMIZERS["Adam"])
    twins, twin = trained(OPTIMIZERS["Adam"])
    state = trained(OPTIMIZERS["Adam"], steps=5)[1].state_dict()
    spoil(state)
    with pytest.raises(ValueError, match=message):
        optimizer.load_state_dict(state)
    assert optimizer.state_dict()["param_groups"] == twin.state_dict()["param_groups"]
    for each, those in ((optimizer, params), (twin, twins)):
        step(each, those)
    assert_same_bits(values(params), values(twins))


def test_a_state_of_another_optimizer_is_an_error():
    _, adam = trained(OPTIMIZERS["Adam"])
    _, sgd = trained(OPTIMIZERS["SGD"])
    with pytest.raises(ValueError, match=r"^\[SGD\] state_dict is another optimizer's: it lacks momentum, dampening"):
        sgd.load_state_dict(adam.state_dict())
    with pytest.raises(ValueError, match=r"^\[Adam\] state_dict is another optimizer's: it lacks betas"):
        adam.load_state_dict(sgd.state_dict())


@every_optimizer
@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_with_its_model_continues_with_the_same_bits(make, duplicate):
    params, optimizer = trained(make)
    others, other = duplicate((params, optimizer))
    others = other.param_groups[0]["params"]
    for scale in (0.5, 2.0):
        step(optimizer, params, scale)
        step(other, others, scale)
    assert_same_bits(values(others), values(params))


@every_optimizer
@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_s_parameters_are_neighbours(make, duplicate):
    """As many segments as the original has, with parameters that share one buffer."""
    params = parameters((3, 5), (7,), (1,))
    optimizer = make(params)
    step(optimizer, params)
    other = duplicate(optimizer)
    others = other.param_groups[0]["params"]
    step(other, others)
    count, expected = (
        [len(columns["parameter"]) for each in o._segments for columns in each.current()] for o in (other, optimizer)
    )
    assert count == expected
    assert all(p.array.base is others[0].array.base for p in others)


# --- by parameter


@every_optimizer
def test_the_state_of_a_parameter_is_what_the_state_dict_has(make):
    params, optimizer = trained(make)
    saved = optimizer.state_dict()["state"]
    assert list(optimizer.state) == [params[i] for i in saved]
    for i, values_of_one in saved.items():
        assert optimizer.state[params[i]].keys() == values_of_one.keys()
        for name, value in values_of_one.items():
            # a number that is no count of steps is shown as a float32, as Python's floats are
            np.testing.assert_allclose(optimizer.state[params[i]][name].numpy(), value, rtol=1e-7)


def test_the_state_is_the_optimizer_s_own_memory():
    params = parameters((3,), (4,))
    optimizer = optim.Adam(params, lr=0.5, betas=(1 - 2**-3, 0.5))
    step(optimizer, params[1:])
    optimizer.state[params[1]]["exp_avg"].zero_()
    assert (optimizer.state_dict()["state"][1]["exp_avg"] == 0).all()
    assert params[0] not in optimizer.state
    assert optimizer.state[params[0]] == {}


def test_lbfgs_has_the_first_parameter_s_state():
    params = parameters((3,), (4,))
    optimizer = optim.LBFGS(params, max_iter=1)
    assert len(optimizer.state) == 0

    def closure():
        optimizer.zero_grad()
        loss = sum((p * p).sum() for p in params)
        loss.backward()
        return loss

    optimizer.step(closure)
    assert list(optimizer.state) == params[:1]
    assert optimizer.state[params[0]]["n_iter"] == optimizer.state_dict()["state"][0]["n_iter"] == 1


def test_names_are_saved_and_loaded():
    layer, other = nn.Linear(2, 3), nn.Linear(2, 3)
    state = optim.SGD(layer.named_parameters()).state_dict()
    assert state["param_groups"][0]["param_names"] == ["weight", "bias"]
    without = optim.SGD(other.parameters())
    without.load_state_dict(state)
    assert without.param_groups[0]["param_names"] == ["weight", "bias"]


def test_printed():
    text = repr(optim.SGD(parameters((3,)), lr=0.5))
    assert text.splitlines()[:2] == ["SGD (", "Parameter Group 0"]
    assert "    lr: 0.5" in text
