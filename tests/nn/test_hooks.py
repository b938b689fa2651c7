"""Hooks on modules: around forward, in backward, and what copies and recorded steps make of them."""

import copy
import pickle

import numpy as np
import pytest

import mushin
from mushin import autograd, nn
from nn.modules import Scale
from train.steps import BEFORE_REPLAY


def array(*values):
    return np.array(values, np.float32)


class Twice(nn.Module):
    def forward(self, x, *, scale=2.0):
        return x * scale


class Pair(nn.Module):
    """(2 a, a b), of which the second is not used by everybody."""

    def forward(self, a, b, more=None):
        return a * 2, a * b


# --- forward


def test_hooks_are_called_around_forward_in_their_order():
    module, calls = Twice(), []
    module.register_forward_pre_hook(lambda m, args: calls.append(("pre", m, args)))
    module.register_forward_hook(lambda m, args, output: calls.append(("after", m, args, output)))
    module.register_forward_pre_hook(lambda m, args: calls.append("first"), prepend=True)
    module.register_forward_hook(lambda m, args, output: calls.append("before the other"), prepend=True)
    x = mushin.ones(2)
    y = module(x, scale=3.0)
    assert calls == ["first", ("pre", module, (x,)), "before the other", ("after", module, (x,), y)]
    np.testing.assert_array_equal(y.numpy(), array(3, 3))


def test_what_hooks_return_goes_on():
    module = Twice()
    module.register_forward_pre_hook(lambda m, args: args[0] + 1)
    module.register_forward_pre_hook(lambda m, args: (args[0] * 10,))
    module.register_forward_hook(lambda m, args, output: output + args[0])
    np.testing.assert_array_equal(module(mushin.ones(2)).numpy(), array(60, 60))


def test_hooks_with_kwargs():
    module, seen = Twice(), []
    module.register_forward_pre_hook(lambda m, args, kwargs: (args, {"scale": kwargs["scale"] + 1}), with_kwargs=True)
    module.register_forward_hook(lambda m, args, kwargs, output: seen.append(kwargs), with_kwargs=True)
    np.testing.assert_array_equal(module(mushin.ones(2), scale=4.0).numpy(), array(5, 5))
    assert seen == [{"scale": 5.0}]
    module.register_forward_pre_hook(lambda m, args, kwargs: args, with_kwargs=True)
    with pytest.raises(TypeError, match=r"^\[Twice\] a forward_pre hook with kwargs must return None or a pair"):
        module(mushin.ones(2), scale=1.0)


def test_always_called_hooks_see_errors_through():
    module, calls = Twice(), []
    module.register_forward_hook(lambda m, args, output: calls.append(("usual", output)))
    module.register_forward_hook(lambda m, args, output: calls.append(("always", output)), always_call=True)
    with pytest.raises(TypeError, match="unexpected keyword argument 'wrong'"):
        module("no tensor", wrong=3)
    assert calls == [("always", None)]

    def fail(m, args, output):
        raise KeyError("the hook's own")

    module.register_forward_hook(fail, always_call=True)
    with pytest.warns(UserWarning, match="a hook failed as well: KeyError"), pytest.raises(TypeError, match="'wrong'"):
        module("no tensor", wrong=3)
    calls.clear()
    with pytest.raises(KeyError, match="the hook's own"):
        module(mushin.ones(2))
    assert [name for name, _ in calls] == ["usual", "always"]  # each once, though the third has failed


def test_removed_hooks_are_called_no_more():
    module = Twice()
    handle = module.register_forward_hook(lambda m, args, output: output * 0)
    with module.register_forward_pre_hook(lambda m, args: args[0] * 5):
        np.testing.assert_array_equal(module(mushin.ones(2)).numpy(), array(0, 0))
    handle.remove()
    handle.remove()
    np.testing.assert_array_equal(module(mushin.ones(2)).numpy(), array(2, 2))
    del module
    handle.remove()


@pytest.mark.parametrize(
    "register",
    [
        nn.Module.register_forward_hook,
        nn.Module.register_forward_pre_hook,
        nn.Module.register_full_backward_hook,
        nn.Module.register_full_backward_pre_hook,
    ],
)
def test_what_is_no_function_is_no_hook(register):
    with pytest.raises(TypeError, match=r"^\[Twice\] a .* hook must be a function, got int"):
        register(Twice(), 3)


def test_hooks_in_a_sequential_model_are_called_though_it_joins_layers():
    model, seen = nn.Sequential(nn.Linear(2, 3), nn.ReLU()), []
    x = mushin.randn(4, 2)
    expected = model(x).detach().numpy()
    for layer in model:
        layer.register_forward_hook(lambda m, args, output: seen.append(type(m).__name__))
    np.testing.assert_allclose(model(x).detach().numpy(), expected, rtol=1e-6)
    assert seen == ["Linear", "ReLU"]


# --- backward


def test_backward_hooks_see_gradients_of_inputs_and_outputs():
    layer, seen = nn.Linear(2, 3), []
    layer.register_full_backward_pre_hook(lambda m, grad_output: seen.append(("pre", m, grad_output)))
    layer.register_full_backward_hook(lambda m, *gradients: seen.append(("after", m, *gradients)))
    x = mushin.randn(4, 2, requires_grad=True)
    dy = mushin.randn(4, 3)
    y = layer(x)
    y.backward(dy)
    assert [(name, module) for name, module, *_ in seen] == [("pre", layer), ("after", layer)]
    np.testing.assert_array_equal(seen[0][2][0].numpy(), dy.numpy())
    (dx,), (of_output,) = seen[1][2:]
    np.testing.assert_array_equal(of_output.numpy(), dy.numpy())
    np.testing.assert_array_equal(dx.numpy(), x.grad.numpy())
    np.testing.assert_allclose(dx.numpy(), dy.numpy() @ layer.weight.array, rtol=1e-5, atol=1e-6)


def test_backward_hooks_replace_gradients():
    module = Twice()
    module.register_full_backward_pre_hook(lambda m, grad_output: grad_output[0] + 1)
    module.register_full_backward_hook(lambda m, grad_input, grad_output: (grad_input[0] * 10 + grad_output[0],))
    x = mushin.ones(2, requires_grad=True)
    y = module(x)
    y.sum().backward(retain_graph=True)
    np.testing.assert_array_equal(x.grad.numpy(), array(42, 42))
    (y * 3).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), array(42 + 84, 42 + 84))


def test_backward_hooks_of_several_inputs_and_outputs():
    module, seen = Pair(), []

    def hook(m, grad_input, grad_output):
        seen.append([None if g is None else g.numpy().tolist() for g in (*grad_input, *grad_output)])
        return (None, *(None if g is None else g * 2 for g in grad_input[1:]))

    module.register_full_backward_hook(hook)
    a, b = mushin.tensor([3.0], requires_grad=True), mushin.tensor([5.0], requires_grad=True)
    first, second = module(a, b, "text")
    (first + second * 7).sum().backward()
    assert seen == [[[2.0 + 35.0], [21.0], None, [1.0], [7.0]]]
    assert a.grad.item() == 0  # None in the place of a gradient
    assert b.grad.item() == 42
    seen.clear()
    first, second = module(a, mushin.tensor([5.0]), 3)
    first.sum().backward()
    assert seen == [[[2.0], None, None, [1.0], None]]


def test_backward_hooks_where_no_input_requires_its_gradient():
    layer, seen = nn.Linear(2, 1), []
    layer.register_full_backward_hook(lambda m, grad_input, grad_output: seen.append((grad_input, len(grad_output))))
    layer(mushin.ones(3, 2)).sum().backward()
    assert seen == [((None,), 1)]
    with mushin.no_grad():
        layer(mushin.ones(3, 2))
    layer.requires_grad_(False)
    assert not layer(mushin.ones(3, 2)).requires_grad
    assert len(seen) == 1


def test_backward_hooks_and_lists_and_other_outputs():
    class Outputs(nn.Module):
        def forward(self, x, kind):
            return {"list": [x * 2, x], "dict": {"a": x}, "none": None}[kind]

    module, seen = Outputs(), []
    module.register_full_backward_hook(lambda m, grad_input, grad_output: seen.append(len(grad_output)))
    x = mushin.ones(2, requires_grad=True)
    outputs = module(x, "list")
    assert type(outputs) is list
    (outputs[0] + outputs[1]).sum().backward()
    assert seen == [2]
    for kind, got in (("dict", "dict"), ("none", "NoneType")):
        with pytest.raises(TypeError, match=rf"^\[Outputs\] a module with hooks of backward must return .*, got {got}"):
            module(x, kind)


@pytest.mark.parametrize("register", ["register_full_backward_hook", "register_full_backward_pre_hook"])
@pytest.mark.parametrize(
    ("result", "message"),
    [
        ((mushin.ones(2), mushin.ones(2)), "a hook must return None or 1 gradients, got 2"),
        (mushin.ones(3), r"a hook must return None or a tensor, float32 of shape \(2,\), got float32 of shape \(3,\)"),
        (3, r"a hook must return None or a tensor, float32 of shape \(2,\), got int"),
    ],
)
def test_backward_hooks_that_return_something_else(register, result, message):
    module = Twice()
    getattr(module, register)(lambda *_: result)
    with pytest.raises(ValueError, match=rf"^\[{register}\] {message}"):
        module(mushin.ones(2, requires_grad=True)).sum().backward()


def test_a_gradient_through_a_hooked_model_is_that_without_hooks():
    mushin.seed(1)
    model = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.LayerNorm(4), nn.Linear(4, 2))
    x = mushin.randn(3, 5, requires_grad=True)

    def gradients():
        model.zero_grad()
        x.grad = None
        (model(x) * model(x * 2)).sum().backward()
        return [p.grad.numpy().copy() for p in (x, *model.parameters())]

    expected = gradients()
    calls = []
    for module in model.modules():
        module.register_full_backward_hook(lambda m, *_: calls.append(m))
    for ours, theirs in zip(gradients(), expected):
        np.testing.assert_allclose(ours, theirs, rtol=2e-6, atol=1e-6)
    assert sorted(map(id, calls)) == sorted(map(id, [*model.modules()] * 2))


# --- copies and recorded steps


def double(module, args, output):
    return output * 2


def test_copies_keep_hooks_of_their_own():
    module = Scale()
    handle = module.register_forward_hook(double)
    module.handle = handle
    twins = [copy.copy(module), copy.deepcopy(module), pickle.loads(pickle.dumps(module))]
    handle.remove()
    x = mushin.ones(3)
    np.testing.assert_array_equal(module(x).detach().numpy(), array(1, 2, 3))
    for twin in twins:
        np.testing.assert_array_equal(twin(x).detach().numpy(), array(2, 4, 6))
    for twin in twins[1:]:
        twin.handle.remove()
        np.testing.assert_array_equal(twin(x).detach().numpy(), array(1, 2, 3))


def test_a_pickle_leaves_out_hooks_that_cannot_be_imported():
    module = Scale()
    module.register_forward_hook(lambda m, args, output: output * 3)
    module.register_forward_hook(double)
    with pytest.warns(UserWarning, match=r"^\[pickle\] the forward hook .*<lambda> is left out: it cannot be imported"):
        data = pickle.dumps(module)
    x = mushin.ones(3)
    np.testing.assert_array_equal(pickle.loads(data)(x).detach().numpy(), array(2, 4, 6))
    np.testing.assert_array_equal(copy.deepcopy(module)(x).detach().numpy(), array(6, 12, 18))


def test_adding_and_removing_a_hook_is_another_configuration():
    module = Twice()
    for register in ("forward_hook", "forward_pre_hook", "full_backward_hook", "full_backward_pre_hook"):
        seen = [autograd.configuration()]
        handle = getattr(module, f"register_{register}")(print)
        seen.append(autograd.configuration())
        handle.remove()
        seen.append(autograd.configuration())
        handle.remove()
        assert len(set(seen)) == 3
        assert autograd.configuration() == seen[-1]


def test_a_recorded_step_repeats_what_hooks_compute_but_not_their_python():
    layer, calls = nn.Linear(2, 1), []
    layer.register_forward_pre_hook(lambda m, args: (calls.append(1), args[0] * 2)[1])
    layer.register_full_backward_hook(lambda m, grad_input, grad_output: (calls.append(2), grad_input[0] * 3)[1])
    head = mushin.ones(2, requires_grad=True)

    @mushin.compile
    def step(x):
        layer.zero_grad()
        head.grad = None
        loss = layer(x * head).sum()
        loss.backward()
        return loss

    def expected(x):  # without the compiled step
        with mushin.no_grad():
            return (2 * x.numpy() @ layer.weight.array.T + layer.bias.array).sum()

    for i in range(BEFORE_REPLAY + 4):
        x = mushin.full((3, 2), i + 1.0)
        np.testing.assert_allclose(step(x).item(), expected(x), rtol=1e-5)
    assert step.step.replayed > 0
    assert len(calls) < 2 * (BEFORE_REPLAY + 4)
    np.testing.assert_allclose(head.grad.numpy(), 6 * 3 * (i + 1.0) * layer.weight.array[0], rtol=1e-5)
    replayed = step.step.replayed
    layer.register_forward_hook(lambda m, args, output: output * 100)
    for _ in range(BEFORE_REPLAY + 2):
        np.testing.assert_allclose(step(x).item(), 100 * expected(x), rtol=1e-5)
    assert step.step.replayed > replayed
