"""Peak extra memory of one evaluation, measured in a process that does nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path

from taut.bench._error import BenchError

LARGE_BLOCK = 65_536
"""Bytes from which malloc in the child asks the system for memory and gives it back at once: left alone it keeps what
the warm-up has freed, and the evaluation's own arrays would be hidden in there."""

MIB = 2**20


def extra_mib(folder: Path, loss: str, contender: str) -> float | None:
    """Measure by how much an evaluation raises the peak over X, y and W.

    Parameters
    ----------
    folder : Path
        Where `Problem.write` has left the problem.
    loss : str
    contender : str
        A key of `MEASURED`.

    Returns
    -------
    float or None
        MiB; None on systems without /proc.

    Raises
    ------
    BenchError
        The process failed, for want of memory say.
    """
    words = [sys.executable, "-m", "taut.bench._memory_child", str(folder), loss, contender]
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": str(LARGE_BLOCK), "PYTHONUTF8": "1"}
    child = subprocess.run(words, env=environment, capture_output=True, encoding="utf-8", errors="replace")
    if child.returncode != 0:
        last = (child.stderr.strip().splitlines() or ["no message"])[-1]
        raise BenchError(f"measuring the memory of {contender} failed with code {child.returncode}: {last}")
    peak: int | None = json.loads(child.stdout)
    return None if peak is None else peak / MIB
