"""Handwritten digits, 60,000 for training and 10,000 for testing (LeCun, Cortes, Burges 1998)."""

from mushin.data.mnist import load_mnist as load_data

__all__ = ["load_data"]
