"""Progress of a fit, shown where ``verbose`` asks for it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from taut.pages import Progress
from taut.solvers import Trace, watch


class Following:
    """What is told while a fit runs, and what stays of it."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._objective: float | None = None
        self._gap: float | None = None

    def part(self, label: str, index: int = 0, count: int = 1) -> None:
        """A fit begins, one of several, counted from 0."""
        self._objective = self._gap = None
        self._progress.part(label, index, count)

    def step(self, trace: Trace) -> None:
        """A step was made; between certificates the last one stands."""
        if trace.gap == trace.gap:
            self._gap, self._objective = trace.gap, trace.primal
        objective = trace.value if self._objective is None else self._objective
        self._progress.update(
            {"passes": trace.passes, "seconds": trace.seconds, "objective": objective, "gap": self._gap}
        )

    def search(self, branches: int, seconds: float, objective: float, gap: float) -> None:
        """A blend's search has branched so often; its gap, relative to what it was at first, tells how far it is."""
        self._gap = gap if self._gap is None else self._gap
        share = 1.0 - gap / self._gap if self._gap > 0.0 else 1.0
        facts = {"branches": branches or None, "seconds": seconds, "objective": objective, "gap": gap, "share": share}
        self._progress.update(facts)

    def end(self, result: object) -> None:
        """Its verdict stays, once nothing moves any more."""
        self._progress.end(result)


@contextmanager
def following(
    verbose: bool, name: str = "", *, total: float | None = None, tol: float | None = None
) -> Iterator[Following]:
    """Show every step of every fit inside the ``with`` block on standard error; where not ``verbose``, nothing.

    Parameters
    ----------
    verbose : bool
        False costs nothing: no step is looked at.
    name : str
        How the words begin.
    total, tol : float, optional
        The most passes, and the gap that is enough: what the bar goes by.
    """
    progress = Progress(sys.stderr, enabled=verbose, total=total, tol=tol)
    followed = Following(progress)
    followed.part(name)
    if not verbose:
        yield followed
        return
    with progress, watch(followed.step):
        yield followed
