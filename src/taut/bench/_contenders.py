"""Who takes part: taut, and whatever it is compared with; and that all compute the same."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from taut import loss_and_gradient
from taut.bench._error import BenchError
from taut.bench._numpy_form import Evaluation, numpy_form
from taut.bench._peers import Evaluate, peers
from taut.bench._problem import Problem
from taut.losses import LOSSES

TOLERANCE = {"float32": 1e-4, "float64": 1e-9}
JUMP = 1e-3
"""In float32 a margin may round to the other side of its kink, and its row's share of the gradient with it."""


def timed_contenders(loss: str, problem: Problem) -> dict[str, Evaluate]:
    """All that evaluate this loss on this problem, taut first, each with its arrays prepared."""
    ours = taut_form(loss, problem)
    if problem.is_bytes:
        return {"taut": ours, "float32": taut_form(loss, problem.as_float32())}
    return {"taut": ours, "numpy": numpy_form(loss, problem), **peers(loss, problem)}


def taut_form(loss: str, problem: Problem) -> Evaluate:
    """One evaluation by taut itself."""
    X = problem.matrix()
    return lambda: loss_and_gradient(problem.W, X, problem.y, loss=loss)


def copied_form(loss: str, problem: Problem) -> Evaluate:
    """One evaluation on a float32 copy of the pixels, which is made first."""
    return lambda: taut_form(loss, problem.as_float32())()


MEASURED: dict[str, Callable[[str, Problem], Evaluate]] = {
    "taut": taut_form,
    "numpy": numpy_form,
    "float32": copied_form,
}
"""Whose memory can be measured. A float32 copy that pixels do not need counts as memory of that way."""


class Difference(NamedTuple):
    """How far a contender is from taut, relative to taut: |difference| / |loss|, ‖difference‖ / ‖gradient‖."""

    loss: float
    gradient: float


def difference(ours: Evaluation, found: Evaluation) -> Difference:
    """Compare two evaluations; NaN where either holds one."""
    apart, turned = abs(found[0] - ours[0]), float(np.linalg.norm(found[1] - ours[1]))
    return Difference(_relative(apart, abs(ours[0])), _relative(turned, float(np.linalg.norm(ours[1]))))


def _relative(difference: float, size: float) -> float:
    """Where nothing differs, a size of 0 does not matter."""
    return 0.0 if difference == 0 else difference / size if size > 0 else math.inf


def checked_difference(loss: str, problem: Problem, name: str, ours: Evaluation, found: Evaluation) -> Difference:
    """Compare a contender with taut, and refuse to time one that computes something else.

    Raises
    ------
    BenchError
        Its loss or its gradient differs from taut's by more than rounding.
    """
    dtype, apart = str(problem.W.dtype), difference(ours, found)
    tolerance = TOLERANCE[dtype]
    jump = JUMP if LOSSES[loss].kinked and dtype == "float32" else tolerance
    if apart.loss <= tolerance and apart.gradient <= jump:  # which NaN is not
        return apart
    raise BenchError(
        f"{problem.name}, {problem.dtype}, {loss}: {name} and taut disagree, relative difference {apart.loss:.1e} of "
        f"the loss and {apart.gradient:.1e} of the gradient, where {tolerance:.0e} and {jump:.0e} are rounding"
    )
