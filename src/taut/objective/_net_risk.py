"""The risk of a network: not convex, so that nothing proves its optimum."""

import dataclasses
import math
from typing import final

import numpy as np

from taut._typing import FloatArray
from taut.losses import Loss
from taut.matrix import dot
from taut.models import is_small
from taut.objective._certificate import Certificate
from taut.objective._objective import Objective

STEEPNESS_ROWS, STEEPNESS_STEPS, REACH = 1000, 8, 1e-3
"""Rows, differences, and their length as a share of that of theta, behind `NetRisk.steepness`."""

WHY = "a network with a hidden layer is not convex: no bound on its optimum is known"


@final
@dataclasses.dataclass(frozen=True)
class NetRisk(Objective):
    """The risk of a model that is not linear in theta, with targets of whatever kind its loss compares scores with."""

    @property
    def start(self) -> float:
        """P where every score is 0: what the loss costs before anything is learned."""
        values, _ = self.loss.rows(np.zeros((len(self.targets), self.model.k)), self.targets)
        return dot(values, self.all_weights) / self.weight_sum

    @property
    def has_bound(self) -> bool:
        """Never."""
        return False

    @property
    def trivial_bound(self) -> float:
        """−inf."""
        return -math.inf

    @property
    def is_small(self) -> bool:
        """Whether an evaluation is over before a second thread has woken up: every row meets all of theta."""
        return is_small(self.matrix, max(1, self.model.size // self.matrix.shape[1]))

    def certificate(self, theta: FloatArray, dual_loss: Loss | None = None) -> Certificate:
        """The objective at theta, rounded to the type of X, and why there is no bound."""
        theta = self.rounded(theta)
        return Certificate(theta, self.value(theta), -math.inf, math.inf, WHY)

    def steepness(self, theta: FloatArray) -> float:
        """Power iteration on differences of the gradient, over some rows; 1 where nothing bends."""
        rows = self.counted[:: max(1, len(self.counted) // STEEPNESS_ROWS)]
        estimate = self.batch_evaluator(len(rows), len(self.counted))
        theta = theta.astype(np.float64)

        def gradient(at: FloatArray) -> FloatArray:
            return self._regularised(at, *estimate(at, rows))[1].copy()

        before = gradient(theta)
        reach = REACH * (float(np.linalg.norm(theta)) or 1.0)
        along, found = before, 0.0
        for _ in range(STEEPNESS_STEPS):
            along = along / (float(np.linalg.norm(along)) or 1.0)
            along = (gradient(theta + reach * along) - before) / reach
            found = max(found, float(np.linalg.norm(along)))
        return found or 1.0

    def estimated_gap(self, theta: FloatArray, value: float, gradient: FloatArray, *, balanced: bool = False) -> float:
        """Unknown: inf."""
        return math.inf
