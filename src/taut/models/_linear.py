"""The linear model: scores = X W + b."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from taut._typing import AnyArray, FloatArray
from taut.losses import Loss, Row
from taut.matrix import Block, Kernel, Matrix, aligned, summed, transposed
from taut.models._base import Model, Sample

SMALL_PRODUCT = 20_000_000
"""Multiplications in X W below which nothing is compiled and one thread does it all: a few milliseconds' work, while
loading the compiler takes most of a second."""

SCORES_AT_ONCE, MIN_ROWS = 2**18, 256
"""Scores (rows × classes) held at a time outside the fused kernels."""


def is_small(matrix: Matrix, k: int) -> bool:
    """Whether an evaluation is over before a second thread has woken up."""
    return matrix.shape[0] * matrix.shape[1] * k < SMALL_PRODUCT


def fuses(matrix: Matrix, k: int, *, inputs: bool = False) -> bool:
    """Whether the compiled kernels pay: not on toys, nor where BLAS runs nearer its peak."""
    return not is_small(matrix, k) and matrix.prefers_fused(k, inputs=inputs)


def _follow(scores: Sequence[float], y: int, margin: float, width: float, out: Any) -> float:
    """One example whose slopes are its scores."""
    for j in range(len(out)):
        out[j] = scores[j]
    return 0.0


@dataclass(frozen=True)
class Linear(Model):
    """scores = X W + b, theta = W stacked on b, flattened.

    Parameters
    ----------
    d, k : int
        Columns of X, classes.
    intercept : bool
        Whether b is fitted; it is never penalised.
    """

    d: int
    k: int
    intercept: bool = True

    @property
    def size(self) -> int:
        """Length of theta."""
        return (self.d + self.intercept) * self.k

    def views(self, theta: FloatArray) -> tuple[FloatArray, FloatArray | None]:
        """W (d, k) and b (k,), or None for b, without a copy."""
        table = theta.reshape(-1, self.k)
        return table[: self.d], (table[self.d] if self.intercept else None)

    def penalised(self, theta: FloatArray) -> tuple[FloatArray, ...]:
        """W alone."""
        return (self.views(theta)[0],)

    def scores(self, theta: FloatArray, block: Block) -> FloatArray:
        """Scores (rows, k) of some rows of X."""
        W, b = self.views(theta)
        scores: FloatArray = block @ W
        if b is not None:
            scores += b
        return scores

    def pullback(self, block: Block, score_gradient: AnyArray) -> FloatArray:
        """The gradient with respect to theta, (size,), of a function whose score gradient is known."""
        gradient: Any = transposed(block) @ score_gradient
        if self.intercept:
            gradient = np.concatenate([gradient, score_gradient.sum(axis=0, dtype=np.float64)[None, :]])
        flat: FloatArray = gradient.ravel()
        return flat

    def block(
        self,
        theta: FloatArray,
        block: Block,
        loss: Loss,
        targets: AnyArray,
        weights: FloatArray,
        input_gradient: FloatArray | None = None,
    ) -> tuple[float, FloatArray]:
        """Two products, and a third for the rows' own gradient."""
        values, slopes = loss.rows(self.scores(theta, block), targets)
        slopes *= weights[:, None].astype(slopes.dtype)
        if input_gradient is not None:
            np.matmul(slopes, self.views(theta)[0].T, out=input_gradient)
        return float(values.astype(np.float64) @ weights), self.pullback(block, slopes)

    def rows_at_once(self, matrix: Matrix) -> int:
        """So many that X need not be fetched twice, and a few megabytes of scores."""
        return max(MIN_ROWS, min(SCORES_AT_ONCE // self.k, matrix.rows_in_cache))

    def total(
        self, theta: FloatArray, sample: Sample, loss: Loss, input_gradient: FloatArray | None = None
    ) -> tuple[float, FloatArray]:
        """By the fused kernel, or by plain products where those are better."""
        if not loss.compiled or not fuses(sample.matrix, self.k, inputs=input_gradient is not None):
            return super().total(theta, sample, loss, input_gradient)
        W, b = self.views(theta)
        return self._fused(W, b, sample, type(loss).row, loss, input_gradient)

    def hessian_product(self, theta: FloatArray, direction: FloatArray, sample: Sample, loss: Loss) -> FloatArray:
        """H v by the fused kernel, H the second derivatives of Σ w loss at theta, for a loss that has a ``bend``.

        Scores and their change are computed in the same visit; no array of n rows is made.
        """
        bend = type(loss).bend
        if bend is None:
            raise ValueError(f"{type(loss).__name__} has no bend")
        (W, b), (V, c) = self.views(theta), self.views(direction)
        both = None if b is None or c is None else np.concatenate([b, c])
        return self._fused(np.concatenate([W, V], axis=1), both, sample, bend, loss)[1]

    def curvature_product(self, direction: FloatArray, sample: Sample, loss: Loss) -> FloatArray:
        """H v in one visit of the data, H the second derivatives of Σ w ½ ‖x W + b‖²; the targets do not matter."""
        matrix, _, weights, threads = sample
        if fuses(matrix, self.k) and matrix.dtype == direction.dtype:
            none = np.zeros(len(weights), dtype=np.int64)
            return self._fused(*self.views(direction), sample._replace(targets=none), _follow, loss)[1]

        def work(rows: slice) -> tuple[float, FloatArray]:
            block = matrix.block(rows)
            return 0.0, self.pullback(block, weights[rows, None] * self.scores(direction, block))

        return summed(work, matrix.superblocks(), threads)[1]

    def _fused(
        self,
        W: FloatArray,
        b: FloatArray | None,
        sample: Sample,
        row: Row,
        loss: Loss,
        input_gradient: FloatArray | None = None,
    ) -> tuple[float, FloatArray]:
        from taut.kernels._rows import row_address

        matrix, targets, weights, threads = sample
        bias = np.zeros(W.shape[1]) if b is None else b.astype(np.float64)
        kernel = Kernel(row_address(row), loss.margin, loss.width)
        gradient = aligned((self.size,), np.float64)
        dW, db = self.views(gradient)
        db = np.empty(self.k) if db is None else db
        packed = matrix.pack(W)
        return matrix.fused(packed, bias, targets, weights, kernel, threads, dW, db, input_gradient), gradient
