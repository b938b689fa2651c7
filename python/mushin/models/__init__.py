"""Models as a whole, and what reads their outputs."""

from .ctc import Hypothesis, beam_decode, edit_distance, error_rate, greedy_decode
from .judging import Predictor
from .language import LanguageModel
from .ngram import NGram
from .training_step import TrainingStep

__all__ = [
    "Hypothesis",
    "LanguageModel",
    "NGram",
    "Predictor",
    "TrainingStep",
    "beam_decode",
    "edit_distance",
    "error_rate",
    "greedy_decode",
]
