"""The pairwise hinge of label ranking: max(0, c_l − c_k + margin), by one sort a row instead of all pairs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from taut._typing import AnyArray, FloatArray, IntArray
from taut.losses._multilabel import MultilabelLoss, pairs_of


def row(scores: Sequence[float], y: Sequence[bool], margin: float, width: float, grad: Any) -> float:
    """One example: every pair costs what the label that belongs lacks of a lead of one margin."""
    loss = 0.0
    pairs = 0
    for j in range(len(scores)):
        grad[j] = 0.0
    for k in range(len(scores)):
        for l in range(len(scores)):  # noqa: E741
            if y[k] and not y[l]:
                m = (scores[l] + margin) - scores[k]
                pairs += 1
                if not m <= 0.0:  # strict; NaN counts and shows in the loss
                    share = m / width if width > 0.0 and m < width else 1.0
                    loss += share * (m - 0.5 * width * share)
                    grad[l] += share
                    grad[k] -= share
    for j in range(len(scores)):
        grad[j] /= max(pairs, 1)
    return loss / max(pairs, 1)


@dataclass(frozen=True)
class Sorted:
    """The labels of each row in the order of c_j + shift·[j ∉ Y]: a pair lacks something where k comes before l.

    ``before`` (n, k) counts the labels that belong up to each place, ``after`` those that do not beyond it, and
    ``gaps`` (n, k − 1) are the distances between neighbours, so that every sum below has terms of one sign.
    """

    order: IntArray
    belongs: AnyArray
    gaps: FloatArray
    before: FloatArray
    after: FloatArray

    @classmethod
    def of(cls, scores: FloatArray, present: AnyArray, shift: float) -> "Sorted":
        moved = np.where(present, scores, scores + shift)
        # Of tied labels those that do not belong come first: a lead of exactly the margin costs nothing.
        order = np.argsort(present, axis=1, kind="stable")
        again = np.argsort(np.take_along_axis(moved, order, axis=1), axis=1, kind="stable")
        order = np.take_along_axis(order, again, axis=1)
        belongs = np.take_along_axis(present, order, axis=1)
        before = np.cumsum(belongs, axis=1, dtype=np.float64)
        absent = np.cumsum(~belongs, axis=1, dtype=np.float64)
        gaps = np.diff(np.take_along_axis(moved, order, axis=1), axis=1)
        return cls(order, belongs, gaps, before, absent[:, -1:] - absent)

    def count(self) -> FloatArray:
        """Pairs (n,) that lack something."""
        return np.where(self.belongs, 0.0, self.before).sum(axis=1)

    def linear(self) -> tuple[FloatArray, FloatArray]:
        """Σ max(0, m) over the pairs (n,), and its derivatives (n, k): how many pairs each label lacks in."""
        values = np.einsum("ij,ij,ij->i", self.gaps, self.before[:, :-1], self.after[:, :-1])
        return values, self._back(np.where(self.belongs, 0.0 - self.after, self.before))

    def square(self) -> tuple[FloatArray, FloatArray]:
        """½ Σ max(0, m)² over the pairs (n,), and its derivatives (n, k): what each label lacks in all."""
        none = np.zeros((len(self.gaps), 1))
        below = np.concatenate([none, np.cumsum(self.gaps * self.before[:, :-1], axis=1)], axis=1)
        above = np.concatenate([np.cumsum((self.gaps * self.after[:, :-1])[:, ::-1], axis=1)[:, ::-1], none], axis=1)
        steps = self.gaps * (below[:, :-1] + 0.5 * self.gaps * self.before[:, :-1])
        squares = np.concatenate([none, np.cumsum(steps, axis=1)], axis=1)
        return np.where(self.belongs, 0.0, squares).sum(axis=1), self._back(np.where(self.belongs, 0.0 - above, below))

    def _back(self, slopes: FloatArray) -> FloatArray:
        out = np.empty_like(slopes)
        np.put_along_axis(out, self.order, slopes, axis=1)
        return out


@dataclass(frozen=True)
class PairwiseHinge(MultilabelLoss):
    """The hinge of label ranking, as in the ranking SVM.

    loss = 1/(|Y||Ȳ|) Σ_{k∈Y, l∉Y} max(0, m_lk), m_lk = c_l − c_k + margin; each pair with m_lk > 0 adds 1/(|Y||Ȳ|)
    to dloss/dc_l and takes it from dloss/dc_k. At m_lk = 0 the comparison is strict: the pair does not count. One
    sort a row, O(K log K). The rounded form puts max(0, m)²/(2 width) in place of the corner up to m = width, which
    is lower by at most width/2.

    References
    ----------
    A. Elisseeff, J. Weston, "A kernel method for multi-labelled classification", NIPS 2001.
    """

    name: ClassVar[str] = "pairwise_hinge"
    kinked: ClassVar[bool] = True
    uses_margin: ClassVar[bool] = True
    row: ClassVar[Callable[..., float]] = staticmethod(row)

    def rows(self, scores: FloatArray, targets: AnyArray) -> tuple[FloatArray, FloatArray]:
        """Losses and score gradients of all rows; computed in float64."""
        precise = scores.astype(np.float64, copy=False)
        if self.width == 0.0:
            values, slopes = Sorted.of(precise, targets, self.margin).linear()
        else:  # max(0, m)² without what lies beyond the width
            values, slopes = Sorted.of(precise, targets, self.margin).square()
            beyond, slopes_beyond = Sorted.of(precise, targets, self.margin - self.width).square()
            values, slopes = (values - beyond) / self.width, (slopes - slopes_beyond) / self.width
        pairs = pairs_of(targets)
        slopes /= pairs[:, None]
        return (values / pairs).astype(scores.dtype, copy=False), slopes.astype(scores.dtype, copy=False)

    def pieces(self, scores: FloatArray, targets: AnyArray) -> FloatArray:
        """The m_lk of all pairs, (n, k²), −1 where (l, k) is none."""
        m = (scores[:, :, None] + self.margin) - scores[:, None, :]
        pairs = ~targets[:, :, None] & targets[:, None, :]
        return np.where(pairs, m, -1.0).reshape(len(scores), -1)

    def row_curvature(self, scores: FloatArray, targets: AnyArray) -> FloatArray:
        """Each pair inside the rounded stretch bends two scores by 1/width."""
        if self.width == 0.0:
            return np.zeros(len(targets))
        inside = Sorted.of(scores, targets, self.margin).count()
        inside -= Sorted.of(scores, targets, self.margin - self.width).count()
        return inside * (2.0 / (self.width * targets.shape[1])) / pairs_of(targets)
