"""`mushin generate` and `mushin summary` of a language model's file."""

import numpy as np
import pytest

import mushin
from mushin import nn
from mushin.data.text import Vocabulary
from mushin.io import save_state
from mushin.models import LanguageModel


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A model that has a strong opinion, so that options can be told from each other."""
    mushin.manual_seed(0)
    model = LanguageModel(Vocabulary.of(["a cat, a rat."], "characters", specials=("<bos>",)), 4, 8)
    for parameter in model.parameters():
        parameter.array[...] *= 3
    path = tmp_path_factory.mktemp("language") / "model.safetensors"
    model.save(path)
    return path


def test_what_is_printed_is_the_prompt_and_what_follows(command, file):
    model = LanguageModel.load(file)
    for typed, options in (
        ((), {"seed": 0}),
        (("--length", 12, "--seed", 5), {"length": 12, "seed": 5}),
        (("--temperature", 0, "--length", 30), {"temperature": 0, "length": 30}),
        (("--top-k", 2, "--temperature", 0.5), {"top_k": 2, "temperature": 0.5, "seed": 0}),
        (("--top-p", 0.5), {"top_p": 0.5, "seed": 0}),
        (("--stop", ","), {"stop": ",", "seed": 0}),
    ):
        run = command("generate", file, "--prompt", "a c", *typed)
        assert (run.code, run.err) == (0, "")
        assert run.out == f"a c{model.generate('a c', **options)}\n"
    assert command("generate", file).out != command("generate", file, "--seed", 1).out


def test_what_is_wrong_is_one_line(command, file, refused, tmp_path):
    assert "missing.safetensors: No such file" in refused(command("generate", tmp_path / "missing.safetensors"))
    assert "is a folder; MODEL must be a file" in refused(command("generate", tmp_path))
    assert "prompt: 'Z' is no token of the vocabulary" in refused(command("generate", file, "--prompt", "Z"))
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(file.read_bytes()[:-3])
    assert f"{cut}: not a whole safetensors file" in refused(command("generate", cut))
    save_state(cut, nn.Linear(2, 2))
    assert f"{cut}: expected a language model" in refused(command("generate", cut))
    model = LanguageModel.load(file)
    model.output.bias.array[0] = np.nan
    model.save(cut)
    assert "logits must be finite, got nan" in refused(command("generate", cut, "--prompt", "a"))


def test_summary(command, file):
    run = command("summary", file)
    assert (run.code, run.err) == (0, "")
    assert "(recurrent): LSTM(4, 8" in run.out
    assert "Vocabulary: Vocabulary(8 tokens, split='characters', specials=('<bos>',))" in run.out
    assert "Parameters: 552\n" in run.out
