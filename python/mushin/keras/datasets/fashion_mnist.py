"""Pictures of clothes in MNIST's format (Xiao, Rasul, Vollgraf 2017)."""

from mushin.data.mnist import load_fashion_mnist as load_data

__all__ = ["load_data"]
