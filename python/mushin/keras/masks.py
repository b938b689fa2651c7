"""Masks: which steps of samples count. A mask stands beside a tensor, as an attribute of it, and goes with it from
layer to layer."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from inspect import signature
from typing import TYPE_CHECKING, Any

from mushin import nn, ops
from mushin.autograd import Tensor
from mushin.keras.structures import leaves, mapped
from mushin.warning import warn_caller

if TYPE_CHECKING:
    from mushin.keras.layers.layer import Layer

Run = Callable[[tuple[Any, ...], dict[str, Any]], Any]


def mask_of(x: Any) -> Tensor | None:
    """The mask of a tensor, or None."""
    return getattr(x, "_keras_mask", None)


def set_mask(x: Any, mask: Tensor | None) -> None:
    """Gives a tensor a mask, (batch, time) truth values."""
    x._keras_mask = mask


def called_with_masks(layer: Layer, run: Run, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What `run(args, kwargs)` returns, with masks: the layer's `call` is told those of its first argument, and its
    outputs get those that `compute_mask` says."""
    place = _place_of_mask(type(layer).call)
    inputs = args[0] if args else next(iter(kwargs.values()), None)
    given = args[place] if place is not None and place < len(args) else kwargs.get("mask")
    masks = mapped(mask_of, inputs) if given is None else given
    if all(mask is None for mask in leaves(masks)):
        if not layer.makes_masks:
            return run(args, kwargs)
        masks = None
    elif place is not None and given is None:
        kwargs = {**{name: value for name, value in kwargs.items() if name != "mask"}, "mask": masks}
        args = args[:place]
    outputs = run(args, kwargs)
    flat = leaves(outputs)
    if layer.builds_inside or all(mask_of(x) is not None for x in flat):
        return outputs  # the layers inside, or `call`, have seen to the masks
    if layer.supports_masking:
        computed = leaves(layer.compute_mask(inputs, masks))
        for x, mask in zip(flat, computed):
            if mask is not None and mask_of(x) is None:
                set_mask(x, mask)
    elif masks is not None and place is None:
        warn_caller(f"[{layer.name}] the mask of its input ends here: {type(layer).__name__} does not support masking")
    return outputs


def takes_mask(layer: Layer) -> bool:
    """Whether a layer's `call` has an argument `mask`."""
    return _place_of_mask(type(layer).call) is not None


@lru_cache(256)
def _place_of_mask(call: Callable[..., Any]) -> int | None:
    """Which argument of a method, counted without `self`, is `mask`; None if none is."""
    names = list(signature(call).parameters)[1:]
    return names.index("mask") if "mask" in names else None


class LayerChain(nn.Sequential):
    """Layers one after the other: their modules, with masks beside what goes from one to the next if there are any.

    Args:
        parts: each layer with its modules.
    """

    def __init__(self, parts: list[tuple[Layer, list[nn.Module]]]) -> None:
        super().__init__(*(module for _, modules in parts for module in modules))
        self._parts = [(layer, _run_of(modules)) for layer, modules in parts]
        self._has_masks = any(layer.has_masks() for layer, _ in parts)

    def forward(self, x: Any) -> Any:
        if not self._has_masks and mask_of(x) is None:
            return super().forward(x)
        for layer, run in self._parts:
            x = called_with_masks(layer, run, (x,), {})
        return x


def _run_of(modules: list[nn.Module]) -> Run:
    return partial(_outputs_of, modules[0] if len(modules) == 1 else nn.Sequential(*modules))


def _outputs_of(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return module(*args, **kwargs)


# --- losses and metrics


def masked_weights(reduction: str | None, mask: Tensor, weight: Any) -> Tensor:
    """Weights of losses of outputs that have a mask: 0 where it is False. A mean of the losses is divided by the number
    of those that count.

    Source: keras.losses, apply_mask.
    """
    kept = ops.cast(mask, "float32")
    if reduction in ("sum_over_batch_size", "mean"):
        kept = ops.mul(kept, ops.div(float(mask.array.size), ops.maximum(ops.sum(kept), 1.0)))
    if weight is None:
        return kept
    if weight.ndim > kept.ndim and weight.shape[-1] == 1:
        weight = ops.reshape(weight, weight.shape[:-1])
    weight = ops.reshape(weight, (*weight.shape, *(1,) * (kept.ndim - weight.ndim)))
    return ops.mul(kept, ops.cast(weight, "float32"))
