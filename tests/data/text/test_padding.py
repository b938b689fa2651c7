"""pad_sequences, as Keras has it."""

import numpy as np
import pytest

from mushin import keras
from mushin.data.text import pad_sequences

SEQUENCES = [[1], [2, 3, 4], [], [5, 6]]


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        ({}, [[0, 0, 1], [2, 3, 4], [0, 0, 0], [0, 5, 6]]),
        ({"padding": "post"}, [[1, 0, 0], [2, 3, 4], [0, 0, 0], [5, 6, 0]]),
        ({"maxlen": 2}, [[0, 1], [3, 4], [0, 0], [5, 6]]),
        ({"maxlen": 2, "truncating": "post", "value": -1}, [[-1, 1], [2, 3], [-1, -1], [5, 6]]),
        ({"maxlen": 4, "padding": "post", "value": 9}, [[1, 9, 9, 9], [2, 3, 4, 9], [9, 9, 9, 9], [5, 6, 9, 9]]),
        ({"maxlen": 0}, np.zeros((4, 0))),
    ],
)
def test_rows(options, rows):
    padded = pad_sequences(SEQUENCES, **options)
    assert padded.dtype == np.int32
    np.testing.assert_array_equal(padded, rows)


def test_elements_with_axes_and_of_other_kinds():
    vectors = [np.ones((2, 3)), np.zeros((0, 3)), np.full((1, 3), 2.5)]
    padded = pad_sequences(vectors, dtype="float32", value=-0.5)
    assert (padded.shape, padded.dtype) == ((3, 2, 3), np.float32)
    np.testing.assert_array_equal(padded[2], [[-0.5] * 3, [2.5] * 3])
    assert pad_sequences([["a"], ["b", "long"]], dtype=object, value="").tolist() == [["", "a"], ["b", "long"]]
    assert pad_sequences([[1.9]]).tolist() == [[1]]
    assert pad_sequences([], maxlen=3).shape == (0, 3)
    assert pad_sequences((np.array([1]), (2, 3))).tolist() == [[0, 1], [2, 3]]


def test_keras_has_it_by_its_names():
    from mushin.keras.preprocessing.sequence import pad_sequences as of_sequence

    assert keras.utils.pad_sequences is keras.preprocessing.sequence.pad_sequences is of_sequence is pad_sequences


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"sequences": 3}, TypeError, r"sequences must have a length, got int"),
        ({"sequences": [1, 2]}, TypeError, r"sequences must hold sequences, got 1 at position 0"),
        ({"sequences": []}, ValueError, r"sequences must hold at least one sequence, or maxlen be given"),
        ({"sequences": [[1], [[1]]]}, ValueError, r"elements of one shape \(\), got \(1,\) at position 1"),
        ({"sequences": [[1], ["x"]]}, ValueError, r"that fit dtype int32, got others at position 1"),
        ({"sequences": [[2**31]]}, ValueError, r"that fit dtype int32, got others at position 0"),
        ({"maxlen": -1}, ValueError, r"maxlen must be at least 0, got -1"),
        ({"maxlen": 1.5}, TypeError, r"maxlen must be an integer, got float"),
        ({"padding": "left"}, ValueError, r"padding must be one of pre, post, got 'left'"),
        ({"truncating": None}, ValueError, r"truncating must be one of pre, post, got None"),
        ({"dtype": "number"}, TypeError, r"dtype must be one of NumPy's, got 'number'"),
        ({"value": "5"}, ValueError, r"value must be a number for dtype int32, got '5'; dtype=object"),
        ({"value": 2**40}, ValueError, r"value must fit dtype int32, got 1099511627776"),
    ],
)
def test_errors_name_the_argument(arguments, error, message):
    with pytest.raises(error, match=rf"^\[pad_sequences\] .*{message}"):
        pad_sequences(**{"sequences": SEQUENCES, **arguments})
