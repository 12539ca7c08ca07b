"""Minibatch stochastic gradient descent."""

from dataclasses import dataclass

import numpy as np

from taut._typing import FloatArray
from taut.objective import LinearObjective
from taut.solvers._base import Iterate, Iterates, Solver


@dataclass(frozen=True)
class SGD(Solver):
    """θ ← θ − step · ∇P estimated from a batch; every epoch visits all rows once, in a new order.

    Parameters
    ----------
    learning_rate : float or None
        The step; None takes 1 / (c · mean ‖x‖² + l2), c the largest curvature of the loss at θ = 0
        or 1 for a kinked one: short enough not to diverge on unit-sized scores.
    decay : float
        Multiplies the step after every epoch.
    batch_size : int
        Rows a step; capped at n.
    momentum : float
        Share of the last move that is added to the next one.
    seed : int
        Of the order of the rows.
    passes : int
        Already made by earlier calls: the step has decayed so far, and the order of rows is another one.
    """

    learning_rate: float | None = None
    decay: float = 1.0
    batch_size: int = 200
    momentum: float = 0.0
    seed: int = 0
    passes: int = 0

    def iterates(self, risk: LinearObjective, theta: FloatArray) -> Iterates:
        """One epoch an iterate; its value is the mean of the batches' estimates."""
        rng = np.random.default_rng([self.seed, self.passes] if self.passes else self.seed)
        n = len(risk.targets)
        batch = min(self.batch_size, n)
        step = float(self.learning_rate) if self.learning_rate is not None else default_step(risk)
        step *= self.decay**self.passes
        velocity, passes = np.zeros_like(theta), 0.0
        certified = risk.loss.rounded(0.5 * (risk.loss.margin or 1.0))
        while True:
            order, total, count = rng.permutation(n), 0.0, 0
            for begin in range(0, n, batch):
                rows = np.sort(order[begin : begin + batch])  # sorted rows are read faster, the sum is the same
                value, gradient = risk.batch_value_and_gradient(theta, rows)
                velocity = self.momentum * velocity - step * gradient
                theta = theta + velocity
                total, count = total + value * len(rows), count + len(rows)
                if not np.isfinite(value):
                    break  # the run loop sees it and says so
            passes += 1
            yield Iterate(theta, total / count, None, passes, certified, step)
            step *= self.decay


def default_step(risk: LinearObjective) -> float:
    """1 / (c · mean ‖x‖² + l2), see `SGD`."""
    _, squares = risk.matrix.column_moments(risk.all_weights)
    mean_square = float(squares.sum()) / risk.weight_sum + risk.model.intercept
    curvature = float(risk.curvature(np.zeros(risk.model.size), risk.loss).max(initial=0.0)) or 1.0
    return 1.0 / (curvature * mean_square + risk.l2 or 1.0)
