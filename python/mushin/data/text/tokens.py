"""What turns text into ids and ids into text: the part that vocabularies and subword tokenizers share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

import numpy as np

from mushin.autograd import Tensor
from mushin.data.text.padding import pad_sequences

PAD, UNKNOWN, BEGIN, END = "<pad>", "<unk>", "<bos>", "<eos>"


class Tokenizer(ABC):
    """Base of what has tokens and an id for each, the numbers from 0 on."""

    pad_id: int | None  # None for a token that there is none of
    unk_id: int | None
    bos_id: int | None
    eos_id: int | None

    @property
    @abstractmethod
    def tokens(self) -> tuple[str, ...]:
        """All tokens, each at the place that its id says."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __contains__(self, token: object) -> bool: ...

    @abstractmethod
    def index(self, token: str) -> int:
        """The id of a token."""

    @abstractmethod
    def _encoded(self, op: str, texts: list[Any]) -> list[np.ndarray]:
        """The ids of each text, int64, without those of a beginning and end."""

    @abstractmethod
    def _decoded(self, ids: list[int]) -> str:
        """The text of ids that there are."""

    @abstractmethod
    def _special_ids(self) -> frozenset[int]:
        """The ids of special tokens."""

    def encode(self, text: Any, bos: bool = False, eos: bool = False) -> np.ndarray:
        """The ids of a text.

        Args:
            text: a string, or a list of tokens.
            bos: whether <bos> comes first.
            eos: whether <eos> comes last.

        Returns:
            (n,) int64.

        Raises:
            TypeError: anything but a string or a list of strings.
            ValueError: a token that is not known, where there is no <unk>; a <bos> or <eos> that there is not.
        """
        begin, end = self._ends("encode", bos, eos)
        return np.concatenate([begin, *self._encoded("encode", [text]), end])

    def encode_batch(
        self,
        texts: Iterable[Any],
        bos: bool = False,
        eos: bool = False,
        *,
        maxlen: int | None = None,
        padding: str = "post",
        truncating: str = "post",
    ) -> tuple[np.ndarray, np.ndarray]:
        """The ids of texts as the rows of one array, filled up with <pad>.

        Args:
            texts: n texts, each as `encode` takes it.
            bos, eos: as in `encode`; they count for maxlen, and may be cut off.
            maxlen, padding, truncating: as in `pad_sequences`, but that both are "post".

        Returns:
            ids: (n, time) int64.
            mask: (n, time) bool, True for a text's own ids, False for what was filled in.

        Raises:
            TypeError, ValueError: as `encode` and `pad_sequences` do; texts of several lengths without a <pad>.
        """
        op = "encode_batch"
        if isinstance(texts, (str, bytes)) or not isinstance(texts, Iterable):
            raise TypeError(f"[{op}] texts must be several texts, got {type(texts).__name__}")
        begin, end = self._ends(op, bos, eos)
        rows = [np.concatenate([begin, ids, end]) for ids in self._encoded(op, list(texts))]
        sides = {"padding": padding, "truncating": truncating}
        mask = pad_sequences([np.ones(len(ids), bool) for ids in rows], maxlen, bool, **sides)
        if self.pad_id is None and not mask.all():
            raise ValueError(f"[{op}] texts must have one length where there is no {PAD}, got several")
        return pad_sequences(rows, maxlen, np.int64, **sides, value=self.pad_id or 0), mask

    def decode(self, ids: Any, skip_special: bool = True) -> str:
        """The text of ids.

        Args:
            ids: (n,) integers.
            skip_special: whether special tokens are left out.

        Raises:
            TypeError: ids that are no integers.
            ValueError: another shape, ids outside [0, len(self)).
        """
        return self._text_of("decode", self._ids_of("decode", ids, 1), skip_special)

    def decode_batch(self, ids: Any, skip_special: bool = True) -> list[str]:
        """The texts of (n, time) ids, each as `decode` has it."""
        return [self._text_of("decode_batch", row, skip_special) for row in self._ids_of("decode_batch", ids, 2)]

    def _text_of(self, op: str, ids: np.ndarray, skip_special: bool) -> str:
        listed: list[int] = ids.tolist()
        if skip_special:
            special = self._special_ids()
            listed = [each for each in listed if each not in special]
        return self._decoded(listed)

    def _ids_of(self, op: str, ids: Any, axes: int) -> np.ndarray:
        array = np.asarray(ids.numpy() if isinstance(ids, Tensor) else ids)
        if array.ndim != axes:
            raise ValueError(f"[{op}] ids must have {axes} axes, got shape {array.shape}")
        if array.size == 0:
            return array.astype(np.int64)  # NumPy makes an empty list floats
        if array.dtype.kind not in "iu":
            raise TypeError(f"[{op}] ids must be integers, got {array.dtype}")
        if not 0 <= array.min() <= array.max() < len(self):
            raise ValueError(f"[{op}] ids must be in [0, {len(self)}), got ids from {array.min()} to {array.max()}")
        return array

    def _ends(self, op: str, bos: bool, eos: bool) -> list[np.ndarray]:
        """What comes before and after the ids of a text."""
        ends = []
        for name, token, wanted, own in (("bos", BEGIN, bos, self.bos_id), ("eos", END, eos, self.eos_id)):
            if not isinstance(wanted, bool):
                raise TypeError(f"[{op}] {name} must be a bool, got {type(wanted).__name__}")
            if wanted and own is None:
                raise ValueError(f"[{op}] {name} must be False where {token} is no token")
            ends.append(np.array([own] if wanted else [], np.int64))
        return ends


# --- arguments


def checked_specials(op: str, specials: Any) -> tuple[str, ...]:
    checked = strings_of(op, "specials", specials)
    if len(set(checked)) < len(checked):
        raise ValueError(f"[{op}] specials must differ from each other, got {checked}")
    if PAD in checked[1:]:
        raise ValueError(f"[{op}] specials must have {PAD} in front, where its id is 0, got {checked}")
    return checked


def strings_of(op: str, name: str, values: Any) -> tuple[str, ...]:
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise TypeError(f"[{op}] {name} must be a list of strings, got {type(values).__name__}")
    strings = tuple(values)
    for each in strings:
        if not isinstance(each, str):
            raise TypeError(f"[{op}] {name} must be strings, got {type(each).__name__}")
        if not each:
            raise ValueError(f"[{op}] {name} must not be empty, got ''")
    return strings


def unknown_token(op: str, token: Any) -> ValueError:
    return ValueError(f"[{op}] {token!r} is no token of the vocabulary, which has no {UNKNOWN} for it")
