"""Labels, numeric targets and weights: one rule each, whatever the format."""

import math
import re
from collections.abc import Callable, Sequence

import numpy as np

from taut._typing import AnyArray, FloatArray
from taut.data._error import DataError, shown

Fail = Callable[[int, str], DataError]  # (row index, what is wrong) -> the error that says where

_INTEGER = re.compile(r"[+-]?[0-9]+")
_INT64 = np.iinfo(np.int64)
# A unicode array gives every row the room of its longest label.
_LONGEST_LABEL = 500


def number(text: str) -> float | None:
    """Return the number that `text` spells, None if it spells none."""
    # float() would also take 1_000 and digits of other scripts.
    if "_" in text or not text.isascii():
        return None
    try:
        return float(text)
    except ValueError:
        return None


def numbers_from_text(texts: Sequence[str], what: str, fail: Fail) -> FloatArray:
    """Return finite float64 values of text cells; `what` names them in errors."""
    values = [number(text) for text in texts]
    for row, value in enumerate(values):
        if value is None or not math.isfinite(value):
            problem = "is not a number" if value is None else "is not finite"
            said = f"{shown(texts[row])} {problem}" if texts[row] else "is empty"
            raise fail(row, f"the {what} {said}; a finite number is needed")
    return np.array(values, dtype=np.float64)


def labels_from_text(texts: Sequence[str], fail: Fail) -> AnyArray:
    """Return int64 labels if every text is an integer, else the texts as a unicode array."""
    distinct = set(texts)
    if "" in distinct:
        raise fail(texts.index(""), "the label is empty; fill it in, or take the row out")
    longest = max(distinct, key=len)
    if len(longest) > _LONGEST_LABEL:
        raise fail(texts.index(longest), f"the label has {len(longest)} characters; is this the target column?")
    if all(_INTEGER.fullmatch(text) for text in distinct):
        codes = {text: int(text) for text in distinct}
        if all(_INT64.min <= code <= _INT64.max for code in codes.values()):
            return np.fromiter((codes[text] for text in texts), np.int64, len(texts))
    return np.array(texts, dtype=np.str_)


def target_from_text(texts: Sequence[str], numbers: bool, fail: Fail) -> AnyArray:
    """Return the target of a text file."""
    return numbers_from_text(texts, "target", fail) if numbers else labels_from_text(texts, fail)


def target_from_array(values: AnyArray, numbers: bool, fail: Fail) -> AnyArray:
    """Return the target from a typed (n,) array: integers and booleans are int64, text stays text."""
    if values.dtype.kind == "S":
        values = np.char.decode(values, "utf-8", "replace")
    if values.dtype.kind == "U" and not numbers:
        for row in np.flatnonzero(values == ""):
            raise fail(int(row), "the label is empty; fill it in, or take the row out")
        return values
    if values.dtype.kind not in "biuf":
        raise fail(0, f"the target has type {values.dtype}; {'numbers' if numbers else 'labels'} are needed")
    as_float = values.astype(np.float64)
    for row in np.flatnonzero(~np.isfinite(as_float)):
        raise fail(int(row), f"the {'target' if numbers else 'label'} {as_float[row]} is not finite")
    if numbers:
        return as_float
    if values.dtype.kind in "bi" or bool(np.all((np.abs(as_float) < 2.0**63) & (np.rint(as_float) == as_float))):
        return values.astype(np.int64)
    return values.astype(np.str_)


def checked_weights(values: FloatArray, fail: Fail) -> FloatArray:
    """Return the weights if all are finite and none negative, and one at least positive."""
    for row in np.flatnonzero(~(np.isfinite(values) & (values >= 0))):
        problem = "is negative" if values[row] < 0 else "is not finite"
        raise fail(int(row), f"the weight {values[row]} {problem}; weights are finite and at least 0")
    if not values.any():
        raise fail(0, "this weight and all others are 0; one at least must be positive")
    return values
