"""Embedding: vectors of ids."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import nn, ops
from mushin.autograd import Tensor
from mushin.keras import constraints, initializers, regularizers
from mushin.keras.arguments import flag, positive_integer
from mushin.keras.layers.layer import Layer
from mushin.keras.samples import numeric
from mushin.ops.arrays import tensor_of

# Of all integers below this float32 holds each.
FLOAT32_IDS = 2**24


class Embedding(Layer):
    """The vector of each id: (batch, ...) ids to (batch, ..., output_dim).

    Args:
        input_dim: how many ids there are.
        output_dim: the vectors' width.
        embeddings_initializer: a name or object, as `keras.initializers` has them.
        embeddings_regularizer: a name or object, as `keras.regularizers` has them, or a function.
        embeddings_constraint: a name or object, as `keras.constraints` has them, or a function.
        mask_zero: whether the id 0 is padding, which `compute_mask` tells.
        weights: the first vectors, (input_dim, output_dim), in the initializer's place.
        options: as Layer's.

    As a model's first layer it gets the data's ids as integers; from an `Input` they come as float32 unless that has an
    integer dtype. Ids of floating-point numbers lose their fractions.

    `embeddings`, of shape (input_dim, output_dim), is there once the layer is built.

    Raises:
        IndexError: at the call, an id outside [0, input_dim).
        ValueError: at the call, float32 ids where there are more than that dtype tells apart.
    """

    casts_inputs = False

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        weights: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.input_dim = positive_integer(self.name, "input_dim", input_dim)
        self.output_dim = positive_integer(self.name, "output_dim", output_dim)
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = flag(self.name, "mask_zero", mask_zero)
        self.supports_masking = self.mask_zero
        self._first = None if weights is None else self._checked(weights)

    def _checked(self, weights: Any) -> np.ndarray:
        given = weights[0] if isinstance(weights, (list, tuple)) and len(weights) == 1 else weights
        values, shape = numeric(self.name, "weights", given), (self.input_dim, self.output_dim)
        if values.shape != shape:
            raise ValueError(f"[{self.name}] weights must have shape {shape}, got {values.shape}")
        return values.astype(np.float32)

    def build(self, input_shape: Any) -> None:
        shape = (self.input_dim, self.output_dim)
        self.claim(shape)
        table = _Table(self.name, *shape, self.embeddings_initializer(shape) if self._first is None else self._first)
        self.note(table.weight, self.embeddings_regularizer, self.embeddings_constraint)
        self.modules = [table]

    @property
    def embeddings(self) -> Tensor:
        """nn's weight.

        Raises:
            AttributeError: the layer is not built.
        """
        if not self.built:
            raise AttributeError(f"[{self.name}] embeddings are there once the layer is built")
        table = self.modules[0]
        assert isinstance(table, nn.Embedding)
        return table.weight

    def compute_mask(self, inputs: Any, mask: Any = None) -> Tensor | None:
        """Where the ids are not 0, bool of the inputs' shape; None unless mask_zero."""
        return ops.ne(tensor_of(inputs), 0) if self.mask_zero else None

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape, self.output_dim)

    def arguments(self) -> dict[str, Any]:
        """Without the first vectors: those that it has now are saved as any layer's."""
        return {name: value for name, value in super().arguments().items() if name != "weights"}


class _Table(nn.Embedding):
    """nn's layer, which also takes ids of floating-point numbers; the owner's name begins errors."""

    def __init__(self, owner: str, vocabulary: int, width: int, weight: Any) -> None:
        super().__init__(vocabulary, width, _weight=weight)
        self._owner = owner

    def forward(self, input: Any) -> Tensor:  # noqa: A002  as nn.Embedding's
        ids = tensor_of(input)
        if ids.dtype.kind == "f":
            if ids.dtype.itemsize < 8 and self.num_embeddings > FLOAT32_IDS:
                raise ValueError(
                    f"[{self._owner}] input must hold integers where input_dim is above {FLOAT32_IDS}, got {ids.dtype}"
                )
            ids = ops.cast(ids, np.int64)
        return super().forward(ids)
