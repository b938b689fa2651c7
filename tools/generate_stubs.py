"""Writes what type checkers cannot see: the extension's functions, the ops that are made of nothing else, and the
methods that ops attach to Tensor.

    python tools/generate_stubs.py            writes kernels.pyi, _methods.pyi and ops/unary.pyi in python/mushin
    python tools/generate_stubs.py --check    only says whether they are up to date

All are made from the mushin that Python imports. A kernel's docstring is its signature in csrc/kernels/*.cpp,
which says what the arguments are called and what is returned; which of them are arrays, lists, integers or other
numbers the door says itself, in the error for an object that is none of these.
"""

from __future__ import annotations

import inspect
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from types import BuiltinFunctionType
from typing import Any

import numpy as np

from mushin import kernels
from mushin.ops import unary
from mushin.ops.methods import METHODS

PACKAGE = Path(__file__).parents[1] / "python" / "mushin"
WIDTH = 120
HEADER = "# Made by tools/generate_stubs.py; do not edit.\n"

# The extension's functions that are not kernels: pybind11 knows an array only as an object.
FUNCTIONS = {
    "adjacent": "(first: np.ndarray, second: np.ndarray) -> bool",
    "available_isas": "() -> list[str]",
    "check_results": "(wanted: bool) -> bool",
    "checks_results": "() -> bool",
    "digest": "(arrays: list[np.ndarray]) -> int",
    "empty": "(shape: tuple[int, ...], dtype: Any, lasting: bool = False) -> np.ndarray",
    "empty_passing": "(shape: tuple[int, ...], dtype: Any) -> np.ndarray",
    "gradient_places": "(leaves: list[weakref.ref[Any]]) -> tuple[Any, ...]",
    "isa": "() -> str",
    "join": "(first: np.ndarray, last: np.ndarray) -> np.ndarray",
    "num_threads": "() -> int",
    "pool_clear": "() -> None",
    "pool_reset_peak": "() -> None",
    "pool_statistics": "() -> dict[str, int]",
    "quota_processors": "(folder: str) -> int",
    "launches_recorded": "() -> int",
    "recording": "() -> bool",
    "segment": "(array: np.ndarray, offset: int, shape: tuple[int, ...]) -> np.ndarray",
    "set_num_threads": "(count: int) -> None",
    "compiler": "() -> str",
    "thread_runtime": "() -> str",
    "variables_hold": "(variables: list[tuple[Any, str, Any]], sizes: list[tuple[Any, int]]) -> bool",
}
CLASSES = {
    "Gradients": {
        "__init__": "(self, leaves: list[weakref.ref[Any]]) -> None",
        "have_moved": "(self) -> bool",
        "are_at_home": "(self) -> bool",
        "are_as_they_were": "(self) -> bool",
        "bind": "(self) -> None",
    },
    "Inputs": {
        "__init__": "(self, args: tuple[Any, ...], buffers: list[np.ndarray], tensor: type, rows: type) -> None",
        "take": "(self, args: tuple[Any, ...]) -> bool",
    },
    "Arena": {"__init__": "(self) -> None"},
    "Plan": {
        "__init__": "(self, arena: Arena) -> None",
        "begin": "(self, saved: list[np.ndarray] = ...) -> None",
        "end": "(self) -> None",
        "replay": "(self) -> None",
        "empty": "(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray",
        "uncounted_view": "(self, array: np.ndarray) -> np.ndarray",
        "written": "(self) -> list[tuple[np.ndarray, np.ndarray | None]]",
        "only_read": "(self) -> list[np.ndarray]",
        "forget_saved": "(self) -> None",
        "still_in_use": "(self) -> list[str]",
        "failed_at": "(self) -> int",
        "launches": "(self) -> int",
        "memory": "(self) -> int",
    },
}


# --- kernels.pyi


@dataclass
class Passed:
    """An argument that a kernel takes, as the door describes it; a number has no name there."""

    kind: str  # "array", "list", "int" or "float"
    name: str | None = None


def passed_arguments(kernel: Any) -> list[Passed]:
    """What a kernel takes: an object of no use in every argument's place, after good ones, makes the door say it.

    The last argument is always a wrong one, so nothing is ever launched.
    """
    match = re.search(r"takes (\d+) arguments", _error_of(kernel, []))
    assert match is not None, kernel
    count = int(match[1])
    good: list[Any] = []
    arguments = []
    for _ in range(count):
        message = _error_of(kernel, good + [object()] * (count - len(good)))
        name = re.match(r"\[\w+\] (\w+) must be a", message)
        if name is None:
            argument = Passed("int" if "integer" in message else "float")
            good.append(0)
        elif "list of arrays" in message:
            argument = Passed("list", name[1])
            good.append([])
        else:
            argument = Passed("array", name[1])
            good.append(_accepted_array(kernel, good, count, name[1]))
        arguments.append(argument)
    return arguments


def _accepted_array(kernel: Any, good: list[Any], count: int, name: str) -> Any:
    """An array of a dtype that the argument may have; for the last argument any."""
    rest = [object()] * (count - len(good) - 1)
    arrays = [np.zeros(0, dtype) for dtype in (np.float32, np.float64, np.int64, np.uint64, np.uint8)]
    return next(x for x in arrays if not rest or f"] {name} must be" not in _error_of(kernel, [*good, x, *rest]))


def _error_of(kernel: Any, arguments: list[Any]) -> str:
    try:
        kernel(*arguments)
    except (TypeError, ValueError) as error:
        return str(error)
    raise AssertionError(f"{kernel.__name__} ran on {arguments}")


def kernel_stub(name: str, kernel: Any) -> str:
    """A kernel's definition; one for each answer to "is it wanted?" where there is a single destination."""
    text: str = kernel.__doc__.partition("\n")[0]
    passed = passed_arguments(kernel)
    parameters: list[tuple[str, str]] = []
    outputs: list[str] = []
    destinations = 0
    is_output = True
    for item in text.split():
        if item == "=":
            is_output = False
            continue
        if "!" in item:  # a guard, which the door makes and reads
            continue
        item_name = re.match(r"\w+", item)[0]  # type: ignore[index]
        following = passed[len(parameters)] if len(parameters) < len(passed) else None
        if item.endswith("&"):
            destinations += 1
            outputs.append("np.ndarray | None")
            parameters.append((item_name, "Into"))
        elif is_output and (following is None or following.name != item_name):
            outputs.append("np.ndarray")
        else:  # an input, or an array that is read and written in place
            assert following is not None, f"{name} takes fewer arguments than {text}"
            assert following.name in (None, item_name), f"{name}: {following} does not fit {text}"
            types = {"array": "np.ndarray", "list": "Arrays"}
            optional = " | None" if item.endswith("?") and following.kind == "array" else ""
            parameters.append((item_name, types.get(following.kind, following.kind) + optional))
    assert len(parameters) == len(passed), f"{name} takes {len(passed)} arguments, {text} has {len(parameters)}"
    if destinations != 1:
        return definition(name, parameters, returned(outputs), text)
    made = definition(name, parameters, returned([x.removesuffix(" | None") for x in outputs]), text)
    unwanted = [(p, "None" if t == "Into" else t) for p, t in parameters]
    wanted = made.replace(": Into", ": Destination")
    return f"@overload\n{wanted}@overload\n{definition(name, unwanted, returned(['None'] * len(outputs)), '')}"


def returned(outputs: list[str]) -> str:
    if len(outputs) < 2:
        return outputs[0] if outputs else "None"
    return f"tuple[{', '.join(outputs)}]"


def definition(name: str, parameters: list[tuple[str, str]], result: str, doc: str) -> str:
    """def name(parameters, /) -> result, over several lines if it is long."""
    texts = [f"{p}: {t}" for p, t in parameters] + ["/"]
    line = f"def {name}({', '.join(texts)}) -> {result}:"
    if len(line) + len(" ...") > WIDTH:
        line = f"def {name}(\n" + "".join(f"    {text},\n" for text in texts) + f") -> {result}:"
    return f'{line}\n    """{doc}"""\n' if doc else f"{line} ...\n"


KERNELS_HEAD = f"""{HEADER}
import weakref
from typing import Any, TypeAlias, overload

import numpy as np

# Where an output goes: True makes a new array, an array is overwritten, a tuple that holds an array is added to, and
# None says that nobody wants it. What went where is returned.
Destination: TypeAlias = bool | np.ndarray | tuple[np.ndarray]
Into: TypeAlias = Destination | None
Arrays: TypeAlias = list[np.ndarray] | tuple[np.ndarray, ...]
"""


def kernels_stub() -> str:
    """The text of kernels.pyi."""
    members = {name: member for name, member in vars(kernels).items() if not name.startswith("__")}
    is_kernel = {
        name: isinstance(x, BuiltinFunctionType) and " -> " not in (x.__doc__ or "") for name, x in members.items()
    }
    others = {name for name in members if not is_kernel[name]}
    if others != FUNCTIONS.keys() | CLASSES.keys():
        raise SystemExit(f"FUNCTIONS and CLASSES must describe {sorted(others ^ (FUNCTIONS.keys() | CLASSES.keys()))}")
    parts = [KERNELS_HEAD]
    parts += [kernel_stub(name, members[name]) for name in sorted(members) if is_kernel[name]]
    parts += [function_stub(name, FUNCTIONS[name], members[name].__doc__) for name in sorted(FUNCTIONS)]
    parts += [class_stub(name, members[name]) for name in sorted(CLASSES)]
    return "\n".join(parts)


def function_stub(name: str, signature: str, doc: str) -> str:
    """A pybind11 function; its docstring is a line of its own signature, then the text."""
    return f'def {name}{signature}:\n    """{doc.partition(chr(10) * 2)[2].strip()}"""\n'


def class_stub(name: str, cls: Any) -> str:
    public = {member for member in vars(cls) if not member.startswith("_")}
    if public != CLASSES[name].keys() - {"__init__"}:
        raise SystemExit(f"CLASSES[{name!r}] must describe {sorted(public ^ (CLASSES[name].keys() - {'__init__'}))}")
    lines = [f"class {name}:", f'    """{cls.__doc__}"""', ""]
    for member, signature in CLASSES[name].items():
        doc = getattr(cls, member).__doc__
        if isinstance(vars(cls)[member], property):
            lines += ["    @property", f"    def {member}{signature}:", f'        """{doc}"""', ""]
        elif member == "__init__":
            lines += [f"    def {member}{signature}: ...", ""]
        else:
            lines += ["    " + line for line in function_stub(member, signature, doc).splitlines()] + [""]
    return "\n".join(lines)


# --- _methods.pyi

METHODS_HEAD = f"""{HEADER}
import builtins
from collections.abc import Callable
from typing import Any

from mushin.autograd import RemovableHandle, Tensor
from mushin.ops.extremes import Picked

class TensorMethods:
    \"\"\"What ops/methods.py attaches to Tensor.\"\"\"
"""


def methods_stub() -> str:
    """The text of _methods.pyi."""
    return METHODS_HEAD + "".join(f"\n{method_stub(name, method)}" for name, method in METHODS.items())


def method_stub(name: str, method: Any) -> str:
    if isinstance(method, property):
        return f"    @property\n{method_stub(name, method.fget)}"
    signature = inspect.signature(method)
    parameters = list(signature.parameters.values())
    if name.startswith("__"):  # an operator names no arguments
        parameters = [each for each in parameters if each.kind is not inspect.Parameter.KEYWORD_ONLY]
    parameters[0] = parameters[0].replace(name="self", annotation=inspect.Parameter.empty)
    parameters[1:] = [p.replace(annotation=_Text(annotation_text(p.annotation, "Any"))) for p in parameters[1:]]
    # A function without annotations is a lambda that calls an op.
    result = _Text(annotation_text(signature.return_annotation, "Tensor"))
    line = f"    def {name}{signature.replace(parameters=parameters, return_annotation=result)}:"
    doc = inspect.cleandoc(method.__doc__ or "").partition("\n\n")[0].replace("\n", "\n        ")
    return f'{line}\n        """{doc}"""\n' if doc else f"{line} ...\n"


class _Text(str):
    """An annotation that is printed as it is written."""

    def __repr__(self) -> str:
        return str(self)


def annotation_text(annotation: Any, default: str) -> str:
    """An annotation as it stands in the source; `float` and other names that the class has for methods as builtins."""
    if annotation is inspect.Signature.empty:
        return default
    text = str(annotation)
    return re.sub(r"\w+", lambda word: f"builtins.{word[0]}" if word[0] in METHODS else word[0], text)


# --- ops/unary.pyi


def unary_stub() -> str:
    """The text of ops/unary.pyi."""
    names = "".join(f'    "{name}",\n' for name in unary.NAMES)
    head = f"""{HEADER}
from collections.abc import Callable
from typing import Any

from mushin.autograd import Tensor

NAMES: list[str]
OPS: dict[str, Callable[[Any], Tensor]]

__all__ = [
{names}]
"""
    ops = (f'def {name}(x: Tensor) -> Tensor:\n    """{op.__doc__}"""\n' for name, op in unary.OPS.items())
    return "\n".join((head, *ops))


STUBS = {"kernels.pyi": kernels_stub, "_methods.pyi": methods_stub, "ops/unary.pyi": unary_stub}


def main(arguments: list[str]) -> int:
    stale = [name for name, make in STUBS.items() if _text_of(PACKAGE / name) != make()]
    if arguments == ["--check"]:
        for name in stale:
            print(f"{PACKAGE / name} is out of date: run python tools/generate_stubs.py")
        return 1 if stale else 0
    for name in stale:
        (PACKAGE / name).write_text(STUBS[name](), encoding="utf-8")
        print(f"wrote {PACKAGE / name}")
    return 0


def _text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
