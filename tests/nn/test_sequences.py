"""Sequences side by side in one tensor, and apart again."""

import numpy as np
import pytest

import mushin
from mushin import Tensor
from mushin.nn.utils.rnn import pad_sequence, unpad_sequence

LENGTHS = [2, 4, 0, 1]


def sequences(*shape, dtype=np.float64, requires_grad=False):
    begins = np.cumsum([1, *LENGTHS])
    arrays = [np.arange(b, b + n).reshape(n, *(1,) * len(shape)) + np.zeros(shape) for b, n in zip(begins, LENGTHS)]
    return [Tensor(each.astype(dtype), requires_grad) for each in arrays]


def test_rows_and_columns():
    padded = pad_sequence(sequences())
    np.testing.assert_array_equal(padded.numpy().T, [[1, 2, 0, 0], [3, 4, 5, 6], [0, 0, 0, 0], [7, 0, 0, 0]])
    in_front = pad_sequence(sequences(), batch_first=True, padding_value=-1, padding_side="left")
    np.testing.assert_array_equal(in_front.numpy(), [[-1, -1, 1, 2], [3, 4, 5, 6], [-1] * 4, [-1, -1, -1, 7]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.uint8])
@pytest.mark.parametrize("batch_first", [False, True])
def test_there_and_back(dtype, batch_first):
    given = sequences(3, 2, dtype=dtype)
    padded = pad_sequence(iter(given), batch_first, 9)
    assert padded.dtype == dtype
    assert padded.shape == ((4, 4, 3, 2))
    apart = unpad_sequence(padded, mushin.tensor(LENGTHS), batch_first)
    for each, other in zip(apart, given, strict=True):
        np.testing.assert_array_equal(each.numpy(), other.numpy())
        assert np.shares_memory(each.array, padded.array) or not each.array.size


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("batch_first", [False, True])
def test_gradients(side, batch_first):
    given = sequences(2, requires_grad=True)
    given[1].requires_grad_(False)
    padded = pad_sequence(given, batch_first, 1.0, side)
    weight = np.random.default_rng(1).standard_normal(padded.shape)
    (padded * padded * Tensor(weight)).sum().backward()
    rows = weight if batch_first else weight.swapaxes(0, 1)
    for row, each in zip(rows, given):
        if each.requires_grad:
            kept = row[len(row) - len(each) :] if side == "left" else row[: len(each)]
            np.testing.assert_allclose(each.grad.numpy(), 2 * each.detach().numpy() * kept)
    assert given[1].grad is None


def test_the_way_back_is_in_the_graph():
    padded = Tensor(np.arange(12.0).reshape(3, 4), requires_grad=True)
    pieces = unpad_sequence(padded, [1, 3, 0, 2])
    mushin.cat([piece * (i + 1) for i, piece in enumerate(pieces)]).sum().backward()
    np.testing.assert_array_equal(padded.grad.numpy(), [[1, 2, 0, 4], [0, 2, 0, 4], [0, 2, 0, 0]])


def test_one_tensor_is_its_rows():
    x = mushin.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(pad_sequence(x, batch_first=True).numpy(), x.numpy())


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda x: pad_sequence([]),
            ValueError,
            r"^\[pad_sequence\] sequences must hold at least one tensor, got none",
        ),
        (lambda x: pad_sequence(3), TypeError, r"^\[pad_sequence\] sequences must be a tensor or tensors, got int"),
        (lambda x: pad_sequence([[1.0]]), TypeError, r"^\[pad_sequence\] sequences must be tensors, got list"),
        (
            lambda x: pad_sequence([x, x[:, :2]]),
            ValueError,
            r"^\[pad_sequence\] sequences must have shape \(time, 3\), got \(2, 2\)",
        ),
        (lambda x: pad_sequence([mushin.tensor(1.0)]), ValueError, r"sequences must have shape \(time\), got \(\)"),
        (
            lambda x: pad_sequence([x, x.double()]),
            TypeError,
            r"sequences must be of one dtype, got float32 and float64",
        ),
        (lambda x: pad_sequence([x], padding_side="pre"), ValueError, r"padding_side must be one of right, left, got"),
        (lambda x: pad_sequence([x.to(np.uint8)], False, -1), ValueError, r"padding_value must fit uint8, got -1"),
        (
            lambda x: unpad_sequence(x[0], [1]),
            ValueError,
            r"^\[unpad_sequence\] padded_sequences must have at least two",
        ),
        (lambda x: unpad_sequence(x, [1.0] * 3), TypeError, r"^\[unpad_sequence\] lengths must be integers, got float"),
        (lambda x: unpad_sequence(x, [1, 2]), ValueError, r"lengths must have shape \(3,\), got \(2,\)"),
        (lambda x: unpad_sequence(x, [1, 2, 3]), ValueError, r"lengths must be in \[0, 2\], got 1 to 3"),
        (lambda x: unpad_sequence(x, [-1, 3], True), ValueError, r"lengths must be in \[0, 3\], got -1 to 3"),
    ],
)
def test_errors_name_the_argument(call, error, message):
    with pytest.raises(error, match=message):
        call(mushin.arange(6.0).reshape(2, 3))
