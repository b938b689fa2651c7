"""Tables are read as they are written, and what is wrong with one is said with its line and column."""

import numpy as np
import pytest

from mushin.data import read_table

FLOWERS = "length,width,kind\n5.1,3.5,rose\n4.9,-3e-1,tulip\n"


@pytest.fixture
def table(tmp_path):
    def read(text, **arguments):
        path = tmp_path / "table.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_table(path, **arguments)

    return read


def test_a_header_is_seen_by_its_words(table):
    read = table(FLOWERS)
    assert read.names == ("length", "width", "kind")
    assert read.has_header
    assert len(read) == 2
    np.testing.assert_array_equal(read.numbers([0, 1]), [[5.1, 3.5], [4.9, -0.3]])
    assert read.words(2) == ["rose", "tulip"]
    assert read.lines == [2, 3]


def test_without_a_header_columns_have_numbers(table):
    read = table("5.1,rose\n4.9,tulip\n")
    assert (read.names, read.has_header, len(read)) == (("1", "2"), False, 2)


@pytest.mark.parametrize(("header", "rows"), [(True, 1), (False, 2)])
def test_a_header_as_it_is_said(table, header, rows):
    assert len(table("1,2\n3,4\n", header=header)) == rows
    assert table("a,b\n3,4\n", header=False).words(0) == ["a", "3"]


def test_columns_by_name_and_number(table):
    read = table(FLOWERS)
    assert [read.column(which) for which in ("kind", "width", 1, "3", "-1", -3)] == [2, 1, 0, 2, 2, 0]
    assert table("2,1\nx,y\n", header=True).column("1") == 1  # a name comes before a number
    for which in ("colour", "4", "0", "-4", "", "1" * 5000):
        with pytest.raises(ValueError, match=r"table\.csv: no column .*; there are length, width, kind"):
            read.column(which)


def test_quotes_spaces_empty_lines_and_ends_of_lines(table):
    read = table('\ufeff a ,"b, c"\r\n\r\n 1 ,"two\nlines"\r\n  \r\n3,"say ""no"""')
    assert read.names == ("a", "b, c")
    assert read.words(1) == ["two\nlines", 'say "no"']
    assert read.lines == [4, 6]


def test_other_delimiters(table):
    assert table("a\tb\n1\t2\n", delimiter="\t").numbers([0, 1]).tolist() == [[1, 2]]
    for delimiter in ("", ";;", '"', "\n"):
        with pytest.raises(ValueError, match=r"^\[read_table\] delimiter must be one character"):
            table("a", delimiter=delimiter)


def test_whole_numbers(table):
    read = table("a,b,c\n1,+2,2.0\n-3,007,1\n")
    assert read.whole_numbers(0).tolist() == [1, -3]
    assert read.whole_numbers(1).tolist() == [2, 7]
    assert read.whole_numbers(2) is None
    assert read.is_numeric(2)
    for beyond in (f"{2**63}", "9" * 5000):  # no int64, and no integer that Python reads at all
        read = table(f"{2**63 - 1},{beyond}\n")
        assert read.whole_numbers(0).tolist() == [2**63 - 1]
        assert read.whole_numbers(1) is None
        assert read.is_whole(1)
    assert not table("a\nx\n").is_numeric(0)


@pytest.mark.parametrize("cell", ["", " ", "NA", "nan", "NULL", "?"])
def test_missing_values(table, cell):
    read = table(f"a,b\n1,2\n\n3,{cell}\n")
    for column in (read.words, lambda i: read.numbers([i])):
        with pytest.raises(ValueError, match=r"table\.csv, line 4, column 2 \(b\): the value is missing"):
            column(1)
    assert read.missing([1, 0]).tolist() == [[False, False], [True, False]]
    np.testing.assert_array_equal(read.numbers([0, 1], missing=np.nan), [[1, 2], [3, np.nan]])
    rest = read.rows_of(np.array([1]))
    assert (rest.rows, rest.lines, rest.names) == ([["3", cell.strip()]], [4], ("a", "b"))


def test_what_stands_for_a_missing_value_stands_for_nothing_else(table):
    with pytest.raises(ValueError, match=r"line 2, column 1 \(a\): expected a number, got 'x'"):
        table("a,b\nx,\n").numbers([0, 1], missing=0.0)


@pytest.mark.parametrize("cell", ["red", "1_000", "inf", "1e999", "0x10", "1,5".replace(",", ";")])
def test_what_is_no_number(table, cell):
    with pytest.raises(ValueError, match=r"table\.csv, line 2, column 1: expected a number, got '"):
        table(f"1,2\n{cell},3\n").numbers([0, 1])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected rows of values, got none"),
        ("\n \n", "expected rows of values, got none"),
        ("a,b\n", "expected rows of values, got none"),
        ("a,b\n1,2\n3\n", r"line 3, column 2: expected 2 cells as in line 1, got 1"),
        ("a,b\n1,2\n3,4,5\n", r"line 3, column 3: expected 2 cells as in line 1, got 3"),
        ("a,b\n1,2\n,\n3\n", r"line 4, column 2"),
        ("a,a\n1,2\n", "expected columns of different names, got 'a' twice"),
        ('a,b\n1,"2\n', "line 2: unexpected end of data"),
        ('a,b\n1,"2"x\n', "line 2: .* expected after"),
        (b"a,b\n1,2\n\xff,3\n", "line 3: expected text in UTF-8"),
        ("a\n" + "1" * 200_000 + "\n", "line 2: field larger than field limit"),
    ],
)
def test_damaged_tables(table, text, message):
    with pytest.raises(ValueError, match=rf"^\[read_table\] .*table\.csv.*{message}"):
        table(text)


def test_missing_files_and_folders(tmp_path):
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(OSError, match=str(path)):
            read_table(path)
