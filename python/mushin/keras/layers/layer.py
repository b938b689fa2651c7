"""Layer, the base of all layers and models: what it is made with, its variables, and what a call of it does."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import wraps
from typing import Any

import numpy as np

from mushin import nn
from mushin.autograd import Tensor, configuration_changed, no_grad
from mushin.keras import constraints, initializers, regularizers
from mushin.keras.arguments import Configured, argument_names, flag, label, sequence, snake_case
from mushin.keras.layers.calls import CalledLayer, claim_weights, inside_a_call
from mushin.keras.layers.shapes import arrays_like, fits, shape_of_sample
from mushin.keras.structures import is_shape, leaves, mapped, mapped_shapes
from mushin.keras.symbolic import KerasTensor, Node, has_symbols, probed
from mushin.keras.variables import HasVariables
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


class Layer(Configured, HasVariables):
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
    """

    casts_inputs = True  # arrays become float32; False for a layer that takes integers
    builds_inside = False  # True for a model: its `build` builds the layers inside, too
    keeps_shape = False  # True for a layer whose output has its input's shape

    _is_building = False
    _built = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in vars(cls):
            cls.build = _builds_once(cls.build)  # type: ignore[method-assign]

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
        if dtype not in (None, "float32", np.float32):
            raise ValueError(f"[{self.name}] dtype must be 'float32', got {dtype!r}")
        self.activity_regularizer = regularizers.get(activity_regularizer)
        declared = None if input_shape is None else (None, *shape_of_sample(self.name, input_shape))
        self.declared_shape: tuple[int | None, ...] | None = declared
        self.modules: list[nn.Module] = []  # what it is a chain of, if it has no `call` of its own
        self.expected_shape: tuple[Any, ...] | None = None  # set by a `build` whose weights fit no other; see `fits`
        self._input_shape: Any = None
        self._output_shape: Any = None
        self._weights: dict[str, tuple[Tensor, bool]] = {}
        self._orders: dict[int, tuple[int, ...] | None] = {}
        self._regularized: list[tuple[Tensor, Any]] = []
        self._constrained: list[tuple[Tensor, Any]] = []
        self._body: nn.Module | None = None
        self._nodes: list[Node] = []
        self._trainable = flag(self.name, "trainable", trainable)

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

    def claim(self, *shapes: Shape) -> None:
        """Says which weights are going to be made; raises if they are more than the file that is loaded holds. A layer
        calls it before it makes an nn module that has parameters."""
        claim_weights(self.name, shapes)

    def ensure_built(self, input_shape: Any) -> None:
        """Builds the layer, and the layers inside, which learn their shapes when they are called."""
        self.build(input_shape)
        self._build_inside(input_shape)

    def _build_inside(self, input_shape: Any) -> None:
        if self.is_called() and any(not layer.built for layer in self.sublayers()):
            self._tried((mapped_shapes(KerasTensor, input_shape),), {})

    # --- what is inside

    def own_weights(self) -> dict[str, tuple[Tensor, bool]]:
        """What `add_weight` has made, by name, and whether it is trained."""
        return self._weights

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
        kwargs = mapped(self._as_tensor, kwargs)
        self.ensure_built(_shapes_of(args, kwargs))
        with _mode(self.body, mode):
            return self.run_body(args, kwargs)

    def run_body(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the body computes of arguments as `call` takes them."""
        return self.body(*args, **kwargs)

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

    # --- variables

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
            if not isinstance(member, Layer):
                found += member.parameters() if isinstance(member, nn.Module) else [member]
        return found

    def weight_layouts(self) -> list[tuple[Tensor, tuple[int, ...] | None]]:
        """The variables in Keras' order, each with the order of axes that makes Keras' layout of it; None if it is the
        same. Its own come first, those that are trained before the others."""
        own = [variable for variable, trained in self._weights.values() if trained]
        own += [variable for variable, trained in self._weights.values() if not trained]
        found = {id(variable): (variable, self._orders.get(id(variable))) for variable in own}
        for member in self.members().values():
            if isinstance(member, Layer):
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
        if not layouts and not self._built and sequence(self.name, "weights", weights):
            raise ValueError(f"[{self.name}] the layer has no weights before it knows its input's shape")
        if not layouts and (given := sequence(self.name, "weights", weights)):
            raise ValueError(f"[{self.name}] weights must be an empty list, got {len(given)} arrays")
        for (variable, order), array in zip(layouts, arrays_like(self.name, self.get_weights(), weights)):
            variable.data.copy_(array if order is None else array.transpose(np.argsort(order)))

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

    def count_params(self) -> int:
        return sum(variable.array.size for variable in self.variables)

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


def _shapes_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The shapes of the first argument: what `build` is told."""
    first = args[0] if args else next(iter(kwargs.values()), ())
    return mapped(lambda x: tuple(getattr(x, "shape", ())), first)
