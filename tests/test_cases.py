"""Everything that is true of every op, driven by the table in cases/: `pytest -k linear` runs one op's part."""

import math
import sys
from itertools import combinations

import numpy as np
import pytest

import mushin
import reference
import sweep_math
from cases import CASES
from cases.of_kernels import DTYPES
from mushin import Tensor, kernels, no_grad, ops
from mushin.autograd import tape
from mushin.ops import random

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
every_op = pytest.mark.parametrize("case", [c for c in CASES if c.gradients()], ids=lambda case: case.name)
every_large_case = pytest.mark.parametrize("case", [c for c in CASES if c.large], ids=lambda case: case.name)

ELEMENTS_TO_DIFFERENTIATE = 1500


# --- running a case


def call(case, arguments, setting):
    """The function's outputs: tensors, or the arrays of a raw case."""
    random.generator[:] = 5, 0  # what seed(5) does, which a recording refuses
    outputs = case.function(*arguments, **setting)
    return outputs if isinstance(outputs, tuple) else (outputs,)


def wrapped(case, arrays, wanted):
    return arrays if case.raw else [Tensor(a, requires_grad=k in wanted) for k, a in enumerate(arrays)]


def weights(shape, dtype):
    """A gradient to start from in which every element counts differently."""
    return (0.5 + np.arange(int(np.prod(shape))) * 0.6180339887498949 % 1).astype(dtype).reshape(shape)


def run(case, arrays, setting, wanted=None):
    """Outputs and gradients as arrays; the gradient is None where it is not wanted."""
    wanted = case.gradients() if wanted is None else wanted
    arguments = wrapped(case, arrays, wanted)
    outputs = call(case, arguments, setting)
    if case.raw:
        return [*outputs], []
    if wanted:
        outputs[0].backward(weights(outputs[0].shape, outputs[0].dtype))
    return [y.array for y in outputs], [x._grad for x in arguments]


def expected(case, arrays, setting):
    with np.errstate(all="ignore"):
        outputs = case.reference(*(a.astype(np.float64) if a.dtype.kind == "f" else a for a in arrays), **setting)
    return outputs if isinstance(outputs, tuple) else (outputs,)


def assert_close(actual, wanted, limit):
    """Largest error and root of the mean square, both relative to those of what is wanted; special values agree."""
    wanted = np.asarray(wanted)
    assert actual.shape == wanted.shape
    if wanted.dtype.kind != "f":
        np.testing.assert_array_equal(actual, wanted)
        return
    special = ~np.isfinite(wanted)
    np.testing.assert_array_equal(actual[special], wanted[special])
    assert np.isfinite(actual[~special]).all()
    wanted = wanted[~special].astype(np.float64)
    error = actual[~special] - wanted
    if error.size:
        assert np.abs(error).max() <= limit * np.abs(wanted).max()
        assert np.linalg.norm(error) <= limit * np.linalg.norm(wanted)


def same_bits(a, b):
    if a is None or b is None:
        return a is b
    return (a.shape, a.dtype, a.tobytes()) == (b.shape, b.dtype, b.tobytes())


def assert_same_bits(actual, wanted):
    assert all(same_bits(a, b) for a, b in zip(actual, wanted, strict=True))


# --- values and gradients


@every_case
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values(case, dtype):
    for shapes, setting in [*case.examples(), *case.examples(large=True)]:
        arrays = case.make(shapes, dtype)
        outputs, _ = run(case, arrays, setting, wanted=())
        for y, wanted in zip(outputs, expected(case, arrays, setting), strict=True):
            assert_close(y, wanted, case.tolerance(dtype, shapes, y.shape))


@every_op
def test_gradients_are_those_of_differences(case):
    for shapes, setting in case.examples():
        arrays = case.make(shapes, np.float64)
        if sum(a.size for a in arrays) <= ELEMENTS_TO_DIFFERENTIATE:
            arguments = wrapped(case, arrays, case.gradients())
            mushin.gradcheck(lambda *x, s=setting: call(case, x, s), arguments, eps=1e-5, atol=1e-7, rtol=1e-6)


@every_op
def test_float32_gradients_are_those_of_float64(case):
    for shapes, setting in [*case.examples(), *case.examples(large=True)]:
        arrays = case.make(shapes, np.float32)
        outputs, gradients = run(case, arrays, setting)
        _, wanted = run(case, [a.astype(np.float64) if a.dtype.kind == "f" else a for a in arrays], setting)
        for k in case.gradients():
            assert gradients[k].dtype == np.float32
            assert_close(gradients[k], wanted[k], case.tolerance(np.float32, shapes, outputs[0].shape))


@every_op
def test_every_subset_of_wanted_gradients(case):
    for shapes, setting in case.typical():
        arrays = case.make(shapes, np.float32)
        inputs = case.gradients()
        _, all_gradients = run(case, arrays, setting)
        for wanted in (subset for n in range(len(inputs)) for subset in combinations(inputs, n)):
            _, gradients = run(case, arrays, setting, wanted)
            assert_same_bits(gradients, [g if k in wanted else None for k, g in enumerate(all_gradients)])


@every_op
def test_gradients_are_added_to_those_that_are_there(case):
    for shapes, setting in case.typical():
        arrays = case.make(shapes, np.float32)
        outputs, gradients = run(case, arrays, setting)
        arguments = wrapped(case, arrays, case.gradients())
        before = [weights(a.shape, a.dtype) for a in arrays]
        for k in case.gradients():
            arguments[k].grad = before[k].copy()
        homes = [x._grad for x in arguments]
        y = call(case, arguments, setting)[0]
        y.backward(weights(y.shape, y.dtype))
        for k in case.gradients():
            assert arguments[k]._grad is homes[k]
            limit = 2 * case.tolerance(np.float32, shapes, outputs[0].shape)
            assert_close(arguments[k]._grad, before[k] + gradients[k], limit)


@every_op
def test_a_leaf_that_is_used_twice_gets_the_sum(case):
    for shapes, setting in case.typical():
        arrays = case.make(shapes, np.float32)
        arguments = wrapped(case, arrays, case.gradients())
        outputs, gradients = run(case, arrays, setting)
        first, second = call(case, arguments, setting)[0], call(case, arguments, setting)[0]
        both = first * 0.5 + second * 2.0
        both.backward(weights(both.shape, both.dtype))
        for k in case.gradients():
            limit = 2 * case.tolerance(np.float32, shapes, outputs[0].shape)
            assert_close(arguments[k]._grad, 2.5 * gradients[k], limit)


@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "maximum", "minimum", "matmul"])
def test_one_leaf_as_both_operands(name):
    x = Tensor(np.linspace(0.5, 2.0, 25).reshape(5, 5), requires_grad=True)
    a, b = (Tensor(x.array, requires_grad=True) for _ in range(2))
    for _ in range(2):  # the second time is added
        getattr(ops, name)(x, x).backward(weights((5, 5), np.float64))
        getattr(ops, name)(a, b).backward(weights((5, 5), np.float64))
        np.testing.assert_allclose(x._grad, a._grad + b._grad, rtol=1e-14, atol=1e-14)


# With bounds that have crossed every gradient is zero; what a number multiplies is kept for a gradient of the number;
# which side of the margin an input is on may not change; of an operand only the sign counts, or whether it is 0; of
# places only which they are, not their order.
HOLDS_WHAT_IT_DOES_NOT_USE = {
    *("clip", "index_add", "addmm", "baddbmm", "cosine_embedding_loss", "copysign", "heaviside", "index_fill"),
    "cov_of_weights",
}


def overwrite(x):
    """Other values of the same kind, written in place."""
    if x.dtype.kind == "f":
        x.mul_(1.5).add_(0.25)
    else:
        x.copy_(np.roll(x.array, 1))


@every_op
def test_writing_into_an_input_is_noticed_if_it_does_harm(case, monkeypatch):
    for shapes, setting in case.typical():
        _, gradients = run(case, case.make(shapes, np.float32), setting)
        for written in range(len(shapes)):
            arguments = wrapped(case, case.make(shapes, np.float32), case.gradients())
            y = call(case, arguments, setting)[0]
            with no_grad():
                overwrite(arguments[written])
            with monkeypatch.context() as unchecked:
                unchecked.setattr(tape, "_check_versions", lambda node: None)
                y.backward(weights(y.shape, y.dtype), retain_graph=True)
            harmless = all(same_bits(x._grad, g) for x, g in zip(arguments, gradients, strict=True))
            for x in arguments:
                x.grad = None
            if not harmless:
                with pytest.raises(ValueError, match="overwritten in place"):
                    y.backward(weights(y.shape, y.dtype))
            elif case.name not in HOLDS_WHAT_IT_DOES_NOT_USE:
                y.backward(weights(y.shape, y.dtype))


# --- arrays in the place of tensors

# Weights of products, running statistics, and what the case itself indexes or calls a method of.
TENSORS_ONLY = {"linear": (1, 2), "linear_without_bias": (1,), "binary_cross_entropy_with_logits": (2,)}
TENSORS_ONLY["index_fill"] = (2,)
TENSORS_ONLY |= dict.fromkeys(("batch_norm", "batch_norm_of_other_axes", "batch_norm_in_evaluation"), (1, 2))
TENSORS_ONLY |= dict.fromkeys(
    ("getitem_of_arrays", "getitem_of_rows", "getitem_of_pairs", "integers_beside_numbers"), (0,)
)


@pytest.mark.parametrize("case", [c for c in CASES if not c.raw], ids=lambda case: case.name)
def test_an_array_is_taken_as_a_tensor(case):
    for shapes, setting in case.typical():
        arrays = case.make(shapes, np.float32)
        wanted, _ = run(case, arrays, setting, wanted=())
        for i in {*range(len(arrays))} - {*TENSORS_ONLY.get(case.name, ())}:
            arguments = [array if k == i else Tensor(array) for k, array in enumerate(arrays)]
            assert_same_bits([y.array for y in call(case, arguments, setting)], wanted)


# --- inputs of every layout


def every_other(a):
    wide = np.zeros((*a.shape[:-1], 2 * a.shape[-1]) if a.ndim else (), a.dtype)
    wide[..., ::2] = a
    return wide[..., ::2]


def misaligned(a):
    raw = np.zeros(a.nbytes + 1, np.uint8)
    view = np.ndarray(a.shape, a.dtype, raw, offset=1)
    view[...] = a
    return view


def read_only(a):
    view = a.copy()
    view.setflags(write=False)
    return view


def swapped(a):
    return a.astype(a.dtype.newbyteorder())


LAYOUTS = {
    "every_other": lambda a: every_other(a) if a.ndim else a,
    "transposed": lambda a: a.T.copy().T,
    "misaligned": misaligned,
    "swapped": swapped,
    "zero_stride": lambda a: np.broadcast_to(a[:1], a.shape) if a.ndim else a,
    "read_only": read_only,
    "reversed": lambda a: np.flip(np.flip(a).copy()) if a.ndim else a,
    "swapped_and_reversed": lambda a: np.flip(swapped(np.flip(a))) if a.ndim else a,
    "misaligned_and_transposed": lambda a: misaligned(a.T).T,
}


@every_case
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(case, layout):
    for shapes, setting in case.typical():
        arrays = [LAYOUTS[layout](a) for a in case.make(shapes, np.float32)]
        dense = [np.array(a, a.dtype.newbyteorder("="), order="C") for a in arrays]
        outputs, gradients = run(case, arrays, setting)
        wanted, wanted_gradients = run(case, dense, setting)
        # How a product is summed may depend on its operands' strides, though never on anything else.
        error = case.tolerance(np.float32, shapes, outputs[0].shape) if "gemm" in case.kernels else 0.0
        for actual, of_dense in zip([*outputs, *gradients], [*wanted, *wanted_gradients], strict=True):
            if of_dense is not None:
                assert_close(actual, of_dense, error)


# --- special values


@every_case
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_carried_as_numpy_does(case, value):
    for shapes, setting in case.typical():
        for k, chosen in enumerate(case.make(shapes, np.float32)):
            if chosen.dtype.kind == "f" and chosen.size:
                arrays = case.make(shapes, np.float32)
                arrays[k].reshape(-1)[chosen.size // 3] = value
                outputs, _ = run(case, arrays, setting, wanted=())
                for y, wanted in zip(outputs, expected(case, arrays, setting), strict=True):
                    assert_close(y, wanted, case.tolerance(np.float32, shapes, y.shape))


RANGES = {
    "exp": np.linspace(-87, 88, 100001),
    "sigmoid": np.linspace(-87, 88, 100001),
    "tanh": np.concatenate([np.linspace(-22, 22, 100001), np.geomspace(1e-30, 1, 50001)]),
    "log": np.concatenate([np.linspace(0.4, 2.5, 100001), np.geomspace(1e-37, 1e37, 50001)]),
}


def test_hard_swish_has_the_outer_slopes_where_it_has_two():
    """As PyTorch's."""
    x = Tensor(np.float32([-3, 3]), requires_grad=True)
    ops.hard_swish(x).backward(np.ones(2, np.float32))
    assert x.grad.tolist() == [0, 1]


@pytest.mark.parametrize("name", sweep_math.FUNCTIONS)
def test_vector_math_over_all_of_float32(name):
    units, place = sweep_math.worst(name, every=997)
    assert units <= sweep_math.MOST_UNITS, f"at {place!r}"


@pytest.mark.parametrize("name", RANGES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_vector_math_is_within_four_units_in_the_last_place(name, dtype):
    x = RANGES[name].astype(dtype)
    wide = x.astype(np.longdouble)
    exact = reference.sigmoid(wide) if name == "sigmoid" else getattr(np, name)(wide)
    error = np.abs(getattr(ops, name)(Tensor(x)).array - exact)
    assert (error <= 4 * np.spacing(np.abs(exact).astype(dtype))).all()


def below(x):
    """P(X < x) of the standard normal distribution, of float64 numbers: the C library's, where -x / sqrt(2) is rounded
    to one of them, and what that has lost by the derivative."""
    wide = -x.astype(np.longdouble) / np.sqrt(np.longdouble(2))
    rounded = wide.astype(np.float64)
    values = np.frompyfunc(math.erfc, 1, 1)(rounded).astype(np.longdouble)
    return (values - 2 / np.sqrt(np.longdouble(np.pi)) * np.exp(-(wide**2)) * (wide - rounded)) / 2


@pytest.mark.skipif(np.finfo(np.longdouble).eps == np.finfo(np.float64).eps, reason="needs a wider reference")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gelu_and_its_derivative_are_those_of_the_normal_distribution(dtype):
    x = np.concatenate([np.linspace(-12, 9, 20001), np.linspace(-1.001, 1.001, 20001)]).astype(dtype)
    wide, argument = x.astype(np.longdouble), Tensor(x, requires_grad=True)
    value = ops.gelu(argument)
    value.backward(np.ones_like(x))
    exact = wide * below(x.astype(np.float64))
    assert (np.abs(value.array - exact) <= 4 * np.spacing(np.abs(exact).astype(dtype))).all()
    # The derivative is zero at -0.75: only there and beside does it err by more than units of its own.
    derivative = below(x.astype(np.float64)) + wide * np.exp(-(wide**2) / 2) / np.sqrt(2 * np.longdouble(np.pi))
    error = np.abs(argument.grad.array - derivative)
    assert (error <= 2 * np.finfo(dtype).eps).all()
    assert (error[x < -3] <= 6 * np.spacing(np.abs(derivative[x < -3]).astype(dtype))).all()


# --- the same bits


@every_large_case
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_threads_do_not_change_the_bits(case, dtype, threads):
    for shapes, setting in case.examples(large=True):
        arrays = case.make(shapes, dtype)
        threads(1)
        wanted, wanted_gradients = run(case, arrays, setting)
        for count in (2, 3, 7):
            threads(count)
            outputs, gradients = run(case, arrays, setting)
            assert_same_bits([*outputs, *gradients], [*wanted, *wanted_gradients])


def record(case, arrays, setting):
    """A plan of the case's forward and backward, and the arrays that a replay writes."""
    arguments = wrapped(case, arrays, case.gradients())
    plan = kernels.Plan(kernels.Arena())
    plan.begin()
    try:
        outputs = call(case, arguments, setting)
        if case.gradients():
            outputs[0].backward(weights(outputs[0].shape, outputs[0].dtype))
    finally:
        plan.end()
    values = outputs if case.raw else [y.array for y in outputs]
    return plan, [plan.uncounted_view(y) for y in values], [] if case.raw else [x._grad for x in arguments]


@every_case
def test_replay_is_eager(case):
    for shapes, setting in case.typical():
        arrays, others = case.make(shapes, np.float32), case.make(shapes, np.float32, seed=1)
        plan, outputs, gradients = record(case, arrays, setting)
        for array, other in zip(arrays, others, strict=True):
            array[...] = other
        for _ in range(2):
            random.seed(5)
            plan.replay()
            wanted, wanted_gradients = run(case, others, setting)
            assert_same_bits(outputs, wanted)
            assert_same_bits(gradients, wanted_gradients)


@pytest.mark.slow
@pytest.mark.parametrize("isa", [isa for isa in kernels.available_isas() if isa != kernels.isa()])
def test_values_and_gradients_with_the_kernels_of(isa, python):
    tests = "test_values or test_gradients or test_float32 or test_vector_math or test_layouts"
    options = ["-q", "-p", "no:cacheprovider", "-x"]
    python("-m", "pytest", *options, __file__, "-k", f"({tests}) and not with_the_kernels_of", MUSHIN_ISA=isa)


def test_an_unknown_isa_is_named_with_those_there_are(python):
    output = python("-c", "import mushin", check=False, MUSHIN_ISA="avx1024")
    assert f"MUSHIN_ISA must be one of {', '.join(kernels.available_isas())} on this processor, got avx1024" in output


# --- errors


@every_case
def test_bad_inputs(case):
    for arguments, message in case.bad:
        with pytest.raises((ValueError, TypeError, IndexError)) as error:
            case.function(*arguments)
        assert str(error.value).startswith(message if message.startswith("[") else f"[{case.name}] {message}")


# --- random numbers


def test_random_words_are_philox():
    """The known answer of Random123 for a key and a counter of zeros."""
    words = np.floor(kernels.fill_uniform(np.empty(4), np.zeros(2, np.uint64), 0.0, 2.0**32))
    assert [int(word) for word in words] == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]


DEVIATIONS = 5  # standard ones: a right generator is off by more once in 1.7 million times


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_statistics_of_random_numbers(dtype):
    state, n = np.array([7, 0], np.uint64), 200_000
    u = kernels.fill_uniform(np.empty(n, dtype), state, -1.0, 3.0).astype(np.float64)
    z = kernels.fill_normal(np.empty(n, dtype), state, 2.0, 0.5).astype(np.float64)
    assert state[1] == 2
    assert u.min() >= -1 and u.max() < 3  # noqa: PT018
    standard = (z - 2) / 0.5
    # What each is, and its variance times n; the fourth central moment of an interval of length 4 is 4^4 / 80.
    statistics = {
        "uniform mean": (u.mean(), 1, 16 / 12),
        "uniform variance": (u.var(), 16 / 12, 3.2 - (16 / 12) ** 2),
        "mean": (standard.mean(), 0, 1),
        "variance": (standard.var(), 1, 2),
        "third moment": ((standard**3).mean(), 0, 15),
        "fourth moment": ((standard**4).mean(), 3, 96),
        "neighbours of uniform numbers": (np.corrcoef(u[:-1], u[1:])[0, 1], 0, 1),
        "neighbours": (np.corrcoef(z[::2], z[1::2])[0, 1], 0, 2),
    }
    for name, (got, expected, variance) in statistics.items():
        assert abs(got - expected) < DEVIATIONS * np.sqrt(variance / n), name


def test_no_two_launches_draw_the_same():
    random.seed(3)
    x = Tensor(np.ones(1000, np.float32))
    first, second = ops.dropout(x), ops.dropout(x)
    assert (first.array != second.array).any()
    random.seed(3)
    np.testing.assert_array_equal(ops.dropout(x).array, first.array)


# --- completeness


def kernel_names():
    """The door's functions: their docstrings are signatures, outputs = inputs."""
    return {name for name, f in vars(kernels).items() if " = " in (f.__doc__ or "") and "->" not in f.__doc__}


def called_kernels(case):
    called = set()

    def profile(frame, event, argument):
        if event == "c_call":
            called.add(argument.__name__)

    shapes, _ = next(case.typical())
    arrays = case.make(shapes, np.float32)
    for setting in case.settings:
        sys.setprofile(profile)
        try:
            run(case, arrays, setting)
        finally:
            sys.setprofile(None)
    return called


@every_case
def test_a_case_calls_the_kernels_that_it_names(case):
    assert set(case.kernels.split()) <= kernel_names()
    assert set(case.kernels.split()) <= called_kernels(case)


def test_every_kernel_has_a_case():
    assert kernel_names() == {name for case in CASES for name in case.kernels.split()}


def test_every_op_has_a_case():
    assert set(ops.__all__) <= {case.name for case in CASES}


def test_names_of_cases_differ():
    assert len({case.name for case in CASES}) == len(CASES)
    assert len(DTYPES) == len({*DTYPES}) == 11
