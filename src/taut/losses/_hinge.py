"""Weston–Watkins hinge: Σ_{j≠y} max(0, s_j − s_y + margin)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from taut._typing import FloatArray, IntArray
from taut.losses._base import ROUNDING, Apply, Loss, Row, close_rows, open_rows, pair_hessian, violations


def row(scores: Sequence[float], y: int, margin: float, width: float, grad: Any) -> float:
    """One example: every wrong class that comes closer than the margin costs what it lacks."""
    loss = 0.0
    pushed = 0.0
    # No branches inside the loops: on fresh data the processor would guess half of them wrong.
    for j in range(len(scores)):
        m = scores[j] - scores[y] + margin
        over = 0.0 if m <= 0.0 else m  # written so that NaN counts as a violation and shows in the loss
        over = 0.0 if j == y else over
        grad[j] = 0.0 if over == 0.0 else 1.0
        loss += over
        pushed += grad[j]
    if width > 0.0:  # the rounded form: each share rises from 0 to 1 over the width
        steepness = 1.0 / width
        loss = 0.0
        pushed = 0.0
        for j in range(len(scores)):
            m = scores[j] - scores[y] + margin
            over = 0.0 if grad[j] == 0.0 else m
            share = 1.0 if over * steepness > 1.0 else over * steepness
            loss += share * (over - 0.5 * width * share)
            grad[j] = share
            pushed += share
    grad[y] = -pushed
    return loss


@dataclass(frozen=True)
class Hinge(Loss):
    """Weston–Watkins multiclass hinge.

    loss = Σ_{j≠y} max(0, m_j), m_j = s_j − s_y + margin; dloss/ds_j = [m_j > 0] for j ≠ y, and minus
    their number for j = y. At m_j = 0 the comparison is strict: the class does not count.

    References
    ----------
    J. Weston, C. Watkins, "Support vector machines for multi-class pattern recognition", ESANN 1999, eq. 3.
    """

    name: ClassVar[str] = "hinge"
    kinked: ClassVar[bool] = True
    piecewise: ClassVar[bool] = True
    shares: ClassVar[str | None] = "each"
    uses_margin: ClassVar[bool] = True
    row: ClassVar[Row] = staticmethod(row)

    def rows(self, scores: FloatArray, targets: IntArray) -> tuple[FloatArray, FloatArray]:
        """Losses and score gradients of all rows."""
        m = violations(scores, targets, self.margin)
        counts = ~(m <= 0.0)  # NaN counts
        if self.width == 0.0:
            values = np.where(counts, m, 0.0).sum(axis=1)
            return values, close_rows(counts.astype(scores.dtype), targets)
        shares = np.where(counts, np.where(m < self.width, m / self.width, 1.0), 0.0).astype(scores.dtype)
        values = (shares * (np.where(counts, m, 0.0) - 0.5 * self.width * shares)).sum(axis=1)
        return values, close_rows(shares, targets)

    def conjugate(self, dual: FloatArray, targets: IntArray) -> FloatArray:
        """−margin Σ b_j on 0 ≤ b_j ≤ 1."""
        shares, off = open_rows(dual, targets)
        inside = (
            (shares.min(axis=1) >= -ROUNDING) & (shares.max(axis=1) <= 1 + ROUNDING) & (off <= ROUNDING * dual.shape[1])
        )
        return np.where(inside, -self.margin * shares.sum(axis=1), np.inf)

    def room(self, dual: FloatArray, targets: IntArray) -> FloatArray:
        """Each b_j may rise to 1."""
        return np.maximum(1.0 - dual, 0.0)

    def pieces(self, scores: FloatArray, targets: IntArray) -> FloatArray:
        """The margins m_j of the wrong classes, (n, k − 1)."""
        m = violations(scores, targets, self.margin)
        wrong = np.arange(scores.shape[1]) != targets[:, None]
        return m[wrong].reshape(len(targets), -1)

    def hessian(self, scores: FloatArray, targets: IntArray) -> tuple[IntArray, Apply]:
        """1/width for the pairs inside the rounded stretch."""
        m = violations(scores, targets, self.margin)
        inside = (m > 0) & (m < self.width)
        bends = inside.astype(scores.dtype)
        bends /= self.width or 1.0
        return pair_hessian(bends, targets)

    def row_curvature(self, scores: FloatArray, targets: IntArray) -> FloatArray:
        """Each pair inside the rounded stretch bends two scores by 1/width."""
        if self.width == 0.0:
            return np.zeros(len(targets))
        m = violations(scores, targets, self.margin)
        return ((m > 0) & (m < self.width)).sum(axis=1) * (2.0 / (self.width * scores.shape[1]))
