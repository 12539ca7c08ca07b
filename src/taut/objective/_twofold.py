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
    total, lost = _two_sum(right, -also)
    high, low = _halves(A)
    x_high, x_low = _halves(x)
    for j in range(A.shape[1]):
        a, a_high, a_low = (part[:, j, None] for part in (A, high, low))
        product = a * x[j]
        error = ((a_high * x_high[j] - product) + a_high * x_low[j] + a_low * x_high[j]) + a_low * x_low[j]
        total, rounding = _two_sum(total, -product)
        lost = lost + (rounding - error)
    return total + lost


def _two_sum(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return a + b, and what rounding took from it."""
    total = a + b
    virtual = total - a
    return total, (a - (total - virtual)) + (b - virtual)


def _halves(a: FloatArray) -> tuple[FloatArray, FloatArray]:
    shifted = SPLITTER * a
    high = shifted - (shifted - a)
    return np.asarray(high), np.asarray(a - high)
