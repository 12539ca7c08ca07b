"""Layer 1: on a convex function every secant bounds every valid slope, whatever the step."""

import numpy as np

from taut._typing import FloatArray
from taut.check._function import Function
from taut.check._line import Base, Line
from taut.check._noise import SAFETY, around

RUNGS = (1, 22)
"""Steps 2^-1 .. 2^-22 of the block's scale."""

COARSE_RUNGS = (0, 10)
"""Where the function insists on float32: below 2^-10 a difference is nothing but rounding."""

ENOUGH = 1e-5
"""An interval of this share of the gradient needs no further rung."""

CHORDS = 4


def sandwich(line: Line, function: Function, base: Base, rungs: tuple[int, int]) -> None:
    """Bound the slope by rungs, until the interval is narrow enough or as narrow as rounding lets it be.

    max_h (f(x) - f(x - hv))/h - error <= g.v <= min_h (f(x + hv) - f(x))/h + error. The width of a rung has a part
    that shrinks with the step (curvature, kinks nearby) and one that grows as 1/step (rounding); the search goes to
    where they meet.
    """
    low, high = rungs
    while low <= high:
        k = (low + high) // 2
        rung = line.at(k, function, base)
        _bound(line)
        if line.high - line.low <= ENOUGH * line.size:
            return
        if rung.jump > rung.noise:
            low = k + 1
        else:
            high = k - 1


def _bound(line: Line) -> None:
    line.low = max(rung.down - rung.down_error for rung in line.rungs.values())
    line.high = min(rung.up + rung.up_error for rung in line.rungs.values())


def confirmed(line: Line, function: Function, base: Base, rng: np.random.Generator) -> bool:
    """Whether a violation outlasts a second measurement of the rounding, at the very points that show it."""
    if base.noise.guaranteed:
        return True
    here = around(function, base.x, base.scales, rng)
    for rung in line.rungs.values():
        above = line.given - line.slack - (rung.up + rung.up_error)
        below = rung.down - rung.down_error - (line.given + line.slack)
        if max(above, below) > 0:
            t = rung.h if above > below else -rung.h
            there = around(function, line.moved(t, base), base.scales, rng)
            allowed = max(rung.up_error if t > 0 else rung.down_error, SAFETY * (2.0 * here + there) / rung.h)
            used = rung.up_error if t > 0 else rung.down_error
            if max(above, below) + used > allowed:
                return True
    return False


def convex_along(line: Line, base: Base) -> bool:
    """Whether the values on the line could be those of a convex function: slopes never fall, within rounding."""
    points = [(0.0, 0.0, base.error)]
    for rung in line.rungs.values():
        points.append((rung.h, rung.up * rung.h, rung.up_error * rung.h))
        points.append((-rung.h, -rung.down * rung.h, rung.down_error * rung.h))
    t, f, error = (np.array(each) for each in zip(*sorted(points), strict=True))
    good = np.isfinite(f)
    moved = 4.0 * base.noise.roundoff * line.size  # the steps are rounded too
    return slopes_rise(t[good], f[good], error[good] + moved)


def slopes_rise(t: FloatArray, f: FloatArray, error: FloatArray) -> bool:
    """Whether the slopes between neighbouring values never fall by more than their errors."""
    slopes = np.diff(f) / np.diff(t)
    errors = (error[1:] + error[:-1]) / np.diff(t)
    return not np.any(slopes[:-1] - errors[:-1] > slopes[1:] + errors[1:])


def chords_hold(function: Function, base: Base, rng: np.random.Generator) -> bool:
    """Whether the midpoint of a few random chords around the point lies below their ends' mean."""
    for _ in range(CHORDS):
        ends = [base.x + base.scales * rng.uniform(-1.0, 1.0, size=base.x.size) for _ in range(2)]
        values = [function.value(each) for each in (*ends, 0.5 * (ends[0] + ends[1]))]
        if np.isfinite(values).all():
            error = sum(base.noise.at(1.0, value) for value in values)
            if values[2] > 0.5 * (values[0] + values[1]) + error:
                return False
    return True
