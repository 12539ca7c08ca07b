"""What a loss of label sets is: the same function of a row of scores, its target a row of zeros and ones."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from taut._typing import AnyArray, FloatArray
from taut.losses._base import Loss

LabelRow = Callable[[Sequence[float], Sequence[bool], float, float, Any], float]


@dataclass(frozen=True)
class MultilabelLoss(Loss):
    """A loss of one row of scores c and its set of labels Y, which may have any size.

    ``row`` takes the label row y (k,) of booleans where other losses take a class number, and loops over labels or
    pairs of labels as the formula does; ``rows`` takes Y (n, k), bool, and costs O(n·k), or O(n·k log k) where it
    sorts. Scores mean more for a label that belongs: Ȳ below is the set of the labels that do not.

    Attributes
    ----------
    ranks : bool
        Whether it compares labels of Y with labels of Ȳ: then a row with an empty or a full set has no pair. Its
        value and gradient are 0, and it should have weight 0 in a mean.
    signed : bool
        Whether it takes negative values.
    """

    compiled: ClassVar[bool] = False
    ranks: ClassVar[bool] = True
    signed: ClassVar[bool] = False
    row: ClassVar[Callable[..., float]]
    """``row(scores, y, margin, width, grad) -> loss``; y (k,) says which labels belong."""

    @abstractmethod
    def rows(self, scores: FloatArray, targets: AnyArray) -> tuple[FloatArray, FloatArray]:
        """Losses (n,) and score gradients (n, k) in the type of ``scores``; ``targets`` (n, k), bool."""

    def defined(self, targets: AnyArray) -> AnyArray:
        """Which rows (n,) of an indicator (n, k) the loss is defined on."""
        if not self.ranks:
            return np.ones(len(targets), dtype=bool)
        size: AnyArray = targets.sum(axis=1)
        return (size > 0) & (size < targets.shape[1])


def log_sums(scores: FloatArray, present: AnyArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Of each row a = log Σ_{l∉Y} e^{c_l}, b = log Σ_{k∈Y} e^{−c_k}, and every label's share (n, k) of its own sum.

    The sum over an empty set is 0, its logarithm −inf. The largest term of each sum is taken out first: nothing
    overflows.
    """
    absent = ~present
    shares = np.where(present, -scores, scores)
    with np.errstate(divide="ignore", invalid="ignore", under="ignore"):
        tops = [shares.max(axis=1, where=mask, initial=-np.inf) for mask in (absent, present)]
        shares -= np.where(present, tops[1][:, None], tops[0][:, None])
        np.exp(shares, out=shares)
        sums = [np.einsum("ij,ij->i", shares, mask.astype(scores.dtype)) for mask in (absent, present)]
        shares /= np.where(present, sums[1][:, None], sums[0][:, None])
        a, b = (top + np.log(total) for top, total in zip(tops, sums, strict=True))
    return a, b, shares


def signed_shares(shares: FloatArray, present: AnyArray, of_absent: FloatArray, of_present: FloatArray) -> FloatArray:
    """The score gradient: shares times a number (n,) for l ∉ Y, and times minus one (n,) for k ∈ Y; in place."""
    shares *= np.where(present, (0.0 - of_present)[:, None], of_absent[:, None])  # 0 − 0 is +0
    return shares


def softplus(x: FloatArray) -> FloatArray:
    """log(1 + e^x) without overflow."""
    return np.logaddexp(x, np.zeros((), dtype=x.dtype))


def sigmoid(x: FloatArray) -> FloatArray:
    """1/(1 + e^{−x}) without overflow, to full precision at both ends."""
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small).astype(x.dtype) / (1 + small)


def pairs_of(present: AnyArray) -> FloatArray:
    """|Y||Ȳ| (n,), 1 where there is no pair."""
    size = present.sum(axis=1, dtype=np.float64)
    return np.maximum(size * (present.shape[1] - size), 1.0)
