"""Least squares on real targets: ½ Σ_j (s_j − t_j)²."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from taut._typing import AnyArray, FloatArray, IntArray
from taut.losses._base import Apply, Loss, Row


def row(scores: Sequence[float], targets: Any, margin: float, width: float, grad: Any) -> float:
    """One example: half the squared distance of the scores from its targets."""
    loss = 0.0
    for j in range(len(scores)):
        grad[j] = scores[j] - targets[j]
        loss += 0.5 * grad[j] * grad[j]
    return loss


@dataclass(frozen=True)
class SquaredError(Loss):
    """Least squares on real targets t (n, m) instead of class codes, one column a target.

    loss = ½ Σ_j (s_j − t_j)²; dloss/ds_j = s_j − t_j. No kinks.

    Examples
    --------
    >>> import numpy as np, taut
    >>> taut.losses.SquaredError().rows(np.array([[1.0, 2.0]]), np.array([[0.0, 4.0]]))
    (array([2.5]), array([[ 1., -2.]]))

    References
    ----------
    C. M. Bishop, "Pattern Recognition and Machine Learning", 2006, eq. 3.12.
    """

    name: ClassVar[str] = "squared"
    piecewise: ClassVar[bool] = True
    quadratic: ClassVar[bool] = True
    compiled: ClassVar[bool] = False
    row: ClassVar[Row] = staticmethod(row)

    def rows(self, scores: FloatArray, targets: AnyArray) -> tuple[FloatArray, FloatArray]:
        """Losses and score gradients of all rows."""
        residual = scores - targets.astype(scores.dtype, copy=False)
        return 0.5 * np.einsum("ij,ij->i", residual, residual), residual

    def conjugate(self, dual: FloatArray, targets: AnyArray) -> FloatArray:
        """½ Σ a_j² + Σ a_j t_j, finite everywhere."""
        return np.einsum("ij,ij->i", dual, 0.5 * dual + targets)

    def balanced(self, dual: FloatArray, targets: AnyArray, weights: FloatArray) -> FloatArray:
        """Every column less its weighted mean: the dual set is the whole space."""
        return dual - (weights @ dual) / weights.sum()

    def hessian(self, scores: FloatArray, targets: AnyArray) -> tuple[IntArray, Apply]:
        """The identity."""
        return np.arange(len(targets)), lambda directions: directions
