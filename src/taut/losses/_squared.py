"""Least squares on the one-hot target: ½ Σ_j (s_j − [j = y])²."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from taut._typing import FloatArray, IntArray
from taut.losses._base import Apply, Loss, Row


def row(scores: Sequence[float], y: int, margin: float, width: float, grad: Any) -> float:
    """One example: half the squared distance of the scores from 1 at the right class and 0 elsewhere."""
    loss = 0.0
    for j in range(len(scores)):
        grad[j] = scores[j] - 1.0 if j == y else scores[j]
        loss += 0.5 * grad[j] * grad[j]
    return loss


def bend(scores: Sequence[float], y: int, margin: float, width: float, out: Any) -> float:
    """One example: the direction itself, which follows the scores."""
    bent = 0.0
    for j in range(len(out)):
        out[j] = scores[len(out) + j]
        bent += 0.5 * out[j] * out[j]
    return bent


@dataclass(frozen=True)
class Squared(Loss):
    """Least squares on the one-hot coding of the class.

    loss = ½ Σ_j (s_j − [j = y])²; dloss/ds_j = s_j − [j = y]. No kinks.

    References
    ----------
    C. M. Bishop, "Pattern Recognition and Machine Learning", 2006, eq. 4.15.
    """

    name: ClassVar[str] = "squared"
    kinked: ClassVar[bool] = False
    piecewise: ClassVar[bool] = True
    quadratic: ClassVar[bool] = True
    row: ClassVar[Row] = staticmethod(row)
    bend: ClassVar[Row | None] = staticmethod(bend)

    def rows(self, scores: FloatArray, targets: IntArray) -> tuple[FloatArray, FloatArray]:
        """Losses and score gradients of all rows."""
        residual = scores.copy()
        residual[np.arange(len(targets)), targets] -= 1.0
        return 0.5 * np.einsum("ij,ij->i", residual, residual), residual

    def conjugate(self, dual: FloatArray, targets: IntArray) -> FloatArray:
        """½ Σ a_j² + a_y, finite everywhere."""
        return 0.5 * np.einsum("ij,ij->i", dual, dual) + dual[np.arange(len(targets)), targets]

    def balanced(self, dual: FloatArray, targets: IntArray, weights: FloatArray) -> FloatArray:
        """Every column less its weighted mean: the dual set is the whole space."""
        return dual - (weights @ dual) / weights.sum()

    def pieces(self, scores: FloatArray, targets: IntArray) -> FloatArray:
        """No kinks."""
        return np.zeros((len(targets), 0))

    def hessian(self, scores: FloatArray, targets: IntArray) -> tuple[IntArray, Apply]:
        """The identity."""
        return np.arange(len(targets)), lambda directions: directions

    def row_curvature(self, scores: FloatArray, targets: IntArray) -> FloatArray:
        """1 everywhere."""
        return np.ones(len(targets))
