"""What tests of Keras' face share: numbers, and a model of several inputs and outputs that is made by hand, with what
the training needs of a model and no more."""

import numpy as np

from mushin import keras, nn, ops
from mushin.keras import layers
from mushin.keras.training import Model


def numbers(*shape, seed=1):
    """Normal numbers, float32."""
    return np.random.Generator(np.random.Philox(seed)).standard_normal(shape).astype(np.float32)


def samples(n=6):
    """Samples for `dense_model`."""
    return numbers(n, 4)


def dense_model(*, declared=True, **first):
    """Dense layers of 5 and 3 units, for samples of 4 numbers."""
    shape = {"input_shape": (4,)} if declared else {}
    return keras.Sequential([layers.Dense(5, activation="relu", **shape, **first), layers.Dense(3)])


def same_weights(a, b):
    """Whether two models have the same weights, to the bit."""
    return all(np.array_equal(u, v) for u, v in zip(a.get_weights(), b.get_weights(), strict=True))


class Two(nn.Module):
    """Two linear layers of the sum of two inputs, the second with a softmax."""

    def __init__(self, width, numbers, classes):
        super().__init__()
        self.first, self.second = nn.Linear(width, numbers), nn.Linear(width, classes)

    def forward(self, a, b):
        both = ops.add(a, b)
        return self.first(both), ops.softmax(self.second(both), -1)


class TwoHeads(Model):
    """Inputs a and b, outputs sum and kind."""

    name = "two"
    built = trainable = True
    layers = ()
    input_names = ("a", "b")
    output_names = ("sum", "kind")

    def __init__(self, width=3, numbers=2, classes=3):
        super().__init__()
        keras.utils.set_random_seed(3)
        self.body = Two(width, numbers, classes)
        self.input_sample_shapes = [(width,), (width,)]
        self.output_sample_shapes = [(numbers,), (classes,)]

    body = input_sample_shapes = output_sample_shapes = None

    @property
    def variables(self):
        return list(self.body.parameters())

    def get_weights(self):
        return [variable.array.T.copy() for variable in self.variables]

    def set_weights(self, weights):
        for variable, array in zip(self.variables, weights, strict=True):
            variable.array[...] = array.T
