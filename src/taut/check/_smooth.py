"""Layer 3: functions that are not convex, by differences at several steps and, where the code allows, complex steps."""

import warnings
from collections.abc import Sequence

import numpy as np

from taut._typing import FloatArray
from taut.check._function import Function
from taut.check._line import Base, Line, Rung
from taut.check._sandwich import ENOUGH

GAP = 3
"""Neighbouring rungs are a factor 2^3 apart."""

LADDER = (4, 25)
COARSE_LADDER = (0, 12)

TINY = 2.0**-100
"""The complex step; there is no subtraction, so it may be as small as one likes."""

SHARP = 1e-8
"""What rounding may do to a complex step's derivative, relative to its terms."""


def differences(line: Line, function: Function, base: Base, ladder: tuple[int, int]) -> None:
    """Bound the slope between the one-sided differences of the pair of steps that agrees best with itself.

    For a step h and h/8: the interval holds both one-sided differences at h/8, so that any slope between the
    one-sided derivatives is accepted at a kink; it is widened by rounding and by the change of the central
    difference from h to h/8, which for a smooth function is far more than what is left of the truncation.
    A necessary condition, not a proof.
    """
    first, last = ladder
    low, high = first, last - GAP
    while low <= high:
        k = (low + high) // 2
        wide, narrow = line.at(k, function, base), line.at(k + GAP, function, base)
        _bound(line)
        if line.high - line.low <= ENOUGH * line.size:
            return
        if abs(wide.centre - narrow.centre) + abs(narrow.jump) > narrow.noise:
            low = k + 1
        else:
            high = k - 1


def _bound(line: Line) -> None:
    line.low, line.high = min(pairs(line), key=lambda pair: pair[1] - pair[0], default=(-np.inf, np.inf))


def pairs(line: Line) -> list[tuple[float, float]]:
    """The interval of every pair of neighbouring rungs."""
    found = []
    for k, wide in line.rungs.items():
        narrow = line.rungs.get(k + GAP)
        if narrow is not None and np.isfinite([wide.up, wide.down, narrow.up, narrow.down]).all():
            found.append(_between(wide, narrow))
    return found


def _between(wide: Rung, narrow: Rung) -> tuple[float, float]:
    left, right = sorted((narrow.down, narrow.up))
    loose = narrow.noise + abs(wide.centre - narrow.centre)
    return left - loose, right + loose


def outside_often(line: Line) -> bool:
    """Whether the given slope is outside the best interval and, where there are more pairs, a second one too."""
    found = sorted(pairs(line), key=lambda pair: pair[1] - pair[0])[:2]
    return bool(found) and all(not low - line.slack <= line.given <= high + line.slack for low, high in found)


def persists(line: Line, function: Function, base: Base, ladder: tuple[int, int]) -> bool:
    """Whether finer steps keep accusing, down to where rounding would hide what the accusation rests on.

    Ripples that are short beside the step are averaged away at it, and show below. They may even pass for rounding:
    so secants of two neighbouring steps that both come to the given slope acquit it, whatever the noise.
    """
    apart = max(line.given - line.high, line.low - line.given)
    near = 0
    hidden = False
    for k in range(max(line.rungs) + 1, ladder[1] + GAP + 1):
        rung = line.at(k, function, base)
        hidden = hidden or rung.noise > 0.5 * apart
        left, right = sorted((rung.down, rung.up))
        if not hidden and left - rung.noise - line.slack <= line.given <= right + rung.noise + line.slack:
            return False
        near = near + 1 if max(right - line.given, line.given - left) <= 0.1 * apart else 0
        if near == 2:
            return False
    return True


class ComplexStep:
    """Derivatives as Im f(x + i h v)/h, of a function whose code takes complex numbers.

    At an exact tie NumPy's ordering of complex numbers takes the branch by the sign of the step, so that +h and -h
    give the right and the left derivative of a maximum. Code that uses absolute values or conjugates gives nonsense
    without a warning: therefore it is compared with real differences before it is believed, and it never accuses alone.

    References
    ----------
    J. Martins, P. Sturdza, J. Alonso, "The complex-step derivative approximation", ACM TOMS 29(3), 2003.
    """

    def __init__(self, function: Function, base: Base) -> None:
        self.function, self.base = function, base

    def sides(self, line: Line) -> tuple[float, float] | None:
        """The left and right derivatives, or None where the code does not take complex numbers."""
        found = []
        for step in (-TINY, TINY):
            y = self.base.x.astype(np.complex128)
            y[line.support] += 1j * step * line.v
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error")  # ComplexWarning: the imaginary part was thrown away
                    value = self.function.complex_value(y)
            except Exception:  # whatever foreign code does with a type that it was not written for
                return None
            if not np.isfinite(value) or abs(value.real - self.base.value) > 16.0 * self.base.error:
                return None
            found.append(value.imag / step)
        return found[0], found[1]

    def agrees(self, lines: Sequence[Line]) -> bool:
        """Whether complex steps and real differences tell the same on lines that have both."""
        seen = False
        for line in lines:
            sides = self.sides(line)
            if sides is None:
                return False
            slack = SHARP * (line.size + max(map(abs, sides)))
            if any(not line.low - slack <= side <= line.high + slack for side in sides):
                return False
            seen = seen or any(sides)
        return seen

    def narrow(self, line: Line) -> bool:
        """Set the line's interval to the hull of its two derivatives; False where that accuses the given slope."""
        sides = self.sides(line)
        if sides is None:
            return False
        loose = SHARP * (line.size + max(map(abs, sides)))
        low, high = min(sides) - loose, max(sides) + loose
        if not low - line.slack <= line.given <= high + line.slack:
            return False
        line.low, line.high = max(low, line.low), min(high, line.high)
        return True


def perturbed(base: Base, rng: np.random.Generator, distance: float) -> FloatArray:
    """A point nearby that lies on no kink, unless by a miracle."""
    return base.x + distance * base.scales * rng.choice([-1.0, 1.0], base.x.size) * rng.uniform(0.5, 1.0, base.x.size)
