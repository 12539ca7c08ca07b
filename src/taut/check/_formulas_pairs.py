"""Wrong formulas of the losses that compare each wrong class with the right one: columns, labels, masks."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from taut.check._formulas_arrays import Array, closed
from taut.check._formulas_formula import Formula, Make, from_slopes, rolled, with_targets
from taut.check._formulas_setting import Setting
from taut.check._formulas_weights import MASK, any_of, from_pairs, sum_of, weight, weight_formulas

SUBTRACT = "subtract the row sum of the mask in column y_i, and only there"


def pair_formulas(at: Setting) -> Iterator[Formula]:
    """What can go wrong with any of the three hinges."""
    yield from _right_column()
    yield from _labels()
    yield from _margin(at)
    yield from _masks(at)
    yield from _skipped(at)
    yield from _diagonal(at)
    yield from weight_formulas(at)


def _right_column() -> Iterator[Formula]:
    once, every = "correct class counted once", "column y_i loses x_i once"
    columns: tuple[tuple[str, str, Make], ...] = (
        ("correct class not subtracted", "column y_i gets nothing", lambda at: 0.0 * at.targets),
        ("correct class sign", "the row sum is added in column y_i", lambda at: at.targets * sum_of(at.pairs)),
        (once, f"{every} instead of once for each violating class", lambda at: -at.targets * any_of(at.pairs)),
        (once, f"{every} for every example, instead of once for each violating class", lambda at: -at.targets),
        (
            once,
            "column y_i loses the largest weight instead of the sum of the weights",
            lambda at: -at.targets * at.pairs.max(axis=1, keepdims=True),
        ),
        (
            "correct class counted C-1 times",
            f"{every} for each wrong class, whether it violates the margin or not",
            lambda at: -at.targets * (at.k - 1),
        ),
        (
            "row sum subtracted from every column",
            "the row sum is subtracted in all columns",
            lambda at: -np.broadcast_to(sum_of(at.pairs), at.scores.shape),
        ),
    )
    for kind, says, column in columns:
        yield _beside_pairs(kind, says, SUBTRACT, column)


def _beside_pairs(kind: str, says: str, cure: str, column: Make) -> Formula:
    """The wrong classes' columns are right, and something else is added in the right class's."""
    return from_slopes(kind, says, cure, lambda at: at.pairs + column(at))


def _elsewhere(kind: str, says: str, cure: str, targets: Make) -> Formula:
    """The row sum is subtracted in another column."""
    return _beside_pairs(kind, says, cure, lambda at: -targets(at) * sum_of(at.pairs))


def _labels() -> Iterator[Formula]:
    kind, line = "labels shifted by one", "count the classes from 0 and use y as it is"
    for by in (1, -1):
        yield with_targets(kind, f"y {by:+d} is used for y", line, rolled(by))
        yield _elsewhere(kind, f"the row sum is subtracted in column y_i {by:+d}", line, rolled(by))
    kind, line = "every sample is scored on class y[0]", "take the score of each example's own class, S[arange(N), y]"
    yield with_targets(kind, "y[0] is used for every example", line, _first)
    yield _elsewhere(kind, "the row sum is always subtracted in column y[0]", line, _first)


def _first(at: Setting) -> Array:
    return np.broadcast_to(at.targets[0], at.targets.shape)


def _margin(at: Setting) -> Iterator[Formula]:
    kind, line = "margin left out", MASK[at.loss]
    yield _other_margin(kind, "pairs are compared without the margin", line, 0.0)
    says = "the margin is left out where pairs are compared, though not in their weight"
    yield from_pairs(kind, says, line, lambda at: at.pairs * at.counts(at.ahead))
    yield _other_margin("margin sign", "the margin is subtracted", line, -at.margin)
    if at.margin != 1.0:
        yield _other_margin("margin 1", "the margin 1 is used", f"use the margin {at.margin:g}", 1.0)
    yield Formula(
        "scores exchanged",
        "s_y - s_j + margin is used for s_j - s_y + margin",
        line,
        lambda at: at.with_scores(-at.scores).right,
    )


def _other_margin(kind: str, says: str, cure: str, margin: float) -> Formula:
    return Formula(kind, says, cure, lambda at: at.but(margin=margin).right)


def _masks(at: Setting) -> Iterator[Formula]:
    line = MASK[at.loss]
    says = "the pairs count that keep the margin"
    yield from_pairs("mask inverted", says, line, lambda at: weight(at) * (1.0 - at.violating))
    if at.loss != "hinge":  # there it is the mask that a stale scalar fills with ones
        yield from_pairs("mask missing", "every pair counts, also one that keeps the margin", line, weight)
    says = "the loop over the classes ends at the first pair that violates the margin"
    yield from_pairs("only the first violator", says, line, _first_violator)
    if at.loss == "crammer_singer":
        says = "the wrong class with the smallest margin counts"
        yield from_pairs("best rival for the worst", says, line, _best)
        yield Formula(
            "every tied class counts",
            "every class that shares the largest margin counts",
            "let one of the tied classes count (argmax), or each a part, the parts summing to 1",
            lambda at: at.but(ties=replace(at.ties, top="all")).right,
        )


def _first_violator(at: Setting) -> Array:
    mask = at.violating
    first = (np.cumsum(mask > 0, axis=1) == 1) & (mask > 0)
    return first * weight(at, at.violating)


def _best(at: Setting) -> Array:
    """1 for the wrong class with the smallest margin, where any violates its own."""
    return at.top(np.where(at.other, -at.margins, -np.inf)) * any_of(at.violating)


def _skipped(at: Setting) -> Iterator[Formula]:
    line = "let the loop over the classes run over all C"
    for column, word in ((-1, "last"), (0, "first")):
        kind, says = f"{word} class skipped", f"the {word} class is not compared with the others"
        yield from_pairs(kind, says, line, _pairs_without(column))
        if at.loss == "crammer_singer":
            says = f"the {word} class takes no part in the search for the worst"
            yield from_pairs(kind, says, line, _worst_without(column))


def _pairs_without(column: int) -> Make:
    def pairs(at: Setting) -> Array:
        kept = at.pairs.copy()
        kept[:, column] = 0.0
        return kept

    return pairs


def _worst_without(column: int) -> Make:
    """The worst violator if a class did not take part in the search."""

    def pairs(at: Setting) -> Array:
        allowed = at.other.copy()
        allowed[:, column] = False
        rivals = np.where(allowed, at.margins, -np.inf)
        return np.where(allowed.any(axis=1, keepdims=True), at.top(rivals) * at.violating, 0.0)

    return pairs


def _diagonal(at: Setting) -> Iterator[Formula]:
    kind, line = "correct class not skipped", "leave j = y out: margins[arange(N), y] = 0 before the mask is taken"
    if at.loss == "crammer_singer":
        says = "the right class takes part in the search for the worst, with its own margin"
        yield from_slopes(kind, says, line, lambda at: at.top(at.margins) - at.targets)
        says = "the right class takes part in the search for the largest score"
        yield from_slopes(kind, says, line, lambda at: at.top(at.scores) - at.targets)
        return
    one = 2.0 * at.margin if at.loss == "squared_hinge" else 1.0
    yield _own_pair(kind, "the pair j = y counts in the sum that column y_i loses", line, -one)
    yield _own_pair(kind, "the pair j = y counts in column y_i itself", line, one)


def _own_pair(kind: str, says: str, cure: str, change: float) -> Formula:
    return from_slopes(kind, says, cure, lambda at: closed(at.pairs, at.targets) + change * at.targets)
