"""Wrong formulas of softmax: what takes the place of p, of the one-hot, or of the two together."""

from collections.abc import Callable, Iterator

import numpy as np

from taut.check._formulas_arrays import Array, sigmoid, softmax
from taut.check._formulas_formula import Formula, Make, from_slopes, rolled
from taut.check._formulas_setting import Setting

RIGHT = "d loss / d scores is p - onehot(y), p = exp(s_j) / sum over the classes of exp(s_l)"
SMOOTHING = (0.01, 0.02, 0.05, 0.1, 0.2)


def softmax_formulas(at: Setting) -> Iterator[Formula]:
    """What can go wrong with softmax."""
    yield from _targets()
    yield from _in_place_of_p()
    yield from _temperatures()
    yield from _products()


def smoothed(share: float) -> Make:
    """Targets of which a share is spread over all columns."""
    return lambda at: (1.0 - share) * at.targets + share / at.k


def lowered(share: float) -> Make:
    """Targets that are less by a share."""
    return lambda at: (1.0 - share) * at.targets


def first_target(at: Setting) -> Array:
    """The target of the first example, for all."""
    return np.broadcast_to(at.targets[0], at.targets.shape)


def _targets() -> Iterator[Formula]:
    targets: list[tuple[str, str, Make]] = [
        ("labels shifted by one", "y +1 is used for y", rolled(1)),
        ("labels shifted by one", "y -1 is used for y", rolled(-1)),
        ("one-hot not subtracted", "p takes the place of p - onehot(y)", lambda at: 0.0 * at.targets),
        ("every sample is scored on class y[0]", "onehot(y[0]) is subtracted everywhere", first_target),
        ("1 subtracted from every column", "1 is subtracted from p in all columns", lambda at: np.ones_like(at.scores)),
        ("one-hot added", "onehot(y) is added to p", lambda at: -at.targets),
        ("one-hot divided by C", "onehot(y)/C is subtracted", lambda at: at.targets / at.k),
        ("one-hot times N", "onehot(y) is not divided by N with p", lambda at: at.targets * at.n),
        ("one-hot divided by N twice", "onehot(y) is divided by N twice", lambda at: at.targets / at.n),
    ]
    for share in SMOOTHING:
        smooth = f"the targets are smoothed by {share:g}, and the loss is not"
        targets.append(("label smoothing", smooth, smoothed(share)))
        targets.append(("label smoothing", f"the right class's target is {1 - share:g}", lowered(share)))
    for kind, says, wanted in targets:
        yield _other_target(kind, says, wanted)


def _other_target(kind: str, says: str, wanted: Make) -> Formula:
    return from_slopes(kind, says, RIGHT, lambda at: at.probabilities - wanted(at))


def _other_p(kind: str, says: str, p: Make) -> Formula:
    return from_slopes(kind, f"{says} takes the place of p", RIGHT, lambda at: p(at) - at.targets)


def _in_place_of_p() -> Iterator[Formula]:
    bare, wrong, over_all = "unnormalised exponentials", "normalised over the wrong axis", "normalised over everything"
    instead: tuple[tuple[str, str, Make], ...] = (
        (bare, "exp(s)", lambda at: np.exp(at.scores)),
        (bare, "exp(s - max of the row)", lambda at: np.exp(_shifted(at))),
        (bare, "exp(s - max of all)", lambda at: np.exp(at.scores - at.scores.max())),
        (wrong, "exp(s) over its column's sum", lambda at: _over_axis(at.scores, 0)),
        (wrong, "shifted exp(s) over its column's sum", lambda at: _over_axis(_shifted(at), 0)),
        (over_all, "exp(s) over the sum of all", lambda at: _over_axis(at.scores, None)),
        (over_all, "shifted exp(s) over the sum of all", lambda at: _over_axis(_shifted(at), None)),
        ("integer truncation", "p cut to whole numbers", lambda at: np.trunc(at.probabilities)),
        ("argmax for p", "onehot(argmax s)", lambda at: at.top(at.scores)),
        ("log p for p", "log p", lambda at: at.scores - _log_sum(at.scores)),
        ("log p for p", "-log p", lambda at: _log_sum(at.scores) - at.scores),
        ("scores for p", "s", lambda at: at.scores),
        ("scores for p", "s - max of the row", lambda at: _shifted(at)),
        ("softmax twice", "the softmax of p", lambda at: softmax(at.probabilities)),
        ("sigmoid for softmax", "1 / (1 + exp(-s))", lambda at: sigmoid(at.scores)),
        ("softmax of -scores", "the softmax of -s", lambda at: softmax(-at.scores)),
        ("base 2 for e", "the softmax with powers of 2", lambda at: softmax(at.scores * np.log(2.0))),
        ("p squared", "p*p", lambda at: at.probabilities**2),
        ("p times N", "N*p", lambda at: at.probabilities * at.n),
        ("last class skipped", "p with a sum that lacks the last class", _without(slice(None, -1))),
        ("first class skipped", "p with a sum that lacks the first class", _without(slice(1, None))),
    )
    for kind, says, p in instead:
        yield _other_p(kind, says, p)


def _without(columns: slice) -> Make:
    return lambda at: np.exp(at.scores - _log_sum(at.scores[:, columns]))


def _temperatures() -> Iterator[Formula]:
    for heat in (2.0, 0.5):
        for outer in (1.0, heat):
            yield _heated(heat, outer)


def _heated(heat: float, outer: float) -> Formula:
    says = f"the scores are divided by a temperature {heat:g}, which the loss does not do"
    return from_slopes("temperature", says, RIGHT, lambda at: (softmax(at.scores / heat) - at.targets) / outer)


def _products() -> Iterator[Formula]:
    shapes: tuple[tuple[str, str, Callable[[Array, Array], Array]], ...] = (
        ("extra p(1-p)", "(p - onehot(y)) is multiplied by p*(1 - p)", lambda p, t: (p - t) * p * (1.0 - p)),
        ("extra softmax Jacobian", "p - onehot(y) goes through softmax's Jacobian again", _jacobian),
        ("p(1-p) for p - onehot", "p*(1 - p) takes the place of p - onehot(y)", lambda p, t: p * (1.0 - p)),
        ("p(1-p) for p - onehot", "-p*(1 - p) takes the place of p - onehot(y)", lambda p, t: -p * (1.0 - p)),
        ("diagonal Jacobian only", "only column y_i is changed, by p - 1", lambda p, t: t * (p - 1.0)),
        ("right class only p", "only column y_i is changed, by p", lambda p, t: t * p),
        ("right class's column missing", "column y_i gets nothing", lambda p, t: (1.0 - t) * p),
        ("logarithm forgotten", "the gradient of -p_y and not of -log p_y", lambda p, t: (p - t) * _own(p, t)),
        ("divided by p_y", "p - onehot(y) is divided by p_y", lambda p, t: (p - t) / _own(p, t)),
        ("absolute residual", "|p - onehot(y)|", lambda p, t: np.abs(p - t)),
        ("sign of the residual", "the sign of p - onehot(y)", lambda p, t: np.sign(p - t)),
        ("residual squared", "(p - onehot(y))**2", lambda p, t: (p - t) ** 2),
    )
    for kind, says, shape in shapes:
        yield _product(kind, says, shape)
    yield from_slopes(
        "scores for features",
        "p - onehot(y) is multiplied by the scores",
        "multiply p - onehot(y) by the features only: X.T @ (p - onehot(y))",
        lambda at: at.score_gradient * at.scores,
    )


def _product(kind: str, says: str, shape: Callable[[Array, Array], Array]) -> Formula:
    return from_slopes(kind, says, RIGHT, lambda at: shape(at.probabilities, at.targets))


def _own(p: Array, targets: Array) -> Array:
    own: Array = (p * targets).sum(axis=1, keepdims=True)
    return own


def _jacobian(p: Array, targets: Array) -> Array:
    r = p - targets
    return p * (r - (p * r).sum(axis=1, keepdims=True))


def _shifted(at: Setting) -> Array:
    return at.scores - at.scores.max(axis=1, keepdims=True)


def _over_axis(scores: Array, axis: int | None) -> Array:
    powers = np.exp(scores)
    return powers / powers.sum(axis=axis, keepdims=True)


def _log_sum(scores: Array) -> Array:
    top = scores.max(axis=1, keepdims=True, initial=-np.inf)
    return top + np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
