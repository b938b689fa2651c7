"""What runs while a layer of one's own is called: its nn module, and which mode it is in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import Parameter, signature
from math import prod
from typing import TYPE_CHECKING, Any

from mushin import nn
from mushin.autograd import Tensor
from mushin.keras.structures import leaves, packed
from mushin.train.penalties import add_penalty

if TYPE_CHECKING:
    from mushin.keras.layers.layer import Layer


class _Now(threading.local):
    """What this thread is in the midst of."""

    def __init__(self) -> None:
        self.calls = 0
        self.numbers_left: int | None = None


_now = _Now()


class CalledLayer(nn.Module):
    """A layer that has a `call` of its own, as an nn module with the layer's variables and those of the layers inside.

    Args:
        layer: whose `call` is the forward.
    """

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self._called = layer
        named = [p for p in signature(layer.call).parameters.values() if p.name == "training"]
        self._takes_training = bool(named) and named[0].kind is not Parameter.POSITIONAL_ONLY
        self.adopt()

    def adopt(self) -> None:
        """Takes in what the layer has got since: variables, and layers that have been built."""
        own, inside = self._called.own_weights(), self._called.members()
        members = {**{name: variable for name, (variable, _) in own.items()}, **inside}
        for given_name, member in members.items():
            name = f"{given_name}_" if hasattr(CalledLayer, given_name) else given_name
            if name in self.__dict__:
                continue
            if isinstance(member, nn.Parameter):
                self.register_parameter(name, member)
            elif isinstance(member, Tensor):
                self.register_buffer(name, member)
            elif isinstance(member, nn.Module):
                self.add_module(name, member)
            elif member.built:
                self.add_module(name, member.body)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.called(args, kwargs)

    def called(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the layer's `call` returns, in the mode that this module is in."""
        if self._takes_training:
            kwargs = {**kwargs, "training": self.training}
        _now.calls += 1
        try:
            outputs = self._called.call(*args, **kwargs)
        finally:
            _now.calls -= 1
        regularizer = self._called.activity_regularizer
        if regularizer is None:
            return outputs
        for output in leaves(outputs):
            add_penalty(regularizer(output) / float(max(len(output), 1)))
        return outputs


class CalledModel(CalledLayer):
    """A model that has a `call` of its own: its forward takes the inputs and returns the outputs without the lists and
    dicts that `call` has them in.

    Args:
        layer: the model.
        structure: the lists, tuples and dicts that hold the inputs of `call`.
    """

    def __init__(self, layer: Layer, structure: Any) -> None:
        super().__init__(layer)
        self._structure = structure

    def forward(self, *inputs: Any) -> Any:
        outputs = leaves(self.called((packed(self._structure, inputs),), {}))
        return outputs[0] if len(outputs) == 1 else tuple(outputs)


def inside_a_call() -> bool:
    """Whether this thread is in a layer's `call`, which decides on the mode of the layers that it calls."""
    return _now.calls > 0


# --- limits of what a file makes


@contextmanager
def weights_limited_to(numbers: int) -> Iterator[None]:
    """Lets layers make weights of so many numbers in all, in this thread: a file cannot ask for more than it holds."""
    before, _now.numbers_left = _now.numbers_left, numbers
    try:
        yield
    finally:
        _now.numbers_left = before


def claim_weights(owner: str, shapes: tuple[tuple[int, ...], ...]) -> None:
    """Takes weights of some shapes from what is left of the limit, if there is one."""
    if _now.numbers_left is None:
        return
    _now.numbers_left -= sum(prod(shape) for shape in shapes)
    if _now.numbers_left < 0:
        raise ValueError(f"[{owner}] weights of shapes {list(shapes)} are more than the file holds")
