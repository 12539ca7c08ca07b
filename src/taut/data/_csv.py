"""Text tables: CSV, TSV, semicolons, or columns apart by blanks."""

import csv
import math
import re
import sys
from array import array
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from taut._typing import FloatArray
from taut.data._columns import Columns, check_names, choose
from taut.data._dataset import Dataset
from taut.data._dialect import BLANKS, delimiter_of, has_header, is_missing
from taut.data._error import DataError, shown
from taut.data._lines import Lines
from taut.data._options import Options
from taut.data._source import Source
from taut.data._targets import checked_weights, number, numbers_from_text, target_from_text

_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")

Row = tuple[int, list[str]]  # the number of its last line in the file, its cells


@dataclass
class _Cells:
    """What is collected of the rows; `values` grows in place and becomes X without a copy."""

    values: "array[float]" = field(default_factory=lambda: array("d"))
    lines: "array[int]" = field(default_factory=lambda: array("q"))
    labels: list[str] = field(default_factory=list)
    weights: list[str] = field(default_factory=list)


def read_csv(source: Source, options: Options, *, delimiter: str | None = None) -> Dataset:
    """Read a text table; without `delimiter` it is found out."""
    rows = _rows(Lines(source), source, delimiter or delimiter_of(source.head()))
    names, width, rows = _header(rows, source, options.header, options.named)
    columns = choose(names, width, options, source.error)
    cells = _collect(rows, columns, source)
    if not cells.lines:
        raise source.error("no data: the file holds a header only" if names else "no data: the file holds no rows")

    def fail(row: int, what: str) -> DataError:
        return source.error(f"line {cells.lines[row]}: {what}")

    y = weights = None
    if columns.target is not None:
        try:
            y = target_from_text(cells.labels, options.numbers, fail)
        except DataError:
            if options.require_target:
                raise  # to predict, a target that is not filled in does no harm
    if columns.weight is not None:
        weights = checked_weights(numbers_from_text(cells.weights, "weight", fail), fail)
    return source.dataset(
        np.frombuffer(cells.values, dtype=np.float64).reshape(len(cells.lines), len(columns.features)),
        y,
        feature_names=columns.feature_names,
        target_name=columns.target_name,
        sample_weight=weights,
    )


def read_table(
    source: Source, *, header: bool | None, delimiter: str | None
) -> tuple[FloatArray, tuple[str, ...] | None, "array[int]"]:
    """Read a text table of numbers only: all columns, their names, and the line of each row."""
    rows = _rows(Lines(source), source, delimiter or delimiter_of(source.head()))
    names, width, rows = _header(rows, source, header)
    cells = _collect(rows, Columns(names, width, tuple(range(width))), source)
    if not cells.lines:
        raise source.error("no data: the file holds no rows of numbers")
    return np.frombuffer(cells.values, dtype=np.float64).reshape(-1, width), names, cells.lines


def _rows(lines: Lines, source: Source, delimiter: str) -> Iterator[Row]:
    """Yield the rows that are not blank."""
    if delimiter == BLANKS:
        yield from ((lines.number, cells) for line in lines if (cells := line.split()))
        return
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        for cells in reader:
            if len(cells) > 1 or (cells and cells[0].strip()):
                yield reader.line_num, cells
    except csv.Error as error:
        reason = f"not a well-formed table ({error}); look for a quote that is not closed, there or before"
        raise source.error(f"line {reader.line_num}: {reason}") from error


def _header(
    rows: Iterator[Row], source: Source, header: bool | None, known: Collection[object] = ()
) -> tuple[tuple[str, ...] | None, int, Iterator[Row]]:
    """Return the header's names, the number of columns, and the rows of data."""
    first = next(rows, None)
    if first is None:
        raise source.error("the file is empty")
    line, cells = first
    second = next(rows, None)
    data = chain([second] if second else [], rows)
    if not (has_header(cells, second[1] if second else None, known) if header is None else header):
        return None, len(cells), chain([first], data)
    names = tuple(cell.strip() for cell in cells)
    check_names(names, lambda what: source.error(f"line {line}: {what}"))
    return names, len(names), data


def _collect(rows: Iterator[Row], columns: Columns, source: Source) -> _Cells:
    """Return the numbers, labels and weights of all rows."""
    kept = _Cells()
    features = set(columns.features)
    outside = [column for column in reversed(range(columns.width)) if column not in features]
    for line, row in rows:
        if len(row) != columns.width:
            found = f"{len(row)} cells found, {columns.width} expected"
            raise source.error(f"line {line}: {found}; every line needs as many as the first")
        if columns.target is not None:
            kept.labels.append(sys.intern(row[columns.target].strip()))  # labels repeat: keep one of each
        if columns.weight is not None:
            kept.weights.append(row[columns.weight].strip())
        for column in outside:
            del row[column]
        kept.lines.append(line)
        kept.values.fromlist(_numbers(row, line, columns, source))
    return kept


def _numbers(cells: list[str], line: int, columns: Columns, source: Source) -> list[float]:
    """Return the feature cells of one row as finite numbers."""
    try:
        values = list(map(float, cells))
        joined = "".join(cells)
        if math.isfinite(sum(values)) and "_" not in joined and joined.isascii():
            return values
    except ValueError:
        pass
    for column, cell in zip(columns.features, cells, strict=True):
        if (problem := _problem(cell, columns.instead(column))) is not None:
            raise source.error(f"line {line}, {columns.called(column)}: {problem}")
    return values  # all finite: only their sum was not


def _problem(cell: str, instead: str) -> str | None:
    """Return why a cell is no finite number and what to do, None if it is one."""
    text, value = cell.strip(" \t\r\n"), number(cell)
    if not text:
        return f"the cell is empty; fill it in, or {instead}"
    if value is None and is_missing(text):
        return f"{shown(text)} marks a missing value; fill it in, or {instead}"
    if value is None and _DECIMAL_COMMA.fullmatch(text):
        return f"{shown(text)} is not a number: it has a decimal comma; write {text.replace(',', '.')}"
    if value is None:
        return f"{shown(text)} is not a number; text feature: encode it as numbers or {instead}"
    if not math.isfinite(value):
        return f"{shown(text)} is not finite; replace it, or {instead}"
    return None
