"""The language model: its probabilities, its state, what it writes, its file, and its training step."""

import json
import pickle
import re

import numpy as np
import pytest

import mushin
from mushin import io, optim
from mushin.data.text import ContiguousWindows, SubwordTokenizer, Vocabulary
from mushin.models import LanguageModel, TrainingStep
from mushin.models.sampling import drawn

TEXT = "the cat sat on the mat; the rat sat on the cat.\n" * 3
KEY = "mushin.models.language"


def characters(specials=("<unk>", "<bos>")):
    return Vocabulary.of(TEXT, "characters", specials=specials)


def model_of(vocabulary=None, **options):
    mushin.manual_seed(1)
    model = LanguageModel(vocabulary or characters(), **{"embedding_dim": 5, "hidden_size": 7, **options})
    for parameter in model.parameters():  # large enough that the state matters
        parameter.array[...] *= 2
    return model.eval()


KINDS = {
    "lstm": {},
    "gru of two layers": {"cell": "gru", "num_layers": 2},
    "tied": {"tie_weights": True, "embedding_dim": 7},
    "float64": {"dtype": np.float64, "num_layers": 2, "dropout": 0.3},
}


@pytest.fixture(params=KINDS)
def model(request):
    return model_of(**KINDS[request.param])


# --- the model


def test_shapes_and_state(model):
    ids = mushin.tensor(np.arange(6).reshape(2, 3))
    logits, state = model(ids)
    assert logits.shape == (2, 3, len(model.vocabulary))
    assert [each.shape for each in state] == [each.shape for each in model.initial_state(2)]
    assert len(state) == (1 if model.cell == "gru" else 2)
    zeros, _ = model(ids, model.initial_state(2))
    np.testing.assert_array_equal(logits.detach().numpy(), zeros.detach().numpy())


def test_the_state_makes_steps_equal_to_the_whole(model):
    ids = np.arange(8).reshape(2, 4)
    whole, last = model(mushin.tensor(ids))
    state, parts = None, []
    for begin, end in ((0, 1), (1, 3), (3, 4)):
        logits, state = model(mushin.tensor(ids[:, begin:end]), state)
        parts.append(logits.detach().numpy())
    # Products of another number of rows are summed in another order.
    np.testing.assert_allclose(np.concatenate(parts, 1), whole.detach().numpy(), rtol=1e-5, atol=1e-6)
    for a, b in zip(state, last):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_tied_weights_are_one():
    model = model_of(**KINDS["tied"])
    assert model.output.weight is model.embedding.weight
    assert len(list(model.parameters())) == 6
    assert len(list(model_of().parameters())) == 7


def test_forget_gates_start_open():
    model = LanguageModel(characters(), 5, 7, 2)
    for layer in range(2):
        bias = getattr(model.recurrent, f"bias_ih_l{layer}").detach().numpy().reshape(4, 7)
        assert (bias[1] == 1).all()
        assert (abs(bias[[0, 2, 3]]) < 0.5).all()


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"hidden_size": 0}, ValueError, "hidden_size must be at least 1, got 0"),
        ({"num_layers": 1.5}, TypeError, "num_layers must be an integer, got float"),
        ({"cell": "rnn"}, ValueError, "cell must be one of 'lstm', 'gru', got 'rnn'"),
        ({"dropout": 2}, ValueError, r"p must be in \[0, 1\], got 2"),
        ({"tie_weights": True}, ValueError, "embedding_dim must be hidden_size, 7, with tie_weights, got 5"),
        ({"dtype": np.int32}, TypeError, "int32"),
    ],
)
def test_options_that_cannot_be(options, error, words):
    with pytest.raises(error, match=words):
        model_of(**options)


def test_arguments_that_cannot_be():
    with pytest.raises(TypeError, match=r"vocabulary must be a Vocabulary or a SubwordTokenizer, got int"):
        LanguageModel(30)
    with pytest.raises(ValueError, match="vocabulary must have at least one token, got none"):
        LanguageModel(Vocabulary([], specials=()))
    model, ids = model_of(), mushin.tensor([[1]])
    with pytest.raises(ValueError, match=r"ids must be a tensor \(batch, time\), got \(3,\)"):
        model(mushin.tensor([1, 2, 3]))
    with pytest.raises(TypeError, match="state must be a tuple of tensors, got Tensor"):
        model(ids, mushin.zeros(1, 1, 7))
    with pytest.raises(ValueError, match=r"state must be \(h, c\), got 1 tensors"):
        model(ids, (mushin.zeros(1, 1, 7),))
    with pytest.raises(IndexError):
        model(mushin.tensor([[99]]))


# --- judging


def slow_log_prob(model, texts):
    """Token by token, with the state carried; behind <bos>, if there is one."""
    found, state, logits = [], None, None
    for text in texts:
        for token in ([] if model.vocabulary.bos_id is None else [-1]) + list(text):
            if token >= 0:
                size = len(model.vocabulary)
                row = np.zeros(size) if logits is None else logits.detach().numpy()[0, 0].astype(np.float64)
                found.append(row[token] - np.log(np.exp(row - row.max()).sum()) - row.max())
            logits, state = model(mushin.tensor([[model.vocabulary.bos_id if token < 0 else token]]), state)
    return np.array(found)


@pytest.mark.parametrize("specials", [("<unk>", "<bos>"), ("<unk>",)])
@pytest.mark.parametrize("window", [3, 1024])
def test_log_prob(monkeypatch, specials, window):
    monkeypatch.setattr("mushin.models.language._LONGEST_WINDOW", window)
    model = model_of(characters(specials), num_layers=2)
    texts = [model.vocabulary.encode(text) for text in (TEXT[:20], TEXT[5:6], TEXT[20:31])]
    expected = slow_log_prob(model, texts)
    found = model.log_prob(texts)
    assert found.dtype == np.float64
    assert found.shape == (32,)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)  # float32 logits
    np.testing.assert_allclose(model.log_prob(texts[0]), expected[:20], rtol=1e-5, atol=1e-6)
    assert model.bits_per_token(texts) == pytest.approx(-found.mean() / np.log(2), rel=1e-12)
    assert model.perplexity(texts) == pytest.approx(np.exp(-found.mean()), rel=1e-12)


def test_judging_leaves_the_mode_and_takes_no_dropout():
    model = model_of(dropout=0.5)
    ids = model.vocabulary.encode(TEXT)
    at_rest = model.log_prob(ids)
    model.train()
    np.testing.assert_array_equal(model.log_prob(ids), at_rest)
    assert model.training
    assert all(parameter.grad is None for parameter in model.parameters())


def test_ids_that_cannot_be_judged():
    model = model_of()
    with pytest.raises(ValueError, match=r"\[LanguageModel.log_prob\] ids must have at least one token, got none"):
        model.log_prob([])
    with pytest.raises(ValueError, match=r"\[LanguageModel.log_prob\] ids must be in \[0, \d+\), got 99"):
        model.bits_per_token([1, 99])


# --- writing


def test_each_token_has_its_probability():
    logits = np.log([0.1, 0.4, 0.3, 0.2])
    steps = (np.arange(2000) + 0.5) / 2000

    def shares(*options):
        return np.bincount([drawn(logits, each, *options) for each in steps], minlength=4) / len(steps)

    np.testing.assert_allclose(shares(1.0, None, None), [0.1, 0.4, 0.3, 0.2], atol=1e-3)  # a step is 1/2000
    np.testing.assert_allclose(shares(1.0, 2, None), [0, 4 / 7, 3 / 7, 0], atol=1e-3)
    np.testing.assert_allclose(shares(1.0, None, 0.65), [0, 4 / 7, 3 / 7, 0], atol=1e-3)
    np.testing.assert_allclose(shares(1.0, None, 0.75), [0, 4 / 9, 3 / 9, 2 / 9], atol=1e-3)
    np.testing.assert_allclose(shares(1.0, 3, 0.4), [0, 1, 0, 0], atol=1e-3)
    squares = np.array([0.01, 0.16, 0.09, 0.04])
    np.testing.assert_allclose(shares(0.5, None, None), squares / squares.sum(), atol=1e-3)
    assert drawn(logits, 0.99, 0, None, None) == 1
    assert drawn(logits, 0.99, 1e-300, None, None) == 1
    assert drawn(np.zeros(3), 0.99, 1.0, 1, None) == 0  # of equal ones the first
    assert drawn(logits, np.nextafter(1, 0), 1.0, None, None) == 0


def test_greedy_takes_the_likeliest_step_by_step(model):
    prompt = model.vocabulary.encode("the c")
    written = model.generate(prompt, 12, temperature=0)
    assert written.dtype == np.int64
    read = [model.vocabulary.bos_id, *prompt]
    for token in written:
        logits = model(mushin.tensor([read]))[0].detach().numpy()[0, -1].copy()
        logits[:2] = -np.inf  # <unk> and <bos> are not written
        assert token == logits.argmax()
        read.append(token)


def test_each_token_costs_one_step(monkeypatch):
    model, lengths = model_of(), []
    forward = model.forward
    monkeypatch.setattr(model, "forward", lambda ids, state: lengths.append(ids.shape[1]) or forward(ids, state))
    model.generate("the cat", 5, seed=0)
    assert lengths == [8, 1, 1, 1, 1]
    text = model.generate("the cat", 5, seed=0)
    lengths.clear()
    monkeypatch.setattr("mushin.models.language._LONGEST_WINDOW", 3)
    assert model.generate("the cat", 5, seed=0) == text
    assert lengths == [3, 3, 2, 1, 1, 1, 1]


def test_a_seed_gives_the_same_text(model):
    text = model.generate("the ", 40, seed=3)
    assert len(text) == 40
    assert model.generate("the ", 40, seed=3) == text
    assert model.generate("the ", 40, seed=mushin.Generator().manual_seed(3)) == text
    assert model.generate("the ", 40, seed=4) != text
    assert model.generate("the ", 15, seed=3) == text[:15]
    ids = model.generate(model.vocabulary.encode("the "), 40, seed=3)
    assert model.vocabulary.decode(ids) == text
    mushin.manual_seed(5)
    one, two = model.generate("the ", 40), model.generate("the ", 40)
    mushin.manual_seed(5)
    assert one == model.generate("the ", 40) != two
    assert model.generate("", 0) == ""
    assert len(model.generate("", 3)) == 3


def writer(words, **options):
    """A model whose text is words one after the other, whatever comes before."""
    vocabulary = Vocabulary(words, "whitespace", specials=("<unk>", "<bos>", "<eos>"))
    model = LanguageModel(vocabulary, 1, 1, **options)
    for parameter in model.parameters():
        parameter.array[...] = 0
    return model


def test_stops():
    model = model_of()
    text = model.generate("the ", 60, seed=3)
    stop = text[20:23]
    begin = text.index(stop)
    assert model.generate("the ", 60, seed=3, stop=stop) == text[:begin]
    assert model.generate("the ", 60, seed=3, stop=["\u00e9", text[9], stop]) == text[: text.index(text[9])]
    ids = model.generate(model.vocabulary.encode("the "), 60, seed=3, stop=stop)
    assert model.vocabulary.decode(ids) == text[:begin]
    assert model.generate("the ", 60, seed=3, stop="not there") == text
    assert model.generate("the ", 10**30, seed=3, stop=stop) == text[:begin]


def test_special_tokens_are_not_written_and_eos_ends():
    model = writer(["a", "b"])
    model.output.bias.array[:] = [9, 9, -9, 0, 0]
    assert set(model.generate("", 30, seed=0).split()) == {"a", "b"}
    assert model.generate("b a", 3, temperature=0) == " a a a"
    model.output.bias.array[2] = 9
    assert model.generate("a", 30, seed=0) == ""


def test_subwords_are_kept_and_write(tmp_path):
    pytest.importorskip("tokenizers")
    vocabulary = SubwordTokenizer.train([TEXT], vocab_size=270)
    model = model_of(vocabulary)
    model.save(tmp_path / "model.safetensors")
    loaded = LanguageModel.load(tmp_path / "model.safetensors")
    assert loaded.vocabulary == vocabulary
    text = loaded.generate("the cat", 20, seed=1, top_k=5)
    assert text == model.generate("the cat", 20, seed=1, top_k=5)
    with pytest.raises(ValueError, match="prompt must have at least one token, as the vocabulary has no <bos>"):
        model.generate("")


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"length": -1}, ValueError, "length must be at least 0, got -1"),
        ({"length": 2.0}, TypeError, "length must be an integer"),
        ({"temperature": -0.1}, ValueError, "temperature must be at least 0 and finite, got -0.1"),
        ({"temperature": np.nan}, ValueError, "temperature must be at least 0 and finite, got nan"),
        ({"temperature": "hot"}, TypeError, "temperature must be a number, got str"),
        ({"top_k": 0}, ValueError, "top_k must be at least 1, got 0"),
        ({"top_p": 0}, ValueError, "top_p must be above 0 and at most 1, got 0"),
        ({"top_p": 1.1}, ValueError, "top_p must be above 0 and at most 1, got 1.1"),
        ({"seed": "x"}, TypeError, "seed must be None, a mushin.Generator or a seed, got str"),
        ({"seed": -1}, ValueError, "seed must be in"),
        ({"stop": ""}, ValueError, "stop must not be empty"),
        ({"stop": 3}, TypeError, "stop must be a string or a list of strings, got int"),
        ({"prompt": [99]}, ValueError, "prompt must be in"),
        ({"prompt": [0.5]}, TypeError, "prompt must be integers"),
    ],
)
def test_what_cannot_be_written(options, error, words):
    with pytest.raises(error, match=words):
        model_of().generate(**{"prompt": "the", **options})


def test_a_prompt_that_is_not_known_is_named():
    with pytest.raises(ValueError, match=r"\[LanguageModel.generate\] prompt: 'Z' is no token of the vocabulary"):
        model_of(characters(("<bos>",))).generate("Z")
    model_of().generate("Z", 1)  # <unk>


def test_a_vocabulary_of_special_tokens_writes_nothing():
    with pytest.raises(ValueError, match="vocabulary must have a token that is not special"):
        LanguageModel(Vocabulary([], specials=("<unk>",))).generate([0])


def test_logits_that_are_not_finite_are_refused():
    model = model_of()
    model.output.bias.array[3] = np.nan
    with pytest.raises(ValueError, match="logits must be finite, got nan"):
        model.generate("the")


# --- files


def test_a_file_gives_the_same_model(tmp_path, model):
    path = tmp_path / "model.safetensors"
    model.save(path)
    loaded = LanguageModel.load(path)
    assert loaded.settings == model.settings
    assert loaded.vocabulary == model.vocabulary
    assert not loaded.training
    assert loaded.embedding.weight.dtype == model.embedding.weight.dtype
    for (name, a), (other, b) in zip(model.named_parameters(), loaded.named_parameters()):
        assert name == other
        np.testing.assert_array_equal(a.detach().numpy(), b.detach().numpy())
    assert loaded.generate("the ", 20, seed=1) == model.generate("the ", 20, seed=1)
    assert LanguageModel.is_file_of(path)
    written = path.read_bytes()
    loaded.save(path)
    assert path.read_bytes() == written
    assert pickle.loads(pickle.dumps(model)).generate("the ", 9, seed=1) == model.generate("the ", 9, seed=1)


def saved(tmp_path, change):
    """A file whose note and tensors are changed."""
    path = tmp_path / "changed.safetensors"
    model_of(num_layers=2).save(path)
    note, tensors = json.loads(io.load_metadata(path)[KEY]), io.load_weights(path)
    io.save_weights(path, tensors, {KEY: change(note, tensors) or json.dumps(note)})
    return path


def setting(name, value):
    return lambda note, tensors: note["settings"].__setitem__(name, value)


CHANGES = {
    "no JSON": (lambda note, tensors: "{", "Expecting property name"),
    "a list": (lambda note, tensors: "[]", "list indices"),
    "deep lists": (lambda note, tensors: "[" * 100_000 + "]" * 100_000, "recursion"),
    "another version": (lambda note, tensors: note.update(version=2), "of version 2, which this library does not"),
    "no settings": (lambda note, tensors: note.pop("settings") and None, "lacks 'settings'"),
    "settings that are none": (lambda note, tensors: note.update(settings=3), "int"),
    "another setting": (lambda note, tensors: note["settings"].update(code="x"), "settings must be embedding_dim, "),
    "an unknown tokenizer": (lambda note, tensors: note.update(tokenizer="os.system"), "lacks 'os.system'"),
    "no vocabulary": (lambda note, tensors: note.update(vocabulary="{}"), "it holds no vocabulary"),
    "an enormous width": (setting("hidden_size", 10**9), r"must have shape \(\d+, 10{9}\)"),
    "an enormous embedding": (setting("embedding_dim", 10**12), r"must have shape \(\d+, 10{12}\)"),
    "enormously many layers": (setting("num_layers", 10**15), "expected 40{14}3 tensors"),
    "a width of zero": (setting("hidden_size", 0), "hidden_size must be at least 1, got 0"),
    "a width that is a word": (setting("hidden_size", "7"), "hidden_size must be an integer, got str"),
    "an unknown cell": (setting("cell", "rnn"), "cell must be one of 'lstm', 'gru', got 'rnn'"),
    "a cell that is a list": (setting("cell", []), "cell must be one of|unhashable"),
    "the other cell": (setting("cell", "gru"), r"weight_ih_l0 must have shape \(21, 5\), got \(28, 5\)"),
    "a probability of two": (setting("dropout", 2), r"p must be in \[0, 1\]"),
    "tied weights": (setting("tie_weights", True), "expected 10 tensors"),
    "a missing layer": (
        lambda note, tensors: tensors.pop("recurrent.weight_hh_l1") is None or None,
        "expected 11 tens",
    ),
    "another name": (
        lambda note, tensors: tensors.update(other=tensors.pop("output.bias")),
        "lacks 'output.bias'",
    ),
    "integers": (
        lambda note, tensors: tensors.update({k: v.astype(np.int32) for k, v in tensors.items()}),
        "int32",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_file_that_is_wrong_is_refused_by_its_name(tmp_path, name):
    change, words = CHANGES[name]
    path = saved(tmp_path, change)
    with pytest.raises(ValueError, match=rf"^\[LanguageModel.load\] {re.escape(str(path))}: .*{words}"):
        LanguageModel.load(path)


def test_files_of_other_kinds(tmp_path):
    path = tmp_path / "model.safetensors"
    with pytest.raises(FileNotFoundError):
        LanguageModel.load(path)
    model_of().save(path)
    whole = path.read_bytes()
    for size in (0, 4, 100, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match=r"model\.safetensors"):
            LanguageModel.load(path)
    io.save_weights(path, {"x": np.zeros(3)})
    with pytest.raises(ValueError, match=r"expected a language model that LanguageModel\.save has written"):
        LanguageModel.load(path)
    assert not LanguageModel.is_file_of(path)


# --- training


def trained(model, passes, compiled=True, **options):
    mushin.manual_seed(2)
    model.train()
    step = TrainingStep(model, optim.Adam(model.parameters(), lr=0.02), **options)
    ids = model.vocabulary.encode(TEXT * 2, bos=True)
    losses = []
    for _ in range(passes):
        state = None
        for inputs, targets in ContiguousWindows(ids, batch_size=4, time=8, drop_last=True):
            if compiled:
                loss, state = step(inputs, targets, state)
            else:
                loss, *state = step.step.function(inputs, targets, *(state or model.initial_state(4)))
                state = tuple(each.detach() for each in state)
            losses.append(loss.item())
    return np.array(losses), step


def test_it_learns_and_is_replayed(model):
    before = model.bits_per_token(model.vocabulary.encode(TEXT))
    losses, step = trained(model, 16)
    assert losses[-8:].mean() < losses[:8].mean() * 0.75
    assert model.bits_per_token(model.vocabulary.encode(TEXT)) < before / 2
    assert step.step.replayed_share > 0.9
    assert step.step.plans == 1


def test_a_replayed_step_is_an_eager_one():
    options = {"num_layers": 2, "dropout": 0.2}
    recorded, _ = trained(model_of(**options), 3)
    eager, _ = trained(model_of(**options), 3, compiled=False)
    np.testing.assert_array_equal(recorded, eager)


def test_the_state_goes_on_from_window_to_window():
    model = model_of()
    step = TrainingStep(model, optim.SGD(model.parameters(), lr=0.0))
    ids = model.vocabulary.encode(TEXT)[None, :17]
    inputs, targets = mushin.tensor(ids[:, :-1]), mushin.tensor(ids[:, 1:])
    whole, last = step(inputs, targets)
    first, state = step(inputs[:, :8], targets[:, :8])
    second, state = step(inputs[:, 8:], targets[:, 8:], state)
    alone, _ = step(inputs[:, 8:], targets[:, 8:])
    assert (first.item() + second.item()) / 2 == pytest.approx(whole.item(), rel=1e-5)  # float32
    assert abs(second.item() - alone.item()) > 1e-3
    for a, b in zip(state, last):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-5, atol=1e-6)
        assert not a.requires_grad


def test_gradients_are_clipped():
    norms = {}
    for limit in (np.inf, 1e-3):
        model = model_of()
        trained(model, 1, max_norm=limit)
        norms[limit] = np.sqrt(sum(float((p.grad.numpy() ** 2).sum()) for p in model.parameters()))
    assert norms[np.inf] > 0.1
    assert norms[1e-3] == pytest.approx(1e-3, rel=1e-2)  # clipping divides by the norm and 1e-6


def test_targets_of_another_shape():
    step = TrainingStep(model := model_of(), optim.SGD(model.parameters(), lr=0.1))
    with pytest.raises(ValueError, match=r"targets must have inputs' shape \(1, 2\), got \(1, 1\)"):
        step(mushin.tensor([[1, 2]]), mushin.tensor([[1]]))
