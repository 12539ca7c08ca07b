"""ZLPR: every label that belongs above zero, every other below."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from taut._typing import AnyArray, FloatArray
from taut.losses._multilabel import LogSums, MultilabelLoss, signed_shares, softplus_and_slope


def row(scores: Sequence[float], y: Sequence[bool], margin: float, width: float, grad: Any) -> float:
    """One example: for each of the two sets a smooth maximum of 0 and what its labels lack."""
    loss = 0.0
    for belongs in (False, True):
        sign = -1.0 if belongs else 1.0
        top = 0.0
        for j in range(len(scores)):
            if bool(y[j]) == belongs:
                top = max(top, sign * scores[j])
        others = 0.0
        for j in range(len(scores)):
            if bool(y[j]) == belongs:
                grad[j] = math.exp(sign * scores[j] - top)  # the largest is 1: nothing overflows
                others += grad[j]
        total = math.exp(-top) + others
        for j in range(len(scores)):
            if bool(y[j]) == belongs:
                grad[j] *= sign / total
        loss += math.log1p(others) if top == 0.0 else top + math.log(total)
    return loss


@dataclass(frozen=True)
class ZLPR(MultilabelLoss):
    """The zero-bounded log-sum-exp and pairwise rank-based loss.

    loss = log(1 + Σ_{l∉Y} e^{c_l}) + log(1 + Σ_{k∈Y} e^{−c_k}); dloss/dc_l = e^{c_l} / (1 + Σ_{m∉Y} e^{c_m}),
    dloss/dc_k = −e^{−c_k} / (1 + Σ_{m∈Y} e^{−c_m}). Labels are compared with 0 too, so the threshold is 0 and an
    empty or a full set is an example like any other. No kinks; no overflow at any score.

    References
    ----------
    J. Su, M. Zhu, A. Murtadha, S. Pan, B. Wen, Y. Liu, "ZLPR: a novel loss for multi-label classification",
    arXiv:2208.02955, 2022.
    """

    name: ClassVar[str] = "zlpr"
    ranks: ClassVar[bool] = False
    row: ClassVar[Callable[..., float]] = staticmethod(row)

    def rows(self, scores: FloatArray, targets: AnyArray) -> tuple[FloatArray, FloatArray]:
        """Losses and score gradients of all rows."""
        sums = LogSums.of(scores, targets)
        outside, slope_outside = softplus_and_slope(sums.absent)
        inside, slope_inside = softplus_and_slope(sums.present)
        return outside + inside, signed_shares(sums.shares, targets, slope_outside, slope_inside)

    def row_curvature(self, scores: FloatArray, targets: AnyArray) -> FloatArray:
        """Mean of p_j (1 − p_j), p_j = |dloss/dc_j|."""
        p = np.abs(self.rows(scores, targets)[1])
        return (p * (1 - p)).mean(axis=1)
