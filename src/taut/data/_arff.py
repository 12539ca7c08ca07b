"""ARFF files, dense or sparse: attributes with their names and types, then rows.

SciPy's reader takes no sparse rows and names no line, and most multi-label collections are sparse.
"""

import csv
import math
import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from taut.data._arrays import csr
from taut.data._error import DataError, listed, shown
from taut.data._lines import Lines
from taut.data._source import Source
from taut.data._targets import number

_ATTRIBUTE = re.compile(r"""@attribute\s+('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s{]+)\s*(.*)""", re.IGNORECASE)
_MEKA = re.compile(r"(?:^|\s)-C\s+(-?[0-9]{1,9})(?=\s|$)")
_INDEX = re.compile("[0-9]{1,9}")
_NUMERIC = ("numeric", "real", "integer")


@dataclass
class Arff:
    """One ARFF file.

    Attributes
    ----------
    places : dict
        The names of the attributes, in their order, with their numbers from 0.
    meka_labels : int or None
        The number behind -C in the relation: so many labels first; last, where it is negative.
    lines : array
        The line of each row, counted from 1.
    """

    source: Source
    places: dict[str, int] = field(default_factory=dict)
    kinds: list[str] = field(default_factory=list)
    meka_labels: int | None = None
    sparse: bool | None = None
    lines: "array[int]" = field(default_factory=lambda: array("q"))
    values: "array[float]" = field(default_factory=lambda: array("d"))
    indices: "array[int]" = field(default_factory=lambda: array("q"))
    indptr: "array[int]" = field(default_factory=lambda: array("q", [0]))

    @classmethod
    def of(cls, source: Source) -> "Arff":
        """Read all of it."""
        arff, lines = cls(source), Lines(source)
        arff._header(lines)
        for text in _told(lines):
            arff._row(lines.number, text)
            arff.lines.append(lines.number)
            arff.indptr.append(len(arff.values))
        if not arff.lines:
            raise source.error("no data: nothing follows @data")
        return arff

    @property
    def names(self) -> list[str]:
        """The names of the attributes."""
        return list(self.places)

    def table(self) -> Any:
        """All columns, (n, attributes): ndarray, or csr_array of sparse rows."""
        values, shape = np.array(self.values), (len(self.lines), len(self.kinds))
        if not self.sparse:
            return values.reshape(shape)
        return csr(values, np.array(self.indices), np.array(self.indptr), shape)

    def error(self, line: int, what: str) -> DataError:
        """The error that says `what` about a line."""
        return self.source.error(f"line {line}: {what}")

    def _header(self, lines: Lines) -> None:
        for text in _told(lines):
            word = text.split(None, 1)[0].lower()
            if word == "@data":
                if not self.kinds:
                    raise self.error(lines.number, "@data comes before any @attribute")
                return
            if word == "@relation":
                found = _MEKA.search(_unquoted(text[len(word) :].strip()))
                self.meka_labels = int(found.group(1)) if found else None
            elif word == "@attribute":
                self._attribute(lines.number, text)
            else:
                raise self.error(lines.number, f"{shown(text)}: @relation, @attribute or @data is expected here")
        raise self.source.error("no @data: is this an ARFF file, and all of it?")

    def _attribute(self, line: int, text: str) -> None:
        found = _ATTRIBUTE.fullmatch(text)
        name, kind = (_unquoted(found.group(1)), found.group(2).strip()) if found else ("", "")
        if not name or not kind:
            raise self.error(line, f"{shown(text)}: an attribute is written @attribute name type")
        if name in self.places:
            raise self.error(line, f"the attribute {shown(name)} occurs twice; give each its own name")
        if kind.lower() not in _NUMERIC:
            self._check_nominal(line, name, kind)
        self.places[name] = len(self.kinds)
        self.kinds.append(kind)

    def _check_nominal(self, line: int, name: str, kind: str) -> None:
        """Raise unless a type is a list of numbers, {0,1} say."""
        if not (kind.startswith("{") and kind.endswith("}")):
            raise self.error(line, f"the attribute {shown(name)} has type {shown(kind)}; numbers are needed: encode it")
        for word in kind[1:-1].split(","):
            if number(_unquoted(word.strip())) is None:
                what = f"the attribute {shown(name)} takes the value {shown(word.strip())}"
                raise self.error(
                    line, f"{what}; numbers are needed: encode it as numbers, one column of 0 and 1 a value"
                )

    def _row(self, line: int, text: str) -> None:
        sparse = text.startswith("{")
        if self.sparse is None:
            self.sparse = sparse
        elif self.sparse != sparse:
            raise self.error(line, "sparse rows {…} and rows without braces are mixed; write all in one way")
        if sparse:
            self._sparse_row(line, text)
            return
        cells = self._cells(line, text)
        if len(cells) != len(self.kinds):
            raise self.error(line, f"{len(cells)} cells found, {len(self.kinds)} attributes expected")
        self.values.extend(self._value(line, column, cell) for column, cell in enumerate(cells))

    def _sparse_row(self, line: int, text: str) -> None:
        inside, brace, beyond = text[1:].partition("}")
        if not brace or beyond.strip():
            raise self.error(line, "a sparse row is written {index value, …} and nothing after it (no weights)")
        previous = -1
        for entry in self._cells(line, inside) if inside.strip() else []:
            index, cell = [*entry.split(None, 1), "", ""][:2]
            if not (_INDEX.fullmatch(index) and int(index) < len(self.kinds)):
                known = f"attributes are numbered 0 to {len(self.kinds) - 1}"
                raise self.error(line, f"{shown(entry.strip())}: an entry is written index value, and {known}")
            if int(index) <= previous:
                raise self.error(line, f"the index {index} comes after {previous}; indices must ascend")
            previous = int(index)
            self._check_left_out(line, previous)
            self.indices.append(previous)
            self.values.append(self._value(line, previous, cell))

    def _cells(self, line: int, text: str) -> list[str]:
        if "'" not in text and '"' not in text:
            return text.split(",")
        quote = "'" if "'" in text else '"'
        try:
            return next(csv.reader([text], quotechar=quote, skipinitialspace=True, escapechar="\\"))
        except csv.Error as error:
            raise self.error(line, f"its quoted cells cannot be read ({error})") from None

    def _check_left_out(self, line: int, column: int) -> None:
        """Raise where what a sparse row leaves out is not 0: of {1,0} it is the first value."""
        kind = self.kinds[column]
        first = number(_unquoted(kind[1:].split(",")[0].strip(" }"))) if kind.startswith("{") else 0.0
        if first != 0.0:
            what = f"the attribute {shown(self.names[column])} has values {kind}: sparse rows leave out the first"
            raise self.error(line, f"{what}, which is not 0; write {{0,…}}")

    def _value(self, line: int, column: int, cell: str) -> float:
        text = _unquoted(cell.strip())
        value = number(text)
        if value is not None and math.isfinite(value):
            return value
        problem = "marks a missing value; fill it in" if text == "?" else "is not a finite number"
        raise self.error(line, f"attribute {shown(self.names[column])}: {shown(text)} {problem}")

    def positions(self, names: Sequence[str], told_by: str) -> list[int]:
        """The columns of some attributes, or an error that says which are not there."""
        missing = [repr(name) for name in names if name not in self.places]
        if missing:
            raise self.source.error(
                f"no attribute {listed(missing)}, which {told_by} names; it has {listed(self.names)}"
            )
        return [self.places[name] for name in names]


def _told(lines: Lines) -> Iterator[str]:
    """The lines that are neither blank nor a comment."""
    for line in lines:
        text = line.strip()
        if text and not text.startswith("%"):
            yield text


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text
