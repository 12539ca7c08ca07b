"""One known objective at one point, in plain NumPy: what every right and every wrong formula is written from.

Nothing here comes from `taut.losses`, so that a mistake there cannot excuse the same mistake in a user's code.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taut.check._formulas_arrays import Array, closed, sigmoid, softmax

LOSSES = ("hinge", "squared_hinge", "crammer_singer", "softmax", "squared", "binary")
CODED = ("hinge", "squared_hinge", "crammer_singer", "softmax")
"""Losses whose targets are class codes; the others also take one column of targets a score."""
MARGINED = ("hinge", "squared_hinge", "crammer_singer")


@dataclass(frozen=True)
class Ties:
    """What a piece counts whose margin is zero up to rounding, where any choice may be right.

    ``zero`` is its share, or None to let the sign decide as it was computed; ``top`` says which of several equally
    bad classes is the worst: the first, the last, each its part ("split"), or each of them fully ("all").
    """

    zero: float | None = None
    top: str = "first"


TIE_RULES = (
    Ties(0.0, "first"),
    Ties(1.0, "first"),
    Ties(0.0, "last"),
    Ties(1.0, "last"),
    Ties(0.5, "split"),
    Ties(),
    Ties(0.0, "split"),
    Ties(1.0, "split"),
    Ties(0.0, "all"),
    Ties(1.0, "all"),
)


@dataclass(frozen=True, eq=False)
class Setting:
    """The mean loss over the examples plus the regulariser, R = ½ reg ‖W‖² ("half") or reg ‖W‖² ("full").

    ``data_scale`` and ``penalty_scale`` multiply the two parts, for objectives that differ from the usual one by a
    factor; ``eps`` is the relative rounding of the numbers that the user's code computes in.
    """

    loss: str
    W: Array  # (d, k)
    X: Array  # (n, d)
    targets: Array  # (n, k), one-hot where y holds codes
    reg: float
    margin: float = 1.0
    convention: str = "full"
    bias_row: int | None = None
    ties: Ties = TIE_RULES[0]
    data_scale: float = 1.0
    penalty_scale: float = 1.0
    eps: float = float(np.finfo(np.float64).eps)

    @property
    def n(self) -> int:
        """Number of examples."""
        return self.X.shape[0]

    @property
    def k(self) -> int:
        """Number of classes or columns."""
        return self.W.shape[1]

    @cached_property
    def codes(self) -> NDArray[np.int64]:
        """The class of each example."""
        return self.targets.argmax(axis=1)

    @cached_property
    def other(self) -> NDArray[np.bool_]:
        """Where a class is not the example's own."""
        return self.targets == 0

    @cached_property
    def scores(self) -> Array:
        """X W, (n, k)."""
        with np.errstate(all="ignore"):
            return self.X @ self.W

    @cached_property
    def reach(self) -> Array:
        """|X| |W|, what rounding in a score is measured by, (n, k)."""
        with np.errstate(all="ignore"):
            return np.abs(self.X) @ np.abs(self.W)

    @cached_property
    def ahead(self) -> Array:
        """s_j − s_y, (n, k)."""
        return self.scores - np.take_along_axis(self.scores, self.codes[:, None], axis=1)

    @cached_property
    def margins(self) -> Array:
        """s_j − s_y + margin, (n, k); the example's own class has the margin itself."""
        return self.ahead + self.margin

    @cached_property
    def band(self) -> Array:
        """How far from zero a margin may be only because of rounding, (n, k)."""
        own = np.take_along_axis(self.reach, self.codes[:, None], axis=1)
        return 4.0 * self.eps * (self.reach + own + self.margin)

    def counts(self, margins: Array) -> Array:
        """1 where a margin is positive, 0 where it is negative, the tie rule's share between."""
        if self.ties.zero is None:
            return (margins > 0).astype(np.float64)
        return np.where(margins > self.band, 1.0, np.where(margins < -self.band, 0.0, self.ties.zero))

    def top(self, values: Array) -> Array:
        """1 at the largest entry of every row, by the tie rule where several are equally large."""
        if self.ties.zero is None:
            first = values.argmax(axis=1)
            return (np.arange(values.shape[1]) == first[:, None]).astype(np.float64)
        tied = values >= values.max(axis=1, keepdims=True) - self.band
        if self.ties.top in ("split", "all"):
            return tied / (tied.sum(axis=1, keepdims=True) if self.ties.top == "split" else 1.0)
        columns = np.arange(values.shape[1])
        chosen = np.where(tied, columns, len(columns)).min(axis=1)
        if self.ties.top == "last":
            chosen = np.where(tied, columns, -1).max(axis=1)
        return (columns == chosen[:, None]).astype(np.float64)

    @cached_property
    def violating(self) -> Array:
        """1 for each wrong class whose margin is positive, (n, k)."""
        return np.where(self.other, self.counts(self.margins), 0.0)

    @cached_property
    def worst(self) -> Array:
        """1 for the wrong class whose margin is largest, whether positive or not, (n, k)."""
        if self.k == 1:
            return np.zeros_like(self.scores)
        return self.top(np.where(self.other, self.margins, -np.inf))

    @cached_property
    def pairs(self) -> Array:
        """By how much each wrong class pulls, d loss / d s_j for j ≠ y of the three hinges, (n, k)."""
        match self.loss:
            case "squared_hinge":
                return np.where(self.other, 2.0 * np.maximum(self.margins, 0.0), 0.0)
            case "crammer_singer":
                return self.worst * self.violating
            case _:
                return self.violating

    @cached_property
    def probabilities(self) -> Array:
        """Softmax of the scores, (n, k)."""
        return softmax(self.scores)

    @cached_property
    def score_gradient(self) -> Array:
        """∂ loss / ∂ scores of each example, (n, k)."""
        return score_gradient(self)

    @cached_property
    def data(self) -> Array:
        """The data part of the gradient, (d, k)."""
        return self.divided(self.score_gradient)

    @property
    def slope(self) -> float:
        """The c of dR = c W: reg, or 2 reg."""
        return self.reg * self.penalty_scale * (2.0 if self.convention == "full" else 1.0)

    @cached_property
    def penalised(self) -> Array:
        """W with zeros in the row that the regulariser leaves out."""
        weights = self.W.copy()
        if self.bias_row is not None:
            weights[self.bias_row] = 0.0
        return weights

    @cached_property
    def penalty(self) -> Array:
        """dR, (d, k)."""
        return self.slope * self.penalised

    @cached_property
    def right(self) -> Array:
        """The right gradient, (d, k)."""
        return self.data + self.penalty

    def divided(self, score_gradient: Array) -> Array:
        """Xᵀ A / n."""
        return self.X.T @ score_gradient * (self.data_scale / self.n)

    def from_scores(self, score_gradient: Array) -> Array:
        """The gradient if d loss / d scores were this."""
        return self.divided(score_gradient) + self.penalty

    def but(self, **changes: Any) -> "Setting":
        """The same with some facts changed, of which W and X are none; what does not change is not computed again."""
        changed = replace(self, **changes)
        kept: tuple[str, ...] = ("scores", "reach")
        if changes.keys() <= {"ties", "convention", "bias_row", "data_scale", "penalty_scale"}:
            kept += ("codes", "other", "ahead", "margins", "band", "probabilities")
        facts, mine = changed.__dict__, self.__dict__  # where a cached property first looks
        facts.update({name: mine[name] for name in kept if name in mine})
        return changed

    def relabelled(self, targets: Array) -> "Setting":
        """The same with other targets."""
        return self.but(targets=targets)

    def with_scores(self, scores: Array) -> "Setting":
        """The same if the scores were these."""
        changed = replace(self)
        changed.__dict__["scores"] = scores
        return changed

    @cached_property
    def sample_values(self) -> Array:
        """The loss of each example, (n,)."""
        return sample_values(self)

    @cached_property
    def penalty_value(self) -> float:
        """R, times its scale."""
        return 0.5 * self.slope * float(np.sum(self.penalised**2))

    @cached_property
    def value(self) -> float:
        """The objective."""
        return self.data_scale * float(self.sample_values.mean()) + self.penalty_value


def score_gradient(at: Setting) -> Array:
    """∂ loss / ∂ scores of each example, (n, k)."""
    match at.loss:
        case "hinge" | "squared_hinge" | "crammer_singer":
            return closed(at.pairs, at.targets)
        case "softmax":
            return at.probabilities - at.targets
        case "squared":
            return at.scores - at.targets
        case _:
            return sigmoid(at.scores) - at.targets


def sample_values(at: Setting) -> Array:
    """The loss of each example, (n,)."""
    violations = np.where(at.other, np.maximum(at.margins, 0.0), 0.0)
    match at.loss:
        case "hinge":
            return violations.sum(axis=1)
        case "squared_hinge":
            return (violations**2).sum(axis=1)
        case "crammer_singer":
            return violations.max(axis=1)
        case "softmax":
            top = at.ahead.max(axis=1)
            return top + np.log(np.exp(at.ahead - top[:, None]).sum(axis=1))
        case "squared":
            return 0.5 * ((at.scores - at.targets) ** 2).sum(axis=1)
        case _:
            return (np.logaddexp(0.0, at.scores) - at.scores * at.targets).sum(axis=1)
