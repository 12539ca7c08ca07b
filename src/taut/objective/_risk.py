"""The regularised empirical risk P(θ) = (1/S) Σ s_i loss(scores_i, y_i) + l2/2 ‖W‖², and its dual."""

import dataclasses
import math
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TypeVar

import numpy as np
from scipy import optimize

from taut._typing import AnyArray, FloatArray, IntArray
from taut.losses import Apply, Loss
from taut.matrix import Block, Matrix, available_threads, in_order
from taut.models import Linear, fuses, is_small
from taut.objective._certificate import Certificate, relative_gap

Out = TypeVar("Out")

MAX_FACTOR_COLUMNS = 4000

RESOLVED = 1e-10
"""Singular values below this share of the largest could as well be zero: rounding in the gradient outweighs them."""

KEEP_WHOLE = 0.5
"""From this share of bent rows on, a whole block is multiplied rather than a copy of some rows."""


@dataclasses.dataclass(frozen=True)
class Risk:
    """The mathematical problem of one fit, frozen.

    Parameters
    ----------
    matrix : Matrix
        X, (n, d).
    targets : ndarray of shape (n,)
        Class codes 0..k-1, int64.
    loss : Loss
    model : Linear
    l2 : float
        ≥ 0; acts on W, never on the intercept.
    weights : ndarray of shape (n,) or None
        Sample weights s_i ≥ 0, float64; None means 1 each.
    threads : int or None
        Threads of an evaluation; None means all cores. The result does not depend on it.
    """

    matrix: Matrix
    targets: IntArray
    loss: Loss
    model: Linear
    l2: float
    weights: FloatArray | None = None
    threads: int | None = None

    @cached_property
    def weight_sum(self) -> float:
        """S = Σ s_i."""
        return float(len(self.targets)) if self.weights is None else float(self.weights.sum())

    @cached_property
    def all_weights(self) -> FloatArray:
        """S (n,), written out."""
        return np.ones(len(self.targets)) if self.weights is None else self.weights

    def penalty(self, theta: FloatArray) -> float:
        """l2/2 ‖W‖²."""
        if self.l2 == 0.0:
            return 0.0
        W, _ = self.model.views(theta)
        return 0.5 * self.l2 * float(np.einsum("ij,ij->", W, W, dtype=np.float64))  # BLAS would wake threads for it

    def value_and_gradient(
        self, theta: FloatArray, loss: Loss | None = None, *, input_gradient: FloatArray | None = None
    ) -> tuple[float, FloatArray]:
        """P(θ) and ∇P(θ), float64, of the risk's own loss or of its rounded form.

        ``input_gradient`` (n, d), where given, is filled with dP/dX.
        """
        want_inputs = input_gradient is not None
        visit = self.model.visitor(self._cast(theta), self.matrix, loss or self.loss, want_inputs=want_inputs)

        def work(rows: slice) -> tuple[float, FloatArray]:
            dX = None if input_gradient is None else input_gradient[rows]
            return visit(rows, self.targets[rows], self._weights_of(rows), dX)

        total, gradient = self._summed(work)
        if input_gradient is not None:
            input_gradient /= np.asarray(self.weight_sum, dtype=input_gradient.dtype)
        return self._regularised(theta, total, gradient)

    def _summed(self, visit: Callable[[slice], tuple[float, FloatArray]]) -> tuple[float, FloatArray]:
        """The mean over all rows of what a visit sums over a super-block's."""
        share = 1.0 / self.weight_sum

        def work(rows: slice) -> tuple[float, FloatArray]:
            value, part = visit(rows)
            part *= share  # here, where another thread does the same
            return share * value, part

        parts = self._over_superblocks(work)
        total, gradient = next(parts)
        for value, part in parts:
            total += value
            gradient += part
        return total, gradient

    def _weights_of(self, rows: slice) -> FloatArray:
        return np.ones(rows.stop - rows.start) if self.weights is None else self.weights[rows]

    def _over_superblocks(self, work: Callable[[slice], Out]) -> Iterator[Out]:
        return in_order(work, self.matrix.superblocks(), self.used_threads)

    def _cast(self, theta: FloatArray) -> FloatArray:
        """Theta in the type of X."""
        return theta.astype(self.matrix.dtype, copy=False)

    @property
    def is_small(self) -> bool:
        """Whether an evaluation is over before a second thread has woken up."""
        return is_small(self.matrix, self.model.k)

    @property
    def used_threads(self) -> int:
        """Threads that pay here."""
        return 1 if self.is_small else self.threads or available_threads()

    def batch_value_and_gradient(self, theta: FloatArray, rows: IntArray) -> tuple[float, FloatArray]:
        """P and ∇P estimated from some rows; over random rows their mean is the whole."""
        block, targets, weights = self.matrix.take(rows), self.targets[rows], self.all_weights[rows]
        total, gradient = self.model.block(self._cast(theta), block, self.loss, targets, weights)
        scale = len(self.targets) / (len(rows) * self.weight_sum)
        return self._regularised(theta, scale * total, scale * gradient.astype(np.float64, copy=False))

    def _regularised(self, theta: FloatArray, value: float, gradient: FloatArray) -> tuple[float, FloatArray]:
        if self.l2 > 0.0:
            W, _ = self.model.views(theta)
            part, _ = self.model.views(gradient)
            part += self.l2 * W
        return value + self.penalty(theta), gradient

    def hessian(self, theta: FloatArray, loss: Loss) -> tuple[Callable[[FloatArray], FloatArray], float]:
        """The map v ↦ ∇²P(θ) v, and what share of a pass one product costs: only rows that bend are kept."""
        cast = self._cast(theta)
        if type(loss).bend is not None and fuses(self.matrix, self.model.k):
            return self._fused_product(cast, loss), 1.0

        def bending(rows: slice) -> tuple[int, Block, Apply, AnyArray]:
            block = self.matrix.block(rows)
            bent, apply = loss.hessian(self.model.scores(cast, block), self.targets[rows])
            count = len(bent)
            if len(bent) < KEEP_WHOLE * (rows.stop - rows.start):
                block = self.matrix.take(bent + rows.start)
            elif len(bent) < rows.stop - rows.start:
                apply = _embedded(apply, bent)
                bent = np.arange(rows.stop - rows.start)
            return count, block, apply, self.all_weights[rows][bent][:, None].astype(self.matrix.dtype)

        parts = list(self._over_superblocks(bending))
        numbers = [slice(i, i + 1) for i, part in enumerate(parts) if part[0]]

        def product(v: FloatArray) -> FloatArray:
            moved, out = v.astype(self.matrix.dtype, copy=False), np.zeros(self.model.size)

            def work(number: slice) -> FloatArray:
                _, block, apply, weights = parts[number.start]
                return self.model.pullback(block, weights * apply(self.model.scores(moved, block)))

            for pulled in in_order(work, numbers, self.used_threads):
                out += pulled
            out /= self.weight_sum
            W, _ = self.model.views(out)
            W += self.l2 * self.model.views(v)[0]
            return out

        return product, sum(part[0] for part in parts) / len(self.targets)

    def _fused_product(self, theta: FloatArray, loss: Loss) -> Callable[[FloatArray], FloatArray]:
        """The Hessian's product in one visit a block: scores and their change together, no array of n rows."""

        def product(v: FloatArray) -> FloatArray:
            visit = self.model.product_visitor(theta, self._cast(v), self.matrix, loss)
            out = self._summed(lambda rows: visit(rows, self.targets[rows], self._weights_of(rows)))[1]
            W, _ = self.model.views(out)
            W += self.l2 * self.model.views(v)[0]
            return out

        return product

    def curvature(self, theta: FloatArray, loss: Loss) -> FloatArray:
        """Mean second derivative of each row's loss over its classes, (n,)."""
        cast = self._cast(theta)

        def work(rows: slice) -> FloatArray:
            return loss.row_curvature(self.model.scores(cast, self.matrix.block(rows)), self.targets[rows])

        return np.concatenate(list(self._over_superblocks(work))).astype(np.float64)

    def estimated_gap(self, theta: FloatArray, value: float, gradient: FloatArray) -> float:
        """What the gap would be at the dual point ∇loss: ‖∇_W P‖² / 2 l2, relative; free of charge."""
        W, g = self.model.views(gradient)
        _, b = self.model.views(theta)
        if self.l2 == 0.0:
            return math.inf
        gap = float(np.vdot(W, W)) / (2 * self.l2)
        if b is not None and g is not None:
            gap += abs(float(g @ b))
        return gap / max(value, 1e-9 * self.start, np.finfo(float).tiny)

    def imbalance(self, gradient: FloatArray) -> float:
        """Σ_c |Σ_i s_i a_ic| / S at the dual point ∇loss, times the margin: what a move of the intercept could gain."""
        _, g = self.model.views(gradient)
        return 0.0 if g is None else float(np.abs(g).sum()) * (self.loss.margin or 1.0)

    def rounded(self, theta: FloatArray) -> FloatArray:
        """Theta rounded to the type of X, still as float64."""
        return theta.astype(self.matrix.dtype).astype(np.float64)

    def scores(self, theta: FloatArray) -> FloatArray:
        """Scores of all rows (n, k) in float64, whatever the type of X: what is proved must not rest on float32."""
        scores = np.empty((len(self.targets), self.model.k))

        def work(rows: slice) -> None:
            scores[rows] = self.model.scores(theta, self.matrix.precise_block(rows))

        for _ in self._over_superblocks(work):
            pass
        return scores

    def value(self, theta: FloatArray, scores: FloatArray | None = None) -> float:
        """P(θ); the scores at θ are computed unless given."""
        scores = self.scores(theta) if scores is None else scores
        values, _ = self.loss.rows(scores, self.targets)
        return float(values @ self.all_weights) / self.weight_sum + self.penalty(theta)

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

    def _rounding(self, scores: FloatArray, dual: FloatArray) -> float:
        """The mean Fenchel–Young residual of the dual point at the scores."""
        values, _ = self.loss.rows(scores, self.targets)
        residual = values + self.loss.conjugate(dual, self.targets) - np.einsum("ij,ij->i", dual, scores)
        return float(residual @ self.all_weights) / self.weight_sum

    def _best_multiple(self, theta: FloatArray, scores: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Minimise P(c θ) over c: one convex function of one number, on scores already known."""
        penalty = self.penalty(theta)

        def along(c: float) -> float:
            values, _ = self.loss.rows(c * scores, self.targets)
            return float(values @ self.all_weights) / self.weight_sum + c * c * penalty

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
        total, pulled = 0.0, np.zeros((self.matrix.shape[1], self.model.k))

        def work(rows: slice) -> tuple[float, FloatArray]:
            s, part = self.all_weights[rows], dual[rows]
            counted = s > 0
            conjugates = self.loss.conjugate(part[counted], self.targets[rows][counted])
            return float(conjugates @ s[counted]), self.matrix.precise_block(rows).T @ (part * s[:, None])

        for value, part in self._over_superblocks(work):
            total += value
            pulled += part
        pulled /= self.weight_sum
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
        return float(max(min(at_best, at_zero), 1e-6 * at_zero))


def _embedded(apply: Apply, bent: IntArray) -> Apply:
    """A product on some rows as one on all rows of a block."""

    def whole(directions: FloatArray) -> FloatArray:
        out = np.zeros_like(directions)
        out[bent] = apply(directions[bent])
        return out

    return whole
