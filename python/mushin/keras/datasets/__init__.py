"""Data sets under Keras' names: `mnist.load_data()` and `fashion_mnist.load_data()`."""

from mushin.keras.datasets import fashion_mnist, mnist

__all__ = ["fashion_mnist", "mnist"]
