"""Modules that several tests of Module use."""

import numpy as np

import mushin
from mushin import nn


class Scale(nn.Module):
    """x * weight + shift, with a counter that is saved and a mask that is not."""

    def __init__(self, n=3):
        super().__init__()
        self.weight = nn.Parameter(np.arange(1, n + 1, dtype=np.float32))
        self.shift = nn.Parameter(np.zeros(n, np.float32))
        self.register_buffer("count", mushin.tensor([7]))
        self.register_buffer("mask", mushin.ones(n), persistent=False)
        self.label = "plain"

    def forward(self, x):
        return x * self.weight + self.shift


class Tower(nn.Module):
    """Four levels: tower, sequential, sequential, layer."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Sequential(Scale(), nn.ReLU()), nn.Linear(3, 2))
        self.head = nn.Linear(2, 1, bias=False)

    def forward(self, x):
        return self.head(self.body(x))


def names(pairs):
    return [name for name, _ in pairs]
