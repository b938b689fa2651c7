"""Where words end."""

import pytest

from mushin.data.text import split_characters, split_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" \n\t", []),
        ("Don't stop, twenty-one!", ["Don't", "stop", ",", "twenty-one", "!"]),
        ("'quoted' -- and- so", ["'", "quoted", "'", "-", "-", "and", "-", "so"]),
        ("3.5 or 1,000. v1.2 a.b", ["3.5", "or", "1,000", ".", "v1.2", "a", ".", "b"]),
        ("snake_case x=y", ["snake_case", "x", "=", "y"]),
        ("l\u2019été—déjà…", ["l\u2019été", "—", "déjà", "…"]),
        ("e\u0301te\u0301", ["e\u0301te\u0301"]),
        ("हिन्दी में।", ["हिन्दी", "में", "।"]),
        ("ไม่เป็นไร 中文", ["ไม่เป็นไร", "中文"]),
        ("a\u00a0b 👍", ["a", "b", "👍"]),
    ],
)
def test_words(text, words):
    assert split_words(text) == words
    assert split_words(text, punctuation=False) == [word for word in words if any(map(str.isalnum, word))]


def test_characters():
    assert split_characters("e\u0301\n👍") == ["e", "\u0301", "\n", "👍"]


def test_arguments():
    with pytest.raises(TypeError, match=r"^\[split_words\] text must be a string, got list"):
        split_words(["a"])
    with pytest.raises(TypeError, match=r"^\[split_words\] punctuation must be a bool, got str"):
        split_words("a", "keep")
    with pytest.raises(TypeError, match=r"^\[split_characters\] text must be a string, got bytes"):
        split_characters(b"a")
