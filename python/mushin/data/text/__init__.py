"""Text: files of any size, cleaned, cut into tokens, turned into ids, and batches of these."""

from .buckets import BucketSampler, PadCollate, shuffled
from .cleaning import collapse_lines, normalize, remove_accents, remove_control, remove_punctuation
from .files import TextLines, lines_of, read_text
from .padding import pad_sequences
from .splitting import split_characters, split_words
from .subwords import SubwordTokenizer
from .tokens import Tokenizer
from .vocabulary import Vocabulary
from .windows import ContiguousWindows, StreamedWindows, WindowDataset

__all__ = [
    "BucketSampler",
    "ContiguousWindows",
    "PadCollate",
    "StreamedWindows",
    "SubwordTokenizer",
    "TextLines",
    "Tokenizer",
    "Vocabulary",
    "WindowDataset",
    "collapse_lines",
    "lines_of",
    "normalize",
    "pad_sequences",
    "read_text",
    "remove_accents",
    "remove_control",
    "remove_punctuation",
    "shuffled",
    "split_characters",
    "split_words",
]
