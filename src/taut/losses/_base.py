"""What a loss is: one function of a row of scores, in two forms, with what a certificate needs."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from taut._typing import FloatArray, IntArray
from taut.losses._balance import balance_flows

Row = Callable[[Sequence[float], int, float, float, Any], float]
Apply = Callable[[FloatArray], FloatArray]


@dataclasses.dataclass(frozen=True)
class Loss(ABC):
    """A loss of one row of scores and its class.

    A subclass gives two independent forms of the same function: ``row``, plain Python over the classes
    of one example, and ``rows``, vectorised over examples.

    Parameters
    ----------
    margin : float
        Δ ≥ 0 of the hinges; the other losses do not look at it.
    width : float
        Over how wide a stretch a kink is rounded: max over the dual set of a·s − conjugate − width/2 Σ b².
        0 is the loss itself. Losses without a jump in the gradient do not look at it.

    Examples
    --------
    A loss of one's own is the same two functions; the row is compiled into the fused kernels as it stands. Here each
    class for itself asks for a score beyond 1, or below −1 where it is wrong:

    >>> import numpy as np, taut
    >>> def row(scores, y, margin, width, grad):
    ...     loss = 0.0
    ...     for j in range(len(scores)):
    ...         sign = 1.0 if j == y else -1.0
    ...         lack = max(0.0, 1.0 - sign * scores[j])
    ...         loss += lack * lack
    ...         grad[j] = -2.0 * sign * lack
    ...     return loss
    >>> class OneVersusRest(taut.losses.Loss):
    ...     name = "one_versus_rest"
    ...     row = staticmethod(row)
    ...
    ...     def rows(self, scores, targets):
    ...         sign = np.where(np.arange(scores.shape[1]) == targets[:, None], 1.0, -1.0)
    ...         lack = np.maximum(0.0, 1.0 - sign * scores)
    ...         return (lack**2).sum(axis=1), -2.0 * sign * lack
    >>> X, y = np.array([[1.0, 2.0], [0.5, 0.0], [-1.0, 1.0]]), [1, 0, 1]
    >>> loss, dW = taut.loss_and_gradient(np.zeros((2, 2)), X, y, loss=OneVersusRest())
    >>> loss
    2.0

    ``LinearClassifier`` takes it in the same way; with a ``conjugate`` its fits are certified too.
    """

    margin: float = 1.0
    width: float = 0.0

    name: ClassVar[str]
    kinked: ClassVar[bool] = False
    """Whether the gradient jumps somewhere, so that a solver needs the rounded form."""
    piecewise: ClassVar[bool] = False
    """Whether the loss (or its rounded form) is made of pieces at most quadratic, on which Newton's model is exact."""
    quadratic: ClassVar[bool] = False
    """Whether the loss is quadratic, so that its optimum is known exactly even without a penalty."""
    shares: ClassVar[str | None] = None
    """Of a loss that is linear on its dual set, −conjugate = margin Σ b_j: "each" where that is 0 ≤ b_j ≤ 1, "together"
    where it is b_j ≥ 0, Σ b_j ≤ 1; dual ascent solves these."""
    probabilistic: ClassVar[bool] = False
    """Whether its scores are logarithms of probabilities."""
    uses_margin: ClassVar[bool] = False
    """Whether ``margin`` means something to it."""
    compiled: ClassVar[bool] = True
    """Whether the fused kernels call ``row``, which then takes a class number; else ``rows`` serves for any size."""
    bend: ClassVar[Row | None] = None
    """``bend(scores, y, margin, width, out) -> ½ vᵀHv``, for losses that bend everywhere: ``scores`` holds the k scores
    and then a direction v of them, and H v, H the second derivatives, is written into ``out``."""
    row: ClassVar[Row]
    """``row(scores, y, margin, width, grad) -> loss``; writes dloss/dscores into ``grad``."""

    def rounded(self, width: float) -> Self:
        """The same loss with its kinks rounded; its gradients are dual points of the loss itself."""
        return dataclasses.replace(self, width=width if self.kinked else 0.0)

    @abstractmethod
    def rows(self, scores: FloatArray, targets: IntArray) -> tuple[FloatArray, FloatArray]:
        """Losses (n,) and score gradients (n, k) in the type of ``scores``; strict at a kink (0 where m = 0)."""

    def conjugate(self, dual: FloatArray, targets: IntArray) -> FloatArray:
        """Sup over s of a·s − loss(s), (n,), of the loss itself (``width`` 0); +inf outside the dual set.

        Default: +inf everywhere, which leaves the loss without a certificate.
        """
        return np.full(len(targets), np.inf)

    def pieces(self, scores: FloatArray, targets: IntArray) -> FloatArray:
        """Numbers (n, m) whose signs name the smooth piece that a row of scores lies on; m = 0 (default) without."""
        return np.zeros((len(targets), 0))

    def hessian(self, scores: FloatArray, targets: IntArray) -> tuple[IntArray, Apply]:
        """The rows that bend, and the product of their second derivatives (k, k) with directions (rows, k).

        Default: the identity on every row, a fair model of a loss of unit curvature.
        """
        return np.arange(len(targets)), lambda directions: directions

    def row_curvature(self, scores: FloatArray, targets: IntArray) -> FloatArray:
        """Mean over the classes of the second derivatives d²loss/ds_j², (n,): what a preconditioner scales by."""
        return np.ones(len(targets))

    def room(self, dual: FloatArray, targets: IntArray) -> FloatArray:
        """How far each b_j (n, k) may rise, all together, without leaving the dual set; default: not at all."""
        return np.zeros_like(dual)

    def balanced(self, dual: FloatArray, targets: IntArray, weights: FloatArray) -> FloatArray:
        """A dual point near ``dual`` with Σ_i w_i a_i = 0, which a free intercept asks for."""
        return balance_flows(dual, self.room(dual, targets), targets, weights)


def violations(scores: FloatArray, targets: IntArray, margin: float) -> FloatArray:
    """m_ij = s_ij − s_iy + margin for j ≠ y, and exactly −1 for j = y, which no loss may count."""
    rows = np.arange(len(targets))
    m = scores - scores[rows, targets][:, None]
    m += np.asarray(margin, dtype=scores.dtype)
    m[rows, targets] = -1.0
    return m


def pair_hessian(bends: FloatArray, targets: IntArray) -> tuple[IntArray, Apply]:
    """The Hessian of a sum over pairs (j, y): ``bends`` (n, k) holds each pair's second derivative, 0 at y."""
    rows = np.flatnonzero(bends.any(axis=1))
    bends, right = bends[rows], targets[rows]
    everyone = np.arange(len(rows))

    def apply(directions: FloatArray) -> FloatArray:
        out = directions - directions[everyone, right][:, None]
        out *= bends
        return close_rows(out, right)

    return rows, apply


def close_rows(shares: FloatArray, targets: IntArray) -> FloatArray:
    """Turn b_j (n, k), 0 at j = y, into the score gradient: a_y = −Σ_{j≠y} b_j; in place."""
    shares[np.arange(len(targets)), targets] = -shares.sum(axis=1)
    return shares


def open_rows(dual: FloatArray, targets: IntArray) -> tuple[FloatArray, FloatArray]:
    """The b_j (n, k) of a score gradient, 0 at j = y, and how far its rows are from summing to zero (n,)."""
    shares = dual.copy()
    shares[np.arange(len(targets)), targets] = 0.0
    return shares, np.abs(dual.sum(axis=1))


ROUNDING = 1e-9
"""How far a dual point may leave its set by rounding before the certificate refuses it."""
