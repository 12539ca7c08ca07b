"""BP-MLL: the mean of e^{c_l − c_k} over pairs of a label k that belongs and a label l that does not."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from taut._typing import AnyArray, FloatArray
from taut.losses._multilabel import LogSums, MultilabelLoss, pairs_of, signed_shares


def row(scores: Sequence[float], y: Sequence[bool], margin: float, width: float, grad: Any) -> float:
    """One example: every pair in the wrong order, or too close, costs exponentially."""
    loss = 0.0
    pairs = 0
    for j in range(len(scores)):
        grad[j] = 0.0
    for k in range(len(scores)):
        for l in range(len(scores)):  # noqa: E741
            if y[k] and not y[l]:
                cost = math.exp(scores[l] - scores[k])
                pairs += 1
                loss += cost
                grad[l] += cost
                grad[k] -= cost
    for j in range(len(scores)):
        grad[j] /= max(pairs, 1)
    return loss / max(pairs, 1)


@dataclass(frozen=True)
class BPMLL(MultilabelLoss):
    """BP-MLL's ranking loss.

    loss = 1/(|Y||Ȳ|) Σ_{k∈Y, l∉Y} e^{c_l − c_k} = mean_{l∉Y} e^{c_l} · mean_{k∈Y} e^{−c_k}: the sum over pairs
    factorises, so a row costs O(K). dloss/dc_l = e^{c_l} Σ_{k∈Y} e^{−c_k} / (|Y||Ȳ|) and
    dloss/dc_k = −e^{−c_k} Σ_{l∉Y} e^{c_l} / (|Y||Ȳ|), which sum to zero. Both factors are taken in logarithms:
    nothing overflows before the loss itself does, and then it is inf. No kinks.

    References
    ----------
    M.-L. Zhang, Z.-H. Zhou, "Multilabel neural networks with applications to functional genomics and text
    categorization", IEEE TKDE 18(10), 2006: its global error, of one example.
    """

    name: ClassVar[str] = "bp_mll"
    row: ClassVar[Callable[..., float]] = staticmethod(row)

    def rows(self, scores: FloatArray, targets: AnyArray) -> tuple[FloatArray, FloatArray]:
        """Losses and score gradients of all rows."""
        sums = LogSums.of(scores, targets)
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            values = np.exp(sums.both - np.log(pairs_of(targets))).astype(scores.dtype, copy=False)
            return values, signed_shares(sums.shares, targets, values, values)

    def row_curvature(self, scores: FloatArray, targets: AnyArray) -> FloatArray:
        """e^{c_j} and its like are their own second derivatives: the mean of |dloss/dc_j|."""
        _, gradient = self.rows(scores, targets)
        return np.abs(gradient).mean(axis=1)
