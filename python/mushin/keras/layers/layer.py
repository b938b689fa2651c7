"""Layer, the base of all layers and models: what it is made with, what is inside, and what a call of it does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import wraps
from typing import Any

import numpy as np

from mushin import nn
from mushin.autograd import Tensor, configuration_changed, no_grad
from mushin.keras import regularizers
from mushin.keras.arguments import Configured, argument_names, flag, label, snake_case
from mushin.keras.layers.calls import CalledLayer, inside_a_call
from mushin.keras.layers.shapes import fits, shape_of_sample
from mushin.keras.layers.weights import HasWeights
from mushin.keras.masks import called_with_masks
from mushin.keras.structures import is_shape, leaves, mapped, mapped_shapes
from mushin.keras.symbolic import KerasTensor, Node, has_symbols, probed
from mushin.nn.modes import training_mode
from mushin.train.penalties import add_penalty

Shape = tuple[int, ...]

# Attributes of the base that hold no members.
_OWN_ATTRIBUTES = (
    "_given",
    "_weights",
    "_orders",
    "_regularized",
    "_constrained",
    "_body",
    "_nodes",
    "_graph",
    "_trainer",
)

_names: Counter[str] = Counter()


def unique_name(kind: str) -> str:
    """dense, dense_1, dense_2, ..."""
    name = snake_case(kind)
    _names[name] += 1
    return name if _names[name] == 1 else f"{name}_{_names[name] - 1}"


def _builds_once(build: Callable[..., Any]) -> Callable[..., Any]:
    """A class's `build` that does nothing for a layer that is built, and notes that it is."""

    @wraps(build)
    def built_once(self: Layer, input_shape: Any, *args: Any, **kwargs: Any) -> None:
        if self._is_building:  # a subclass's build calls its base's
            build(self, input_shape, *args, **kwargs)
            return
        self.check_input(input_shape)
        if self.built:
            return
        self.__dict__["_is_building"] = True
        try:
            build(self, input_shape, *args, **kwargs)
        finally:
            self.__dict__["_is_building"] = False
        self.__dict__.update(_built=True, _input_shape=mapped_shapes(lambda shape: (None, *shape[1:]), input_shape))
        if not self._trainable:
            self.trainable = False
        if self.builds_inside:
            self._build_inside(input_shape)

    return built_once


class Layer(Configured, HasWeights):
    """Base of all layers, of one's own too.

    Args:
        name: unique in a model; made from the class name if None.
        trainable: whether its variables are trained.
        input_shape: shape of one sample, for the first layer of a model; the other layers learn theirs.
        dtype: of what it computes: "float32" or None, which is the same.
        activity_regularizer: from the outputs to a penalty; its mean over the batch is added to the loss.

    A layer of one's own gives

    - `build(input_shape)`, which makes variables with `add_weight`; called once, with (batch, ...) of the first input,
      whose batch may be None. Layers that are assigned to attributes, also in lists and dicts, belong to it.
    - `call(inputs, ...)`, what it computes. If it takes `training`, it is told whether the model is being trained.
    - `compute_output_shape(input_shape)`, if trying `call` on zeros would not do.
    - `get_config()`, if its arguments are not attributes of the same names.

    A mask says of samples' steps, (batch, time), which count. If `call` takes `mask`, it is told that of its inputs. A
    layer passes the mask on if it sets `supports_masking = True`; one that makes or changes masks gives
    `compute_mask(inputs, previous_mask)`. After other layers there is none.
    """

    casts_inputs = True  # arrays become float32; False for a layer that takes integers
    builds_inside = False  # True for a model: its `build` builds the layers inside, too
    keeps_shape = False  # True for a layer whose output has its input's shape
    supports_masking = False  # True for a layer whose outputs have masks, those that `compute_mask` returns
    makes_masks = False  # True for a layer whose `compute_mask` makes masks where there have been none

    _is_building = False
    _built = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in vars(cls):
            cls.build = _builds_once(cls.build)  # type: ignore[method-assign]
        if "compute_mask" in vars(cls):
            for name in ("supports_masking", "makes_masks"):
                if name not in vars(cls):
                    setattr(cls, name, True)

    def __init__(
        self,
        *,
        name: str | None = None,
        trainable: bool = True,
        input_shape: Any = None,
        dtype: Any = None,
        activity_regularizer: Any = None,
    ) -> None:
        kind = type(self).__name__
        self.name = label(kind, name) or unique_name(kind)
        HasWeights.__init__(self, trainable)
        if dtype not in (None, "float32", np.float32):
            raise ValueError(f"[{self.name}] dtype must be 'float32', got {dtype!r}")
        self.activity_regularizer = regularizers.get(activity_regularizer)
        declared = None if input_shape is None else (None, *shape_of_sample(self.name, input_shape))
        self.declared_shape: tuple[int | None, ...] | None = declared
        self.modules: list[nn.Module] = []  # what it is a chain of, if it has no `call` of its own
        self.expected_shape: tuple[Any, ...] | None = None  # set by a `build` whose weights fit no other; see `fits`
        self._input_shape: Any = None
        self._output_shape: Any = None
        self._body: nn.Module | None = None
        self._nodes: list[Node] = []

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if self._built:
            configuration_changed()  # a recorded step may have read it

    # --- building

    @property
    def built(self) -> bool:
        return self._built

    @built.setter
    def built(self, value: bool) -> None:
        """Keras' layers may say it themselves at the end of `build`; it is noted in any case."""

    def build(self, input_shape: Any) -> None:
        """Makes the variables for inputs of a shape (batch, ...), whose batch may be None; several inputs have shapes
        in a list or dict."""

    build = _builds_once(build)

    def check_input(self, input_shape: Any) -> None:
        """Raises ValueError if an input's shape is not the declared one, or does not fit `expected_shape`."""
        pairs: list[tuple[Any, Any]] = [
            (self.declared_shape, self.declared_shape),
            (self.expected_shape, self._input_shape),
        ]
        for expected, named in pairs:
            if expected is not None and not (is_shape(input_shape) and fits(tuple(input_shape), expected)):
                got = tuple(input_shape)[1:] if is_shape(input_shape) else input_shape
                raise ValueError(f"[{self.name}] input must have shape {tuple(named)[1:]}, got {got}")

    def ensure_built(self, input_shape: Any) -> None:
        """Builds the layer, and the layers inside, which learn their shapes when they are called."""
        self.build(input_shape)
        self._build_inside(input_shape)

    def _build_inside(self, input_shape: Any) -> None:
        if self.is_called() and any(not layer.built for layer in self.sublayers()):
            self._tried((mapped_shapes(KerasTensor, input_shape),), {})

    # --- what is inside

    def members(self) -> dict[str, Any]:
        """Its layers, modules and parameters by the names of the attributes that hold them; one that several hold comes
        once."""
        found: dict[str, Any] = {}
        known = {id(variable) for variable, _ in self._weights.values()}
        for name, value in vars(self).items():
            if name not in _OWN_ATTRIBUTES:
                _collect(name, value, found, known)
        return found

    def sublayers(self) -> list[Layer]:
        """The layers directly inside, each once, in the order in which they were assigned."""
        return list({id(each): each for each in self.members().values() if isinstance(each, Layer)}.values())

    @property
    def body(self) -> nn.Module:
        """The nn module that does the work.

        Raises:
            ValueError: the layer is not built.
        """
        if not self._built:
            raise ValueError(f"[{self.name}] the layer does not know its input's shape yet: call it, or build")
        if self._body is None:
            self.__dict__["_body"] = self._make_body()
        assert self._body is not None
        return self._body

    def _make_body(self) -> nn.Module:
        if self.is_called():
            return CalledLayer(self)
        return self.modules[0] if len(self.modules) == 1 else nn.Sequential(*self.modules)

    def _adopt(self) -> None:
        if isinstance(self._body, CalledLayer):
            self._body.adopt()

    def is_called(self) -> bool:
        """Whether its `call` runs: it is not only a chain of nn modules."""
        return type(self).call is not Layer.call or self.activity_regularizer is not None

    def chain(self) -> list[nn.Module]:
        """The modules that a model of layers one after the other has for it."""
        return [self.body] if self.is_called() else self.modules

    # --- calls

    def call(self, inputs: Any) -> Any:
        """What the layer computes."""
        return nn.Sequential(*self.modules)(inputs)

    def __call__(self, *args: Any, training: bool | None = None, **kwargs: Any) -> Any:
        """The layer's output for a batch, in the graph only if `training`; for KerasTensors a KerasTensor. Builds the
        layer at first."""
        mode = None if training is None else flag(self.name, "training", training)
        if has_symbols(args, kwargs):
            return self._called_with_symbols(args, kwargs, mode)
        args = mapped(self._as_tensor, tuple(_array_of_numbers(each) for each in args))
        kwargs = {
            name: mapped(_mask_as_tensor if name == "mask" else self._as_tensor, value)
            for name, value in kwargs.items()
        }
        self.ensure_built(_shapes_of(args, kwargs))
        with _mode(self.body, mode):
            return called_with_masks(self, self.run_body, args, kwargs)

    def run_body(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the body computes of arguments as `call` takes them."""
        return self.body(*args, **kwargs)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The masks of the outputs, where the inputs have `previous_mask`; None for none."""
        return previous_mask

    def has_masks(self) -> bool:
        """Whether it, or a layer inside, makes masks."""
        makes_them = self.makes_masks and self.supports_masking
        return makes_them or any(layer.has_masks() for layer in self.sublayers())

    def _as_tensor(self, value: Any) -> Any:
        if isinstance(value, Tensor) or not isinstance(value, (np.ndarray, np.generic, float, int)):
            return value
        return Tensor(np.asarray(value, np.float32 if self.casts_inputs else None))

    def _called_with_symbols(self, args: tuple[Any, ...], kwargs: dict[str, Any], training: bool | None) -> Any:
        self.build(_shapes_of(args, kwargs))
        outputs = self.compute_output_spec(*args, **kwargs)
        self._nodes.append(Node(self, args, kwargs, training, outputs))
        return outputs

    @property
    def input(self) -> Any:
        """The KerasTensors that the layer was first called with.

        Raises:
            ValueError: it was called with none.
        """
        return self._first_node().args[0]

    @property
    def output(self) -> Any:
        """The KerasTensors that the layer's first call with KerasTensors returned.

        Raises:
            ValueError: it was called with none.
        """
        return self._first_node().returned

    def _first_node(self) -> Node:
        if not self._nodes:
            raise ValueError(f"[{self.name}] the layer has not been called with the outputs of others yet")
        return self._nodes[0]

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """New KerasTensors like what a call with KerasTensors returns."""
        if type(self).compute_output_shape is Layer.compute_output_shape and not self.keeps_shape:
            return self._tried(args, kwargs)
        return mapped_shapes(KerasTensor, self.compute_output_shape(_shapes_of(args, kwargs)))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape (batch, ...) of the output for inputs of a shape; by trying, unless a layer knows better."""
        if self.keeps_shape:
            return input_shape
        self.build(input_shape)
        return mapped(lambda x: x.shape, self._tried((mapped_shapes(KerasTensor, input_shape),), {}))

    def _tried(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """KerasTensors like what the body returns. Layers inside that are built by the way become part of it."""

        def evaluated(*given: Any, **named: Any) -> Any:
            with training_mode(self.body, False):
                return self.run_body(given, named)

        outputs = probed(self.name, evaluated, args, kwargs)
        self._adopt()
        return outputs

    def add_loss(self, loss: Any) -> None:
        """Adds a penalty, a tensor of one number, to the loss of the step that runs `call`."""
        add_penalty(loss)

    # --- configuration

    def get_config(self) -> dict[str, Any]:
        """What it was made with, in numbers, strings, lists and dicts, so that `from_config` makes another."""
        config = super().get_config()
        declared = None if self.declared_shape is None else list(self.declared_shape[1:])
        taken = argument_names(type(self))
        for name, value in (("name", self.name), ("trainable", self._trainable), ("input_shape", declared)):
            if (taken is None or name in taken) and (value is not None or name in config):
                config[name] = value
        return config

    def clone(self) -> Layer:
        """A new layer with the same configuration, without its weights."""
        cloned: Layer = type(self).from_config(self.get_config())
        return cloned

    # --- shapes

    def last_length(self, input_shape: Any) -> int:
        """The length of the last axis, which must be known."""
        if not is_shape(input_shape) or len(input_shape) < 2:
            raise ValueError(f"[{self.name}] input must have at least one axis, got samples of shape ()")
        if input_shape[-1] is None:
            raise ValueError(f"[{self.name}] input must have a last axis of known length, got {tuple(input_shape)}")
        return int(input_shape[-1])

    @property
    def input_shape(self) -> Any:
        """(None, ...), where None stands for the batch; None if it is not known yet."""
        return self._input_shape if self._built else self.declared_shape

    @property
    def output_shape(self) -> Any:
        """(None, ...), where None stands for the batch; None if it is not known yet."""
        if self._built and self._output_shape is None:
            self.__dict__["_output_shape"] = self.compute_output_shape(self._input_shape)
        return self._output_shape

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


@contextmanager
def _mode(body: nn.Module, training: bool | None) -> Iterator[None]:
    """What a call runs in: it evaluates, outside the graph, unless it is in training; inside another layer's call it
    does as that one, unless it is told."""
    if training is None and inside_a_call():
        yield
        return
    with training_mode(body, bool(training)), nullcontext() if training or inside_a_call() else no_grad():
        yield


def _collect(name: str, value: Any, found: dict[str, Any], known: set[int]) -> None:
    """Adds the layers, modules and parameters that an attribute holds, but for those that are known."""
    if isinstance(value, (Layer, nn.Module, nn.Parameter)):
        if id(value) not in known:
            known.add(id(value))
            found[name] = value
    elif isinstance(value, (list, tuple)):
        for i, each in enumerate(value):
            _collect(f"{name}_{i}", each, found, known)
    elif isinstance(value, dict):
        for key, each in value.items():
            _collect(f"{name}_{key}", each, found, known)


def _array_of_numbers(value: Any) -> Any:
    """Lists of numbers as an array; anything else as it is."""
    is_numbers = isinstance(value, list) and all(isinstance(each, (int, float)) for each in leaves(value))
    return np.asarray(value) if is_numbers else value


def _mask_as_tensor(value: Any) -> Any:
    """A mask keeps its dtype: truth values are no numbers."""
    return Tensor(value) if isinstance(value, np.ndarray) else value


def _shapes_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The shapes of the first argument: what `build` is told."""
    first = args[0] if args else next(iter(kwargs.values()), ())
    return mapped(lambda x: tuple(getattr(x, "shape", ())), first)
