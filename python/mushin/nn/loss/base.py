"""What all losses as layers share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from mushin.autograd import Tensor
from mushin.nn.module import Module
from mushin.ops.arrays import tensor_of
from mushin.ops.loss import REDUCTIONS, check_reduction


class Loss(Module):
    """A function as a layer: `options` are the arguments of the function that the layer is made with, each an attribute
    of it. Weights are buffers, so that `state_dict` has them, as PyTorch's does."""

    function: ClassVar[Callable[..., Tensor]]
    weights: ClassVar[tuple[str, ...]] = ("weight", "pos_weight")
    _options: tuple[str, ...]
    reductions: ClassVar[tuple[str, ...]] = REDUCTIONS

    def __init__(self, **options: Any) -> None:
        super().__init__()
        if options["reduction"] not in self.reductions:
            check_reduction(type(self).__name__, options["reduction"])
        for name, value in options.items():
            if name in self.weights:
                self.register_buffer(name, None if value is None else tensor_of(value))
            else:
                setattr(self, name, value)
        self.__dict__["_options"] = tuple(options)

    def forward(self, *inputs: Any) -> Tensor:
        options = {}
        for name in self._options:  # less time than a comprehension of one or two
            options[name] = getattr(self, name)
        return self.function(*inputs, **options)
