"""What benchmarks share: where results go, and what is being measured, told while it lasts."""

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from taut.cli._options import json_text
from taut.persist import check_place, write_whole


def check_save(place: str | None, data: str | None) -> None:
    """An hour of measuring is not lost for want of a place, and the data are not overwritten with its result."""
    if not place:
        return
    check_place(Path(place))
    if data and Path(data).resolve() == Path(place).resolve():
        raise ValueError(f"{place} is named twice: the results would destroy the data")


class Waiting:
    """What is being measured, on standard error: one line that vanishes on a terminal, elsewhere a line each."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()

    def say(self, words: str) -> None:
        """Tell what is being done."""
        print(f"\r\x1b[K{words}" if self._live else words, end="" if self._live else "\n", file=sys.stderr, flush=True)

    def show(self, text: str) -> None:
        """Print a result for good."""
        self._clear()
        print(text, flush=True)

    def _clear(self) -> None:
        if self._live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clear()


def give_out(
    arguments: argparse.Namespace,
    waiting: Waiting,
    facts: dict[str, Any],
    *,
    head: str,
    rows: Iterable[Any],
    line: Callable[[Any], str],
) -> None:
    """Show and save each row as it comes, so that an interruption loses none; with ``--json`` all facts at last."""
    show = (lambda text: None) if arguments.json else waiting.show
    show(head)
    for row in rows:
        facts["rows"].append(row.to_dict())
        show(line(row))
        if arguments.save:
            write_whole(Path(arguments.save), (json_text(facts, indent=1) + "\n").encode())
    if arguments.json:
        waiting.show(json_text(facts))
