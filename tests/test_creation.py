"""Making tensors: dtypes, and errors that name the function that was called."""

import numpy as np
import pytest

import mushin
from mushin import Tensor

REAL = "must be real numbers of at most 64 bits, got"
ROWS = "must be numbers in rows of one length"

ERRORS = {
    "fraction": (lambda: mushin.zeros(2.5), TypeError, "[zeros] shape must be made of integers, got float"),
    "text": (lambda: mushin.ones("a"), TypeError, "[ones] shape must be made of integers, got str"),
    "none": (lambda: mushin.empty(None), TypeError, "[empty] shape must be made of integers, got NoneType"),
    "nested": (lambda: mushin.zeros((2, 3), 4), TypeError, "[zeros] shape must be made of integers, got tuple"),
    "huge": (lambda: mushin.zeros(2**70), ValueError, f"[zeros] shape ({2**70},) is larger than memory can hold"),
    "huge_and_empty": (lambda: mushin.zeros(0, 2**62), ValueError, "[zeros] an array of shape (0, 46116860184273879"),
    "negative": (lambda: mushin.ones(-1), ValueError, "[ones] shape must not be negative, got (-1,)"),
    "very_negative": (lambda: mushin.ones(-(2**70)), ValueError, "[ones] shape must not be negative, got (-118"),
    "full_shape": (lambda: mushin.full(2.5, 1.0), TypeError, "[full] shape must be made of integers, got float"),
    "full_list": (lambda: mushin.full(2, [1, 2]), ValueError, "[full] fill_value must be one number, got shape (2,)"),
    "full_text": (lambda: mushin.full(2, "a"), TypeError, f"[full] fill_value {REAL} str"),
    "full_huge": (lambda: mushin.full(2, 2**70), TypeError, f"[full] fill_value {REAL} int"),
    "full_uint8": (lambda: mushin.full(2, 300, "u1"), ValueError, "[full] fill_value must fit uint8, got 300"),
    "full_nan": (lambda: mushin.full(2, np.nan, "i8"), ValueError, "[full] fill_value must fit int64, got nan"),
    "dtype": (lambda: mushin.zeros(2, dtype="no"), TypeError, "[zeros] dtype must be a NumPy dtype, got 'no'"),
    "half": (lambda: mushin.zeros(2, dtype="f2"), TypeError, "[zeros] dtype must be float32, float64, bool or integer"),
    "like_none": (lambda: mushin.zeros_like(None), TypeError, f"[zeros_like] x {REAL} NoneType"),
    "like_dtype": (lambda: mushin.ones_like(np.ones(1), "no"), TypeError, "[ones_like] dtype must be a NumPy dtype"),
    "rand": (lambda: mushin.rand(2.5), TypeError, "[rand] shape must be made of integers, got float"),
    "randn": (lambda: mushin.randn(2, dtype=int), TypeError, "[randn] dtype must be float32 or float64, got int64"),
    "ragged": (lambda: mushin.tensor([[1], [2, 3]]), ValueError, f"[tensor] data {ROWS}"),
    "tensor_text": (lambda: mushin.tensor("a"), TypeError, f"[tensor] data {REAL} str"),
    "tensor_complex": (lambda: mushin.tensor([1j]), TypeError, f"[tensor] data {REAL} complex128"),
    "tensor_dtype": (lambda: mushin.tensor(1, "no"), TypeError, "[tensor] dtype must be one of real numbers"),
    "as_tensor": (lambda: mushin.as_tensor([[1], [2, 3]]), ValueError, f"[as_tensor] data {ROWS}"),
    "as_tensor_dtype": (lambda: mushin.as_tensor(1, "no"), TypeError, "[as_tensor] dtype must be one of real numbers"),
    "from_numpy": (lambda: mushin.from_numpy(np.array(["a"])), TypeError, f"[from_numpy] array {REAL} <U1"),
    "no_step": (lambda: mushin.arange(0, 1, 0), ValueError, "[arange] step must not be zero, got 0"),
    "arange_text": (lambda: mushin.arange("a"), TypeError, "[arange] end must be a number, got str"),
    "arange_nan": (
        lambda: mushin.arange(np.nan),
        ValueError,
        "[arange] start, end and step must be finite, got 0, nan",
    ),
    "arange_huge": (lambda: mushin.arange(2**70, 2**70 + 2), ValueError, "[arange] start, end and step must be finite"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    call, kind, message = ERRORS[name]
    with pytest.raises(kind) as error:
        call()
    assert str(error.value).startswith(message)


def test_values_and_dtypes():
    assert mushin.zeros(2, dtype=None).dtype == mushin.empty(2, dtype=None).dtype == np.float32
    assert mushin.ones((2, 3)).shape == mushin.ones(2, np.int64(3)).shape == (2, 3)
    assert mushin.zeros(0, 2**40).shape == (0, 2**40)
    assert mushin.full(2, 0.1, np.float64).tolist() == [0.1, 0.1]
    assert mushin.full((), Tensor(3.0)).item() == 3.0
    assert [mushin.full(1, value).dtype.name for value in (1.0, 1, True)] == ["float32", "int64", "bool"]
    assert mushin.ones_like(np.zeros(2, np.int32)).dtype == np.int32


def test_ranges():
    assert mushin.arange(3).tolist() == [0, 1, 2]
    assert mushin.arange(5, 0, -2).tolist() == [5, 3, 1]
    assert mushin.arange(0.0, 1.0, 0.5).dtype == np.float32
    assert mushin.arange(2, dtype=np.float64).dtype == np.float64


def test_a_tensor_of_the_wanted_dtype_is_taken_as_it_is():
    x = mushin.ones(2)
    assert mushin.as_tensor(x) is mushin.as_tensor(x, "float32") is x
    assert mushin.as_tensor(x, np.float64).dtype == np.float64
    assert mushin.tensor([0.5], np.float16).dtype == np.float16
