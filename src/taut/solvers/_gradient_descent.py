"""Gradient descent with a fixed or a searched step."""

from dataclasses import dataclass

import numpy as np

from taut._typing import FloatArray
from taut.objective import LinearObjective
from taut.solvers._base import Iterate, Iterates, Solver

SHRINK, GROW, ENOUGH = 0.5, 2.0, 1e-4


@dataclass(frozen=True)
class GradientDescent(Solver):
    """θ ← θ − step · ∇P(θ) (+ momentum).

    Parameters
    ----------
    learning_rate : float or None
        The step; None searches one: it is halved until the objective falls by at least 1e-4 of what the
        gradient promises (Armijo), and tried twice as large at the next step.
    decay : float
        The fixed step is multiplied by this after every step.
    momentum : float
        Share of the last move that is added to the next one; with a fixed step only.
    """

    learning_rate: float | None = None
    decay: float = 1.0
    momentum: float = 0.0

    def iterates(self, risk: LinearObjective, theta: FloatArray) -> Iterates:
        """One step an iterate."""
        return self._searched(risk, theta) if self.learning_rate is None else self._fixed(risk, theta)

    def _fixed(self, risk: LinearObjective, theta: FloatArray) -> Iterates:
        step, velocity, passes = float(self.learning_rate or 0.0), np.zeros_like(theta), 1.0
        value, gradient = risk.value_and_gradient(theta)
        while True:
            # A kinked loss is certified from its rounded gradients: the plain ones only name a side.
            yield Iterate(theta, value, gradient, passes, risk.loss.rounded(_stretch(risk)), step)
            velocity = self.momentum * velocity - step * gradient
            theta = theta + velocity
            step *= self.decay
            value, gradient = risk.value_and_gradient(theta)
            passes += 1

    def _searched(self, risk: LinearObjective, theta: FloatArray) -> Iterates:
        step, passes = 1.0, 1.0
        value, gradient = risk.value_and_gradient(theta)
        while True:
            yield Iterate(theta, value, gradient, passes, risk.loss.rounded(_stretch(risk)), step)
            slope = float(gradient @ gradient)
            step *= GROW
            while True:
                candidate = theta - step * gradient
                moved_value, moved_gradient = risk.value_and_gradient(candidate)
                passes += 1
                if moved_value <= value - ENOUGH * step * slope:
                    break
                step *= SHRINK
                if slope == 0.0 or not (candidate != theta).any():
                    return
            theta, value, gradient = candidate, moved_value, moved_gradient


def _stretch(risk: LinearObjective) -> float:
    return 0.1 * (risk.loss.margin or 1.0)
