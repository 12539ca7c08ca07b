"""The linear model: scores = X W + b."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from taut._typing import AnyArray, FloatArray, IntArray
from taut.losses import Loss
from taut.matrix import Block


@dataclass(frozen=True)
class Linear:
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

    def scores(self, theta: FloatArray, block: Block) -> FloatArray:
        """Scores (rows, k) of some rows of X."""
        W, b = self.views(theta)
        scores: FloatArray = block @ W
        if b is not None:
            scores += b
        return scores

    def pullback(self, block: Block, score_gradient: AnyArray) -> FloatArray:
        """The gradient with respect to theta, (size,), of a function whose score gradient is known."""
        parts: list[Any] = [block.T @ score_gradient]
        if self.intercept:
            parts.append(score_gradient.sum(axis=0, dtype=np.float64)[None, :])
        gradient: FloatArray = np.concatenate(parts).ravel()
        return gradient

    def block(
        self,
        theta: FloatArray,
        block: Block,
        loss: Loss,
        targets: IntArray,
        weights: FloatArray | None,
        *,
        input_gradient: FloatArray | None = None,
    ) -> tuple[float, FloatArray]:
        """Weighted sum of the losses of some rows, and its gradient with respect to theta.

        ``input_gradient`` (rows, d), where given, is filled with the gradient with respect to the rows.
        """
        values, gradient = loss.rows(self.scores(theta, block), targets)
        if weights is None:
            total = float(values.sum(dtype=np.float64))
        else:
            total = float(values.astype(np.float64) @ weights)
            gradient *= weights[:, None].astype(gradient.dtype)
        if input_gradient is not None:
            np.matmul(gradient, self.views(theta)[0].T, out=input_gradient)
        return total, self.pullback(block, gradient)
