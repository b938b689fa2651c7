"""PyTorch's names that make no gradient: what tensors are, other names for ops, writing in place, changing views."""

import numpy as np
import pytest

import mushin
from mushin import Tensor
from mushin.ops import aliases


def x():
    return mushin.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize("name", aliases.__all__)
def test_an_alias_is_the_op_itself_as_function_and_method(name):
    op = getattr(mushin, name)
    assert op is getattr(mushin, op.__name__)
    for end in ("", "_"):
        assert getattr(Tensor, name + end, None) is getattr(Tensor, op.__name__ + end, None)
    assert hasattr(Tensor, name)


def test_what_tensors_are():
    a = x()
    assert mushin.is_tensor(a)
    assert not mushin.is_tensor(a.array)
    assert mushin.numel(a) == a.nelement() == a.numel() == 6
    assert a.ndimension() == 2
    assert (a.element_size(), a.itemsize, a.nbytes) == (4, 4, 24)
    assert (a.stride(), a.T.stride(), a.stride(-2)) == ((3, 1), (1, 3), 3)
    assert a.is_contiguous()
    assert not a.T.is_contiguous()
    assert a.is_floating_point()
    assert not mushin.is_floating_point(a.long())
    assert mushin.is_signed(a.long())
    assert not (a > 0).is_signed()
    assert mushin.is_nonzero(a[0, 1])
    assert a.is_same_size(a.T) is False
    assert mushin.result_type(a, a.long()) == np.float32
    assert mushin.result_type(a.long(), 1.5) == np.float32
    with pytest.raises(ValueError, match="must have one element"):
        mushin.is_nonzero(a)


def test_dtypes_and_shapes_of_others():
    a = x()
    assert a.int().dtype == np.int32
    assert a.short().dtype == np.int16
    assert a.type_as(a.long()).dtype == np.int64
    assert a.view_as(a.T).shape == a.reshape_as(a.T).shape == (3, 2)
    assert mushin.broadcast_shapes((3, 1), 4, (1, 1)) == (3, 4)
    with pytest.raises(ValueError, match=r"^\[broadcast_shapes\] shapes must broadcast together, got"):
        mushin.broadcast_shapes((2,), (3,))
    assert a.cpu() is a
    assert a.positive() is a
    for transposed in (a.t(), a.mT, a.mH, a.H, mushin.t(a), mushin.adjoint(a)):
        np.testing.assert_array_equal(transposed.array, a.array.T)
    with pytest.raises(ValueError, match=r"^\[t\] x must have at most two axes, got shape \(1, 2, 3\)"):
        a.reshape(1, 2, 3).t()
    with pytest.raises(ValueError, match=r"^\[adjoint\] input must have shape \(..., m, n\), got \(6,\)"):
        _ = a.ravel().mT


def test_new_tensors_have_the_dtype_of_the_old_one():
    a = x().double()
    made = [
        a.new_zeros(2, 3),
        a.new_ones((2, 3)),
        a.new_full((2, 3), 7),
        a.new_empty(2, 3),
        a.new_tensor([[1, 2, 3]] * 2),
    ]
    assert {(y.shape, y.dtype) for y in made} == {((2, 3), np.dtype(np.float64))}
    assert [float(y.sum()) for y in (made[0], made[1], made[2], made[4])] == [0, 6, 42, 12]
    assert a.new_zeros(1, dtype=mushin.int64).dtype == np.int64
    assert a.new_ones(1, requires_grad=True).requires_grad


def test_asarray_shares_memory_if_it_can():
    a = np.ones(3, np.float32)
    assert mushin.asarray(a).array is a
    assert not np.shares_memory(mushin.asarray(a, copy=True).array, a)
    assert mushin.asarray([1, 2], dtype=mushin.float64).dtype == np.float64
    assert mushin.asarray([1.5], requires_grad=True).requires_grad
    with pytest.raises(ValueError, match=r"^\[asarray\] obj must be a tensor or array of float64 not to be copied"):
        mushin.asarray(a, dtype=mushin.float64, copy=False)


def test_inference_mode_is_no_grad():
    a = x().requires_grad_()
    with mushin.inference_mode():
        assert not (a * 2).requires_grad
        with mushin.inference_mode(False):
            assert (a * 2).requires_grad

    @mushin.inference_mode
    def bare():
        return a * 2

    @mushin.inference_mode()
    def called():
        return a * 2

    assert not bare().requires_grad
    assert not called().requires_grad
    assert (a * 2).requires_grad


IN_PLACE = {
    "fmod_": (lambda a: a.fmod_(2), lambda a: np.fmod(a, 2)),
    "remainder_": (lambda a: a.remainder_(-2), lambda a: np.remainder(a, -2)),
    "floor_divide_": (lambda a: a.floor_divide_(2), lambda a: a // 2),
    "clip_": (lambda a: a.clip_(1, 3), lambda a: np.clip(a, 1, 3)),
    "lerp_": (lambda a: a.lerp_(a * 3, 0.5), lambda a: 2 * a),
    "addcmul_": (lambda a: a.addcmul_(a, a, value=2), lambda a: a + 2 * a * a),
    "addcdiv_": (lambda a: a.addcdiv_(a, a + 1), lambda a: a + a / (a + 1)),
    "gt_": (lambda a: a.gt_(2), lambda a: a > 2),
    "eq_": (lambda a: a.eq_(2), lambda a: a == 2),
    "less_equal_": (lambda a: a.less_equal_(2), lambda a: a <= 2),
    "logical_not_": (lambda a: a.logical_not_(), lambda a: a == 0),
    "cumsum_": (lambda a: a.cumsum_(1), lambda a: np.cumsum(a, 1)),
    "triu_": (lambda a: a.triu_(1), lambda a: np.triu(a, 1)),
    "atan2_": (lambda a: a.atan2_(mushin.ones(3)), lambda a: np.arctan2(a, 1)),
    "tan_": (lambda a: a.tan_(), np.tan),
    "multiply_": (lambda a: a.multiply_(2), lambda a: 2 * a),
    "nan_to_num_": (lambda a: a.div_(a).nan_to_num_(-1), lambda a: np.where(a == 0, -1, 1)),
    "index_fill_": (lambda a: a.index_fill_(1, [0, 2], 9), lambda a: np.where([True, False, True], 9, a)),
    "put_": (lambda a: a.put_(mushin.tensor([5]), mushin.tensor([9.0])), lambda a: np.where(a == 5, 9, a)),
}


@pytest.mark.parametrize("name", IN_PLACE)
def test_what_is_written_in_place(name):
    write, wanted = IN_PLACE[name]
    a = x()
    memory, before, version = a.array, a.array.copy(), a._version[0]
    assert write(a) is a
    assert a.array is memory
    assert a._version[0] > version
    np.testing.assert_allclose(a.array, wanted(before).astype(np.float32), rtol=1e-6)
    with pytest.raises(ValueError, match="can be written in place only under no_grad"):
        write((x() + 1).requires_grad_())


def test_what_is_written_in_place_keeps_its_shape_and_kind():
    with pytest.raises(ValueError, match=r"^\[fmod_\] source must broadcast to shape \(3,\), got \(2, 3\)"):
        mushin.ones(3).fmod_(x() + 1)
    with pytest.raises(TypeError, match=r"^\[lerp_\] x must be floating-point to hold a float32 result, got int64"):
        x().long().lerp_(x(), 0.5)


def test_a_tensor_becomes_a_view_of_its_memory():
    a, view = x(), x()
    memory = a.array
    for change, shape in [
        (lambda: a.t_(), (3, 2)),
        (lambda: a.unsqueeze_(0), (1, 3, 2)),
        (lambda: a.transpose_(0, 2), (2, 3, 1)),
        (lambda: a.squeeze_(-1), (2, 3)),
        (lambda: a.swapaxes_(0, 1), (3, 2)),
    ]:
        assert change() is a
        assert a.shape == shape
        assert np.shares_memory(a.array, memory)
    np.testing.assert_array_equal(a.array, view.array.T)
    b = x()
    c = b.detach()
    product = (b.t_() * mushin.ones(2, requires_grad=True)).sum()
    c.zero_()
    with pytest.raises(ValueError, match="overwritten in place"):
        product.backward()
    with pytest.raises(ValueError, match=r"^\[t_\] a tensor that requires its gradient"):
        x().requires_grad_().t_()


def test_unique_consecutive_is_what_is_left_of_runs():
    a = mushin.tensor([[1, 1, 2], [2, 2, 1], [1, 1, 2]])
    values, inverse, counts = mushin.unique_consecutive(a, True, True)
    assert values.tolist() == [1, 2, 1, 2]
    assert inverse.tolist() == [[0, 0, 1], [1, 1, 2], [2, 2, 3]]
    assert counts.tolist() == [2, 3, 3, 1]
    assert a[:, :2].unique_consecutive(dim=1).tolist() == [[1], [2], [1]]
    assert mushin.unique_consecutive(mushin.zeros(0)).shape == (0,)
    rows, counts = a[[0, 2, 1]].unique_consecutive(dim=0, return_counts=True)
    assert rows.tolist() == [[1, 1, 2], [2, 2, 1]]
    assert counts.tolist() == [2, 1]
