"""Gradient descent on least squares, whose curvature is the same everywhere: steps that can be judged in advance."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from taut._typing import FloatArray
from taut.objective import LeastSquaresRisk, LinearObjective
from taut.solvers._base import Iterate, Iterates, Solver
from taut.solvers._scaling import Scaling

MOST_PRODUCTS, SETTLED = 200, 1e-8
"""Power iteration ends there; what it lacks to L is then far less than the twofold room that a step of 1/L has."""


def largest_curvature(risk: LeastSquaresRisk, scaling: Scaling) -> float:
    """L, the largest eigenvalue of ∇²P in φ, by power iteration: a step above 2/L diverges.

    The same for every target, so one is enough; from a fixed random start, until the estimate rises by less than
    1e-8 of itself.
    """
    single = LeastSquaresRisk(
        risk.matrix, risk.targets[:, :1], risk.loss, type(risk.model)(risk.model.d, 1, risk.model.intercept), risk.l2,
        risk.weights, risk.threads, centred=risk.centred,
    )  # fmt: skip
    one = Scaling(scaling.centring, scaling.scale, 1)
    vector: FloatArray = np.random.default_rng(0).standard_normal(single.model.size)
    vector /= np.linalg.norm(vector)
    estimate = 0.0
    for _ in range(MOST_PRODUCTS):
        moved = one.pull(single.product(one.push(vector)))
        size = float(np.linalg.norm(moved))
        if not (math.isfinite(size) and size > 0.0):
            return size
        before, estimate = estimate, size
        vector = moved / size
        if estimate - before <= SETTLED * estimate:
            break
    return estimate


class Rule(NamedTuple):
    """How long a step is.

    ``rate`` is η, None for the step that lowers P the most along the gradient; it is multiplied by ``decay`` after
    every step. ``momentum`` is the share of the last move that is added to the next (heavy ball); ``accelerated`` is
    Nesterov's extrapolation, begun anew whenever it points uphill.
    """

    rate: float | None
    decay: float = 1.0
    momentum: float = 0.0
    accelerated: bool = False


@dataclass(frozen=True)
class QuadraticDescent(Solver):
    """φ ← φ − η ∇_φ P, in the variables of a scaling; ``passes`` of an iterate count the steps.

    Parameters
    ----------
    scaling : Scaling
    rule : Rule

    References
    ----------
    B. O'Donoghue, E. Candès, "Adaptive restart for accelerated gradient schemes", Foundations of Computational
    Mathematics 15, 2015, eq. 12 (the gradient scheme).
    """

    scaling: Scaling
    rule: Rule

    def iterates(self, risk: LinearObjective, theta: FloatArray) -> Iterates:
        """One step an iterate; the end where a step no longer changes theta."""
        rate, move, steps, since = self.rule.rate, np.zeros_like(theta), 0, 0
        before = theta
        value, gradient = risk.value_and_gradient(theta)
        while True:
            slope = self.scaling.pull(gradient)
            step = self._searched(risk, slope) if rate is None else rate * self.rule.decay**steps
            yield Iterate(theta, value, gradient, steps, risk.loss, step)
            if self.rule.accelerated:
                landed = theta - step * self.scaling.push(slope)
                uphill = float(gradient @ (landed - before)) > 0.0
                since = 0 if uphill else since + 1
                candidate = landed + (since / (since + 3.0)) * (landed - before)
                before = landed
            else:
                move = self.rule.momentum * move - step * self.scaling.push(slope)
                candidate = theta + move
            if np.array_equal(candidate, theta):
                return
            theta, steps = candidate, steps + 1
            value, gradient = risk.value_and_gradient(theta)

    def _searched(self, risk: LinearObjective, slope: FloatArray) -> float:
        """‖∇_φ P‖² / ∇_φᵀ H ∇_φ: the lowest point along the gradient."""
        direction = self.scaling.push(slope)
        bent = float(direction @ risk.hessian(direction, risk.loss)[0](direction))
        return float(slope @ slope) / bent if bent > 0.0 else 0.0
