"""Columns of unit spread."""

import numpy as np

from taut._typing import FloatArray
from taut.matrix import Matrix


def standard(matrix: Matrix, weights: FloatArray | None) -> FloatArray:
    """1 / the standard deviation of each column, 1 for a constant one."""
    share = np.full(matrix.shape[0], 1.0 / matrix.shape[0]) if weights is None else weights / weights.sum()
    first, second = matrix.column_moments(share)
    spread = second - first**2
    return np.where(spread > 1e-12 * second, 1.0 / np.sqrt(np.where(spread > 0, spread, 1.0)), 1.0)
