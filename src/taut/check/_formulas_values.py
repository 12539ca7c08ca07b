"""Wrong values that any loss can have, with the line of the cure."""

from collections.abc import Callable, Iterator

import numpy as np

from taut.check._formulas_fault import Change, ValueFault, convention, scaled, with_penalty_value
from taut.check._formulas_loss_values import loss_value_faults
from taut.check._formulas_setting import MARGINED, Setting


def value_faults(at: Setting) -> Iterator[ValueFault]:
    """Every known wrong value of a setting's loss."""
    yield from _scales(at)
    yield from _changes(at)
    yield from _penalties(at)
    yield from _counts(at)
    yield from loss_value_faults(at)


def value_of_penalty(at: Setting) -> str:
    """What the regulariser should read."""
    return "reg*sum(W*W)" if at.convention == "full" else "0.5*reg*sum(W*W)"


def _scales(at: Setting) -> Iterator[ValueFault]:
    word, n, k = value_of_penalty(at), at.n, at.k
    part, divide = f"the regulariser of the loss is {word}", f"divide the sum by N = {n}"
    scales: tuple[tuple[str, str, float, float], ...] = (
        ("the sum over the examples is not divided by N", divide, n, 1.0),
        ("the sum is divided by N - 1", divide, n / max(n - 1, 1), 1.0),
        ("the sum is divided by N*C", divide, 1 / k, 1.0),
        ("the sum is divided by N twice", f"{divide} once", 1 / n, 1.0),
        ("the whole loss is not divided by N", divide, n, n),
        ("the whole loss is divided by N once more", "divide only the sum, and once", 1 / n, 1 / n),
        ("the data part is doubled", "drop the factor 2", 2.0, 1.0),
        ("the data part is halved", "drop the factor 1/2", 0.5, 1.0),
        ("the whole loss is doubled", "drop the factor 2", 2.0, 2.0),
        ("the regulariser is missing", f"add {word}", 1.0, 0.0),
        ("the regulariser is doubled", part, 1.0, 2.0),
        ("the regulariser is halved", part, 1.0, 0.5),
        ("the regulariser is four times too large", part, 1.0, 4.0),
        ("the regulariser is divided by N", f"add {word} after the division by N", 1.0, 1 / n),
        ("the regulariser is added for every example", f"add {word} once, after the loop", 1.0, n),
        ("the regulariser is subtracted", f"add {word}", 1.0, -1.0),
        ("the sum is not divided by N and the regulariser is missing", f"{divide} and add {word}", n, 0.0),
        ("the data part has the opposite sign", "negate the data part", -1.0, 1.0),
        ("the whole loss has the opposite sign", "negate the loss", -1.0, -1.0),
        ("the data part is missing", "add the mean loss of the examples", 0.0, 1.0),
    )
    for says, cure, data, penalty in scales:
        yield convention(says, cure, scaled(data, penalty))


def _changes(at: Setting) -> Iterator[ValueFault]:
    changes: list[tuple[str, str, Change]] = []
    if at.bias_row is not None:
        line = f"leave row {at.bias_row} of W out of the regulariser"
        changes.append(("the regulariser counts the bias too", line, lambda at: at.but(bias_row=None)))
    if at.loss in MARGINED:
        line = "compare s_j - s_y + margin with 0"
        changes.append(("the margin is left out", line, lambda at: at.but(margin=0.0)))
        changes.append(("the margin is subtracted", line, lambda at: at.but(margin=-at.margin)))
        changes.append(("the margin is 1", f"use {at.margin:g}", lambda at: at.but(margin=1.0)))
    for says, cure, change in changes:
        yield convention(says, cure, change)


def _penalties(at: Setting) -> Iterator[ValueFault]:
    """Something else where the sum of squares belongs."""
    line = f"the regulariser of the loss is {value_of_penalty(at)}"
    shapes: tuple[tuple[str, Callable[[Setting], float]], ...] = (
        ("the sum of W", lambda at: float(np.sum(at.penalised))),
        ("the sum of |W|", lambda at: float(np.sum(np.abs(at.penalised)))),
        ("the norm of W, not squared", lambda at: float(np.linalg.norm(at.penalised))),
        ("the mean of W*W", lambda at: float(np.mean(at.penalised**2))),
        ("the sum of X*X", lambda at: float(np.sum(at.X**2))),
        ("reg alone", lambda _: 1.0),
    )
    for word, shape in shapes:
        says = f"the regulariser has {word} in the place of the sum of W*W"
        for factor in (0.5, 1.0):
            yield _reg_times(says, line, factor, shape)


def _reg_times(says: str, cure: str, factor: float, shape: Callable[[Setting], float]) -> ValueFault:
    return with_penalty_value(says, cure, lambda at: factor * at.reg * shape(at))


def _counts(at: Setting) -> Iterator[ValueFault]:
    for rows, word in ((slice(None, -1), "last"), (slice(1, None), "first")):
        for divisor in (at.n, max(at.n - 1, 1)):
            yield _some(f"the {word} example does not count", "let the loop run over all N examples", rows, divisor)
    for rows, word in ((slice(-1, None), "last"), (slice(None, 1), "first")):
        for divisor in (1, at.n):
            yield _some(f"only the {word} example counts", "add every example to the loss", rows, divisor)


def _some(says: str, cure: str, rows: slice, divisor: int) -> ValueFault:
    def value(at: Setting) -> float:
        return at.data_scale * float(at.sample_values[rows].sum()) / divisor + at.penalty_value

    return ValueFault(says, cure, value)
