"""Tensor: values, operators, in-place operators, what PyTorch's users expect of them."""

import copy
import pickle

import numpy as np
import pytest

import mushin
from autograd.leaves import leaf
from mushin import Tensor, kernels, no_grad
from mushin.autograd import RecordingError
from mushin.nn import Parameter


def test_numpy_shares_memory_but_not_the_graph():
    x = leaf(1.0, 2.0)
    with pytest.raises(ValueError, match=r"^\[numpy\] .* use \.detach\(\)\.numpy\(\)"):
        x.numpy()
    assert x.detach().numpy() is x.array
    with no_grad():
        assert x.numpy() is x.array


def test_values_cannot_be_read_while_a_step_is_recorded():
    x, plan = leaf(1.0), kernels.Plan(kernels.Arena())
    plan.begin()
    try:
        y = (x * 2).detach()
        for read in (y.item, y.tolist, y.numpy, y.__repr__, y.__bool__, y.__float__):
            with pytest.raises(RecordingError, match="cannot be read while a step is being recorded"):
                read()
    finally:
        plan.end()


@pytest.mark.parametrize("duplicate", [copy.deepcopy, copy.copy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_of_a_leaf(duplicate):
    x = leaf(1.0, 2.0)
    y = duplicate(x)
    assert y.requires_grad
    (y * y).backward(np.ones(2))
    np.testing.assert_array_equal(y.grad.array, [2, 4])
    assert x.grad is None


def test_a_deep_copy_has_memory_of_its_own():
    x = leaf(1.0, 2.0)
    (x * 3.0).backward(np.ones(2))
    y = copy.deepcopy(x)
    with no_grad():
        x.zero_()
    x._grad[...] = 0
    np.testing.assert_array_equal(y.array, [1, 2])
    np.testing.assert_array_equal(y.grad.array, [3, 3])


def test_what_an_op_computed_is_not_copied():
    y = leaf(1.0) * 2
    with pytest.raises(ValueError, match=r"^\[deepcopy\] only leaves can be copied"):
        copy.deepcopy(y)
    with pytest.raises(ValueError, match=r"^\[pickle\] only leaves can be pickled"):
        pickle.dumps(y)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "data must be a tensor or an array, got NoneType"),
        ("abc", "data must be a tensor or an array, got str"),
        (np.array([1]), "data of a tensor that requires its gradient must be float32 or float64, got int64"),
    ],
)
def test_data_that_cannot_be_bound(value, message):
    x = leaf(1.0)
    with pytest.raises(TypeError, match=rf"^\[data\] {message}"):
        x.data = value
    np.testing.assert_array_equal(x.array, [1.0])


def test_only_what_kernels_know_has_gradients():
    with pytest.raises(ValueError, match=r"only float32 and float64 tensors have gradients, got float16"):
        Tensor(np.ones(1, np.float16), requires_grad=True)


def test_a_tensor_is_gone_through_along_its_first_axis():
    x = leaf(1.0, 2.0)
    first, second = x
    (first * second).backward()
    np.testing.assert_array_equal(x._grad, [2.0, 1.0])
    with pytest.raises(TypeError, match=r"^\[iter\] a tensor without axes"):
        list(Tensor(np.array(1.0)))


def test_an_augmented_assignment_writes_in_place_without_gradients():
    x = Tensor(np.array([1.0, 2.0]))
    alias = x
    x += 1
    x *= 3
    x -= np.array([1.0, 2.0])
    x /= 2
    assert alias is x
    np.testing.assert_array_equal(alias.array, [2.5, 3.5])


def test_a_parameter_is_trained_by_an_augmented_assignment():
    w = leaf(1.0, 2.0)
    same = w
    (w * w).sum().backward()
    with no_grad():
        w -= 0.1 * w.grad
    assert w is same
    assert w.requires_grad
    np.testing.assert_allclose(w.array, [0.8, 1.6])


def test_an_augmented_assignment_in_the_graph_is_a_new_tensor():
    x = leaf(1.0, 2.0)
    total = x * 2
    before = total
    total += x
    assert before is not total
    total.sum().backward()
    np.testing.assert_array_equal(x._grad, [3.0, 3.0])
    plain = Tensor(np.zeros(2))
    plain += x
    assert plain.requires_grad


def test_a_leaf_that_collects_its_gradient_is_not_written_by_an_augmented_assignment():
    x = leaf(1.0, 2.0)
    for other in (1.0, leaf(1.0, 1.0)):
        with pytest.raises(ValueError, match=r"^\[add_\] a tensor that requires its gradient can be written in place"):
            x += other
    np.testing.assert_array_equal(x.array, [1.0, 2.0])


def test_parts_of_one_tensor_may_be_assigned_to_each_other():
    x = Tensor(np.arange(12.0).reshape(3, 4))
    wanted = x.array.copy()
    x[:, 0] = x[:, 1]
    wanted[:, 0] = wanted[:, 1]
    x[1:] = x[:-1]
    wanted[1:] = wanted[:-1].copy()
    x[0, ::2] = x[0, 1::2]
    wanted[0, ::2] = wanted[0, 1::2]
    np.testing.assert_array_equal(x.array, wanted)


def test_integers_meet_floating_point_numbers():
    x = Tensor(np.array([1, 2]))
    for y in (x * 0.5, 0.5 * x):
        assert y.dtype == np.float32
        np.testing.assert_array_equal(y.array, [0.5, 1.0])
    assert (x + 1).dtype == np.int64
    assert (x / 2).dtype == x.exp().dtype == np.float32
    with pytest.raises(ValueError, match=r"^\[add\] operand must fit int8, the dtype of the other one, got 300"):
        x.to(np.int8) + 300
    with pytest.raises(TypeError, match=r"^\[sub\] a and b must be floating-point, got bool and bool"):
        (x > 1) - (x > 1)
    with pytest.raises(ValueError, match=r"^\[pow\] exponent must not be negative for integers, got -1"):
        x**-1
    with pytest.raises(TypeError, match=r"^\[add_\] x must be floating-point to hold a float32 result, got int64"):
        x += 0.5
    with pytest.raises(TypeError, match=r"^\[add_\] x must be of integers to hold a int64 result, got bool"):
        (x > 1).add_(1)


def test_a_tensor_without_axes_does_not_widen():
    x = Tensor(np.ones(2, np.float32))
    scalar = Tensor(np.array(2.0))
    assert (x * scalar).dtype == (scalar * x).dtype == np.float32
    assert (scalar * Tensor(np.array(1, np.float32))).dtype == np.float64
    assert (Tensor(np.array([1])) * scalar).dtype == np.float64
    assert (Tensor(np.ones(2, np.int32)) + Tensor(np.array(3))).dtype == np.int32
    assert (Tensor(np.ones(2, bool)) + Tensor(np.array(3, np.int32))).dtype == np.int32
    assert (Tensor(np.array(3, np.int32)) + 3).dtype == np.int32


def test_a_number_beyond_float32_becomes_infinite_quietly():
    np.testing.assert_array_equal((Tensor(np.ones(1, np.float32)) * 1e300).array, [np.inf])


def test_comparisons_are_tensors_of_truth_values():
    x, y = leaf(1.0, 2.0), leaf(1.0, np.nan)
    for compared in (x == y, y == x, x == np.array([1.0, 0.0]), np.array([1.0, 0.0]) == x, x < 2, x < 2):
        assert isinstance(compared, Tensor)
        assert compared.dtype == np.bool_
        np.testing.assert_array_equal(compared.array, [True, False])
    assert (x == None) is False and (x != "x") is True  # noqa: E711, PT018
    assert len({x, y, x}) == 2
    assert mushin.equal(x, x) and not mushin.equal(y, y) and not mushin.equal(x, x[:1])  # noqa: PT018
    assert mushin.allclose(y, y, equal_nan=True) and not mushin.allclose(y, y)  # noqa: PT018


def test_logic_of_comparisons():
    x = leaf(-1.0, 0.5, 2.0)
    inside = (x > 0) & (x < 1)
    np.testing.assert_array_equal(inside.array, [False, True, False])
    np.testing.assert_array_equal((~inside | (x > 1)).array, [True, False, True])
    np.testing.assert_array_equal((inside ^ inside).array, [False] * 3)


def test_powers_take_the_short_ways():
    x = leaf(0.25, 4.0)
    for exponent in (2, 0.5, -1, -0.5, 3, 0, 1.5):
        np.testing.assert_allclose((x**exponent).array, x.array**exponent, rtol=1e-6)
    np.testing.assert_array_equal((2 ** Tensor(np.arange(4.0))).array, [1, 2, 4, 8])
    for exponent, dtype in (
        (3, np.int64),
        (2, np.int64),
        (np.int32(2), np.int64),
        (2.0, np.float32),
        (3.0, np.float32),
    ):
        powers = Tensor(np.arange(4)) ** exponent
        assert powers.dtype == dtype
        np.testing.assert_allclose(powers.array, np.arange(4.0) ** exponent, rtol=1e-6)
    assert (Tensor(np.ones(2, bool)) ** 2).dtype == np.int64


def test_maximum_along_dim_comes_with_indices():
    x = leaf(1.0, 5.0, 5.0, 2.0, 3.0, 0.0)
    rows = x.reshape(2, 3)
    values, indices = rows.max(dim=1)
    np.testing.assert_array_equal(values.array, [5.0, 3.0])
    np.testing.assert_array_equal(indices.array, [1, 1])
    assert mushin.max(rows, 1, keepdim=True).values.shape == (2, 1)
    np.testing.assert_array_equal(mushin.max(rows, axis=1).array, [5.0, 3.0])
    assert rows.max().item() == 5.0
    values.sum().backward()
    np.testing.assert_array_equal(x._grad, [0, 1, 0, 0, 1, 0])
    with pytest.raises(ValueError, match=r"^\[max\] x must have elements"):
        Tensor(np.zeros((2, 0))).max(dim=1)


def test_functions_of_the_module_take_the_names_of_both_libraries():
    x = Tensor(np.arange(6.0).reshape(2, 3))
    for name in ("sum", "mean", "argmax"):
        function = getattr(mushin, name)
        np.testing.assert_array_equal(function(x, dim=1).array, function(x, axis=1).array)
        np.testing.assert_array_equal(
            function(x, dim=1, keepdim=True).array, getattr(np, name)(x.array, 1, keepdims=True)
        )
    np.testing.assert_array_equal(mushin.softmax(x, dim=0).array, mushin.softmax(x, axis=0).array)


def test_a_tensor_is_formatted_as_its_number():
    assert f"{Tensor(np.array(0.123456)):.3f}" == "0.123"
    assert f"{leaf(1.0)}".startswith("Tensor(")


def test_a_size_is_not_taken_for_requires_grad():
    with pytest.raises(TypeError, match=r"^\[Tensor\] requires_grad must be a bool, got 3; mushin.empty"):
        Tensor(2, 3)


def test_a_copy_shares_memory_and_attributes_but_not_the_gradient():
    x = Parameter(np.ones(3, np.float32))
    x.note, x.grad = ["a"], np.ones(3, np.float32)
    y = copy.copy(x)
    assert (type(y), y.requires_grad, y.grad) == (Parameter, True, None)
    assert y.array is x.array
    assert y.note is x.note
    (y * 2).sum().backward()
    assert (x.grad.tolist(), y.grad.tolist()) == ([1] * 3, [2] * 3)
    z = copy.deepcopy(x)
    assert z.note == ["a"]
    assert z.note is not x.note
    with pytest.raises(ValueError, match=r"^\[copy\] only leaves can be copied"):
        copy.copy(x * 2)
