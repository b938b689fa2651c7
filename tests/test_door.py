"""What every kernel's arguments go through, and the memory that comes out: errors, outputs, the pool."""

import platform
import re
import shutil
import subprocess
import threading

import numpy as np
import pytest

from conftest import REPOSITORY
from mushin import kernels
from mushin.autograd import NEW
from mushin.memory import bytes_in_use

X = np.arange(6, dtype=np.float32).reshape(2, 3)


def read_only(a):
    a = a.copy()
    a.setflags(write=False)
    return a


def state():
    return np.zeros(2, np.uint64)


# --- errors


NINE_AXES = np.ones((1,) * 9)
ENDLESS = np.broadcast_to(np.float32(1), (2**31, 2**26))
COLUMN, ROW = np.broadcast_to(np.float32(1), (2**32, 1)), np.broadcast_to(np.float32(1), (1, 2**32))
STEP, HYPER = np.zeros(1, np.int64), np.zeros(4)
BASE = np.zeros(10)
IDS = np.zeros(2, np.int64)

ERRORS = {
    "few": (lambda: kernels.copy(X), "[copy] takes 2 arguments, got 1"),
    "many": (lambda: kernels.relu_forward(X, X), "[relu] takes 1 arguments, got 2"),
    "list": (lambda: kernels.relu_forward([1.0]), "[relu] x must be a NumPy array, got list"),
    "number": (lambda: kernels.copy(NEW, 1.0), "[copy] x must be a NumPy array, got float"),
    "scalar": (lambda: kernels.copy(NEW, np.float32(1)), "[copy] x must be a NumPy array, got numpy.float32"),
    "none": (lambda: kernels.gemm(NEW, None, X, None, 0), "[gemm] a must be a NumPy array, got NoneType"),
    "two_destinations": (lambda: kernels.copy((X, X), X), "[copy] y must be a NumPy array, got tuple"),
    "half": (
        lambda: kernels.relu_forward(np.ones(2, np.float16)),
        "[relu] x must be float32, float64, bool or integer, got float16",
    ),
    "complex": (
        lambda: kernels.copy(NEW, np.ones(2, complex)),
        "[copy] x must be float32, float64, bool or integer, got complex128",
    ),
    "object": (
        lambda: kernels.copy(NEW, np.array([None])),
        "[copy] x must be float32, float64, bool or integer, got object",
    ),
    "text": (lambda: kernels.copy(NEW, np.array(["a"])), "[copy] x must be float32, float64, bool or integer, got <U1"),
    "mixed": (
        lambda: kernels.mul_forward(X, X.astype("d")),
        "[mul] b must be float32 as the arguments before it, got float64",
    ),
    "output_dtype": (
        lambda: kernels.gemm(np.ones((2, 2)), X, X.T, None, 0),
        "[gemm] a must be float64 as the arguments before it, got float32",
    ),
    "mixed_choice": (
        lambda: kernels.where(np.ones(2, np.uint8), np.ones(2, "f"), np.ones(2)),
        "[where] b must be float32 as the arguments before it, got float64",
    ),
    "mixed_values": (
        lambda: kernels.scatter(np.zeros((1, 2, 1)), np.ones((1, 1, 1), "f"), IDS[:1].reshape(1, 1, 1), False),
        "[scatter] values must be float64 as the arguments before it, got float32",
    ),
    "mixed_sequence": (
        lambda: kernels.searchsorted(np.ones((1, 2)), np.ones((1, 2), np.int64), False),
        "[searchsorted] values must be float64 as the arguments before it, got int64",
    ),
    "axes": (lambda: kernels.add_forward(NINE_AXES, NINE_AXES), "[add] a must have at most 8 axes, got 9"),
    "axes_of_output": (
        lambda: kernels.gather_rows(NEW, np.ones((1,) * 6), np.zeros((1,) * 5, np.int64)),
        "[gather_rows] y would have more than 8 axes",
    ),
    "axes_of_misaligned": (
        lambda: kernels.relu_forward(np.ones((1,) * 8, ">f4")),
        "[relu] a misaligned or byte-swapped array must have fewer than 8 axes",
    ),
    "ndim": (lambda: kernels.gemm(NEW, X[0], X, None, 0), "[gemm] a must have shape (..., m, k), got (3,)"),
    "shape": (lambda: kernels.gemm(NEW, X, X, None, 0), "[gemm] b must have shape (3, n), got (2, 3)"),
    "batch": (lambda: kernels.gemm(NEW, X[None], X.T, None, 0), "[gemm] b must have shape (1, 3, n), got (3, 2)"),
    "output_shape": (lambda: kernels.copy(np.zeros(3), np.zeros(2)), "[copy] y must have shape (2,), got (3,)"),
    "fixed": (
        lambda: kernels.fill_uniform(X.copy(), np.zeros(3, np.uint64), 0.0, 1.0),
        "[fill_uniform] generator must have shape (2,), got (3,)",
    ),
    "two_groups": (
        lambda: kernels.scatter_add_rows(NEW, X, np.zeros(3, np.int64), 4),
        "[scatter_add_rows] dy must have shape (3, ...), got (2, 3)",
    ),
    "unknown": (lambda: kernels.fill(NEW, 0.0), "[fill] y must be an array: its shape does not follow"),
    "negative": (lambda: kernels.spread(NEW, X, -1, 1.0), "[spread] n must not be negative, got -1"),
    "endless_sum": (lambda: kernels.add_forward(ENDLESS, ENDLESS), "[add] y of shape (2147483648, 67108864) is larger"),
    "endless_copy": (lambda: kernels.relu_forward(ENDLESS), "[relu] array of shape (2147483648, 67108864) is"),
    "endless_pair": (
        lambda: kernels.add_forward(COLUMN, ROW),
        "[add] y of shape (4294967296, 4294967296) is larger than memory can hold",
    ),
    "endless_axis": (lambda: kernels.spread(NEW, X, 2**62, 1.0), "[spread] dx of shape (2, 4611686018427387904, 3) is"),
    "read_only": (
        lambda: kernels.fill(read_only(X), 0.0),
        "[fill] y must be writable, got a read-only array",
    ),
    "read_only_in_place": (
        lambda: kernels.add_weighted(read_only(np.zeros(2)), np.ones((1, 1)), None, 1.0),
        "[add_weighted] total must be writable, got a read-only array",
    ),
    "gaps": (lambda: kernels.fill(BASE[::2], 0.0), "[fill] y must be a contiguous, aligned array in native byte order"),
    "gaps_in_place": (
        lambda: kernels.clip_by_value([BASE[::2]], np.ones(())),
        "[clip_by_value] arrays must be a contiguous, aligned array",
    ),
    "swapped": (lambda: kernels.copy(np.zeros(2, ">f4"), np.zeros(2)), "[copy] y must be a contiguous, aligned array"),
    "overlap": (lambda: kernels.copy(BASE[1:], BASE[:-1]), "[copy] y must not overlap x in memory"),
    "overlap_reversed": (lambda: kernels.copy(BASE[::-1], BASE), "[copy] y must not overlap x in memory"),
    "overlap_of_two": (
        lambda: kernels.mul_backward(BASE, NEW, BASE, np.ones(10), np.ones(10)),
        "[mul] da must not overlap dy in memory",
    ),
    "overlap_in_place": (
        lambda: kernels.sgd([BASE], [], [STEP], [BASE], HYPER, 0, 0, 0),
        "[sgd] gradient must not overlap parameter in memory: it is written in place",
    ),
    "overlap_inside_a_list": (
        lambda: kernels.clip_by_value([BASE[:6], np.zeros(3), BASE[5:]], np.ones(())),
        "[clip_by_value] arrays must not overlap arrays in memory",
    ),
    "no_step": (
        lambda: kernels.sgd([BASE], [], [STEP[:0]], [np.ones(10)], HYPER, 0, 0, 0),
        "[sgd] step must have at least 1 elements in array 0, got 0",
    ),
    "a_number_or_one_a_row": (
        lambda: kernels.nll_loss_backward(NEW, X, np.ones((), np.float32), np.zeros((3, 3), int), None, 2, 0),
        "[nll_loss] target must have shape (2, 3), got (3, 3)",
    ),
    "no_list": (lambda: kernels.norms(NEW, X, 2), "[norms] arrays must be a list of arrays, got numpy."),
    "list_of_numbers": (lambda: kernels.norms(NEW, [1.0], 2), "[norms] arrays must be a NumPy array, got"),
    "length_of_output": (
        lambda: kernels.norms(np.zeros(1), [BASE, BASE], 2),
        "[norms] norms must have shape (2,), got (1,)",
    ),
    "short_list": (
        lambda: kernels.sgd([BASE, BASE], [], [STEP, STEP], [BASE], HYPER, 0, 0, 0),
        "[sgd] gradient must hold 2 arrays, got 1",
    ),
    "short_array": (
        lambda: kernels.sgd([BASE, BASE], [], [STEP, STEP], [BASE, BASE[:3]], HYPER, 0, 0, 0),
        "[sgd] gradient must have 10 elements in array 1, got 3",
    ),
    "short_norms": (
        lambda: kernels.clip_by_norm([BASE, BASE], np.ones(1), np.ones(()), 0.0),
        "[clip_by_norm] norms must have shape (2,), got (1,)",
    ),
    "empty_axes": (lambda: kernels.empty((1,) * 9, "f"), "[empty] shape must have at most 8 axes, got 9"),
    "empty_negative": (lambda: kernels.empty((2, -1), "f"), "[empty] shape must not be negative, got (2, -1)"),
    "empty_endless": (
        lambda: kernels.empty((2**40, 2**40), "f"),
        "[empty] an array of shape (1099511627776, 109951",
    ),
    "empty_dtype": (
        lambda: kernels.empty((2,), "U3"),
        "[empty] dtype must be float32, float64, bool or integer, got <U3",
    ),
    "empty_fraction": (lambda: kernels.empty((2, 1.5), "f"), "[empty] shape must be made of integers, got float"),
    "empty_huge": (
        lambda: kernels.empty((0, 2**70), "f"),
        f"[empty] shape (0, {2**70}) is larger than memory can hold",
    ),
    "empty_of_endless": (
        lambda: kernels.empty((0, 2**62), "f"),
        "[empty] an array of shape (0, 4611686018427387904) is",
    ),
    "empty_no_dtype": (lambda: kernels.empty((2,), "no"), "[empty] dtype must be a NumPy dtype, got 'no'"),
    "segment_fraction": (
        lambda: kernels.segment(BASE, 0, (1.5,)),
        "[segment] shape must be made of integers, got float",
    ),
    "threads": (lambda: kernels.set_num_threads(0), "[set_num_threads] count must be in [1, 256], got 0"),
    "threads_fraction": (lambda: kernels.set_num_threads(2.5), "[set_num_threads] count must be an integer, got float"),
    "threads_text": (lambda: kernels.set_num_threads("a"), "[set_num_threads] count must be an integer, got str"),
    "threads_huge": (lambda: kernels.set_num_threads(2**40), "[set_num_threads] count must be in [1, 256], got 10995"),
    "threads_negative": (
        lambda: kernels.set_num_threads(-(2**70)),
        "[set_num_threads] count must be in [1, 256], got -",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    call, message = ERRORS[name]
    before = bytes_in_use()
    for _ in range(3):
        with pytest.raises((ValueError, TypeError)) as error:
            call()
        assert str(error.value).startswith(message)
        del error
    assert bytes_in_use() == before  # a call that fails leaves nothing behind


def test_numbers_must_be_numbers():
    for call in (lambda: kernels.fill(X.copy(), "1"), lambda: kernels.spread(NEW, X, 1.5, 1.0)):
        with pytest.raises(TypeError):
            call()


# --- outputs


def test_an_output_goes_where_the_caller_says():
    y = np.full((2, 3), 5, np.float32)
    assert kernels.copy(y, X) is y
    np.testing.assert_array_equal(y, X)
    assert kernels.copy((y,), X) is y
    np.testing.assert_array_equal(y, 2 * X)
    new = kernels.copy(NEW, X)
    assert new is not X
    assert new.flags.writeable
    assert new.flags.c_contiguous
    assert new.ctypes.data % 64 == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda: kernels.copy(None, X),
        lambda: kernels.fill(None, 1.0),
        lambda: kernels.fill_uniform(None, state(), 0.0, 1.0),
        lambda: kernels.fill_normal(None, state(), 0.0, 1.0),
        lambda: kernels.gather_rows(None, X, np.zeros(1, np.int64)),
        lambda: kernels.norms(None, [X], 2),
        lambda: kernels.gemm(None, X, X.T, None, 0),
        lambda: kernels.relu_backward(None, X, X),
        lambda: kernels.dropout_backward(None, X, state(), 0.5),
    ],
)
def test_an_output_that_nobody_wants_is_not_made(call):
    assert call() is None


def test_one_of_two_outputs():
    da, db = kernels.mul_backward(None, NEW, X, X, X)
    assert da is None
    np.testing.assert_array_equal(db, X * X)


def test_an_input_may_be_overwritten_in_its_place():
    dy = X.copy()
    assert kernels.sigmoid_backward(dy, dy, X) is dy
    np.testing.assert_array_equal(dy, X * X * (1 - X))


def test_gathered_rows_are_added_where_the_caller_says():
    y = np.full((2, 2), 10, np.float64)
    kernels.gather_rows((y,), np.arange(6, dtype=np.float32).reshape(3, 2), np.array([2, 1]))
    np.testing.assert_array_equal(y, [[14, 15], [12, 13]])


def test_the_destination_of_a_copy_may_have_gaps():
    wide = np.zeros((2, 6), np.float32)
    kernels.copy(wide[:, ::-2], X)
    np.testing.assert_array_equal(wide[:, ::-2], X)
    assert not wide[:, ::2].any()


# --- the pool


def test_memory_comes_back():
    before = bytes_in_use()
    x = kernels.empty((1000, 1000), np.float32)
    address, view = x.ctypes.data, x[10:20].T
    assert bytes_in_use() >= before + 4_000_000
    del x
    assert bytes_in_use() >= before + 4_000_000  # the view keeps its memory
    del view
    assert bytes_in_use() == before
    assert kernels.pool_statistics()["peak_bytes_in_use"] >= before + 4_000_000
    assert kernels.empty((1000, 1000), np.float32).ctypes.data == address


def test_unused_memory_can_be_given_back():
    kernels.empty((1000,), np.float32)
    assert kernels.pool_statistics()["bytes_cached"] > 0
    kernels.pool_clear()
    assert kernels.pool_statistics()["bytes_cached"] == 0


def test_every_size_is_served():
    before = bytes_in_use()
    for size in [0, 1, 15, 16, 17, 79, 80, 81, *(2**k + d for k in range(7, 20) for d in (-1, 0, 1))]:
        x = kernels.empty((size,), np.uint8)
        x[...] = 7
        assert (bytes_in_use() - before) >= size
        assert (bytes_in_use() - before) <= max(64, 1.25 * size + 16)
        del x
    assert bytes_in_use() == before


def test_memory_may_be_freed_by_another_thread():
    before = bytes_in_use()
    arrays = [kernels.empty((100,), np.float32) for _ in range(100)]
    thread = threading.Thread(target=arrays.clear)
    thread.start()
    thread.join()
    assert bytes_in_use() == before


def test_arrays_outlive_everything(python):
    output = python(
        "-c",
        """
import atexit, os, sys, numpy as np, mushin
from mushin import kernels, ops, ones
class Late:
    def __init__(self): self.array = kernels.copy(True, np.arange(100000.0))
    def __del__(self, write=os.write): write(1, b"%d" % self.array[-1])
sys.late = Late()  # freed after the modules
atexit.register(lambda: print(ops.relu(ones(3)).array.sum(), flush=True))
del sys.modules["mushin.kernels"], mushin
""",
    )
    assert output.split() == ["3.0", "99999"]


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="needs fork")
def test_fork_while_another_thread_holds_the_pool(python):
    output = python(
        "-W",
        "ignore",  # a fork beside threads is what is tested here
        "-c",
        """
import os, signal, threading, numpy as np, mushin
from mushin import kernels, ops
def allocate():
    while True: [kernels.empty((n,), np.float32) for n in (10, 1000, 100000)]
def compute():
    while True: ops.exp(x)
mushin.set_num_threads(2)
x = mushin.Tensor(np.linspace(-1, 1, 100001, dtype=np.float32))
for target in (allocate, compute): threading.Thread(target=target, daemon=True).start()
wanted = ops.exp(x).array.tobytes()
signal.alarm(60)
for _ in range(40):
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        os._exit(0 if ops.exp(x).array.tobytes() == wanted else 1)
    assert os.waitpid(child, 0)[1] == 0
print("done", flush=True)
os._exit(0)
""",
    )
    assert output == "done\n"


# --- the object files


def compile_options(isa):
    """The release build's options for the kernels of an ISA, from CMakeLists.txt."""
    text = (REPOSITORY / "CMakeLists.txt").read_text()
    [everywhere] = re.findall(r"^add_compile_options\((.*)\)$", text, re.M)
    [of_isa] = re.findall(rf"^ *add_isa\({isa} ?(.*)\)$", text, re.M)
    [of_kernels] = re.findall(r"target_compile_options\(kernels_\$\{name\} PRIVATE (.*) \$\{ARGN\}\)", text)
    release = re.findall(r'CMAKE_CXX_FLAGS_RELEASE "(.*)"', text)[0]
    return [*f"-std=c++20 -fPIC {release} {everywhere} {of_kernels} {of_isa}".split(), f"-DMUSHIN_ISA={isa}"]


def objects_of_kernels(folder):
    """The families' object files of a build that is up to date, by family and ISA; without one, AVX2's are compiled."""
    csrc = REPOSITORY / "csrc"
    sources = list((csrc / "kernels").glob("*.cpp"))
    headers = (file for room in ("core", "kernels", "simd") for file in (csrc / room).rglob("*.h"))
    latest = max(file.stat().st_mtime for file in (*sources, *headers))
    caches = (REPOSITORY / "build").glob("*/CMakeCache.txt")
    builds = (cache.parent for cache in caches if "MUSHIN_SANITIZE:BOOL=OFF" in cache.read_text())
    found = (file for build in builds for file in build.glob("CMakeFiles/kernels_*.dir/**/*.cpp.o"))
    objects = {(file.name[:-6], file.parts[-4][8:-4]): file for file in found if file.stat().st_mtime > latest}
    if not objects:
        for source in sources:
            objects[source.stem, "avx2"] = compiled = folder / f"{source.stem}.o"
            subprocess.run(["c++", *compile_options("avx2"), "-c", source, "-o", compiled], check=True)
    return objects


@pytest.mark.slow
@pytest.mark.skipif(not (shutil.which("c++") and shutil.which("nm")), reason="needs a C++ compiler and nm")
@pytest.mark.skipif(platform.machine() != "x86_64", reason="only x86-64 has several instruction sets")
def test_an_isa_shares_no_code_with_another(tmp_path):
    """A weak symbol of one ISA's object file may be linked into another's: an illegal instruction on other machines."""
    for (family, isa), file in objects_of_kernels(tmp_path).items():
        listing = subprocess.run(["nm", "-C", file], check=True, capture_output=True, text=True).stdout
        symbols = re.findall(r"^[0-9a-f ]{16} (\w) (.*)$", listing, re.M)
        assert [name for kind, name in symbols if kind in "WVuwv"] == []
        assert [name for kind, name in symbols if kind.isupper() and kind != "U"] == [f"mushin::{family}_{isa}"]
        assert [name for _, name in symbols if "_GLOBAL__sub_I" in name] == []  # no constructors run at import
        assert {name.split("(")[0] for kind, name in symbols if kind == "U"} <= {*NEEDED, *C_LIBRARY}


NEEDED = {
    "mushin::parallel_for",
    "mushin::num_threads",
    "mushin::scratch",
    "mushin::second_level_cache",
    "_GLOBAL_OFFSET_TABLE_",
}
C_LIBRARY = {"memcpy", "memset", "memmove", "log", "sin", "cos", "sincos", "pow", "fmod", "sqrt", "__stack_chk_fail"}
