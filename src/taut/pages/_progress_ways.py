"""The places where progress is shown: a terminal, a notebook, a log, or nowhere."""

import math
import os
import sys
from abc import ABC, abstractmethod
from importlib import import_module
from typing import TYPE_CHECKING, Any, TextIO

from taut.pages._html import escaped

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

_PLAIN_EVERY = 30.0  # seconds: a log wants a sign of life, not a film
_LIVE_EVERY = 0.1
_BAR = 16  # columns, so that the words fit beside it


class Way(ABC):
    """Where words and a bar go.

    ``every`` is how many seconds lie between two of them, and ``first`` how many pass before any.
    """

    every: float
    first: float

    @abstractmethod
    def show(self, far: float, words: str) -> None:
        """Show how far it is, between 0 and 1, in place of what was shown."""

    def close(self) -> None:  # noqa: B027 - most places need no tidying
        """Nothing more will move."""

    @abstractmethod
    def last(self, sentence: str) -> None:
        """Leave a sentence for good."""


class Silent(Way):
    """Nowhere."""

    every = first = math.inf

    def show(self, far: float, words: str) -> None:
        """Say nothing."""

    def last(self, sentence: str) -> None:
        """Say nothing."""


class Log(Way):
    """Plain lines."""

    every = first = _PLAIN_EVERY

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def show(self, far: float, words: str) -> None:
        """Write a line."""
        self._stream.write(words + "\n")
        self._stream.flush()

    def last(self, sentence: str) -> None:
        """Write a line."""
        self.show(1.0, sentence)


class Terminal(Log):
    """One live line, which vanishes at the end."""

    every, first = _LIVE_EVERY, 0.0

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._live = _live_line(stream)
        self._live.start()

    def show(self, far: float, words: str) -> None:
        """Draw the line anew."""
        self._live.update(_line(far, words), refresh=True)

    def close(self) -> None:
        """Erase the line."""
        self._live.stop()

    def last(self, sentence: str) -> None:
        """Write a line where the live one was."""
        super().show(1.0, sentence)


class Notebook(Way):
    """One output below the cell, of HTML, and of plain text for those who cannot show that."""

    every, first = _LIVE_EVERY, 0.0

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, far: float, words: str) -> None:
        """Put a bar and words in place of what the output was."""
        self._put(
            f'<div><progress max="1" value="{far:.4f}" aria-label="progress" style="width: 12em; max-width: 100%; '
            f'vertical-align: middle; margin-right: .75em"></progress>'
            f'<span style="font-variant-numeric: tabular-nums; white-space: pre-wrap">{escaped(words)}</span></div>',
            words,
        )

    def last(self, sentence: str) -> None:
        """Put a sentence in place of the bar."""
        self._put(f"<div>{escaped(sentence)}</div>", sentence)

    def _put(self, html: str, text: str) -> None:
        display: Any = import_module("IPython.display").display  # there already where one gets here
        bundle = {"text/html": html, "text/plain": text}
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)


def way_of(stream: TextIO | None, *, enabled: bool) -> Way:
    """Return the place that a stream stands for; in a notebook its output, whatever the stream."""
    if not enabled or stream is None:  # a program without a console has none
        return Silent()
    if stream.isatty() and os.environ.get("TERM") != "dumb":
        return Terminal(stream)
    return Notebook() if in_notebook() else Log(stream)


def in_notebook() -> bool:
    """Whether outputs are published as HTML: an IPython runs whose publisher is not the one that prints text."""
    ipython, publishers = sys.modules.get("IPython"), sys.modules.get("IPython.core.displaypub")
    if ipython is None or publishers is None:
        return False
    shell = ipython.get_ipython()
    return shell is not None and type(shell.display_pub) is not publishers.DisplayPublisher


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
