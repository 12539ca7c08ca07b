"""The loop for risks that nothing proves: scores on rows held out and on rows seen, patience, the best point kept."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from taut._typing import FloatArray
from taut.objective import Objective
from taut.solvers._base import GeneralSolver, Iterate, Iterates
from taut.solvers._run import Status, Trace, announce, has_diverged

Score = Callable[[FloatArray], float]
"""A number at theta that is better the larger it is, such as an accuracy."""


@dataclass(frozen=True)
class Patience:
    """When to end: passes over the data that are too many, and passes without progress that are too many.

    Progress is a fall of the loss by more than ``tol``, or a rise of the score on the rows held out where there are
    such rows.
    """

    max_iter: float
    patience: int
    tol: float


class Epoch(NamedTuple):
    """One line of the history; ``gradient_norm`` is NaN where only batches were seen, scores where there are none."""

    passes: float
    seconds: float
    loss: float
    gradient_norm: float
    step: float
    train_score: float
    validation_score: float


@dataclass(frozen=True)
class Training:
    """The best point that was seen, after how many passes, and how it went."""

    theta: FloatArray
    best: Epoch | None
    status: Status
    passes: float
    seconds: float
    history: tuple[Epoch, ...]


class _Best:
    """The best point so far, and the passes since the last progress."""

    def __init__(self, theta: FloatArray, patience: Patience) -> None:
        self.theta, self.patience = theta, patience
        self.epoch: Epoch | None = None
        self._merit, self._mark, self._at = -math.inf, -math.inf, 0.0

    def take(self, theta: FloatArray, epoch: Epoch) -> bool:
        """Note a point; whether patience has run out."""
        merit = -epoch.loss if math.isnan(epoch.validation_score) else epoch.validation_score
        if self.epoch is None or merit > self._merit:
            self.theta, self.epoch, self._merit = theta, epoch, merit
        if merit > self._mark + self.patience.tol:
            self._mark, self._at = merit, epoch.passes
        return epoch.passes - self._at >= self.patience.patience


def train(
    solver: GeneralSolver,
    risk: Objective,
    theta: FloatArray,
    patience: Patience,
    *,
    train_score: Score | None = None,
    validation_score: Score | None = None,
) -> Training:
    """Drive a solver until nothing gets better, or the passes are used up; Ctrl-C ends it too, the best point kept."""
    began = time.perf_counter()
    best, history = _Best(theta.copy(), patience), list[Epoch]()

    def look(iterate: Iterate) -> Epoch:
        norm = math.nan if iterate.gradient is None else float(np.linalg.norm(iterate.gradient))
        scores = (math.nan if score is None else score(iterate.theta) for score in (train_score, validation_score))
        return Epoch(iterate.passes, time.perf_counter() - began, iterate.value, norm, iterate.step, *scores)

    # What overflows is found by its value and reported; NumPy's warnings would only repeat it.
    with np.errstate(over="ignore", invalid="ignore"):
        start = risk.start + risk.penalty(theta)
        status, passes = _drive(solver.iterates(risk, theta.copy()), start, patience, best, history, look)
        if status is Status.DIVERGED and not risk.value(best.theta) < risk.value(theta):
            # the mean over a pass was taken before its last moves, which may have gone astray
            best = _Best(theta.copy(), patience)
    return Training(best.theta, best.epoch, status, passes, time.perf_counter() - began, tuple(history))


def _drive(
    iterates: Iterates,
    start: float,
    patience: Patience,
    best: _Best,
    history: list[Epoch],
    look: Callable[[Iterate], Epoch],
) -> tuple[Status, float]:
    passes, lowest = 0.0, math.inf
    try:
        for iterate in iterates:
            passes = iterate.passes
            epoch = look(iterate)
            history.append(epoch)
            lowest = min(lowest, epoch.loss)
            if has_diverged(iterate, min(start, history[0].loss), len(history)):
                return Status.DIVERGED, passes
            spent = best.take(iterate.theta, epoch)
            announce(Trace(passes, epoch.seconds, epoch.loss, epoch.gradient_norm, math.nan, epoch.step, lowest))
            if spent:
                return Status.SETTLED, passes
            if passes >= patience.max_iter:
                return Status.MAX_ITER, passes
    except KeyboardInterrupt:
        return Status.INTERRUPTED, passes
    return Status.STALLED, passes
