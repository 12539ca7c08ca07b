"""The one loop: stop rules, history, time, interruption, status."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from taut._typing import FloatArray
from taut.matrix import one_blas_thread
from taut.objective import Certificate, LinearObjective, relative_gap
from taut.solvers._base import Iterate, Iterates, Solver


class Status(StrEnum):
    """Why a fit ended."""

    CONVERGED = "converged"
    """The gap is at most tol, or, of a risk that no bound is known of, what the gradient predicts it to be."""
    MAX_ITER = "max_iter"
    """The passes over the data were used up."""
    DIVERGED = "diverged"
    """The objective left the numbers, or rose far above its start."""
    INTERRUPTED = "interrupted"
    """Ctrl-C; the best iterate is kept."""
    STALLED = "stalled"
    """No further step lowers the objective, yet the gap is above tol."""
    SETTLED = "settled"
    """Of a fit that nothing proves: neither the loss nor the score on rows held out gets better any more."""
    PARTIAL = "partial"
    """One pass over rows that are not all of the data."""


@dataclass(frozen=True)
class Stop:
    """When to end: the relative gap that is enough, and the passes over the data that are too many."""

    tol: float
    max_iter: float


class Trace(NamedTuple):
    """One line of the history; ``primal`` and ``gap`` are NaN where no certificate was taken.

    ``value`` is what the solver works on: of a kinked loss its rounded form, of batches their mean; ``primal`` is the
    best objective so far.
    """

    passes: float
    seconds: float
    value: float
    gradient_norm: float
    gap: float
    step: float
    primal: float = math.nan


@dataclass(frozen=True)
class Solution:
    """The best point that a run found, what proves it, and how it went."""

    theta: FloatArray
    certificate: Certificate
    status: Status
    passes: float
    seconds: float
    history: tuple[Trace, ...]


Watcher = Callable[[Trace], None]
_watchers: ContextVar[tuple[Watcher, ...]] = ContextVar("watchers", default=())


@contextmanager
def watch(watcher: Watcher) -> Iterator[None]:
    """Call ``watcher(trace)`` after every step of every fit inside the ``with`` block.

    Parameters
    ----------
    watcher : callable
        Takes a `Trace` with ``passes``, ``seconds``, ``value`` (what the solver works on: of a kinked loss its
        rounded form), ``gradient_norm``, ``step``, and, NaN between certificates, ``gap`` and ``primal``, the best
        objective so far.

    Examples
    --------
    >>> import taut
    >>> seen = []
    >>> with taut.watch(seen.append):
    ...     model = taut.LinearClassifier("softmax").fit([[0.0], [1.0], [2.0]], [0, 1, 1])
    >>> seen[-1].gap <= 1e-3
    True
    """
    token = _watchers.set((*_watchers.get(), watcher))
    try:
        yield
    finally:
        _watchers.reset(token)


class _Best:
    """The lowest objective and the highest bound seen so far: each stays valid beside the other."""

    def __init__(self, risk: LinearObjective, theta: FloatArray) -> None:
        self.risk = risk
        nothing = np.zeros((len(risk.targets), risk.model.k))
        self.primal = Certificate(theta, math.inf, -math.inf, math.inf, "nothing was evaluated")
        lowest = risk.trivial_bound if risk.has_bound else -math.inf
        self.bound = Certificate(theta, math.inf, lowest, math.inf, "", nothing)

    def take(self, found: Certificate) -> None:
        if found.primal < self.primal.primal:
            self.primal = found
        if found.dual > self.bound.dual:
            self.bound = found

    @property
    def certificate(self) -> Certificate:
        primal, dual = self.primal.primal, self.bound.dual
        gap = relative_gap(primal, dual, self.risk.start)
        why = self.primal.why if gap == math.inf or self.risk.l2 == 0.0 else ""
        why = why or ("the objective is not finite" if primal == math.inf else "")
        return Certificate(self.primal.theta, primal, dual, gap, why, self.bound.witness)


def run(solver: Solver, risk: LinearObjective, theta: FloatArray, stop: Stop) -> Solution:
    """Drive a solver until a certificate says that it is done, or a stop rule that it will not be.

    A certificate costs about one pass over the data. Where the gradient predicts the gap, up to a factor that the last
    certificate had too, one is taken when success is predicted, and otherwise when the passes have doubled; else when
    they have grown by a tenth.
    """
    began = time.perf_counter()
    best, history = _Best(risk, theta.copy()), list[Trace]()
    iterates = solver.iterates(risk, theta.copy())
    # What overflows is found by its value and reported; NumPy's warnings would only repeat it.
    with np.errstate(over="ignore", invalid="ignore"), one_blas_thread():
        status, last = _drive(iterates, risk, stop, best, history, began)
        if status is not Status.CONVERGED:
            status = _settle(status, last, theta, risk, stop, best)
    passes = last.passes if last is not None else 0.0
    seconds = time.perf_counter() - began
    return Solution(best.certificate.theta, best.certificate, status, passes, seconds, tuple(history))


def _drive(
    iterates: Iterates, risk: LinearObjective, stop: Stop, best: _Best, history: list[Trace], began: float
) -> tuple[Status, Iterate | None]:
    """Take steps until a stop rule holds."""
    last: Iterate | None = None
    due, ratio = 1.0, 1.0
    try:
        last = next(iterates)
        while True:
            if has_diverged(last, history[0].value if history else math.inf, len(history)):
                return Status.DIVERGED, last
            found = None
            predicted = _predicted(risk, last)
            if last.passes >= due or ratio * predicted <= stop.tol:
                found = _judged(risk, last)
                best.take(found)
                ratio = found.gap / predicted if 0.0 < predicted < math.inf and found.gap < math.inf else 1.0
                due = last.passes + max(1.0, last.passes * (risk.foresight if _foreseeable(last) else 0.1))
            _note(history, last, time.perf_counter() - began, best.certificate if found else None)
            if best.certificate.gap <= stop.tol or _foretold(risk, last, found, stop):
                return Status.CONVERGED, last
            if last.passes >= stop.max_iter:
                return Status.MAX_ITER, last
            last = iterates.send(found)
    except StopIteration:
        return Status.STALLED, last
    except KeyboardInterrupt:
        return Status.INTERRUPTED, last


def _settle(
    status: Status, last: Iterate | None, start: FloatArray, risk: LinearObjective, stop: Stop, best: _Best
) -> Status:
    """Judge the last iterate too, and the start where the fit ran away from it."""
    if last is not None and status is not Status.DIVERGED:
        best.take(_judged(risk, last))
    if status is Status.DIVERGED or not math.isfinite(best.primal.primal):
        best.take(risk.certificate(start))
    return Status.CONVERGED if best.certificate.gap <= stop.tol else status


def _judged(risk: LinearObjective, iterate: Iterate) -> Certificate:
    """The certificate at an iterate: from its own dual point, or else from the score gradients of its loss."""
    if iterate.dual is not None:
        return risk.witnessed(iterate.theta, iterate.dual)
    return risk.certificate(iterate.theta, iterate.loss)


def _foreseeable(iterate: Iterate) -> bool:
    """Whether the gradient alone tells the gap: of a smooth loss, all rows seen."""
    return iterate.gradient is not None and iterate.loss.width == 0.0


def _predicted(risk: LinearObjective, iterate: Iterate) -> float:
    """The gap of a certificate as far as the gradient tells, to a factor that the last one had too."""
    if iterate.gradient is None or not _foreseeable(iterate):
        return math.inf
    return risk.estimated_gap(iterate.theta, iterate.value, iterate.gradient, balanced=True)


def _foretold(risk: LinearObjective, iterate: Iterate, found: Certificate | None, stop: Stop) -> bool:
    """Whether gradient and rounding predict a gap of tol where no bound can be had."""
    if risk.has_bound or found is None or iterate.gradient is None:
        return False
    rounding = found.rounding / max(abs(found.primal), 1e-9 * risk.start, np.finfo(float).tiny)
    return risk.estimated_gap(iterate.theta, iterate.value, iterate.gradient) + rounding <= stop.tol


def has_diverged(iterate: Iterate, first: float, seen: int) -> bool:
    """Whether the value has left the numbers, or risen far above the first of those seen."""
    if not (math.isfinite(iterate.value) and np.isfinite(iterate.theta).all()):
        return True
    return seen > 2 and iterate.value > 1e6 * (abs(first) + 1.0)


def _note(history: list[Trace], iterate: Iterate, seconds: float, proved: Certificate | None) -> None:
    norm = math.nan if iterate.gradient is None else float(np.linalg.norm(iterate.gradient))
    gap, primal = (math.nan, math.nan) if proved is None else (proved.gap, proved.primal)
    history.append(Trace(iterate.passes, seconds, iterate.value, norm, gap, iterate.step, primal))
    announce(history[-1])


def announce(trace: Trace) -> None:
    """Tell everyone who watches."""
    for watcher in _watchers.get():
        watcher(trace)
