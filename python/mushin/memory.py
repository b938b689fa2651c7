"""How much memory arrays take. What is released waits in a pool to be used again: a steady step asks for none."""

from __future__ import annotations

from mushin import kernels


def bytes_in_use() -> int:
    """Memory of all arrays that kernels have made and that still live; a recorded step's buffers count while used."""
    return kernels.pool_statistics()["bytes_in_use"]


def peak_bytes_in_use() -> int:
    """The most that was in use at once since the start, or since `reset_peak`."""
    return kernels.pool_statistics()["peak_bytes_in_use"]


def bytes_cached() -> int:
    """Memory that waits to be used again."""
    return kernels.pool_statistics()["bytes_cached"]


def reset_peak() -> None:
    """Lets the peak begin anew at what is in use now."""
    kernels.pool_reset_peak()


def release_cached() -> None:
    """Gives the memory that waits back to the system."""
    kernels.pool_clear()
