"""What cleaning changes and what it leaves, and that cleaning twice is cleaning once."""

import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mushin.data.text import collapse_lines, normalize, remove_accents, remove_control, remove_punctuation


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, "Ein fi-Grad: 1\u20442 Straße É"),
        ({"form": None}, "Ein ﬁ-Grad: ½ Straße E\u0301"),
        ({"form": "NFC"}, "Ein ﬁ-Grad: ½ Straße É"),
        ({"form": "NFD"}, "Ein ﬁ-Grad: ½ Straße E\u0301"),
        ({"lowercase": True}, "ein fi-grad: 1\u20442 straße é"),
        ({"casefold": True}, "ein fi-grad: 1\u20442 strasse é"),
        ({"strip_accents": True}, "Ein fi-Grad: 1\u20442 Straße E"),
        ({"strip_punctuation": True, "form": "NFC"}, "Ein ﬁGrad ½ Straße É"),
        ({"strip_control": False}, "Ein fi-Grad: 1\u20442 Stra\u00adße É"),
        ({"whitespace": "lines"}, "Ein fi-Grad:\n1\u20442 Straße É"),
        ({"whitespace": "keep"}, "\tEin  fi-Grad:\r\n1\u20442 Straße É "),
    ],
)
def test_what_normalize_does(arguments, expected):
    text = "\tEin \u00a0ﬁ-Grad:\r\n\u00bd\u2009Stra\u00adße E\u0301 "
    assert normalize(text, **arguments) == expected


OPTIONS = (
    {},
    {"form": "NFD", "casefold": True},
    {"casefold": True, "strip_punctuation": True},
    {"lowercase": True, "strip_accents": True, "strip_punctuation": True, "whitespace": "lines"},
)


@settings(derandomize=True, database=None, deadline=None)
@given(st.text(st.characters(categories=["L", "M", "N", "P", "S", "Z", "Cc", "Cf", "Cs"])), st.sampled_from(OPTIONS))
def test_cleaning_twice_is_cleaning_once(text, options):
    once = normalize(text, **options)
    assert normalize(once, **options) == once
    assert unicodedata.is_normalized(options.get("form", "NFKC"), once)


def test_every_character_between_a_letter_and_its_accent():
    """Case and removal bring the two together, which is another character then."""
    for number in range(sys.maxunicode + 1):
        if unicodedata.category(chr(number))[0] in "LMP":
            once = normalize(f"a{chr(number)}\u0301b", casefold=True, strip_punctuation=True)
            assert normalize(once, casefold=True, strip_punctuation=True) == once, hex(number)


def test_accents():
    assert remove_accents("crème brûlée, Ångström, ø, ß, 한글, Việt") == "creme brulee, Angstrom, ø, ß, 한글, Viet"
    assert remove_accents("plain") == "plain"


def test_punctuation():
    text = "don't—«well-known», $5 + 3¥ … 100%!"
    assert remove_punctuation(text) == "dontwellknown 5  3¥  100"
    assert remove_punctuation(text, " ").split() == ["don", "t", "well", "known", "5", "3¥", "100"]
    assert remove_punctuation(text, keep="'-") == "don'twell-known 5  3¥  100"


def test_control_characters():
    text = "\ufeffa\x00b\u200bc\u00ad\td\x85e\u200cf\ud800g\r\n\x1b[0m"
    assert remove_control(text) == "abc\td\x85efg\r\n[0m"
    assert remove_control(text, keep="\u200c") == "abc\td\x85e\u200cfg\r\n[0m"


def test_lines():
    assert collapse_lines(" a \t b \r\n\r\n c\rd\n") == "a b\n\nc\nd\n"


@pytest.mark.parametrize(
    ("function", "arguments", "named", "error", "message"),
    [
        (normalize, (b"a",), {}, TypeError, r"^\[normalize\] text must be a string, got bytes"),
        (
            normalize,
            ("a", "nfc"),
            {},
            ValueError,
            r"^\[normalize\] form must be one of NFC, NFD, NFKC, NFKD, got",
        ),
        (
            normalize,
            ("a",),
            {"whitespace": ""},
            ValueError,
            r"^\[normalize\] whitespace must be one of collapse",
        ),
        (remove_accents, (None,), {}, TypeError, r"^\[remove_accents\] text must be a string, got NoneType"),
        (remove_punctuation, ("a", 1), {}, TypeError, r"^\[remove_punctuation\] replacement must be a string, got int"),
        (remove_control, ("a", ["b"]), {}, TypeError, r"^\[remove_control\] keep must be a string, got list"),
        (collapse_lines, (1,), {}, TypeError, r"^\[collapse_lines\] text must be a string, got int"),
    ],
)
def test_errors_name_the_argument(function, arguments, named, error, message):
    with pytest.raises(error, match=message):
        function(*arguments, **named)
