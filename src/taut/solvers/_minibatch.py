"""What all minibatch methods share: epochs over rows in random order, a step that decays."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from taut._typing import FloatArray, IntArray
from taut.matrix import add_multiple
from taut.models import Moves
from taut.objective import Objective
from taut.solvers._base import GeneralSolver, Iterate, Iterates

COMPILED_FROM = 2**15
"""Numbers in theta from which a move is worth a compiled pass: loading the compiler takes most of a second."""

Pass = Callable[[FloatArray, IntArray, float], float]
"""``whole(theta, order, step) -> mean``: the steps of a pass, theta moved in place, and the mean of what they saw."""

Penalties = Sequence[tuple[slice, float]]
"""Parts of theta, in order, and the l2 that acts on each."""


class Update(ABC):
    """How theta moves, and what that remembers of earlier moves.

    Parameters
    ----------
    first, second : ndarray like theta
        What is remembered, as the compiled move takes it.
    """

    def __init__(self, first: FloatArray, second: FloatArray) -> None:
        self.first, self.second = first, second

    def __call__(self, theta: FloatArray, gradient: FloatArray, step: float, penalties: Penalties = ()) -> None:
        """Move theta in place by a gradient that still lacks the penalties, and that may be overwritten."""
        if len(theta) >= COMPILED_FROM:
            self._compiled(theta, gradient, step, penalties)
            return
        for part, l2 in penalties:
            add_multiple(gradient[part], l2, theta[part])
        self.plain(theta, gradient, step)

    @abstractmethod
    def plain(self, theta: FloatArray, gradient: FloatArray, step: float) -> None:
        """Move theta by the whole gradient, which may be overwritten."""

    @property
    @abstractmethod
    def move(self) -> Callable[..., None]:
        """The same as a loop over theta, in ``kernels._moves``."""

    @abstractmethod
    def numbers(self, step: float) -> tuple[float, ...]:
        """The numbers of the next move, as both forms take them; asked for once a move, for they may be counted."""

    def moves(self, theta: FloatArray, step: float, count: int) -> Moves:
        """The next moves, for a kernel that makes them itself."""
        return Moves(
            self.move, self.first, self.second, np.array([self.numbers(step) for _ in range(count)], theta.dtype)
        )

    def _compiled(self, theta: FloatArray, gradient: FloatArray, step: float, penalties: Penalties) -> None:
        """Add the penalties and move theta, part by part, in one pass."""
        from taut.kernels._moves import compiled_move

        kernel = compiled_move(self.move, theta.dtype.name)
        (numbers,) = self.moves(theta, step, 1).numbers
        for part, l2 in _all_parts(penalties, len(theta)):
            kernel(theta[part], gradient[part], self.first[part], self.second[part], l2, numbers)


def _all_parts(penalties: Penalties, size: int) -> Iterator[tuple[slice, float]]:
    """The penalties, and l2 = 0 for the parts between them."""
    end = 0
    for part, l2 in penalties:
        if part.start > end:
            yield slice(end, part.start), 0.0
        yield part, l2
        end = part.stop
    if end < size:
        yield slice(end, size), 0.0


@dataclass(frozen=True)
class Minibatch(GeneralSolver):
    """θ moves by a rule after every batch; every epoch visits all rows of weight > 0 once, in a new order.

    Parameters
    ----------
    learning_rate : float or None
        The step; None leaves the choice to the method.
    decay : float
        Multiplies the step after every epoch.
    batch_size : int
        Rows a step; capped at the number of rows.
    seed : int
        Of the order of the rows.
    passes : int
        Already made by earlier calls: the step has decayed so far, and the order of rows is another one.
    """

    learning_rate: float | None = None
    decay: float = 1.0
    batch_size: int = 200
    seed: int = 0
    passes: int = 0

    @abstractmethod
    def default_step(self, risk: Objective, theta: FloatArray) -> float:
        """The step where none is given."""

    @abstractmethod
    def rule(self, theta: FloatArray) -> Update:
        """How theta moves, with nothing to remember yet."""

    def iterates(self, risk: Objective, theta: FloatArray) -> Iterates:
        """One epoch an iterate; its value is the mean of the batches' estimates."""
        return self.epochs(risk, theta, self.rule(theta))

    def epochs(self, risk: Objective, theta: FloatArray, update: Update) -> Iterates:
        """The same with a rule that may remember moves of earlier calls; theta is changed in place."""
        rng = np.random.default_rng([self.seed, self.passes] if self.passes else self.seed)
        n, passes = len(risk.counted), 0.0
        batch = min(self.batch_size, n)
        compiled = risk.compiles_steps and theta.dtype == risk.matrix.dtype
        whole = self._by_kernel(risk, batch, update) if compiled else self._by_batches(risk, batch, update)
        step = self.default_step(risk, theta) if self.learning_rate is None else float(self.learning_rate)
        step *= self.decay**self.passes
        certified = risk.loss.rounded(0.5 * (risk.loss.margin or 1.0))
        while True:
            order = rng.permutation(risk.counted)
            ends = n - n % batch
            order[:ends].reshape(-1, batch).sort()  # sorted rows are read faster, the sum is the same
            order[ends:].sort()
            mean = whole(theta, order, step)
            passes += 1
            yield Iterate(theta.copy(), mean + risk.penalty(theta), None, passes, certified, step)
            step *= self.decay

    def _by_kernel(self, risk: Objective, batch: int, update: Update) -> Pass:
        """Steps and moves in one call."""
        steps = risk.stepper(batch, len(risk.counted))

        def whole(theta: FloatArray, order: IntArray, step: float) -> float:
            return float(steps(theta, order, update.moves(theta, step, -(-len(order) // batch))).mean())

        return whole

    def _by_batches(self, risk: Objective, batch: int, update: Update) -> Pass:
        """A batch at a time."""
        evaluate = risk.batch_evaluator(batch, len(risk.counted))

        def whole(theta: FloatArray, order: IntArray, step: float) -> float:
            total, count = 0.0, 0
            for begin in range(0, len(order), batch):
                rows = order[begin : begin + batch]
                value, gradient = evaluate(theta, rows)
                update(theta, gradient, step, risk.penalties)
                total, count = total + value * len(rows), count + len(rows)
                if not np.isfinite(value):
                    break  # the run loop sees it and says so
            return total / count

        return whole
