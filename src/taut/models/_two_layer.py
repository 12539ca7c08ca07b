"""The two-layer network: scores = max(0, X W1 + b1) W2 + b2."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from taut._typing import AnyArray, FloatArray, IntArray
from taut.losses import Loss
from taut.matrix import Block, Matrix, in_order, product, transposed
from taut.models._base import Evaluate, Model, Moves, Sample, Steps
from taut.models._linear import is_small

UNITS_AT_ONCE, ENTRIES_AT_ONCE, MIN_ROWS = 2**18, 2**22, 256
"""Hidden values (rows × units), and entries of X, held at a time where all rows are visited."""

MULTIPLICATIONS_AT_ONCE = 2**35
"""Of the way forward in one call of the kernel: some seconds' work at most, because Ctrl-C waits for its end."""

TINIEST = 1e-12
"""Mean square of an entry of X below which a start makes up for it no further: larger weights would only overflow."""

Views = tuple[FloatArray, FloatArray, FloatArray, FloatArray]


@dataclass(frozen=True)
class TwoLayer(Model):
    """scores = max(0, X W1 + b1) W2 + b2; theta = W1, b1, W2, b2, each flattened.

    With A (n, k) the derivatives of Σ w loss with respect to the scores and H = max(0, X W1 + b1), the gradients are
    dW2 = Hᵀ A, db2 = Σ_i A_i, and, with G = (A W2ᵀ) where H > 0 and 0 elsewhere, dW1 = Xᵀ G, db1 = Σ_i G_i, dX = G W1ᵀ.
    At a hidden value of exactly 0 the derivative is taken as 0.

    Parameters
    ----------
    d, hidden, k : int
        Columns of X, hidden units, scores.

    References
    ----------
    D. E. Rumelhart, G. E. Hinton, R. J. Williams, "Learning representations by back-propagating errors", Nature 323,
    1986, eq. 4 to 7.
    """

    d: int
    hidden: int
    k: int

    @property
    def size(self) -> int:
        """Length of theta."""
        return (self.d + 1) * self.hidden + (self.hidden + 1) * self.k

    def views(self, theta: FloatArray) -> Views:
        """W1 (d, hidden), b1 (hidden,), W2 (hidden, k) and b2 (k,), without a copy."""
        first = self.d * self.hidden
        second = first + self.hidden
        third = second + self.hidden * self.k
        return (
            theta[:first].reshape(self.d, self.hidden),
            theta[first:second],
            theta[second:third].reshape(self.hidden, self.k),
            theta[third:],
        )

    def drawn(self, rng: np.random.RandomState, std: float | None = None, *, mean_square: float = 0.0) -> FloatArray:
        """A start: weights std · N(0, 1), biases 0; without std as He et al. draw it, which keeps the size of scores.

        Their std is √(2 / inputs) for inputs of unit size; for others √(2 / mean ‖x‖²), with ``mean_square`` = mean
        ‖x‖² of the rows of X, does the same. Of the hidden units it is √(2 / units).

        References
        ----------
        K. He, X. Zhang, S. Ren, J. Sun, "Delving deep into rectifiers", ICCV 2015, eq. 10.
        """
        theta = np.zeros(self.size)
        square = max(mean_square, TINIEST * self.d) if mean_square else self.d
        for W, inputs in zip(self.penalised(theta), (square, self.hidden), strict=True):
            W[:] = rng.standard_normal(W.shape)
            W *= np.sqrt(2.0 / inputs) if std is None else std
        return theta

    def penalised(self, theta: FloatArray) -> tuple[FloatArray, ...]:
        """W1 and W2."""
        W1, _, W2, _ = self.views(theta)
        return W1, W2

    def scores(self, theta: FloatArray, block: Block) -> FloatArray:
        """Scores (rows, k) of some rows of X."""
        W1, b1, W2, b2 = self.views(theta)
        hidden: Any = block @ W1
        hidden += b1
        np.maximum(hidden, 0, out=hidden)
        scores: FloatArray = hidden @ W2
        scores += b2
        return scores

    def pieces(self, theta: FloatArray, block: Block) -> FloatArray:
        """Hidden values before the maximum: X W1 + b1, (rows, hidden)."""
        W1, b1, _, _ = self.views(theta)
        values: FloatArray = block @ W1
        values += b1
        return values

    def block(
        self,
        theta: FloatArray,
        block: Block,
        loss: Loss,
        targets: AnyArray,
        weights: FloatArray,
        input_gradient: FloatArray | None = None,
    ) -> tuple[float, FloatArray]:
        """Two products forward, three back, and a fourth for the rows' own gradient."""
        return self.evaluator(block.shape[0], theta.dtype)(theta, block, loss, targets, weights, input_gradient)

    def evaluator(self, rows: int, dtype: np.dtype[Any]) -> Evaluate:
        """`block` for at most so many rows, in arrays that the next call overwrites."""
        gradient = np.empty(self.size, dtype)
        units, scores, slope_units = (np.empty((rows, width), dtype) for width in (self.hidden, self.k, self.hidden))
        dW1, db1, dW2, db2 = self.views(gradient)

        def evaluate(
            theta: FloatArray,
            block: Block,
            loss: Loss,
            targets: AnyArray,
            weights: FloatArray,
            input_gradient: FloatArray | None = None,
        ) -> tuple[float, FloatArray]:
            n = block.shape[0]
            W1, b1, W2, b2 = self.views(theta)
            H, S, G = units[:n], scores[:n], slope_units[:n]
            product(block, W1, H)
            np.add(H, b1, out=H)
            np.maximum(H, 0, out=H)
            np.matmul(H, W2, out=S)
            np.add(S, b2, out=S)
            values, A = loss.rows(S, targets)
            A *= weights[:, None].astype(A.dtype)
            np.matmul(H.T, A, out=dW2)
            A.sum(axis=0, out=db2)
            np.matmul(A, W2.T, out=G)
            np.multiply(G, H > 0, out=G)
            product(transposed(block), G, dW1)
            G.sum(axis=0, out=db1)
            if input_gradient is not None:
                np.matmul(G, W1.T, out=input_gradient)
            return float(values.astype(np.float64) @ weights), gradient

        return evaluate

    def compiles_steps(self, matrix: Matrix, loss: Loss) -> bool:
        """Where rows of X lie whole in memory and the work is worth a compiler."""
        return loss.compiled and matrix.stored_rows is not None and not is_small(matrix, self.size // self.d)

    def stepper(self, sample: Sample, loss: Loss, size: int, l2: float) -> Steps:
        """By one kernel, which gathers the rows itself."""
        matrix, targets, weights, threads = sample
        from taut.kernels._moves import move_address
        from taut.kernels._net import batch_room, net_steps
        from taut.kernels._rows import row_address
        from taut.kernels._tickets import resting_place

        stored, name = matrix.stored_rows, matrix.dtype.name
        assert stored is not None
        kernel = net_steps(stored.array.dtype.name, name)
        made = (row_address(type(loss).row), loss.margin, loss.width)
        room, counts = batch_room(size, self.d, self.hidden, self.k, matrix.dtype)
        batches = max(1, MULTIPLICATIONS_AT_ONCE // (size * self.size))

        def steps(theta: FloatArray, order: IntArray, moves: Moves) -> FloatArray:
            values = np.empty(len(order))
            address = move_address(moves.move, name)
            for begin in range(0, len(order), batches * size):
                some, at = slice(begin, begin + batches * size), begin // size
                counts.fill(0)

                def work(thread: int, some: slice = some, numbers: FloatArray = moves.numbers[at:]) -> None:
                    kernel(
                        *stored, order[some], size, targets, weights, *made, theta, moves.first, moves.second, l2,
                        address, numbers, room, counts, values[some], thread, threads, resting_place(),
                    )  # fmt: skip

                for _ in in_order(work, range(threads), threads):
                    pass
            return values

        return steps

    def rows_at_once(self, matrix: Matrix) -> int:
        """A few megabytes of hidden values and of X."""
        return max(MIN_ROWS, min(UNITS_AT_ONCE // max(self.hidden, self.k), ENTRIES_AT_ONCE // self.d))
