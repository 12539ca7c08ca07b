"""Adam: a step of its own length in every coordinate."""

import math
from dataclasses import dataclass

import numpy as np

from taut._typing import FloatArray
from taut.objective import Objective
from taut.solvers._minibatch import COMPILED_FROM, Minibatch, Update

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


class Moments:
    """Running means of the gradient and of its square.

    Parameters
    ----------
    first, second : ndarray like theta
    """

    def __init__(self, first: FloatArray, second: FloatArray) -> None:
        self.first, self.second, self.count = first, second, 0

    def __call__(self, theta: FloatArray, gradient: FloatArray, step: float) -> None:
        """Move theta; what the zeros at the start hold back is made up for."""
        self.count += 1
        unbias = math.sqrt(1 - SECOND**self.count)
        step, floor = step * unbias / (1 - FIRST**self.count), FLOOR * unbias
        if len(theta) < COMPILED_FROM:
            self._move(theta, gradient, step, floor)
            return
        from taut.kernels._moves import adam_move

        numbers = (FIRST, 1 - FIRST, SECOND, 1 - SECOND, step, floor)
        adam_move(theta.dtype.name)(theta, gradient, self.first, self.second, *numbers)

    def _move(self, theta: FloatArray, gradient: FloatArray, step: float, floor: float) -> None:
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
