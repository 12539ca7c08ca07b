"""From looks to a verdict: what one point says, and what points nearby say about it."""

from dataclasses import dataclass

from taut.check._function import Block
from taut.check._line import Base
from taut.check._look import Look, Search, look
from taut.check._sandwich import chords_hold
from taut.check._smooth import perturbed

NEARBY, NEARBY_COARSE = 2.0**-10, 2.0**-5
"""How far away, in units of the blocks' scales, points are that lie on no kink."""

WITNESSES = 3
"""Points nearby that are asked before code is accused without a proof."""

ISOLATED = (
    "at the point itself the gradient is none that the function has there, but it is right at every point nearby that "
    "was tried; backpropagation through a ReLU at exactly 0 does this. If the function is convex (a linear model), "
    "pass convex=True: then it is a bug"
)


@dataclass(frozen=True)
class Judgement:
    """The verdict, and the look that shows it best."""

    verdict: str
    first: Look
    shown: Look
    notes: tuple[str, ...] = ()


def judge(search: Search, base: Base, convex: bool | None) -> Judgement:
    """Look at the point, and nearby where that tells more.

    A convex function (claimed, and not refuted on any line) is judged by proofs; where the claim is only guessed, or
    the function is not convex, points nearby must confirm an accusation.
    """
    notes: list[str] = []
    if convex is not False:
        if convex is None and not chords_hold(search.function, base, search.rng):
            notes.append("not convex: a midpoint lies above its chord; differences at several steps were used")
        else:
            found = _convex(search, base, proven=convex is True)
            if found is not None:
                return found
            claim = "convex=True was claimed, but " if convex else ""
            notes.append(f"{claim}a line refutes convexity; differences at several steps were used, not proofs")
    return _smooth(search, base, tuple(notes))


def _convex(search: Search, base: Base, *, proven: bool) -> Judgement | None:
    """The verdict by sandwich; None where a line refutes convexity."""
    first = look(search, base, convex=True, claimed=proven)
    if not first.convex:
        return None
    if first.suspects and proven:
        return Judgement("bug", first, first)
    if not (first.suspects or first.kinked or _unresolved(search, first)):
        return Judgement("ok", first, first)
    near = _nearby(search, base, convex=True, claimed=proven)
    if near is not None and not near.convex:
        return None
    if first.suspects:
        return _without_proof(search, first, near)
    if near is not None and near.suspects:
        return Judgement("bug", first, near, ("shown at a point nearby that lies on no kink",))
    return _calm(search, first, near)


def _without_proof(search: Search, first: Look, near: Look | None) -> Judgement | None:
    """Suspects at the point of a function that looks convex along every line, but need not be."""
    if near is not None and near.suspects:
        return Judgement("bug", first, first)
    if near is None or _unresolved(search, near):
        return Judgement("unresolved", first, first)
    again = _nearby(search, first.base, convex=True)
    if again is not None and not again.convex:
        return None
    if again is not None and again.suspects:
        return Judgement("bug", first, again)
    return Judgement("ok_at_kink", first, near, (ISOLATED,))


def _smooth(search: Search, base: Base, notes: tuple[str, ...]) -> Judgement:
    """The verdict by differences at several steps; an accusation needs witnesses nearby."""
    first = look(search, base, convex=False)
    if not (first.suspects or first.kinked or _unresolved(search, first)):
        return Judgement("ok", first, first, notes)
    witnesses: list[Look] = []
    for i in range(WITNESSES):
        near = _nearby(search, base, convex=False)
        if near is not None:
            witnesses.append(near)
        if i == 0 and near is not None and not near.suspects and not first.suspects:
            return _calm(search, first, near, notes)
    guilty = [near for near in witnesses if near.suspects]
    if len(guilty) >= 2:
        shown = guilty[0] if first.kinked or not first.suspects else first
        more = () if shown is first else ("shown at a point nearby that lies on no kink",)
        return Judgement("bug", first, shown, (*notes, *more))
    clear = [near for near in witnesses if not near.suspects and not _unresolved(search, near)]
    if first.suspects and not guilty and clear:
        return Judgement("ok_at_kink", first, clear[0], (*notes, ISOLATED))
    if not first.suspects and clear:
        return _calm(search, first, clear[0], notes)
    return Judgement("unresolved", first, first, notes)


def _calm(search: Search, first: Look, near: Look | None, notes: tuple[str, ...] = ()) -> Judgement:
    """Nothing accuses; the verdict depends on whether everything was seen."""
    blind = _unresolved(search, first)
    if near is not None:
        blind = [block for block in blind if not near.resolved(block)]
    elif first.convex:  # nobody knows the gradient nearby: at a kink, what the secants allow is all there is to know
        kinked = [line.block for line in first.lines if line.kinked]
        blind = [block for block in blind if block not in kinked]
    if blind:
        names = ", ".join(block.name for block in blind)
        said = f"an error of 100 % in the gradient of {names} would not show"
        return Judgement("unresolved", first, first, (*notes, said))
    return Judgement("ok_at_kink" if first.kinked else "ok", first, first, notes)


def _unresolved(search: Search, seen: Look) -> list[Block]:
    return [block for block in search.layout.blocks if not seen.resolved(block)]


def _nearby(search: Search, base: Base, *, convex: bool, claimed: bool = False) -> Look | None:
    """A look at a random point nearby; None where the function is not finite there."""
    distance = NEARBY_COARSE if search.coarse else NEARBY
    found = search.base(perturbed(base, search.rng, distance))
    return None if found is None else look(search, found, convex=convex, claimed=claimed)
