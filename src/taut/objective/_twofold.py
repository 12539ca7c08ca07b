"""Residuals in twofold precision: sums of products that keep what each rounding lost."""

import numpy as np

from taut._typing import FloatArray

SPLITTER = 134217729.0
"""2²⁷ + 1: cuts a float64 into two halves whose products are exact."""


def residual(right: FloatArray, also: FloatArray, A: FloatArray, x: FloatArray) -> FloatArray:
    """Return right − also − A x, (n, k), evaluated in twice the precision and rounded once.

    References
    ----------
    T. Ogita, S. M. Rump, S. Oishi, "Accurate sum and dot product", SIAM Journal on Scientific Computing 26, 2005.
    """
    left, down = A[:, :, None], x[None]
    left_high, left_low = _halves(left)
    down_high, down_low = _halves(down)
    product = left * down
    error = ((left_high * down_high - product) + left_high * down_low + left_low * down_high) + left_low * down_low
    terms = np.concatenate([right[:, None], -also[:, None], -product], axis=1)
    lost = -error.sum(axis=1)
    while terms.shape[1] > 1:
        half = terms.shape[1] // 2
        total, rounding = _two_sum(terms[:, :half], terms[:, half : 2 * half])
        lost += rounding.sum(axis=1)
        terms = np.concatenate([total, terms[:, 2 * half :]], axis=1)
    return np.asarray(terms[:, 0] + lost)


def _two_sum(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return a + b, and what rounding took from it."""
    total = a + b
    virtual = total - a
    return total, (a - (total - virtual)) + (b - virtual)


def _halves(a: FloatArray) -> tuple[FloatArray, FloatArray]:
    shifted = SPLITTER * a
    high = shifted - (shifted - a)
    return np.asarray(high), np.asarray(a - high)
