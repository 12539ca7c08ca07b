"""Wrong formulas of the hinges in which a violating pair weighs something else than it should."""

from collections.abc import Callable, Iterator

import numpy as np

from taut.check._formulas_arrays import Array, closed
from taut.check._formulas_formula import Formula, Make, from_slopes
from taut.check._formulas_setting import Setting

MASK = {
    "hinge": "the mask is [s_j - s_y + margin > 0] for j != y",
    "squared_hinge": "the weights are 2*max(0, s_j - s_y + margin) for j != y",
    "crammer_singer": "only the wrong class with the largest s_j - s_y + margin counts, where that is > 0",
}


def from_pairs(kind: str, says: str, cure: str, pairs: Make) -> Formula:
    """The wrong classes weigh something else, and the right one loses their sum as it should."""
    return from_slopes(kind, says, cure, lambda at: closed(pairs(at), at.targets))


def sum_of(weights: Array) -> Array:
    """Row sums, (n, 1)."""
    total: Array = weights.sum(axis=1, keepdims=True)
    return total


def any_of(weights: Array) -> Array:
    """1 for the rows with a positive sum, (n, 1)."""
    return (sum_of(weights) > 0).astype(np.float64)


def weight(at: Setting, chosen: Array | None = None) -> Array:
    """What each wrong class weighs before the mask; of Crammer and Singer's, the chosen ones or else the worst."""
    match at.loss:
        case "squared_hinge":
            return 2.0 * at.margins
        case "crammer_singer":
            return at.worst if chosen is None else chosen
        case _:
            return np.ones_like(at.scores)


def weight_formulas(at: Setting) -> Iterator[Formula]:
    """What a pair may weigh instead: another loss's weight, a mean, a scalar that is left from a loop."""
    yield from _weights(at)
    yield from _other_slopes()
    yield from _stale(at)


def _weights(at: Setting) -> Iterator[Formula]:
    margins, squares, worst = "margins instead of the indicator", "squared-hinge gradient", "only the worst violator"
    others: tuple[tuple[str, str, str, Make], ...] = (  # the second: losses for which that is right, or has a name
        ("hinge gradient", "hinge", "every violating pair counts once", lambda at: at.violating),
        ("twice the indicator", "hinge", "every violating pair counts twice", lambda at: 2.0 * at.violating),
        (margins, "squared_hinge", "a pair weighs its margin", _over),
        (margins, "hinge squared_hinge", "the worst class weighs its margin", lambda at: at.worst * _over(at)),
        (squares, "squared_hinge", "a pair weighs twice its margin", lambda at: 2.0 * _over(at)),
        (
            squares,
            "hinge squared_hinge",
            "the worst class weighs twice its margin",
            lambda at: 2.0 * at.worst * _over(at),
        ),
        ("squared margins", "", "a pair weighs its margin squared", lambda at: _over(at) ** 2),
        (worst, "crammer_singer", "only the worst class counts, once", lambda at: at.worst * at.violating),
        (worst, "crammer_singer", "only the worst class counts", lambda at: at.worst * at.pairs),
        ("mean over the violators", "crammer_singer", "the weights are divided by the number of violators", _mean),
        ("divided by C-1", "", "the weights are divided by the number of wrong classes", _over_wrong),
        ("square of the sum", "", "the sum over the classes is squared, not each term", _of_the_sum),
    )
    for kind, right, says, pairs in others:
        if at.loss not in right.split():
            yield from_pairs(kind, says, MASK[at.loss], pairs)
    says = "a pair weighs its margin, while column y_i loses the number of violating classes"
    yield from_slopes(margins, says, MASK[at.loss], lambda at: _over(at) - at.targets * sum_of(at.violating))


def _over(at: Setting) -> Array:
    """The margins that are violated."""
    return np.where(at.other, np.maximum(at.margins, 0.0), 0.0)


def _mean(at: Setting) -> Array:
    return at.pairs / np.maximum(sum_of((at.pairs > 0).astype(np.float64)), 1.0)


def _over_wrong(at: Setting) -> Array:
    return at.pairs / max(at.k - 1, 1)


def _of_the_sum(at: Setting) -> Array:
    return 2.0 * at.violating * sum_of(_over(at))


def _other_slopes() -> Iterator[Formula]:
    line = "d loss / d scores is 0, or one weight a violating pair"
    yield from_slopes(
        "softmax gradient", "p - onehot(y), the gradient of softmax", line, lambda at: at.probabilities - at.targets
    )
    kind, line = "scores for features", "multiply d loss / d scores by the features only: X.T @ dscores"
    says = "the derivative by the scores is multiplied by the scores"
    yield from_slopes(kind, says, line, lambda at: at.score_gradient * at.scores)
    yield from_pairs(kind, says, line, lambda at: at.pairs * at.scores)


def _stale(at: Setting) -> Iterator[Formula]:
    """A mask filled with one number: 1, or the margin of the last pair that a loop over j != y looks at."""
    if at.k < 2:
        return
    last = at.k - 1 if at.codes[-1] != at.k - 1 else at.k - 2
    left: tuple[tuple[str, Callable[[Setting], float]], ...] = (
        ("1", lambda _: 1.0),
        ("the last pair's margin", lambda at: float(at.margins[-1, last])),
        ("the last pair's violation", lambda at: max(float(at.margins[-1, last]), 0.0)),
    )
    for word, number in left:
        for times in (at.k - 1, at.k, 0):
            yield _filled(word, number, times)


def _filled(word: str, number: Callable[[Setting], float], times: int) -> Formula:
    """One number in the whole mask, of which column y_i loses so many times."""

    def slopes(at: Setting) -> Array:
        filled = at.other if times == at.k - 1 else np.ones_like(at.scores)
        return number(at) * (filled - at.targets * times)

    return from_slopes(
        "stale scalar fills the mask",
        f"every entry of the mask is {word}",
        "take the mask from the array of margins, not from the loop's last scalar",
        slopes,
    )
