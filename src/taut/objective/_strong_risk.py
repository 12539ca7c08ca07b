"""The risk of a linear model under any convex loss, and what a penalty alone proves of its optimum."""

import dataclasses
import math
from functools import cached_property
from typing import final

import numpy as np

from taut._typing import FloatArray
from taut.losses import Loss, MultilabelLoss
from taut.objective._certificate import Certificate, relative_gap
from taut.objective._linear_objective import LinearObjective

STRONG = "by strong convexity, P - ‖∇P‖²/(2·l2)"
"""What the lower bound is."""

UNPENALISED = "a free intercept is not penalised, so ‖∇P‖²/(2·l2) bounds nothing; fit_intercept=False has a bound"
NO_PENALTY = "l2 = 0 leaves no bound on the distance to the optimum; l2 > 0 gives one"


@final
@dataclasses.dataclass(frozen=True)
class StrongRisk(LinearObjective):
    r"""A convex risk that needs no conjugate of its loss: where every parameter is penalised it is strongly convex.

    .. math:: P(θ') ≥ P(θ) + ∇P(θ)·(θ' − θ) + \frac{l2}{2}‖θ' − θ‖² ≥ P(θ) − \frac{‖∇P(θ)‖²}{2\,l2}

    for every θ', so for the minimum. A rounded form of a kinked loss lies below the loss: its bound is the loss's too.
    Without a penalty, or with a free intercept, no bound is claimed.

    References
    ----------
    S. Boyd, L. Vandenberghe, "Convex Optimization", 2004, eq. 9.9.
    """

    def certificate(self, theta: FloatArray, dual_loss: Loss | None = None) -> Certificate:
        """The objective at theta, rounded to the type of X, and the bound from the gradient of ``dual_loss`` there."""
        theta = self.rounded(theta)
        precise = dataclasses.replace(self, matrix=self.matrix.computed_in(np.dtype(np.float64)))
        low, gradient = precise.value_and_gradient(theta, dual_loss)
        primal = low
        if dual_loss is not None and dual_loss.width > 0.0:
            primal, _ = precise.value_and_gradient(theta)
        if not self.has_bound:
            why = UNPENALISED if self.l2 > 0.0 else NO_PENALTY
            return Certificate(theta, primal, -math.inf, math.inf, why, rounding=primal - low)
        bound = low - float(np.vdot(gradient, gradient)) / (2 * self.l2)
        bound = bound if math.isfinite(bound) else -math.inf
        return Certificate(theta, primal, bound, relative_gap(primal, bound, self.start), rounding=primal - low)

    @property
    def has_bound(self) -> bool:
        """Whether l2 acts on all of theta."""
        return self.l2 > 0.0 and not self.model.intercept

    @property
    def trivial_bound(self) -> float:
        """0, below which a loss that is never negative cannot fall."""
        return -math.inf if self._signed else 0.0

    @cached_property
    def start(self) -> float:
        """P at θ = 0.

        A loss that takes negative values (log_bp_mll) has no zero that a gap could be relative to: 1e9 then makes the
        gap relative to max(P, 1).
        """
        return 1e9 if self._signed else self.value_and_gradient(np.zeros(self.model.size))[0]

    @property
    def _signed(self) -> bool:
        return isinstance(self.loss, MultilabelLoss) and self.loss.signed
