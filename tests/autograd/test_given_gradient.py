"""The gradient that a caller gives to backward: it is read where it lies, never written, and never kept."""

import numpy as np
import pytest

import mushin
from autograd.leaves import leaf
from mushin import Tensor, nn, ops, optim

GRAPHS = {
    "leaf": lambda a, b: a,
    "add": lambda a, b: a + b,
    "twice": lambda a, b: a + a,
    "sub": lambda a, b: b - a,
    "mul": lambda a, b: a * b,
    "reshape": lambda a, b: a.reshape(4, 1).reshape(4),
    "clone": lambda a, b: a.clone(),
    "chain": lambda a, b: ops.exp(ops.tanh(a + b) * b),
    "diamond": lambda a, b: (a + b) + (a - b) * a + b,
    "broadcast": lambda a, b: a + b.reshape(1, 4)[0] + b[1:2],
    "parts": lambda a, b: (a[1:] + b[:3]).sum() + a,
    "linear": lambda a, b: ops.linear(a, b.reshape(2, 2).reshape(1, 4) + a.reshape(4, 1)),
}


def leaves():
    return leaf(1.0, -2.0, 0.5, 3.0), leaf(0.25, 4.0, -1.0, 2.0)


def gradients_of(graph, gradient_of, before):
    """Both leaves' gradients after a walk with the gradient that `gradient_of` makes of them."""
    a, b = leaves()
    if before:
        (a * 2.0 + b * 3.0).backward(np.arange(1.0, 5.0))
    y = GRAPHS[graph](a, b)
    y.backward(gradient_of(a, b))
    return [None if x.grad is None else x.grad.array.copy() for x in (a, b)]


def same(first, second):
    for x, y in zip(first, second, strict=True):
        np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("graph", GRAPHS)
@pytest.mark.parametrize("before", [False, True])
def test_it_is_neither_written_nor_kept(graph, before):
    given = np.array([1.0, -2.0, 3.0, -4.0])
    kept = []

    def gradient(a, b):
        kept.append((a, b))
        return given

    found = gradients_of(graph, gradient, before)
    np.testing.assert_array_equal(given, [1.0, -2.0, 3.0, -4.0])
    given[:] = 7.0
    same([None if x.grad is None else x.grad.array for x in kept[0]], found)
    for x in kept[0]:
        assert x.grad is None or not np.shares_memory(x.grad.array, given)


ALIASES = {
    "tensor": lambda x: x.grad,
    "array": lambda x: x.grad.array,
    "view": lambda x: x.grad.array.reshape(2, 2).reshape(4),
    "reversed": lambda x: x.grad.array[::-1],
    "one_number": lambda x: np.broadcast_to(x.grad.array[2:3], 4),
    "buffer": lambda x: np.frombuffer(memoryview(x.grad.array)),
}


@pytest.mark.parametrize("graph", GRAPHS)
@pytest.mark.parametrize("alias", ALIASES)
@pytest.mark.parametrize("which", [0, 1])
def test_it_may_be_a_leaf_s_gradient(graph, alias, which):
    def gradient(a, b):
        return ALIASES[alias]((a, b)[which])

    def copy_of_gradient(a, b):
        return np.array(gradient(a, b))

    same(gradients_of(graph, gradient, True), gradients_of(graph, copy_of_gradient, True))


@pytest.mark.parametrize("graph", GRAPHS)
@pytest.mark.parametrize("alias", ALIASES)
@pytest.mark.parametrize("which", [0, 1])
def test_it_may_have_been_a_leaf_s_gradient(graph, alias, which):
    kept = []

    def gradient(a, b):
        given = ALIASES[alias]((a, b)[which])
        a.grad = b.grad = None
        kept.append((given, np.array(given)))
        return given

    def copy_of_gradient(a, b):
        return np.array(gradient(a, b))

    same(gradients_of(graph, gradient, True), gradients_of(graph, copy_of_gradient, True))
    given, before = kept[0]
    np.testing.assert_array_equal(given, before)


@pytest.mark.parametrize("graph", GRAPHS)
@pytest.mark.parametrize("part", [slice(0, 4), slice(1, 5), slice(3, None, -1)])
def test_it_may_lie_in_an_array_that_a_leaf_was_given_as_its_gradient(graph, part):
    def gradients(copied):
        memory = np.arange(1.0, 6.0)

        def gradient(a, b):
            a.grad = memory[:4]
            return memory[part].copy() if copied else memory[part]

        return gradients_of(graph, gradient, False)

    same(gradients(copied=False), gradients(copied=True))


def test_it_may_lie_in_an_optimizer_s_buffer():
    def gradients(copied):
        layer = nn.Linear(3, 3, bias=False)
        layer.weight.data = np.arange(9.0, dtype=np.float32).reshape(3, 3)
        optimizer = optim.SGD(layer.parameters(), lr=0.0)
        x = Tensor(np.ones((3, 3), np.float32), requires_grad=True)
        for _ in range(2):
            layer(x).backward(np.ones((3, 3), np.float32))
            optimizer.step()
        dy = layer.weight.grad
        (layer(x) + layer.weight).backward(dy.array.copy() if copied else dy)
        return [layer.weight.grad.array.copy(), x.grad.array.copy()]

    same(gradients(copied=False), gradients(copied=True))


def misaligned(x):
    memory = np.zeros(x.nbytes + 1, np.uint8)[1:]
    memory[:] = x.view(np.uint8)
    return memory.view(x.dtype)


def read_only(x):
    x.flags.writeable = False
    return x


LAYOUTS = {
    "strided": lambda x: np.repeat(x, 2)[::2],
    "reversed": lambda x: x[::-1].copy()[::-1],
    "one_number": lambda x: np.broadcast_to(x[:1], 4),
    "misaligned": misaligned,
    "byte_swapped": lambda x: x.astype(x.dtype.newbyteorder()),
    "read_only": read_only,
    "float32": lambda x: x.astype(np.float32),
    "integers": lambda x: x.astype(np.int64),
    "subclass": lambda x: x.view(type("Subclass", (np.ndarray,), {})),
}


@pytest.mark.parametrize("graph", GRAPHS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_it_may_have_any_layout_and_dtype(graph, layout):
    given = LAYOUTS[layout](np.array([1.0, -2.0, 3.0, -4.0]))
    dense = np.array(given, np.float64)
    for before in (False, True):
        same(gradients_of(graph, lambda a, b: given, before), gradients_of(graph, lambda a, b: dense, before))


def test_a_recorded_step_reads_what_is_given_on_each_call():
    x = Tensor(np.array([1.0, 2.0], np.float32), requires_grad=True)

    @mushin.compile
    def step(dy):
        x.grad = None
        (x + x * x).backward(dy)
        return x.grad * 1.0

    for call in range(6):
        dy = np.array([1.0, call], np.float32)
        np.testing.assert_array_equal(step(Tensor(dy)).array, dy * np.array([3.0, 5.0]))
        np.testing.assert_array_equal(dy, [1.0, call])


@pytest.mark.parametrize("op", [ops.add, ops.sub, ops.mul, ops.div, ops.maximum])
@pytest.mark.parametrize("second", [slice(0, 2), slice(1, 3)])
def test_two_leaves_may_share_their_gradients_memory(op, second):
    a, b = leaf(2.0, 3.0), leaf(4.0, -5.0)
    op(a, b).backward(np.ones(2))
    apart = a.grad.array.copy(), b.grad.array.copy()
    shared = np.array([1.0, 2.0, 3.0])
    a.grad, b.grad = Tensor(shared[:2]), Tensor(shared[second])
    op(a, b).backward(np.ones(2))
    expected = np.array([1.0, 2.0, 3.0])
    expected[:2] += apart[0]
    expected[second] += apart[1]
    np.testing.assert_allclose(shared, expected, rtol=1e-12)


@pytest.mark.parametrize("own", [False, True])
def test_a_loss_of_a_leafs_own_gradient(own):
    w = leaf(2.0, 3.0)
    if own:
        w.grad = Tensor(np.array([6.0, 9.0]))
    else:
        (w * w * 1.5).sum().backward()
    (w * w.grad).sum().backward()
    np.testing.assert_array_equal(w.grad.array, [12.0, 18.0])


def test_gradients_that_only_their_leaves_hold_are_not_compared(monkeypatch):
    def refuse(*_):
        raise AssertionError("compared")

    monkeypatch.setattr("mushin.autograd.tape._let_none_overlap", refuse)
    a, b = leaves()
    for _ in range(3):
        (a * b).backward(np.ones(4))
    np.testing.assert_array_equal(a.grad.array, 3.0 * b.array)
    held = a.grad
    with pytest.raises(AssertionError, match="compared"):
        (a * b).backward(np.ones(4))
    del held
