"""What verify knows of each loss, in plain NumPy: its values, its bound at a dual point, and dual points of its own.

With scores s (n, k), codes y (n,) and margin Δ, m_j = s_j − s_y + Δ. A dual point a (n, k) gives, for every W,

    P(W) ≥ (1/S) Σ_i s_i bound(a_i) − ‖Σ_i s_i x_i a_iᵀ‖² / (2 l2 S²),

and with a free intercept only where Σ_i s_i a_i = 0. Nothing here is used by a fit.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from taut._typing import FloatArray, IntArray

SLACK = 1e-9
"""How far a stored dual point may leave its set by rounding."""

STEPS = 60
"""Newton steps of the intercept; ten are usual."""


@dataclass(frozen=True)
class Rows:
    """The rows of a problem: codes (n,), weights (n,) and the margin."""

    codes: IntArray
    weights: FloatArray
    margin: float

    def right(self, k: int) -> FloatArray:
        """1 at the class of each row (n, k)."""
        return np.eye(k)[self.codes]

    def lacks(self, scores: FloatArray) -> FloatArray:
        """max(0, m_j), and 0 at the class of the row."""
        everyone = np.arange(len(scores))
        over = np.maximum(scores - scores[everyone, self.codes][:, None] + self.margin, 0.0)
        over[everyone, self.codes] = 0.0
        return over


@dataclass(frozen=True)
class Formulas:
    """A loss: value and bound a row; the smooth ones also have slopes, and a way to close Σ s a = 0."""

    value: Callable[[FloatArray, Rows], FloatArray]
    bound: Callable[[FloatArray, Rows], FloatArray]
    slopes: Callable[[FloatArray, Rows], FloatArray] | None = None
    bend: Callable[[FloatArray, Rows], FloatArray] | None = None
    close: Callable[[FloatArray, Rows], FloatArray] | None = None


def _with_right(wrong: FloatArray, rows: Rows) -> FloatArray:
    """Slopes whose entry at the class of the row makes each row sum to zero."""
    wrong[np.arange(len(wrong)), rows.codes] = -wrong.sum(axis=1)
    return wrong


def _shares(a: FloatArray, rows: Rows) -> tuple[FloatArray, FloatArray]:
    """The wrong classes' entries (n, k), 0 at the class of the row; and whether they are ≥ 0 and the row sums to 0."""
    b = a * (1.0 - rows.right(a.shape[1]))
    return b, (b.min(axis=1) >= -SLACK) & (np.abs(a.sum(axis=1)) <= SLACK * a.shape[1])


def _hinge_bound(a: FloatArray, rows: Rows) -> FloatArray:
    b, fits = _shares(a, rows)
    return np.where(fits & (b.max(axis=1) <= 1 + SLACK), rows.margin * b.sum(axis=1), -np.inf)


def _crammer_singer_bound(a: FloatArray, rows: Rows) -> FloatArray:
    b, fits = _shares(a, rows)
    total = b.sum(axis=1)
    return np.where(fits & (total <= 1 + SLACK * a.shape[1]), rows.margin * total, -np.inf)


def _squared_hinge_bound(a: FloatArray, rows: Rows) -> FloatArray:
    b, fits = _shares(a, rows)
    return np.where(fits, (rows.margin * b - 0.25 * b**2).sum(axis=1), -np.inf)


def _squared_hinge_bend(scores: FloatArray, rows: Rows) -> FloatArray:
    """Σ s 2 (e_j − e_y)(e_j − e_y)ᵀ over the pairs that lack something."""
    k = scores.shape[1]
    active = 2.0 * rows.weights[:, None] * (rows.lacks(scores) > 0)
    pairs = np.stack([active[rows.codes == c].sum(axis=0) for c in range(k)])
    return np.diag(pairs.sum(axis=0) + pairs.sum(axis=1)) - pairs - pairs.T


def _squared_hinge_close(a: FloatArray, rows: Rows) -> FloatArray:
    """Shares may rise without limit: rows of classes that have too much raise those that have too little."""
    excess, sizes = rows.weights @ a, np.bincount(rows.codes, weights=rows.weights, minlength=a.shape[1])
    giving, taking = np.where(sizes > 0, np.maximum(excess, 0.0), 0.0), np.maximum(-excess, 0.0)
    moved = np.outer(giving, taking) / (max(taking.sum(), np.finfo(float).tiny) * np.maximum(sizes, 1e-300)[:, None])
    return _with_right(a * (1.0 - rows.right(a.shape[1])) + moved[rows.codes], rows)


def _probabilities(scores: FloatArray) -> FloatArray:
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p: FloatArray = e / e.sum(axis=1, keepdims=True)
    return p


def _softmax_value(scores: FloatArray, rows: Rows) -> FloatArray:
    top = scores.max(axis=1)
    total = np.log(np.exp(scores - top[:, None]).sum(axis=1)) + top
    return total - scores[np.arange(len(scores)), rows.codes]


def _softmax_bound(a: FloatArray, rows: Rows) -> FloatArray:
    p = a + rows.right(a.shape[1])
    fits = (p.min(axis=1) >= -SLACK) & (np.abs(p.sum(axis=1) - 1.0) <= SLACK)
    p = np.maximum(p, 0.0)
    entropy = -(p * np.log(np.where(p > 0, p, 1.0))).sum(axis=1)
    return np.where(fits, entropy, -np.inf)


def _softmax_bend(scores: FloatArray, rows: Rows) -> FloatArray:
    p = _probabilities(scores)
    weighted = p * rows.weights[:, None]
    return np.diag(weighted.sum(axis=0)) - weighted.T @ p


def _softmax_close(a: FloatArray, rows: Rows) -> FloatArray:
    """Mix in just enough of one distribution u, the same for all rows: (1 − t) p + t u has the classes' own shares."""
    right, total = rows.right(a.shape[1]), rows.weights.sum()
    mean, share = rows.weights @ (a + right) / total, rows.weights @ right / total
    t = float(np.max(1.0 - share / np.maximum(mean, 1e-300), initial=0.0))
    if t <= 0.0:
        return a
    u = np.maximum((share - (1.0 - t) * mean) / t, 0.0)
    return (1.0 - t) * (a + right) + t * u - right


def _squared_value(scores: FloatArray, rows: Rows) -> FloatArray:
    return 0.5 * ((scores - rows.right(scores.shape[1])) ** 2).sum(axis=1)


def _squared_bound(a: FloatArray, rows: Rows) -> FloatArray:
    return -0.5 * (a**2).sum(axis=1) - a[np.arange(len(a)), rows.codes]


FORMULAS: dict[str, Formulas] = {
    "hinge": Formulas(lambda scores, rows: rows.lacks(scores).sum(axis=1), _hinge_bound),
    "crammer_singer": Formulas(lambda scores, rows: rows.lacks(scores).max(axis=1), _crammer_singer_bound),
    "squared_hinge": Formulas(
        lambda scores, rows: (rows.lacks(scores) ** 2).sum(axis=1),
        _squared_hinge_bound,
        lambda scores, rows: _with_right(2.0 * rows.lacks(scores), rows),
        _squared_hinge_bend,
        _squared_hinge_close,
    ),
    "softmax": Formulas(
        _softmax_value,
        _softmax_bound,
        lambda scores, rows: _probabilities(scores) - rows.right(scores.shape[1]),
        _softmax_bend,
        _softmax_close,
    ),
    "squared": Formulas(
        _squared_value,
        _squared_bound,
        lambda scores, rows: scores - rows.right(scores.shape[1]),
        lambda scores, rows: np.eye(scores.shape[1]) * rows.weights.sum(),
        lambda a, rows: a - rows.weights @ a / rows.weights.sum(),
    ),
}


def dual_point(formulas: Formulas, scores: FloatArray, rows: Rows, *, intercept: bool) -> FloatArray | None:
    """The slopes of a smooth loss, made to satisfy Σ s a = 0 where the intercept is free; None of a kinked loss.

    The intercept is first moved to its own optimum, where the sum is zero but for rounding.
    """
    if formulas.slopes is None or formulas.bend is None or formulas.close is None:
        return None
    if not intercept:
        return formulas.slopes(scores, rows)
    total = rows.weights.sum()
    best = float(rows.weights @ formulas.value(scores, rows))
    for _ in range(STEPS):
        slope = rows.weights @ formulas.slopes(scores, rows)
        step = -np.linalg.lstsq(formulas.bend(scores, rows), slope, rcond=1e-12)[0]
        while np.abs(step).max() > 1e-16 * np.abs(scores).max():
            value = float(rows.weights @ formulas.value(scores + step, rows))
            if value < best:
                break
            step /= 2.0
        else:
            break
        scores, best = scores + step, value
        if np.abs(slope).max() <= 1e-15 * total:
            break
    return formulas.close(formulas.slopes(scores, rows), rows)
