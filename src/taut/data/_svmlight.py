"""svmlight / libsvm files: ``label index:value index:value … # comment``, indices from 1."""

import math
from array import array
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import numpy as np

from taut._typing import AnyArray, FloatArray
from taut.data._arrays import csr
from taut.data._dataset import Dataset
from taut.data._error import DataError, shown
from taut.data._options import Options
from taut.data._source import Source
from taut.data._targets import number, target_from_array, target_from_text

_LARGEST_INDEX = 2**31 - 1
_EXACT = 2.0**53  # labels beyond it are read from the text, not from a float


def read_svmlight(source: Source, options: Options) -> Dataset:
    """Read an svmlight file: by scikit-learn's parser, by the plain one where that fails or may err."""
    options.refuse(source.label, "svmlight has no columns", "target", "weight", "drop")
    content = source.stream.read()
    y: AnyArray | None
    fast = _fast(content, options.n_features)
    if fast is not None and (options.numbers or np.array_equal(fast[1], np.rint(fast[1]))):
        X, labels = fast
        y = target_from_array(labels, options.numbers, source.row_error)
    else:
        scan = Scan(source).all(content)
        X, y = scan.matrix(options.n_features), scan.target(options.numbers)
    return source.dataset(X, y)


def _fast(content: bytes, n_features: int | None) -> tuple[Any, FloatArray] | None:
    """Return X and the labels as floats, None if anything is suspicious."""
    from sklearn.datasets import load_svmlight_file

    # The parser takes 1_000 for a number and stops looking for comments at a NUL.
    if b"_" in content or b"\0" in content:
        return None
    try:
        X, labels = load_svmlight_file(BytesIO(content), zero_based=False, n_features=n_features)
    except (ValueError, OverflowError, IndexError):
        return None
    if not X.nnz or not np.isfinite(X.data).all() or not np.all(np.abs(labels) < _EXACT):
        return None
    return csr(X.data, X.indices, X.indptr, X.shape), labels


@dataclass
class Scan:
    """The plain parser: slower, takes text labels, and says which line is wrong and why."""

    source: Source
    several: bool = False
    """Whether a line may have any number of labels, apart by commas; none where it starts with an entry."""
    lines: "array[int]" = field(default_factory=lambda: array("q"))
    labels: list[str] = field(default_factory=list)
    indptr: "array[int]" = field(default_factory=lambda: array("q", [0]))
    indices: "array[int]" = field(default_factory=lambda: array("q"))
    values: "array[float]" = field(default_factory=lambda: array("d"))

    def all(self, content: bytes) -> "Scan":
        """Take in every line."""
        for line, raw in enumerate(BytesIO(content), start=1):
            try:
                text = raw.partition(b"#")[0].decode("utf-8")
            except UnicodeDecodeError as error:
                raise self._error(line, f"byte {error.start} of the line is not UTF-8; save it as UTF-8") from None
            if "\0" in text:
                raise self._error(line, "a NUL byte; this is no text file, or a damaged one")
            if tokens := text.split():
                self._line(line, tokens)
        return self

    def _error(self, line: int, what: str) -> DataError:
        return self.source.error(f"line {line}: {what}")

    def _row_error(self, row: int, what: str) -> DataError:
        return self._error(self.lines[row], what)

    def _line(self, line: int, tokens: list[str]) -> None:
        label, *entries = tokens
        if self.several:
            label, entries = ("", tokens) if ":" in label else (label, entries)
        elif ":" in label:
            raise self._error(line, f"it starts with {shown(label)}: the label is missing; write one (0, say) first")
        if not self.several and "," in label and all(number(part) is not None for part in label.split(",")):
            raise self._error(line, f"{shown(label)} is multi-label; one label for each line is needed")
        if entries and entries[0].startswith("qid:"):
            del entries[0]
        previous = 0
        for entry in entries:
            previous = self._entry(line, entry, previous)
        self.lines.append(line)
        self.labels.append(label)
        self.indptr.append(len(self.values))

    def _entry(self, line: int, entry: str, previous: int) -> int:
        """Take in one ``index:value`` and return its index."""
        left, colon, right = entry.partition(":")
        if not colon:
            raise self._error(line, f"{shown(entry)} has no colon; features are written index:value")
        if not (left.isascii() and left.lstrip("+-").isdigit()):
            raise self._error(line, f"the index in {shown(entry)} is not an integer")
        index, value = (int(left) if len(left) < 20 else _LARGEST_INDEX + 1), number(right)
        if index < 1 or left.startswith("-"):
            hint = "; if the file counts from 0, add 1 to every index" if index == 0 else ""
            raise self._error(line, f"the index in {shown(entry)}: indices start at 1{hint}")
        if index > _LARGEST_INDEX:
            raise self._error(line, f"the index in {shown(entry)} is larger than {_LARGEST_INDEX}")
        if index <= previous:
            problem = "occurs twice" if index == previous else f"comes after {previous}"
            raise self._error(line, f"the index {index} {problem}; indices must ascend")
        if value is None or not math.isfinite(value):
            problem = "is not a number" if value is None else "is not finite"
            raise self._error(line, f"column {index}: the value in {shown(entry)} {problem}")
        self.indices.append(index - 1)
        self.values.append(value)
        return index

    def matrix(self, n_features: int | None) -> Any:
        """Return X as csr_array with `n_features` columns, or as many as there are."""
        largest = max(self.indices, default=-1) + 1
        if n_features is not None and largest > n_features:
            row = np.searchsorted(self.indptr, self.indices.index(largest - 1), side="right") - 1
            raise self._row_error(int(row), f"the index {largest} is larger than the {n_features} features expected")
        values, indices, indptr = (np.array(part) for part in (self.values, self.indices, self.indptr))
        return csr(values, indices, indptr, (len(self.labels), largest if n_features is None else n_features))

    def target(self, numbers: bool) -> AnyArray | None:
        """Return labels; numbers with integer values are integers, however they are written."""
        if not self.labels:
            return None
        y = target_from_text(self.labels, numbers, self._row_error)
        if y.dtype.kind != "U":
            return y
        values = [number(label) for label in self.labels]
        if any(value is None or abs(value) >= _EXACT or not value.is_integer() for value in values):
            return y
        return np.array(values, dtype=np.float64).astype(np.int64)
