"""The curvatures of least squares in the variables of a scaling, and what they mean for gradient descent."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import linalg

from taut._typing import FloatArray
from taut.objective import LeastSquaresRisk
from taut.solvers._quadratic_descent import Rule
from taut.solvers._scaling import Scaling

MOST_VARIABLES, MOST_STEPS = 1000, 5_000_000_000
"""All eigenvalues are computed up to so many variables and multiplications: a second or so."""

FLAT = 1e-13
"""Curvatures below this share of the largest count as none: rounding cannot tell them from it."""

ENDLESS = 1e15


@dataclass(frozen=True)
class Spectrum:
    """Eigenvalues and directions of ∇²P in φ.

    Attributes
    ----------
    values : ndarray of shape (p,)
        Rising.
    directions : ndarray of shape (p, p)
        One a column.
    """

    values: FloatArray
    directions: FloatArray

    @classmethod
    def of(cls, risk: LeastSquaresRisk, scaling: Scaling) -> "Spectrum | None":
        """None with more than a thousand variables, or more rows than are worth it."""
        n, d = risk.matrix.shape
        if d >= MOST_VARIABLES or n * d * d > MOST_STEPS:
            return None
        second, first = risk.matrix.gram(risk.shares, risk.used_threads)
        second[np.diag_indices_from(second)] += risk.l2
        if risk.model.intercept:
            mean = scaling.centring.mean
            second += np.outer(mean, mean) - np.outer(mean, first) - np.outer(first, mean)
            edge = (first - mean)[None, :]
            second = np.block([[second, edge.T], [edge, np.ones((1, 1))]])
        return cls(*linalg.eigh(second / np.outer(scaling.scale, scaling.scale)))

    @property
    def largest(self) -> float:
        """L."""
        return float(self.values[-1])

    @property
    def smallest(self) -> float:
        """The smallest curvature that there is."""
        kept = self.values[self.values > FLAT * self.values[-1]]
        return float(kept[0]) if len(kept) else 0.0

    @property
    def condition(self) -> float:
        """L over the smallest curvature."""
        return self.largest / self.smallest if self.smallest > 0 else 1.0

    @property
    def slowest(self) -> FloatArray:
        """The direction of the smallest curvature that there is, in φ."""
        at = int(np.argmax(self.values > FLAT * self.values[-1]))
        return self.directions[:, at]

    def steps_until(self, slope: FloatArray, rate: float, excess: float, *, change: bool = False) -> float:
        """Plain steps of a fixed rate after which P − min P, or what a step takes off it, is at most ``excess``.

        ``slope`` (p, k) is the gradient in φ to begin from; inf where the rate diverges.
        """
        kept = self.values > FLAT * self.values[-1]
        curvature = self.values[kept]
        parts = 0.5 * ((self.directions.T @ slope)[kept] ** 2).sum(axis=1) / curvature
        shrink = (1.0 - rate * curvature) ** 2
        if (shrink >= 1.0).any():
            return math.inf

        def enough(steps: float) -> bool:
            left = parts * shrink**steps
            return float((left * (1 - shrink)).sum() if change else left.sum()) <= excess

        high = 1.0
        while not enough(high):
            high *= 2
            if high > ENDLESS:
                return math.inf
        low = 0.0
        while high - low > 0.5:
            middle = 0.5 * (low + high)
            low, high = (low, middle) if enough(middle) else (middle, high)
        return math.ceil(high) if not enough(0.0) else 0.0


def growth(rule: Rule, rate: float, curvature: float) -> float:
    """What a step multiplies the error along a curvature λ by: 1 − ηλ; with momentum the larger root of its square.

    Accelerated, it is what the steps since a restart lead to: the larger root of r² − 2(1 − ηλ)r + (1 − ηλ).
    """
    plain = 1.0 - rate * curvature
    if rule.accelerated:
        half, product = plain, plain
    elif rule.momentum:
        half, product = 0.5 * (plain + rule.momentum), rule.momentum
    else:
        return plain
    inside = half * half - product
    return math.sqrt(product) if inside < 0.0 else half + math.copysign(math.sqrt(inside), half)


def longest_rate(rule: Rule, curvature: float) -> float:
    """2(1 + momentum)/L, accelerated 4/(3L): a longer step diverges."""
    room = 4.0 / 3.0 if rule.accelerated else 2.0 * (1.0 + rule.momentum)
    return room / curvature if curvature > 0 else math.inf
