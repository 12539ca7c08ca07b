"""Limited-memory BFGS in the scale of the data."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from taut._typing import FloatArray
from taut.losses import Loss
from taut.objective import LinearObjective
from taut.solvers._base import Iterate, Iterates
from taut.solvers._line_search import Idle, line_search
from taut.solvers._preconditioner import Preconditioner
from taut.solvers._sharpening import Sharpening

TINY = 1e-200
"""A curvature below this cannot be inverted."""

Pairs = deque[tuple[FloatArray, FloatArray, float]]


@dataclass(frozen=True)
class QuasiNewton(Sharpening):
    """L-BFGS whose first guess of the inverse Hessian is the inverse of the data's second moment.

    Parameters
    ----------
    memory : int
        Pairs of moves kept.

    References
    ----------
    J. Nocedal, S. Wright, "Numerical Optimization", 2nd ed., 2006, algorithm 7.4.
    """

    memory: int = 20

    def stage(self, risk: LinearObjective, theta: FloatArray, loss: Loss, passes: float) -> Iterates:
        pairs: Pairs = deque(maxlen=self.memory)

        def evaluate(point: FloatArray) -> tuple[float, FloatArray]:
            return risk.value_and_gradient(point, loss)

        idle = Idle()
        value, gradient = evaluate(theta)
        passes += 1
        step = 0.0
        if not np.isfinite(value):
            yield Iterate(theta, value, gradient, passes, loss, step)
        scale = Preconditioner.at(risk, theta, loss)
        while True:
            direction = -_two_loop(gradient, pairs, scale)
            yield Iterate(theta, value, gradient, passes, loss, step)
            found = line_search(evaluate, theta, value, gradient, direction)
            if found is None and pairs:
                pairs.clear()  # the memory may be what misleads: once more from the preconditioner alone
                found = line_search(evaluate, theta, value, gradient, -scale.solve(gradient))
            if found is None:
                return
            move, bend = found.theta - theta, found.gradient - gradient
            curved = float(move @ bend)
            if curved > max(1e-16 * float(np.linalg.norm(move) * np.linalg.norm(bend)), TINY):
                pairs.append((move, bend, 1.0 / curved))
            if idle.after(value, found.value):
                return
            theta, value, gradient, step = found.theta, found.value, found.gradient, found.length
            passes += found.evaluations


def _two_loop(gradient: FloatArray, pairs: Pairs, scale: Preconditioner) -> FloatArray:
    """H g by the two-loop recursion, with the scaled preconditioner in the middle."""
    q = gradient.copy()
    shares = []
    for move, bend, inverse in reversed(pairs):
        share = inverse * float(move @ q)
        q -= share * bend
        shares.append(share)
    direction = scale.solve(q)
    if pairs:
        move, bend, inverse = pairs[-1]
        direction *= 1.0 / (inverse * float(bend @ scale.solve(bend)))
    for (move, bend, inverse), share in zip(pairs, reversed(shares), strict=True):
        direction += (share - inverse * float(bend @ direction)) * move
    return direction
