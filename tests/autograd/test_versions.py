"""Memory that is written in place while the graph still needs it."""

import numpy as np
import pytest

import mushin
from autograd.leaves import leaf, ones
from mushin import Tensor, nn, no_grad, ops, optim
from mushin.autograd import record

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


@pytest.mark.parametrize(
    "write",
    [
        lambda x, source: x.copy_(source),
        lambda x, source: x.add_(source),
        lambda x, source: x.__setitem__(0, source[0]),
        lambda x, source: x.__setitem__([0, 1], source),
        lambda x, source: x.masked_fill_(x > 0, source[0]),
        lambda x, source: x.index_add_(0, [0, 1], source),
    ],
)
def test_a_gradient_is_not_lost_by_a_write(write):
    """Writes are outside of the graph: what is written would have no part in it."""
    x, source = Tensor(np.ones(2)), leaf(1.0, 2.0)
    with pytest.raises(ValueError, match="the gradient of a tensor that is written into another one would be lost"):
        write(x, source)
    np.testing.assert_array_equal(x.array, [1, 1])
    write(x, source.detach())
    with no_grad():
        write(x, source)
    assert not x.requires_grad


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


def test_what_a_loss_has_broadcast_is_watched():
    x, var = leaf(1.0, 2.0), leaf(0.5)
    loss = nn.functional.gaussian_nll_loss(x, np.zeros(2), var)
    with no_grad():
        var.mul_(3)
    with pytest.raises(ValueError, match=OVERWRITTEN):
        loss.backward()
