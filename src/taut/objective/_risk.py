"""The risk of a linear classifier, and what proves its optimum: the Fenchel dual."""

import dataclasses
import math
from functools import cached_property

import numpy as np
from scipy import optimize

from taut._typing import FloatArray, IntArray
from taut.losses import Loss
from taut.matrix import dot
from taut.objective._certificate import Certificate, relative_gap
from taut.objective._linear_objective import LinearObjective

MAX_FACTOR_COLUMNS = 4000

RESOLVED = 1e-10
"""Singular values below this share of the largest could as well be zero: rounding in the gradient outweighs them."""


@dataclasses.dataclass(frozen=True)
class Risk(LinearObjective):
    """The risk of a linear classifier: a row's target is its class code 0..k-1, int64."""

    targets: IntArray

    def certificate(self, theta: FloatArray, dual_loss: Loss | None = None) -> Certificate:
        """The objective at theta, and the lower bound from the score gradients of ``dual_loss`` there.

        Theta is first rounded to the type of X, because those are the weights that a fit returns. At the
        minimum of a rounded loss the margins are short by a share of its width, so there the best multiple
        of theta is taken.
        """
        dual_loss = dual_loss or self.loss
        theta = self.rounded(theta)
        # float64, so that a row of the dual sums to zero as exactly as its set asks for
        scores = self.scores(theta)
        _, dual = dual_loss.rows(scores, self.targets)
        if dual_loss.width == 0.0 or not np.isfinite(scores).all():
            return self.certify(theta, self.value(theta, scores), dual)
        rounding = self._rounding(scores, dual)
        theta, scores = self._best_multiple(theta, scores)
        return dataclasses.replace(self.certify(theta, self.value(theta, scores), dual), rounding=rounding)

    def witnessed(self, theta: FloatArray, dual: FloatArray) -> Certificate:
        """The objective at theta, rounded to the type of X, and the bound that a dual point (n, k) gives."""
        theta = self.rounded(theta)
        return self.certify(theta, self.value(theta), dual)

    def _rounding(self, scores: FloatArray, dual: FloatArray) -> float:
        """The mean Fenchel–Young residual of the dual point at the scores."""
        values, _ = self.loss.rows(scores, self.targets)
        residual = values + self.loss.conjugate(dual, self.targets) - np.einsum("ij,ij->i", dual, scores)
        return dot(residual, self.all_weights) / self.weight_sum

    def _best_multiple(self, theta: FloatArray, scores: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Minimise P(c θ) over c: one convex function of one number, on scores already known."""
        penalty = self.penalty(theta)

        def along(c: float) -> float:
            values, _ = self.loss.rows(c * scores, self.targets)
            return dot(values, self.all_weights) / self.weight_sum + c * c * penalty

        found = optimize.minimize_scalar(along, bounds=(0.5, 2.0), method="bounded", options={"xatol": 1e-6})
        if not found.fun < along(1.0):
            return theta, scores
        scaled = self.rounded(found.x * theta)
        return scaled, self.scores(scaled)

    def certify(self, theta: FloatArray, primal: float, dual: FloatArray) -> Certificate:
        """The certificate that a dual point (n, k) gives for an objective already known."""
        if not math.isfinite(primal):
            return Certificate(theta, primal, -math.inf, math.inf, "the objective is not finite")
        if self.l2 == 0.0:
            return self._normal_equations(theta, primal)
        if self.model.intercept:
            dual = self.loss.balanced(dual, self.targets, self.all_weights)
        bound = self.dual_value(dual)
        gap = relative_gap(primal, bound, self.start)
        why = "" if math.isfinite(bound) else "no feasible dual point is known here"
        return Certificate(theta, primal, bound, gap, why, dual)

    def dual_value(self, dual: FloatArray) -> float:
        """D(a) = −(1/S) Σ s_i loss*(a_i) − ‖Σ s_i x_i a_iᵀ‖² / (2 l2 S²), a lower bound on every P(θ)."""
        counted = self.counted
        conjugates = self.loss.conjugate(dual[counted], self.targets[counted])
        total = dot(conjugates, self.all_weights[counted])
        pulled = self.pulled(dual)
        norm = float(np.vdot(pulled, pulled))
        value = -total / self.weight_sum - (norm / (2 * self.l2) if norm else 0.0)
        return value if math.isfinite(value) else -math.inf

    @cached_property
    def trivial_bound(self) -> float:
        """D(0) = (1/S) Σ s_i inf loss, which is 0 for every loss of taut: no gap need ever exceed 1."""
        codes = np.arange(self.model.k)
        lowest = -self.loss.conjugate(np.zeros((self.model.k, self.model.k)), codes)
        return float(lowest @ self._class_shares) if np.isfinite(lowest).all() else -math.inf

    @cached_property
    def _class_shares(self) -> FloatArray:
        counted = np.bincount(self.targets, weights=self.all_weights, minlength=self.model.k)
        return counted / self.weight_sum

    @property
    def has_bound(self) -> bool:
        """Whether a fit can be certified at all: without a penalty only the squared loss can."""
        return self.l2 > 0.0 or self.loss.quadratic

    def _normal_equations(self, theta: FloatArray, primal: float) -> Certificate:
        """Without a penalty: P(θ) − min P = ½ gᵀ H⁺ g exactly, for the squared loss; no bound for others."""
        if not self.has_bound:
            why = f"l2 = 0 leaves the {self.loss.name} loss without a dual bound; l2 > 0 gives one"
            return Certificate(theta, primal, -math.inf, math.inf, why)
        if self.matrix.shape[1] > MAX_FACTOR_COLUMNS:
            why = f"l2 = 0 with more than {MAX_FACTOR_COLUMNS} columns: no bound is computed; l2 > 0 gives one"
            return Certificate(theta, primal, -math.inf, math.inf, why)
        # A triangular factor of the data, not of its square, so that nearly equal columns stay apart.
        columns = self.matrix.distinct_columns(intercept=self.model.intercept)
        factor = self.matrix.triangular_factor(self.all_weights, columns, intercept=self.model.intercept)
        precise = dataclasses.replace(self, matrix=self.matrix.computed_in(np.dtype(np.float64)))
        gradient = precise.value_and_gradient(theta)[1].reshape(-1, self.model.k)
        gradient = gradient[np.append(columns, self.model.d) if self.model.intercept else columns]
        scale = np.linalg.norm(factor, axis=0)
        scale[scale == 0] = 1.0
        _, singular, right = np.linalg.svd(factor / scale, full_matrices=False)
        if len(singular) == 0:
            return Certificate(theta, primal, primal, 0.0)
        if len(singular) < len(scale) or singular[-1] < RESOLVED * singular[0]:
            why = "l2 = 0 and columns that depend on each other to rounding: the optimum is not unique, no bound holds"
            return Certificate(theta, primal, -math.inf, math.inf, why)
        solved = right @ (gradient / scale[:, None]) / singular[:, None]
        # What rounding may have taken off the excess.
        doubt = 1 + 100 * np.finfo(float).eps * singular[0] / singular[-1]
        bound = primal - 0.5 * self.weight_sum * float(np.vdot(solved, solved)) * doubt
        return Certificate(theta, primal, bound, relative_gap(primal, bound, self.start))

    @cached_property
    def start(self) -> float:
        """P at W = 0 with its best intercept.

        All rows of a class share their scores there, so this is a problem of k rows and k unknowns. For the
        kinked losses the minimum is taken of a slightly rounded form: start is a scale, not a bound.
        """
        k = self.model.k
        codes = np.arange(k)
        shares = self._class_shares
        if not self.model.intercept:
            return float(self.loss.rows(np.zeros((k, k)), codes)[0] @ shares)
        rounded = self.loss.rounded(1e-3 * max(self.loss.margin, 1e-3))

        def value_and_gradient(b: FloatArray) -> tuple[float, FloatArray]:
            values, gradient = rounded.rows(np.tile(b, (k, 1)), codes)
            return float(values @ shares), shares @ gradient

        # Where two classes hold a different share, log shares is the softmax optimum and a fair start for all.
        guess = np.log(np.maximum(shares, 1e-12))
        found = optimize.minimize(value_and_gradient, guess - guess.mean(), jac=True, method="L-BFGS-B")
        at_best = self.loss.rows(np.tile(found.x, (k, 1)), codes)[0] @ shares
        at_zero = self.loss.rows(np.zeros((k, k)), codes)[0] @ shares
        # One class alone is fitted perfectly by the intercept: the scale must not vanish with it.
        return float(at_best if 1e-6 * at_zero < at_best < at_zero else at_zero)
