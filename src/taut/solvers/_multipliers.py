"""The method of multipliers on a kinked loss: a smooth problem whose rounding moves with the dual point."""

from collections.abc import Callable
from typing import Any

import numpy as np

from taut._typing import FloatArray, IntArray
from taut.losses import close_rows, open_rows
from taut.matrix import Entries, aligned, in_order
from taut.objective import LinearObjective
from taut.solvers._line_search import line_search
from taut.solvers._newton import conjugate_gradients
from taut.solvers._preconditioner import Preconditioner

WIDEST, NARROWEST = 10.0, 1e-6
"""Of the rounding in margins. MNIST takes about the same time with 10 to 30 at first, half as long again with 4; with 1
whole Newton steps overshoot, and the first stage alone takes 22 of them."""

NARROW = 0.5
"""The next width over the last where all Newton steps of a stage were whole; the inverse where one had to be short.
letter with columns in wild units takes a third longer with 0.7, MNIST a tenth less."""

SOLVED, SHARE = 5.0, 0.03
"""A stage is solved when what is left to gain is at most so many times what its dual point's move costs, or such a
share of how far the objective lies above the value. Crammer–Singer to 1e-3, when widths shrank less: 4,000 rows of 100
classes 818 passes, 742 with a share of 0.1, 2,315 with none; 6,000 rows of MNIST, l2 = 0.01/n, 1,237, 3,057 with 0.1,
1,012 with none."""

LEFT = 0.5
"""Share of the gradient, in the preconditioner's scale, that conjugate gradients leave. MNIST, Crammer–Singer, to 2e-6:
2,846 products in 190 steps; 3,390 in 132 with 0.3, 5,514 in 104 with 0.1."""

LONGEST, PRODUCTS = 100.0, 250
"""Passes after which a stage ends, solved or not, and products of a Newton step."""

ENOUGH = 8
"""Bent rows a column that tell their second moment well enough: 16 and 32 save no products."""

GROUND = 1e-3
"""Share of the curvature with all rows bent that the intercept keeps: where every share is at a bound, as with labels
that X says nothing about, its step would have no length."""

CHANGED = 1.4
"""The scale is built anew where so many times more or fewer rows bend."""

ROWS, MOST_PIECES = 2048, 16
"""Bent rows of a piece of a product, so far as there are two: to hand one out takes some 0.05 ms."""


class Multipliers:
    """min over θ of the mean of max_b (b·m − width/2 ‖b − anchor‖²) + l2/2 ‖W‖²; the maximisers are the next anchor.

    With the anchor at an optimal dual point the minimum is that of the loss itself, whatever the width: unlike a
    rounding that narrows, the problem need never become harder; it narrows as far as Newton's steps stay whole, and the
    anchors converge the faster for it.

    The second derivatives live on the rows whose shares lie between their bounds: near the optimum of MNIST 4,000 of
    60,000. Conjugate gradients visit no other row.

    References
    ----------
    R. T. Rockafellar, "Augmented Lagrangians and applications of the proximal point algorithm in convex programming",
    Mathematics of Operations Research 1, 1976, section 4; X. Li, D. Sun, K.-C. Toh, "A highly efficient semismooth
    Newton augmented Lagrangian method for solving Lasso problems", SIAM Journal on Optimization 28, 2018, for Newton's
    method inside it.
    """

    def __init__(
        self, risk: LinearObjective, theta: FloatArray, entries: Entries, padded: int, dual: FloatArray | None = None
    ) -> None:
        from taut.kernels._anchored import anchored_rows, bent_rows

        self._risk, self._entries, self._padded = risk, entries, padded
        types = entries.data.dtype.name, entries.indices.dtype.name
        self._kernel: Any = anchored_rows(*types)
        self._bent: Any = bent_rows(*types)
        n, k = len(risk.targets), risk.model.k
        self._anchor, self.shares = np.zeros((n, k)), np.zeros((n, k))
        if dual is not None:
            self._anchor[:], _ = open_rows(dual, risk.targets)
        self._bends, self._built = np.zeros(n), 0
        self._margin = risk.loss.margin or 1.0
        self._width = WIDEST * self._margin
        self.theta, self._plain = theta, np.inf
        self.best, self.primal, self.passes = theta, np.inf, 0.0
        self.pulled = np.zeros((risk.model.d, k))
        """Xᵀ(s/S a) at the shares (d, k)."""

    def stage(self) -> bool:
        """Newton steps about the anchor, and the next anchor; False where no step helped."""
        value, gradient = self._evaluate(self.theta)
        end, steps, whole = self.passes + LONGEST, 0, True
        while self.passes < end and np.isfinite(value):
            bent = np.flatnonzero(self._bends)
            scale, product = self._scaled(bent), self._product(bent)
            direction, products = conjugate_gradients(product, -gradient, scale, LEFT, PRODUCTS)
            found = line_search(self._evaluate, self.theta, value, gradient, direction)
            self.passes += products * len(bent) / len(self._bends)
            if found is None:
                self._evaluate(self.theta)  # the search looked elsewhere last
                break
            steps, whole = steps + 1, whole and found.length >= 1.0
            self.theta, value, gradient = found.theta, found.value, found.gradient
            left = self._risk.slack(gradient) + self._risk.imbalance(gradient)
            if left <= max(SOLVED * self._moved, SHARE * (self._plain - value)):
                break
        self._anchor[:] = self.shares
        self._width = max(self._width * (NARROW if whole else 1.0 / NARROW), NARROWEST * self._margin)
        return steps > 0

    @property
    def point(self) -> FloatArray:
        """The dual point (n, k) as score gradients."""
        return close_rows(self.shares.copy(), self._risk.targets)

    @property
    def _moved(self) -> float:
        """What the way from the anchor to the shares takes off the value."""
        way = self.shares - self._anchor
        return 0.5 * self._width * float(np.einsum("i,ij,ij->", self._risk.shares, way, way))

    @property
    def _ground(self) -> float:
        """Curvature that the intercept has even where no row bends."""
        return GROUND * 2.0 / (self._risk.model.k * self._width)

    def _scaled(self, bent: IntArray) -> Preconditioner:
        """A scale for the Hessian at the shares, as it is or as it was when other rows bent."""
        count, enough, curvature = max(len(bent), 1), ENOUGH * self._risk.model.d, self._bends
        if not self._built / CHANGED <= count <= self._built * CHANGED:
            if count > enough:
                some = np.random.default_rng(0).choice(bent, enough, replace=False)
                curvature = np.zeros_like(curvature)
                curvature[some] = self._bends[some] * (count / enough)
            self._scale, self._built = Preconditioner.of(self._risk, curvature, ground=self._ground), count
        return self._scale

    def _product(self, bent: IntArray) -> Callable[[FloatArray], FloatArray]:
        """The Hessian's product at the shares."""
        risk, model, loss = self._risk, self._risk.model, self._risk.loss
        count = min(max(len(bent) // ROWS, 2), MOST_PIECES)
        parts = [bent[len(bent) * i // count : len(bent) * (i + 1) // count] for i in range(count)]

        def product(v: FloatArray) -> FloatArray:
            packed, centre = self._packed(v)
            out = self._ground * v  # what the intercept has besides
            dW, db = model.views(out)
            dW[:] = risk.l2 * model.views(v)[0]

            def work(rows: IntArray) -> tuple[FloatArray, FloatArray]:
                part, slope = self._sums()
                self._bent(
                    *self._entries, rows, risk.targets, risk.shares, loss.shares == "together", self._width,
                    packed, centre, self.shares, part, slope,
                )  # fmt: skip
                return part, slope

            for part, slope in in_order(work, parts, risk.used_threads):
                dW += part[:, : model.k]
                if db is not None:
                    db += slope[: model.k]
            return out

        return product

    def _evaluate(self, theta: FloatArray) -> tuple[float, FloatArray]:
        risk, model = self._risk, self._risk.model
        packed, centre = self._packed(theta)
        self.passes += 1
        self.pulled[:] = 0.0
        sums, total, plain = np.zeros(model.k), 0.0, 0.0

        def work(rows: slice) -> tuple[float, float, FloatArray, FloatArray]:
            part, slope = self._sums()
            data, indices, starts, shared = self._entries
            values = self._kernel(
                data, indices, starts[rows.start : rows.stop + 1], shared, risk.targets[rows],
                risk.shares[rows], risk.loss.margin, risk.loss.shares == "together", self._width,
                packed, centre, self._anchor[rows], self.shares[rows], self._bends[rows], part, slope,
            )  # fmt: skip
            return *values, part, slope

        for value, loss, part, slope in in_order(work, risk.matrix.superblocks(), risk.used_threads):
            total, plain = total + value, plain + loss
            self.pulled += part[:, : model.k]
            sums += slope[: model.k]
        gradient = np.zeros(model.size)
        dW, db = model.views(gradient)
        dW[:] = self.pulled + risk.l2 * model.views(theta)[0]
        if db is not None:
            db[:] = sums
        penalty = risk.penalty(theta)
        self._plain = plain + penalty
        if self._plain < self.primal:
            self.best, self.primal = theta.copy(), self._plain
        return total + penalty, gradient

    def _packed(self, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """W (d, padded k) and the intercept as the kernels read them."""
        model = self._risk.model
        W, b = model.views(theta)
        packed, centre = self._sums()
        packed[:, : model.k] = W
        if b is not None:
            centre[: model.k] = b
        return packed, centre

    def _sums(self) -> tuple[FloatArray, FloatArray]:
        """Zeros as large as W and the intercept, in whole vectors of classes."""
        part = aligned((self._risk.model.d, self._padded), np.float64)
        part.fill(0.0)
        return part, np.zeros(self._padded)
