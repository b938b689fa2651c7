"""Subword tokenizers: training is repeatable, texts come back, files are good or refused."""

import json
import subprocess
import sys
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mushin.data.text import SubwordTokenizer

tokenizers = pytest.importorskip("tokenizers", reason="needs the tokenizers library: pip install mushin[text]")

TEXTS = ["the lower lowest newer newest wide widest", "low new wide", "The newest, lowest!", "naïve 日本語"] * 3
ALL = ("<pad>", "<unk>", "<bos>", "<eos>")
MODELS = ("bpe", "wordpiece")


def train(model="bpe", vocab_size=300, **options):
    return SubwordTokenizer.train(iter(TEXTS), model, vocab_size, **options)


@pytest.fixture(scope="module", params=MODELS)
def tokenizer(request):
    return train(request.param, specials=ALL)


def test_frequent_words_are_tokens_and_others_are_put_together(tokenizer):
    assert tokenizer.unk_id == tokenizer.index("no such token") == 1
    assert tokenizer.tokens[:4] == ALL
    assert len(tokenizer) == len(tokenizer.tokens) == len(set(tokenizer.tokens))
    assert all(tokenizer.index(token) == i for i, token in enumerate(tokenizer.tokens))
    assert "newest" in tokenizer or "Ġnewest" in tokenizer
    whole, parts = tokenizer.encode("newest"), tokenizer.encode("newestwide")
    assert len(parts) > len(whole)
    assert whole.dtype == parts.dtype == np.int64


def test_pieces_of_wordpiece_are_known_by_their_marks():
    tokenizer = train("wordpiece")
    assert [tokenizer.tokens[i] for i in tokenizer.encode("lowestest q")] == ["lowest", "##e", "##st", "<unk>"]
    assert tokenizer.decode(tokenizer.encode("newest, low!")) == "newest, low!"


@settings(derandomize=True, database=None, deadline=None)
@given(st.text())
def test_bytes_come_back_to_the_character(text):
    tokenizer = train_once()
    assert tokenizer.decode(tokenizer.encode(text, bos=True, eos=True)) == text
    ids, mask = tokenizer.encode_batch([text, text + "!"], eos=True)
    assert tokenizer.decode_batch(ids) == [text, text + "!"]
    assert mask.sum() == (ids != 0).sum()


@cache
def train_once():
    return train(specials=("<pad>", "<bos>", "<eos>"))


def test_training_again_gives_the_same(tmp_path, tokenizer):
    model = "wordpiece" if "##e" in tokenizer else "bpe"
    assert train(model, specials=ALL) == tokenizer
    code = (
        "import sys; from mushin.data.text import SubwordTokenizer; "
        f"SubwordTokenizer.train({TEXTS!r}, {model!r}, 300, specials={ALL!r}).save(sys.argv[1])"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "other.json")], check=True)
    tokenizer.save(tmp_path / "tokenizer.json")
    assert (tmp_path / "other.json").read_bytes() == (tmp_path / "tokenizer.json").read_bytes()


@pytest.mark.parametrize("model", MODELS)
def test_files_give_what_their_lines_give(tmp_path, model):
    halves = TEXTS[:5], TEXTS[5:]
    paths = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for path, half in zip(paths, halves):
        path.write_text("".join(f"{line}\n" for line in half), encoding="utf-8")
    from_lines = SubwordTokenizer.train([f"{line}\n" for line in TEXTS], model, 300)
    assert SubwordTokenizer.train_files(paths, model, 300) == from_lines
    assert SubwordTokenizer.train_files(str(paths[0]), model, 300) == SubwordTokenizer.train(
        [f"{line}\n" for line in halves[0]], model, 300
    )


def test_forms_and_case_are_part_of_the_tokenizer(tmp_path):
    plain = train("wordpiece", form="NFKC", lowercase=True)
    plain.save(tmp_path / "tokenizer.json")
    for tokenizer in (plain, SubwordTokenizer.load(tmp_path / "tokenizer.json")):
        assert tokenizer.encode("\uff2c\uff2f\uff37 Newest").tolist() == [
            tokenizer.index("low"),
            tokenizer.index("newest"),
        ]


def test_beginning_end_and_batches(tokenizer):
    ids = tokenizer.encode("low", bos=True, eos=True)
    assert (ids[0], ids[-1]) == (2, 3)
    assert tokenizer.decode(ids) == "low"
    assert tokenizer.decode(ids, skip_special=False).startswith("<bos>")
    batch, mask = tokenizer.encode_batch(["low new", "new", ["<bos>", "<eos>"]], bos=True, maxlen=3, padding="pre")
    assert batch.shape == mask.shape == (3, 3)
    assert (batch.dtype, mask.dtype) == (np.int64, bool)
    assert batch[2].tolist() == [2, 2, 3]
    assert (batch[~mask] == tokenizer.pad_id).all()
    np.testing.assert_array_equal(batch[1][mask[1]], tokenizer.encode("new", bos=True))


def test_a_file_gives_the_same_tokenizer_here_and_in_the_library(tmp_path, tokenizer):
    tokenizer.save(tmp_path / "tokenizer.json")
    loaded = SubwordTokenizer.load(tmp_path / "tokenizer.json")
    assert loaded == tokenizer
    assert (loaded.tokens, loaded.pad_id, loaded.eos_id) == (tokenizer.tokens, 0, 3)
    theirs = tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert theirs.padding["pad_token"] == "<pad>"
    batch, mask = tokenizer.encode_batch(TEXTS[:4])
    np.testing.assert_array_equal([each.ids for each in theirs.encode_batch(TEXTS[:4])], batch)
    np.testing.assert_array_equal([each.attention_mask for each in theirs.encode_batch(TEXTS[:4])], mask)


def test_files_of_others_have_other_names(tmp_path):
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    theirs = tokenizers.Tokenizer(tokenizers.models.WordPiece(unk_token="[UNK]"))
    theirs.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    theirs.train_from_iterator(TEXTS, tokenizers.trainers.WordPieceTrainer(special_tokens=specials))
    theirs.post_processor = tokenizers.processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    theirs.enable_truncation(2)
    theirs.save(str(tmp_path / "tokenizer.json"))
    tokenizer = SubwordTokenizer.load(tmp_path / "tokenizer.json")
    assert (tokenizer.pad_id, tokenizer.unk_id, tokenizer.bos_id, tokenizer.eos_id) == (0, 1, 2, 3)
    theirs.no_truncation()
    assert tokenizer.encode("low newest ?", bos=True, eos=True).tolist() == theirs.encode("low newest ?").ids
    assert len(tokenizer.encode("low low low")) == 3


# --- files that are refused


def test_every_truncated_file_is_refused(tmp_path):
    path = tmp_path / "tokenizer.json"
    train("wordpiece", 40).save(path)
    whole = path.read_bytes()
    for end in range(0, len(whole) - 1, 7):
        path.write_bytes(whole[:end])
        with pytest.raises(ValueError, match=r"^\[SubwordTokenizer.load\] .*tokenizer\.json: not a tokenizer"):
            SubwordTokenizer.load(path)
    with pytest.raises(FileNotFoundError):
        SubwordTokenizer.load(tmp_path / "nothing.json")


@pytest.mark.parametrize(
    "content",
    [b"\xff", b"[" * 100_000, b"{}", b'"text"', {"vocab": {"a": 5}}, {"vocab": {"a": -1}}, {"merges": [["a", "b"]]}],
)
def test_a_hostile_file_is_refused(tmp_path, content):
    path = tmp_path / "tokenizer.json"
    if isinstance(content, dict):
        model = {"type": "BPE", "vocab": {}, "merges": [], **content}
        content = json.dumps({"version": "1.0", "added_tokens": [], "model": model}).encode()
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"tokenizer\.json: not a tokenizer.json"):
        SubwordTokenizer.load(path)


def test_what_is_no_text_is_refused_with_its_place(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"good\nbad \xff\n")
    with pytest.raises(ValueError, match=r"a\.txt, line 2: expected text in utf-8, got byte 0xff"):
        SubwordTokenizer.train_files(tmp_path / "a.txt")
    (tmp_path / "b.txt").touch()
    with pytest.raises(ValueError, match=r"paths must have text, got .*b\.txt, with no character"):
        SubwordTokenizer.train_files([tmp_path / "b.txt"])
    with pytest.raises(FileNotFoundError):
        SubwordTokenizer.train_files(tmp_path / "c.txt")


def test_without_the_library_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(ImportError, match=r"needs the tokenizers library: pip install mushin\[text\]"):
        train()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: train("unigram"), ValueError, r"^\[SubwordTokenizer.train\] model must be one of bpe, wordpiece, got"),
        (lambda: train(form="nfc"), ValueError, r"form must be one of NFC, NFD, NFKC, NFKD, got 'nfc'"),
        (lambda: train(vocab_size=256), ValueError, r"vocab_size must be at least 257, got 256"),
        (lambda: train(min_count=0), ValueError, r"min_count must be at least 1, got 0"),
        (
            lambda: train("wordpiece", specials=["<pad>"]),
            ValueError,
            r"specials must have <unk> with model",
        ),
        (lambda: train(specials=["<bos>", "<pad>"]), ValueError, r"specials must have <pad> in front"),
        (lambda: SubwordTokenizer.train("text"), TypeError, r"texts must be several strings, got str"),
        (lambda: SubwordTokenizer.train([1]), TypeError, r"texts must be strings, got int"),
        (lambda: SubwordTokenizer.train([]), ValueError, r"texts must have text, got none"),
        (lambda: SubwordTokenizer.train(["\ud800"]), ValueError, r"got half of a surrogate pair"),
        (lambda: SubwordTokenizer.train_files(3), TypeError, r"paths must be a path or several, got int"),
        (lambda: SubwordTokenizer.train_files([3]), TypeError, r"paths must be paths, got int"),
        (lambda: SubwordTokenizer("x"), TypeError, r"^\[SubwordTokenizer\] tokenizer must be a tokenizers.Tokenizer"),
        (lambda: train_once().encode("\ud800"), ValueError, r"^\[encode\] text must be Unicode characters, got half"),
        (lambda: train_once().encode(3), TypeError, r"^\[encode\] text must be a string or a list of strings, got int"),
        (lambda: train_once().encode(["zzz"]), ValueError, r"^\[encode\] 'zzz' is no token of the vocabulary"),
        (lambda: train_once().decode([10**6]), ValueError, r"^\[decode\] ids must be in \[0, \d+\), got ids from"),
    ],
)
def test_errors_name_the_argument(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_json_is_what_a_file_holds(tmp_path):
    tokenizer = SubwordTokenizer.train(["a cat and a cat"], vocab_size=260)
    tokenizer.save(tmp_path / "tokenizer.json")
    assert tokenizer.to_json() == (tmp_path / "tokenizer.json").read_text(encoding="utf-8")
    assert SubwordTokenizer.from_json(tokenizer.to_json()) == tokenizer
    with pytest.raises(ValueError, match=r"\[SubwordTokenizer.from_json\] text: not a tokenizer.json"):
        SubwordTokenizer.from_json("{}")
