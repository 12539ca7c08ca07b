"""The risk of a network: not convex, so that nothing proves its optimum."""

import dataclasses
import math
from typing import final

import numpy as np

from taut._typing import FloatArray
from taut.losses import Loss
from taut.objective._certificate import Certificate
from taut.objective._objective import Objective

WHY = "a network with a hidden layer is not convex: no bound on its optimum is known"


@final
@dataclasses.dataclass(frozen=True)
class NetRisk(Objective):
    """The risk of a model that is not linear in theta, with targets of whatever kind its loss compares scores with."""

    @property
    def start(self) -> float:
        """P where every score is 0: what the loss costs before anything is learned."""
        values, _ = self.loss.rows(np.zeros((len(self.targets), self.model.k)), self.targets)
        return float(values @ self.all_weights) / self.weight_sum

    @property
    def has_bound(self) -> bool:
        """Never."""
        return False

    @property
    def trivial_bound(self) -> float:
        """−inf."""
        return -math.inf

    def certificate(self, theta: FloatArray, dual_loss: Loss | None = None) -> Certificate:
        """The objective at theta, rounded to the type of X, and why there is no bound."""
        theta = self.rounded(theta)
        return Certificate(theta, self.value(theta), -math.inf, math.inf, WHY)

    def estimated_gap(self, theta: FloatArray, value: float, gradient: FloatArray) -> float:
        """Unknown: inf."""
        return math.inf
