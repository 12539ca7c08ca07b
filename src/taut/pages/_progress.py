"""How far a fit has come, told while it runs."""

import math
import os
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TextIO

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

_PLAIN_EVERY = 30.0  # seconds: a log wants a sign of life, not a film
_LIVE_EVERY = 0.1
_BAR = 16  # columns, so that the words fit beside it


class Progress:
    """One live line on a terminal, which vanishes at the end; elsewhere a plain line now and then.

    Parameters
    ----------
    stream : text file
        Where to write, and nowhere else.
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
        stream: TextIO,
        *,
        enabled: bool | None = None,
        total: float | None = None,
        tol: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream
        self._enabled = enabled is not False
        self._live: Live | None = None
        self._far = _Far(total, tol)
        self._clock = clock
        self._last = -math.inf

    def __enter__(self) -> Self:
        self._last = self._clock()
        if self._enabled and self._stream.isatty() and os.environ.get("TERM") != "dumb":
            self._live = _live_line(self._stream)
            self._live.start()
            self._last -= _LIVE_EVERY  # the first news is shown at once
        return self

    def update(self, facts: Mapping[str, Any]) -> None:
        """Take the news: ``passes``, ``seconds``, ``objective`` and ``gap``, any of them None or NaN."""
        far, now = self._far.along(facts), self._clock()
        if not self._enabled or now - self._last < (_LIVE_EVERY if self._live else _PLAIN_EVERY):
            return
        self._last = now
        words = _words(facts, self._far.tol)
        if self._live:
            self._live.update(_line(far, words), refresh=True)
        else:
            self._stream.write(words + "\n")
            self._stream.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()
            self._live = None


class _Far:
    """The position of the bar, between 0 and 1."""

    def __init__(self, total: float | None, tol: float | None) -> None:
        self.total, self.tol = _number(total), _number(tol)
        self._first: float | None = None

    def along(self, facts: Mapping[str, Any]) -> float:
        """Return how far log(gap) has come to log(tol), or the passes while there is no gap."""
        gap, passes = _number(facts.get("gap")), _number(facts.get("passes"))
        if gap is not None and self.tol and self.tol > 0.0:
            if gap <= self.tol:
                return 1.0
            self._first = self._first or gap
            whole = math.log(self._first / self.tol)
            return min(max(math.log(self._first / gap) / whole, 0.0), 1.0) if whole > 0.0 else 0.0
        return min(max(passes / self.total, 0.0), 1.0) if passes is not None and self.total else 0.0


def _number(value: Any) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _words(facts: Mapping[str, Any], tol: float | None) -> str:
    shapes = {
        "passes": "pass {:.5g}",
        "seconds": "{:.1f} s",
        "objective": "objective {:.6g}",
        "gap": "gap {:.2g}",
    }
    parts = [shape.format(facts[key]) for key, shape in shapes.items() if facts.get(key) is not None]
    if facts.get("gap") is not None and tol is not None:
        parts[-1] += f" -> {tol:.2g}"
    return "  ".join(parts)


def _live_line(stream: TextIO) -> "Live":
    from rich.console import Console
    from rich.live import Live

    console = Console(file=stream, force_terminal=True, force_jupyter=False, highlight=False)
    # No thread that draws, and the program's own streams stay as they are.
    return Live(console=console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False)


def _line(far: float, words: str) -> "RenderableType":
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    line = Table.grid(padding=(0, 2, 0, 0))
    line.add_column(no_wrap=True)
    line.add_column(no_wrap=True, overflow="crop")
    # Rich's own colours look alike on a terminal with 16 of them.
    bar = ProgressBar(total=1.0, completed=far, width=_BAR, complete_style="cyan", finished_style="green")
    line.add_row(bar, Text(words))
    return line
