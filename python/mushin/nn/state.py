"""Copying saved values into the tensors of a module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from mushin.autograd import Tensor, no_grad
from mushin.nn.parameter import Parameter
from mushin.ops.in_place import copy_


class IncompatibleKeys(NamedTuple):
    """The names in which a module and a state that was loaded with strict=False differ."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


def load_into(own: Mapping[str, Tensor], state_dict: Mapping[str, Any], strict: bool, owner: str) -> IncompatibleKeys:
    """Copies values into tensors of the same names, after `check_state`; see Module.load_state_dict."""
    incompatible = check_state(own, state_dict, strict, owner, written=True)
    with no_grad():
        for name in [name for name in own if name in state_dict]:
            copy_(own[name], _source(own[name].array, state_dict[name]))
    return incompatible


def assigned(own: Mapping[str, Tensor], state_dict: Mapping[str, Any]) -> dict[str, Tensor]:
    """What takes the place of tensors of the same names: parameters of parameters, one tensor for those that are one,
    with the value of the last name.

    Raises:
        ValueError: a parameter that requires its gradient and would become integers.
    """
    new: dict[int, Tensor] = {}
    for name in [name for name in own if name in state_dict]:
        old, value = own[name], state_dict[name]
        if isinstance(old, Parameter):
            new[id(old)] = Parameter(value, old.requires_grad)
        else:
            new[id(old)] = value.detach() if isinstance(value, Tensor) else Tensor(value)
    return {name: new[id(old)] for name, old in own.items() if id(old) in new}


def check_state(
    own: Mapping[str, Tensor], state_dict: Mapping[str, Any], strict: bool, owner: str, written: bool
) -> IncompatibleKeys:
    """The names that differ, if they may and if all values fit.

    Args:
        own: the tensors that are overwritten or replaced.
        state_dict: from names to tensors or arrays.
        strict: whether the names must be the same.
        owner: whose tensors they are, for the message.
        written: whether they are overwritten.
    """
    if not isinstance(state_dict, Mapping):
        raise TypeError(f"[load_state_dict] state_dict must be a mapping, got {type(state_dict).__name__}")
    missing = [name for name in own if name not in state_dict]
    unexpected = [name for name in state_dict if name not in own]
    common = [name for name in own if name in state_dict]
    problems = []
    if strict and missing:
        problems.append("missing keys: " + ", ".join(missing))
    if strict and unexpected:
        problems.append("unexpected keys: " + ", ".join(map(str, unexpected)))
    problems += [p for name in common if (p := _misfit(name, own[name].array, state_dict[name], written)) is not None]
    if problems:
        raise ValueError("\n    ".join([f"[load_state_dict] the state does not fit {owner}:", *problems]))
    return IncompatibleKeys(missing, unexpected)


def _misfit(name: str, target: np.ndarray, value: Any, written: bool) -> str | None:
    """Why a value cannot be copied into a parameter or buffer, if so."""
    array = value.array if isinstance(value, Tensor) else value
    if not isinstance(array, (np.ndarray, np.generic)) or array.dtype.kind not in "biuf":
        return f"{name} must be a real tensor or array, got {getattr(array, 'dtype', type(value).__name__)}"
    if array.shape != target.shape:
        return f"{name} must have shape {target.shape}, got {array.shape}"
    if written and not target.flags.writeable:
        return f"{name} of the module lies in read-only memory"
    return None


def _source(target: np.ndarray, value: Any) -> np.ndarray:
    """A value as an array that the target can be overwritten with: of its dtype, and of other memory or exactly its."""
    array = np.asarray(value.array if isinstance(value, Tensor) else value)
    if array.dtype == target.dtype and not np.may_share_memory(array, target):
        return array
    return array.astype(target.dtype)
