"""What layers and losses are made with, and inputs of another dtype: errors that name the layer and the argument."""

import numpy as np
import pytest

import mushin
from mushin import Tensor, nn


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nn.Dropout("a"), TypeError, r"\[Dropout\] p must be a number, got str"),
        (lambda: nn.Dropout(np.ones(2)), TypeError, r"\[Dropout\] p must be a number, got ndarray"),
        (lambda: nn.Dropout(float("nan")), ValueError, r"\[Dropout\] p must be in \[0, 1\], got nan"),
        (lambda: nn.functional.dropout(mushin.ones(2), "a"), TypeError, r"\[dropout\] p must be a number, got str"),
        (lambda: nn.Linear(-1, 3), ValueError, r"\[Linear\] in_features must not be negative, got -1"),
        (lambda: nn.CrossEntropyLoss(ignore_index=1.5), TypeError, r"\[CrossEntropyLoss\] ignore_index must be an int"),
        (lambda: nn.CrossEntropyLoss(ignore_index=2**70), ValueError, r"\[CrossEntropyLoss\] ignore_index must fit in"),
        (lambda: nn.Hardtanh(1.0, 1.0), ValueError, r"\[Hardtanh\] max_val must be above min_val, got 1.0 and 1.0"),
        (lambda: nn.functional.hardtanh(mushin.ones(2), 1, 0), ValueError, r"\[hardtanh\] max_val must not be below"),
        (lambda: nn.PReLU(-1), ValueError, r"\[PReLU\] num_parameters must not be negative, got -1"),
        (lambda: nn.PReLU("a"), TypeError, r"\[PReLU\] num_parameters must be an integer, got str"),
        (lambda: nn.GLU(2)(mushin.ones(2, 2)), ValueError, r"\[glu\] axis must be in \[-2, 2\), got 2"),
        (lambda: nn.GLU()(mushin.ones(2, 3)), ValueError, r"\[glu\] input must have an even length along axis -1"),
        (lambda: nn.MSELoss()(mushin.ones(2), None), TypeError, r"\[mse_loss\] operand must be real numbers"),
    ],
)
def test_wrong_arguments(call, error, message):
    with pytest.raises(error, match="^" + message):
        call()


def test_an_input_of_another_dtype_than_the_model():
    layer = nn.Linear(3, 2)
    with pytest.raises(TypeError, match=r"x is float64 and weight float32: .* x\.float\(\) or model\.double\(\)$"):
        layer(mushin.ones(1, 3, dtype=np.float64))
    with pytest.raises(TypeError, match=r"x is float32 and weight float64: .* x\.double\(\) or model\.float\(\)$"):
        layer.double()(mushin.ones(1, 3))


def test_a_byte_swapped_batch_is_taken():
    layer, x = nn.Linear(3, 2), np.arange(6, dtype=np.float32).reshape(2, 3)
    np.testing.assert_array_equal(layer(Tensor(x.astype(">f4"))).detach().numpy(), layer(Tensor(x)).detach().numpy())
