"""Hooks on tensors: when they see which gradient, what they may change, and what recorded steps make of them."""

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest

import mushin
from mushin import autograd, nn, optim
from train.steps import BEFORE_REPLAY


def array(*values):
    return np.array(values, np.float32)


def test_a_hook_sees_the_gradient_of_what_an_op_computed_and_may_replace_it():
    x = mushin.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    seen = []
    y.register_hook(lambda g: seen.append(g.numpy().copy()))
    y.register_hook(lambda g: g * 10)
    y.register_hook(lambda g: seen.append(g.numpy().copy()))
    (y * y).sum().backward()
    np.testing.assert_array_equal(seen, [array(6, 12), array(60, 120)])
    np.testing.assert_array_equal(x.grad.numpy(), array(180, 360))


def test_a_leaf_s_hook_sees_the_sum_of_all_uses_once_and_not_what_was_there():
    x = mushin.tensor([1.0, 2.0], requires_grad=True)
    x.grad = mushin.ones(2)
    seen = []

    def halve(gradient):
        seen.append(gradient.numpy().copy())
        return gradient * 0.5

    x.register_hook(halve)
    (x * x + x * 4 + x.exp() * 0).sum().backward()
    np.testing.assert_array_equal(seen, [array(6, 8)])
    np.testing.assert_array_equal(x.grad.numpy(), array(4, 5))
    x.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), array(4.5, 5.5))


def test_hooks_on_both_operands_that_are_one_leaf():
    x = mushin.tensor([3.0], requires_grad=True)
    seen = []
    x.register_hook(lambda g: seen.append(g.item()))
    (x * x).backward()
    (x @ x).backward()
    assert seen == [6.0, 6.0]
    assert x.grad.item() == 12.0


def test_the_root_s_hook_sees_the_given_gradient():
    given = mushin.tensor([2.0, 3.0])
    for x in (mushin.ones(2, requires_grad=True), mushin.ones(2, requires_grad=True) * 1):
        x.register_hook(lambda g: g + 1)
        if not x.is_leaf:
            x.retain_grad()
        x.backward(given)
        np.testing.assert_array_equal(x.grad.numpy(), array(3, 4))
    np.testing.assert_array_equal(given.numpy(), array(2, 3))


def test_a_removed_hook_is_called_no_more():
    x = mushin.ones(2, requires_grad=True)
    handle = x.register_hook(lambda g: g * 100)
    handle.remove()
    handle.remove()
    with x.register_hook(lambda g: g * 2):
        x.sum().backward()
    x.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), array(3, 3))


def test_a_hook_that_removes_itself_or_another():
    x = mushin.ones(1, requires_grad=True)
    y, calls = x * 1, []
    handles = []
    handles.append(y.register_hook(lambda g: (calls.append(1), handles[0].remove())[1]))
    handles.append(x.register_hook(lambda g: (calls.append(2), handles[1].remove())[1]))
    for _ in range(2):
        y.backward(retain_graph=True)
    assert calls == [1, 2]
    assert x.grad.item() == 2


def test_hooks_run_again_with_a_retained_graph():
    x = mushin.ones(1, requires_grad=True)
    y = x * 2
    y.register_hook(lambda g: g * 3)
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.item() == 12


def test_a_hook_must_not_write_and_records_nothing():
    x = mushin.ones(2, requires_grad=True)
    y = x * 1
    y.register_hook(lambda g: g.mul_(2))
    with pytest.raises(ValueError, match="writ"):
        y.sum().backward()
    z = x * 1
    weight = mushin.ones(2, requires_grad=True)
    z.register_hook(lambda g: g * weight)
    z.sum().backward()
    assert weight.grad is None
    np.testing.assert_array_equal(x.grad.numpy(), array(1, 1))


@pytest.mark.parametrize(
    ("result", "got"),
    [
        (mushin.ones(3), r"float32 of shape \(3,\)"),
        (mushin.ones(2, dtype=np.float64), r"float64 of shape \(2,\)"),
        (np.ones(2, np.float32), "ndarray"),
        (3.0, "float"),
    ],
)
def test_a_hook_that_returns_something_else(result, got):
    for x in (mushin.ones(2, requires_grad=True), mushin.ones(2, requires_grad=True) * 1):
        x.register_hook(lambda g: result)
        message = r"^\[register_hook\] a hook must return None or a tensor, float32 of shape \(2,\), got " + got
        with pytest.raises(ValueError, match=message):
            x.sum().backward()


def test_where_no_hook_can_be():
    for op in ("register_hook", "retain_grad"):
        arguments = (print,) if op == "register_hook" else ()
        with pytest.raises(ValueError, match=rf"^\[{op}\] the tensor must require its gradient"):
            getattr(mushin.ones(2), op)(*arguments)
        y = mushin.ones(2, requires_grad=True) * 1
        y.sum().backward()
        with pytest.raises(ValueError, match=rf"^\[{op}\] the graph has been freed"):
            getattr(y, op)(*arguments)
    with pytest.raises(TypeError, match=r"^\[register_hook\] hook must be a function of the gradient, got int"):
        mushin.ones(2, requires_grad=True).register_hook(3)


# --- retain_grad


def test_retain_grad_keeps_what_the_hooks_made_and_adds():
    x = mushin.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    z = y + 1
    assert not y.retains_grad
    y.retain_grad()
    y.register_hook(lambda g: g * 2)
    assert y.retains_grad
    z.sum().backward(retain_graph=True)
    np.testing.assert_array_equal(y.grad.numpy(), array(2, 2))
    z.sum().backward()
    np.testing.assert_array_equal(y.grad.numpy(), array(4, 4))
    np.testing.assert_array_equal(x.grad.numpy(), array(12, 12))
    assert z.grad is None


def test_retained_gradients_share_no_memory():
    x = mushin.ones(2, requires_grad=True)
    a, b = x * 2, x * 3
    c = a + b
    for each in (a, b, c):
        each.retain_grad()
    given = mushin.ones(2)
    c.backward(given)
    arrays = [each.grad.array for each in (a, b, c, x)] + [given.array]
    assert not any(np.shares_memory(p, q) for i, p in enumerate(arrays) for q in arrays[:i])


def test_retain_grad_of_a_leaf_changes_nothing():
    x = mushin.ones(1, requires_grad=True)
    x.retain_grad()
    assert not x.retains_grad
    x.backward()
    x.sum().backward()
    assert x.grad.item() == 2


def test_hooks_hold_neither_graph_nor_tensor():
    gc.disable()
    try:
        x = mushin.ones(2, requires_grad=True)
        y = x * 2
        y.retain_grad()
        y.register_hook(lambda g: g)
        z = y * 1
        alive = weakref.ref(y)
        del y
        assert alive() is None
        z.sum().backward()
    finally:
        gc.enable()


def test_copies_have_no_hooks():
    x = mushin.ones(1, requires_grad=True)
    handle = x.register_hook(lambda g: g * 2)
    for twin in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        twin.backward()
        assert twin.grad.item() == 1
    copy.deepcopy(handle).remove()
    x.backward()
    assert x.grad.item() == 2


# --- recorded steps


def test_a_hook_on_a_parameter_is_a_change_and_is_replayed():
    layer = nn.Linear(2, 1)
    optimizer = optim.SGD(layer.parameters(), lr=0.1)
    calls = []

    @mushin.compile
    def step(x):
        optimizer.zero_grad()
        loss = layer(x).sum()
        loss.backward()
        return loss

    def run():
        for i in range(BEFORE_REPLAY + 3):
            step(mushin.full((3, 2), float(i)))
        return layer.weight.grad.numpy().copy()

    last = float(BEFORE_REPLAY + 2)
    np.testing.assert_array_equal(run(), [[3 * last, 3 * last]])
    replayed = step.step.replayed
    assert replayed > 0
    before = autograd.configuration()
    handle = layer.weight.register_hook(lambda g: (calls.append(1), g * 2)[1])
    assert autograd.configuration() != before
    np.testing.assert_array_equal(run(), [[6 * last, 6 * last]])
    assert step.step.replayed > replayed
    assert len(calls) < 6  # Python runs while a step is recorded or checked, not in replays
    handle.remove()
    np.testing.assert_array_equal(run(), [[3 * last, 3 * last]])


def test_hooks_inside_of_a_step_are_replayed():
    w = mushin.ones(3, requires_grad=True)

    @mushin.compile
    def step(x):
        w.grad = None
        y = w * x
        y.retain_grad()
        y.register_hook(lambda g: g * 2)
        (y * y).sum().backward()

    for i in range(BEFORE_REPLAY + 3):
        step(mushin.full((3,), float(i)))
    assert step.step.replayed > 0
    np.testing.assert_array_equal(w.grad.numpy(), np.full(3, 4.0 * (BEFORE_REPLAY + 2) ** 2, np.float32))
