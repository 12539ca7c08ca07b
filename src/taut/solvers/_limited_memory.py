"""Limited-memory BFGS: the recursion, in whatever scale it is given, and the solver of problems that are not convex."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from taut._typing import FloatArray
from taut.matrix import add_multiple
from taut.objective import Objective
from taut.solvers._base import GeneralSolver, Iterate, Iterates
from taut.solvers._line_search import Idle, line_search

TINY = 1e-200
"""A curvature below this cannot be inverted."""

Pairs = deque[tuple[FloatArray, FloatArray, float]]
Scale = Callable[[FloatArray], FloatArray]
"""A first guess of the inverse Hessian times a vector."""


class Point(NamedTuple):
    """An accepted point, the step that led there, and the evaluations that it took."""

    theta: FloatArray
    value: float
    gradient: FloatArray
    step: float
    evaluations: int


def minimise(
    evaluate: Callable[[FloatArray], tuple[float, FloatArray]],
    theta: FloatArray,
    scale_at: Callable[[FloatArray], Scale],
    memory: int,
    pairs: Pairs | None = None,
    remembered: type[np.floating[Any]] = np.float64,
) -> Iterator[Point]:
    """The start, then one accepted line search a point; the end means that no further step helps.

    ``pairs`` of an earlier call are gone on with, where the function is nearly the same. What is ``remembered`` in
    float32 takes half the time; the direction is a guess in any case.

    References
    ----------
    J. Nocedal, S. Wright, "Numerical Optimization", 2nd ed., 2006, algorithm 7.4.
    """
    pairs = deque(maxlen=memory) if pairs is None else pairs
    idle = Idle()
    value, gradient = evaluate(theta)
    last = Point(theta, value, gradient, 0.0, 1)
    if not np.isfinite(value):
        yield last
    scale = scale_at(theta)
    while True:
        direction = _two_loop(-gradient.astype(remembered, copy=False), pairs, scale)
        yield last
        found = line_search(evaluate, theta, value, gradient, direction)
        if found is None and pairs:
            pairs.clear()  # the memory may be what misleads: once more from the scale alone
            found = line_search(evaluate, theta, value, gradient, -scale(gradient))
        if found is None:
            return
        move, bend = _change(theta, found.theta, remembered), _change(gradient, found.gradient, remembered)
        curved = float(move @ bend)
        if curved > max(1e-16 * float(np.linalg.norm(move) * np.linalg.norm(bend)), TINY):
            pairs.append((move, bend, 1.0 / curved))
        if idle.after(value, found.value):
            return
        theta, value, gradient = found.theta, found.value, found.gradient
        last = Point(theta, value, gradient, found.length, found.evaluations)


def _change(before: FloatArray, now: FloatArray, kept: type[np.floating[Any]]) -> FloatArray:
    """What was added, rounded once: the difference of rounded numbers would be rounding."""
    out = np.empty(len(now), kept)
    np.subtract(now, before, out=out, casting="same_kind")
    return out


def _two_loop(downhill: FloatArray, pairs: Pairs, scale: Scale) -> FloatArray:
    """H times −∇P, which is overwritten, by the two-loop recursion, with the scale in the middle."""
    shares = []
    for move, bend, inverse in reversed(pairs):
        share = inverse * float(move @ downhill)
        add_multiple(downhill, -share, bend)
        shares.append(share)
    direction = scale(downhill)
    if pairs:
        move, bend, inverse = pairs[-1]
        direction *= 1.0 / (inverse * float(bend @ scale(bend)))
    for (move, bend, inverse), share in zip(pairs, reversed(shares), strict=True):
        add_multiple(direction, share - inverse * float(bend @ direction), move)
    return direction.astype(np.float64, copy=False)


@dataclass(frozen=True)
class LimitedMemory(GeneralSolver):
    """L-BFGS on all rows, for risks that are not convex; kinks are left to the line search.

    Parameters
    ----------
    memory : int
        Pairs of moves kept.
    """

    memory: int = 20

    def iterates(self, risk: Objective, theta: FloatArray) -> Iterates:
        """One accepted line search an iterate; theta is float64 whatever the products are taken in."""

        def scale_at(theta: FloatArray) -> Scale:
            step = 1.0 / risk.steepness(theta)
            return lambda vector: step * vector

        passes = 0.0
        for point in minimise(risk.value_and_gradient, theta.astype(np.float64), scale_at, self.memory):
            passes += point.evaluations
            yield Iterate(point.theta, point.value, point.gradient, passes, risk.loss, point.step)
