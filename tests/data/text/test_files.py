"""Text files are read piece by piece, and what is wrong with one is said with its line."""

import codecs
import gzip
import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from mushin.data import DataLoader
from mushin.data.text import TextLines, files, lines_of, read_text


@pytest.fixture
def file(tmp_path):
    """Writes a file of text or bytes; returns its path."""

    def write(content, name="text.txt"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture(params=[1, 2, 3, 7, 1 << 18])
def piece(request, monkeypatch):
    """How many bytes are decoded at once: so few that characters and ends of lines are cut."""
    monkeypatch.setattr(files, "_PIECE", request.param)


ENDS = "one\r\ntwo\rthree\n\nfünf 漢字 🙂\x0c\u2028 six\r\n\rlast"
LINES = ["one", "two", "three", "", "fünf 漢字 🙂\x0c\u2028 six", "", "last"]


@pytest.mark.usefixtures("piece")
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32-be"])
def test_lines_end_as_they_may(file, pack, encoding):
    path = file(pack(ENDS.encode(encoding)))
    assert list(lines_of(path, encoding)) == LINES
    assert read_text(str(path), encoding) == "\n".join(LINES)
    assert list(lines_of([path], encoding, keep_ends=True)) == [line + "\n" for line in LINES[:-1]] + ["last"]


@pytest.mark.usefixtures("piece")
def test_a_mark_of_the_byte_order_is_no_character(file):
    path = file(codecs.BOM_UTF8 + "a\n\ufeffb\n".encode())
    assert list(lines_of(path)) == ["a", "\ufeffb"]
    assert read_text(path) == "a\n\ufeffb\n"


def test_files_follow_each_other(file):
    paths = [file("a\nb", "1.txt"), file("", "2.txt"), file("c\n", "3.txt")]
    assert list(lines_of(paths)) == ["a", "b", "c"]
    assert list(lines_of(iter(paths))) == ["a", "b", "c"]


FACE = "🙂".encode()
PARTS = [b"a", b"\r", b"\n", b"\r\n", b"\x1c", b"\xff", "ü".encode(), FACE, FACE[:3], "\ufeff".encode()]


@pytest.mark.usefixtures("piece")
def test_any_bytes_are_read_as_python_reads_them(file):
    random = np.random.default_rng(0)
    for _ in range(200):
        content = b"".join(PARTS[i] for i in random.integers(len(PARTS), size=random.integers(1, 12)))
        path = file(content)
        with path.open(encoding="utf-8-sig", errors="replace") as stream:
            expected = stream.read()
        if not expected:
            continue
        assert "".join(lines_of(path, errors="replace", keep_ends=True)) == expected
        assert list(lines_of(path, errors="replace")) == expected.removesuffix("\n").split("\n")
        try:
            content.decode()
        except UnicodeDecodeError as error:
            ends = content[: error.start].replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n")
            with pytest.raises(ValueError, match=rf"line {ends + 1}: expected text in utf-8"):
                read_text(path)
        else:
            assert read_text(path) == expected


def test_a_file_may_be_larger_than_memory(file):
    path = file(gzip.compress(b"all work and no play\n" * 300_000, 1))
    tracemalloc.start()
    assert sum(map(len, lines_of(path, keep_ends=True))) == 6_300_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000


# --- what is wrong


@pytest.mark.usefixtures("piece")
@pytest.mark.parametrize(
    ("content", "line", "byte"),
    [
        (b"\xff", 1, "0xff"),
        (b"a\r\nb\rc\n\xc3(d\n", 4, "0xc3"),
        (b"a\r\xffb", 2, "0xff"),
        ("\ufeffa\n\n".encode() + b"\xa0", 3, "0xa0"),
        ("a\nü🙂".encode()[:-1], 2, "0xf0"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_bytes_that_are_no_characters_are_refused(file, content, line, byte, pack, encoding):
    path = file(pack(content))
    message = rf"{re.escape(str(path))}, line {line}: expected text in utf-8, got byte {byte} \("
    with pytest.raises(ValueError, match=r"^\[lines_of\] " + message):
        list(lines_of(path, encoding))
    with pytest.raises(ValueError, match=r"^\[read_text\] " + message):
        read_text(path, encoding)


@pytest.mark.usefixtures("piece")
def test_bytes_that_are_no_characters_can_be_replaced(file):
    path = file(b"a\xffb\nc\xe2\x82")
    assert list(lines_of(path, errors="replace")) == ["a\ufffdb", "c\ufffd"]
    assert read_text(path, errors="ignore") == "ab\nc"


def test_empty_files_are_refused_where_there_is_nothing_else(file):
    path = file("")
    with pytest.raises(ValueError, match=r"\[read_text\] .*text\.txt: expected text, got an empty file"):
        read_text(path)
    with pytest.raises(ValueError, match=r"\[lines_of\] paths must have text, got .*text\.txt, .*other\.gz"):
        list(lines_of([path, file(gzip.compress(b""), "other.gz")]))
    with pytest.raises(ValueError, match=r"\[lines_of\] paths must have at least one file, got none"):
        lines_of([])


@pytest.mark.usefixtures("piece")
def test_a_line_may_be_as_long_as_it_is_said(file):
    path = file("123\nüüüüü\r\n12345\n123456")
    assert list(lines_of(path, max_line=6)) == ["123", "üüüüü", "12345", "123456"]
    with pytest.raises(ValueError, match=r"text\.txt, line 4: expected at most 5 characters \(max_line\), got more"):
        list(lines_of(path, max_line=5))
    with pytest.raises(ValueError, match=r"line 2: "):
        list(lines_of(path, max_line=4))


def test_a_line_without_end_is_refused_before_it_is_read(file):
    path = file(gzip.compress(b"a\n" + bytes(30_000_000), 1))
    read = lines_of(path)
    assert next(read) == "a"
    with pytest.raises(ValueError, match=r"line 2: expected at most 10,000,000 characters"):
        next(read)


def test_a_missing_mark_of_the_byte_order_is_refused(file):
    with pytest.raises(ValueError, match=r"\[lines_of\] .*text\.txt, line 1: UTF-16 stream does not start with BOM"):
        list(lines_of(file("ab".encode("utf-16-le")), "utf-16"))


def test_damaged_compressed_data_are_refused(file):
    whole = gzip.compress(b"a\nb\n" * 1000)
    flipped = bytearray(whole)
    flipped[-6] ^= 1  # of the sum that the data are checked by
    for content in (whole[:-10], bytes(flipped), whole[:20] + b"\0" * 20 + whole[40:]):
        with pytest.raises(ValueError, match=r"text\.txt, line \d+ or after: the gzip data are truncated or damaged"):
            list(lines_of(file(content)))


def test_arguments_are_checked_before_a_line_is_asked_for(file, tmp_path):
    path = file("a\n")
    with pytest.raises(FileNotFoundError, match="absent"):
        lines_of([path, tmp_path / "absent.txt"])
    with pytest.raises(ValueError, match=r"\[lines_of\] encoding must be one that Python knows, got 'utf-9'"):
        lines_of(path, "utf-9")
    with pytest.raises(ValueError, match=r"\[read_text\] encoding must be one that Python knows, got 'hex'"):
        read_text(path, "hex")
    with pytest.raises(ValueError, match=r"errors must be one of 'strict', 'replace', 'ignore', got 'maybe'"):
        lines_of(path, errors="maybe")
    with pytest.raises(ValueError, match=r"max_line must be at least 1, got 0"):
        lines_of(path, max_line=0)
    with pytest.raises(TypeError, match=r"paths must be a path or several, got int"):
        lines_of(3)
    with pytest.raises(TypeError, match=r"\[TextLines\] paths must be paths, got int"):
        TextLines([path, 3])


# --- progress, data set


def test_progress_counts_the_bytes_of_the_files(file, monkeypatch):
    bars = []

    class Bar:
        def __init__(self, total, **options):
            self.total, self.n, self.closed = total, 0, False
            bars.append(self)

        def update(self, n):
            self.n += n

        def close(self):
            self.closed = True

    monkeypatch.setattr("tqdm.tqdm", Bar)
    paths = [file("a\n" * 1000, "1.txt"), file(gzip.compress(b"b\n" * 1000), "2.txt")]
    read = lines_of(paths, progress=True)
    assert sum(1 for _ in read) == 2000
    size = sum(Path(path).stat().st_size for path in paths)
    assert [(bar.total, bar.n, bar.closed) for bar in bars] == [(size, size, True)]
    read = lines_of(paths, progress=True)
    next(read)
    read.close()
    assert bars[1].closed


def test_progress_is_a_line(file, capsys):
    assert list(lines_of(file("a\n"), progress=True)) == ["a"]
    assert "0.00/2.00" in capsys.readouterr().out


@pytest.mark.parametrize("workers", [0, 1, 2, 3])
def test_workers_share_the_files(file, workers):
    lines = TextLines([file("a\nb\n", "1.txt"), file("c\nd\n", "2.txt")])
    loader = DataLoader(lines, batch_size=2, num_workers=workers)
    for _ in range(2):
        assert sorted(map(list, loader)) == [["a", "b"], ["c", "d"]]
