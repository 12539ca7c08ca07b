"""How far a computed value may be from the exact one: measured for a black box, bounded for a risk of taut's own."""

from dataclasses import dataclass
from math import factorial

import numpy as np

from taut._typing import FloatArray
from taut.check._function import Function

VALUES = 12
ORDERS = (6, 7, 8)
"""Differences of these orders cancel whatever is smooth at the step's scale, and leave the rounding."""

SAFETY = 8.0
"""A difference table is right to about a factor of 4; nothing below 8 times its word counts as evidence."""

ULPS = 4.0
"""A value that happens to be computed without error at the tested steps may still be this many roundings away: of
itself, and of the number 1, which log(1 + small) forgets the small beside without any noise to show for it."""

NEAR, MIDDLE, FAR = 2.0**-40, 2.0**-20, 2.0**-1
"""Where the tables are taken, in units of the blocks' scales: at rounding level, at float32's (a function that
computes in float32 inside stands still below it), and at the far end of the steps, where the terms have grown."""


@dataclass(frozen=True)
class Noise:
    """A bound on the error of a computed value at a step h (in units of the blocks' scales) from the point."""

    near: float
    far: float
    roundoff: float
    guaranteed: bool = False

    def at(self, h: float, value: float) -> float:
        """The bound at one evaluation."""
        if self.guaranteed:
            return self.near + self.far * h
        return self.near + self.far * h + ULPS * self.roundoff * max(1.0, abs(value))

    @property
    def kind(self) -> str:
        """The word for the report."""
        return "bounded (guaranteed)" if self.guaranteed else "measured (statistical, times 8)"


def table(function: Function, start: FloatArray, step: FloatArray) -> float:
    """Standard deviation of the rounding of f near ``start``: the largest of several orders of differences.

    References
    ----------
    J. Moré, S. Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33(3), 2011.
    """
    values = np.array([function.value(start + i * step) for i in range(VALUES)])
    if not np.isfinite(values).all():
        return float("inf")
    found, differences = 0.0, values
    for order in range(1, max(ORDERS) + 1):
        differences = np.diff(differences)
        if order in ORDERS:
            share = factorial(order) ** 2 / factorial(2 * order)
            found = max(found, float(np.sqrt(share * np.mean(differences**2))))
    return found


def around(function: Function, y: FloatArray, scales: FloatArray, rng: np.random.Generator) -> float:
    """Standard deviation of the rounding near y, from tables at two scales."""

    def at(step: float) -> float:
        # no round numbers: steps that are powers of two would meet no rounding at all
        way = scales * rng.choice([-1.0, 1.0], size=y.size) * rng.uniform(0.6, 1.0, size=y.size)
        return table(function, y + 0.37 * step * way, step * way)

    near = max(at(NEAR), at(NEAR)) if function.exact else 0.0
    return max(near, min(at(MIDDLE), at(MIDDLE)))  # a kink inside one table looks like noise, not in two


def measured(function: Function, x: FloatArray, scales: FloatArray, unit: float, rng: np.random.Generator) -> Noise:
    """Noise of a black box near x; ``scales`` are the natural steps of the coordinates."""
    near = around(function, x, scales, rng)
    way = scales * rng.choice([-1.0, 1.0], size=x.size) * rng.uniform(0.6, 1.0, size=x.size)
    far = table(function, x + FAR * way, (2 * NEAR if function.exact else 2 * MIDDLE) * way)
    far = far if np.isfinite(far) else near
    return Noise(SAFETY * near, SAFETY * far / FAR, unit)
