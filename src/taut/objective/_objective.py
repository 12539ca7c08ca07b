"""An empirical risk P(θ) = (1/S) Σ s_i loss(scores_i, target_i) + l2/2 ‖weights‖²: values and derivatives."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import ClassVar, TypeVar

import numpy as np

from taut._typing import AnyArray, FloatArray, IntArray
from taut.losses import Loss
from taut.matrix import Matrix, add_multiple, available_threads, dot, in_order
from taut.models import Model, Sample, Steps, is_small
from taut.objective._certificate import Certificate

Out = TypeVar("Out")
BatchEvaluate = Callable[[FloatArray, IntArray], tuple[float, FloatArray]]
"""``evaluate(theta, rows) -> (value, gradient)``."""


@dataclasses.dataclass(frozen=True)
class Objective(ABC):
    """The mathematical problem of one fit, frozen; a subclass knows what proves its optimum.

    Parameters
    ----------
    matrix : Matrix
        X, (n, d).
    targets : ndarray of shape (n,) or (n, k)
        Class codes 0..k-1, int64; or what else the loss compares a row of scores with.
    loss : Loss
    model : Model
    l2 : float
        ≥ 0; acts on the weights, never on intercepts.
    weights : ndarray of shape (n,) or None
        Sample weights s_i ≥ 0, float64; None means 1 each.
    threads : int or None
        Threads of an evaluation; None means all cores. The result does not depend on it.
    """

    matrix: Matrix
    targets: AnyArray
    loss: Loss
    model: Model
    l2: float
    weights: FloatArray | None = None
    threads: int | None = None

    foresight: ClassVar[float] = 1.0
    """How long a fit goes on without a certificate where gradients tell the gap, as a share of its passes so far."""

    @property
    @abstractmethod
    def start(self) -> float:
        """P at W = 0 with its best intercept: the scale below which an objective counts as 0."""

    @property
    @abstractmethod
    def has_bound(self) -> bool:
        """Whether a fit can be certified at all."""

    @property
    @abstractmethod
    def trivial_bound(self) -> float:
        """A lower bound on every P(θ) that is known before the fit; −inf where there is none."""

    @abstractmethod
    def certificate(self, theta: FloatArray, dual_loss: Loss | None = None) -> Certificate:
        """The objective at theta, rounded to the type of X, and the best lower bound known from there."""

    @abstractmethod
    def steepness(self, theta: FloatArray) -> float:
        """An estimate of the largest second derivative of P near theta: 1 / steepness is a careful step."""

    def witnessed(self, theta: FloatArray, dual: FloatArray) -> Certificate:
        """The objective at theta, and the lower bound from a solver's own dual point; by default that is not used."""
        return self.certificate(theta)

    @abstractmethod
    def estimated_gap(self, theta: FloatArray, value: float, gradient: FloatArray, *, balanced: bool = False) -> float:
        """What the gap is expected to be, from a gradient already known; free of charge.

        ``balanced``: but for what it takes to make a free intercept's own gradient vanish.
        """

    @cached_property
    def weight_sum(self) -> float:
        """S = Σ s_i."""
        return float(len(self.targets)) if self.weights is None else float(self.weights.sum())

    @cached_property
    def all_weights(self) -> FloatArray:
        """S (n,), written out."""
        return np.ones(len(self.targets)) if self.weights is None else self.weights

    def penalty(self, theta: FloatArray) -> float:
        """l2/2 ‖weights‖²."""
        if self.l2 == 0.0:
            return 0.0
        return 0.5 * self.l2 * sum(dot(W.ravel(), W.ravel()) for W in self.model.penalised(theta))

    def value_and_gradient(
        self, theta: FloatArray, loss: Loss | None = None, *, input_gradient: FloatArray | None = None
    ) -> tuple[float, FloatArray]:
        """P(θ) and ∇P(θ), float64, of the risk's own loss or of its rounded form.

        ``input_gradient`` (n, d), where given, is filled with dP/dX.
        """
        total, gradient = self.model.total(self._cast(theta), self.sample, loss or self.loss, input_gradient)
        return self._regularised(theta, total, gradient)

    @cached_property
    def shares(self) -> FloatArray:
        """s_i / S: sums weighted so are means, without another pass over gradients that may be larger than the data."""
        return self.all_weights / self.weight_sum

    @property
    def sample(self) -> Sample:
        """The rows as sums over all of them take them."""
        return Sample(self.matrix, self.targets, self.shares, self.used_threads)

    def _over_superblocks(self, work: Callable[[slice], Out]) -> Iterator[Out]:
        return in_order(work, self.matrix.superblocks(), self.used_threads)

    def _cast(self, theta: FloatArray) -> FloatArray:
        """Theta in the type of X."""
        return theta.astype(self.matrix.dtype, copy=False)

    @property
    def is_small(self) -> bool:
        """Whether an evaluation is over before a second thread has woken up."""
        return is_small(self.matrix, self.model.k)

    @property
    def used_threads(self) -> int:
        """Threads that pay here."""
        return 1 if self.is_small else self.threads or available_threads()

    def batch_value_and_gradient(self, theta: FloatArray, rows: IntArray) -> tuple[float, FloatArray]:
        """P and ∇P estimated from some rows; over random rows their mean is the whole."""
        value, gradient = self.batch_evaluator(len(rows), len(self.targets))(theta, rows)
        return self._regularised(theta, value, gradient.astype(np.float64))

    def batch_evaluator(self, size: int, drawn_from: int) -> BatchEvaluate:
        """P without its penalty, and its gradient in theta's type, estimated from some of ``drawn_from`` rows.

        At most ``size`` rows at a time; the next call overwrites the gradient that a call returned.
        """
        read, evaluate = self.matrix.reader(size), self.model.evaluator(size, self.matrix.dtype)

        def estimate(theta: FloatArray, rows: IntArray) -> tuple[float, FloatArray]:
            weights = self.all_weights[rows] * (drawn_from / (len(rows) * self.weight_sum))
            cast = self._cast(theta)
            value, gradient = evaluate(cast, read(rows), self.loss, self.targets[rows], weights)
            return value, gradient.astype(theta.dtype, copy=False)

        return estimate

    @property
    def compiles_steps(self) -> bool:
        """Whether `stepper` has a kernel."""
        return self.model.compiles_steps(self.matrix, self.loss)

    def stepper(self, size: int, drawn_from: int) -> Steps:
        """Steps on batches of ``drawn_from`` rows by one compiled call, on a theta of the type of X.

        The mean of their values over all rows visited estimates P without its penalty.
        """
        sample = self.sample
        return self.model.stepper(sample._replace(weights=sample.weights * drawn_from), self.loss, size, self.l2)

    @cached_property
    def mean_square(self) -> float:
        """(1/S) Σ s_i ‖x_i‖²."""
        return float(self.moments[1].sum())

    @cached_property
    def moments(self) -> tuple[FloatArray, FloatArray]:
        """(1/S) Σ s_i x_i and (1/S) Σ s_i x_i², column by column, each (d,)."""
        return self.matrix.column_moments(self.shares, self.used_threads)

    @cached_property
    def counted(self) -> IntArray:
        """The rows whose weight is not 0."""
        return np.arange(len(self.targets)) if self.weights is None else np.flatnonzero(self.weights)

    def _regularised(self, theta: FloatArray, value: float, gradient: FloatArray) -> tuple[float, FloatArray]:
        for part, l2 in self.penalties:
            add_multiple(gradient[part], l2, theta[part])
        return value + self.penalty(theta), gradient

    @cached_property
    def penalties(self) -> tuple[tuple[slice, float], ...]:
        """The parts of theta that l2 acts on, each with l2; none where l2 = 0."""
        places = self.model.penalised(np.arange(float(self.model.size))) if self.l2 > 0.0 else ()
        return tuple((slice(int(part.flat[0]), int(part.flat[-1]) + 1), self.l2) for part in places if part.size)

    def rounded(self, theta: FloatArray) -> FloatArray:
        """Theta rounded to the type of X, still as float64."""
        return theta.astype(self.matrix.dtype).astype(np.float64)

    def scores(self, theta: FloatArray) -> FloatArray:
        """Scores of all rows (n, k) in float64, whatever the type of X: what is proved must not rest on float32."""
        scores = np.empty((len(self.targets), self.model.k))

        def work(rows: slice) -> None:
            scores[rows] = self.model.scores(theta, self.matrix.precise_block(rows))

        for _ in self._over_superblocks(work):
            pass
        return scores

    def value(self, theta: FloatArray, scores: FloatArray | None = None) -> float:
        """P(θ); the scores at θ are computed unless given."""
        scores = self.scores(theta) if scores is None else scores
        values, _ = self.loss.rows(scores, self.targets)
        return dot(values, self.all_weights) / self.weight_sum + self.penalty(theta)
