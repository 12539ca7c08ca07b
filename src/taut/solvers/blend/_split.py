"""A diagonal that can be taken out of the quadratic form, which makes "zero or at least L" cost something."""

import numpy as np

from taut._typing import FloatArray

SINGULAR = 1e-8
"""Smallest over largest eigenvalue: below, nothing is taken out."""


MANY = 300
"""Items: beyond, the smallest eigenvalue is taken from every entry, because some 50 inversions would be felt."""


def diagonal_part(gram: FloatArray) -> FloatArray:
    """D ≥ 0 with gram − D positive definite and a trace near the largest there is; zeros where gram is singular.

    An item's own D_i w² can then be convexified over {0} ∪ [L, U] by itself: D_i L w below L (the perspective of
    Frangioni and Gentile). The trace is maximised by Newton steps on
    Σ D_i + β log det(gram − D) + β Σ log D_i with β falling.
    """
    n, largest = len(gram), float(np.diag(gram).max(initial=0.0))
    smallest = float(np.linalg.eigvalsh(gram)[0])
    if not smallest > SINGULAR * largest:
        return np.zeros(n)
    if n > MANY:
        return np.full(n, 0.99 * smallest)
    d = np.full(n, 0.5 * smallest)
    beta = smallest
    while beta * 2 * n > 1e-3 * d.sum():
        for _ in range(10):
            moved, decrement = _newton(gram, d, beta)
            d = moved
            if decrement < 0.1:
                break
        beta *= 0.3
    return d


def _newton(gram: FloatArray, d: FloatArray, beta: float) -> tuple[FloatArray, float]:
    """One damped step, and the squared Newton decrement before it."""
    inverse = np.linalg.inv(gram - np.diag(d))
    slope = 1.0 - beta * np.diag(inverse) + beta / d
    step = np.linalg.solve(beta * inverse * inverse + np.diag(beta / d**2), slope)
    share = 1.0
    while share > 1e-6:
        moved = d + share * step
        if (moved > 0).all() and _is_definite(gram - np.diag(moved)):
            return moved, float(step @ slope) / beta
        share *= 0.5
    return d, 0.0


def _is_definite(matrix: FloatArray) -> bool:
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return False
    return True
