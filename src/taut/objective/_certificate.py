"""The number that proves a fit: how far the objective can still be from its optimum."""

import math
from dataclasses import dataclass

from taut._typing import FloatArray


def relative_gap(primal: float, dual: float, start: float) -> float:
    """(primal − dual) / max(primal, 1e-9 · start); 0 where both are 0, and rounding below 0 reads 0.

    Parameters
    ----------
    primal, dual : float
        The objective, and a lower bound of its optimum.
    start : float
        The objective of W = 0 with its best intercept: the scale below which primal counts as 0.
    """
    if primal == dual:
        return 0.0
    if not (math.isfinite(primal) and math.isfinite(dual)):
        return math.inf
    floor = max(primal, 1e-9 * start)
    return max(0.0, primal - dual) / floor if floor > 0 else math.inf


@dataclass(frozen=True)
class Certificate:
    """A primal value, a lower bound on every value, and their relative gap.

    Attributes
    ----------
    theta : ndarray
        Where the primal value was taken.
    primal : float
        The objective at theta.
    dual : float
        A lower bound on the objective at every theta; −inf where none is known.
    gap : float
        Relative, see `relative_gap`.
    why : str
        Why there is no bound; empty where there is one.
    witness : ndarray of shape (n, k) or None
        The dual point: the objective is at least ``dual`` because of it.
    rounding : float
        (1/S) Σ s_i (loss + loss* − a·s) at the scores that the dual point came from: the part of the gap that
        no further step on the rounded loss removes.
    """

    theta: FloatArray
    primal: float
    dual: float
    gap: float
    why: str = ""
    witness: FloatArray | None = None
    rounding: float = 0.0
