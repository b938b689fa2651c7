"""Models as a whole, and what reads their outputs."""

from .ctc import Hypothesis, beam_decode, edit_distance, error_rate, greedy_decode
from .ngram import NGram

__all__ = ["Hypothesis", "NGram", "beam_decode", "edit_distance", "error_rate", "greedy_decode"]
