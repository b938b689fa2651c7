"""Vocabularies: which tokens get which ids, there and back, and files that are good or hostile."""

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mushin import Tensor
from mushin.data.text import Vocabulary, split_words

TEXTS = ["the cat sat", "The cat, the dog", "a dog"]
ALL = ("<pad>", "<unk>", "<bos>", "<eos>")


def test_the_frequent_come_first_and_then_those_that_sort_first():
    vocabulary = Vocabulary.of(iter(TEXTS))
    assert vocabulary.tokens == ("<pad>", "<unk>", "cat", "dog", "the", ",", "The", "a", "sat")
    assert vocabulary.counts == (2, 2, 2, 1, 1, 1, 1)
    assert Vocabulary.of(reversed(TEXTS)) == vocabulary
    assert len(vocabulary) == 9
    assert "dog" in vocabulary
    assert "bird" not in vocabulary
    assert [vocabulary.index(token) for token in ("<pad>", "dog", "bird")] == [0, 3, 1]
    assert (vocabulary.pad_id, vocabulary.unk_id, vocabulary.bos_id, vocabulary.eos_id) == (0, 1, None, None)


def test_rare_tokens_and_those_past_the_largest_size_are_left_out():
    assert Vocabulary.of(TEXTS, min_count=2).tokens[2:] == ("cat", "dog", "the")
    assert Vocabulary.of(TEXTS, max_size=4).tokens == ("<pad>", "<unk>", "cat", "dog")
    assert len(Vocabulary.of(TEXTS, max_size=2)) == 2
    assert Vocabulary.of([], specials=()).tokens == ()


@pytest.mark.parametrize("split", ["words", "whitespace", "characters"])
def test_texts_and_lists_of_tokens_are_counted_alike(split):
    cut = {"words": split_words, "whitespace": str.split, "characters": list}[split]
    vocabulary = Vocabulary.of(TEXTS, split)
    assert vocabulary == Vocabulary.of([cut(text) for text in TEXTS], split)
    counts = Counter(token for text in TEXTS for token in cut(text))
    assert dict(zip(vocabulary.tokens[2:], vocabulary.counts)) == counts
    for text in TEXTS:
        ids = vocabulary.encode(text)
        assert ids.dtype == np.int64
        assert [vocabulary.tokens[i] for i in ids] == cut(text)
        np.testing.assert_array_equal(vocabulary.encode(cut(text)), ids)
        assert vocabulary.decode(ids) == ("" if split == "characters" else " ").join(cut(text))


@settings(derandomize=True, database=None, deadline=None)
@given(st.text(), st.text(max_size=4))
def test_characters_there_and_back(text, other):
    vocabulary = Vocabulary.of(text, "characters", specials=ALL)
    assert vocabulary.decode(vocabulary.encode(text, bos=True, eos=True)) == text
    ids = vocabulary.encode(other)
    assert ids.tolist() == [vocabulary.index(character) for character in other]


def test_beginning_and_end():
    vocabulary = Vocabulary.of(TEXTS, specials=ALL)
    ids = vocabulary.encode("the bird", bos=True, eos=True)
    assert ids.tolist() == [2, vocabulary.index("the"), 1, 3]
    assert vocabulary.decode(ids) == "the"
    assert vocabulary.decode(Tensor(ids), skip_special=False) == "<bos> the <unk> <eos>"
    assert vocabulary.encode("").shape == (0,)
    assert vocabulary.decode([]) == ""


def test_batches_are_filled_up():
    vocabulary = Vocabulary.of(TEXTS, specials=ALL)
    ids, mask = vocabulary.encode_batch(TEXTS, eos=True)
    assert ids.shape == mask.shape == (3, 6)
    assert (ids.dtype, mask.dtype) == (np.int64, bool)
    assert mask.sum(1).tolist() == [4, 6, 3]
    np.testing.assert_array_equal(ids[~mask], 0)
    assert vocabulary.decode_batch(ids) == ["the cat sat", "The cat , the dog", "a dog"]
    in_front, mask_in_front = vocabulary.encode_batch(TEXTS, eos=True, maxlen=4, padding="pre", truncating="pre")
    np.testing.assert_array_equal(in_front[0], ids[0, :4])
    np.testing.assert_array_equal(in_front[1], ids[1, 2:])
    np.testing.assert_array_equal(mask_in_front[2], [False, True, True, True])
    assert vocabulary.encode_batch(iter([]), maxlen=3)[0].shape == (0, 3)


def test_an_unknown_token_without_a_place_is_an_error():
    for split, text in (("words", "the bird"), ("characters", "b\U0001f44d"), ("whitespace", ["bird"])):
        vocabulary = Vocabulary(["b", "t"] if split == "characters" else ["the"], split, [])
        with pytest.raises(ValueError, match=r"^\[encode\] '(bird|\U0001f44d)' is no token of the vocabulary, which"):
            vocabulary.encode(text)
    with pytest.raises(ValueError, match=r"^\[Vocabulary.index\] 'x' is no token"):
        vocabulary.index("x")
    with pytest.raises(ValueError, match=r"^\[encode_batch\] texts must have one length where there is no <pad>"):
        vocabulary.encode_batch(["the", "the the"])
    assert vocabulary.encode_batch(["the", "the"])[0].tolist() == [[0], [0]]


def test_special_tokens_are_neither_counted_nor_taken_apart():
    vocabulary = Vocabulary.of(["<bos> a <bos> <sep>"], "whitespace", specials=("<pad>", "<bos>", "<sep>"))
    assert vocabulary.tokens == ("<pad>", "<bos>", "<sep>", "a")
    assert vocabulary.encode("<bos> a <sep>").tolist() == [1, 3, 2]


# --- files


@pytest.mark.parametrize("split", ["words", "whitespace", "characters"])
def test_a_file_gives_the_same_vocabulary(tmp_path, split):
    for vocabulary in (
        Vocabulary.of(['naïve 한 \ud800 \u2028 "', *TEXTS], split, specials=ALL),
        Vocabulary(["b", "a"], split, []),
    ):
        vocabulary.save(tmp_path / "words.json")
        loaded = Vocabulary.load(tmp_path / "words.json")
        assert loaded == vocabulary
        assert (loaded.counts, loaded.split, loaded.pad_id) == (vocabulary.counts, split, vocabulary.pad_id)
        first = (tmp_path / "words.json").read_bytes()
        loaded.save(tmp_path / "words.json")
        assert (tmp_path / "words.json").read_bytes() == first


GOOD = {
    "format": "mushin.vocabulary",
    "version": 1,
    "split": "words",
    "specials": ["<pad>"],
    "tokens": ["a", "b"],
    "counts": [2, 1],
}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Expecting value"),
        (b"\xff\xfe\x00", "decode"),
        (b"[" * 100_000, "recursion"),
        (b"1" * 10_000, "digits"),
        ([], "it holds no vocabulary"),
        ({**GOOD, "format": "x"}, "it holds no vocabulary"),
        ({**GOOD, "version": 2}, "of a version that this library does not read"),
        ({**GOOD, "more": 1}, "expected split, specials, tokens and counts, got"),
        ({key: value for key, value in GOOD.items() if key != "tokens"}, "expected split, specials, tokens and counts"),
        ({**GOOD, "split": "x"}, "split must be one of words, whitespace, characters, got 'x'"),
        ({**GOOD, "split": ["words"]}, "split must be one of"),
        ({**GOOD, "tokens": "ab"}, "tokens must be a list of strings, got str"),
        ({**GOOD, "tokens": ["a", 1]}, "tokens must be strings, got int"),
        ({**GOOD, "tokens": ["a", ""]}, "tokens must not be empty"),
        ({**GOOD, "tokens": ["a", "a"]}, "tokens must differ from each other and from specials, got 'a' twice"),
        ({**GOOD, "tokens": ["a", "<pad>"]}, "got '<pad>' twice"),
        ({**GOOD, "specials": ["<unk>", "<pad>"]}, "specials must have <pad> in front"),
        ({**GOOD, "specials": ["<pad>", "<pad>"]}, "specials must differ"),
        ({**GOOD, "specials": 3}, "specials must be a list of strings, got int"),
        ({**GOOD, "counts": [1]}, "counts must be as many as the tokens, 2, got 1"),
        ({**GOOD, "counts": [1, -1]}, "counts must be at least 0, got -1"),
        ({**GOOD, "counts": [1, True]}, "counts must be an integer, got bool"),
        ({**GOOD, "split": "characters", "tokens": ["a", "bc"]}, "single characters with split 'characters', got 'bc'"),
    ],
)
def test_a_hostile_file_is_refused_with_its_name(tmp_path, content, message):
    path = tmp_path / "words.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    with pytest.raises(ValueError, match=rf"^\[Vocabulary.load\] .*words\.json: .*{message}"):
        Vocabulary.load(path)


def test_every_truncated_file_is_refused(tmp_path):
    path = tmp_path / "words.json"
    Vocabulary.of(TEXTS).save(path)
    whole = path.read_bytes()
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        with pytest.raises(ValueError, match=r"words\.json"):
            Vocabulary.load(path)
    with pytest.raises(FileNotFoundError):
        Vocabulary.load(tmp_path / "nothing.json")


# --- arguments


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda v: Vocabulary.of(3),
            TypeError,
            r"^\[Vocabulary.of\] texts must be strings or lists of tokens, got",
        ),
        (
            lambda v: Vocabulary.of([b"a"]),
            TypeError,
            r"^\[Vocabulary.of\] texts must be a string or a list .* bytes",
        ),
        (lambda v: Vocabulary.of([["a", 1]]), TypeError, r"got a list with int"),
        (lambda v: Vocabulary.of(["a"], "word"), ValueError, r"^\[Vocabulary.of\] split must be one of words, whitesp"),
        (lambda v: Vocabulary.of(["a"], min_count=0), ValueError, r"^\[Vocabulary.of\] min_count must be at least 1"),
        (lambda v: Vocabulary.of(["a"], max_size=1), ValueError, r"^\[Vocabulary.of\] max_size must be at least 2"),
        (lambda v: Vocabulary.of(["a"], max_size=9.5), TypeError, r"^\[Vocabulary.of\] max_size must be an integer"),
        (lambda v: Vocabulary("ab"), TypeError, r"^\[Vocabulary\] tokens must be a list of strings, got str"),
        (lambda v: Vocabulary(["a"], counts="1"), TypeError, r"^\[Vocabulary\] counts must be a list of integers"),
        (lambda v: v.encode(7), TypeError, r"^\[encode\] text must be a string or a list of strings, got int"),
        (lambda v: v.encode("a", bos=True), ValueError, r"^\[encode\] bos must be False where <bos> is no token"),
        (lambda v: v.encode("a", eos=1), TypeError, r"^\[encode\] eos must be a bool, got int"),
        (lambda v: v.encode_batch("a"), TypeError, r"^\[encode_batch\] texts must be several texts, got str"),
        (lambda v: v.encode_batch([]), ValueError, r"sequences must hold at least one sequence, or maxlen be given"),
        (lambda v: v.decode([[1]]), ValueError, r"^\[decode\] ids must have 1 axes, got shape \(1, 1\)"),
        (lambda v: v.decode([0.5]), TypeError, r"^\[decode\] ids must be integers, got float64"),
        (lambda v: v.decode([0, 3]), ValueError, r"^\[decode\] ids must be in \[0, 3\), got ids from 0 to 3"),
        (lambda v: v.decode_batch([[-1]]), ValueError, r"^\[decode_batch\] ids must be in \[0, 3\), got ids from -1"),
    ],
)
def test_errors_name_the_argument(call, error, message):
    with pytest.raises(error, match=message):
        call(Vocabulary(["a"]))


def test_json_is_what_a_file_holds(tmp_path):
    vocabulary = Vocabulary.of(["a b a", "\u00e9"], specials=("<unk>", "<bos>"))
    vocabulary.save(tmp_path / "v.json")
    assert vocabulary.to_json() == (tmp_path / "v.json").read_text()
    assert Vocabulary.from_json(vocabulary.to_json()) == vocabulary
    with pytest.raises(ValueError, match=r"\[Vocabulary.from_json\] text: it holds no vocabulary"):
        Vocabulary.from_json("[]")
