"""Data sets and what prepares them."""

from .digits import load_digits
from .idx import read_idx
from .mnist import load_fashion_mnist, load_mnist
from .split import stratified_split

__all__ = ["load_digits", "load_fashion_mnist", "load_mnist", "read_idx", "stratified_split"]
