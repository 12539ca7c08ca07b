"""The process that measures memory: ``python -m taut.bench._memory_child FOLDER LOSS CONTENDER``.

Prints one JSON number, the bytes by which one evaluation raised the peak of the memory in use, or null.
"""

import json
import sys
from pathlib import Path

from taut.bench._contenders import MEASURED
from taut.bench._peers import Evaluate
from taut.bench._problem import Problem

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
RESET_PEAK = "5"


def main() -> None:
    """Load, warm up, evaluate once.

    The warm-up takes all rows: after fewer, BLAS would still take up room that it keeps for good, some 50 MiB, and the
    evaluation would be charged with it.
    """
    folder, loss, contender = sys.argv[1:]
    evaluate = MEASURED[contender](loss, Problem.loaded(Path(folder)))
    evaluate()
    json.dump(_extra_bytes(evaluate), sys.stdout)


def _extra_bytes(evaluate: Evaluate) -> int | None:
    """Peak during the evaluation less what was in use before; None where /proc does not tell."""
    try:
        CLEAR.write_text(RESET_PEAK)
        before = _status("VmRSS")
    except OSError:
        return None
    result = evaluate()
    peak = _status("VmHWM")
    del result  # the gradient counts: whoever evaluates wants it
    return max(peak - before, 0)


def _status(name: str) -> int:
    """A size of this process in bytes."""
    line = next(line for line in STATUS.read_text("ascii").splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main()
