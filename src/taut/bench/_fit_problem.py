"""What is fitted, and how far weights are from its optimum: plain NumPy that no contender shares."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy import special

from taut._typing import FloatArray, IntArray
from taut.bench._error import BenchError

SLACK = 1e-9
"""How far a dual point may leave its set by rounding."""


class Weights(NamedTuple):
    """W (d, k) and b (k,)."""

    W: FloatArray
    b: FloatArray


@dataclass(frozen=True, eq=False)
class FitProblem:
    """min P(W, b) = (1/n) Σ_i loss(x_i W + b, y_i) + l2/2 ‖W‖², b free or 0.

    Parameters
    ----------
    name : str
    X : ndarray or csr_array of shape (n, d)
        float32 or float64; all contenders hold this very array.
    y : ndarray of shape (n,)
        Class codes 0..k-1, int64.
    loss : {"hinge", "squared_hinge", "crammer_singer", "softmax", "squared"}
        Of margin 1.
    l2 : float
        > 0.
    intercept : bool
    """

    name: str
    X: Any
    y: IntArray
    loss: str
    l2: float
    intercept: bool

    @property
    def n(self) -> int:
        """Rows."""
        return int(self.X.shape[0])

    @property
    def d(self) -> int:
        """Columns."""
        return int(self.X.shape[1])

    @property
    def k(self) -> int:
        """Classes."""
        return int(self.y.max()) + 1

    @property
    def C(self) -> float:
        """The penalty as the peers write it: ½‖W‖² + C Σ loss."""
        return 1.0 / (self.l2 * self.n)

    def primal(self, found: Weights) -> float:
        """P at some weights, in float64."""
        W = found.W.astype(np.float64)
        S = np.asarray(self.X @ W, dtype=np.float64) + found.b
        right = S[np.arange(self.n), self.y][:, None]
        if self.loss == "softmax":
            each = special.logsumexp(S, axis=1) - right[:, 0]
        elif self.loss == "squared":
            each = 0.5 * ((S - np.eye(self.k)[self.y]) ** 2).sum(axis=1)
        else:
            lack = np.maximum(S - right + 1.0, 0.0)
            lack[np.arange(self.n), self.y] = 0.0
            power = 2 if self.loss == "squared_hinge" else 1
            each = lack.max(axis=1) if self.loss == "crammer_singer" else (lack**power).sum(axis=1)
        return float(each.mean()) + 0.5 * self.l2 * float((W**2).sum())

    def dual(self, point: FloatArray) -> float:
        """A lower bound on every P, D(a) = −(1/n) Σ_i loss*(a_i) − ‖Xᵀa‖² / (2 l2 n²), for a dual point a (n, k).

        Raises
        ------
        BenchError
            The point is no dual point of this problem.
        """
        a = np.asarray(point, dtype=np.float64)
        if self.intercept and np.abs(a.sum(axis=0)).max() > SLACK * self.n:
            raise BenchError(f"{self.name}, {self.loss}: the dual point does not sum to 0, as a free intercept asks")
        bounds = self._bounds(a)
        if not np.isfinite(bounds).all():
            raise BenchError(f"{self.name}, {self.loss}: no dual point of this loss")
        pulled = np.asarray(self.X.T.astype(np.float64) @ a)
        return float(bounds.mean()) - float((pulled**2).sum()) / (2.0 * self.l2 * self.n**2)

    def _bounds(self, a: FloatArray) -> FloatArray:
        """−loss*(a_i) of every row, −inf where a_i lies outside its set."""
        right = np.eye(self.k)[self.y]
        if self.loss == "squared":
            return -0.5 * (a**2).sum(axis=1) - (a * right).sum(axis=1)
        balanced = np.abs(a.sum(axis=1)) <= SLACK * self.k
        if self.loss == "softmax":
            p = a + right
            return np.where(balanced & (p.min(axis=1) >= -SLACK), special.entr(np.maximum(p, 0.0)).sum(axis=1), -np.inf)
        shares = a * (1.0 - right)
        fits = balanced & (shares.min(axis=1) >= -SLACK)
        if self.loss == "hinge":
            fits &= shares.max(axis=1) <= 1.0 + SLACK
        elif self.loss == "crammer_singer":
            fits &= shares.sum(axis=1) <= 1.0 + SLACK * self.k
        else:
            return np.where(fits, (shares - 0.25 * shares**2).sum(axis=1), -np.inf)
        return np.where(fits, shares.sum(axis=1), -np.inf)


def relative_gap(primal: float, bound: float) -> float:
    """(primal − bound) / primal, never below 0."""
    return max(primal - bound, 0.0) / primal if primal > 0 else 0.0
