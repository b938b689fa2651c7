"""Keras' layers."""

from mushin.keras.layers.activations import ELU, LeakyReLU, PReLU, ReLU, Softmax
from mushin.keras.layers.core import Activation, Dense, Identity, Input, InputLayer, Lambda
from mushin.keras.layers.layer import Layer
from mushin.keras.layers.merging import (
    Add,
    Average,
    Dot,
    Maximum,
    Merge,
    Minimum,
    Multiply,
    Subtract,
    add,
    average,
    dot,
    maximum,
    minimum,
    multiply,
    subtract,
)
from mushin.keras.layers.normalization import LayerNormalization, Normalization, Rescaling, UnitNormalization
from mushin.keras.layers.regularization import (
    ActivityRegularization,
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
)
from mushin.keras.layers.reshaping import Flatten, Permute, RepeatVector, Reshape

__all__ = [
    "ELU",
    "Activation",
    "ActivityRegularization",
    "Add",
    "AlphaDropout",
    "Average",
    "Dense",
    "Dot",
    "Dropout",
    "Flatten",
    "GaussianDropout",
    "GaussianNoise",
    "Identity",
    "Input",
    "InputLayer",
    "Lambda",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "Maximum",
    "Merge",
    "Minimum",
    "Multiply",
    "Normalization",
    "PReLU",
    "Permute",
    "ReLU",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "Softmax",
    "Subtract",
    "UnitNormalization",
    "add",
    "average",
    "dot",
    "maximum",
    "minimum",
    "multiply",
    "subtract",
]
