"""Models as a whole."""

from .ngram import NGram

__all__ = ["NGram"]
