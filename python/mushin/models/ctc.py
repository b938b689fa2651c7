"""What a model that was trained by `ctc_loss` reads: the best labels by frame or by beam, and how wrong they are."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from mushin.ops.arrays import check_float, ids_of, integer, tensor_of


class Hypothesis(NamedTuple):
    """Labels that a sample may have, and the logarithm of their probability."""

    labels: np.ndarray
    log_probability: float


def greedy_decode(log_probs: Any, lengths: Any = None, blank: int = 0, merge_repeated: bool = True) -> list[np.ndarray]:
    """The labels of each sample's best alignment: the largest class of each frame, without repetitions, then without
    blanks.

    Args:
        log_probs: (time, batch, classes), float32 or float64, as `ctc_loss` takes them; logits do as well.
        lengths: (batch,), each sample's number of frames; all if None.
        blank: the class of frames without a label.
        merge_repeated: whether a label that comes in two frames without a blank between them is one.

    Returns:
        For each sample its labels, int64.

    Raises:
        ValueError: another shape, lengths beyond the frames, a blank that is no class, NaN.
        TypeError: lengths that are no integers.

    Source: Graves et al. 2006, section 3.2.
    """
    values, frames = _checked("greedy_decode", log_probs, lengths, blank)
    best = np.argmax(values, -1)
    keep = (best != blank) & (np.arange(len(best))[:, None] < frames)
    if merge_repeated:
        keep[1:] &= best[1:] != best[:-1]
    return [best[keep[:, sample], sample] for sample in range(best.shape[1])]


def beam_decode(
    log_probs: Any, lengths: Any = None, blank: int = 0, beam_width: int = 100, top_paths: int = 1
) -> list[list[Hypothesis]]:
    """The most probable labels of each sample, by a prefix beam search: the probability of labels is summed over their
    alignments, as far as these come by the prefixes that are kept from frame to frame. A beam that holds every prefix
    gives the exact order and `ctc_loss`.

    Args:
        log_probs: (time, batch, classes), float32 or float64: logarithms of probabilities.
        lengths: (batch,), each sample's number of frames; all if None.
        blank: the class of frames without a label.
        beam_width: how many prefixes are kept.
        top_paths: how many hypotheses of a sample are returned, if there are as many; at most beam_width.

    Returns:
        For each sample its hypotheses, the most probable first; labels are int64.

    Raises:
        ValueError: another shape, lengths beyond the frames, a blank that is no class, NaN or positive infinity, a
            beam_width below 1, top_paths outside [1, beam_width].
        TypeError: lengths, beam_width or top_paths that are no integers.

    Source: Graves 2012, section 7.5.3; Hannun et al. 2014, algorithm 1, without a language model.
    """
    values, frames = _checked("beam_decode", log_probs, lengths, blank)
    if np.any(values == np.inf):
        raise ValueError("[beam_decode] log_probs must be logarithms of probabilities, got inf")
    if integer("beam_decode", "beam_width", beam_width) < 1:
        raise ValueError(f"[beam_decode] beam_width must be at least 1, got {beam_width}")
    if not 1 <= integer("beam_decode", "top_paths", top_paths) <= beam_width:
        raise ValueError(f"[beam_decode] top_paths must be in [1, {beam_width}], the beam's width, got {top_paths}")
    return [
        _Beam(blank, beam_width).read(values[:count, sample].astype(np.float64))[:top_paths]
        for sample, count in enumerate(frames)
    ]


def _checked(op: str, log_probs: Any, lengths: Any, blank: int) -> tuple[np.ndarray, np.ndarray]:
    """The values, and each sample's number of frames."""
    values = tensor_of(log_probs).detach().numpy()
    check_float(op, "log_probs", values)
    if values.ndim != 3:
        raise ValueError(f"[{op}] log_probs must have shape (time, batch, classes), got {values.shape}")
    time, batch, classes = values.shape
    if not 0 <= integer(op, "blank", blank) < classes:
        raise ValueError(f"[{op}] blank must be in [0, {classes}), got {blank}")
    frames = np.full(batch, time) if lengths is None else tensor_of(lengths).numpy()
    if frames.shape != (batch,):
        raise ValueError(f"[{op}] lengths must have shape ({batch},), got {frames.shape}")
    frames = ids_of(op, "lengths", frames, "integers")
    wrong = (frames < 0) | (frames > time)
    if wrong.any():
        raise ValueError(f"[{op}] lengths must be in [0, {time}], got {frames[wrong][0]} at position {wrong.argmax()}")
    if np.isnan(values).any():
        raise ValueError(f"[{op}] log_probs must hold no NaN")
    return values, frames


class _Beam:
    """The prefixes that are kept while a sample is read. A prefix is a number: it has a parent, which lacks its last
    label. Its alignments so far that end in a blank and those that end in its last label are summed separately, since
    only behind a blank the same label may follow anew."""

    def __init__(self, blank: int, width: int) -> None:
        self.blank = blank
        self.width = width
        self.parents, self.lasts = [-1], [-1]  # of all prefixes there have been; the first one is empty
        self.numbers: dict[tuple[int, int], int] = {}  # by parent and last label
        self.prefixes = np.array([0])
        self.in_blank, self.in_label = np.array([0.0]), np.array([-np.inf])

    def read(self, log_probs: np.ndarray) -> list[Hypothesis]:
        for row in log_probs:
            self.advance(row)
        scores = np.logaddexp(self.in_blank, self.in_label)
        return [Hypothesis(self.labels_of(prefix), float(score)) for prefix, score in zip(self.prefixes, scores)]

    def labels_of(self, prefix: int) -> np.ndarray:
        labels = []
        while prefix:
            labels.append(self.lasts[prefix])
            prefix = self.parents[prefix]
        return np.array(labels[::-1], np.int64)

    def advance(self, row: np.ndarray) -> None:
        """Takes in a frame's log-probabilities of the classes."""
        lasts = np.array([self.lasts[prefix] for prefix in self.prefixes], np.int64)
        total = np.logaddexp(self.in_blank, self.in_label)
        in_blank, in_label = total + row[self.blank], self.in_label + row[lasts]
        classes = self._candidates(row)
        longer = np.where(lasts[:, None] == classes, self.in_blank[:, None], total[:, None]) + row[classes]

        # A longer prefix that is in the beam already: what would extend its parent to it is added to it.
        places = {prefix: place for place, prefix in enumerate(self.prefixes)}
        owners = np.array([places.get(self.parents[prefix], -1) for prefix in self.prefixes], np.int64)
        children = np.flatnonzero(owners >= 0)
        owners, labels = owners[children], lasts[children]
        gained = np.where(lasts[owners] == labels, self.in_blank[owners], total[owners]) + row[labels]
        in_label[children] = np.logaddexp(in_label[children], gained)
        child, column = np.nonzero(labels[:, None] == classes)
        longer[owners[child], column] = -np.inf

        scores = np.concatenate([np.logaddexp(in_blank, in_label), longer.reshape(-1)])
        kept = _largest(scores, self.width)
        kept = kept[scores[kept] > -np.inf]
        is_old = kept < len(lasts)
        place, column = np.divmod(np.maximum(kept - len(lasts), 0), max(len(classes), 1))
        old = np.where(is_old, kept, 0)
        self.prefixes = np.array(
            [
                self.prefixes[k] if k < len(lasts) else self._extended(self.prefixes[i], classes[j])
                for k, i, j in zip(kept, place, column)
            ],
            np.int64,
        )
        self.in_blank = np.where(is_old, in_blank[old], -np.inf)
        self.in_label = np.where(is_old, in_label[old], scores[kept])

    def _candidates(self, row: np.ndarray) -> np.ndarray:
        """The labels that can extend a prefix of the beam into the next beam: one more than it is wide, since the last
        label of a prefix extends it with less than its whole probability."""
        classes = np.flatnonzero(np.arange(len(row)) != self.blank)
        return np.asarray(classes[_largest(row[classes], self.width + 1)])

    def _extended(self, prefix: int, label: int) -> int:
        number = self.numbers.setdefault((int(prefix), int(label)), len(self.parents))
        if number == len(self.parents):
            self.parents.append(int(prefix))
            self.lasts.append(int(label))
        return number


def _largest(values: np.ndarray, count: int) -> np.ndarray:
    """Places of the largest values, these first; of equal ones the first."""
    places = np.argpartition(-values, count)[:count] if len(values) > count else np.arange(len(values))
    places.sort()
    return places[np.argsort(-values[places], kind="stable")]


def edit_distance(reference: Sequence[Hashable], hypothesis: Sequence[Hashable]) -> int:
    """The least number of tokens to insert, delete or replace that makes one sequence the other.

    Args:
        reference, hypothesis: strings, whose tokens are characters, or lists or arrays of words, phonemes or numbers.

    The memory it takes grows with the longer sequence only.

    Source: Levenshtein 1966; Wagner and Fischer 1974.
    """
    numbers: dict[Hashable, int] = {}
    short, long = (
        np.array([numbers.setdefault(token, len(numbers)) for token in sequence], np.int64)
        for sequence in sorted((reference, hypothesis), key=len)
    )
    steps = np.arange(len(long) + 1)
    row = steps
    for place, token in enumerate(short, 1):
        # Replaced or deleted; then what is inserted costs one each, so a distance less its place is a running minimum.
        least = np.concatenate([[place], np.minimum(row[:-1] + (long != token), row[1:] + 1)])
        row = np.minimum.accumulate(least - steps) + steps
    return int(row[-1])


def error_rate(references: Iterable[Sequence[Hashable]], hypotheses: Iterable[Sequence[Hashable]]) -> float:
    """The edit distances of all pairs, added up, by the number of tokens in all references. Of strings it is the
    character error rate, of lists of words or phonemes the word or phoneme error rate; it may be above 1.

    Args:
        references, hypotheses: as many sequences each; see `edit_distance`.

    Raises:
        ValueError: not as many of one as of the other, or references without any token.
        TypeError: a string in the place of the sequences.
    """
    for name, given in (("references", references), ("hypotheses", hypotheses)):
        if isinstance(given, (str, bytes)):
            raise TypeError(f"[error_rate] {name} must be several sequences, got one string")
    true, read = list(references), list(hypotheses)
    if len(true) != len(read):
        raise ValueError(f"[error_rate] hypotheses must be as many as references, {len(true)}, got {len(read)}")
    tokens = sum(len(reference) for reference in true)
    if tokens == 0:
        raise ValueError("[error_rate] references must hold a token, got none")
    return sum(edit_distance(a, b) for a, b in zip(true, read)) / tokens
