"""Arguments that ops cannot take: errors that name the op and the argument."""

import re

import numpy as np
import pytest

import mushin
from mushin import Tensor, ops

REAL = "must be real numbers of at most 64 bits, got"


def x():
    return mushin.ones(2, 3)


def byte():
    return Tensor(np.ones(2, np.uint8))


def wide():
    return np.array([0, 2**64 - 100], np.uint64)


half, one = Tensor(np.ones(3, np.float16)), mushin.tensor(3.0)

ERRORS = {
    "setitem": (lambda: x().__setitem__(5, 1), IndexError, "[setitem] index 5 is out of bounds"),
    "setitem_index": (lambda: x().__setitem__("a", 1), TypeError, "[setitem] index must be made of integers"),
    "setitem_text": (lambda: x().__setitem__(0, "a"), TypeError, f"[setitem] source {REAL} str"),
    "setitem_rows": (lambda: x().__setitem__(0, [[1], [2, 3]]), ValueError, "[setitem] source must be numbers in rows"),
    "fill": (lambda: x().fill_(None), TypeError, f"[fill_] source {REAL} NoneType"),
    "setitem_range": (lambda: byte().__setitem__(0, 300), ValueError, "[setitem] source must fit uint8, got 300"),
    "setitem_ids": (lambda: byte().__setitem__([0], -1), ValueError, "[setitem] source must fit uint8, got -1"),
    "setitem_nan": (lambda: byte().__setitem__(0, np.nan), ValueError, "[setitem] source must fit uint8, got nan"),
    "fill_range": (lambda: byte().fill_(np.int64(256)), ValueError, "[fill_] source must fit uint8, got 256"),
    "scatter_range": (lambda: byte().scatter(0, [0], 300), ValueError, "[scatter] src must fit uint8, got 300"),
    "full_range": (lambda: mushin.full(2, np.int64(300), "uint8"), ValueError, "[full] fill_value must fit uint8"),
    "bits": (lambda: mushin.bitwise_and(x(), x()), TypeError, "[bitwise_and] a and b must be integers or bool, got"),
    "no_step": (lambda: x()[::0], ValueError, "[getitem] slice step cannot be zero"),
    "setitem_no_step": (lambda: x().__setitem__(slice(None, None, 0), 1), ValueError, "[setitem] slice step cannot be"),
    "slice": (lambda: x()[1.5:], TypeError, "[getitem] slice indices must be integers"),
    "reshape": (lambda: x().reshape(2.0, 3), TypeError, "[reshape] shape must be made of integers, got (2.0, 3)"),
    "reshape_huge": (lambda: x().reshape(2**70, 1), ValueError, "[reshape] shape must hold 6 elements as (2, 3) does"),
    "view": (lambda: x().view(2.0, 3), TypeError, "[view] shape must be made of integers, got (2.0, 3)"),
    "view_huge": (lambda: x().view(2**70, 1), ValueError, "[view] shape must hold 6 elements as (2, 3) does"),
    "huge": (lambda: x() + 2**2000, ValueError, "[add] operand must fit a float, got an integer of 2001 bits"),
    "none": (lambda: x() * None, TypeError, f"[mul] operand {REAL} NoneType"),
    "clip": (lambda: ops.clip(x(), "a", 1), TypeError, "[clip] low must be a number, got str"),
    "dropout": (lambda: ops.dropout(x(), "a"), TypeError, "[dropout] p must be a number, got str"),
    "weight": (lambda: ops.linear(x(), None), TypeError, "[linear] weight must be a tensor, got NoneType"),
    "weight_array": (lambda: ops.linear(x(), np.ones((3, 3))), TypeError, "[linear] weight must be a tensor, got nda"),
    "weight_axes": (lambda: ops.linear(x(), mushin.ones(3)), ValueError, "[linear] weight must have shape (out_featu"),
    "bias_array": (lambda: ops.linear(x(), x(), np.ones(2)), TypeError, "[linear] bias must be a tensor, got ndarray"),
    "linear_none": (lambda: ops.linear(None, x()), TypeError, "[linear] x must be float32 or float64, got object"),
    "linear_wide": (
        lambda: ops.linear(x().double(), x()),
        TypeError,
        "[linear] x is float64 and weight float32: convert one, with x.float() or model.double()",
    ),
    "bias_wide": (
        lambda: ops.linear(x(), x(), mushin.ones(2, dtype="d")),
        TypeError,
        "[linear] x is float32 and bias float64: convert one, with x.double() or model.float()",
    ),
    "weight_integers": (
        lambda: ops.linear(x(), x().long()),
        TypeError,
        "[linear] x is float32 and weight int64: convert one, with weight.float()",
    ),
    "wide_ids": (
        lambda: ops.cross_entropy(x(), wide()),
        ValueError,
        f"[cross_entropy] target must fit int64, got {2**64 - 100}",
    ),
    "wide_rows": (
        lambda: ops.gather_rows(x(), wide()),
        ValueError,
        f"[gather_rows] ids must fit int64, got {2**64 - 100}",
    ),
    "ignored": (
        lambda: ops.cross_entropy(x(), [0, 1], ignore_index=1.5),
        TypeError,
        "[cross_entropy] ignore_index must be an integer, got float",
    ),
    "ignored_huge": (
        lambda: ops.cross_entropy(x(), [0, 1], ignore_index=2**70),
        ValueError,
        f"[cross_entropy] ignore_index must fit int64, got {2**70}",
    ),
    "to_none": (lambda: x().to(None), TypeError, "[to] dtype must be one of real numbers of at most 64 bits, got None"),
    "to_device": (lambda: x().to("cuda"), TypeError, "[to] dtype must be one of real numbers of at most 64 bits, got"),
    "sum_half": (lambda: half.sum(), TypeError, "[sum] x must be float32 or float64, got float16"),
    "exp_half": (lambda: half.exp(), TypeError, "[exp] x must be float32, float64, bool or integer, got float16"),
    "softmax": (lambda: one.softmax(1), ValueError, "[softmax] axis must be in [-1, 1), got 1"),
    "sum_axis": (lambda: one.sum(-2), ValueError, "[sum] axis must be in [-1, 1), got -2"),
    "unbounded": (lambda: x().clamp(), ValueError, "[clip] low or high must be given"),
    "cat_text": (lambda: mushin.cat([x(), "a"]), TypeError, "[cast] dtype must be one of real numbers"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    call, kind, message = ERRORS[name]
    with pytest.raises(kind, match="^" + re.escape(message)):
        call()


def test_a_number_that_an_integer_dtype_holds_is_written_whole():
    x = Tensor(np.zeros(3, np.int64))
    x[0], x[[1]] = 2**62 + 1, 1.7
    assert x.masked_fill(x == 0, 2**53 + 1).tolist() == [2**62 + 1, 1, 2**53 + 1]


def test_there_is_only_the_cpu():
    assert (tensor := x()).to("cpu") is tensor
    with pytest.raises(TypeError, match=r"'cuda'; the only device is 'cpu'$"):
        x().to("cuda")


def test_a_number_beyond_float32_is_infinite():
    assert np.isposinf((x() + 2**1000).numpy()).all()
    assert np.isneginf((x() - 1e300).numpy()).all()


@pytest.mark.parametrize("swapped", ["x", "weight", "bias"])
def test_a_byte_swapped_array_is_taken_by_linear(swapped):
    rng = np.random.Generator(np.random.Philox(5))
    given = {"x": (2, 3), "weight": (4, 3), "bias": (4,)}
    arrays = {name: rng.standard_normal(shape).astype(np.float32) for name, shape in given.items()}
    expected = Tensor(arrays["x"], True), Tensor(arrays["weight"], True), Tensor(arrays["bias"], True)
    arrays[swapped] = arrays[swapped].astype(">f4")
    got = Tensor(arrays["x"], True), Tensor(arrays["weight"], True), Tensor(arrays["bias"], True)
    for leaves in (expected, got):
        result = ops.linear(*leaves)
        (result * result).sum().backward()
    np.testing.assert_array_equal(ops.linear(*got).detach().numpy(), ops.linear(*expected).detach().numpy())
    for a, b in zip(got, expected):
        np.testing.assert_array_equal(a.grad.numpy(), b.grad.numpy())


def test_byte_swapped_probabilities_are_taken():
    p = np.array([[0.25, 0.25, 0.5], [1, 0, 0]], ">f4")
    logits = mushin.arange(6.0).reshape(2, 3)
    assert ops.cross_entropy(logits, p).item() == ops.cross_entropy(logits, p.astype("f4")).item()


def test_uint64_ids_that_fit_are_taken():
    ids = np.array([2, 0], np.uint64)
    assert ops.cross_entropy(x(), ids).item() == ops.cross_entropy(x(), ids.astype(np.int64)).item()


def test_uint64_beyond_int64_is_large():
    small, large = Tensor(np.array([3, 2**64 - 1], np.uint64)), Tensor(np.array([2**63, 5], np.uint64))
    assert (small < large).tolist() == [True, False]
    assert (small >= large).tolist() == [False, True]
    assert mushin.maximum(small, large).tolist() == [2**63, 2**64 - 1]
    assert mushin.minimum(small, large).tolist() == [3, 5]
    assert mushin.sign(large).tolist() == [1, 1]
    for op in (mushin.floor_divide, mushin.remainder):
        with pytest.raises(ValueError, match=rf"^\[{op.__name__}\] b must fit int64, got 9223372036854775808"):
            op(Tensor(np.array([3, 4], np.uint64)), large)


def test_a_step_with_uint64_ids_is_not_replayed():
    """A replay would not look at the ids again."""
    step = mushin.compile(lambda logits, ids: ops.cross_entropy(logits, ids))
    ids = np.array([2, 0], np.uint64)
    step(x(), ids)
    with pytest.warns(RuntimeWarning, match=r"\[cross_entropy\] target of uint64 may not fit int64"):
        step(x(), ids)
    with pytest.raises(ValueError, match=r"^\[cross_entropy\] target must fit int64"):
        step(x(), wide())


def test_an_error_of_matmul_has_no_other_behind_it():
    with pytest.raises(ValueError, match=r"^\[matmul\]") as raised:
        mushin.matmul(mushin.ones(2, 3), mushin.ones(2, 3))
    assert raised.value.__context__ is None


# --- numbers, integers and truth values, as PyTorch has them


def test_add_and_sub_scale_the_second_operand():
    a, b = mushin.tensor([1.0, 2.0], requires_grad=True), mushin.tensor([3.0, 5.0], requires_grad=True)
    y = mushin.add(a, b, alpha=2) + a.sub(b, alpha=0.5)
    assert y.tolist() == [6.5, 11.5]
    y.sum().backward()
    assert (a.grad.tolist(), b.grad.tolist()) == ([2, 2], [1.5, 1.5])
    assert mushin.add(mushin.arange(3), 2, alpha=3).tolist() == [6, 7, 8]
    for write in (lambda: mushin.arange(3).add_(1, alpha=0.5), lambda: mushin.sub(mushin.arange(3), 1, alpha=0.5)):
        with pytest.raises(TypeError, match=r"^\[(add|sub)\] alpha must be an integer, got float$"):
            write()


def test_integers_to_the_power_of_integers():
    x = mushin.arange(4)
    assert [(2**x).tolist(), (x**x).tolist()] == [[1, 2, 4, 8], [1, 1, 4, 27]]
    assert mushin.pow(np.arange(4), 2).tolist() == [0, 1, 4, 9]
    with pytest.raises(ValueError, match=r"^\[pow\] exponent must not be negative for integers, got -3$"):
        x**-x


@pytest.mark.parametrize("dtype", "bhilBHI")
def test_fmod_of_integers_is_that_of_c(dtype):
    a, b = (side.reshape(-1) for side in np.meshgrid(np.arange(-9, 10), [-7, -3, -1, 1, 2, 5]))
    a, b = np.abs(a).astype(dtype) if dtype.isupper() else a.astype(dtype), b.astype(dtype)
    y = mushin.fmod(a, b)
    assert y.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(y.array, np.fmod(a, b))
    assert not mushin.fmod(a, 0).array.any()


@pytest.mark.parametrize("n", range(10))
def test_products_of_integers_are_int64(n):
    x = np.arange(3 * n * 2, dtype=np.int8).reshape(3, n, 2) - 5
    for mine, numpys in ((mushin.prod, np.prod), (mushin.cumprod, np.cumprod)):
        y = mine(mushin.tensor(x), 1)
        assert y.dtype == np.int64
        np.testing.assert_array_equal(y.array, numpys(x, axis=1, dtype=np.int64))
    assert mushin.tensor([True, True]).prod().array == np.int64(1)


def test_logsumexp_of_integers_is_float32():
    y = mushin.arange(4).logsumexp()
    assert y.dtype == np.float32
    assert y.item() == mushin.arange(4).float().logsumexp().item()


def test_float64_of_numpy_is_a_number_and_does_not_widen():
    assert [(np.float64(2) * mushin.arange(3)).dtype, (mushin.arange(3) + np.float64(2)).dtype] == [np.float32] * 2


def test_a_truth_value_has_no_negative():
    with pytest.raises(TypeError, match=r"^\[neg\] x must not be bool; ~x has the truth values reversed$"):
        _ = -mushin.tensor([True])


def test_a_tensor_of_one_integer_is_an_index():
    assert ["a", "b"][mushin.tensor(1)] == "b"
    assert list(range(mushin.tensor([2]))) == [0, 1]
    for wrong in (1.0, [1, 2]):
        with pytest.raises((TypeError, ValueError), match=r"^\[index\]"):
            range(mushin.tensor(wrong))


def test_round():
    x = mushin.tensor([1.26, -2.5])
    assert (round(x).tolist(), round(x, 1).array.round(6).tolist()) == ([1, -2], [np.float32(1.3), -2.5])


def test_numpys_mean_and_a_dtype():
    assert np.mean(mushin.ones(3)).item() == 1
    assert mushin.arange(4).mean(dtype=mushin.float32).item() == 1.5
    assert mushin.ones(3).sum(dtype=mushin.float64).dtype == np.float64
    with pytest.raises(TypeError, match=r"^\[mean\] out must be None"):
        np.mean(mushin.ones(3), out=np.zeros(()))


@pytest.mark.parametrize("data", ["a", None, 1j, np.array(["a"]), np.zeros(2, "i4,f4"), np.zeros(2, object)])
def test_only_real_numbers_become_a_tensor(data):
    for op, name, make in (("Tensor", "data", Tensor), ("flatten", "x", mushin.flatten)):
        with pytest.raises(TypeError, match=rf"^\[{op}\] {name} {REAL}"):
            make(data)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: x.reshape(-1), "[reshape] x must have at most 8 axes, got 9"),
        (lambda x: x.masked_fill(Tensor(x.array > 0), 1.0), "[masked_fill] condition must have at most 8 axes, got 9"),
    ],
)
def test_an_error_about_something_else_keeps_its_message(call, message):
    x = Tensor(np.zeros((2,) * 9, np.float32)).permute(8, *range(8))
    with pytest.raises(ValueError, match="^" + re.escape(message)) as error:
        call(x)
    assert "must hold" not in str(error.value)
    assert "must broadcast" not in str(error.value)


@pytest.mark.parametrize(
    ("ids", "kind"), [([2**40], MemoryError), ([2**62], ValueError), ([2**63 - 1], ValueError), ([0], None)]
)
def test_bincount_of_huge_ids_names_itself(ids, kind):
    if kind is None:
        assert mushin.bincount(ids).tolist() == [1]
        return
    with pytest.raises(kind, match=r"^\[bincount\]"):
        mushin.bincount(ids)


@pytest.mark.parametrize("op", [mushin.tensor_split, lambda x, n: mushin.chunk(x[:0], n)])
def test_no_list_of_pieces_is_larger_than_memory(op):
    with pytest.raises(ValueError, match=r"must be at most 1048576, got 1099511627776$"):
        op(mushin.ones(3), 2**40)
