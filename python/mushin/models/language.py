"""A recurrent language model: trained with a state that goes from window to window, judged, and made to write."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from math import log
from typing import Any

import numpy as np

from mushin import io
from mushin.autograd import Tensor, from_array, no_grad
from mushin.data.sampler import whole_number
from mushin.data.text import SubwordTokenizer, Vocabulary
from mushin.data.text.tokens import Tokenizer
from mushin.models.judging import Predictor, checked_ids, checked_texts
from mushin.models.sampling import checked_sampling, drawn
from mushin.nn import GRU, LSTM, Dropout, Embedding, Linear, Module, functional, init
from mushin.nn.modes import training_mode
from mushin.nn.parameter import float_dtype
from mushin.ops.creation import zeros
from mushin.ops.random import check_probability, generator_of, numpy_generator

State = tuple[Tensor, ...]

_CELLS = {"lstm": LSTM, "gru": GRU}
_TOKENIZERS: dict[str, type[Vocabulary | SubwordTokenizer]] = {
    "vocabulary": Vocabulary,
    "subwords": SubwordTokenizer,
}
_KEY = "mushin.models.language"
_VERSION = 1
_SETTINGS = ("embedding_dim", "hidden_size", "num_layers", "cell", "dropout", "tie_weights")
_LOGITS = 1 << 22  # that are held at once while a text is read
_LONGEST_WINDOW = 1024


class LanguageModel(Predictor, Module):
    """The probability of every token behind those before it, by recurrent layers over embeddings.

        logits_t = W h_t + b,  h = LSTM(embedding[ids])

    Args:
        vocabulary: what turns text into ids and back: a `Vocabulary` of characters or words, or a `SubwordTokenizer`.
        embedding_dim: the width of the embeddings.
        hidden_size: the width of each recurrent layer.
        num_layers: how many recurrent layers there are.
        cell: "lstm" or "gru".
        dropout: its probability on the embeddings and on the outputs of each layer.
        tie_weights: whether W is the table of the embeddings; embedding_dim then equals hidden_size.
        dtype: of the parameters: float32 (None) or float64.

    The forget gates of an LSTM start open, with a bias of 1. A state is the tuple of last states of the layers, each
    (num_layers, batch, hidden_size): (h, c) of an LSTM, (h,) of a GRU; None is zeros.

        step = TrainingStep(model, optimizer)
        state = None
        for inputs, targets in ContiguousWindows(ids, batch_size=64, time=64, drop_last=True):
            loss, state = step(inputs, targets, state)
        model.eval()
        model.bits_per_token(held_out_ids)
        model.generate("It is a truth", length=200, temperature=0.8, seed=1)

    Raises:
        ValueError: no tokens, sizes below 1, an unknown cell, a probability outside [0, 1], tied weights of two widths.
        TypeError: another vocabulary, sizes that are no integers, another dtype.

    Source: Mikolov et al. 2010; Zaremba et al. 2014 (dropout); Jozefowicz et al. 2015 (forget gates); Press and Wolf
    2017 (tied weights).
    """

    def __init__(
        self,
        vocabulary: Tokenizer,
        embedding_dim: int = 128,
        hidden_size: int = 256,
        num_layers: int = 1,
        *,
        cell: str = "lstm",
        dropout: float = 0.0,
        tie_weights: bool = False,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        op = "LanguageModel"
        _check_vocabulary(vocabulary)
        sizes = (("embedding_dim", embedding_dim), ("hidden_size", hidden_size), ("num_layers", num_layers))
        embedding_dim, hidden_size, num_layers = (whole_number(op, name, value, 1) for name, value in sizes)
        if not isinstance(cell, str) or cell not in _CELLS:
            raise ValueError(f"[{op}] cell must be one of {', '.join(map(repr, _CELLS))}, got {cell!r}")
        check_probability(op, dropout)
        if tie_weights and embedding_dim != hidden_size:
            raise ValueError(
                f"[{op}] embedding_dim must be hidden_size, {hidden_size}, with tie_weights, got {embedding_dim}"
            )
        dtype = float_dtype(op, dtype)
        self.vocabulary = vocabulary
        self.cell = cell
        self.tie_weights = bool(tie_weights)
        self.dropout = Dropout(dropout)
        self.embedding = Embedding(len(vocabulary), embedding_dim, dtype=dtype)
        layers = _CELLS[cell]
        inner = dropout if num_layers > 1 else 0.0
        self.recurrent = layers(embedding_dim, hidden_size, num_layers, batch_first=True, dropout=inner, dtype=dtype)
        self.output = Linear(hidden_size, len(vocabulary), dtype=dtype)
        if cell == "lstm":
            with no_grad():
                for layer in range(num_layers):
                    getattr(self.recurrent, f"bias_ih_l{layer}")[hidden_size : 2 * hidden_size] = 1.0
        if self.tie_weights:
            init.normal_(self.embedding.weight, 0.0, hidden_size**-0.5)  # as large as a linear layer's
            self.output.weight = self.embedding.weight

    @property
    def settings(self) -> dict[str, Any]:
        """The arguments that make such a model, but for the vocabulary and the dtype."""
        return {
            "embedding_dim": self.embedding.embedding_dim,
            "hidden_size": self.recurrent.hidden_size,
            "num_layers": self.recurrent.num_layers,
            "cell": self.cell,
            "dropout": self.dropout.p,
            "tie_weights": self.tie_weights,
        }

    # --- learning

    def forward(self, ids: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """The logits behind each token, and the state behind the last.

        Args:
            ids: (batch, time) integers.
            state: that behind the tokens before them.

        Returns:
            logits (batch, time, vocabulary), and the state.

        Raises:
            ValueError: another shape of ids or state.
            TypeError: a state that is no tuple of tensors; ids that are no integers.
            IndexError: an id outside the vocabulary.
        """
        if not isinstance(ids, Tensor) or ids.ndim != 2:
            got = ids.shape if isinstance(ids, Tensor) else type(ids).__name__
            raise ValueError(f"[LanguageModel] ids must be a tensor (batch, time), got {got}")
        if state is not None:
            self._check_state(state)
        is_lstm = self.cell == "lstm"
        hidden, last = self.recurrent(
            self.dropout(self.embedding(ids)), state if state is None or is_lstm else state[0]
        )
        return self.output(self.dropout(hidden)), last if is_lstm else (last,)

    def initial_state(self, batch_size: int) -> State:
        """The state in front of a text: zeros."""
        shape = (self.recurrent.num_layers, whole_number("LanguageModel.initial_state", "batch_size", batch_size, 1))
        dtype = self.embedding.weight.dtype
        return tuple(zeros(*shape, self.recurrent.hidden_size, dtype=dtype) for _ in range(self._states))

    @property
    def _states(self) -> int:
        return 2 if self.cell == "lstm" else 1

    @property
    def _window(self) -> int:
        """How many tokens are read at once where the logits behind all of them are made."""
        return min(max(_LOGITS // len(self.vocabulary), 1), _LONGEST_WINDOW)

    def _check_state(self, state: Any) -> None:
        if not isinstance(state, tuple) or not all(isinstance(each, Tensor) for each in state):
            raise TypeError(f"[LanguageModel] state must be a tuple of tensors, got {type(state).__name__}")
        if len(state) != self._states:
            names = "(h, c)" if self.cell == "lstm" else "(h,)"
            raise ValueError(f"[LanguageModel] state must be {names}, got {len(state)} tensors")

    # --- judging

    def log_prob(self, ids: Any) -> np.ndarray:
        """The natural logarithm of each token's probability, given those before it; float64 (n,). Several texts follow
        each other: the state is carried from one to the next.

        Args:
            ids: (n,) integers, or a list of such arrays. In front of each text stands <bos>, if the vocabulary has it;
                if not, all tokens are equally probable as the first one of all.

        Raises:
            ValueError: no token, ids outside the vocabulary.
            TypeError: ids that are no integers.
        """
        size = len(self.vocabulary)
        texts = checked_texts("LanguageModel.log_prob", ids, size)
        first = [] if self.vocabulary.bos_id is None else [self.vocabulary.bos_id]
        stream = np.concatenate([part for text in texts for part in (np.array(first, np.int64), text)])
        is_own = np.concatenate([np.arange(-len(first), len(text)) >= 0 for text in texts])
        found = np.empty(len(stream))
        found[0] = -log(size)
        window, state = self._window, None
        with training_mode(self, False), no_grad():
            for begin in range(0, len(stream) - 1, window):
                read = stream[begin : begin + window + 1]
                logits, state = self(from_array(read[None, :-1].copy()), state)
                values = functional.log_softmax(logits[0], dim=-1).numpy()
                found[begin + 1 : begin + len(read)] = values[np.arange(len(values)), read[1:]]
        own: np.ndarray = found[is_own]
        return own

    # --- writing

    def generate(
        self,
        prompt: Any = "",
        length: int = 200,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        seed: Any = None,
        stop: str | Sequence[str] | None = None,
    ) -> Any:
        """What the model writes behind a prompt. Each token is drawn and then read, which costs one step.

        Args:
            prompt: a string, or ids (n,). An empty one needs <bos> in the vocabulary, which stands in front of any.
            length: how many tokens are written at most. <eos> ends the text; special tokens are not written.
            temperature: probabilities are raised to the power of 1 / temperature: below 1 the likely becomes likelier,
                at 0 the likeliest token is taken.
            top_k: only that many tokens, the likeliest, are drawn from; None for all.
            top_p: only the likeliest tokens are drawn from, as few as have this probability together; None for all.
            seed: None for the generator that `mushin.seed` starts, a seed, or a `mushin.Generator`.
            stop: a string or several; the text ends in front of the first that it comes to.

        Returns:
            Of a string a string, which may be put behind the prompt; of ids, ids int64.

        Raises:
            ValueError: an empty prompt without <bos>, a token that is not in the vocabulary, a negative length or
                temperature, a top_k below 1, a top_p outside (0, 1], an empty stop; logits that are not finite.
            TypeError: another prompt, numbers or strings that are none, another generator.

        Source: Fan et al. 2018 (top_k); Holtzman et al. 2020 (top_p).
        """
        op = "LanguageModel.generate"
        given = self._ids_of_prompt(op, prompt)
        count = whole_number(op, "length", length, 0)
        checked_sampling(op, temperature, top_k, top_p)
        stops = _checked_stops(op, stop)
        random = numpy_generator(generator_of(op, seed, "seed"))
        thresholds = (random.random() for _ in range(count))
        written: list[int] = []
        with training_mode(self, False), no_grad():
            for token in self._tokens(op, given, thresholds, temperature, top_k, top_p):
                written.append(token)
                if self._has_come(stops, written):
                    break
        own = self.vocabulary.decode(written)
        place = min((own.find(each) for each in stops if each in own), default=len(own))
        if isinstance(prompt, str):
            text = self._behind(given, written)
            return text[: len(text) - len(own) + place]
        while len(self.vocabulary.decode(written)) > place:
            written.pop()
        return np.array(written, np.int64)

    def _ids_of_prompt(self, op: str, prompt: Any) -> np.ndarray:
        if isinstance(prompt, str):
            try:
                ids = self.vocabulary.encode(prompt)
            except ValueError as error:
                raise ValueError(f"[{op}] prompt: {str(error).partition('] ')[2]}") from error
        else:
            ids = checked_ids(op, "prompt", prompt, len(self.vocabulary))
        if self.vocabulary.bos_id is not None:
            return np.concatenate([[self.vocabulary.bos_id], ids])
        if len(ids) == 0:
            raise ValueError(f"[{op}] prompt must have at least one token, as the vocabulary has no <bos>, got none")
        return ids

    def _tokens(
        self,
        op: str,
        given: np.ndarray,
        thresholds: Iterable[float],
        temperature: float,
        top_k: int | None,
        top_p: float | None,
    ) -> Iterator[int]:
        """Tokens one after the other, until <eos>."""
        vocabulary = self.vocabulary
        unwritten = [i for i in (vocabulary.pad_id, vocabulary.unk_id, vocabulary.bos_id) if i is not None]
        if len(unwritten) == len(vocabulary):
            raise ValueError(f"[{op}] vocabulary must have a token that is not special, got {vocabulary!r}")
        read, state = given, None
        while len(read) > self._window:
            _, state = self(from_array(read[None, : self._window].copy()), state)
            read = read[self._window :]
        for threshold in thresholds:
            logits, state = self(from_array(read[None].copy()), state)
            last = logits.numpy()[0, -1].astype(np.float64)
            if not np.isfinite(last).all():
                raise ValueError(f"[{op}] the model's logits must be finite, got {last[~np.isfinite(last)][0]}")
            last[unwritten] = -np.inf
            token = drawn(last, threshold, temperature, top_k, top_p)
            if token == vocabulary.eos_id:
                return
            yield token
            read = np.array([token])

    def _behind(self, given: np.ndarray, written: list[int]) -> str:
        """The text of what was written, as it goes on behind the prompt: words with the space before the first."""
        before = self.vocabulary.decode(given)
        return self.vocabulary.decode([*given.tolist(), *written])[len(before) :]

    def _has_come(self, stops: tuple[str, ...], written: list[int]) -> bool:
        """Whether one of the strings is in the text of the last tokens."""
        if not stops:
            return False
        # A token has a byte at least, a character at most four.
        tail = self.vocabulary.decode(written[-4 * max(map(len, stops)) - 1 :])
        return any(each in tail for each in stops)

    # --- files

    def save(self, path: io.files.PathLike) -> None:
        """Writes the model with its settings and vocabulary as a safetensors file; a file that is there is replaced
        whole or not at all.

        Raises:
            TypeError: another path.
            OSError: the file cannot be written.
        """
        kind = next(name for name, each in _TOKENIZERS.items() if isinstance(self.vocabulary, each))
        vocabulary: Any = self.vocabulary
        note = {"version": _VERSION, "settings": self.settings, "tokenizer": kind, "vocabulary": vocabulary.to_json()}
        tensors = dict(self.state_dict())
        if self.tie_weights:
            del tensors["output.weight"]
        io.save_weights(path, tensors, {_KEY: json.dumps(note)})

    @classmethod
    def load(cls, path: io.files.PathLike) -> LanguageModel:
        """The model that `save` wrote, ready to be judged and to write. Nothing in the file is executed.

        Raises:
            FileNotFoundError: there is no such file.
            OSError: it cannot be read.
            ValueError: it is truncated or damaged, holds no language model, or tensors of other shapes than its
                settings say.
            ImportError: its vocabulary is a SubwordTokenizer, and the tokenizers library is not installed.
            TypeError: another path.
        """
        metadata = io.load_metadata(path)
        tensors = io.load_weights(path)
        origin = f"[LanguageModel.load] {os.fspath(path)}"
        if _KEY not in metadata:
            raise ValueError(f"{origin}: expected a language model that LanguageModel.save has written")
        try:
            note = json.loads(metadata[_KEY])
            if note["version"] != _VERSION:
                raise ValueError(f"of version {note['version']!r}, which this library does not read")
            settings = note["settings"]
            if sorted(settings) != sorted(_SETTINGS):
                raise ValueError(f"settings must be {', '.join(_SETTINGS)}, got {', '.join(settings)}")
            vocabulary = _TOKENIZERS[note["tokenizer"]].from_json(note["vocabulary"])
            _check_shapes(settings, len(vocabulary), tensors)
            model = cls(vocabulary, **settings, dtype=tensors["embedding.weight"].dtype)
            if model.tie_weights:
                tensors["output.weight"] = tensors["embedding.weight"]
            model.load_state_dict(tensors)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            what = f"lacks {error}" if isinstance(error, KeyError) else str(error)
            raise ValueError(f"{origin}: {what}") from error
        return model.eval()

    @staticmethod
    def is_file_of(path: io.files.PathLike) -> bool:
        """Whether a safetensors file says that it holds a language model; errors as `io.load_metadata`."""
        return _KEY in io.load_metadata(path)


# --- arguments and files


def _check_vocabulary(vocabulary: Any) -> None:
    if not isinstance(vocabulary, (Vocabulary, SubwordTokenizer)):
        got = type(vocabulary).__name__
        raise TypeError(f"[LanguageModel] vocabulary must be a Vocabulary or a SubwordTokenizer, got {got}")
    if len(vocabulary) == 0:
        raise ValueError("[LanguageModel] vocabulary must have at least one token, got none")


def _checked_stops(op: str, stop: Any) -> tuple[str, ...]:
    stops = () if stop is None else (stop,) if isinstance(stop, str) else stop
    if not isinstance(stops, (tuple, list)) or not all(isinstance(each, str) for each in stops):
        raise TypeError(f"[{op}] stop must be a string or a list of strings, got {type(stop).__name__}")
    if not all(stops):
        raise ValueError(f"[{op}] stop must not be empty, got ''")
    return tuple(stops)


def _check_shapes(settings: dict[str, Any], size: int, tensors: dict[str, np.ndarray]) -> None:
    """See that a file's tensors are those of its settings, before memory is taken for a model."""
    sizes = [whole_number("LanguageModel", name, settings[name], 1) for name in _SETTINGS[:3]]
    embedding_dim, hidden_size, num_layers = sizes
    is_tied = settings["tie_weights"]
    count = 2 + (not is_tied) + 4 * num_layers
    if len(tensors) != count:
        raise ValueError(f"expected {count} tensors for {num_layers} layers, got {len(tensors)}")
    if settings["cell"] not in _CELLS:
        raise ValueError(f"cell must be one of {', '.join(map(repr, _CELLS))}, got {settings['cell']!r}")
    rows = _CELLS[settings["cell"]].blocks * hidden_size
    expected: dict[str, tuple[int, ...]] = {"embedding.weight": (size, embedding_dim), "output.bias": (size,)}
    if not is_tied:
        expected["output.weight"] = (size, hidden_size)
    for layer in range(num_layers):
        expected[f"recurrent.weight_ih_l{layer}"] = (rows, hidden_size if layer else embedding_dim)
        expected[f"recurrent.weight_hh_l{layer}"] = (rows, hidden_size)
        expected |= {f"recurrent.{name}_l{layer}": (rows,) for name in ("bias_ih", "bias_hh")}
    for name, shape in expected.items():
        if tensors[name].shape != shape:
            raise ValueError(f"{name} must have shape {shape}, got {tensors[name].shape}")
