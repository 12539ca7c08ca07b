"""Minibatch stochastic gradient descent."""

from dataclasses import dataclass

import numpy as np

from taut._typing import FloatArray
from taut.objective import Objective
from taut.solvers._minibatch import COMPILED_FROM, Minibatch, Update


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
        """With a velocity, where there is momentum."""
        return Momentum(np.zeros_like(theta), self.momentum) if self.momentum else descend


def descend(theta: FloatArray, gradient: FloatArray, step: float) -> None:
    """θ ← θ − step · gradient."""
    gradient *= step
    theta -= gradient


@dataclass(frozen=True)
class Momentum:
    """The moves so far, each earlier one counting less by the factor ``share``."""

    velocity: FloatArray
    share: float

    def __call__(self, theta: FloatArray, gradient: FloatArray, step: float) -> None:
        """Velocity ← share · velocity − step · gradient; θ ← θ + velocity."""
        if len(theta) >= COMPILED_FROM:
            from taut.kernels._moves import momentum_move

            momentum_move(theta.dtype.name)(theta, gradient, self.velocity, self.share, step)
            return
        np.multiply(self.velocity, self.share, out=self.velocity)
        np.multiply(gradient, step, out=gradient)
        np.subtract(self.velocity, gradient, out=self.velocity)
        theta += self.velocity
