"""IDX files: read exactly, refused when they are damaged or hostile."""

import gzip
import struct
import tracemalloc

import numpy as np
import pytest

from mushin.data import read_idx

from .small_sets import idx_bytes


@pytest.mark.parametrize("shape", [(5,), (0,), (3, 4), (2, 3, 4), (0, 28, 28), (2, 3, 4, 5), (1, 1, 1, 1)])
@pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_read_idx_gives_what_was_written(tmp_path, shape, compress):
    array = np.random.Generator(np.random.Philox(1)).integers(0, 256, shape, dtype=np.uint8)
    file = tmp_path / "data"
    file.write_bytes(compress(idx_bytes(array)))
    got = read_idx(file)
    assert got.dtype == np.uint8
    assert got.flags.writeable
    assert got.shape == shape
    np.testing.assert_array_equal(got, array)
    np.testing.assert_array_equal(read_idx(str(file)), array)


def test_read_idx_reads_data_of_several_chunks(tmp_path):
    array = np.random.Generator(np.random.Philox(2)).integers(0, 256, (3, 1 << 20), dtype=np.uint8)
    (tmp_path / "data").write_bytes(idx_bytes(array))
    np.testing.assert_array_equal(read_idx(tmp_path / "data"), array)


def test_read_idx_goes_by_content_and_not_by_name(tmp_path):
    labels = np.arange(5, dtype=np.uint8)
    (tmp_path / "unpacked.gz").write_bytes(idx_bytes(labels))
    np.testing.assert_array_equal(read_idx(tmp_path / "unpacked.gz"), labels)


IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
HUGE = 2**32 - 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "begins 00 00 08.*got an empty file"),
        (b"\0\0\x08", "begins 00 00 08.*got 00 00 08"),
        (b"<html>not found</html>", "begins 00 00 08.*got 3c 68 74 6d"),
        (b"\x01" + idx_bytes(IMAGES)[1:], "begins 00 00 08.*got 01 00 08 03"),
        (idx_bytes(IMAGES, type_byte=0x0D), "begins 00 00 08.*got 00 00 0d 03"),
        (b"\0\0\x08\0", "expected 1 to 4 dimensions, got 0"),
        (b"\0\0\x08\x05" + bytes(20), "expected 1 to 4 dimensions, got 5"),
        (idx_bytes(IMAGES)[:15], "expected 12 bytes of sizes, got 11"),
        (idx_bytes(IMAGES)[:-1], r"expected 24 bytes of data for shape \(2, 3, 4\), got 23"),
        (idx_bytes(IMAGES)[:16], r"expected 24 bytes of data for shape \(2, 3, 4\), got 0"),
        (idx_bytes(IMAGES) + b"\0", r"expected 24 bytes of data for shape \(2, 3, 4\), got more"),
        (struct.pack(">4B4I", 0, 0, 8, 4, 0, HUGE, HUGE, 1), "a shape that fits into memory"),
        (struct.pack(">4B4I", 0, 0, 8, 4, HUGE, HUGE, HUGE, HUGE), "a shape that fits into memory"),
    ],
)
@pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_read_idx_refuses(tmp_path, content, message, compress):
    file = tmp_path / "data"
    file.write_bytes(compress(content))
    with pytest.raises(ValueError, match=rf"(?s)^\[read_idx\] .*data: .*{message}"):
        read_idx(file)


@pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_lying_header_allocates_nothing(tmp_path, compress):
    file = tmp_path / "data"
    file.write_bytes(compress(struct.pack(">4B2I", 0, 0, 8, 2, 1 << 20, 1 << 20) + b"only this"))
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"expected 1099511627776 bytes of data.*got 9"):
        read_idx(file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


def test_no_more_is_decompressed_than_declared(tmp_path):
    file = tmp_path / "bomb.gz"
    file.write_bytes(gzip.compress(idx_bytes(np.zeros(10, np.uint8)) + bytes(64 << 20)))
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"expected 10 bytes of data.*got more"):
        read_idx(file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


def test_read_idx_refuses_gzip_cut_at_any_place(tmp_path):
    whole = gzip.compress(idx_bytes(IMAGES))
    file = tmp_path / "data.gz"
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"^\[read_idx\] .*data\.gz: "):
            read_idx(file)


def test_read_idx_refuses_a_wrong_gzip_checksum(tmp_path):
    whole = bytearray(gzip.compress(idx_bytes(IMAGES)))
    whole[-8] ^= 1
    (tmp_path / "data.gz").write_bytes(whole)
    with pytest.raises(ValueError, match=r"data\.gz: the gzip data are truncated or damaged \(CRC"):
        read_idx(tmp_path / "data.gz")


def test_read_idx_refuses_damaged_deflate_data(tmp_path):
    whole = bytearray(gzip.compress(idx_bytes(IMAGES)))
    whole[10] |= 0b110  # block type 3, which does not exist
    (tmp_path / "data.gz").write_bytes(whole)
    with pytest.raises(ValueError, match=r"data\.gz: the gzip data are truncated or damaged \(Error -3"):
        read_idx(tmp_path / "data.gz")


def test_read_idx_refuses_what_follows_the_gzip_data(tmp_path):
    (tmp_path / "data.gz").write_bytes(gzip.compress(idx_bytes(IMAGES)) + b"more")
    with pytest.raises(ValueError, match=r"data\.gz: the gzip data are truncated or damaged \(Not a gzipped file"):
        read_idx(tmp_path / "data.gz")


def test_read_idx_of_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="absent"):
        read_idx(tmp_path / "absent")
