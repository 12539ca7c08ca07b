"""Which differences of a check cross pieces, and whether the pieces explain what the differences got wrong."""

from dataclasses import dataclass

import numpy as np

from taut.check._ledger import Account, account
from taut.check._line import Line
from taut.check._look import Look
from taut.check._pieces import Pieces, PiecesError
from taut.check._report import Kink
from taut.check._sandwich import RUNGS

STEP = 1e-5
"""The step of the course's check, in the point's own units: the difference that people compare with."""

COARSE_STEP = 2.0**-7
"""Its place in float32, in units of the block's scale."""

MOST_LINES, MOST_LISTED = 200, 20
"""Coordinates whose differences are accounted for; those with crossings that are told."""


@dataclass(frozen=True)
class Accounts:
    """Kinks for the report, whether one of them lies at the point, and what was wrong with the pieces."""

    kinks: tuple[Kink, ...] = ()
    at_point: bool = False
    notes: tuple[str, ...] = ()


def accounts(pieces: Pieces | None, seen: Look, verdict: str) -> Accounts:
    """Account for the central difference of every coordinate that was looked at.

    Pieces that do not explain what they cross in a gradient that is otherwise right are at odds with the function, and
    are not believed. They never excuse a bug.
    """
    if pieces is None:
        return Accounts()
    lines = [line for line in seen.lines if line.single][:MOST_LINES]
    try:
        made = [_of(pieces, seen, line) for line in lines]
    except PiecesError as error:
        return Accounts(notes=(f"pieces are ignored: {error}",))
    except Exception as error:  # a user's hook may raise anything
        return Accounts(notes=(f"pieces are ignored: they raised {type(error).__name__}: {error}",))
    if verdict != "bug":
        contradiction = _contradiction(made)
        if contradiction:
            return Accounts(notes=(f"pieces are ignored: {contradiction}",))
    told = [each for each in made if each.kinks and abs(each.numeric - each.line.given) > each.bound][:MOST_LISTED]
    nearest = 2.0 ** -RUNGS[1]
    at_point = any(
        abs(kink.at) <= nearest * float(each.line.v[0]) and abs(kink.right - kink.left) > kink.bound
        for each in made
        for kink in each.kinks
    )
    return Accounts(tuple(kink for each in told for kink in each.kinks), at_point)


def _of(pieces: Pieces, seen: Look, line: Line) -> Account:
    scale = float(line.v[0])
    step = COARSE_STEP * scale if seen.search.coarse else min(STEP, 0.25 * scale)
    return account(seen.search.function, pieces, seen.base, line, step)


def _contradiction(made: list[Account]) -> str:
    """What the pieces say that the values deny, or the other way round; empty where they agree."""
    for each in made:
        if not each.explained and np.isfinite(each.bound):
            left = f"{abs(each.remainder):.2g} of a difference unexplained, where rounding explains {each.bound:.2g}"
            return f"they leave {left}"
        if each.line.kinked and not each.kinks and len(each.line.rungs):
            return "the function has a kink at the point, and no piece changes its sign there"
    return ""
