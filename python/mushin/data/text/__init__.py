"""Text: cleaned, cut into tokens, turned into ids."""

from .cleaning import collapse_lines, normalize, remove_accents, remove_control, remove_punctuation
from .padding import pad_sequences
from .splitting import split_characters, split_words
from .subwords import SubwordTokenizer
from .tokens import Tokenizer
from .vocabulary import Vocabulary

__all__ = [
    "SubwordTokenizer",
    "Tokenizer",
    "Vocabulary",
    "collapse_lines",
    "normalize",
    "pad_sequences",
    "remove_accents",
    "remove_control",
    "remove_punctuation",
    "split_characters",
    "split_words",
]
