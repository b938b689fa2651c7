"""Gradients against differences of values, for whoever writes an op."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from mushin.autograd.tape import no_grad
from mushin.autograd.tensor import Tensor


def gradcheck(
    function: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Compares a function's gradients with central differences of its values, in float64.

    Args:
        function: from tensors to a tensor or a tuple of tensors.
        inputs: its arguments; the tensors among them that require gradients must be float64.
        eps: the step of the differences.
        atol, rtol: |analytic - numeric| <= atol + rtol * |numeric| must hold for every element.
        raise_exception: raise ValueError with the place of the largest error instead of returning False.
    """
    arguments = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    checked = [i for i, x in enumerate(arguments) if isinstance(x, Tensor) and x.requires_grad]
    if not checked:
        raise ValueError("[gradcheck] inputs must hold a tensor that requires its gradient")
    for i in checked:
        if arguments[i].dtype != np.float64:
            raise ValueError(f"[gradcheck] input {i} must be float64, got {arguments[i].dtype}")
    outputs = _as_tuple(function(*arguments))
    for o, output in enumerate(outputs):
        weight = np.linspace(0.5, 1.5, output.array.size).reshape(output.shape)  # every element counts, differently
        analytic = _gradients(function, arguments, checked, o, weight)
        for i, gradient in zip(checked, analytic):
            numeric = _differences(function, arguments, i, o, weight, eps)
            error = np.abs(gradient - numeric) - (atol + rtol * np.abs(numeric))
            if not (error <= 0).all():
                if not raise_exception:
                    return False
                worst = np.unravel_index(np.argmax(np.where(np.isnan(error), np.inf, error)), error.shape)
                raise ValueError(
                    f"[gradcheck] gradient of output {o} for input {i} at {tuple(int(k) for k in worst)} is "
                    f"{gradient[worst]:.9g}, differences give {numeric[worst]:.9g}"
                )
    return True


def _as_tuple(outputs: Any) -> tuple[Tensor, ...]:
    return (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)


def _gradients(
    function: Callable[..., Any], arguments: tuple[Any, ...], checked: Iterable[int], output: int, weight: np.ndarray
) -> list[np.ndarray]:
    copies = [Tensor(x.array.copy(), x.requires_grad) if isinstance(x, Tensor) else x for x in arguments]
    result = _as_tuple(function(*copies))[output]
    if result.requires_grad:
        result.backward(weight)
    gradients = [(copies[i]._grad, copies[i].shape) for i in checked]
    return [np.zeros(shape) if gradient is None else gradient for gradient, shape in gradients]


def _differences(
    function: Callable[..., Any], arguments: tuple[Any, ...], i: int, output: int, weight: np.ndarray, eps: float
) -> np.ndarray:
    copies = [Tensor(x.array.copy()) if isinstance(x, Tensor) else x for x in arguments]
    flat, numeric = copies[i].array.reshape(-1), np.empty(copies[i].array.size)
    for k, value in enumerate(flat.copy()):
        values = []
        for moved in (value + eps, value - eps):
            flat[k] = moved
            with no_grad():
                values.append(float((_as_tuple(function(*copies))[output].array * weight).sum()))
        flat[k] = value
        numeric[k] = (values[0] - values[1]) / (2 * eps)
    return numeric.reshape(copies[i].shape)
