"""Writes docs/peers.json: what PyTorch and Keras call things, and with which arguments.

    $MUSHIN_PEERS_PYTHON tools/list_peer_names.py

runs with a Python that has torch and keras, and needs no mushin. tools/write_peer_pages.py compares the list with
mushin. The list has public, documented names for dense, real tensors on a CPU: SUBJECTS says what is left out.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import pkgutil
import re
from pathlib import Path
from types import ModuleType
from typing import Any

TARGET = Path(__file__).parent.parent / "docs" / "peers.json"

AREAS = {
    "torch": (
        *("torch", "torch.Tensor", "torch.nn", "torch.nn.Module", "torch.nn.functional", "torch.nn.init"),
        *("torch.nn.utils", "torch.nn.utils.rnn", "torch.optim", "torch.optim.lr_scheduler", "torch.utils.data"),
    ),
    "keras": (
        *("keras", "keras.Model", "keras.layers", "keras.losses", "keras.metrics", "keras.optimizers"),
        *("keras.optimizers.schedules", "keras.callbacks", "keras.initializers", "keras.regularizers"),
        *("keras.constraints", "keras.activations", "keras.ops", "keras.utils"),
    ),
}
NAMES = {"torch": "PyTorch", "keras": "Keras"}

# Other machines, numbers and layouts; what belongs to the peers' own compilers, processes and file formats; what is
# public by accident.
SUBJECTS = re.compile(
    r"^_|cuda|cudnn|mkldnn|miopen|fbgemm|xpu|mps|hpu|ipu|xla|mtia|onednn|sparse_|Sparse(?!Adam|C|T)|csr|csc|bsr|bsc|coalesce"
    r"|dense_dim|quantiz|Quantiz|qscheme|int_repr|^q_|fake_|complex|conj|imag$|^real$|view_as_real|polar|resolve_|stft"
    r"|hann_|hamming|blackman|bartlett|kaiser|^names|align_|rename|refine_names|sym_|Sym[A-Z]|vmap|export|compiler"
    r"|dynamo|inductor|jit|script|autocast|nested|dlpack|share_|pin_mem|is_pinned|storage|device|stream|^is_(meta|neg|set_to|inf)"
    r"|data_ptr|bfloat16|chalf|cdouble|cfloat|deterministic|warn_always|cond$|while_loop|rng_state|^[Dd]istributed|arallel"
    r"|lobpcg|module_load|typename|flash|fuse_|memory_format|skip_init|DataPipe|sharding|_datapipes|_validation|_copy$"
    r"|classproperty|TFSM|JaxLayer|Flax|TorchModule|ematerial|Remat|remat|profile|torch_function|compiled_with|conv_tbc"
    r"|^fork$|^wait$|hash_tensor|import_ir|init_num_threads|type_comment|^parse_|unify_type|thread_safe|spmm|^smm$"
    r"|sspaddmm|permuted|native_|DType|ScalingType|SwizzleType|scaled_mm|grouped_mm|scaled_grouped|_with_indices|Counter"
    r"|bisect_right|partial|wraps|swap_in_|factory_kwargs|Uninitialized|grad_dtype|dim_order|to_padded|^[li]dexp_int"
    r"|to_sparse|Container$|CrossMapLRN|NLLLoss2d|RNN(Cell)?Base|EntropyOptions|^is_s(parse|hared)|^(c?(col|row)_)?indices$|^values$|as_subclass|from_file|byte$|^char|tensorflow|tf_|^jax|orbax|Orbax|track|obj_type|copy_method|PackedSequence_|symbolic|is_vulkan|is_cpu"
)
CLASSES_OF_TORCH = ("Generator", "Tensor", "enable_grad", "inference_mode", "no_grad", "set_grad_enabled")
METHODS_OF_KERAS = ("evaluate", "fit", "predict", "predict_on_batch", "test_on_batch", "train_on_batch")  # no docstring


def arguments_of(thing: Any) -> list[str] | None:
    """The arguments as `name` or `name=default`; None if Python cannot tell."""
    try:
        parameters = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):
        return None
    named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) and p.name != "self"]
    if not named and any(p.kind == p.VAR_POSITIONAL for p in parameters):
        return None
    return [p.name if p.default is p.empty else f"{p.name}={plain(p.default)}" for p in named]


def plain(default: Any) -> str:
    """repr, but for objects whose repr has an address or names the library: their class."""
    simple = (bool, int, float, str, type(None), tuple, list, dict)
    return repr(default) if isinstance(default, simple) else type(default).__name__


def is_public(path: str, name: str, thing: Any) -> bool:
    """Whether it is for users, and on none of the subjects that are left out."""
    if SUBJECTS.search(name) or isinstance(thing, (ModuleType, type(None))):
        return False
    if not (callable(thing) or inspect.isdatadescriptor(thing)):
        return False
    if isinstance(thing, type) and path == "torch" and name not in CLASSES_OF_TORCH:
        return False  # types of storages and tensors
    home = str(getattr(thing, "__module__", None) or path)
    if home == "torch.overrides" or (name == "Optimizer" and path == "torch.optim.lr_scheduler"):
        return False
    documented = inspect.getdoc(thing) if isinstance(thing, type) else getattr(thing, "__doc__", None)
    return home.startswith(("torch", "keras")) and bool(documented or name in METHODS_OF_KERAS)


def names_of(path: str) -> dict[str, list[str] | None]:
    """The public names of a module or class, with their arguments."""
    room = pkgutil.resolve_name(path)
    names = getattr(room, "__all__", None) if path == "torch.utils.data" else None
    found = {name: getattr(room, name) for name in sorted(names or dir(room))}
    return {name: arguments_of(thing) for name, thing in found.items() if is_public(path, name, thing)}


def main() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    blocks = []
    for library, paths in AREAS.items():
        version = importlib.import_module(library).__version__.partition("+")[0]
        areas = []
        for path in paths:
            names = names_of(path)
            print(f"{NAMES[library]} {version} {path}: {len(names)} names")
            # One line for each name, so that changes can be read.
            lines = ",\n".join(f"   {json.dumps(name)}: {json.dumps(given)}" for name, given in names.items())
            areas.append(f"  {json.dumps(path)}: {{\n{lines}\n  }}")
        head = f' {json.dumps(NAMES[library])}: {{\n  "version": {json.dumps(version)},\n'
        blocks.append(head + ",\n".join(areas) + "\n }")
    TARGET.write_text("{\n" + ",\n".join(blocks) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
