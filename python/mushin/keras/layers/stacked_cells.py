"""Several cells as one, and what holds of any cell, of one's own too."""

from __future__ import annotations

from typing import Any

from mushin.keras.layers.cells import Cell, Step
from mushin.keras.layers.layer import Layer
from mushin.ops.creation import zeros
from mushin.ops.recurrent import Way


class StackedRNNCells(Layer):
    """Cells of which each takes the output of the one before it.

    Args:
        cells: cells of `keras.layers`, or others as RNN takes them.
        options: as Layer's.

    Source: keras.layers.StackedRNNCells.
    """

    def __init__(self, cells: Any, **options: Any) -> None:
        super().__init__(**options)
        self.cells = list(cells)
        if not self.cells:
            raise ValueError(f"[{self.name}] cells must hold at least one cell")
        for cell in self.cells:
            check_cell(self.name, "cells", cell)

    def build(self, input_shape: Any) -> None:
        for cell in self.cells:
            if isinstance(cell, Layer):
                cell.build(input_shape)
            input_shape = (input_shape[0], output_size_of(cell))

    @property
    def state_size(self) -> list[Any]:
        """That of each cell."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> int:
        return output_size_of(self.cells[-1])

    def get_initial_state(self, batch_size: int) -> list[Any]:
        """Those of each cell, in a list of its own."""
        return [initial_states(cell, batch_size) for cell in self.cells]

    def call(self, inputs: Any, states: Any, training: bool = False) -> Any:  # type: ignore[override]
        """The last cell's output, and each cell's new states."""
        return self.stepper(inputs, list(states), training)(inputs, list(states))

    def compute_output_shape(self, input_shape: Any) -> Any:
        sizes = [each if isinstance(each, (list, tuple)) else [each] for each in self.state_size]
        return (input_shape[0], self.output_size), [[(input_shape[0], n) for n in each] for each in sizes]

    def stepper(self, inputs: Any, states: list[Any], training: bool) -> Step:
        """As Cell's: each cell's masks are drawn for inputs as wide as the output of the one before it."""
        steps = []
        for cell, given in zip(self.cells, states):
            steps.append(stepper_of(cell, inputs, list(given), training))
            inputs = zeros(len(inputs), output_size_of(cell))

        def step(x: Any, states: list[Any]) -> tuple[Any, list[Any]]:
            new_states = []
            for of_cell, given in zip(steps, states):
                x, new = of_cell(x, list(given))
                new_states.append(new)
            return x, new_states

        return step

    def takes_whole(self, training: bool) -> bool:
        return all(isinstance(cell, Cell) and cell.takes_whole(training) for cell in self.cells)

    def whole(self, x: Any, states: list[Any] | None, way: Way, training: bool) -> tuple[Any, list[Any]]:
        """As Cell's, cell by cell."""
        last = []
        for cell, given in zip(self.cells, states or [None] * len(self.cells)):
            x, new = cell.whole(x, given, way, training)
            last.append(new)
        return x, last


def check_cell(owner: str, name: str, cell: Any) -> None:
    """Raises TypeError if there is no `call` or no `state_size`."""
    if not callable(getattr(cell, "call", None)) or not hasattr(cell, "state_size"):
        raise TypeError(
            f"[{owner}] {name} must have a method call(inputs, states) and state_size, got {type(cell).__name__}"
        )


def output_size_of(cell: Any) -> int:
    """The width of a cell's output: `output_size`, or that of its first state."""
    size = getattr(cell, "output_size", None)
    if size is None:
        size = cell.state_size[0] if isinstance(cell.state_size, (list, tuple)) else cell.state_size
    return int(size)


def initial_states(cell: Any, batch: int) -> list[Any]:
    """A cell's first states in a list: what it says itself, or zeros."""
    if hasattr(cell, "get_initial_state"):
        states = cell.get_initial_state(batch_size=batch)
        return list(states) if isinstance(states, (list, tuple)) else [states]
    sizes = cell.state_size if isinstance(cell.state_size, (list, tuple)) else [cell.state_size]
    return [zeros(batch, size) for size in sizes]


def stepper_of(cell: Any, inputs: Any, states: list[Any], training: bool) -> Step:
    """A cell's steps over one sequence; a cell of one's own is called."""
    if isinstance(cell, (Cell, StackedRNNCells)):
        return cell.stepper(inputs, states, training)
    call = cell if isinstance(cell, Layer) else cell.call

    def step(x: Any, given: list[Any]) -> tuple[Any, list[Any]]:
        output, new_states = call(x, given)
        return output, list(new_states) if isinstance(new_states, (list, tuple)) else [new_states]

    return step
