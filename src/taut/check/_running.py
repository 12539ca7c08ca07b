"""A guaranteed bound on the rounding of a risk's value, from the absolute values of everything that is added up."""

from collections.abc import Callable
from typing import Any

import numpy as np

from taut._typing import FloatArray, IntArray
from taut.check._noise import Noise
from taut.losses import Loss
from taut.objective import Risk

UNIT = 2.0**-53
"""Relative error of one operation in float64."""

LIBRARY_ULPS = 8
"""Roundings that an exponential, a logarithm and the operations around them may cost together."""

RowBound = Callable[[FloatArray, FloatArray, IntArray, Loss], tuple[FloatArray, FloatArray]]
"""``bound(sizes, errors, targets, loss) -> (errors of the rows' losses, upper bounds of the losses)`` from upper
bounds of the scores' absolute values and of their errors, both (n, k)."""


def gamma(operations: float) -> float:
    """N u / (1 - n u): what n roundings in a row may amount to.

    References
    ----------
    N. J. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd edition, 2002, lemma 3.1.
    """
    return operations * UNIT / (1.0 - operations * UNIT)


def running_noise(risk: Risk, theta: FloatArray, scales: FloatArray) -> Noise | None:
    """The bound at theta, and how it grows with the step; None for a loss whose rows are not known here.

    Every term grows like a convex function of the step, so that the chord from step 0 to step 1 lies above it.
    """
    if risk.loss.name not in ROWS or risk.loss.width:
        return None
    near = _bound(risk, np.abs(theta))
    return Noise(near, _bound(risk, np.abs(theta) + scales) - near, 2.0 * UNIT, guaranteed=True)


def _bound(risk: Risk, sizes: FloatArray) -> float:
    """Bound of |computed - exact| for any theta of at most these absolute values."""
    n, d = risk.matrix.shape
    W, b = risk.model.views(sizes)
    rows = ROWS[risk.loss.name]
    error = total = 0.0
    for part in risk.matrix.superblocks():
        scores = np.asarray(_magnitudes(risk, part) @ W) + (0.0 if b is None else b)
        errors, values = rows(scores, gamma(d + 2) * scores, risk.targets[part], risk.loss)
        share = risk.shares[part]
        error += float(errors @ share)
        total += float(values @ share)
    penalty = 0.5 * risk.l2 * float(np.sum(W * W))
    return (error + gamma(n + 6) * total + gamma(W.size + 4) * penalty) * (1.0 + 1e-6)


def _magnitudes(risk: Risk, part: slice) -> Any:
    """|X| of some rows, dense or sparse."""
    block: Any = risk.matrix.precise_block(part)
    return abs(block)


def _margins(sizes: FloatArray, errors: FloatArray, targets: IntArray, margin: float) -> tuple[FloatArray, FloatArray]:
    """Upper bounds of |m_j| and of its error; 0 at the label's own place."""
    rows = np.arange(len(targets))
    reach = sizes + sizes[rows, targets][:, None] + margin
    off = errors + errors[rows, targets][:, None] + gamma(3) * reach
    reach[rows, targets] = off[rows, targets] = 0.0
    return reach, off


def _hinge(sizes: FloatArray, errors: FloatArray, targets: IntArray, loss: Loss) -> tuple[FloatArray, FloatArray]:
    reach, off = _margins(sizes, errors, targets, loss.margin)
    return off.sum(axis=1) + gamma(sizes.shape[1] + 1) * reach.sum(axis=1), reach.sum(axis=1)


def _squared_hinge(
    sizes: FloatArray, errors: FloatArray, targets: IntArray, loss: Loss
) -> tuple[FloatArray, FloatArray]:
    reach, off = _margins(sizes, errors, targets, loss.margin)
    values = (reach**2).sum(axis=1)
    return ((2.0 * reach + off) * off).sum(axis=1) + gamma(sizes.shape[1] + 2) * values, values


def _crammer_singer(
    sizes: FloatArray, errors: FloatArray, targets: IntArray, loss: Loss
) -> tuple[FloatArray, FloatArray]:
    reach, off = _margins(sizes, errors, targets, loss.margin)
    return off.max(axis=1), reach.max(axis=1)


def _softmax(sizes: FloatArray, errors: FloatArray, targets: IntArray, loss: Loss) -> tuple[FloatArray, FloatArray]:
    k = sizes.shape[1]
    values = 2.0 * sizes.max(axis=1) + np.log(k) + 1.0
    return 2.0 * errors.max(axis=1) + gamma(k + LIBRARY_ULPS) * values, values


def _squared(sizes: FloatArray, errors: FloatArray, targets: IntArray, loss: Loss) -> tuple[FloatArray, FloatArray]:
    reach = sizes + 1.0
    off = errors + gamma(1) * reach
    values = 0.5 * (reach**2).sum(axis=1)
    return ((reach + 0.5 * off) * off).sum(axis=1) + gamma(sizes.shape[1] + 2) * values, values


ROWS: dict[str, RowBound] = {
    "hinge": _hinge,
    "squared_hinge": _squared_hinge,
    "crammer_singer": _crammer_singer,
    "softmax": _softmax,
    "squared": _squared,
}
