"""gradcheck finds what is wrong and passes what is right."""

import numpy as np
import pytest

import mushin
from autograd.leaves import leaf
from mushin import Tensor, ops
from mushin.autograd import record


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
