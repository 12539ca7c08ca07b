"""What a model is: from theta and rows of X to scores, and back."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from taut._typing import AnyArray, FloatArray, IntArray
from taut.losses import Loss
from taut.matrix import Block, Matrix, summed


class Sample(NamedTuple):
    """What a sum over all rows goes over.

    Attributes
    ----------
    matrix : Matrix
        X, (n, d).
    targets : ndarray
        What the loss compares each row of scores with.
    weights : ndarray of shape (n,)
        Of the rows.
    threads : int
    """

    matrix: Matrix
    targets: AnyArray
    weights: FloatArray
    threads: int


Evaluate = Callable[..., tuple[float, FloatArray]]
"""``evaluate(theta, block, loss, targets, weights, input_gradient) -> (Σ w loss, gradient)``, as `Model.block`."""


class Moves(NamedTuple):
    """How theta moves in the steps ahead, as the compiled kernels take it (`kernels._moves`).

    Attributes
    ----------
    move : callable
        A move of that module.
    first, second : ndarray like theta
        What it remembers; changed by it.
    numbers : ndarray of shape (steps, m)
        Its numbers, step by step, in the type of theta.
    """

    move: Callable[..., None]
    first: FloatArray
    second: FloatArray
    numbers: FloatArray


Steps = Callable[[FloatArray, IntArray, Moves], FloatArray]
"""``steps(theta, order, moves) -> w loss (len(order),)``: one step a batch, theta moved in place."""


class Model(ABC):
    """A function of theta and a row of X that gives k scores; theta is flat.

    Attributes
    ----------
    k : int
        Scores a row.
    """

    k: int

    @property
    @abstractmethod
    def size(self) -> int:
        """Length of theta."""

    @abstractmethod
    def penalised(self, theta: FloatArray) -> tuple[FloatArray, ...]:
        """Views of the parts of theta that l2 acts on."""

    @abstractmethod
    def scores(self, theta: FloatArray, block: Block) -> FloatArray:
        """Scores (rows, k) of some rows of X."""

    def pieces(self, theta: FloatArray, block: Block) -> FloatArray:
        """Numbers (rows, m) whose signs name the smooth piece that a row's scores lie on; m = 0 (default) without."""
        return np.zeros((block.shape[0], 0))

    @abstractmethod
    def block(
        self,
        theta: FloatArray,
        block: Block,
        loss: Loss,
        targets: AnyArray,
        weights: FloatArray,
        input_gradient: FloatArray | None = None,
    ) -> tuple[float, FloatArray]:
        """Σ w loss of some rows and its gradient with respect to theta, by plain products.

        ``input_gradient`` (rows, d), where given, is filled with the gradient with respect to the rows.
        """

    def evaluator(self, rows: int, dtype: np.dtype[Any]) -> Evaluate:
        """`block` for at most so many rows of this type; the next call may overwrite the gradient that it returned."""
        return self.block

    def compiles_steps(self, matrix: Matrix, loss: Loss) -> bool:
        """Whether `stepper` has a kernel; False by default."""
        return False

    def stepper(self, sample: Sample, loss: Loss, size: int, l2: float) -> Steps:
        """Steps on batches of so many rows, each on l2/2 ‖weights‖² + its mean of w loss, by one compiled call.

        Only where `compiles_steps` says so.
        """
        raise NotImplementedError(f"{type(self).__name__} has no kernel for steps")

    @abstractmethod
    def rows_at_once(self, matrix: Matrix) -> int:
        """Rows whose scores, and what leads to them, are held at a time where all rows are visited."""

    def total(
        self, theta: FloatArray, sample: Sample, loss: Loss, input_gradient: FloatArray | None = None
    ) -> tuple[float, FloatArray]:
        """Σ w loss of all rows and its gradient, float64, no bit of which depends on the threads."""
        matrix, targets, weights, threads = sample
        step = self.rows_at_once(matrix)

        def work(rows: slice) -> tuple[float, FloatArray]:
            total, gradient = 0.0, np.zeros(self.size)
            evaluate = self.evaluator(min(step, rows.stop - rows.start), theta.dtype)
            for begin in range(rows.start, rows.stop, step):
                some = slice(begin, min(begin + step, rows.stop))
                dX = None if input_gradient is None else input_gradient[some]
                value, part = evaluate(theta, matrix.block(some), loss, targets[some], weights[some], dX)
                total += value
                gradient += part
            return total, gradient

        return summed(work, matrix.superblocks(), threads)
