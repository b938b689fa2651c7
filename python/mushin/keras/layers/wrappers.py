"""Layers around layers: Bidirectional and TimeDistributed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mushin import ops
from mushin.keras.layers.layer import Layer
from mushin.keras.masks import takes_mask
from mushin.keras.serialization import deserialize_keras_object, serialize_keras_object
from mushin.keras.structures import leaves, mapped_shapes


def _mean(a: Any, b: Any) -> Any:
    return ops.mul(ops.add(a, b), 0.5)


_MERGES: dict[str, Callable[[Any, Any], Any]] = {"sum": ops.add, "mul": ops.mul, "ave": _mean}


class Bidirectional(Layer):
    """A recurrent layer and another one that goes the other way; their outputs stand at the same steps.

    Args:
        layer: an RNN, LSTM or the like. A new one is made of its configuration, "forward_" before its name.
        merge_mode: "concat" for both outputs side by side, "sum", "mul", "ave", or None for a list of both.
        weights: of both layers as `get_weights` gives them; drawn if None.
        backward_layer: the other one; made of the layer's configuration if None, "backward_" before its name.
        options: as Layer's.

    `call` takes what the layer's does; initial_state holds the states of the one after those of the other, and so do
    the states that are returned. Where outputs of all steps are returned they are 0 where the mask is False.

    Raises:
        ValueError: another merge_mode, layers of one direction, layers that return other things.
        TypeError: layers that are no recurrent layers.

    Source: keras.layers.Bidirectional.
    """

    supports_masking = True
    makes_masks = False

    def __init__(
        self,
        layer: Any,
        merge_mode: str | None = "concat",
        weights: Any = None,
        backward_layer: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        for name, each in (("layer", layer), ("backward_layer", backward_layer)):
            if not (isinstance(each, Layer) and hasattr(each, "go_backwards")) and (
                each is not None or name == "layer"
            ):
                raise TypeError(f"[{self.name}] {name} must be a recurrent layer, got {type(each).__name__}")
        if merge_mode not in ("concat", None, *_MERGES):
            modes = ", ".join(map(repr, ("concat", *_MERGES)))
            raise ValueError(f"[{self.name}] merge_mode must be {modes} or None, got {merge_mode!r}")
        self.merge_mode = merge_mode
        self.forward_layer = _remade(layer, "forward_")
        if backward_layer is None:
            self.backward_layer = _remade(layer, "backward_", go_backwards=not layer.go_backwards)
        else:
            self.backward_layer = backward_layer
        one, other = self.forward_layer, self.backward_layer
        if one.go_backwards == other.go_backwards:
            raise ValueError(
                f"[{self.name}] backward_layer must go the other way, got go_backwards={one.go_backwards} of both"
            )
        for name in ("stateful", "return_sequences", "return_state"):
            if getattr(one, name) != getattr(other, name):
                raise ValueError(
                    f"[{self.name}] backward_layer must have {name}={getattr(one, name)} as the layer, got "
                    f"{getattr(other, name)}"
                )
        for each in (one, other):
            each.zero_output_for_mask = each.return_sequences
        self._first_weights = weights

    @property
    def return_sequences(self) -> bool:
        return bool(self.forward_layer.return_sequences)

    @property
    def return_state(self) -> bool:
        return bool(self.forward_layer.return_state)

    @property
    def stateful(self) -> bool:
        return bool(self.forward_layer.stateful)

    def build(self, input_shape: Any) -> None:
        self.forward_layer.build(input_shape)
        self.backward_layer.build(input_shape)
        if self._first_weights is not None:
            count = len(self._first_weights) // 2
            self.forward_layer.set_weights(self._first_weights[:count])
            self.backward_layer.set_weights(self._first_weights[count:])

    def compute_output_shape(self, input_shape: Any) -> Any:
        shapes = self.forward_layer.compute_output_shape(input_shape)
        output, *states = shapes if self.return_state else [shapes]
        outputs = [output]
        if self.merge_mode == "concat":
            outputs = [(*output[:-1], 2 * output[-1])]
        elif self.merge_mode is None:
            outputs = [output, output]
        everything = (*outputs, *states, *states)
        if self.return_state:
            return everything
        return list(outputs) if self.merge_mode is None else outputs[0]

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None) -> Any:
        count = 0 if initial_state is None else len(initial_state) // 2
        of_states = (None, None) if initial_state is None else (initial_state[:count], initial_state[count:])
        y, *states = self._of_layer(self.forward_layer, sequences, of_states[0], mask)
        y_back, *more_states = self._of_layer(self.backward_layer, sequences, of_states[1], mask)
        if self.return_sequences:
            late = ops.flip(y_back if self.backward_layer.go_backwards else y, 1)
            y, y_back = (y, late) if self.backward_layer.go_backwards else (late, y_back)
        if self.merge_mode is None:
            outputs = [y, y_back]
        elif self.merge_mode == "concat":
            outputs = [ops.cat([y, y_back], -1)]
        else:
            outputs = [_MERGES[self.merge_mode](y, y_back)]
        if self.return_state:
            return (*outputs, *states, *more_states)
        return outputs if self.merge_mode is None else outputs[0]

    def _of_layer(self, layer: Any, sequences: Any, states: Any, mask: Any) -> list[Any]:
        """The layer's output, and its states if it returns them."""
        returned = layer(sequences, initial_state=states, mask=mask)
        return list(returned) if self.return_state else [returned]

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The input's for each output of all steps; states have none."""
        mask = leaves(previous_mask)[0] if self.return_sequences else None
        masks = [mask] * (2 if self.merge_mode is None else 1)
        return masks + [None] * (2 * len(self.forward_layer.state_size)) if self.return_state else masks

    def reset_state(self) -> None:
        """Lets the next batch of stateful layers begin with zeros."""
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    def reset_states(self) -> None:
        """The same as `reset_state`."""
        self.reset_state()

    def arguments(self) -> dict[str, Any]:
        made = {"layer": self.forward_layer, "backward_layer": self.backward_layer, "weights": None}
        return {**super().arguments(), **made}


def _remade(layer: Any, prefix: str, **changes: Any) -> Any:
    """A new layer of the same configuration, whose name begins with the prefix."""
    config = serialize_keras_object(layer)
    name = f"{prefix}{layer.name.removeprefix(prefix)}"
    return deserialize_keras_object({**config, "config": {**config["config"], **changes, "name": name}})


class TimeDistributed(Layer):
    """A layer that is called with every step of (batch, time, ...).

    Args:
        layer: of samples (batch, ...). It sees all steps of a batch as one batch.
        options: as Layer's.

    Source: keras.layers.TimeDistributed.
    """

    supports_masking = True

    def __init__(self, layer: Any, **options: Any) -> None:
        super().__init__(**options)
        if not isinstance(layer, Layer):
            raise TypeError(f"[{self.name}] layer must be a layer, got {type(layer).__name__}")
        self.layer = layer

    def build(self, input_shape: Any) -> None:
        self.layer.ensure_built(self._of_step(input_shape))

    def _of_step(self, input_shape: Any) -> Any:
        if len(input_shape) < 3:
            raise ValueError(f"[{self.name}] input must have shape (time, ...), got {tuple(input_shape)[1:]}")
        return (input_shape[0], *input_shape[2:])

    def compute_output_shape(self, input_shape: Any) -> Any:
        of_step = self.layer.compute_output_shape(self._of_step(input_shape))
        return mapped_shapes(lambda shape: (shape[0], input_shape[1], *shape[1:]), of_step)

    def call(self, inputs: Any, mask: Any = None) -> Any:
        if mask is not None and mask.shape[:2] != inputs.shape[:2]:
            raise ValueError(f"[{self.name}] mask must have shape {inputs.shape[:2]} or more axes, got {mask.shape}")
        batch, time = inputs.shape[:2]
        steps = ops.reshape(inputs, (batch * time, *inputs.shape[2:]))
        told: dict[str, Any] = {}
        if mask is not None and takes_mask(self.layer):
            told["mask"] = ops.reshape(mask, (batch * time, *mask.shape[2:]))
        y = self.layer(steps, **told)
        return ops.reshape(y, (batch, time, *y.shape[1:]))
