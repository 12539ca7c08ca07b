"""Moves of theta in one pass: each number is read and written once, where NumPy makes a pass an operation."""

import math
from functools import cache
from typing import Any

from taut._jit import compiled, int64, intrinsic, machine_address, machine_call, named, types


def momentum(theta, gradient, velocity, _, l2, numbers):
    """``numbers`` are the share of the last move that is kept, and the step."""
    share, step = numbers[0], numbers[1]
    for i in range(len(theta)):
        velocity[i] = velocity[i] * share - (gradient[i] + l2 * theta[i]) * step
        theta[i] += velocity[i]


def adam(theta, gradient, first, second, l2, numbers):
    """``numbers`` are β₁, 1 − β₁, β₂, 1 − β₂, the step, and what is added to the root."""
    keep_first, take_first, keep_second, take_second = numbers[0], numbers[1], numbers[2], numbers[3]
    step, floor = numbers[4], numbers[5]
    for i in range(len(theta)):
        g = gradient[i] + l2 * theta[i]
        first[i] = first[i] * keep_first + g * take_first
        second[i] = second[i] * keep_second + g * g * take_second
        theta[i] -= first[i] / (math.sqrt(second[i]) + floor) * step


@cache
def compiled_move(move: Any, dtype: str) -> Any:
    """``kernel(theta, gradient, first, second, l2, numbers)`` in one type, of a move of this module."""
    return compiled(_signature(named(dtype)))(move)


def _signature(real: Any) -> Any:
    return types.void(*[real[::1]] * 4, real, real[::1])


@cache
def move_address(move: Any, dtype: str) -> int:
    """Where its machine code lies; for good."""
    return machine_address(compiled_move(move, dtype))


@intrinsic
def call_move(typing, address, theta, gradient, first, second, l2, numbers):
    """The compiled move at this address: so a kernel compiles once, not once a move."""
    signature = _signature(theta.dtype)

    def emit(context, b, _, arguments):
        return machine_call(context, b, arguments[0], signature, arguments[1:])

    return types.void(int64, *signature.args), emit
