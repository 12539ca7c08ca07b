"""The user's file in a process of its own, which may print, crash or never come back."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from taut._typing import AnyArray
from taut.data import DataError

_CHILD = Path(__file__).with_name("_check_child.py")


def answer_of(job: Mapping[str, Any], arrays: Mapping[str, AnyArray], limit: float) -> dict[str, Any]:
    """Run a job in a child process and return what it found.

    Raises
    ------
    DataError
        The user's file failed, or did not come back in ``limit`` seconds.
    ValueError
        What was asked for does not fit the file.
    """
    with tempfile.TemporaryDirectory(prefix="taut-check-") as name:
        folder = Path(name)
        (folder / "job.json").write_text(json.dumps({**job, "limit": limit}), "ascii")
        np.savez(folder / "arrays.npz", allow_pickle=False, **dict(arrays))
        code = _run(folder, limit, job["spoken"])
        result = folder / "result.json"
        if not result.exists():
            raise DataError(f"{job['spoken']}: the process that ran it ended without a result ({_ending(code)})")
        found: dict[str, Any] = json.loads(result.read_text("ascii"))
    match found.get("failed"):
        case "file":
            raise DataError(found["message"])
        case "usage":
            raise ValueError(found["message"])
        case "taut":
            raise RuntimeError(found["message"])
    return found


def _run(folder: Path, limit: float, spoken: str) -> int:
    """The child's exit status; its own output goes to standard error."""
    # By path, and without this folder on its path: the package of the command line takes seconds to import.
    words = [sys.executable, "-P", str(_CHILD), str(folder)]
    group: dict[str, Any] = {"start_new_session": True} if os.name == "posix" else {}
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=2, **group)
    try:
        return process.wait(timeout=limit)
    except subprocess.TimeoutExpired:
        raise DataError(
            f"{spoken}: not done after {limit:g} s, so it was stopped; look for a loop without end, "
            "give fewer rows (--rows), or allow more with --time-limit"
        ) from None
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the child and what it has started; most often nothing is left."""
    if os.name == "posix":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _ending(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit status {code}"
