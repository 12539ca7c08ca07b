"""Moves of theta in one pass: each number is read and written once, where NumPy makes a pass an operation."""

import math
from functools import cache
from typing import Any

from taut._jit import compiled, named, types


def _momentum_move(theta, gradient, velocity, l2, share, step):
    for i in range(len(theta)):
        velocity[i] = velocity[i] * share - (gradient[i] + l2 * theta[i]) * step
        theta[i] += velocity[i]


def _adam_move(theta, gradient, first, second, l2, keep_first, take_first, keep_second, take_second, step, floor):
    for i in range(len(theta)):
        g = gradient[i] + l2 * theta[i]
        first[i] = first[i] * keep_first + g * take_first
        second[i] = second[i] * keep_second + g * g * take_second
        theta[i] -= first[i] / (math.sqrt(second[i]) + floor) * step


@cache
def momentum_move(dtype: str) -> Any:
    """Return ``kernel(theta, gradient, velocity, l2, share, step)``, everything in one type."""
    return _compiled(_momentum_move, dtype, 3, 3)


@cache
def adam_move(dtype: str) -> Any:
    """Return ``kernel(theta, gradient, first, second, l2, β₁, 1 − β₁, β₂, 1 − β₂, step, floor)``, all in one type."""
    return _compiled(_adam_move, dtype, 4, 7)


def _compiled(move: Any, dtype: str, arrays: int, numbers: int) -> Any:
    real = named(dtype)
    return compiled(types.void(*[real[::1]] * arrays, *[real] * numbers))(move)
