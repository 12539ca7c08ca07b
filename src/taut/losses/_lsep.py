"""LSEP: log(1 + Σ e^{c_l − c_k}) over pairs of a label k that belongs and a label l that does not."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from taut._typing import AnyArray, FloatArray
from taut.losses._multilabel import LogSums, MultilabelLoss, signed_shares, softplus_and_slope


def row(scores: Sequence[float], y: Sequence[bool], margin: float, width: float, grad: Any) -> float:
    """One example: a smooth maximum of 0 and all c_l − c_k."""
    top = 0.0
    for j in range(len(scores)):
        grad[j] = 0.0
    for k in range(len(scores)):
        for l in range(len(scores)):  # noqa: E741
            if y[k] and not y[l]:
                top = max(top, scores[l] - scores[k])
    pairs = 0.0
    for k in range(len(scores)):
        for l in range(len(scores)):  # noqa: E741
            if y[k] and not y[l]:
                cost = math.exp(scores[l] - scores[k] - top)  # the largest is 1: nothing overflows
                pairs += cost
                grad[l] += cost
                grad[k] -= cost
    total = math.exp(-top) + pairs
    for j in range(len(scores)):
        grad[j] /= total
    return math.log1p(pairs) if top == 0.0 else top + math.log(total)


@dataclass(frozen=True)
class LSEP(MultilabelLoss):
    """The log-sum-exp pairwise loss.

    loss = log(1 + Σ_{k∈Y, l∉Y} e^{c_l − c_k}) = log(1 + e^{a+b}) with a = log Σ_{l∉Y} e^{c_l} and
    b = log Σ_{k∈Y} e^{−c_k}; dloss/dc_l = σ(a + b) e^{c_l − a}, dloss/dc_k = −σ(a + b) e^{−c_k − b}, which sum to
    zero. No kinks; no overflow at any score.

    References
    ----------
    Y. Li, Y. Song, J. Luo, "Improving pairwise ranking for multi-label image classification", CVPR 2017.
    """

    name: ClassVar[str] = "lsep"
    row: ClassVar[Callable[..., float]] = staticmethod(row)

    def rows(self, scores: FloatArray, targets: AnyArray) -> tuple[FloatArray, FloatArray]:
        """Losses and score gradients of all rows."""
        sums = LogSums.of(scores, targets)
        values, slopes = softplus_and_slope(sums.both)
        return values, signed_shares(sums.shares, targets, slopes, slopes)

    def row_curvature(self, scores: FloatArray, targets: AnyArray) -> FloatArray:
        """Mean of p_j (1 − p_j), p_j = |dloss/dc_j|."""
        p = np.abs(self.rows(scores, targets)[1])
        return (p * (1 - p)).mean(axis=1)
