"""What the tests of the tape share."""

import numpy as np

from mushin import Tensor


def leaf(*values, dtype=np.float64):
    return Tensor(np.array(values, dtype), requires_grad=True)


def ones(tensor):
    return np.ones(tensor.shape, tensor.dtype)
