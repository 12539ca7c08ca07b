"""Seconds to a gap as lines of text."""

from collections.abc import Mapping, Sequence
from typing import Any

from taut.bench._fit_measure import FitRow

UNKNOWN = "-"
_HEADINGS = (("data", -14), ("loss", -14), ("l2", 9), ("gap", 7), ("clock", -8), ("taut s", 9))


class FitTable:
    """Text of a table whose rows come one by one.

    Parameters
    ----------
    names : sequence of str
        Of the others that take part.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)

    def head(self, versions: Mapping[str, Any]) -> str:
        """What ran where, how to read the table, and its headings."""
        lines = [
            ", ".join(f"{name} {version}" for name, version in versions.items() if version is not None),
            "other names: their time over taut's to the same gap, - where no setting reached it; clock: with the gap",
            "inside, computing the objective at the weights and a bound is added to the others' time, which taut's has",
            "",
            self._line([heading for heading, _ in _HEADINGS], self._names),
        ]
        return "\n".join(lines)

    def lines(self, row: FitRow) -> str:
        """Two lines: the gap computed outside the clock, and inside."""
        ours = row.arrivals["taut"]
        seconds = UNKNOWN if ours is None else f"{ours.seconds:.3g}"
        what = [row.problem.name, row.problem.loss, f"{row.problem.l2:.3g}", f"{row.gap:g}"]
        return "\n".join(
            self._line([*what, clock, seconds], self._cells(row.ratios(with_gap=inside)))
            for clock, inside in (("outside", False), ("inside", True))
        )

    def _cells(self, ratios: Mapping[str, float]) -> list[str]:
        return [f"{ratios[name]:.2f}x" if name in ratios else UNKNOWN for name in self._names]

    def _line(self, first: Sequence[str], others: Sequence[str]) -> str:
        cells = [
            text.ljust(-width) if width < 0 else text.rjust(width)
            for text, (_, width) in zip(first, _HEADINGS, strict=True)
        ]
        cells += [text.rjust(max(len(name), 8)) for text, name in zip(others, self._names, strict=True)]
        return "  ".join(cells).rstrip()
