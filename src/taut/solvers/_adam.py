"""Adam: a step of its own length in every coordinate."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from taut._typing import FloatArray
from taut.objective import Objective
from taut.solvers._minibatch import Minibatch, Update

FIRST, SECOND, FLOOR = 0.9, 0.999, 1e-8
"""β₁, β₂ and ε of the paper."""


@dataclass(frozen=True)
class Adam(Minibatch):
    """Each coordinate moves by step · m / (√v + ε), m and v running means of its gradient and the square of it.

    References
    ----------
    D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1.
    """

    def default_step(self, risk: Objective, theta: FloatArray) -> float:
        """The paper's 0.001."""
        return 1e-3

    def rule(self, theta: FloatArray) -> Update:
        """Algorithm 1, in the order of its section 2's last paragraph."""
        return Moments(np.zeros_like(theta), np.zeros_like(theta))


class Moments(Update):
    """Running means of the gradient and of its square.

    Parameters
    ----------
    first, second : ndarray like theta
    """

    def __init__(self, first: FloatArray, second: FloatArray) -> None:
        super().__init__(first, second)
        self.count = 0

    def plain(self, theta: FloatArray, gradient: FloatArray, step: float) -> None:
        """In NumPy's passes."""
        *_, step, floor = self.numbers(step)
        self.first *= FIRST
        self.first += gradient * (1 - FIRST)
        np.multiply(gradient, gradient, out=gradient)
        gradient *= 1 - SECOND
        self.second *= SECOND
        self.second += gradient
        np.sqrt(self.second, out=gradient)
        gradient += floor
        np.divide(self.first, gradient, out=gradient)
        gradient *= step
        theta -= gradient

    @property
    def move(self) -> Callable[..., None]:
        """In one pass."""
        from taut.kernels._moves import adam

        return adam

    def numbers(self, step: float) -> tuple[float, ...]:
        """Of the running means; then the step and ε, which make up for the zeros at the start, one move further on."""
        self.count += 1
        unbias = math.sqrt(1 - SECOND**self.count)
        return FIRST, 1 - FIRST, SECOND, 1 - SECOND, step * unbias / (1 - FIRST**self.count), FLOOR * unbias
