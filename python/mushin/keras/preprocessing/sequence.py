"""Sequences of one length."""

from mushin.data.text.padding import pad_sequences

__all__ = ["pad_sequences"]
