"""The risk of a linear regression, and what proves its optimum: its own normal equations."""

import dataclasses
import math
from collections.abc import Callable
from functools import cached_property
from typing import ClassVar

import numpy as np

from taut._typing import AnyArray, FloatArray
from taut.losses import Loss
from taut.objective._certificate import Certificate, relative_gap
from taut.objective._factoring import factored
from taut.objective._linear_objective import LinearObjective
from taut.objective._normal_equations import EPS, Centring, NormalEquations

MAX_COLUMNS = 4000


@dataclasses.dataclass(frozen=True)
class LeastSquaresRisk(LinearObjective):
    """P = (1/S) Σ s_i ½ ‖x_i W + b − t_i‖² + l2/2 ‖W‖²: quadratic, so that any gradient tells the way to the optimum.

    P(θ) − min P = ½ Σ_k g_kᵀ H⁺ g_k exactly, with H = ∇²P. Where H has too many columns for a factor, strong convexity
    bounds it by ‖g_W‖²/(2 l2), g taken at the best intercept; and min P ≥ 0 always.

    Parameters
    ----------
    targets : ndarray of shape (n, k)
        Real numbers, float64; one column a target.
    centred : bool
        Whether second derivatives are taken with the intercept at the mean of the data, or with a column of ones.
    most_columns : int
        Columns up to which H is factored.
    """

    targets: AnyArray
    centred: bool = True
    most_columns: int = MAX_COLUMNS
    foresight: ClassVar[float] = 9.0  # the gradient does not only estimate the gap: it proves it

    @property
    def has_bound(self) -> bool:
        """Always: P is never negative."""
        return True

    @property
    def trivial_bound(self) -> float:
        """0."""
        return 0.0

    @cached_property
    def start(self) -> float:
        """P at W = 0 with its best intercept: half the targets' variances; never quite 0 unless the targets are."""
        at_zero = float(np.einsum("i,ij,ij->", self.shares, self.targets, self.targets))
        if not self.model.intercept:
            return 0.5 * at_zero
        apart = self.targets - self.shares @ self.targets
        return 0.5 * max(float(np.einsum("i,ij,ij->", self.shares, apart, apart)), 1e-6 * at_zero)

    @cached_property
    def equations(self) -> NormalEquations | None:
        """H, factored; None where it has too many columns."""
        if self.model.d > self.most_columns:
            return None
        return factored(
            self.matrix,
            self.all_weights,
            self.l2,
            intercept=self.model.intercept,
            centred=self.centred,
            threads=self.used_threads,
        )

    def product(self, direction: FloatArray) -> FloatArray:
        """H v in one visit of the data."""
        out = self.model.curvature_product(direction, self.sample, self.loss)
        if self.l2 > 0.0:
            W, _ = self.model.views(out)
            W += self.l2 * self.model.views(direction)[0]
        return out

    def hessian(self, theta: FloatArray, loss: Loss) -> tuple[Callable[[FloatArray], FloatArray], float]:
        """H is the same everywhere, and a product costs one pass."""
        return self.product, 1.0

    def excess(self, gradient: FloatArray) -> float:
        """P(θ) − min P, or an upper bound of it, from the gradient at θ alone; inf where none is known."""
        table = gradient.reshape(-1, self.model.k)
        if not np.isfinite(table).all():
            return math.inf
        if self.equations is not None:
            # What rounding may have taken off the excess.
            return self.equations.excess(table) * (1 + 100 * EPS * self.equations.factor.condition)
        if self.l2 == 0.0:
            return math.inf
        moved = Centring(self.moments[0], self.model.intercept).pull(table)
        W, b = self.model.views(moved.ravel())
        steep = float(np.einsum("ij,ij->", W, W)) / (2 * self.l2)
        return steep if b is None else steep + 0.5 * float(b @ b)

    def estimated_gap(self, theta: FloatArray, value: float, gradient: FloatArray, *, balanced: bool = False) -> float:
        """The gap itself, from a gradient already known."""
        return relative_gap(value, max(0.0, value - self.excess(gradient)), self.start)

    def certificate(self, theta: FloatArray, dual_loss: Loss | None = None) -> Certificate:
        """The objective at theta and what its gradient leaves to gain, in float64."""
        theta = self.rounded(theta)
        value, gradient = self.value_and_gradient(theta)
        if not math.isfinite(value):
            return Certificate(theta, value, -math.inf, math.inf, "the objective is not finite")
        bound = max(0.0, value - self.excess(gradient))
        why = ""
        if bound == 0.0 and self.l2 == 0.0 and self.equations is None:
            why = f"l2 = 0 with more than {self.most_columns} columns: no bound but 0 is known; l2 > 0 gives one"
        return Certificate(theta, value, bound, relative_gap(value, bound, self.start), why)
