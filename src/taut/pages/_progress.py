"""How far a fit has come, told while it runs."""

import math
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self, TextIO

from taut.pages._label import plain
from taut.pages._progress_ways import Silent, Way, way_of


class Progress:
    """How far a fit has come: a live line on a terminal, one output in a notebook, else a plain line now and then.

    Parameters
    ----------
    stream : text file or None
        Where to write, and nowhere else; in a notebook, whose streams are no terminals, below the cell. None: nowhere.
    enabled : bool or None
        False: write nothing. None and True: as the stream allows.
    total : float or None
        The most passes over the data.
    tol : float or None
        The gap at which the fit ends.
    clock : callable
        Returns seconds.
    """

    def __init__(
        self,
        stream: TextIO | None,
        *,
        enabled: bool | None = None,
        total: float | None = None,
        tol: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream
        self._enabled = enabled is not False
        self._way: Way = Silent()
        self._limits = (total, tol)
        self._clock = clock
        self._due = math.inf
        self.part("")

    def part(self, label: str, index: int = 0, count: int = 1) -> None:
        """Begin a fit: how its words begin, and which it is of several, counted from 0."""
        self._label, self._index, self._count = label, index, count
        self._far = _Far(*self._limits)

    def __enter__(self) -> Self:
        self._way = way_of(self._stream, enabled=self._enabled)
        self._due = self._clock() + self._way.first
        return self

    def update(self, facts: Mapping[str, Any]) -> None:
        """Take the news, any of them None or NaN.

        ``passes`` or ``branches``, ``seconds``, ``objective`` and ``gap``; ``share`` where it is known how far it is.
        """
        far, now = self._far.along(facts), self._clock()
        if now < self._due:
            return
        self._due = now + self._way.every
        words = "  ".join(filter(None, [plain(self._label), *_words(facts, self._far.tol)]))
        self._way.show((self._index + far) / self._count, words)

    def end(self, sentence: object) -> None:
        """Leave a last word in place of what moved, which is over."""
        self._way.last(plain(sentence))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._due = math.inf
        self._way.close()


class _Far:
    """The position of the bar, between 0 and 1."""

    def __init__(self, total: float | None, tol: float | None) -> None:
        self.total, self.tol = _number(total), _number(tol)
        self._first: float | None = None

    def along(self, facts: Mapping[str, Any]) -> float:
        """Return how far log(gap) has come to log(tol), or the passes while there is no gap."""
        gap, passes, share = (_number(facts.get(name)) for name in ("gap", "passes", "share"))
        if share is not None:
            return min(max(share, 0.0), 1.0)
        if gap is not None and self.tol and self.tol > 0.0:
            if gap <= self.tol:
                return 1.0
            self._first = self._first or gap
            whole = math.log(self._first / self.tol)
            return min(max(math.log(self._first / gap) / whole, 0.0), 1.0) if whole > 0.0 else 0.0
        return min(max(passes / self.total, 0.0), 1.0) if passes is not None and self.total else 0.0


def _number(value: Any) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _words(facts: Mapping[str, Any], tol: float | None) -> list[str]:
    shapes = {
        "passes": "pass {:.5g}",
        "branches": "branch {:,}",
        "seconds": "{:.1f} s",
        "objective": "objective {:.6g}",
        "gap": "gap {:.2g}",
    }
    parts = [shape.format(facts[key]) for key, shape in shapes.items() if facts.get(key) is not None]
    if facts.get("gap") is not None and tol is not None:
        parts[-1] += f" -> {tol:.2g}"
    return parts
