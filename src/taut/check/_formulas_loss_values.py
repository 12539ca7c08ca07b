"""Wrong values that belong to one loss: what stands in the place of its examples' losses."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from taut.check._formulas_arrays import Array, sigmoid, softmax
from taut.check._formulas_fault import Change, ValueFault, scaled, with_losses
from taut.check._formulas_formula import rolled
from taut.check._formulas_setting import CODED, MARGINED, Setting

Losses = Callable[[Setting], Array]
SMALL = tuple(10.0**-power for power in range(3, 17))
"""What people add inside a logarithm."""


def loss_value_faults(at: Setting) -> Iterator[ValueFault]:
    """The wrong values of a setting's loss that other losses cannot have."""
    if at.loss in MARGINED:
        yield from _margins(at)
    if at.loss in CODED:
        yield from _labels(at)
    if at.loss == "softmax":
        yield from _softmax()
    if at.loss == "squared":
        yield from _squared()
    if at.loss == "binary":
        yield from _binary()


def _margins(at: Setting) -> Iterator[ValueFault]:
    skip = "skip j = y: margins[arange(N), y] = 0 before the sum is taken"
    amounts = {"hinge": f"{at.margin:g}, the margin,", "squared_hinge": f"{at.margin**2:g}, the margin squared,"}
    amount = amounts.get(at.loss, "up to the margin")
    too_large = with_losses(f"loss is {amount} too large: the correct class was not skipped", skip, _not_skipped)
    yield replace(too_large, slip=True)
    outside, inside = "the margin is added outside the max", "the margin belongs inside: max(0, s_j - s_y + margin)"
    yield _outside(f"{outside}, once for every example", inside, 1)
    if at.loss == "hinge":
        yield _outside(f"{outside}, for every wrong class", inside, at.k - 1)
        yield _outside(f"{outside}, for every class", inside, at.k)
    yield with_losses("max(0, ...) is left out", "take max(0, s_j - s_y + margin)", _not_cut)
    yield _turned("s_y - s_j is used for s_j - s_y", "a wrong class costs max(0, s_j - s_y + margin)")


def _not_skipped(at: Setting) -> Array:
    return _of_pairs(at, np.maximum(at.margins, 0.0))


def _not_cut(at: Setting) -> Array:
    return _of_pairs(at, np.where(at.other, at.margins, -np.inf if at.loss == "crammer_singer" else 0.0))


def _of_pairs(at: Setting, pairs: Array) -> Array:
    """The loss of each example from what each class costs."""
    costs: Array
    if at.loss == "crammer_singer":
        costs = pairs.max(axis=1)
    else:
        costs = (pairs**2 if at.loss == "squared_hinge" else pairs).sum(axis=1)
    return costs


def _outside(says: str, cure: str, times: int) -> ValueFault:
    return with_losses(says, cure, lambda at: at.but(margin=0.0).sample_values + times * at.margin)


def _turned(says: str, cure: str) -> ValueFault:
    """The scores have the opposite sign."""
    return ValueFault(says, cure, lambda at: at.with_scores(-at.scores).value)


def _labels(at: Setting) -> Iterator[ValueFault]:
    for by in (1, -1):
        says = f"the labels are shifted by one: y {by:+d} is used for y"
        yield _relabelled(says, "count the classes from 0 and use y as it is", rolled(by), scaled(1.0, 1.0))
    says, line = "every sample is scored on class y[0]", "take each example's own class, S[arange(N), y]"
    yield replace(_relabelled(says, line, _first, scaled(1.0, 1.0)), slip=True)
    yield replace(_relabelled(f"{says}, and the sum is not divided by N", line, _first, scaled(at.n, 1.0)), slip=True)


def _first(at: Setting) -> Array:
    return np.broadcast_to(at.targets[0], at.targets.shape)


def _relabelled(says: str, cure: str, targets: Losses, change: Change) -> ValueFault:
    return ValueFault(says, cure, lambda at: change(at).relabelled(targets(at)).value)


def _softmax() -> Iterator[ValueFault]:
    line = "a loss is -log p_y = log(sum of exp(s_j)) - s_y"
    changes: tuple[tuple[str, Losses], ...] = (
        ("the sum of log p over all classes, not only over the right one,", lambda at: -_log(at).sum(axis=1)),
        ("-p_y, without the logarithm,", lambda at: -_own(at, at.probabilities)),
        ("1 - p_y, without the logarithm,", lambda at: 1.0 - _own(at, at.probabilities)),
        ("a logarithm to base 2", lambda at: at.sample_values / np.log(2.0)),
        ("a logarithm to base 10", lambda at: at.sample_values / np.log(10.0)),
        ("log(sum of exp(s_j)) alone", lambda at: at.sample_values + _own(at, at.scores)),
        ("-s_y alone", lambda at: -_own(at, at.scores)),
        ("the softmax taken twice", lambda at: -np.log(_own(at, softmax(at.probabilities)))),
        ("p normalised over the examples", lambda at: -np.log(_own(at, softmax(at.scores.T).T))),
        ("p normalised over everything", lambda at: _log_sum_all(at) - _own(at, at.scores)),
        ("s_y not shifted by the maximum, the sum shifted,", lambda at: at.sample_values - at.scores.max(axis=1)),
        ("s_y shifted by the maximum, the sum not,", lambda at: at.sample_values + at.scores.max(axis=1)),
    )
    for word, losses in changes:
        yield with_losses(f"{word} is used for -log p_y", line, losses)
    for more in SMALL:
        yield _padded_softmax(more)


def _padded_softmax(more: float) -> ValueFault:
    says, line = f"{more:.0e} is added inside the logarithm", "add nothing: log(sum(exp(S - max))) + max - s_y"
    return with_losses(says, line, lambda at: -np.log(_own(at, at.probabilities) + more))


def _own(at: Setting, values: Array) -> Array:
    own: Array = (values * at.targets).sum(axis=1)
    return own


def _log(at: Setting) -> Array:
    return np.log(at.probabilities)


def _log_sum_all(at: Setting) -> float:
    top = float(at.scores.max())
    return top + float(np.log(np.exp(at.scores - top).sum()))


def _squared() -> Iterator[ValueFault]:
    line = "a loss is half the sum over the columns of (s - t)**2"
    changes: tuple[tuple[str, Losses], ...] = (
        ("the absolute residual is used for half its square", lambda at: np.abs(at.scores - at.targets)),
        ("the target is not subtracted", lambda at: 0.5 * at.scores**2),
        ("the target is added", lambda at: 0.5 * (at.scores + at.targets) ** 2),
        ("the residual is not squared", lambda at: at.scores - at.targets),
    )
    for says, terms in changes:
        yield _summed(says, line, terms)
    says = "the root of the sum of squares is taken"
    yield with_losses(says, line, lambda at: np.linalg.norm(at.scores - at.targets, axis=1))


def _summed(says: str, cure: str, terms: Losses) -> ValueFault:
    return with_losses(says, cure, lambda at: terms(at).sum(axis=1))


def _binary() -> Iterator[ValueFault]:
    line = "a loss is the sum over the columns of -t*log(p) - (1 - t)*log(1 - p), p = sigmoid(s)"
    changes: tuple[tuple[str, Losses], ...] = (
        ("only the terms t*log(p) are counted", lambda at: at.targets * np.logaddexp(0.0, -at.scores)),
        ("only the terms (1 - t)*log(1 - p) are counted", lambda at: (1 - at.targets) * np.logaddexp(0.0, at.scores)),
        ("the squared error of p is used", lambda at: (sigmoid(at.scores) - at.targets) ** 2),
        ("half the squared error of p is used", lambda at: 0.5 * (sigmoid(at.scores) - at.targets) ** 2),
        ("the softmax is used for the sigmoid", lambda at: -at.targets * np.log(softmax(at.scores))),
        ("the targets are exchanged", lambda at: np.logaddexp(0.0, at.scores) - at.scores * (1 - at.targets)),
    )
    for says, terms in changes:
        yield _summed(says, line, terms)
    for more in SMALL:
        yield _padded_binary(more)


def _padded_binary(more: float) -> ValueFault:
    def losses(at: Setting) -> Array:
        p, q = sigmoid(at.scores), sigmoid(-at.scores)
        each: Array = (-at.targets * np.log(p + more) - (1.0 - at.targets) * np.log(q + more)).sum(axis=1)
        return each

    says = f"{more:.0e} is added inside the logarithms"
    return with_losses(says, "add nothing: max(s, 0) - s*t + log(1 + exp(-|s|))", losses)
