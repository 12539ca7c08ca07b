"""Wrong formulas of the losses that treat every column by itself: least squares and sigmoid cross-entropy."""

from collections.abc import Callable, Iterator

import numpy as np

from taut.check._formulas_arrays import Array, sigmoid, softmax
from taut.check._formulas_formula import Formula, Make, from_slopes, rolled
from taut.check._formulas_setting import Setting
from taut.check._formulas_softmax import SMOOTHING, first_target, lowered, smoothed

Shape = Callable[[Array, Array], Array]

WANTED = {
    "squared": "d loss / d scores is s - t, t the target (the one-hot of y)",
    "binary": "d loss / d scores is sigmoid(s) - t, t the target (the one-hot of y)",
}
OWN: dict[str, tuple[tuple[str, str, Shape], ...]] = {
    "squared": (
        ("sign of the residual", "the sign of s - t", lambda s, t: np.sign(s - t)),
        ("residual squared", "(s - t)**2 / 2, the loss itself", lambda s, t: 0.5 * (s - t) ** 2),
        ("residual cubed", "(s - t)**3", lambda s, t: (s - t) ** 3),
        ("softmax gradient", "softmax(s) - t", lambda s, t: softmax(s) - t),
        ("sigmoid of the scores", "sigmoid(s) - t", lambda s, t: sigmoid(s) - t),
        ("extra s(1-s)", "(s - t) * s * (1 - s)", lambda s, t: (s - t) * s * (1.0 - s)),
        ("residual cut at 1", "s - t cut to -1..1", lambda s, t: np.clip(s - t, -1.0, 1.0)),
        ("targets -1 and 1", "s - (2t - 1)", lambda s, t: s - (2.0 * t - 1.0)),
        ("hinge on the scores", "s - t only where it is positive", lambda s, t: np.maximum(s - t, 0.0)),
        ("negative scores dropped", "max(0, s) - t", lambda s, t: np.maximum(s, 0.0) - t),
        ("argmax for the scores", "onehot(argmax s) - t", lambda s, t: _top(s) - t),
        ("residual over its norm", "(s - t) / norm of the row", lambda s, t: _unit(s - t)),
    ),
    "binary": (
        ("softmax for sigmoid", "softmax(s) - t", lambda s, t: softmax(s) - t),
        ("sigmoid left out", "s - t", lambda s, t: s - t),
        ("threshold for sigmoid", "[s > 0] - t", lambda s, t: (s > 0) - t),
        ("threshold for sigmoid", "[s >= 0] - t", lambda s, t: (s >= 0) - t),
        ("integer truncation", "p cut to whole numbers, - t", lambda s, t: np.trunc(sigmoid(s)) - t),
        ("tanh for sigmoid", "tanh(s) - t", lambda s, t: np.tanh(s) - t),
        ("extra p(1-p)", "(p - t) * p * (1 - p)", lambda s, t: (sigmoid(s) - t) * _bend(s)),
        ("p(1-p) for p - t", "p * (1 - p)", lambda s, t: _bend(s)),
        ("divided by p(1-p)", "(p - t) / (p * (1 - p))", lambda s, t: (sigmoid(s) - t) / _bend(s)),
        ("targets -1 and 1", "p - (2t - 1)", lambda s, t: sigmoid(s) - (2.0 * t - 1.0)),
        ("sigmoid of -scores", "sigmoid(-s) - t", lambda s, t: sigmoid(-s) - t),
        ("exponential for sigmoid", "exp(s) - t", lambda s, t: np.exp(s) - t),
        ("exponential for sigmoid", "exp(-s) - t", lambda s, t: np.exp(-s) - t),
        ("log p for p", "log p - t", lambda s, t: -np.logaddexp(0.0, -s) - t),
        ("only the positive targets", "only -t * (1 - p)", lambda s, t: -t * sigmoid(-s)),
        ("only the negative targets", "only (1 - t) * p", lambda s, t: (1.0 - t) * sigmoid(s)),
        ("sign of the residual", "the sign of p - t", lambda s, t: np.sign(sigmoid(s) - t)),
        ("residual squared", "(p - t)**2", lambda s, t: (sigmoid(s) - t) ** 2),
        ("sigmoid twice", "sigmoid(sigmoid(s)) - t", lambda s, t: sigmoid(sigmoid(s)) - t),
        ("base 2 for e", "1 / (1 + 2**-s) - t", lambda s, t: sigmoid(s * np.log(2.0)) - t),
        ("temperature", "sigmoid(s/2) - t", lambda s, t: sigmoid(s / 2.0) - t),
        ("temperature", "(sigmoid(s/2) - t) / 2", lambda s, t: (sigmoid(s / 2.0) - t) / 2.0),
        ("temperature", "sigmoid(2*s) - t", lambda s, t: sigmoid(2.0 * s) - t),
        ("temperature", "2 * (sigmoid(2*s) - t)", lambda s, t: 2.0 * (sigmoid(2.0 * s) - t)),
    ),
}


def score_formulas(at: Setting) -> Iterator[Formula]:
    """What can go wrong with least squares or with sigmoid cross-entropy."""
    line = WANTED[at.loss]
    for kind, says, shape in OWN[at.loss]:
        yield _shaped(kind, says, line, shape)
    for kind, says, wanted in _targets():
        yield _other_target(kind, says, line, wanted)
    for kind, says, changed in RESIDUALS:
        yield from_slopes(kind, says, line, changed)


def _shaped(kind: str, says: str, cure: str, shape: Shape) -> Formula:
    return from_slopes(kind, says, cure, lambda at: shape(at.scores, at.targets))


def _other_target(kind: str, says: str, cure: str, wanted: Make) -> Formula:
    return from_slopes(kind, says, cure, lambda at: at.score_gradient + at.targets - wanted(at))


def _targets() -> Iterator[tuple[str, str, Make]]:
    yield from TARGETS
    for share in SMOOTHING:
        says = f"the targets are smoothed by {share:g}, and the loss is not"
        for wanted in (smoothed(share), lowered(share), _halfway(share)):
            yield "label smoothing", says, wanted


def _halfway(share: float) -> Make:
    return lambda at: at.targets * (1.0 - share) + 0.5 * share


def _codes(at: Setting, first: int) -> Array:
    return np.repeat((at.codes + first)[:, None].astype(np.float64), at.k, axis=1)


TARGETS: tuple[tuple[str, str, Make], ...] = (
    ("target not subtracted", "the target is not subtracted", lambda at: 0.0 * at.targets),
    ("target added", "the target is added", lambda at: -at.targets),
    ("labels shifted by one", "y +1 is used for y", rolled(1)),
    ("labels shifted by one", "y -1 is used for y", rolled(-1)),
    ("every sample is scored on class y[0]", "y[0] is used for every example", first_target),
    ("codes for one-hot", "the class code is subtracted in all columns", lambda at: _codes(at, 0)),
    ("codes for one-hot", "the code plus one is subtracted in all columns", lambda at: _codes(at, 1)),
    ("1 subtracted from every column", "1 is subtracted in all columns", lambda at: np.ones_like(at.targets)),
    ("one-hot times N", "the target is not divided by N", lambda at: at.targets * at.n),
    ("targets exchanged", "1 - t is used for t", lambda at: 1.0 - at.targets),
)


def _total(at: Setting) -> Array:
    total: Array = at.score_gradient.sum(axis=1, keepdims=True)
    return total


RESIDUALS: tuple[tuple[str, str, Make], ...] = (
    ("right class only", "only column y_i is changed", lambda at: at.score_gradient * at.targets),
    ("right class's column missing", "column y_i gets nothing", lambda at: at.score_gradient * (1.0 - at.targets)),
    ("absolute residual", "the absolute residual is used", lambda at: np.abs(at.score_gradient)),
    ("scores for features", "the residual is multiplied by the scores", lambda at: at.score_gradient * at.scores),
    (
        "row mean subtracted",
        "the mean over the columns is subtracted from the residual",
        lambda at: at.score_gradient - _total(at) / at.k,
    ),
    (
        "row sum subtracted from every column",
        "the sum over the columns is subtracted from the residual",
        lambda at: at.score_gradient - _total(at),
    ),
    (
        "residuals summed over the columns",
        "every column gets the sum of the residuals",
        lambda at: np.repeat(_total(at), at.k, axis=1),
    ),
)


def _bend(scores: Array) -> Array:
    return sigmoid(scores) * sigmoid(-scores)


def _unit(residual: Array) -> Array:
    norms = np.linalg.norm(residual, axis=1, keepdims=True)
    return residual / np.where(norms > 0, norms, 1.0)


def _top(scores: Array) -> Array:
    return (np.arange(scores.shape[1]) == scores.argmax(axis=1)[:, None]).astype(np.float64)
