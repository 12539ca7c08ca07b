"""Minibatch stochastic gradient descent."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from taut._typing import FloatArray
from taut.objective import Objective
from taut.solvers._minibatch import Minibatch, Update


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


class Momentum(Update):
    """The moves so far, each earlier one counting less by the factor ``share``.

    Parameters
    ----------
    velocity : ndarray like theta
    share : float
    """

    def __init__(self, velocity: FloatArray, share: float) -> None:
        super().__init__(velocity, velocity)
        self.share = share

    def plain(self, theta: FloatArray, gradient: FloatArray, step: float) -> None:
        """In NumPy's passes."""
        velocity = self.first
        np.multiply(velocity, self.share, out=velocity)
        np.multiply(gradient, step, out=gradient)
        np.subtract(velocity, gradient, out=velocity)
        theta += velocity

    @property
    def move(self) -> Callable[..., None]:
        """In one pass."""
        from taut.kernels._moves import momentum

        return momentum

    def numbers(self, step: float) -> tuple[float, ...]:
        """The share and the step."""
        return self.share, step
