"""One point looked at: directions through every array, single coordinates, and which of them accuse the gradient."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from taut._typing import FloatArray, IntArray
from taut.check._function import COARSE, Block, Function, Layout
from taut.check._line import Base, Line, make_line
from taut.check._noise import SAFETY, Noise, measured
from taut.check._sandwich import COARSE_RUNGS, RUNGS, confirmed, convex_along, sandwich
from taut.check._smooth import COARSE_LADDER, LADDER, ComplexStep, differences, outside_often, persists

ALL_COORDINATES = 200
"""Points of at most so many coordinates have each of them looked at."""

SOME_COORDINATES = 10
"""Of each array of a larger point."""

SECOND_LOOKS = 3
"""Accusing lines whose rounding is measured once more, where it matters; the worst first."""


@dataclass
class Search:
    """What every look shares: the function, its layout, how many directions, and the one stream of random numbers."""

    function: Function
    layout: Layout
    directions: int
    rng: np.random.Generator
    roundoff: float
    scales: FloatArray
    bound: Callable[[FloatArray, FloatArray], Noise | None] | None = None

    @property
    def coarse(self) -> bool:
        """Whether the values are float32's."""
        return self.roundoff > COARSE

    def base(self, x: FloatArray) -> Base | None:
        """The function at a point; None where it is not finite there."""
        x = self.function.realise(x)
        value, gradient = self.function.both(x)
        if not (np.isfinite(value) and np.isfinite(gradient).all()):
            return None
        noise = self.noise(x)
        # Values far noisier than their type come from code that computes in a shorter one, gradients included.
        shown = 4.0 * noise.near / SAFETY / abs(value) if value and not noise.guaranteed else 0.0
        unit = max(self.roundoff, min(shown, float(np.finfo(np.float32).eps)))
        return Base(x, value, gradient, noise, self.scales, unit)

    def noise(self, x: FloatArray) -> Noise:
        """How far values near x may be from exact ones: guaranteed where that is known, else measured."""
        known = self.bound(x, self.scales) if self.bound is not None else None
        return known or measured(self.function, x, self.scales, self.roundoff, self.rng)


@dataclass
class Look:
    """What the lines through one point say.

    ``convex`` tells whether the intervals are secants' (no line refuted convexity) or differences' at several steps.
    """

    search: Search
    base: Base
    convex: bool
    lines: list[Line] = field(default_factory=list)
    suspects: list[Line] = field(default_factory=list)
    complex_step: ComplexStep | None = None

    def settle(self, line: Line) -> None:
        """Find the line's interval."""
        search, coarse = self.search, self.search.coarse
        if self.convex:
            sandwich(line, search.function, self.base, COARSE_RUNGS if coarse else RUNGS)
        elif self.complex_step is None or not self.complex_step.narrow(line):
            differences(line, search.function, self.base, COARSE_LADDER if coarse else LADDER)

    def accuses(self, line: Line) -> bool:
        """Whether a settled line speaks against the given gradient."""
        return line.violated if self.convex else outside_often(line)

    def line(self, block: Block, support: IntArray | Iterable[int], signs: FloatArray) -> Line:
        """A further line, settled."""
        line = make_line(self.base, block, support, signs)
        self.settle(line)
        return line

    def coordinate(self, i: int) -> Line:
        """The line of one coordinate, settled; one that is known is not done again."""
        known = [line for line in self.lines if line.single and line.support[0] == i]
        return known[0] if known else self.line(self.search.layout.block_of(i), [i], np.ones(1))

    @property
    def kinked(self) -> bool:
        """Whether the point lies on a kink, or too near to one to tell."""
        return any(line.kinked for line in self.lines)

    def resolved(self, block: Block) -> bool:
        """Whether an error as large as the block's gradient would have shown on some line."""
        lines = [line for line in self.lines if line.block == block]
        if not np.any(self.base.gradient[block.part]):
            return any(line.width <= 0.1 * max(abs(self.base.value), _reach(line)) for line in lines) or not lines
        return any(line.resolves for line in lines)

    @property
    def width(self) -> float:
        """The widest interval, relative to the largest gradient entry."""
        largest = float(np.max(np.abs(self.base.gradient))) or 1.0
        return max((_relative(line, largest) for line in self.lines), default=np.inf)


def _reach(line: Line) -> float:
    return max((abs(each) * rung.h for rung in line.rungs.values() for each in (rung.up, rung.down)), default=0.0)


def _relative(line: Line, largest: float) -> float:
    scale = float(np.max(np.abs(line.v))) * float(np.sqrt(len(line.support)))
    width = line.high - line.low
    return float(width / scale / largest) if width else 0.0


def look(search: Search, base: Base, *, convex: bool, claimed: bool = False) -> Look:
    """Settle directions and coordinates through a point; a line that refutes convexity ends the sandwich for all.

    Convexity that was not claimed but only not refuted proves nothing: differences must accuse the same line too.
    """
    seen = Look(search, base, convex)
    for line in planned(search, base):
        seen.settle(line)
        seen.lines.append(line)
        if convex and not (line.low <= line.high and convex_along(line, base)):
            return replace(seen, convex=False, lines=[])
        if not convex and len(seen.lines) == 2:
            candidate = ComplexStep(search.function, base)
            if candidate.agrees(seen.lines):
                seen.complex_step = candidate
                for known in seen.lines:
                    candidate.narrow(known)
    seen.suspects = [line for line in seen.lines if seen.accuses(line)]
    if seen.suspects and convex:
        worst = sorted(seen.suspects, key=_excess, reverse=True)[:SECOND_LOOKS]
        if not any(confirmed(line, search.function, base, search.rng) for line in worst):
            seen.suspects = []
    if not convex:
        seen.suspects = _persistent(seen, seen.suspects)
    if seen.suspects and convex and not claimed:
        again = [replace(line, rungs=dict(line.rungs)) for line in seen.suspects]
        for line in again:
            differences(line, search.function, base, COARSE_LADDER if search.coarse else LADDER)
        seen.convex = bool(_persistent(seen, [line for line in again if outside_often(line)]))
    return seen


def _persistent(seen: Look, lines: list[Line]) -> list[Line]:
    """The lines, where the worst of them accuses at finer steps too; otherwise none."""
    search, ladder = seen.search, COARSE_LADDER if seen.search.coarse else LADDER
    worst = sorted(lines, key=_excess, reverse=True)[:SECOND_LOOKS]
    return lines if any(persists(line, search.function, seen.base, ladder) for line in worst) else []


def _excess(line: Line) -> float:
    over = max(line.given - line.high, line.low - line.given)
    return over / (line.width or 1e-300)


def planned(search: Search, base: Base) -> list[Line]:
    """Random directions through each array, and coordinates: all of a small point, some of each array otherwise."""
    layout, rng = search.layout, search.rng
    lines = []
    for block in layout.blocks:
        if block.size > 1:
            everything = np.arange(block.begin, block.end)
            for _ in range(search.directions):
                lines.append(make_line(base, block, everything, rng.choice([-1.0, 1.0], size=block.size)))
    for i in _coordinates(layout, rng):
        lines.append(make_line(base, layout.block_of(int(i)), [int(i)], np.ones(1)))
    return lines


def _coordinates(layout: Layout, rng: np.random.Generator) -> IntArray:
    if layout.size <= ALL_COORDINATES:
        return np.arange(layout.size)
    return np.concatenate([_some(block, rng) for block in layout.blocks])


def _some(block: Block, rng: np.random.Generator) -> IntArray:
    """A few coordinates, with the array's corners among them: its first and last row and column go wrong first."""
    if block.size <= SOME_COORDINATES:
        return np.arange(block.begin, block.end)
    corners = {block.begin, block.end - 1, block.begin + block.shape[-1] - 1, block.end - block.shape[-1]}
    rest = np.setdiff1d(np.arange(block.begin, block.end), list(corners))
    drawn = rng.choice(rest, size=SOME_COORDINATES - len(corners), replace=False)
    return np.sort(np.concatenate([np.array(sorted(corners)), drawn]))


def natural_scales(layout: Layout, x: FloatArray) -> FloatArray:
    """One power of two a block, near the root mean square of its entries; 1 for a block of zeros."""
    scales = np.ones(x.size)
    for block in layout.blocks:
        root = float(np.sqrt(np.mean(x[block.part] ** 2))) if block.size else 0.0
        if root > 0:
            scales[block.part] = 2.0 ** np.round(np.log2(root))
    return scales
