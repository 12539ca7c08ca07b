"""A fitted model's scores of all rows."""

from collections.abc import Sequence

import numpy as np

from taut._typing import AnyArray, FloatArray
from taut.matrix import Matrix
from taut.models import Model


def scores_of(model: Model, parts: Sequence[AnyArray], matrix: Matrix) -> FloatArray:
    """Scores (n, k); the parts, one after the other, are theta, and X and the first of them say what type they have."""
    dtype = np.result_type(parts[0].dtype, matrix.dtype)
    theta: FloatArray = np.concatenate(parts, axis=None, dtype=dtype)
    scores = np.empty((matrix.shape[0], model.k), dtype=dtype)
    for rows, block in matrix.blocks():
        scores[rows] = model.scores(theta, block)
    return scores
