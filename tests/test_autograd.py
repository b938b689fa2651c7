"""The contract of the tape."""

import copy
import gc
import pickle
import threading
import weakref

import numpy as np
import pytest

import mushin
from mushin import Tensor, enable_grad, is_grad_enabled, kernels, nn, no_grad, ops, optim
from mushin.autograd import RecordingError, record


def leaf(*values, dtype=np.float64):
    return Tensor(np.array(values, dtype), requires_grad=True)


def ones(tensor):
    return np.ones(tensor.shape, tensor.dtype)


def bytes_in_use():
    return kernels.pool_statistics()["bytes_in_use"]


@pytest.fixture
def without_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


# --- the graph


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


# --- leaves


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


# --- modes


def test_no_grad_and_enable_grad():
    x = leaf(1.0)
    with no_grad():
        assert not is_grad_enabled()
        assert not (x * 2).requires_grad
        with enable_grad():
            assert (x * 2).requires_grad
        assert not (x * 2).requires_grad
    assert (x * 2).requires_grad
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert is_grad_enabled()


def test_modes_as_decorators():
    @no_grad()
    def without(x):
        return x * 2, enabled(x)

    @enable_grad()
    def enabled(x):
        return x * 2

    for _ in range(2):
        outer, inner = without(leaf(1.0))
        assert not outer.requires_grad
        assert inner.requires_grad


def test_a_mode_belongs_to_its_thread():
    seen = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append(is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_detach():
    x = leaf(1.0, 2.0)
    y = x.detach()
    assert not y.requires_grad
    assert y.array is x.array
    (x * y).backward(np.ones(2))
    np.testing.assert_array_equal(x.grad.array, y.array)


# --- writing in place

OVERWRITTEN = r"^\[backward\] a value that is needed for the gradient has been overwritten in place"


def test_a_saved_value_must_not_be_overwritten():
    x = leaf(1.0, 2.0)
    y = ops.exp(x)
    z = y * 3
    with no_grad():
        y.add_(1)
    with pytest.raises(ValueError, match=OVERWRITTEN):
        z.backward(np.ones(2))


def test_what_is_not_saved_may_be_overwritten():
    x, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    y = ops.exp(x) + b
    with no_grad():
        x.mul_(7)
        b.zero_()
        y.fill_(3)
    y.backward(np.ones(2))
    np.testing.assert_allclose(x.grad.array, np.exp([1.0, 2.0]))


def test_a_write_before_the_op_does_no_harm():
    x = leaf(1.0, 2.0)
    with no_grad():
        x.mul_(2)
    (x * x).backward(np.ones(2))
    np.testing.assert_array_equal(x.grad.array, [4, 8])


VIEWS = {
    "detach": lambda x: x.detach(),
    "data": lambda x: x.data,
    "getitem": lambda x: x[1:],
    "reshape": lambda x: x.reshape(2, 2),
    "permute": lambda x: x.reshape(2, 2).T,
    "view_of_a_view": lambda x: x.view(2, 2)[1].flatten(),
}


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_and_its_base_share_their_version(view):
    for written, saved in ((0, 1), (1, 0)):
        x = leaf(1.0, 2.0, 3.0, 4.0)
        both = x, VIEWS[view](x)
        w = Tensor(np.full(both[saved].shape, 2.0), requires_grad=True)
        y = w * both[saved].detach()
        with no_grad():
            both[written].mul_(3)
        with pytest.raises(ValueError, match=OVERWRITTEN):
            y.backward(ones(y))


def test_parts_of_one_array_are_told_apart():
    x = Tensor(np.arange(4.0))
    w = leaf(1.0, 1.0)
    y = w * x[:2]
    x[2:] = 7.0
    y.backward(np.ones(2))
    np.testing.assert_array_equal(w.grad.array, [0, 1])


def test_a_leaf_is_written_only_under_no_grad():
    x = leaf(1.0, 2.0)
    writes = [
        lambda: x.add_(1),
        lambda: x.sub_(1),
        lambda: x.mul_(2),
        lambda: x.div_(2),
        lambda: x.zero_(),
        lambda: x.fill_(1.0),
        lambda: x.copy_(np.zeros(2)),
        lambda: x.__setitem__(0, 1.0),
    ]
    for write in writes:
        with pytest.raises(ValueError, match=r"can be written in place only under no_grad\(\)"):
            write()
    np.testing.assert_array_equal(x.array, [1, 2])


def test_numbers_are_written_in_full_precision():
    x = Tensor(np.ones(3))
    x[0] = 0.1
    assert x.array[0] == 0.1
    assert x.fill_(0.1).array[2] == 0.1
    assert x.add_(0.1).array[2] == 0.2
    assert x.sub_(1, alpha=2).array[2] == 0.2 - 2
    assert x.mul_(0.1).array[2] == (0.2 - 2) * 0.1
    assert x.div_(0.3).array[2] == (0.2 - 2) * 0.1 / 0.3
    assert x.copy_([0.1, 0.2, 0.3]).tolist() == [0.1, 0.2, 0.3]


# --- values


def test_numpy_shares_memory_but_not_the_graph():
    x = leaf(1.0, 2.0)
    with pytest.raises(ValueError, match=r"^\[numpy\] .* use \.detach\(\)\.numpy\(\)"):
        x.numpy()
    assert x.detach().numpy() is x.array
    with no_grad():
        assert x.numpy() is x.array


def test_values_cannot_be_read_while_a_step_is_recorded():
    x, plan = leaf(1.0), kernels.Plan(kernels.Arena())
    plan.begin()
    try:
        y = (x * 2).detach()
        for read in (y.item, y.tolist, y.numpy, y.__repr__, y.__bool__, y.__float__):
            with pytest.raises(RecordingError, match="cannot be read while a step is being recorded"):
                read()
    finally:
        plan.end()


@pytest.mark.parametrize("duplicate", [copy.deepcopy, copy.copy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_of_a_leaf(duplicate):
    x = leaf(1.0, 2.0)
    y = duplicate(x)
    assert y.requires_grad
    (y * y).backward(np.ones(2))
    np.testing.assert_array_equal(y.grad.array, [2, 4])
    assert x.grad is None


def test_a_deep_copy_has_memory_of_its_own():
    x = leaf(1.0, 2.0)
    (x * 3.0).backward(np.ones(2))
    y = copy.deepcopy(x)
    with no_grad():
        x.zero_()
    x._grad[...] = 0
    np.testing.assert_array_equal(y.array, [1, 2])
    np.testing.assert_array_equal(y.grad.array, [3, 3])


def test_what_an_op_computed_is_not_copied():
    y = leaf(1.0) * 2
    with pytest.raises(ValueError, match=r"^\[deepcopy\] only leaves can be copied"):
        copy.deepcopy(y)
    with pytest.raises(ValueError, match=r"^\[pickle\] only leaves can be pickled"):
        pickle.dumps(y)


# --- gradcheck


def wrong(x):
    """Its closure forgets the factor of one element."""
    y = x.array * 2
    return record(y, (x,), lambda dy, into: (dy * np.where(np.arange(dy.size) == 1, 1.9, 2.0),))


def test_gradcheck_finds_a_wrong_gradient():
    x = leaf(1.0, 2.0, 3.0)
    assert mushin.gradcheck(lambda x: x * 2.0, x)
    assert not mushin.gradcheck(wrong, x, raise_exception=False)
    with pytest.raises(ValueError, match=r"^\[gradcheck\] gradient of output 0 for input 0 at \(1,\) is 1.9"):
        mushin.gradcheck(wrong, x)


def test_gradcheck_needs_float64_and_something_to_check():
    with pytest.raises(ValueError, match=r"^\[gradcheck\] input 0 must be float64, got float32"):
        mushin.gradcheck(ops.exp, leaf(1.0, dtype=np.float32))
    with pytest.raises(ValueError, match=r"^\[gradcheck\] inputs must hold a tensor that requires its gradient"):
        mushin.gradcheck(ops.exp, Tensor(np.ones(2)))


def test_a_closure_may_ignore_destinations():
    x = leaf(1.0, 2.0)
    for _ in range(2):
        y = record(x.array * 5, (x,), lambda dy, into: (dy * 5,))
        (y + x).backward(np.ones(2))
    np.testing.assert_array_equal(x.grad.array, [12, 12])


# --- what an op's author may get wrong


def test_an_op_must_return_the_gradients_that_are_wanted():
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    short = record(x.array * w.array, (x, w), lambda dy, into: (dy * 2,))
    with pytest.raises(ValueError, match="zip"):
        short.backward(ones(short))
    none = record(x.array * w.array, (x, w), lambda dy, into: (dy, None))
    with pytest.raises(ValueError, match=r"^\[backward\] .* returned no gradient"):
        none.backward(ones(none))


def test_values_saved_in_a_tuple_or_a_nested_function_are_watched():
    def in_tuple(array):
        saved = (array, 3)
        return lambda dy, into: (dy * saved[0],)

    def in_function(array):
        def product(dy):
            return dy * array

        return lambda dy, into: (product(dy),)

    for make in (in_tuple, in_function):
        x = leaf(1.0, 2.0)
        y = record(x.array * 2, (x,), make(x.array))
        with mushin.no_grad():
            x.fill_(9.0)
        with pytest.raises(ValueError, match="overwritten in place"):
            y.backward(ones(y))


def test_a_tensor_made_of_a_tensor_shares_its_version():
    x, y = leaf(1.0, 2.0), Tensor(np.array([3.0, 4.0]))
    z = x * y
    Tensor(y).fill_(100.0)
    with pytest.raises(ValueError, match="overwritten in place"):
        z.backward(ones(z))


def test_a_parameter_that_an_optimizer_moves_does_not_forbid_its_neighbours():
    """A new home is new memory: what was written at the old one says nothing of what lies between the two."""
    for _ in range(10):
        layer = nn.Linear(64, 16)
        layer.weight.requires_grad_(False)
        head = nn.Linear(16, 16)
        inputs = [Tensor(np.ones((4, 64), np.float32)) for _ in range(8)]
        losses = [head(layer(x)).sum() for x in inputs]
        optimizer = optim.SGD(layer.parameters(), lr=0.1)
        layer(inputs[0]).sum().backward()
        optimizer.step()
        for loss in losses:
            loss.backward()


def test_far_parts_of_one_memory_are_told_apart():
    x = leaf(*range(100))
    y = x[40:60] * x[40:60]
    with no_grad():
        x[:10] = 0.0
        x[90:] = 0.0
    y.backward(ones(y))
    z = x[40:60] * x[40:60]
    with no_grad():
        for i in range(0, 40, 2):  # more places than are told apart
            x[i] = 1.0
        x[50] = 0.0
    with pytest.raises(ValueError, match="overwritten in place"):
        z.backward(ones(z))


def test_rebound_data_shares_the_version_of_what_it_was_bound_to():
    x, other = leaf(1.0, 2.0), Tensor(np.array([5.0, 6.0]))
    x.data = other
    y = x * x
    other.fill_(0.0)
    with pytest.raises(ValueError, match="overwritten in place"):
        y.backward(ones(y))


def test_a_gradient_that_is_written_again_forbids_what_used_it():
    x, w = leaf(1.0, 1.0), leaf(1.0, 1.0)
    (x * 2.0).sum().backward()
    y = (x.grad * w).sum()
    z = (x.grad * 3.0).sum()
    (x * 5.0).sum().backward()
    with pytest.raises(ValueError, match="overwritten in place"):
        y.backward()
    assert not z.requires_grad
    y = (x.grad * w).sum()
    x.grad = None
    (x * 5.0).sum().backward()  # into another array: somebody holds the first
    y.backward()
    np.testing.assert_array_equal(w._grad, [7.0, 7.0])


def test_a_graph_that_is_half_freed_writes_nothing():
    x, w = leaf(1.0), leaf(2.0)
    inner = x * x
    inner.backward(ones(inner))
    x.grad = None
    outer = inner * w
    with pytest.raises(ValueError, match="the graph has been freed"):
        outer.backward(ones(outer))
    assert w.grad is None


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "data must be a tensor or an array, got NoneType"),
        ("abc", "data must be a tensor or an array, got str"),
        (np.array([1]), "data of a tensor that requires its gradient must be float32 or float64, got int64"),
    ],
)
def test_data_that_cannot_be_bound(value, message):
    x = leaf(1.0)
    with pytest.raises(TypeError, match=rf"^\[data\] {message}"):
        x.data = value
    np.testing.assert_array_equal(x.array, [1.0])


def test_only_what_kernels_know_has_gradients():
    with pytest.raises(ValueError, match=r"only float32 and float64 tensors have gradients, got float16"):
        Tensor(np.ones(1, np.float16), requires_grad=True)


def test_a_tensor_is_gone_through_along_its_first_axis():
    x = leaf(1.0, 2.0)
    first, second = x
    (first * second).backward()
    np.testing.assert_array_equal(x._grad, [2.0, 1.0])
    with pytest.raises(TypeError, match=r"^\[iter\] a tensor without axes"):
        list(Tensor(np.array(1.0)))


# --- modes


def test_set_grad_enabled_is_a_statement_a_context_and_a_decorator():
    mushin.set_grad_enabled(False)
    assert not is_grad_enabled()
    mushin.set_grad_enabled(True)
    assert is_grad_enabled()
    with mushin.set_grad_enabled(False):
        assert not is_grad_enabled()
        with mushin.set_grad_enabled(True):
            assert is_grad_enabled()
        assert not is_grad_enabled()
    assert is_grad_enabled()

    @mushin.set_grad_enabled(False)
    def mode():
        return is_grad_enabled()

    assert is_grad_enabled()
    assert not mode()
    assert is_grad_enabled()
    with pytest.raises(TypeError, match=r"^\[set_grad_enabled\] mode must be a bool, got None"):
        mushin.set_grad_enabled(None)


@pytest.mark.parametrize("decorator", [no_grad, no_grad()])
def test_no_grad_decorates_with_and_without_brackets(decorator):
    @decorator
    def depth(n):
        """Docstring."""
        return [is_grad_enabled()] if n == 0 else [is_grad_enabled(), *depth(n - 1)]

    assert depth(3) == [False] * 4
    assert is_grad_enabled()
    assert depth.__doc__ == "Docstring."
    with pytest.raises(TypeError):
        depth()
    assert is_grad_enabled()


# --- operators in place, and what PyTorch's users expect of operators


def test_an_augmented_assignment_writes_in_place_without_gradients():
    x = Tensor(np.array([1.0, 2.0]))
    alias = x
    x += 1
    x *= 3
    x -= np.array([1.0, 2.0])
    x /= 2
    assert alias is x
    np.testing.assert_array_equal(alias.array, [2.5, 3.5])


def test_a_parameter_is_trained_by_an_augmented_assignment():
    w = leaf(1.0, 2.0)
    same = w
    (w * w).sum().backward()
    with no_grad():
        w -= 0.1 * w.grad
    assert w is same
    assert w.requires_grad
    np.testing.assert_allclose(w.array, [0.8, 1.6])


def test_an_augmented_assignment_in_the_graph_is_a_new_tensor():
    x = leaf(1.0, 2.0)
    total = x * 2
    before = total
    total += x
    assert before is not total
    total.sum().backward()
    np.testing.assert_array_equal(x._grad, [3.0, 3.0])
    plain = Tensor(np.zeros(2))
    plain += x
    assert plain.requires_grad


def test_a_leaf_that_collects_its_gradient_is_not_written_by_an_augmented_assignment():
    x = leaf(1.0, 2.0)
    for other in (1.0, leaf(1.0, 1.0)):
        with pytest.raises(ValueError, match=r"^\[add_\] a tensor that requires its gradient can be written in place"):
            x += other
    np.testing.assert_array_equal(x.array, [1.0, 2.0])


def test_parts_of_one_tensor_may_be_assigned_to_each_other():
    x = Tensor(np.arange(12.0).reshape(3, 4))
    wanted = x.array.copy()
    x[:, 0] = x[:, 1]
    wanted[:, 0] = wanted[:, 1]
    x[1:] = x[:-1]
    wanted[1:] = wanted[:-1].copy()
    x[0, ::2] = x[0, 1::2]
    wanted[0, ::2] = wanted[0, 1::2]
    np.testing.assert_array_equal(x.array, wanted)


def test_integers_meet_floating_point_numbers():
    x = Tensor(np.array([1, 2]))
    for y in (x * 0.5, 0.5 * x):
        assert y.dtype == np.float32
        np.testing.assert_array_equal(y.array, [0.5, 1.0])
    with pytest.raises(TypeError, match=r"^\[add\] one operand must be floating-point, got int64 and int64; .float()"):
        x + 1
    with pytest.raises(TypeError, match=r"^\[add_\] x must be floating-point to hold a float32 result, got int64"):
        x += 0.5


def test_a_tensor_without_axes_does_not_widen():
    x = Tensor(np.ones(2, np.float32))
    scalar = Tensor(np.array(2.0))
    assert (x * scalar).dtype == (scalar * x).dtype == np.float32
    assert (scalar * Tensor(np.array(1, np.float32))).dtype == np.float64
    assert (Tensor(np.array([1])) * scalar).dtype == np.float64


def test_a_number_beyond_float32_becomes_infinite_quietly():
    np.testing.assert_array_equal((Tensor(np.ones(1, np.float32)) * 1e300).array, [np.inf])


def test_comparing_says_how():
    x, y = leaf(1.0), leaf(1.0)
    for compare in (lambda: x == y, lambda: x != y, lambda: x == 1.0, lambda: np.ones(1) == x):
        with pytest.raises(TypeError, match=r"^\[compare\] tensors are not compared yet"):
            compare()
    assert len({x, y, x}) == 2


def test_maximum_along_dim_comes_with_indices():
    x = leaf(1.0, 5.0, 5.0, 2.0, 3.0, 0.0)
    rows = x.reshape(2, 3)
    values, indices = rows.max(dim=1)
    np.testing.assert_array_equal(values.array, [5.0, 3.0])
    np.testing.assert_array_equal(indices.array, [1, 1])
    assert mushin.max(rows, 1, keepdim=True).values.shape == (2, 1)
    np.testing.assert_array_equal(mushin.max(rows, axis=1).array, [5.0, 3.0])
    assert rows.max().item() == 5.0
    values.sum().backward()
    np.testing.assert_array_equal(x._grad, [0, 1, 0, 0, 1, 0])
    with pytest.raises(ValueError, match=r"^\[max\] x must have elements"):
        Tensor(np.zeros((2, 0))).max(dim=1)


def test_functions_of_the_module_take_the_names_of_both_libraries():
    x = Tensor(np.arange(6.0).reshape(2, 3))
    for name in ("sum", "mean", "argmax"):
        function = getattr(mushin, name)
        np.testing.assert_array_equal(function(x, dim=1).array, function(x, axis=1).array)
        np.testing.assert_array_equal(
            function(x, dim=1, keepdim=True).array, getattr(np, name)(x.array, 1, keepdims=True)
        )
    np.testing.assert_array_equal(mushin.softmax(x, dim=0).array, mushin.softmax(x, axis=0).array)


def test_a_tensor_is_formatted_as_its_number():
    assert f"{Tensor(np.array(0.123456)):.3f}" == "0.123"
    assert f"{leaf(1.0)}".startswith("Tensor(")


def test_a_size_is_not_taken_for_requires_grad():
    with pytest.raises(TypeError, match=r"^\[Tensor\] requires_grad must be a bool, got 3; mushin.empty"):
        Tensor(2, 3)
