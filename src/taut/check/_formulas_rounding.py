"""How far rounding may take a straightforward evaluation of a known objective from its exact value."""

import numpy as np

from taut.check._formulas_arrays import Array
from taut.check._formulas_setting import Setting


def gamma(at: Setting) -> float:
    """Relative rounding of sums as long as these, in any order."""
    return at.eps * (at.n + 2 * at.W.shape[0] + at.k + 16)


def value_bound(at: Setting) -> float:
    """The bound for the value."""
    with np.errstate(all="ignore"):
        size = np.abs(at.data_scale) * float(_sizes(at).mean()) + np.abs(at.penalty_value)
        return float(gamma(at) * size + np.abs(at.data_scale) * _underflow(at))


def usual_rounding(at: Setting, given: Array) -> Array:
    """What rounding may do to each entry of a gradient, and hardly ever does; far less than the bound, (d, k)."""
    slopes = np.abs(at.score_gradient) + (0.0 if at.loss in ("hinge", "crammer_singer") else 1.0 + at.reach)
    pulls = np.abs(at.data_scale) / at.n * (np.abs(at.X).T @ slopes)
    return 16.0 * at.eps * (pulls + np.abs(at.penalty) + float(np.abs(given).max(initial=0.0)))


def gradient_bound(at: Setting) -> Array:
    """The bound for each entry of the gradient, (d, k)."""
    pulls = np.abs(at.X).T @ (np.abs(at.score_gradient) + at.reach + at.margin + 1.0)
    return gamma(at) * (np.abs(at.data_scale) / at.n * pulls + np.abs(at.penalty))


def _sizes(at: Setting) -> Array:
    """Per example, the sum of absolute values that rounding is relative to, (n,)."""
    own = np.take_along_axis(at.reach, at.codes[:, None], axis=1)
    match at.loss:
        case "hinge" | "crammer_singer":
            return (at.reach + own + at.margin).sum(axis=1)
        case "squared_hinge":
            return 2.0 * ((at.reach + own + at.margin) ** 2).sum(axis=1)
        case "softmax":
            return 2.0 * at.reach.max(axis=1) + np.log(at.k) + 1.0
        case "squared":
            return ((at.reach + np.abs(at.targets)) ** 2).sum(axis=1)
        case _:
            return (at.reach + 1.0).sum(axis=1)


def _underflow(at: Setting) -> float:
    """What a logarithm of a probability loses that has come near 0 or, in 1 − p, near 1: the mean over the examples."""
    if at.loss == "softmax":
        least = float(np.finfo(np.float32 if at.eps > 1e-10 else np.float64).smallest_subnormal)
        right = at.probabilities[np.arange(at.n), at.codes]
        return float(np.minimum(1.0, least / np.maximum(right, least)).mean())
    if at.loss == "binary":
        return float(np.minimum(1.0, at.eps * np.exp(np.minimum(at.scores, 700.0))).sum(axis=1).mean())
    return 0.0
