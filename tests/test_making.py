"""Tensors made of numbers and shapes: eye, linspace, grids and places; and views that share what they view."""

import re

import numpy as np
import pytest

import mushin
from mushin import Tensor, no_grad


def test_matrices_of_ones_on_the_diagonal():
    for n, m in ((3, None), (2, 4), (4, 2), (0, 3)):
        made = mushin.eye(n, m)
        assert made.dtype == np.float32
        np.testing.assert_array_equal(made.array, np.eye(n, m))
    assert mushin.eye(2, dtype=np.int64).dtype == np.int64
    assert mushin.eye(2, requires_grad=True).requires_grad


def test_numbers_at_equal_distances():
    np.testing.assert_array_equal(mushin.linspace(-1, 2, 7).array, np.linspace(-1, 2, 7).astype(np.float32))
    assert mushin.linspace(0, 1, 0, dtype="d").array.dtype == np.float64
    assert mushin.linspace(3, 4, 1).tolist() == [3.0]


def test_tensors_like_another():
    x = Tensor(np.ones((2, 3), np.int32))
    assert mushin.full_like(x, 7).array.tolist() == [[7] * 3] * 2
    assert mushin.full_like(x, 0.5, dtype="f").dtype == np.float32
    assert (mushin.empty_like(x).shape, mushin.empty_like(x).dtype) == ((2, 3), np.int32)


@pytest.mark.parametrize("offset", [-2, 0, 1, 9])
def test_places_of_triangles(offset):
    np.testing.assert_array_equal(mushin.tril_indices(3, 4, offset).array, np.stack(np.tril_indices(3, offset, 4)))
    np.testing.assert_array_equal(mushin.triu_indices(3, 4, offset).array, np.stack(np.triu_indices(3, offset, 4)))


@pytest.mark.parametrize("diagonal", [-(2**63), -4, 5, 2**63 - 1])
def test_triangles_beyond_the_corners(diagonal):
    x = np.ones((3, 4), np.float32)
    upper, lower = (0 * x, x) if diagonal > 0 else (x, 0 * x)
    np.testing.assert_array_equal(mushin.triu(Tensor(x), diagonal).array, upper)
    np.testing.assert_array_equal(mushin.tril(Tensor(x), diagonal).array, lower)


@pytest.mark.parametrize("indexing", ["ij", "xy"])
def test_grids(indexing):
    lines = [Tensor(np.arange(n, dtype=float), requires_grad=True) for n in (2, 3, 4)]
    for count in (1, 2, 3):
        grids = mushin.meshgrid(*lines[:count], indexing=indexing)
        for grid, wanted in zip(grids, np.meshgrid(*(x.array for x in lines[:count]), indexing=indexing), strict=True):
            np.testing.assert_array_equal(grid.array, wanted)
    mushin.meshgrid(lines)[1].sum().backward()
    np.testing.assert_array_equal(lines[1].grad.array, [8, 8, 8])
    assert mushin.meshgrid(Tensor(np.array(3.0)), lines[0])[0].shape == (1, 2)


VIEWS = {
    "squeeze": lambda x: x.squeeze(),
    "unsqueeze": lambda x: x.unsqueeze(0),
    "expand": lambda x: x.expand(2, 1, 4, 6),
    "broadcast_to": lambda x: x.broadcast_to((1, 4, 6)),
    "narrow": lambda x: x.narrow(1, 1, 2),
    "select": lambda x: x.select(1, 2),
    "diagonal": lambda x: x.diagonal(1, 1, 2),
    "chunk": lambda x: x.chunk(2, 1)[1],
    "split": lambda x: x.split([1, 3], 1)[1],
    "tensor_split": lambda x: x.tensor_split(3, -1)[0],
    "unbind": lambda x: x.unbind(1)[2],
    "movedim": lambda x: x.movedim(0, -1),
    "swapaxes": lambda x: x.swapaxes(0, 1),
    "unflatten": lambda x: x.unflatten(2, (2, -1)),
    "ravel": lambda x: x.ravel(),
    "iteration": lambda x: next(iter(x)),
}


@pytest.mark.parametrize("name", VIEWS)
def test_views_share_memory_and_version(name):
    x = Tensor(np.arange(24.0).reshape(1, 4, 6))
    view = VIEWS[name](x)
    assert np.shares_memory(view.array, x.array)
    leaf = Tensor(x.array, requires_grad=True)
    view = VIEWS[name](leaf)
    square = (view * view).sum()
    with no_grad():
        leaf.zero_()
    with pytest.raises(ValueError, match="overwritten in place"):
        square.backward()


COPIES = {
    "flip": lambda x: x.flip(0, 1),
    "roll": lambda x: x.roll(0),
    "repeat": lambda x: x.repeat(1, 1),
    "tile": lambda x: x.tile(1),
    "repeat_interleave": lambda x: x.repeat_interleave(1, 0),
    "tril": lambda x: x.tril(9),
    "cat": lambda x: mushin.cat([x]),
    "gather": lambda x: x[[0, 1]],
}


@pytest.mark.parametrize("name", COPIES)
def test_copies_share_nothing(name):
    x = Tensor(np.ones((2, 3)))
    assert not np.shares_memory(COPIES[name](x).array, x.array)


def test_an_expanded_tensor_cannot_be_written():
    with pytest.raises(ValueError, match=r"^\[copy\] y must be writable"):
        mushin.ones(1).expand(3).fill_(2)


def test_joining_promotes_and_leaves_empty_tensors_out():
    joined = mushin.cat([mushin.arange(2), mushin.ones(1), mushin.zeros(0)])
    assert joined.tolist() == [0.0, 1.0, 1.0]
    assert mushin.cat([mushin.ones(2, 3), mushin.zeros(0)], 1).shape == (2, 3)
    assert mushin.cat([mushin.zeros(0), mushin.zeros(0)]).shape == (0,)
    assert mushin.stack([mushin.arange(2), mushin.arange(2)]).dtype == np.int64
    assert joined.dtype == mushin.stack([mushin.tensor(1), mushin.tensor(2.0)]).dtype == np.float32  # as PyTorch
    assert mushin.concat is mushin.concatenate is mushin.cat


def test_integers_and_truth_values_are_moved_as_they_are():
    x = np.arange(6).reshape(2, 3)
    for dtype in (bool, np.uint8, np.int64):
        t = Tensor(x.astype(dtype))
        np.testing.assert_array_equal(t.triu().array, np.triu(x.astype(dtype)))
        np.testing.assert_array_equal(t.triu(-(2**70)).array, t.array)
        np.testing.assert_array_equal(t.repeat(2, 2).array, np.tile(x.astype(dtype), (2, 2)))
        np.testing.assert_array_equal(mushin.ops.pad(t, (1, 1), value=1).array[:, 0], [1, 1])
        assert t.flip(1).dtype == dtype


@pytest.mark.parametrize("times", [(2, 3), (2, 1, 1, 1, 1, 1, 1, 3), (2,) * 8, (1, 3) * 4, (0,)])
def test_repetitions_of_as_many_axes_as_there_may_be(times):
    x = np.arange(24.0).reshape(1, 2, 1, 3, 1, 2, 1, 2).transpose(1, 0, 3, 2, 7, 6, 5, 4)
    np.testing.assert_array_equal(mushin.tile(Tensor(x), times).array, np.tile(x, times))


def test_repetitions_for_each_place():
    x = Tensor(np.arange(6.0).reshape(3, 2), requires_grad=True)
    y = mushin.repeat_interleave(x, Tensor(np.array([2, 0, 1])), 0)
    np.testing.assert_array_equal(y.array, np.repeat(x.array, [2, 0, 1], 0))
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.array, [[2, 2], [0, 0], [1, 1]])


ERRORS = {
    "pad": (lambda: mushin.ops.pad(mushin.ones(2), 3), TypeError, "[pad] pad must be a tuple of integers, got int"),
    "sizes": (
        lambda: mushin.broadcast_to(mushin.ones(1), 3),
        TypeError,
        "[broadcast_to] shape must be made of integers",
    ),
    "endless": (
        lambda: mushin.linspace(0, np.inf, 3),
        ValueError,
        "[linspace] start and end must be finite, got 0 and",
    ),
    "size": (lambda: mushin.ones(2).size(1), IndexError, "[size] dim must be in [-1, 1), got 1"),
    "eye": (lambda: mushin.eye(2.5), TypeError, "[eye] n must be an integer, got float"),
    "linspace": (lambda: mushin.linspace(0, 1, -1), ValueError, "[linspace] steps must not be negative, got -1"),
    "linspace_text": (lambda: mushin.linspace("a", 1, 1), TypeError, "[linspace] start must be a number, got str"),
    "tril_indices": (lambda: mushin.tril_indices(-1, 2), ValueError, "[tril_indices] row and col must not be negative"),
    "grid": (lambda: mushin.meshgrid(mushin.ones(2, 2)), ValueError, "[meshgrid] tensors must have shape (n,), got"),
    "indexing": (lambda: mushin.meshgrid(indexing="ji"), ValueError, '[meshgrid] indexing must be "ij" or "xy", got'),
    "cat": (lambda: mushin.cat(mushin.ones(2)), TypeError, "[cat] tensors must be a tuple or list of tensors, got Ten"),
    "cat_none": (lambda: mushin.cat([]), ValueError, "[cat] tensors must hold at least one tensor"),
    "repeats": (lambda: mushin.ones(2).repeat_interleave([1], 1), ValueError, "[repeat_interleave] axis must be in"),
    "many": (
        lambda: mushin.ones(2).repeat_interleave(np.array([1, 2, 3]), 0),
        ValueError,
        "[repeat_interleave] repeats must be integers of shape (2,), got int64 of shape (3,)",
    ),
    "negative": (
        lambda: mushin.ones(2).repeat_interleave(np.array([1, -2]), 0),
        ValueError,
        "[repeat_interleave] repeats must not be negative, got -2",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    call, kind, message = ERRORS[name]
    with pytest.raises(kind, match="^" + re.escape(message)):
        call()
