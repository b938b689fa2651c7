"""What layers and models have in common: variables, of which some are trained; and the variables of metrics."""

from __future__ import annotations

from typing import Any

from mushin.autograd import Tensor
from mushin.ops.in_place import copy_


class HasVariables:
    """Base of layers and models. Variables are the `nn` modules' parameters; a frozen one requires no gradient, so that
    optimizers leave it alone."""

    @property
    def variables(self) -> list[Tensor]:
        """All variables, layer by layer; empty before they are built."""
        raise NotImplementedError

    @property
    def trainable(self) -> bool:
        """Whether the variables are trained. What is set here is set for all layers inside."""
        raise NotImplementedError

    @property
    def weights(self) -> list[Tensor]:
        """The same as `variables`."""
        return self.variables

    @property
    def trainable_variables(self) -> list[Tensor]:
        return [variable for variable in self.variables if self.trainable and variable.requires_grad]

    @property
    def non_trainable_variables(self) -> list[Tensor]:
        return [variable for variable in self.variables if not (self.trainable and variable.requires_grad)]

    @property
    def trainable_weights(self) -> list[Tensor]:
        """The same as `trainable_variables`."""
        return self.trainable_variables

    @property
    def non_trainable_weights(self) -> list[Tensor]:
        """The same as `non_trainable_variables`."""
        return self.non_trainable_variables

    def count_params(self) -> int:
        """How many numbers the variables hold, trained or not."""
        return numbers_in(self.variables)


class Variable(Tensor):
    """A tensor that is told its values, outside of the graph; in a recorded step, too."""

    def assign(self, value: Any) -> Variable:
        """Takes values, which are broadcast and cast."""
        copy_(self, value)
        return self

    def assign_add(self, value: Any) -> Variable:
        """Adds values."""
        return self.assign(self + value)

    def assign_sub(self, value: Any) -> Variable:
        """Takes values away."""
        return self.assign(self - value)

    @property
    def value(self) -> Variable:
        """Itself."""
        return self


def numbers_in(variables: list[Tensor]) -> int:
    return sum(variable.array.size for variable in variables)
