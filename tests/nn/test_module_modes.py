"""Modes, and what a change of a module means for recorded steps."""

import copy
import pickle

import numpy as np
import pytest

import mushin
from mushin import autograd, nn
from nn.modules import Scale, Tower

# --- modes


def test_train_and_eval_reach_every_level():
    tower = Tower()
    assert all(m.training for m in tower.modules())
    assert tower.eval() is tower
    assert not any(m.training for m in tower.modules())
    assert tower.train() is tower
    assert all(m.training for m in tower.modules())
    with pytest.raises(TypeError, match=r"^\[train\] mode must be a bool, got int"):
        tower.train(1)


def test_a_module_s_own_train_is_respected():
    class AlwaysEval(nn.Module):
        def train(self, mode=True):
            return super().train(False)

    model = nn.Sequential(AlwaysEval())
    assert model.train()[0].training is False


def test_requires_grad_and_zero_grad():
    tower = Tower()
    x = mushin.ones(2, 3)
    tower(x).sum().backward()
    assert all(p.grad is not None for p in tower.parameters())
    tower.zero_grad(set_to_none=False)
    for p in tower.parameters():
        np.testing.assert_array_equal(p.grad.numpy(), np.zeros(p.shape))
    tower.zero_grad()
    assert all(p.grad is None for p in tower.parameters())
    tower.zero_grad(set_to_none=False)  # nothing to overwrite

    assert tower.requires_grad_(False) is tower
    assert not tower(x).requires_grad
    tower.head.requires_grad_()
    tower(x).sum().backward()
    assert [name for name, p in tower.named_parameters() if p.grad is not None] == ["head.weight"]


# --- configuration: what recorded plans compare


@pytest.mark.parametrize(
    "change",
    [
        lambda m: setattr(m, "label", "other"),
        lambda m: setattr(m, "weight", nn.Parameter(np.ones(3, np.float32))),
        lambda m: setattr(m, "weight", None),
        lambda m: setattr(m, "count", mushin.tensor([1])),
        lambda m: delattr(m, "label"),
        lambda m: delattr(m, "weight"),
        lambda m: m.register_buffer("more", None),
        lambda m: m.register_parameter("more", None),
        lambda m: m.add_module("more", None),
        lambda m: m.eval(),
        lambda m: m.requires_grad_(False),
        lambda m: m.double(),
    ],
)
def test_a_change_is_another_configuration(change):
    module = Scale()
    before = autograd.configuration()
    change(module)
    assert autograd.configuration() != before


def test_modes_that_are_switched_back_are_the_former_configuration():
    model = nn.Sequential(nn.Linear(2, 3), nn.Dropout())
    seen = []
    for _ in range(2):
        seen.append(autograd.configuration())
        model.eval()
        seen.append(autograd.configuration())
        model[0].requires_grad_(False)
        seen.append(autograd.configuration())
        model[0].requires_grad_(True)
        model.train()
    assert seen[:3] == seen[3:]
    assert len(set(seen)) == 3


@pytest.mark.parametrize("copy_of", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_in_another_mode_is_another_configuration(copy_of):
    model = nn.Sequential(nn.Dropout())
    model.eval()
    other = copy_of(model)
    before = autograd.configuration()
    model[0].training = True
    other.training = True
    between = autograd.configuration()
    assert between != before
    model.training = True
    assert autograd.configuration() not in (before, between)


def test_a_module_that_is_being_made_does_not_change_it():
    before = autograd.configuration()
    Scale()
    nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    assert autograd.configuration() == before


def test_reading_and_calling_leave_the_configuration():
    model = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Dropout(), nn.Flatten(), nn.Identity(), nn.Softmax(1))
    state = copy.deepcopy(model.state_dict())
    x = mushin.ones(2, 3)
    before = autograd.configuration()
    model(x).sum().backward()
    model.zero_grad()
    model.load_state_dict(state)
    list(model.named_modules()), repr(model), len(model), model[0]
    assert autograd.configuration() == before
