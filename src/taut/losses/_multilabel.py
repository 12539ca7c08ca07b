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

    A loss of one's own is a subclass with the same two functions, which `taut.loss_and_gradient` and
    `taut.MultilabelClassifier` take. It must be convex in the scores, or the bound that a fit states does not hold, and
    it must say so where it takes negative values.

    Examples
    --------
    How far the scores are from 1 for labels that belong and −1 for others:

    >>> import numpy as np, taut
    >>> def row(scores, y, margin, width, grad):
    ...     loss = 0.0
    ...     for j in range(len(scores)):
    ...         grad[j] = scores[j] - (1.0 if y[j] else -1.0)
    ...         loss += 0.5 * grad[j] ** 2
    ...     return loss
    >>> class Distance(taut.losses.MultilabelLoss):
    ...     name = "distance"
    ...     ranks = False
    ...     row = staticmethod(row)
    ...
    ...     def rows(self, scores, targets):
    ...         off = scores - np.where(targets, 1.0, -1.0)
    ...         return 0.5 * (off**2).sum(axis=1), off
    >>> loss, dS = taut.loss_and_gradient(None, [[0.5, 0.0]], [[1, 0]], loss=Distance(), wrt="scores")
    >>> loss, dS.tolist()
    (0.625, [[-0.5, 1.0]])

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


@dataclass(frozen=True)
class LogSums:
    """Of each row a = log Σ_{l∉Y} e^{c_l}, b = log Σ_{k∈Y} e^{−c_k}, and every label's share of its own sum.

    The sum over an empty set is 0, its logarithm −inf. The largest term of each sum is taken out first, so nothing
    overflows, and a + b adds differences of scores: it keeps its digits however far from 0 the scores lie.

    Attributes
    ----------
    tops, logs : tuple of ndarray of shape (n,)
        a and b are the sums of their two parts.
    shares : ndarray of shape (n, k)
    """

    tops: tuple[FloatArray, FloatArray]
    logs: tuple[FloatArray, FloatArray]
    shares: FloatArray

    @classmethod
    def of(cls, scores: FloatArray, present: AnyArray) -> "LogSums":
        """Compute them from scores (n, k) and an indicator (n, k)."""
        absent = ~present
        shares = np.where(present, -scores, scores)
        with np.errstate(divide="ignore", invalid="ignore", under="ignore"):
            top_a, top_b = (shares.max(axis=1, where=mask, initial=-np.inf) for mask in (absent, present))
            shares -= np.where(present, top_b[:, None], top_a[:, None])
            np.exp(shares, out=shares)
            sum_a, sum_b = (np.einsum("ij,ij->i", shares, mask.astype(scores.dtype)) for mask in (absent, present))
            shares /= np.where(present, sum_b[:, None], sum_a[:, None])
            return cls((top_a, top_b), (np.log(sum_a), np.log(sum_b)), shares)

    @property
    def absent(self) -> FloatArray:
        """The numbers a."""
        return self.tops[0] + self.logs[0]

    @property
    def present(self) -> FloatArray:
        """The numbers b."""
        return self.tops[1] + self.logs[1]

    @property
    def both(self) -> FloatArray:
        """Sums a + b: the logarithm of Σ e^{c_l − c_k} over all pairs."""
        return (self.tops[0] + self.tops[1]) + (self.logs[0] + self.logs[1])


def signed_shares(shares: FloatArray, present: AnyArray, of_absent: FloatArray, of_present: FloatArray) -> FloatArray:
    """The score gradient: shares times a number (n,) for l ∉ Y, and times minus one (n,) for k ∈ Y; in place."""
    shares *= np.where(present, (0.0 - of_present)[:, None], of_absent[:, None])  # 0 − 0 is +0
    return shares


def softplus_and_slope(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """log(1 + e^x) and its slope 1/(1 + e^{−x}), without overflow and to full precision at both ends."""
    small = np.exp(-np.abs(x))
    values = np.maximum(x, 0)
    values += np.log1p(small)
    slopes = np.where(x < 0, small, np.ones((), dtype=x.dtype))
    small += 1
    slopes /= small
    return values, slopes


def pairs_of(present: AnyArray) -> FloatArray:
    """|Y||Ȳ| (n,), 1 where there is no pair."""
    size = present.sum(axis=1, dtype=np.float64)
    return np.maximum(size * (present.shape[1] - size), 1.0)
