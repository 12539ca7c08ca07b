"""Where a wrong gradient is wrong: whole arrays, columns, rows or single coordinates, found by testing groups."""

from dataclasses import dataclass

import numpy as np

from taut._typing import IntArray
from taut.check._function import Block
from taut.check._line import Line
from taut.check._look import Look

WHOLE = 400
"""An accused array of at most so many coordinates has each of them looked at."""

MOST_COLUMNS = 64
MOST_GROUPS = 8
SAMPLE = 128
"""Coordinates looked at where more than `WHOLE` are accused."""

REPEATS = 3
"""Random signs a group: residuals that cancel under one pattern do not under three."""


@dataclass(frozen=True)
class Located:
    """The coordinates of one accused array that were looked at, and which rows and columns tests left under suspicion.

    ``rows`` and ``columns`` are None where all are; ``complete`` says that every suspected coordinate was looked at.
    """

    block: Block
    tested: list[Line]
    outside: list[Line]
    rows: IntArray | None
    columns: IntArray | None
    complete: bool


def locate(look: Look) -> list[Located]:
    """Narrow down every array that some line accuses."""
    guilty = list(dict.fromkeys(line.block for line in look.suspects))
    return [_located(look, block) for block in guilty]


def _located(look: Look, block: Block) -> Located:
    if block.size <= WHOLE:
        return _tested(look, block, np.arange(block.begin, block.end), None, None, complete=True)
    table = np.arange(block.begin, block.end).reshape(-1, block.shape[-1] if len(block.shape) > 1 else 1)
    columns = np.arange(table.shape[1])
    if 1 < table.shape[1] <= MOST_COLUMNS:
        columns = np.array([j for j in columns if _accused(look, block, table[:, j])], dtype=np.int64)
    columns = columns if len(columns) else np.arange(table.shape[1])
    rows = _halved(look, block, table[:, columns])
    suspected = table[np.ix_(rows, columns)].ravel()
    complete = len(suspected) <= WHOLE
    if not complete:
        suspected = np.sort(look.search.rng.choice(suspected, size=SAMPLE, replace=False))
    known = [line.support[0] for line in look.suspects if line.single and line.block == block]
    suspected = np.union1d(suspected, np.array(known, dtype=np.int64))
    told_rows = None if len(rows) == len(table) else rows
    told_columns = None if len(columns) == table.shape[1] else columns
    return _tested(look, block, suspected, told_rows, told_columns, complete=complete)


def _tested(
    look: Look, block: Block, places: IntArray, rows: IntArray | None, columns: IntArray | None, *, complete: bool
) -> Located:
    tested = [look.coordinate(int(i)) for i in places]
    return Located(block, tested, [line for line in tested if look.accuses(line)], rows, columns, complete)


def _accused(look: Look, block: Block, places: IntArray) -> bool:
    """Whether a group of coordinates holds a wrong one, by random signs."""
    for _ in range(REPEATS):
        signs = look.search.rng.choice([-1.0, 1.0], size=places.size)
        if look.accuses(look.line(block, places.ravel(), signs)):
            return True
    return False


def _halved(look: Look, block: Block, table: IntArray) -> IntArray:
    """Rows of the table that stay under suspicion when accused groups of rows are halved again and again."""
    groups = [np.arange(len(table))]
    while max(map(len, groups)) > 1:
        halves = [half for group in groups for half in np.array_split(group, 2) if len(half)]
        guilty = [half for half in halves if _accused(look, block, table[half])]
        if not guilty or len(guilty) > MOST_GROUPS:
            break
        groups = guilty
    return np.sort(np.concatenate(groups))
