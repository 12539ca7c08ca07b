"""A risk whose scores are linear in theta: second derivatives, and what the gradient tells of the gap."""

import dataclasses
import math
from collections.abc import Callable

import numpy as np

from taut._typing import AnyArray, FloatArray, IntArray
from taut.losses import Apply, Loss
from taut.matrix import Block, in_order
from taut.models import Linear, fuses
from taut.objective._objective import Objective

KEEP_WHOLE = 0.5
"""From this share of bent rows on, a whole block is multiplied rather than a copy of some rows."""


@dataclasses.dataclass(frozen=True)
class LinearObjective(Objective):
    """The risk of a linear model, convex where its loss is."""

    model: Linear

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
            out = self.model.hessian_product(theta, self._cast(v), self.sample, loss)
            W, _ = self.model.views(out)
            W += self.l2 * self.model.views(v)[0]
            return out

        return product

    def steepness(self, theta: FloatArray) -> float:
        """The sum c · mean ‖x‖² + l2, c the largest curvature of the loss at θ = 0 or 1 for a kinked one."""
        curvature = float(self.curvature(np.zeros(self.model.size), self.loss).max(initial=0.0)) or 1.0
        return curvature * (self.mean_square + self.model.intercept) + self.l2 or 1.0

    def curvature(self, theta: FloatArray, loss: Loss) -> FloatArray:
        """Mean second derivative of each row's loss over its classes, (n,)."""
        cast = self._cast(theta)

        def work(rows: slice) -> FloatArray:
            return loss.row_curvature(self.model.scores(cast, self.matrix.block(rows)), self.targets[rows])

        return np.concatenate(list(self._over_superblocks(work))).astype(np.float64)

    def scores(self, theta: FloatArray) -> FloatArray:
        """Scores of all rows (n, k) in float64, whatever the type of X: what is proved must not rest on float32."""
        W, b = self.model.views(theta)
        scores = self.matrix.scored(W, self.used_threads, compiled=fuses(self.matrix, self.model.k))
        if b is not None:
            scores += b
        return scores

    def pulled(self, dual: FloatArray) -> FloatArray:
        """(1/S) Σ s_i x_i a_iᵀ, (d, k): −l2 times the weights that belong to a dual point (n, k)."""
        compiled = fuses(self.matrix, self.model.k)
        return self.matrix.pulled(dual * self.shares[:, None], self.used_threads, compiled=compiled)

    def estimated_gap(self, theta: FloatArray, value: float, gradient: FloatArray, *, balanced: bool = False) -> float:
        """What the gap would be at the dual point ∇loss, relative; free of charge.

        ‖∇_W P‖² / 2 l2 and |∇_b P · b|; with ``balanced`` only the first, as if to balance the classes cost nothing.
        """
        if self.l2 == 0.0:
            return math.inf
        (_, g), (_, b) = self.model.views(gradient), self.model.views(theta)
        gap = self.slack(gradient)
        if b is not None and g is not None and not balanced:
            gap += abs(float(g @ b))
        return gap / max(value, 1e-9 * self.start, np.finfo(float).tiny)

    def slack(self, gradient: FloatArray) -> float:
        """‖∇_W P‖² / 2 l2: what a move of the weights could gain, at most."""
        W, _ = self.model.views(gradient)
        return float(np.vdot(W, W)) / (2 * self.l2)

    def imbalance(self, gradient: FloatArray) -> float:
        """Σ_c |Σ_i s_i a_ic| / S at the dual point ∇loss, times the margin: what a move of the intercept could gain."""
        _, g = self.model.views(gradient)
        return 0.0 if g is None else float(np.abs(g).sum()) * (self.loss.margin or 1.0)


def _embedded(apply: Apply, bent: IntArray) -> Apply:
    """A product on some rows as one on all rows of a block."""

    def whole(directions: FloatArray) -> FloatArray:
        out = np.zeros_like(directions)
        out[bent] = apply(directions[bent])
        return out

    return whole
