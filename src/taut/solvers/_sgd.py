"""Minibatch stochastic gradient descent."""

from dataclasses import dataclass

import numpy as np

from taut._typing import FloatArray
from taut.objective import Objective
from taut.solvers._minibatch import Minibatch, Penalties, Update


@dataclass(frozen=True)
class SGD(Minibatch):
    """θ ← θ − step · ∇P estimated from a batch (+ momentum).

    Without a learning rate the step is 1 / steepness of the risk: of a linear one 1 / (c · mean ‖x‖² + l2), c the
    largest curvature of the loss at θ = 0 or 1 for a kinked one, short enough not to diverge on unit-sized scores.

    Parameters
    ----------
    momentum : float
        Share of the last move that is added to the next one.
    """

    momentum: float = 0.0

    def default_step(self, risk: Objective, theta: FloatArray) -> float:
        """1 / steepness."""
        return 1.0 / risk.steepness(theta)

    def rule(self, theta: FloatArray) -> Update:
        """Velocity ← momentum · velocity − step · gradient; θ ← θ + velocity."""
        return Momentum(np.zeros_like(theta), self.momentum)


@dataclass(frozen=True)
class Momentum(Update):
    """The moves so far, each earlier one counting less by the factor ``share``."""

    velocity: FloatArray
    share: float

    def plain(self, theta: FloatArray, gradient: FloatArray, step: float) -> None:
        """In NumPy's passes."""
        np.multiply(self.velocity, self.share, out=self.velocity)
        np.multiply(gradient, step, out=gradient)
        np.subtract(self.velocity, gradient, out=self.velocity)
        theta += self.velocity

    def compiled(self, theta: FloatArray, gradient: FloatArray, step: float, penalties: Penalties) -> None:
        """In one pass."""
        from taut.kernels._moves import momentum_move

        move = momentum_move(theta.dtype.name)
        for part, l2 in penalties:
            move(theta[part], gradient[part], self.velocity[part], l2, self.share, step)
