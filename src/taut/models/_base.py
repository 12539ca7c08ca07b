"""What a model is: from theta and rows of X to scores, and back."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np

from taut._typing import AnyArray, FloatArray
from taut.losses import Loss
from taut.matrix import Block, Matrix

Visit = Callable[..., tuple[float, FloatArray]]
"""``visit(rows, targets, weights, input_gradient) -> (Σ w loss, gradient)`` of one super-block."""

Evaluate = Callable[..., tuple[float, FloatArray]]
"""``evaluate(theta, block, loss, targets, weights, input_gradient) -> (Σ w loss, gradient)``, as `Model.block`."""


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

    @abstractmethod
    def visitor(self, theta: FloatArray, matrix: Matrix, loss: Loss, *, want_inputs: bool = False) -> Visit:
        """What a thread calls for each super-block."""
