"""The variables of layers: how they are made, what belongs to them, and in which order and layout Keras has them."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from mushin import nn
from mushin.autograd import Tensor
from mushin.keras import constraints, initializers, regularizers
from mushin.keras.arguments import flag, label, sequence
from mushin.keras.layers.calls import claim_weights
from mushin.keras.layers.shapes import arrays_like
from mushin.keras.variables import HasVariables


class HasWeights(HasVariables):
    """What a Layer has of variables: its own, and those of the layers and modules inside, which `members` tells.

    Args:
        trainable: whether they are trained.
    """

    name: str

    @property
    def built(self) -> bool:
        """Whether the variables are there."""
        raise NotImplementedError

    def __init__(self, trainable: bool) -> None:
        self._weights: dict[str, tuple[Tensor, bool]] = {}
        self._orders: dict[int, tuple[int, ...] | None] = {}
        self._regularized: list[tuple[Tensor, Any]] = []
        self._constrained: list[tuple[Tensor, Any]] = []
        self._trainable = flag(self.name, "trainable", trainable)

    def members(self) -> dict[str, Any]:
        """Layers, modules and parameters inside, by name."""
        raise NotImplementedError

    def sublayers(self) -> list[Any]:
        """The layers directly inside, each once."""
        raise NotImplementedError

    def _adopt(self) -> None:
        """Makes what has been added part of the layer's body, if it has one."""
        raise NotImplementedError

    def add_weight(
        self,
        shape: Any = (),
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        name: str | None = None,
    ) -> Tensor:
        """A variable of the layer.

        Args:
            shape: of the variable; () for one number.
            initializer: a name or object of `keras.initializers`; "glorot_uniform" if None.
            dtype: "float32" or None.
            trainable: whether the optimizer changes it.
            regularizer: from the variable to a penalty, which is added to the loss.
            constraint: from the variable to what it is replaced by after every step.
            name: unique in the layer; "variable", "variable_1", ... if None.

        Raises:
            ValueError: a name that the layer has given before.
        """
        sizes = tuple(operator.index(n) for n in (shape if isinstance(shape, (tuple, list)) else (shape,)))
        self.claim(sizes)
        wanted = label(self.name, name) or "variable"
        if name is not None and name in self._weights:
            raise ValueError(f"[{self.name}] two variables are named {name!r}")
        numbered = (wanted if i == 0 else f"{wanted}_{i}" for i in range(len(self._weights) + 1))
        key = next(each for each in numbered if each not in self._weights)
        values = initializers.get("glorot_uniform" if initializer is None else initializer)(sizes, dtype)
        trained = flag(self.name, "trainable", trainable)
        variable = nn.Parameter(values) if trained else values
        self._weights[key] = (variable, trained)
        self.note(variable, regularizer, constraint)
        self._adopt()
        return variable

    def note(self, variable: Tensor, regularizer: Any, constraint: Any, order: tuple[int, ...] | None = None) -> None:
        """Keeps what belongs to a variable: its penalty and constraint, and the order of its axes in Keras' layout."""
        self._orders[id(variable)] = order
        if regularizer is not None:
            self._regularized.append((variable, regularizers.get(regularizer)))
        if constraint is not None:
            self._constrained.append((variable, constraints.get(constraint)))

    def claim(self, *shapes: tuple[int, ...]) -> None:
        """Says which weights are going to be made; raises if they are more than the file that is loaded holds. A layer
        calls it before it makes an nn module that has parameters."""
        claim_weights(self.name, shapes)

    def own_weights(self) -> dict[str, tuple[Tensor, bool]]:
        """What `add_weight` has made, by name, and whether it is trained."""
        return self._weights

    @property
    def trainable(self) -> bool:
        """Whether the variables are trained, those of the layers inside too; the next step heeds it."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = flag(self.name, "trainable", value)
        for layer in self.sublayers():
            layer.trainable = self._trainable
        for variable in self._own_parameters():
            variable.requires_grad_(self._trainable)

    def _own_parameters(self) -> list[Tensor]:
        """The trained variables that are in no layer inside."""
        found = [variable for variable, trained in self._weights.values() if trained]
        for member in self.members().values():
            if not isinstance(member, HasWeights):
                found += member.parameters() if isinstance(member, nn.Module) else [member]
        return found

    def weight_layouts(self) -> list[tuple[Tensor, tuple[int, ...] | None]]:
        """The variables in Keras' order, each with the order of axes that makes Keras' layout of it; None if it is the
        same. Its own come first, those that are trained before the others."""
        own = [variable for variable, trained in self._weights.values() if trained]
        own += [variable for variable, trained in self._weights.values() if not trained]
        found = {id(variable): (variable, self._orders.get(id(variable))) for variable in own}
        for member in self.members().values():
            if isinstance(member, HasWeights):
                inside = member.weight_layouts()
            else:
                parameters = member.parameters() if isinstance(member, nn.Module) else [member]
                inside = [(parameter, self._orders.get(id(parameter))) for parameter in parameters]
            for each in inside:
                found.setdefault(id(each[0]), each)
        return list(found.values())

    @property
    def variables(self) -> list[Tensor]:
        return [variable for variable, _ in self.weight_layouts()]

    def penalties(self) -> list[tuple[Tensor, Any]]:
        """The variables that have a regularizer, with it; those of the layers inside too. It takes Keras' layout, which
        `weight_layouts` knows."""
        return [*self._regularized, *(each for layer in self.sublayers() for each in layer.penalties())]

    def constraints(self) -> list[tuple[Tensor, Any]]:
        """The variables that have a constraint, as `penalties`."""
        return [*self._constrained, *(each for layer in self.sublayers() for each in layer.constraints())]

    def get_weights(self) -> list[np.ndarray]:
        """Copies of the weights, in Keras' order and layouts."""
        return [
            (variable.array if order is None else variable.array.transpose(order)).copy(order="C")
            for variable, order in self.weight_layouts()
        ]

    def set_weights(self, weights: list[np.ndarray]) -> None:
        """Overwrites the weights, given as `get_weights` returns them; nothing is changed if a shape does not fit."""
        layouts = self.weight_layouts()
        if not layouts and not self.built and sequence(self.name, "weights", weights):
            raise ValueError(f"[{self.name}] the layer has no weights before it knows its input's shape")
        if not layouts and (given := sequence(self.name, "weights", weights)):
            raise ValueError(f"[{self.name}] weights must be an empty list, got {len(given)} arrays")
        for (variable, order), array in zip(layouts, arrays_like(self.name, self.get_weights(), weights)):
            variable.data.copy_(array if order is None else array.transpose(np.argsort(order)))
