"""Sigmoid cross-entropy: one logistic regression a label."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from taut._typing import AnyArray, FloatArray
from taut.losses._multilabel import MultilabelLoss, softplus_and_slope


def row(scores: Sequence[float], y: Sequence[bool], margin: float, width: float, grad: Any) -> float:
    """One example: each label for itself costs minus the logarithm of the probability of its being right."""
    loss = 0.0
    for j in range(len(scores)):
        sign = -1.0 if y[j] else 1.0
        wrong = sign * scores[j]  # how far the score is on the wrong side
        small = math.exp(-abs(wrong))
        loss += max(wrong, 0.0) + math.log1p(small)
        grad[j] = sign * (1.0 if wrong >= 0.0 else small) / (1.0 + small)
    return loss


@dataclass(frozen=True)
class Binary(MultilabelLoss):
    """Sigmoid cross-entropy, summed over the labels: binary relevance.

    loss = Σ_{l∉Y} log(1 + e^{c_l}) + Σ_{k∈Y} log(1 + e^{−c_k}); dloss/dc_j = σ(c_j) − [j ∈ Y]. The scores are log
    odds, the threshold is 0, and an empty or a full set is an example like any other. No kinks; no overflow at any
    score.

    References
    ----------
    C. M. Bishop, "Pattern Recognition and Machine Learning", 2006, eq. 4.90, once for each label.
    """

    name: ClassVar[str] = "binary"
    ranks: ClassVar[bool] = False
    probabilistic: ClassVar[bool] = True
    row: ClassVar[Callable[..., float]] = staticmethod(row)

    def rows(self, scores: FloatArray, targets: AnyArray) -> tuple[FloatArray, FloatArray]:
        """Losses and score gradients of all rows."""
        wrong = np.where(targets, -scores, scores)
        values, slopes = softplus_and_slope(wrong)  # not σ(c) − 1, which loses its digits where the score is right
        np.negative(slopes, out=slopes, where=targets)
        return values.sum(axis=1), slopes

    def row_curvature(self, scores: FloatArray, targets: AnyArray) -> FloatArray:
        """Mean of σ (1 − σ)."""
        _, p = softplus_and_slope(scores)
        return (p * (1 - p)).mean(axis=1)
