"""Rows as lines of text, each printed as soon as it is known."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from taut.bench._machine import Limits
from taut.bench._measure import Row
from taut.bench._peers import PEER_NAMES

UNKNOWN = "-"


class Column(NamedTuple):
    """Heading, width (negative: flush left) and cell of a row."""

    heading: str
    width: int
    cell: Callable[[Row], str]


class Table:
    """Text of a table whose rows are not known yet.

    Parameters
    ----------
    dtypes : sequence of str
        Types of the rows to come: which contenders need a column.
    memory : bool
        Whether memory is measured.
    """

    def __init__(self, dtypes: Sequence[str], *, memory: bool) -> None:
        others = (("numpy", *PEER_NAMES) if set(dtypes) - {"uint8"} else ()) + ("float32",) * ("uint8" in dtypes)
        self._columns = [
            Column("shape", -12, lambda row: row.shape),
            Column("loss", -14, lambda row: row.loss),
            Column("dtype", -7, lambda row: row.dtype),
            Column("taut ms", 8, lambda row: f"{1e3 * row.seconds['taut']:.1f}"),
            Column("roofline", 8, lambda row: f"{row.of_roofline:.2f}"),
            *(_ratio_column(name) for name in others),
            Column("differ", 7, lambda row: f"{row.difference.loss:.0e}"),
        ]
        if memory:
            self._columns += [
                _memory_column(name) for name in ("taut", "numpy", "float32") if name in ("taut", *others)
            ]

    def head(self, versions: Mapping[str, Any], limits: Mapping[str, Limits]) -> str:
        """What ran where, the limits of the machine, how to read the table, and its headings."""
        known = ", ".join(f"{name} {version}" for name, version in versions.items() if version is not None)
        lines = [known]
        for dtype, limit in limits.items():
            lines.append(f"{dtype}: reads {limit.read / 1e9:.1f} GB/s, multiplies {limit.multiply / 1e9:.1f} GFLOP/s")
        lines += [
            "roofline: taut's share of the best speed that these limits allow; other names: their time over taut's;",
            "differ: largest relative difference of a loss from taut's; MiB: peak memory beyond X, y and W",
            "",
            self._line([column.heading for column in self._columns]),
        ]
        return "\n".join(lines)

    def line(self, row: Row) -> str:
        """One row."""
        return self._line([column.cell(row) for column in self._columns])

    def _line(self, cells: Sequence[str]) -> str:
        pairs = zip(self._columns, cells, strict=True)
        padded = [cell.ljust(-width) if width < 0 else cell.rjust(width) for (_, width, _), cell in pairs]
        return "  ".join(padded).rstrip()


def _ratio_column(name: str) -> Column:
    return Column(name, max(len(name), 6), lambda row: f"{row.ratios[name]:.2f}x" if name in row.times else UNKNOWN)


def _memory_column(name: str) -> Column:
    def cell(row: Row) -> str:
        found = (row.memory or {}).get(name)
        return UNKNOWN if found is None else f"{found:.1f}"

    return Column(f"{name} MiB", len(name) + 4, cell)
