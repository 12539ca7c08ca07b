"""Adam: a step of its own length in every coordinate."""

from dataclasses import dataclass

import numpy as np

from taut._typing import FloatArray
from taut.objective import Objective
from taut.solvers._minibatch import Minibatch, Update

FIRST, SECOND, FLOOR = 0.9, 0.999, 1e-8
"""β₁, β₂ and ε of the paper."""

PIECE = 2**13
"""Coordinates moved at a time, so that what is computed on the way stays in the cache."""


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
        self._room = np.empty(min(PIECE, len(first)), first.dtype)

    def __call__(self, theta: FloatArray, gradient: FloatArray, step: float) -> None:
        """Move theta; what the zeros at the start hold back is made up for."""
        self.count += 1
        unbias = np.sqrt(1 - SECOND**self.count)
        step, floor = step * unbias / (1 - FIRST**self.count), FLOOR * unbias
        for begin in range(0, len(theta), PIECE):
            part = slice(begin, begin + PIECE)
            self._move(theta[part], gradient[part], self.first[part], self.second[part], step, floor)

    def _move(self, theta: FloatArray, g: FloatArray, m: FloatArray, v: FloatArray, step: float, floor: float) -> None:
        room = self._room[: len(theta)]
        m *= FIRST
        np.multiply(g, 1 - FIRST, out=room)
        m += room
        v *= SECOND
        np.multiply(g, g, out=room)
        room *= 1 - SECOND
        v += room
        np.sqrt(v, out=room)
        room += floor
        np.divide(m, room, out=room)
        room *= step
        theta -= room
