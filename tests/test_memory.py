"""mushin.memory, and the bound on what the pool keeps."""

import numpy as np
import pytest

import mushin
from mushin import kernels, memory

MEGABYTE = 1 << 20


def test_what_is_in_use_at_the_peak_and_cached():
    memory.release_cached()
    memory.reset_peak()
    before = memory.bytes_in_use()
    assert memory.peak_bytes_in_use() == before
    x = kernels.empty((4 * MEGABYTE,), np.uint8)
    assert memory.bytes_in_use() >= before + 4 * MEGABYTE
    assert memory.bytes_cached() == 0
    del x
    assert memory.bytes_in_use() == before
    assert memory.bytes_cached() >= 4 * MEGABYTE
    assert memory.peak_bytes_in_use() >= before + 4 * MEGABYTE
    memory.release_cached()
    assert memory.bytes_cached() == 0


def test_a_tensor_s_memory_is_counted():
    before = mushin.memory.bytes_in_use()
    x = mushin.zeros(1000, 1000)
    assert mushin.memory.bytes_in_use() >= before + 4_000_000
    del x
    assert mushin.memory.bytes_in_use() == before


def test_ever_new_sizes_do_not_pile_up():
    memory.release_cached()
    memory.reset_peak()
    before = memory.bytes_in_use()
    for megabytes in range(20, 200):
        kernels.empty((megabytes * MEGABYTE,), np.uint8)
    peak = memory.peak_bytes_in_use() - before
    assert 199 * MEGABYTE <= peak < 230 * MEGABYTE
    # Without a bound it would be the sum of one block of each size class.
    assert memory.bytes_cached() <= 2 * peak + 64 * MEGABYTE
    memory.release_cached()


def test_middling_sizes_that_rise_keep_one_block():
    memory.release_cached()
    for kilobytes in range(600, 1000, 50):
        kernels.empty((kilobytes << 10,), np.uint8)
    assert memory.bytes_cached() == MEGABYTE
    memory.release_cached()


def test_passing_memory_goes_back_to_the_system():
    memory.release_cached()
    before = memory.bytes_in_use()
    x = kernels.empty_passing((3, MEGABYTE), np.uint8)
    x[:] = 1
    assert memory.bytes_in_use() >= before + 3 * MEGABYTE
    del x
    assert (memory.bytes_in_use(), memory.bytes_cached()) == (before, 0)


@pytest.mark.parametrize("size", [*range(1, 70), 1000])
def test_a_digest_tells_every_byte(size):
    x = np.arange(size, dtype=np.uint8)
    digests = {kernels.digest([x])}
    for i in range(size):
        for bit in (1, 128):
            y = x.copy()
            y[i] ^= bit
            digests.add(kernels.digest([y]))
    assert len(digests) == 1 + 2 * size
    assert kernels.digest([x]) == kernels.digest([x.copy()]) != kernels.digest([x, x])


def test_a_digest_is_of_memory_without_gaps():
    x = np.arange(12.0).reshape(3, 4)
    assert kernels.digest([x]) == kernels.digest([x.T]) != kernels.digest([x.T.copy()])
    assert kernels.digest([]) == kernels.digest([np.empty((0, 3))])
    assert kernels.digest([np.zeros(1)]) != kernels.digest([np.zeros(2)])


def test_sizes_that_take_turns_are_kept():
    memory.release_cached()
    memory.reset_peak()
    addresses = []
    for _ in range(3):
        addresses.append([kernels.empty((size * MEGABYTE,), np.uint8).ctypes.data for size in (20, 30, 40)])
    assert addresses[0] == addresses[1] == addresses[2]
    memory.release_cached()


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (1, "arrays must hold NumPy arrays"),
        (np.arange(8.0).astype(">f8"), "arrays must be aligned and in the native byte order"),
        (np.zeros(65, np.uint8)[1:].view(np.float64), "arrays must be aligned and in the native byte order"),
    ],
)
def test_a_digest_refuses_what_it_cannot_read(array, message):
    with pytest.raises((TypeError, ValueError), match=rf"\[digest\] {message}"):
        kernels.digest([array])


def test_too_little_memory_names_the_shape():
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (1 << 42, limits[1]))
    try:
        with pytest.raises(MemoryError, match=r"^\[empty\] there is not enough memory for shape \(1099511627776,\)$"):
            mushin.empty(1 << 40)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)
