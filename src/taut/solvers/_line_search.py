"""A step length by bracketing: enough descent, and a slope that has flattened (weak Wolfe conditions)."""

import math
from collections.abc import Callable
from typing import NamedTuple

from taut._typing import FloatArray

DESCENT, FLATTENED, TRIES = 1e-4, 0.9, 40


IDLE = 10
"""Steps in a row that change the value by no more than rounding before a solver gives up."""


class Idle:
    """Counts the steps that only move within the rounding of the value."""

    def __init__(self) -> None:
        self._count = 0

    def after(self, before: float, now: float) -> bool:
        """Whether too many steps in a row have gained nothing."""
        self._count = 0 if before - now > 1e-15 * abs(before) else self._count + 1
        return self._count >= IDLE


class Step(NamedTuple):
    """A point along the direction."""

    length: float
    theta: FloatArray
    value: float
    gradient: FloatArray
    evaluations: int


def line_search(
    evaluate: Callable[[FloatArray], tuple[float, FloatArray]],
    theta: FloatArray,
    value: float,
    gradient: FloatArray,
    direction: FloatArray,
) -> Step | None:
    """Find a step by bisection and doubling; it also works on functions with kinks.

    Returns None where no step lowers the value: rounding has the last word there.

    References
    ----------
    A. S. Lewis, M. L. Overton, "Nonsmooth optimization via quasi-Newton methods", Mathematical
    Programming 141, 2013, algorithm 2.6.
    """
    slope = float(gradient @ direction)
    if not slope < 0.0:
        return None
    low, high, length = 0.0, math.inf, 1.0
    noise = 4e-16 * abs(value)  # a fall below the rounding of the value cannot be seen
    best: Step | None = None
    for tried in range(1, TRIES + 1):
        # The first length is most often the last: of many weights a product with 1 takes as long as the sum.
        candidate = theta + (direction if length == 1.0 else length * direction)
        moved_value, moved_gradient = evaluate(candidate)
        enough = moved_value <= value + DESCENT * length * slope + noise
        if not enough or not math.isfinite(moved_value):
            high = length
        else:
            best = Step(length, candidate, moved_value, moved_gradient, tried)
            if float(moved_gradient @ direction) >= FLATTENED * slope:
                return best
            low = length
        length = 2 * length if math.isinf(high) else 0.5 * (low + high)
        if high - low <= 1e-14 * high:
            break
    return best._replace(evaluations=tried) if best is not None and best.value < value else None
