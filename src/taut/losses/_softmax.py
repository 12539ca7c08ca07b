"""Softmax (multinomial logistic) loss: log Σ_j e^{s_j} − s_y."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from taut._typing import FloatArray, IntArray
from taut.kernels import exponentials
from taut.losses._balance import balance_simplex
from taut.losses._base import ROUNDING, Apply, Loss, Row, open_rows


def row(scores: Sequence[float], y: int, margin: float, width: float, grad: Any) -> float:
    """One example: minus the logarithm of the probability that the scores give to the right class."""
    top = scores[0]
    for j in range(len(scores)):
        top = scores[j] if scores[j] > top else top  # a NaN is left to show in the sum below
    exponentials(scores, top, grad)  # the largest is exp(0) = 1: nothing overflows
    total = 0.0
    for j in range(len(scores)):
        total += grad[j]
    share = 1.0 / total
    for j in range(len(scores)):
        grad[j] *= share
    grad[y] -= 1.0
    return math.log(total) + (top - scores[y])


def bend(scores: Sequence[float], y: int, margin: float, width: float, out: Any) -> float:
    """One example: (diag(p) − p pᵀ) v, v following the scores."""
    k = len(out)
    top = scores[0]
    for j in range(k):
        top = scores[j] if scores[j] > top else top
    exponentials(scores[:k], top, out)
    total = 0.0
    along = 0.0
    for j in range(k):
        total += out[j]
        along += out[j] * scores[k + j]
    along /= total
    bent = 0.0
    for j in range(k):
        out[j] *= (scores[k + j] - along) / total
        bent += 0.5 * out[j] * scores[k + j]
    return bent


@dataclass(frozen=True)
class Softmax(Loss):
    """Softmax loss, also called cross-entropy or multinomial logistic.

    loss = log Σ_j e^{s_j} − s_y; dloss/ds_j = p_j − [j = y], p_j = e^{s_j} / Σ_l e^{s_l}. The largest
    score is subtracted first, so scores of any size are safe. No kinks.

    References
    ----------
    C. M. Bishop, "Pattern Recognition and Machine Learning", 2006, eq. 4.108 and 4.109.
    """

    name: ClassVar[str] = "softmax"
    kinked: ClassVar[bool] = False
    piecewise: ClassVar[bool] = False
    probabilistic: ClassVar[bool] = True
    row: ClassVar[Row] = staticmethod(row)
    bend: ClassVar[Row | None] = staticmethod(bend)

    def rows(self, scores: FloatArray, targets: IntArray) -> tuple[FloatArray, FloatArray]:
        """Losses and score gradients of all rows."""
        everyone = np.arange(len(targets))
        shifted = scores - scores.max(axis=1, keepdims=True)
        right = shifted[everyone, targets]
        np.exp(shifted, out=shifted)
        total = shifted.sum(axis=1, keepdims=True)
        values = np.log(total[:, 0]) - right
        shifted /= total
        shifted[everyone, targets] -= 1.0
        return values, shifted

    def probabilities(self, scores: FloatArray) -> FloatArray:
        """p_j = e^{s_j} / Σ_l e^{s_l}, (n, k)."""
        shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
        shifted /= shifted.sum(axis=1, keepdims=True)
        return shifted

    def conjugate(self, dual: FloatArray, targets: IntArray) -> FloatArray:
        """Σ p_j log p_j with p = a + onehot(y) in the simplex."""
        p = dual.copy()
        p[np.arange(len(targets)), targets] += 1.0
        inside = (p.min(axis=1) >= -ROUNDING) & (np.abs(dual.sum(axis=1)) <= ROUNDING * dual.shape[1])
        p = np.maximum(p, 0.0)
        return np.where(inside, (p * np.log(np.where(p > 0, p, 1.0))).sum(axis=1), np.inf)

    def balanced(self, dual: FloatArray, targets: IntArray, weights: FloatArray) -> FloatArray:
        """Shift probability between the classes of each row; flows where that is not enough."""
        return balance_simplex(dual, self.room(dual, targets), targets, weights)

    def room(self, dual: FloatArray, targets: IntArray) -> FloatArray:
        """What the right class still has, divided among the wrong ones."""
        shares, _ = open_rows(dual, targets)
        left = np.maximum(1.0 - shares.sum(axis=1), 0.0) / max(1, dual.shape[1] - 1)
        return np.repeat(left[:, None], dual.shape[1], axis=1)

    def pieces(self, scores: FloatArray, targets: IntArray) -> FloatArray:
        """No kinks."""
        return np.zeros((len(targets), 0))

    def hessian(self, scores: FloatArray, targets: IntArray) -> tuple[IntArray, Apply]:
        """diag(p) − p pᵀ."""
        p = self.probabilities(scores)

        def apply(directions: FloatArray) -> FloatArray:
            out = directions - np.einsum("ij,ij->i", p, directions)[:, None]
            out *= p
            return out

        return np.arange(len(p)), apply

    def row_curvature(self, scores: FloatArray, targets: IntArray) -> FloatArray:
        """Mean of p_j (1 − p_j)."""
        p = self.probabilities(scores)
        return (p * (1.0 - p)).mean(axis=1)
