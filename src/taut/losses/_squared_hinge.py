"""Multiclass squared hinge: Σ_{j≠y} max(0, s_j − s_y + margin)²."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from taut._typing import FloatArray, IntArray
from taut.losses._base import ROUNDING, Apply, Loss, Row, close_rows, open_rows, pair_hessian, violations


def row(scores: Sequence[float], y: int, margin: float, width: float, grad: Any) -> float:
    """One example: every wrong class that comes closer than the margin costs the square of what it lacks."""
    loss = 0.0
    pushed = 0.0
    for j in range(len(scores)):  # without branches: on fresh data the processor would guess half of them wrong
        m = scores[j] - scores[y] + margin
        over = 0.0 if m <= 0.0 else m  # written so that NaN counts as a violation and shows in the loss
        over = 0.0 if j == y else over
        loss += over * over
        grad[j] = 2.0 * over
        pushed += 2.0 * over
    grad[y] = -pushed
    return loss


@dataclass(frozen=True)
class SquaredHinge(Loss):
    """Multiclass squared hinge, the square taken pair by pair.

    loss = Σ_{j≠y} max(0, m_j)², m_j = s_j − s_y + margin; dloss/ds_j = 2 max(0, m_j) for j ≠ y, and
    minus their sum for j = y. The gradient has no jump; its slope jumps at m_j = 0.

    References
    ----------
    J. Weston, C. Watkins, ESANN 1999, eq. 3, with squared slacks.
    """

    name: ClassVar[str] = "squared_hinge"
    kinked: ClassVar[bool] = False
    piecewise: ClassVar[bool] = True
    uses_margin: ClassVar[bool] = True
    row: ClassVar[Row] = staticmethod(row)

    def rows(self, scores: FloatArray, targets: IntArray) -> tuple[FloatArray, FloatArray]:
        """Losses and score gradients of all rows."""
        m = violations(scores, targets, self.margin)
        m[m <= 0.0] = 0.0  # NaN stays
        return np.einsum("ij,ij->i", m, m), close_rows(2.0 * m, targets)

    def conjugate(self, dual: FloatArray, targets: IntArray) -> FloatArray:
        """Σ b_j²/4 − margin b_j on b_j ≥ 0."""
        shares, off = open_rows(dual, targets)
        size = 1.0 + shares.max(axis=1, initial=0.0)
        inside = (shares.min(axis=1) >= -ROUNDING * size) & (off <= ROUNDING * size * dual.shape[1])
        return np.where(inside, (shares * (0.25 * shares - self.margin)).sum(axis=1), np.inf)

    def room(self, dual: FloatArray, targets: IntArray) -> FloatArray:
        """No upper bound; a pair may at most double, so that pairs that do not count stay at 0."""
        return np.maximum(dual, 0.0)

    def pieces(self, scores: FloatArray, targets: IntArray) -> FloatArray:
        """The margins m_j of the wrong classes, (n, k − 1)."""
        m = violations(scores, targets, self.margin)
        wrong = np.arange(scores.shape[1]) != targets[:, None]
        return m[wrong].reshape(len(targets), -1)

    def hessian(self, scores: FloatArray, targets: IntArray) -> tuple[IntArray, Apply]:
        """2 for the pairs that count."""
        m = violations(scores, targets, self.margin)
        return pair_hessian(2.0 * (m > 0).astype(scores.dtype), targets)

    def row_curvature(self, scores: FloatArray, targets: IntArray) -> FloatArray:
        """Each pair that counts bends two scores by 2."""
        m = violations(scores, targets, self.margin)
        return (m > 0).sum(axis=1) * (4.0 / scores.shape[1])
