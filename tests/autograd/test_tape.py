"""The contract of the tape: graphs, their lives, and leaves."""

import gc
import weakref

import numpy as np
import pytest

from autograd.leaves import leaf, ones
from mushin import Tensor, kernels, no_grad, ops
from mushin.autograd import record, record_all
from mushin.memory import bytes_in_use


@pytest.fixture
def without_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("without_collector")
def test_dropping_the_loss_frees_the_graph_at_once():
    x, w = Tensor(np.ones((50, 40), np.float32)), Tensor(np.ones((30, 40), np.float32), requires_grad=True)
    before = bytes_in_use()
    loss = ops.sum(ops.tanh(ops.linear(x, w) * 2)[1:].reshape((-1,)))
    saved = weakref.ref(loss._node.backward)
    assert bytes_in_use() > before
    del loss
    assert bytes_in_use() == before
    assert saved() is None


@pytest.mark.usefixtures("without_collector")
def test_backward_frees_what_closures_saved():
    x = leaf(1.0, 2.0, 3.0)
    y = ops.exp(ops.exp(x) * 2)
    saved = weakref.ref(y._node.parents[0].backward)
    y.backward(ones(y))
    assert saved() is None
    assert y.requires_grad


def test_two_graphs_at_once():
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    first, second = ops.sum(x * w), ops.sum(x / w)
    second.backward()
    np.testing.assert_allclose(x.grad.array, 1 / w.array)
    first.backward()
    np.testing.assert_allclose(x.grad.array, 1 / w.array + w.array)
    np.testing.assert_allclose(w.grad.array, x.array - x.array / w.array**2)


def test_two_losses_of_one_graph():
    x = leaf(1.0, 2.0)
    shared = x * x
    first, second = ops.sum(shared), ops.sum(ops.exp(shared))
    first.backward(retain_graph=True)
    second.backward()
    np.testing.assert_allclose(x.grad.array, 2 * x.array * (1 + np.exp(x.array**2)))


def test_a_second_backward_needs_the_graph_retained():
    x = leaf(1.0, 2.0)
    loss = ops.sum(x * x)
    loss.backward(retain_graph=True)
    loss.backward()
    np.testing.assert_array_equal(x.grad.array, 4 * x.array)
    with pytest.raises(ValueError, match=r"^\[backward\] the graph has been freed .*retain_graph=True"):
        loss.backward()


def test_a_tensor_of_several_elements_needs_its_gradient():
    y = leaf(1.0, 2.0) * 2
    with pytest.raises(ValueError, match=r"^\[backward\] gradient must be given .* got shape \(2,\)"):
        y.backward()
    with pytest.raises(ValueError, match=r"^\[backward\] gradient must have shape \(2,\), got \(3,\)"):
        y.backward(np.ones(3))


def test_without_a_leaf_there_is_nothing_to_do():
    with pytest.raises(ValueError, match=r"^\[backward\] the tensor is outside the graph"):
        ops.sum(Tensor(np.ones(2))).backward()


def test_second_derivatives_are_refused():
    x = leaf(1.0, 2.0)
    ops.sum(x * x).backward()
    assert not x.grad.requires_grad
    with pytest.raises(ValueError, match=r"^\[backward\] the tensor is outside the graph"):
        ops.sum(x.grad * 2).backward()
    with pytest.raises(TypeError, match="create_graph"):
        ops.sum(x * x).backward(create_graph=True)


def test_a_hundred_thousand_steps_deep():
    x = leaf(1.0)
    y = x
    for _ in range(100_000):
        y = y * 1.0
    y.backward(ones(y))
    assert x.grad.item() == 1.0
    del y  # the chain is freed without recursion as well


def test_a_leaf_that_is_gone_is_passed_over():
    x, w = leaf(2.0), leaf(3.0)
    y = x * w
    del w
    y.backward(ones(y))
    assert x.grad.item() == 3.0


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x[:1],
        lambda x: x.reshape(2, 1),
        lambda x: ops.cast(x, np.float32),
        lambda x: ops.sum(x),
        lambda x: ops.max(x),
        lambda x: x + 1.0,
        lambda x: x * 2.0,
        ops.exp,
        ops.softmax,
    ],
)
def test_a_graph_whose_leaves_are_gone(function):
    x = leaf(2.0, 3.0)
    y = function(x)
    del x
    y.backward(ones(y))
    with pytest.raises(ValueError, match="the graph has been freed"):
        y.backward(ones(y))


def test_only_leaves_collect_gradients():
    x = leaf(2.0)
    y = x * 3
    z = y * y
    z.backward(ones(z))
    assert y.grad is None
    assert not y.is_leaf
    assert x.grad.item() == 36.0


def test_a_diamond():
    x = leaf(0.5, 1.5)
    y = x * 2
    a, b = ops.exp(y), ops.tanh(y)
    z = a * b + a + b
    z.backward(ones(z))
    u, v = np.exp(2 * x.array), np.tanh(2 * x.array)
    np.testing.assert_allclose(x.grad.array, 2 * (u * v + u * (1 - v * v) + u + 1 - v * v))


@pytest.mark.parametrize(
    ("function", "derivative"),
    [
        (lambda x: x * x, lambda x: 2 * x),
        (lambda x: x - x, lambda x: 0 * x),
        (lambda x: x + x, lambda x: 2 + 0 * x),
        (lambda x: x / x, lambda x: 0 * x),
        (lambda x: x * x * x, lambda x: 3 * x * x),
        (lambda x: (x + x) * (x + x), lambda x: 8 * x),
        (lambda x: ops.maximum(x, x), lambda x: 1 + 0 * x),
    ],
)
def test_the_same_tensor_twice(function, derivative):
    x = leaf(0.5, 2.0, 3.0)
    for times in (1, 2):  # the second time is added
        y = function(x)
        y.backward(ones(y))
        np.testing.assert_allclose(x.grad.array, times * derivative(x.array), atol=1e-15)


def test_gradients_accumulate_until_they_are_taken_away():
    x = leaf(1.0, 2.0)
    for _ in range(3):
        ops.sum(x * 2).backward()
    np.testing.assert_array_equal(x.grad.array, [6, 6])
    x.grad = None
    ops.sum(x * 2).backward()
    np.testing.assert_array_equal(x.grad.array, [2, 2])


@pytest.mark.parametrize("function", [lambda x: x * 2.0, lambda x: x * x, lambda x: x + x])
def test_a_gradient_has_one_home(function):
    x, homes = leaf(1.0, 2.0), set()
    for _ in range(3):
        y = function(x)
        y.backward(ones(y))
        homes.add(x._grad.ctypes.data)
        x.grad = None
    assert len(homes) == 1


@pytest.mark.parametrize(
    "function",
    [
        ops.relu,
        ops.softmax,
        lambda x: x + x.detach(),
        lambda x: x * x.detach(),
        lambda x: x @ x.detach(),
        lambda x: ops.linear(x.detach(), x),
        lambda x: ops.layer_norm(x, (2,)),
        lambda x: ops.sum(x, 0),
        lambda x: ops.mean(x),
        lambda x: ops.max(x, 1),
    ],
)
def test_a_gradient_is_written_where_it_belongs_and_copied_nowhere(function, monkeypatch):
    x = Tensor(np.array([[0.5, 2.0], [3.0, -1.0]]), requires_grad=True)
    for _ in range(2):  # the second time is added
        y = function(x)
        with monkeypatch.context() as without_copy:
            without_copy.delattr(kernels, "copy")
            y.backward(ones(y))


def test_a_gradient_that_somebody_holds_is_not_overwritten():
    x = leaf(1.0, 2.0)
    (x * 2.0).backward(np.ones(2))
    held, x.grad = x.grad, None
    (x * 3.0).backward(np.ones(2))
    np.testing.assert_array_equal(held.array, [2, 2])
    np.testing.assert_array_equal(x.grad.array, [3, 3])


def test_a_leaf_as_the_root():
    x = leaf(1.0, 2.0)
    x.backward(np.array([3.0, 4.0]))
    x.backward(np.array([1.0, 1.0]))
    np.testing.assert_array_equal(x.grad.array, [4, 5])


def test_a_leaf_s_gradient_as_the_root_s():
    a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    a.grad = np.array([5.0, 6.0])
    (a * b).backward(a.grad)
    np.testing.assert_array_equal(b.grad.array, [5, 12])
    np.testing.assert_array_equal(a.grad.array, [5 + 15, 6 + 24])


def test_a_gradient_of_any_layout_is_added_to():
    x = leaf(1.0, 2.0)
    x.grad = np.array([1.0, 0.0, 2.0, 0.0])[::2]
    for y in (x * 2.0, x + np.zeros((3, 2)), ops.exp(x - x)):
        y.backward(ones(y))
    np.testing.assert_array_equal(x.grad.array, [1 + 2 + 3, 2 + 2 + 3])


def test_a_gradient_is_of_the_leaf_s_shape_and_dtype():
    x = leaf(1.0, 2.0)
    for wrong in (np.ones(3), np.ones(2, np.float32), [1.0, 2.0]):
        with pytest.raises(ValueError, match=r"^\[grad\] gradient must be float64 of shape \(2,\)"):
            x.grad = wrong


def test_what_may_require_its_gradient():
    with pytest.raises(ValueError, match=r"^\[requires_grad_\] only float32 and float64 tensors .* got int64"):
        Tensor(np.arange(3), requires_grad=True)
    with pytest.raises(ValueError, match=r"^\[requires_grad_\] a tensor that an op computed"):
        (leaf(1.0) * 2).requires_grad = False
    x = leaf(1.0).requires_grad_(False)
    assert not (x * 2).requires_grad


def test_casts():
    x = leaf(1.5, -2.5, dtype=np.float32)
    y = ops.cast(ops.cast(x, np.float64) * 2, np.float32)
    assert y.dtype == np.float32
    y.backward(ones(y))
    assert x.grad.dtype == np.float32
    np.testing.assert_array_equal(x.grad.array, [2, 2])
    assert not ops.cast(x, np.int64).requires_grad  # an integer has no derivative


def test_dtypes_are_promoted_as_in_pytorch():
    single, double, whole = Tensor(np.ones(2, "f")), Tensor(np.ones(2, "d")), Tensor(np.arange(2))
    assert (single * 2.5).dtype == (1 - single).dtype == (single / np.float64(2)).dtype == np.float32
    assert (single + double).dtype == (double * single).dtype == (whole + double).dtype == np.float64
    assert (whole * single).dtype == (single + np.arange(2)).dtype == np.float32
    assert (single + np.ones(2)).dtype == np.float64


def test_an_op_must_return_the_gradients_that_are_wanted():
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    short = record(x.array * w.array, (x, w), lambda dy, into: (dy * 2,))
    with pytest.raises(ValueError, match=r"^\[backward\] .* must return 2 gradients, got 1"):
        short.backward(ones(short))
    none = record(x.array * w.array, (x, w), lambda dy, into: (dy, None))
    with pytest.raises(ValueError, match=r"^\[backward\] .* returned no gradient"):
        none.backward(ones(none))


def test_a_graph_that_is_half_freed_writes_nothing():
    x, w = leaf(1.0), leaf(2.0)
    inner = x * x
    inner.backward(ones(inner))
    x.grad = None
    outer = inner * w
    with pytest.raises(ValueError, match="the graph has been freed"):
        outer.backward(ones(outer))
    assert w.grad is None


# --- ops with several outputs


def doubled_and_squared(x, *, fails=()):
    """2 x and x x, from one op; its backward raises as long as there is something in `fails`."""

    def backward(dys, into):
        if fails:
            raise RuntimeError(fails.pop())
        twice, square = (0 if dy is None else dy for dy in dys)
        return (np.asarray(2 * twice + 2 * x.array * square, np.float32),)

    return record_all([2 * x.array, x.array * x.array], (x,), backward)


def test_an_op_with_several_outputs_gets_all_their_gradients_at_once():
    for used, wanted in (((0, 1), 2 + 6), ((0,), 2), ((1,), 6), ((0, 1, 1), 2 + 6 + 6)):
        x = leaf(3.0)
        outputs = doubled_and_squared(x)
        total = sum((outputs[i] for i in used[1:]), outputs[used[0]])
        total.backward(ones(total), retain_graph=True)
        assert x.grad.item() == wanted
        total.backward(ones(total))
        assert x.grad.item() == 2 * wanted
        with pytest.raises(ValueError, match="the graph has been freed"):
            total.backward(ones(total))


def test_an_output_has_hooks_of_its_own():
    x = leaf(3.0)
    twice, square = doubled_and_squared(x)
    square.register_hook(lambda dy: dy * 10)
    total = twice + square
    total.backward(ones(total))
    assert x.grad.item() == 2 + 60


def test_a_walk_that_failed_leaves_no_gradient_in_an_output():
    x = leaf(3.0)
    twice, square = doubled_and_squared(x, fails=["first walk"])
    total = twice + square
    with pytest.raises(RuntimeError, match="first walk"):
        total.backward(ones(total), retain_graph=True)
    square.backward(ones(square))
    assert x.grad.item() == 6


def test_an_output_that_is_overwritten_in_place_is_noticed():
    x = leaf(3.0)
    saved = np.ones(1, np.float32)
    output, other = record_all([saved, saved + 1], (x,), lambda dys, into: (saved * dys[1],))
    with no_grad():
        output.mul_(2)
    with pytest.raises(ValueError, match="overwritten in place"):
        other.backward(ones(other))


@pytest.mark.usefixtures("without_collector")
def test_dropping_one_output_frees_nothing_and_dropping_both_everything():
    x = leaf(3.0)
    twice, square = doubled_and_squared(x)
    saved = weakref.ref(square._node.parents[0].backward)
    del twice
    assert saved() is not None
    del square
    assert saved() is None
