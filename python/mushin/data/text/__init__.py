"""Text: reading files of any size, and batches of sequences."""

from .buckets import BucketSampler, PadCollate, shuffled
from .files import TextLines, lines_of, read_text
from .windows import ContiguousWindows, StreamedWindows, WindowDataset

__all__ = [
    "BucketSampler",
    "ContiguousWindows",
    "PadCollate",
    "StreamedWindows",
    "TextLines",
    "WindowDataset",
    "lines_of",
    "read_text",
    "shuffled",
]
