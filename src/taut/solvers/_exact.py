"""Least squares at once: one solution of the normal equations, then as many corrections as help."""

from dataclasses import dataclass

import numpy as np

from taut._typing import FloatArray
from taut.objective import LinearObjective, NormalEquations
from taut.solvers._base import Iterate, Iterates, Solver

CORRECTIONS, HELPS, ROUNDING = 8, 0.1, 1e-29
"""A correction is kept, and another tried, while it leaves at most this share of what was left to gain. Of what there
was to gain at θ = 0, which is the square of the solution's length in the metric of H, the last share is rounding."""


@dataclass(frozen=True)
class Exact(Solver):
    """θ = −H⁺ ∇P(0), corrected by −H⁺ ∇P(θ): the factor may come from the squared data, the gradient never does.

    Where columns depend on each other, the optimum with the smallest ‖W‖.

    Parameters
    ----------
    equations : NormalEquations
        H of the risk that is solved.

    References
    ----------
    Å. Björck, "Stability analysis of the method of seminormal equations", Linear Algebra and its Applications 88, 1987.
    """

    equations: NormalEquations

    def iterates(self, risk: LinearObjective, theta: FloatArray) -> Iterates:
        """One iterate: the optimum."""
        table = self.equations.fitted(risk.targets, risk.all_weights)
        theta = np.zeros_like(theta) if table is None else table.ravel()
        value, gradient = risk.value_and_gradient(theta)
        if table is None:
            value, gradient, theta = self._corrected(risk, value, gradient, theta)
        yield Iterate(theta, value, gradient, 1.0, risk.loss, 1.0)

    def _corrected(
        self, risk: LinearObjective, value: float, gradient: FloatArray, theta: FloatArray
    ) -> tuple[float, FloatArray, FloatArray]:
        k = risk.model.k
        left = whole = self.equations.excess(gradient.reshape(-1, k))
        for _ in range(CORRECTIONS):
            table = theta.reshape(-1, k) - self.equations.solve(gradient.reshape(-1, k))
            moved = self.equations.shortest(table).ravel()
            moved_value, moved_gradient = risk.value_and_gradient(moved)
            remains = self.equations.excess(moved_gradient.reshape(-1, k))
            if not remains < left:
                break
            value, gradient, theta, before, left = moved_value, moved_gradient, moved, left, remains
            if remains > HELPS * before or remains <= ROUNDING * whole:
                break
        return value, gradient, theta
