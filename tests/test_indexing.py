"""Indexing with arrays and masks, reading and writing, and what is chosen by truth values."""

import numpy as np
import pytest

import mushin
from cases.indexing import ARRAYS, BASIC, places, truths
from mushin import Tensor, no_grad
from mushin.autograd import RecordingError

MASKS = [
    truths(4),
    truths(4, 5),
    truths(4, 5, 6),
    np.zeros(4, bool),
    (slice(None), truths(5, 6)),
    (truths(4), slice(None), np.arange(int(truths(4).sum()))),
    (..., [True, False, True, False, False, True]),
    (1, truths(5)),
    (None, truths(4), 2),
]


def numbers(*shape):
    return np.random.Generator(np.random.Philox(2)).standard_normal(shape)


@pytest.mark.parametrize("index", MASKS, ids=range(len(MASKS)))
def test_a_mask_chooses_where_it_is_true(index):
    x = Tensor(numbers(4, 5, 6), requires_grad=True)
    y = x[index]
    np.testing.assert_array_equal(y.array, x.array[index])
    y.backward(np.arange(1.0, y.array.size + 1).reshape(y.shape))
    wanted = np.zeros(x.shape)
    np.add.at(wanted, index, np.arange(1.0, y.array.size + 1).reshape(y.shape))
    np.testing.assert_array_equal(x.grad.array, wanted)


def test_integers_and_arrays_without_axes_take_their_axis_away_first():
    """As in PyTorch; in NumPy an integer beside an array is an array, too."""
    x = numbers(2, 3, 4)
    for zero in (0, np.int64(0), np.array(0), Tensor(np.array(0))):
        np.testing.assert_array_equal(Tensor(x)[zero, :, [0, 1]].array, x[0][:, [0, 1]])
        np.testing.assert_array_equal(Tensor(x)[[0, 1], zero].array, x[[0, 1], 0])
        np.testing.assert_array_equal(Tensor(x)[[1, 0], :, zero].array, x[[1, 0], :, 0])
    np.testing.assert_array_equal(Tensor(x)[np.array(1)].array, x[1])
    vector = Tensor(x[0, 0], requires_grad=True)
    vector[Tensor(np.array(2))].backward()
    np.testing.assert_array_equal(vector.grad.array, [0, 0, 1, 0])
    np.testing.assert_array_equal(Tensor(x)[np.array(1), ..., np.array(2)].array, x[1, :, 2])
    row = Tensor(x[0, 0], requires_grad=True)
    element = row[row.argmax()]
    element.backward()
    assert element.shape == ()
    assert element.item() == x[0, 0].max()
    assert row.grad.tolist() == (x[0, 0] == x[0, 0].max()).tolist()


@pytest.mark.parametrize("dtype", ["?", "b", "H", "i", "q", "f", "d"])
def test_elements_of_every_size_are_gathered_and_written(dtype):
    x = (numbers(5, 3) > 0).astype(dtype) * np.array(3).astype(dtype)
    ids, values = [4, 0, -1], np.array([[0], [1], [1]], dtype)
    y, wanted = Tensor(x), x.copy()
    np.testing.assert_array_equal(y[ids].array, x[ids])
    assert y[ids].dtype == x.dtype
    y[ids], wanted[ids] = values, values
    np.testing.assert_array_equal(y.array, wanted)


@pytest.mark.parametrize("index", [*BASIC, *ARRAYS, *MASKS], ids=range(len(BASIC) + len(ARRAYS) + len(MASKS)))
@pytest.mark.parametrize("layout", ["dense", "transposed", "gaps"])
def test_assignment(index, layout):
    x = {
        "dense": numbers(4, 5, 6),
        "transposed": numbers(6, 5, 4).T,
        "gaps": numbers(4, 5, 12)[..., ::2],
    }[layout]
    wanted, y = x.copy(), Tensor(x)
    for values in (2.5, numbers(*x[index].shape), np.arange(x[index].shape[-1]) if x[index].ndim else 1.5):
        y[index] = values
        wanted[index] = values
        np.testing.assert_array_equal(x, wanted)


def test_a_mask_of_one_value_is_written_without_counting():
    x, values = Tensor(numbers(3, 4)), numbers(3, 4)
    x[truths(3, 4)] = 0
    x[:, truths(4)] = Tensor(np.array([2.0], np.float32))
    wanted = np.where(truths(3, 4), 0, values)
    np.testing.assert_array_equal(x.array[:, ~truths(4)], wanted[:, ~truths(4)])
    np.testing.assert_array_equal(x.array[:, truths(4)], 2.0)


def test_of_several_values_for_one_place_the_last_stays(threads):
    for count in (1, 3):
        threads(count)
        x = Tensor(np.zeros((2, 40000), np.float32))
        x[[0, 1, 0]] = np.arange(3 * 40000, dtype=np.float32).reshape(3, -1)
        assert x.array[0, 0] == 80000
        assert x.array[1, 0] == 40000


def test_values_that_lie_in_the_tensor_itself():
    x = Tensor(np.arange(5.0))
    x[[0, 1, 2]] = x[[2, 1, 0]]
    x[[4, 3]] = x[:2]
    np.testing.assert_array_equal(x.array, [2, 1, 0, 1, 2])


@pytest.mark.parametrize(
    ("index", "values", "kind", "message"),
    [
        ([0, 3], 0.0, IndexError, "[setitem] ids must be in [-3, 3), got 3 at position 1"),
        ([0, 1], [1.0, 2.0, 3.0], ValueError, "[setitem] source must broadcast to shape (2, 2), got (3,)"),
        (truths(2), 0.0, IndexError, "[setitem] mask must have shape (3,) for axis 0 on, got (2,)"),
        ((0, 0, [0]), 0.0, IndexError, "[setitem] too many indices: x has 2 axes, the index is for 3"),
        ((7, [0]), 0.0, IndexError, "[setitem] index 7 is out of bounds"),
        (0.5, 0.0, TypeError, "[setitem] index must be made of integers"),
        ([0], "a", TypeError, "[setitem] source must be real numbers of at most 64 bits, got str"),
    ],
)
def test_an_assignment_that_cannot_be_made_changes_nothing(index, values, kind, message):
    x = Tensor(numbers(3, 2))
    before = x.array.copy()
    with pytest.raises(kind) as error:
        x[index] = values
    assert str(error.value).startswith(message)
    np.testing.assert_array_equal(x.array, before)


def test_an_assignment_is_outside_the_graph_and_is_noticed():
    x = Tensor(numbers(3), requires_grad=True)
    with pytest.raises(ValueError, match=r"^\[setitem\] a tensor that requires its gradient can be written in place"):
        x[[0]] = 1.0
    y = (x * x).sum()
    with no_grad():
        x[[0, 1]] = 1.0
    with pytest.raises(ValueError, match="overwritten in place"):
        y.backward()


def test_ids_that_are_overwritten_are_noticed():
    x, ids = Tensor(numbers(4, 2), requires_grad=True), Tensor(np.array([0, 3]))
    y = x[ids].sum()
    ids.copy_(np.array([1, 2]))
    with pytest.raises(ValueError, match="overwritten in place"):
        y.backward()


def test_a_gradient_of_repeated_ids_has_the_same_bits_for_any_number_of_threads(threads):
    ids = np.random.Generator(np.random.Philox(1)).integers(-7, 7, 3000)
    dy = numbers(3000, 129).astype(np.float32)
    gradients = []
    for count in (1, 2, 3, 7):
        threads(count)
        x = Tensor(np.zeros((7, 129), np.float32), requires_grad=True)
        x[ids].backward(dy)
        gradients.append(x.grad.array.tobytes())
    assert len(set(gradients)) == 1


# --- recorded steps


def test_ids_of_a_replayed_step_are_read_anew():
    step = mushin.compile(lambda x, ids: x[ids, 1:])
    x = Tensor(numbers(5, 4))
    for seed in range(6):
        ids = np.random.Generator(np.random.Philox(seed)).integers(-5, 5, 3)
        np.testing.assert_array_equal(step(x, Tensor(ids)).array, x.array[ids, 1:])
    with pytest.raises(IndexError, match=r"\[(getitem|gather)\] ids must be in \[-5, 5\), got 5 at position 1$"):
        step(x, Tensor(np.array([0, 5, 1])))
    assert step.step.replayed > 0


@pytest.mark.parametrize(
    "choose",
    [
        lambda x, mask: x[mask],
        lambda x, mask: mushin.masked_select(x, mask),
        lambda x, mask: mushin.nonzero(mask),
        lambda x, mask: mushin.where(mask)[0],
        lambda x, mask: mushin.repeat_interleave(x, mask.to(np.int64), 0),
    ],
)
def test_a_shape_that_depends_on_data_is_not_recorded(choose):
    step = mushin.compile(choose)
    x, mask = Tensor(numbers(7)), Tensor(truths(7))
    first = step(x, mask)
    with pytest.warns(RuntimeWarning, match="cannot be known while a step is being recorded"):
        second = step(x, mask)
    np.testing.assert_array_equal(first.array, second.array)
    assert issubclass(RecordingError, RuntimeError)


def test_masks_with_one_value_are_replayed():
    def choose(x, mask):
        y = x.clone()
        y[mask] = 0
        return y, x.masked_fill(mask, -1.0), mushin.where(mask, x, 2.0)

    step = mushin.compile(choose)
    for seed in range(6):
        rng = np.random.Generator(np.random.Philox(seed))
        x, mask = rng.standard_normal((3, 4)), rng.random((3, 4)) < 0.5
        for y, other in zip(step(Tensor(x), Tensor(mask)), (0, -1, None)):
            np.testing.assert_array_equal(
                y.array, np.where(mask, x, 2.0) if other is None else np.where(mask, other, x)
            )
    assert step.step.replayed > 0


# --- truth values and places


def test_places_of_what_is_not_zero():
    x = Tensor(np.array([[0, 2], [3, 0]]))
    np.testing.assert_array_equal(x.nonzero().array, [[0, 1], [1, 0]])
    rows, columns = mushin.nonzero(x, as_tuple=True)
    np.testing.assert_array_equal(x[rows, columns].array, [2, 3])
    assert mushin.nonzero(Tensor(np.array(1.0))).shape == (1, 0)
    np.testing.assert_array_equal(mushin.where(x.array > 2)[1].array, [0])


def test_where_promotes_as_arithmetic_does():
    mask = Tensor(truths(3))
    assert mushin.where(mask, 1.0, 2.0).dtype == np.float32
    assert mushin.where(mask, Tensor(np.zeros(3)), 1).dtype == np.float64
    assert mushin.where(mask, Tensor(np.zeros(3, np.int32)), 1).dtype == np.int32
    assert mushin.where(mask, Tensor(np.zeros(3, np.int32)), 0.5).dtype == np.float32
    assert mushin.where(mask, Tensor(np.zeros(3, np.int32)), Tensor(np.array(1))).dtype == np.int32
    np.testing.assert_array_equal(mushin.where(mask, 1, 2).array, np.where(mask.array, 1, 2))
    np.testing.assert_array_equal(Tensor(np.ones(3)).where(mask, 5).array, np.where(mask.array, 1, 5))


def test_masked_fill_with_a_tensor_that_has_a_gradient():
    x, value = Tensor(numbers(2, 3), requires_grad=True), Tensor(np.array(2.0), requires_grad=True)
    mushin.masked_fill(x, truths(2, 3), value).sum().backward()
    assert value.grad.item() == truths(2, 3).sum()
    np.testing.assert_array_equal(x.grad.array, ~truths(2, 3))
    assert np.isneginf(x.masked_fill(truths(2, 3), float("-inf")).array[truths(2, 3)]).all()


def test_masked_select_broadcasts():
    x, mask = Tensor(numbers(3, 1)), Tensor(truths(4))
    wanted = np.broadcast_to(x.array, (3, 4))[np.broadcast_to(truths(4), (3, 4))]
    np.testing.assert_array_equal(mushin.masked_select(x, mask).array, wanted)
    with pytest.raises(
        ValueError, match=r"^\[masked_select\] mask must broadcast together with \(3, 1\), got \(2, 2\)"
    ):
        mushin.masked_select(x, truths(2, 2))


def test_gradients_of_scatter_for_places_that_differ():
    index = np.array([[2, 0], [1, 3], [0, 2]])
    x, src = Tensor(numbers(3, 4), requires_grad=True), Tensor(numbers(3, 3), requires_grad=True)
    mushin.gradcheck(lambda x, src: mushin.scatter(x, 1, index, src), [x, src])
    np.testing.assert_array_equal(mushin.scatter(x, 1, index, 5.0).array, mushin.scatter(x, 1, index, value=5.0).array)


def test_writes_in_place_at_places():
    x, index = Tensor(np.zeros((2, 3))), Tensor(np.array([[1], [2]]))
    np.testing.assert_array_equal(x.scatter_(1, index, 1.0).array, [[0, 1, 0], [0, 0, 1]])
    np.testing.assert_array_equal(x.scatter_add_(1, index, Tensor(np.ones((2, 1)))).array, [[0, 2, 0], [0, 0, 2]])
    np.testing.assert_array_equal(x.index_add_(0, [1, 1], Tensor(np.ones((2, 3))), alpha=2).array[1], [4, 4, 6])
    np.testing.assert_array_equal(x.masked_fill_(x.array > 3, 0.5).array, [[0, 2, 0], [0.5, 0.5, 0.5]])
    with pytest.raises(ValueError, match=r"^\[masked_fill_\] result must have x's shape \(2, 3\), got \(4, 2, 3\)"):
        x.masked_fill_(np.ones((4, 1, 1), bool), 0.0)


def test_what_a_tensor_contains():
    x = Tensor(np.array([[1.0, 2.0]]))
    assert 2 in x
    assert 3 not in x
    assert Tensor(np.array(1.0)) in x


@pytest.mark.parametrize("missing", [-(2**63), 2**63 - 1])
def test_the_ends_of_int64_are_no_places(missing):
    x, ids = Tensor(numbers(3, 2)), np.array([missing])
    for choose in (
        lambda: mushin.ops.gather_rows(x, ids),
        lambda: mushin.ops.one_hot(ids, 3),
        lambda: x[ids],
        lambda: mushin.nn.functional.cross_entropy(x[:1], ids),
    ):
        with pytest.raises((ValueError, IndexError), match=rf"must be in \[(0|-3), [23]\), got {missing} at "):
            choose()


def test_rows_without_elements_are_gathered():
    x = Tensor(np.zeros((3, 5, 0), np.float32), requires_grad=True)
    y = x[:, [4, 0, 4]]
    y.sum().backward()
    assert (y.shape, x.grad.shape) == ((3, 3, 0), (3, 5, 0))


def test_ids_of_any_layout():
    x, ids = Tensor(numbers(6, 2)), places(4, 3, below=6)
    for each in (ids.T, ids[::2], np.broadcast_to(ids[0], (2, 3)), ids.astype(">i8"), ids.astype(np.uint8)):
        np.testing.assert_array_equal(x[each].array, x.array[each])
        np.testing.assert_array_equal(x[Tensor(each), each * 0].array, x.array[each, 0])
