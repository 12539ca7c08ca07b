"""Layer 2: the account of a plain difference, piece by piece.

A function that tells the signs of its pieces is smooth between their changes. Then, for a central difference,
numeric - given = the shares of the pieces that it crossed + rounding + remainder, and only the remainder can be an
error of the gradient. Between crossings the functions here are quadratic, so that there is no truncation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from taut._typing import FloatArray
from taut.check._function import Function
from taut.check._line import Base, Line
from taut.check._pieces import Pieces, PiecesError
from taut.check._report import Kink, place

MOST_EVENTS = 24
"""Distinct crossings that are measured one by one."""

AT_ZERO, APART = 2.0**-14, 2.0**-8
"""Crossings within these shares of the step from the point, or from one another, are taken as one."""

BISECTIONS = 60


@dataclass(frozen=True)
class Event:
    """A step t at which some pieces change their sign."""

    t: float
    pieces: tuple[int, ...]


@dataclass(frozen=True)
class Account:
    """A central difference along a line, accounted for: numeric - given = Σ shares + remainder.

    ``|remainder| <= bound`` where kinks and rounding explain everything.
    """

    line: Line
    numeric: float
    kinks: tuple[Kink, ...]
    remainder: float
    bound: float

    @property
    def explained(self) -> bool:
        """Whether kinks and rounding leave nothing."""
        return abs(self.remainder) <= self.bound


def account(function: Function, pieces: Pieces, base: Base, line: Line, step: float) -> Account:
    """The account of the central difference along a coordinate, with a step in the coordinate's own units."""
    along = _Along(function, base, line)
    h = step / float(line.v[0])
    right, left = along.value(h), along.value(-h)
    numeric = (right - left) / (along.step(h) - along.step(-h))
    rounding = base.noise.at(h, max(abs(right), abs(left))) / h + line.slack
    events, slopes = crossings(pieces, base, line, h)
    if pieces.weights is None:
        return _measured(along, pieces, events, h, numeric, rounding)
    return _weighed(along, pieces, events, slopes, h, numeric, rounding)


def crossings(pieces: Pieces, base: Base, line: Line, h: float) -> tuple[list[Event], FloatArray]:
    """Where pieces change their sign on the line between -h and h, in order; and all pieces' slopes."""
    here = pieces.at(base.x)
    left, right = (pieces.at(line.moved(t, base)) for t in (-h, h))
    if not len(here) == len(left) == len(right):
        raise PiecesError("their number changes from point to point")
    changed = np.flatnonzero((np.sign(left) != np.sign(here)) | (np.sign(right) != np.sign(here)))
    at: dict[float, list[int]] = {}
    for i in changed:
        values = (float(left[i]), float(here[i]), float(right[i]))
        at.setdefault(_root(pieces, base, line, h, int(i), values), []).append(int(i))
    return [Event(t, tuple(at[t])) for t in sorted(at)], (right - left) / (2.0 * h)


def _root(pieces: Pieces, base: Base, line: Line, h: float, i: int, values: tuple[float, float, float]) -> float:
    """The step at which piece i is zero."""
    left, here, right = values
    if here == 0.0:
        return 0.0
    a, b = (0.0, h) if np.sign(right) != np.sign(here) else (-h, 0.0)
    if abs(here - 0.5 * (left + right)) <= 1e-6 * abs(right - left):
        return float(np.clip(-2.0 * h * here / (right - left), a, b))
    at_a = here if a == 0.0 else left
    for _ in range(BISECTIONS):
        middle = 0.5 * (a + b)
        if np.sign(pieces.at(line.moved(middle, base))[i]) == np.sign(at_a):
            a = middle
        else:
            b = middle
    return 0.5 * (a + b)


def _weighed(
    along: "_Along",
    pieces: Pieces,
    events: Sequence[Event],
    slopes: FloatArray,
    h: float,
    numeric: float,
    rounding: float,
) -> Account:
    """The account where the cost w max(0, p)^power of every piece is known."""
    line, here = along.line, pieces.at(along.base.x)
    weights, power = pieces.weights, pieces.power
    assert weights is not None
    shares: dict[int, float] = {}
    ties: list[int] = []
    loose = (0.0, 0.0)  # what an exact tie may add to the slope: any share between 0 and 1
    for event in events:
        for i in event.pieces:
            p, slope = float(here[i]), float(slopes[i])
            ends = [max(0.0, p + t * slope) ** power for t in (-h, h)]
            tied = float(weights[i]) * abs(p) <= 2.0 * along.base.error  # the code cannot tell it from an exact tie
            own = power * max(0.0, p) ** (power - 1) * slope if p > 0 and not tied else 0.0
            shares[i] = float(weights[i]) * ((ends[1] - ends[0]) / (2.0 * h) - own)
            if tied and power == 1:
                ties.append(i)
                jump = float(weights[i]) * slope
                loose = (loose[0] + min(0.0, jump), loose[1] + max(0.0, jump))
    strict = numeric - sum(shares.values())
    taken = float(np.clip(line.given, strict + loose[0], strict + loose[1]))
    for i in ties:  # the given gradient's own choice at the tie is no error; it is spread over the tied pieces
        shares[i] -= (taken - strict) / len(ties)
    jumps = {i: abs(float(weights[i] * slopes[i])) if power == 1 else 0.0 for event in events for i in event.pieces}
    before = strict + loose[0]  # left of a tie only the pieces that fall count
    return _told(along, pieces, events, shares, jumps, ties, before, numeric, taken - line.given, rounding)


def _measured(
    along: "_Along", pieces: Pieces, events: Sequence[Event], h: float, numeric: float, rounding: float
) -> Account:
    """The account where only signs are known: slope and curvature between crossings come from values there.

    What the piece around the point would be without any crossing has the slope that the gradient must have; at a tie,
    any slope between those of the two pieces that meet.
    """
    merged = _merged(events, h)
    if len(merged) > MOST_EVENTS:
        raise PiecesError(f"{len(merged)} crossings in one difference are too many to tell apart")
    begins, ends = [-h, *(group.last for group in merged)], [*(group.first for group in merged), h]
    parts = [along.parabola(a, b) for a, b in zip(begins, ends, strict=True)]
    centre = [i for i, group in enumerate(merged) if group.t == 0.0]
    home = parts[centre[0] : centre[0] + 2] if centre else [parts[sum(group.t < 0.0 for group in merged)]]
    allowed = [part.slope(0.0) for part in home]
    given = along.line.given
    taken = float(np.clip(given, min(allowed), max(allowed)))
    shares, jumps, told = {}, {}, []
    for group, before, after in zip(merged, parts[:-1], parts[1:], strict=True):
        if group.t == 0.0:
            share = (after.value(h) - before.value(-h)) / (2.0 * h) - taken
        else:
            far = h if group.t > 0 else -h
            share = (after.value(far) - before.value(far)) / (2.0 * h)
        known = np.isfinite([before.error, after.error]).all()
        for i in group.pieces:
            shares[i] = share / len(group.pieces)
            jumps[i] = (after.slope(group.t) - before.slope(group.t)) / len(group.pieces) if known else 0.0
        told.append(Event(group.t, group.pieces))
    bound = max(rounding, *(part.error for part in home)) + along.line.slack
    return _told(along, pieces, told, shares, jumps, (), allowed[0], numeric, taken - given, bound)


@dataclass(frozen=True)
class _Group:
    """Events too near to the point or to one another to be told apart; t is 0 for those at the point."""

    t: float
    first: float
    last: float
    pieces: tuple[int, ...]


def _merged(events: Sequence[Event], h: float) -> list[_Group]:
    merged: list[_Group] = []
    for event in events:
        t = 0.0 if abs(event.t) <= AT_ZERO * h else event.t
        old = merged[-1] if merged else None
        if old is not None and (t == old.t or (t * old.t > 0.0 and t - old.last < APART * h)):
            merged[-1] = _Group(old.t, old.first, event.t, old.pieces + event.pieces)
        else:
            first, last = (min(0.0, t), max(0.0, t)) if t == 0.0 else (t, t)
            merged.append(_Group(t, min(first, event.t), max(last, event.t), event.pieces))
    return merged


def _told(
    along: "_Along",
    pieces: Pieces,
    events: Sequence[Event],
    shares: dict[int, float],
    jumps: dict[int, float],
    ties: Sequence[int],
    before: float,
    numeric: float,
    remainder: float,
    bound: float,
) -> Account:
    """Kinks in the coordinate's own units; slopes are counted up from the one just ``before`` the point."""
    line, unit = along.line, float(along.line.v[0])
    where = place(line.block.name, line.block.place(int(line.support[0])))
    slope = before - sum(jumps[i] for event in events if event.t < 0 for i in event.pieces if i not in ties)
    kinks = []
    for event in events:
        after = slope + sum(jumps[i] for i in event.pieces)
        for i in event.pieces:
            kinks.append(
                Kink(
                    i,
                    f"{where}: {pieces.label(i)}",
                    event.t * unit,
                    slope / unit,
                    after / unit,
                    shares[i] / unit,
                    remainder / unit,
                    bound / unit,
                )
            )
        slope = after
    return Account(line, numeric, tuple(kinks), remainder, bound)


@dataclass(frozen=True)
class _Parabola:
    """height + u first + u² second / 2 with u = t - start; ``error`` bounds rounding in its slope at the point."""

    start: float
    height: float
    first: float
    second: float
    error: float

    def value(self, t: float) -> float:
        u = t - self.start
        return self.height + u * (self.first + 0.5 * u * self.second)

    def slope(self, t: float) -> float:
        return self.first + (t - self.start) * self.second


class _Along:
    """Values on a coordinate's line, each computed once, and the steps that were really made."""

    def __init__(self, function: Function, base: Base, line: Line) -> None:
        self.function, self.base, self.line = function, base, line
        self.known: dict[float, float] = {0.0: base.value}

    def value(self, t: float) -> float:
        if t not in self.known:
            self.known[t] = self.function.value(self.function.realise(self.line.moved(t, self.base)))
        return self.known[t]

    def step(self, t: float) -> float:
        """The step after rounding of the point."""
        i = self.line.support
        moved = self.function.realise(self.line.moved(t, self.base))
        return float((moved[i] - self.base.x[i])[0] / self.line.v[0])

    def parabola(self, a: float, b: float) -> _Parabola:
        """The parabola through the values at both ends and in the middle."""
        middle = 0.5 * (a + b)
        t = [self.step(each) for each in (a, middle, b)]
        f = [self.value(each) for each in (a, middle, b)]
        if not t[0] < t[1] < t[2]:
            return _Parabola(middle, f[1], 0.0, 0.0, np.inf)
        low, high = (f[1] - f[0]) / (t[1] - t[0]), (f[2] - f[1]) / (t[2] - t[1])
        second = 2.0 * (high - low) / (t[2] - t[0])
        first = high - 0.5 * second * (t[2] - t[1])
        error = self.base.noise.at(max(abs(a), abs(b)), max(map(abs, f)))
        return _Parabola(t[1], f[1], first, second, 8.0 * error / (0.5 * (b - a)))
