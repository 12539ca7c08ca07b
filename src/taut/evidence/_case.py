"""A fitted model beside the rows that it was fitted on."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from taut._typing import AnyArray, FloatArray, IntArray
from taut.evidence._along import Along
from taut.matrix import Matrix
from taut.objective import LinearObjective, Objective

MOST = 12


@dataclass(frozen=True, eq=False)
class Case(ABC):
    """An objective at its fitted theta, and the same weights on the columns as the user has them.

    Attributes
    ----------
    risk : Objective
        In float64, of the columns that the penalty acts on: raw times ``scale``.
    theta : ndarray
        Where the fit ended, with an intercept.
    raw : Matrix
        The user's columns; scores are the same function of them with ``raw_theta``.
    scores : ndarray of shape (n, k)
        Of all rows, as the model computes them.
    scale, shift : ndarray of shape (d,)
        The fit saw (x − shift) · scale; ``theta`` has the shift in its intercept, which no penalty acts on.
    names, features : list of str
        Of the scores, and of the columns.
    image_shape : tuple of int, or None
    """

    risk: Objective
    theta: FloatArray
    raw: Matrix
    raw_theta: FloatArray
    scores: FloatArray
    scale: FloatArray
    shift: FloatArray
    names: list[str]
    features: list[str]
    image_shape: tuple[int, ...] | None

    called: ClassVar[str] = "labels"
    """What its targets are."""

    @property
    def convex(self) -> bool:
        """Whether the objective is convex: taut's losses are, in the scores."""
        return isinstance(self.risk, LinearObjective)

    @cached_property
    def losses(self) -> FloatArray:
        """The loss of each row, (n,)."""
        return self.risk.loss.rows(self.scores, self.risk.targets)[0].astype(np.float64)

    def dense(self, rows: AnyArray) -> FloatArray:
        """Some rows as the user has them, dense."""
        block: Any = self.raw.computed_in(np.dtype(np.float64)).take(np.asarray(rows, dtype=np.int64))
        found: FloatArray = np.eye(len(rows)) @ block
        return found

    def pushes(self, rows: FloatArray, along: FloatArray) -> FloatArray:
        """Each feature's part in along · scores of these dense rows: x_j times the derivative by x_j, (rows, d)."""
        slopes: FloatArray = np.empty_like(rows)
        self.risk.model.block(self.raw_theta, rows, Along(), along, np.ones(len(rows)), slopes)
        return slopes * rows

    @abstractmethod
    def example(self, i: int) -> tuple[dict[str, Any], FloatArray]:
        """What there is to say of row i, and the direction (k,) of the scores that is its fault."""

    @abstractmethod
    def start(self) -> dict[str, Any]:
        """What the loss at scores of 0 is known to be from the targets alone, in numbers."""

    @abstractmethod
    def judged(self, rows: str, true: Any, predicted: Any) -> dict[str, Any]:
        """What was predicted beside what is true, counted."""

    @property
    def hardest_rows(self) -> IntArray:
        """The rows with the largest loss, worst first: at most `MOST`, none that costs nothing or has no weight."""
        counted = np.where(self.risk.all_weights > 0, self.losses, -np.inf)
        order = np.argsort(-counted, kind="stable")[:MOST]
        cost = counted[order]
        kept: IntArray = order[(cost > 0) if self.losses.min(initial=0.0) >= 0 else np.isfinite(cost)]
        return kept
