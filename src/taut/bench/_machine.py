"""What this machine can do at best, and what runs on it."""

import platform
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from taut.bench._problem import Problem
from taut.bench._turns import best_seconds
from taut.matrix import available_threads

PACKAGES = ("taut", "numpy", "scipy", "numba", "scikit-learn", "torch", "jax")
READ_BYTES, GEMM_SIDE = 2**29, 2500
"""Far more than any cache holds; large enough for BLAS to reach its peak."""


@dataclass(frozen=True)
class Limits:
    """Measured limits of a machine in one type, all threads at work.

    Parameters
    ----------
    read : float
        Bytes a second that can be read from memory.
    multiply : float
        Floating-point operations a second of a large matrix product.
    """

    read: float
    multiply: float

    def floor(self, problem: Problem) -> float:
        """Seconds that an evaluation takes at least: X read once, or two products with it."""
        return max(problem.stored_bytes / self.read, 4 * problem.entries * problem.k / self.multiply)


def machine_limits(dtype: str, repeats: int = 5, *, read_bytes: int = READ_BYTES, side: int = GEMM_SIDE) -> Limits:
    """Measure the limits.

    Parameters
    ----------
    dtype : {"float32", "float64"}
    repeats : int
        The best of so many counts: a limit is what the machine can do when nothing disturbs it.
    read_bytes, side : int
        Size of what is read, and of the square matrices that are multiplied.

    Returns
    -------
    Limits
    """
    big = np.ones(read_bytes // np.dtype(dtype).itemsize, dtype)
    parts = np.array_split(big, available_threads())
    square = np.ones((side, side), dtype)
    with threadpool_limits(available_threads()), ThreadPoolExecutor(len(parts)) as pool:
        read = big.nbytes / best_seconds(lambda: list(pool.map(np.max, parts)), repeats)
        multiply = 2 * side**3 / best_seconds(lambda: square @ square, repeats)
    return Limits(read, multiply)


def versions() -> dict[str, Any]:
    """What the numbers depend on: Python, machine, threads, BLAS, and packages (None where not installed)."""
    found: dict[str, Any] = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processor": _processor(),
        "threads": available_threads(),
        "blas": _blas(),
    }
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def _processor() -> str | None:
    """The processor's own name, where Linux tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return platform.processor() or None
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), None)


def _blas() -> str | None:
    libraries = [each for each in threadpool_info() if each["user_api"] == "blas"]
    return ", ".join(sorted({f"{each['internal_api']} {each['version']}" for each in libraries})) or None
