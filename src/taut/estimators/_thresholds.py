"""From scores to sets: how far up a label must be to be in."""

from numbers import Real
from typing import Any

import numpy as np

from taut._typing import AnyArray, FloatArray
from taut.estimators._parameters import number

THRESHOLDS = ("label", "global", "least_squares")


def check_threshold(threshold: Any) -> str | float:
    """One of `THRESHOLDS` or a number."""
    if isinstance(threshold, str) and threshold in THRESHOLDS:
        return threshold
    if not isinstance(threshold, Real):
        raise ValueError(
            f"threshold must be one of {', '.join(map(repr, THRESHOLDS))} or a number that scores must exceed, "
            f"got {threshold!r}"
        )
    return number("threshold", threshold)


def fit_thresholds(
    threshold: str | float, scores: FloatArray, present: AnyArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Thresholds t (K,) and slopes u (K,): label j is in where c_j > t_j + c·u; u = 0 but for "least_squares"."""
    k, counted = scores.shape[1], weights > 0
    scores, present, weights = scores[counted].astype(np.float64), present[counted], weights[counted]
    if threshold == "label":
        return np.array([best_f1(scores[:, j], present[:, j], weights) for j in range(k)]), np.zeros(k)
    if threshold == "global":
        return np.full(k, best_f1(scores.ravel(), present.ravel(), np.repeat(weights, k))), np.zeros(k)
    if threshold == "least_squares":
        root = np.sqrt(weights)[:, None]
        design = np.hstack([scores, np.ones((len(scores), 1))])
        solved = np.linalg.lstsq(root * design, root[:, 0] * best_of_row(scores, present))[0]
        return np.full(k, solved[-1]), solved[:-1]
    return np.full(k, float(threshold)), np.zeros(k)


def best_f1(scores: FloatArray, present: AnyArray, weights: FloatArray) -> float:
    """The threshold of scores (m,) with the largest F1 = 2·hits/(chosen + present), midway between two scores.

    Of several the highest; the highest score itself, which no score exceeds, where nothing is present.
    """
    order = np.argsort(-scores, kind="stable")
    ranked, w = scores[order], weights[order]
    hits, chosen = np.cumsum(w * present[order]), np.cumsum(w)
    if hits[-1] == 0:
        return float(ranked[0])
    f1 = 2 * hits / (chosen + hits[-1])
    f1[:-1][ranked[:-1] == ranked[1:]] = -1.0  # equal scores stay together
    best = int(np.argmax(f1))
    if best + 1 == len(ranked):
        return float(np.nextafter(ranked[-1], -np.inf))
    return float(0.5 * (ranked[best] + ranked[best + 1]))


def best_of_row(scores: FloatArray, present: AnyArray) -> FloatArray:
    """For each row the threshold with the fewest labels on its wrong side: midway between two scores.

    Of several the lowest. Below or above all scores it lies half a mean distance of neighbours beyond them.

    References
    ----------
    A. Elisseeff, J. Weston, "A kernel method for multi-labelled classification", NIPS 2001, which M.-L. Zhang and
    Z.-H. Zhou, IEEE TKDE 18(10), 2006, follow.
    """
    order = np.argsort(scores, axis=1, kind="stable")
    ranked = np.take_along_axis(scores, order, axis=1)
    belongs = np.take_along_axis(present, order, axis=1)
    none = np.zeros((len(scores), 1), dtype=np.int64)
    below = np.hstack([none, np.cumsum(belongs, axis=1)])
    above = np.hstack([none, np.cumsum(~belongs, axis=1)])
    cuts = np.argmin(below + above[:, -1:] - above, axis=1)
    step = 0.5 * (ranked[:, -1:] - ranked[:, :1]) / max(scores.shape[1] - 1, 1)
    edges = np.hstack([ranked[:, :1] - 2 * step, ranked, ranked[:, -1:] + 2 * step])
    rows = np.arange(len(scores))
    return 0.5 * (edges[rows, cuts] + edges[rows, cuts + 1])
