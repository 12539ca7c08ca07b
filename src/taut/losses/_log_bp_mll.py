"""The logarithm of BP-MLL's loss, whose gradient stays bounded."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from taut._typing import AnyArray, FloatArray
from taut.losses._multilabel import LogSums, MultilabelLoss, pairs_of, signed_shares


def row(scores: Sequence[float], y: Sequence[bool], margin: float, width: float, grad: Any) -> float:
    """One example: the logarithm of the mean of e^{c_l − c_k} over its pairs."""
    top = -math.inf
    pairs = 0
    for j in range(len(scores)):
        grad[j] = 0.0
    for k in range(len(scores)):
        for l in range(len(scores)):  # noqa: E741
            if y[k] and not y[l]:
                top = max(top, scores[l] - scores[k])
                pairs += 1
    if pairs == 0:
        return 0.0
    total = 0.0
    for k in range(len(scores)):
        for l in range(len(scores)):  # noqa: E741
            if y[k] and not y[l]:
                cost = math.exp(scores[l] - scores[k] - top)  # the largest is 1: nothing overflows
                total += cost
                grad[l] += cost
                grad[k] -= cost
    for j in range(len(scores)):
        grad[j] /= total
    return top + math.log(total / pairs)


@dataclass(frozen=True)
class LogBPMLL(MultilabelLoss):
    """The logarithm of BP-MLL's ranking loss.

    loss = log Σ_{l∉Y} e^{c_l} + log Σ_{k∈Y} e^{−c_k} − log(|Y||Ȳ|); dloss/dc_l = e^{c_l} / Σ_{m∉Y} e^{c_m} and
    dloss/dc_k = −e^{−c_k} / Σ_{m∈Y} e^{−c_m}, which sum to zero. Convex, and below zero once every label that
    belongs leads: where a penalty holds no parameter back it has no minimum. No kinks.

    References
    ----------
    M.-L. Zhang, Z.-H. Zhou, IEEE TKDE 18(10), 2006: the logarithm of its error of one example.
    """

    name: ClassVar[str] = "log_bp_mll"
    signed: ClassVar[bool] = True
    row: ClassVar[Callable[..., float]] = staticmethod(row)

    def rows(self, scores: FloatArray, targets: AnyArray) -> tuple[FloatArray, FloatArray]:
        """Losses and score gradients of all rows."""
        sums = LogSums.of(scores, targets)
        with np.errstate(invalid="ignore"):
            counted = self.defined(targets)
            values = np.where(counted, sums.both - np.log(pairs_of(targets)), 0.0).astype(scores.dtype)
        ones = counted.astype(scores.dtype)
        return values, signed_shares(sums.shares, targets, ones, ones)

    def row_curvature(self, scores: FloatArray, targets: AnyArray) -> FloatArray:
        """Mean of p_j (1 − p_j), p_j the share of label j in the sum over its own set."""
        p = np.abs(self.rows(scores, targets)[1])
        return (p * (1 - p)).mean(axis=1)
