"""The method of multipliers on a kinked loss: a smooth problem whose rounding moves with the dual point."""

from collections import deque
from typing import Any

import numpy as np

from taut._typing import FloatArray
from taut.matrix import Entries, aligned, in_order
from taut.objective import LinearObjective
from taut.solvers._limited_memory import Pairs, minimise
from taut.solvers._preconditioner import Preconditioner

WIDTH = 1.0
"""Of the rounding in margins. MNIST, hinge, l2 = 1/n, to a gap of 1e-3: 443 passes with 1, 542 with 2, 670 with 0.3."""

SHARPEN, SHARPEST = 0.3, 1e-6
"""Where a stage is solved to rounding the next width is this share, down to such a share of the first."""

EVALUATIONS = 20
"""Of a stage: with 10 to 30 the time is the same."""

MEMORY = 40


class Multipliers:
    """min over θ of the mean of max_b (b·m − width/2 ‖b − anchor‖²) + l2/2 ‖W‖²; the maximisers are the next anchor.

    With the anchor at an optimal dual point the minimum is that of the loss itself, whatever the width: unlike a
    rounding that narrows, the problem never becomes harder.

    References
    ----------
    R. T. Rockafellar, "Augmented Lagrangians and applications of the proximal point algorithm in convex programming",
    Mathematics of Operations Research 1, 1976, section 4.
    """

    def __init__(
        self, risk: LinearObjective, theta: FloatArray, entries: Entries, padded: int, dual: FloatArray | None = None
    ) -> None:
        from taut.kernels._anchored import anchored_rows

        self._risk, self._entries, self._padded = risk, entries, padded
        self._kernel: Any = anchored_rows(entries.data.dtype.name, entries.indices.dtype.name)
        n, k = len(risk.targets), risk.model.k
        self._anchor, self.shares = np.zeros((n, k)), np.zeros((n, k))
        if dual is not None:
            self._anchor[:] = dual
            self._anchor[np.arange(n), risk.targets] = 0.0
        self._first = self._width = WIDTH * (risk.loss.margin or 1.0)
        self._scale = Preconditioner.at(risk, theta, risk.loss.rounded(2.0 * self._width))
        self._pairs: Pairs = deque(maxlen=MEMORY)
        self.theta, self.value = theta, np.inf
        self.best, self.primal, self.passes = theta, np.inf, 0.0
        self.pulled = np.zeros((risk.model.d, k))
        """Xᵀ(s/S a) at the shares (d, k)."""

    def stage(self) -> bool:
        """Some steps about the anchor, and the next anchor; False where no step helped."""
        spent, moved, sharper = 0, False, False
        for point in minimise(self._evaluate, self.theta, lambda _: self._scale.solve, MEMORY, self._pairs):
            self.theta, self.value = point.theta, point.value
            spent += point.evaluations
            moved |= point.step > 0.0
            if spent >= EVALUATIONS or not np.isfinite(point.value):
                break
        else:  # solved to rounding: longer moves of the anchor ask for a sharper rounding
            sharper = self._width > SHARPEST * self._first
        self._evaluate(self.theta)  # a line search may have looked elsewhere last
        self.passes += spent + 1
        self._anchor[:] = self.shares
        if sharper:
            self._width *= SHARPEN
            self._pairs.clear()
        return moved or sharper

    def _evaluate(self, theta: FloatArray) -> tuple[float, FloatArray]:
        risk, model = self._risk, self._risk.model
        (W, b), gradient = model.views(theta), np.zeros(model.size)
        packed, centre = aligned((model.d, self._padded), np.float64), np.zeros(self._padded)
        packed[:, model.k :] = 0.0
        packed[:, : model.k] = W
        if b is not None:
            centre[: model.k] = b
        self.pulled[:] = 0.0
        sums, total, plain = np.zeros(model.k), 0.0, 0.0

        def work(rows: slice) -> tuple[float, float, FloatArray, FloatArray]:
            part, slope = aligned(packed.shape, np.float64), np.zeros(self._padded)
            part.fill(0.0)
            data, indices, starts, shared = self._entries
            values = self._kernel(
                data, indices, starts[rows.start : rows.stop + 1], shared, risk.targets[rows],
                risk.shares[rows], risk.loss.margin, risk.loss.shares == "together", self._width,
                packed, centre, self._anchor[rows], self.shares[rows], part, slope,
            )  # fmt: skip
            return *values, part, slope

        for value, loss, part, slope in in_order(work, risk.matrix.superblocks(), risk.used_threads):
            total, plain = total + value, plain + loss
            self.pulled += part[:, : model.k]
            sums += slope[: model.k]
        dW, db = model.views(gradient)
        dW[:] = self.pulled + risk.l2 * W
        if db is not None:
            db[:] = sums
        penalty = risk.penalty(theta)
        if plain + penalty < self.primal:
            self.best, self.primal = theta.copy(), plain + penalty
        return total + penalty, gradient
