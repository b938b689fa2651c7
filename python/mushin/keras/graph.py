"""The graph of a model: which nodes its outputs come from, in which order, and the nn module that walks them."""

from __future__ import annotations

from typing import Any

from mushin import nn
from mushin.autograd import Tensor
from mushin.keras.layers.layer import Layer
from mushin.keras.masks import called_with_masks, mask_of
from mushin.keras.structures import leaves, mapped
from mushin.keras.symbolic import KerasTensor, Node
from mushin.nn.modes import training_mode


class Graph:
    """The nodes between inputs and outputs.

    Args:
        name: of the model, for messages.
        inputs, outputs: KerasTensors in lists, tuples or dicts, or one.

    Raises:
        TypeError: anything but KerasTensors; inputs that do not come from Input.
        ValueError: an output that does not come from the inputs alone, or two layers of one name.
    """

    def __init__(self, name: str, inputs: Any, outputs: Any) -> None:
        self.inputs, self.outputs = inputs, outputs
        self.flat_inputs: list[KerasTensor] = _checked(name, "inputs", inputs)
        self.flat_outputs: list[KerasTensor] = _checked(name, "outputs", outputs)
        if len({id(x) for x in self.flat_inputs}) < len(self.flat_inputs):
            raise ValueError(f"[{name}] inputs must be different tensors, got one of them twice")
        self.nodes, visited = _sorted_nodes(name, self.flat_inputs, self.flat_outputs)
        fed = {id(node.operation) for node in self.walked()}
        fed |= {id(x.node.operation) for x in self.flat_inputs if x.node is not None and not x.node.inputs}
        operations = _by_depth(self.flat_inputs, self.nodes, visited)
        self.operations = [each for each in operations if id(each) in fed]
        names = [operation.name for operation in self.operations if isinstance(operation, Layer)]
        for each in names:
            if names.count(each) > 1:
                raise ValueError(f"[{name}] two layers are named {each}")

    def walked(self) -> list[Node]:
        """The nodes that are called: not those of the inputs."""
        given = {id(x) for x in self.flat_inputs}
        return [node for node in self.nodes if not all(id(x) in given for x in node.outputs)]

    def input_names(self) -> list[str]:
        """The names of the inputs: a dict's keys, else those of their layers."""
        return _names_of(self.inputs, self.flat_inputs)

    def output_names(self) -> list[str]:
        """The names of the outputs: a dict's keys, else those of the layers they come from."""
        return _names_of(self.outputs, self.flat_outputs)

    def sources_of(self, operation: Any) -> list[Any]:
        """The operations whose results an operation takes in."""
        nodes = [node for node in self.walked() if node.operation is operation]
        return [x.node.operation for node in nodes for x in node.inputs if x.node is not None]

    def is_a_chain(self) -> bool:
        """Whether every operation takes one result, which no other takes."""
        taken = [x for node in self.nodes for x in node.inputs]
        return len({id(x) for x in taken}) == len(taken) == len(self.operations) - 1 == len(self.nodes) - 1


def _names_of(structure: Any, tensors: list[KerasTensor]) -> list[str]:
    if isinstance(structure, dict) and len(structure) == len(tensors):
        return sorted(structure)
    return [x.node.operation.name for x in tensors if x.node is not None]


def _checked(name: str, argument: str, structure: Any) -> list[KerasTensor]:
    tensors = leaves(structure)
    for each in tensors:
        if not isinstance(each, KerasTensor):
            raise TypeError(f"[{name}] {argument} must be KerasTensors, as Input gives them, got {type(each).__name__}")
    if not tensors:
        raise ValueError(f"[{name}] {argument} must hold at least one tensor")
    return tensors


def _sorted_nodes(
    name: str, inputs: list[KerasTensor], outputs: list[KerasTensor]
) -> tuple[list[Node], dict[int, int]]:
    """The nodes that outputs come from, each behind those that it takes from; and, by an operation's id, the order in
    which operations are met on the way from the outputs."""
    given = {id(x) for x in inputs}
    order: list[Node] = []
    state: dict[int, bool] = {}  # of a node: whether it is done
    visited: dict[int, int] = {}
    waiting: list[tuple[Node, bool]] = [(_node_of(name, x), False) for x in reversed(outputs)]
    while waiting:
        node, inputs_are_done = waiting.pop()
        if inputs_are_done:
            if not state[id(node)]:
                state[id(node)] = True
                order.append(node)
            continue
        if id(node) in state:
            continue
        state[id(node)] = False
        visited.setdefault(id(node.operation), len(visited))
        waiting.append((node, True))
        if all(id(x) in given for x in node.outputs):
            continue
        if not node.inputs:
            raise ValueError(f"[{name}] outputs need {node.outputs[0].name}, which is not among the inputs")
        waiting.extend((_node_of(name, x), False) for x in reversed(node.inputs))
    order += [node for node in (_node_of(name, x) for x in inputs) if id(node) not in state]
    return order, visited


def _node_of(name: str, tensor: KerasTensor) -> Node:
    if tensor.node is None:
        raise ValueError(f"[{name}] {tensor} comes neither from Input nor from a layer")
    return tensor.node


def _by_depth(inputs: list[KerasTensor], nodes: list[Node], visited: dict[int, int]) -> list[Any]:
    """The operations, each once: those farthest from the outputs first, as Keras lists layers and their weights."""
    of_node: dict[int, int] = {}
    of_operation: dict[int, int] = {}
    operations: dict[int, Any] = {}
    given = {id(x.node) for x in inputs}
    for node in reversed(nodes):
        depth = max(of_node.setdefault(id(node), 0), of_operation.get(id(node.operation), 0))
        of_operation[id(node.operation)] = of_node[id(node)] = depth
        operations[id(node.operation)] = node.operation
        for x in node.inputs if id(node) not in given else ():
            of_node[id(x.node)] = max(depth + 1, of_node.get(id(x.node), 0))
    return sorted(operations.values(), key=lambda each: (-of_operation[id(each)], visited.get(id(each), -1)))


class GraphBody(nn.Module):
    """What a graph computes: a forward that calls the nodes' layers and ops one after the other.

    Args:
        graph: the graph.
        trimmed: of nodes, by id, the module that is called in the layer's place.

    `forward(*inputs)` takes a tensor for each input and returns one, or a tuple of them for several outputs.
    """

    def __init__(self, graph: Graph, trimmed: dict[int, nn.Module] | None = None) -> None:
        super().__init__()
        slots = {id(x): i for i, x in enumerate(x for node in graph.nodes for x in node.outputs)}
        self.inputs = [slots[id(x)] for x in graph.flat_inputs]
        self.outputs = [slots[id(x)] for x in graph.flat_outputs]
        self.steps: list[_Step] = []
        numbers: dict[int, int] = {}
        for node in graph.walked():
            module = (trimmed or {}).get(id(node))
            if isinstance(node.operation, Layer) and id(node.operation) not in numbers:
                numbers[id(node.operation)] = len(numbers)
                self.add_module(str(len(numbers) - 1), node.operation.body)
            self.steps.append(_Step(node, slots, module))
        self._has_masks = any(each.has_masks() for each in graph.operations if isinstance(each, Layer))
        self._forget_what_is_done_with()

    def _forget_what_is_done_with(self) -> None:
        """Notes for every step which tensors nothing after it needs, so that their memory is free."""
        needed = set(self.outputs)
        for step in reversed(self.steps):
            used = {*step.takes, *step.gives}
            step.last = sorted(used - needed)
            needed |= used

    def forward(self, *inputs: Tensor) -> Any:
        values: dict[int, Any] = dict(zip(self.inputs, inputs, strict=True))
        has_masks = self._has_masks or any(mask_of(x) is not None for x in inputs)
        for step in self.steps:
            step.run(values, has_masks)
        if len(self.outputs) == 1:
            return values[self.outputs[0]]
        return tuple(values[slot] for slot in self.outputs)


class _Step:
    """The call of one node."""

    def __init__(self, node: Node, slots: dict[int, int], module: nn.Module | None) -> None:
        self.operation, self.training, self.module = node.operation, node.training, module
        self.args: Any = mapped(lambda x: _Slot(slots[id(x)]) if isinstance(x, KerasTensor) else x, node.args)
        self.kwargs: Any = mapped(lambda x: _Slot(slots[id(x)]) if isinstance(x, KerasTensor) else x, node.kwargs)
        self.takes = [slots[id(x)] for x in node.inputs]
        self.gives = [slots[id(x)] for x in node.outputs]
        self.last: list[int] = []

    def run(self, values: dict[int, Any], has_masks: bool) -> None:
        args, kwargs = (
            mapped(lambda x: values[x.number] if isinstance(x, _Slot) else x, each) for each in (self.args, self.kwargs)
        )
        if has_masks and isinstance(self.operation, Layer):
            outputs = called_with_masks(self.operation, self._outputs, args, kwargs)
        else:
            outputs = self._outputs(args, kwargs)
        values.update(zip(self.gives, leaves(outputs), strict=True))
        for slot in self.last:
            del values[slot]

    def _outputs(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self.module is not None:
            return self.module(*args, **kwargs)
        if self.training is None or not isinstance(self.operation, Layer):
            return self.operation.run_body(args, kwargs)
        with training_mode(self.operation.body, self.training):
            return self.operation.run_body(args, kwargs)


class _Slot:
    """The place of a tensor among a graph's values."""

    def __init__(self, number: int) -> None:
        self.number = number


def body_without(graph: Graph, activations: dict[int, type[nn.Module]]) -> tuple[nn.Module, frozenset[int]]:
    """A body without the activations that end those of the outputs that end in theirs and go nowhere else, and which
    these are."""
    taken = [x for node in graph.nodes for x in node.inputs]
    trimmed: dict[int, nn.Module] = {}
    found = set()
    for i, activation in activations.items():
        tensor = graph.flat_outputs[i]
        node = tensor.node
        assert node is not None
        chain = node.operation.chain() if isinstance(node.operation, Layer) else []
        alone = sum(x is tensor for x in (*taken, *graph.flat_outputs)) == 1
        if alone and chain and type(chain[-1]) is activation and getattr(chain[-1], "dim", -1) == -1:
            trimmed[id(node)] = nn.Sequential(*chain[:-1])
            found.add(i)
    return GraphBody(graph, trimmed), frozenset(found)
