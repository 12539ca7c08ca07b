"""What the checker makes of a mutant on a problem: with its kit of formulas alone, and as a whole."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

import taut
from mutants.distance import distance
from mutants.every import FAMILIES, Problem
from mutants.family import Mutant
from taut.check._formulas import kinds
from taut.check._known import KnownProblem, matching_formulas

ENOUGH = 2
"""Names that may be listed together."""


def known(mutant: Mutant, problem: Problem, *, loss: str | None) -> KnownProblem:
    return KnownProblem(mutant.function, problem.X, problem.y, problem.reg, loss)


def name_by_kit(
    mutant: Mutant, problem: Problem, *, loss: str | None, roundings: float = 64.0
) -> frozenset[str] | None:
    """The names that the kit lists at every point, at as few points as lead to a short list; None: right everywhere."""
    listed: frozenset[str] | None = None
    for W in problem.points:
        _, given = mutant.function(W, problem.X, problem.y, problem.reg)
        if is_right(mutant, problem, W, given):
            continue
        tolerance = roundings * np.finfo(given.dtype).eps * np.abs(given).max()
        found = frozenset(
            each.kind for each in matching_formulas(known(mutant, problem, loss=loss), W, given, tolerance)
        )
        listed = found if listed is None else listed & found
        if listed & set(mutant.kinds) and len(listed) <= ENOUGH:
            break
    return listed


def is_right(mutant: Mutant, problem: Problem, W, given) -> bool:
    """Whether a mutant's gradient is one that the right loss has at this point."""
    return _distance(mutant, problem, W, given) <= 1e-3 * np.sqrt(np.finfo(given.dtype).eps) * np.abs(given).max()


def _distance(mutant: Mutant, problem: Problem, W, given) -> float:
    _, right = FAMILIES[mutant.loss].right(W, problem.X, problem.y, problem.reg)
    return distance(mutant.loss, W, problem.X, problem.y, problem.reg, given, right)


@dataclass
class Score:
    """Counts of one mutant over problems."""

    right: int = 0  # the gradient is a right one at the first point
    beyond: int = 0  # it differs from every right one by more than the printed width
    beyond_detected: int = 0
    within: int = 0  # it differs, by less
    within_detected: int = 0
    nameable: int = 0  # called a bug at one of the points
    named: int = 0
    short: int = 0  # named, and the whole list of findings is short
    lists: Counter = field(default_factory=Counter)

    def add(self, other: "Score") -> None:
        for name, value in vars(other).items():
            if name == "lists":
                self.lists.update(value)
            else:
                setattr(self, name, getattr(self, name) + value)


def check(mutant: Mutant, problem: Problem) -> Score:
    """The whole checker on one mutant and problem: detection at the first point, naming within all of them."""
    score, table = Score(), set(kinds(mutant.loss))
    listed: set[str] | None = None
    everything: set[str] | None = None
    for i, W in enumerate(problem.points):
        _, given = mutant.function(W, problem.X, problem.y, problem.reg)
        report = taut.check_gradient(known(mutant, problem, loss=mutant.loss), W)
        bug = report.verdict == "bug"
        if i == 0:
            _count(score, mutant, problem, W, given, report.width, bug)
        if not bug:
            continue
        score.nameable = 1
        found = {each.kind for each in report.findings} - {"unknown"}
        if not found:  # no name from this point, and nothing against any
            continue
        everything = found if everything is None else everything & found
        mine = (found & table) or found
        listed = mine if listed is None else listed & mine
        if listed & set(mutant.kinds) and len(listed) <= ENOUGH:
            break
    if score.nameable:
        names = listed or set()
        score.named = int(bool(names & set(mutant.kinds)) and len(names) <= ENOUGH)
        score.short = int(bool(score.named) and len(everything or ()) <= ENOUGH)
        score.lists[tuple(sorted(names))] += 1
    return score


def _count(score: Score, mutant: Mutant, problem: Problem, W, given, width: float, bug: bool) -> None:
    if is_right(mutant, problem, W, given):
        score.right = 1
    elif _distance(mutant, problem, W, given) > width * np.abs(given).max():
        score.beyond, score.beyond_detected = 1, int(bug)
    else:
        score.within, score.within_detected = 1, int(bug)
