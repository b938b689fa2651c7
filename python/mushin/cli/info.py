"""`mushin info`: what mushin runs on."""

from __future__ import annotations

import argparse
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import mushin
from mushin import kernels

Row = tuple[str, str]


def run(_: argparse.Namespace) -> int:
    """Prints the facts, one a line; returns the exit code."""
    rows = [*_versions(), *_processor(), *_memory(), *_packages()]
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"{name:<{width}}  {value}")
    return 0


def _versions() -> list[Row]:
    return [
        ("mushin", f"{mushin.__version__}, in {Path(mushin.__file__).parent}"),
        ("Python", f"{platform.python_version()} ({platform.python_implementation()})"),
        ("NumPy", version("numpy")),
        ("System", f"{platform.system()} {platform.release()}, {platform.machine()}"),
    ]


def _processor() -> list[Row]:
    wanted = os.environ.get("MUSHIN_ISA")
    chosen = "chosen by MUSHIN_ISA" if wanted else "chosen at start"
    return [
        ("Kernels", f"{kernels.isa()}, {chosen} (available: {', '.join(kernels.available_isas())})"),
        ("Built with", kernels.compiler()),
        ("Threads", f"{kernels.num_threads()} of {_cores()}, {kernels.thread_runtime()}"),
    ]


def _cores() -> str:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return f"{usable} core" + "s" * (usable != 1)


def _memory() -> list[Row]:
    pool = kernels.pool_statistics()
    names = {"bytes_in_use": "in use", "peak_bytes_in_use": "at the peak", "bytes_cached": "kept for reuse"}
    return [("Buffer pool", ", ".join(f"{_size(pool[key])} {name}" for key, name in names.items()))]


def _size(count: float) -> str:
    for unit in ("bytes", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"


def _packages() -> list[Row]:
    return [
        ("safetensors", _version_of("safetensors", "pip install safetensors")),
        ("matplotlib", _version_of("matplotlib", "pip install matplotlib")),
    ]


def _version_of(package: str, how_to_get_it: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return f"not installed ({how_to_get_it})"
