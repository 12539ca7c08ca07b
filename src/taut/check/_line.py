"""A line through a point, and what the values of the function along it say about the slope."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from taut._typing import FloatArray, IntArray
from taut.check._function import COARSE, Block, Function
from taut.check._noise import Noise


@dataclass(frozen=True)
class Base:
    """A point with the value and gradient that the user's function gives there.

    ``scales`` are the coordinates' natural steps, ``roundoff`` the gradient's own.
    """

    x: FloatArray
    value: float
    gradient: FloatArray
    noise: Noise
    scales: FloatArray
    roundoff: float

    @property
    def error(self) -> float:
        """Bound on the error of the value at the point itself."""
        return self.noise.at(0.0, self.value)


@dataclass(frozen=True)
class Rung:
    """One step h of the ladder: the secants to both sides, and what rounding may have done to them."""

    h: float
    up: float
    down: float
    up_error: float
    down_error: float

    @property
    def noise(self) -> float:
        """Both errors."""
        return self.up_error + self.down_error

    @property
    def jump(self) -> float:
        """Secant to the right minus secant to the left."""
        return self.up - self.down

    @property
    def centre(self) -> float:
        """The central difference."""
        return 0.5 * (self.up + self.down)


@dataclass
class Line:
    """The function along x + t v, where v lives on ``support``; collects rungs, and ends with an interval.

    ``given`` is the slope according to the gradient, ``slack`` what rounding in the gradient may do to it, ``size``
    the root of the sum of squares of its terms.
    """

    block: Block
    support: IntArray
    v: FloatArray
    given: float
    slack: float
    size: float
    rungs: dict[int, Rung] = field(default_factory=dict)
    low: float = -np.inf
    high: float = np.inf

    @property
    def single(self) -> bool:
        """Whether the line is a coordinate's."""
        return len(self.support) == 1

    @property
    def width(self) -> float:
        """How far apart the ends of the interval are, rounding of the gradient included."""
        return self.high - self.low + 2.0 * self.slack

    @property
    def violated(self) -> bool:
        """Whether the given slope is outside the interval by more than rounding."""
        return not self.allows(self.given)

    @property
    def resolves(self) -> bool:
        """Whether an error as large as the slope itself would show."""
        return not self.allows(0.0) and not self.allows(2.0 * self.given)

    @property
    def kinked(self) -> bool:
        """Whether the jump between the secants stays when the step shrinks: a kink at the point, or too near to tell.

        Curvature makes the jump fall in proportion to the step.
        """
        steps = sorted(self.rungs)
        if len(steps) < 2:
            return False
        fine = self.rungs[steps[-1]]
        coarser = [self.rungs[k] for k in steps if self.rungs[k].h >= 4.0 * fine.h]
        if not coarser or not np.isfinite(coarser[-1].jump):
            return False
        return abs(fine.jump) > max(4.0 * fine.noise, 0.5 * abs(coarser[-1].jump), 1e-4 * self.size)

    def allows(self, slope: float) -> bool:
        """Whether a slope is inside the interval, within rounding."""
        return self.low - self.slack <= slope <= self.high + self.slack

    def at(self, k: int, function: Function, base: Base) -> Rung:
        """The rung h = 2^-k; evaluated once."""
        if k not in self.rungs:
            h = 2.0**-k
            up, up_error = self._secant(h, function, base)
            down, down_error = self._secant(-h, function, base)
            self.rungs[k] = Rung(h, up, down, up_error, down_error)
        return self.rungs[k]

    def moved(self, t: float, base: Base) -> FloatArray:
        """The point x + t v."""
        y = base.x.copy()
        y[self.support] += t * self.v
        return y

    def _secant(self, t: float, function: Function, base: Base) -> tuple[float, float]:
        y = function.realise(self.moved(t, base))
        # the step that was really made differs from t v by rounding; what the given gradient makes of the
        # difference is taken off, so that the secant still bounds the given slope
        off = t * self.v - (y[self.support] - base.x[self.support])
        value = function.value(y)
        if not np.isfinite(value):
            return (np.inf if t > 0 else -np.inf), 0.0
        # twice at the point: once for its value, once because a gradient computed there is only a subgradient up to
        # the rounding of the margins that it looks at
        error = base.noise.at(abs(t), value) + 2.0 * base.error
        return (value - base.value + float(np.sum(base.gradient[self.support] * off))) / t, error / abs(t)


def make_line(base: Base, block: Block, support: Iterable[int] | IntArray, signs: FloatArray) -> Line:
    """The line from the base point along ``signs`` times the coordinates' scales."""
    places = np.asarray(support, dtype=np.int64)
    v = signs * base.scales[places]
    terms = base.gradient[places] * v
    largest = float(np.max(np.abs(base.gradient[block.part]), initial=0.0))
    scale = float(np.max(np.abs(v), initial=0.0))
    # Roundings of the entries meet random signs, so Hoeffding's inequality holds with the root of their number.
    loose = (64.0 if base.roundoff < COARSE else 1024.0) * base.roundoff * largest * scale
    spread = 1.0 if len(places) == 1 else 8.0 * float(np.sqrt(len(places)))
    return Line(block, places, v, float(np.sum(terms)), loose * spread, float(np.sqrt(np.sum(terms**2))))
