"""Solvers that print for themselves are kept off standard output, below Python's own streams too."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from scipy import optimize

milp: Any = optimize.milp
linprog: Any = optimize.linprog
"""SciPy's, whose stubs know less than they take."""


@contextmanager
def quiet_stdout() -> Iterator[None]:
    """Send what is written to file descriptor 1 to nowhere for a while; restored whatever happens."""
    with suppress(AttributeError, OSError, ValueError):  # a stream that is closed or no stream of the system
        sys.stdout.flush()
    try:
        kept = os.dup(1)
    except OSError:  # the process has no standard output: nothing to protect
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
