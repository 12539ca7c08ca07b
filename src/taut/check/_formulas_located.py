"""Wrong formulas that spoil one place: a column, a row or one coordinate. The place is read from the given gradient."""

from collections.abc import Iterator

import numpy as np

from taut.check._formulas_arrays import Array
from taut.check._formulas_formula import Formula, derivative_of_penalty
from taut.check._formulas_setting import Setting


def located_formulas(at: Setting, given: Array, tolerance: Array) -> Iterator[Formula]:
    """The formulas that spoil exactly the place in which the given gradient differs from the right one."""
    wrong = np.abs(given - at.right) > tolerance
    if not wrong.any():
        return
    rows, columns = np.flatnonzero(wrong.any(axis=1)), np.flatnonzero(wrong.any(axis=0))
    if len(columns) == 1 and wrong.shape[1] > 1:
        yield from _line(at, "column", int(columns[0]))
    if len(rows) == 1 and wrong.shape[0] > 1:
        yield from _line(at, "row", int(rows[0]))
    if len(columns) == len(rows) == 1:
        yield _coordinate(given, at.right, int(rows[0]), int(columns[0]))


def _line(at: Setting, word: str, index: int) -> Iterator[Formula]:
    """A whole column or row that is zero, or lacks one of its parts."""
    where: tuple[int | slice, int | slice] = (slice(None), index) if word == "column" else (index, slice(None))
    size = at.W.shape[1 if word == "column" else 0]
    name = f"{word} {index}" + (" (the last)" if index == size - 1 else "")
    count = "C classes" if word == "column" else "D features"
    parts = (
        (f"one {word} zero", f"{name} is zero", f"let the loop run over all {count}", 0.0 * at.right),
        (f"one {word}'s data missing", f"{name} has only the regulariser", f"let the loop run over all {count}",
         at.penalty),
        (f"one {word}'s regulariser missing", f"{name} lacks {derivative_of_penalty(at)}",
         f"add {derivative_of_penalty(at)} in every {word} that the value's regulariser has", at.data),
        (f"one {word}'s regulariser doubled", f"{name} has {derivative_of_penalty(at)} twice",
         f"add {derivative_of_penalty(at)} once", at.right + at.penalty),
        (f"one {word}'s sign", f"{name} has the opposite sign", f"treat every {word} alike", -at.right),
        (f"one {word} not divided by N", f"{name} is not divided by N", "divide the whole of the sum by N",
         at.data * at.n + at.penalty),
        (f"one {word} doubled", f"{name} is twice what it should be", f"treat every {word} alike", 2.0 * at.right),
    )  # fmt: skip
    bias = word == "row" and index == size - 1 and at.bias_row is None  # that has a name of its own
    for kind, says, cure, part in parts:
        if bias and kind == "one row's regulariser missing":
            continue
        spoiled = at.right.copy()
        spoiled[where] = part[where]
        yield _fixed(kind, says, cure, spoiled)


def _fixed(kind: str, says: str, cure: str, gradient: Array) -> Formula:
    return Formula(kind, says, cure, lambda _: gradient)


def _coordinate(given: Array, right: Array, row: int, column: int) -> Formula:
    """One entry, whatever stands in it."""
    spoiled = right.copy()
    spoiled[row, column] = given[row, column]
    is_, ought = float(given[row, column]), float(right[row, column])
    ratio = f", {is_ / ought:.4g} times as much" if ought else ""
    return _fixed(
        "one coordinate",
        f"only W[{row}, {column}] is wrong: {is_:.6g} and not {ought:.6g}{ratio}",
        f"see what the code does to W[{row}, {column}] alone",
        spoiled,
    )
