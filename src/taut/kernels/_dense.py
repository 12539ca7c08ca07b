"""Loss and gradient over some rows of a dense X, each block of rows visited once."""

import numpy as np

from taut._jit import SCORE_ROW, compiled, float32, float64, int64
from taut.kernels._tiles import gradient_tiles, score_tiles

BLOCK = 64
"""Rows a block: at d = 3,073 they fill the L2 cache; 16 to 128 rows run at the same speed."""

FLUSH = 512
"""Rows after which the accumulator, in the type of X, is added to the float64 one."""


def _signature(real):
    return float64(
        real[:, ::1], real[:, ::1], float64[::1], int64[::1], float64[::1], SCORE_ROW, float64, float64,
        float64[:, ::1], float64[::1],
    )  # fmt: skip


@compiled(_signature(float32), _signature(float64))
def dense_rows(X, W, b, targets, weights, row, margin, width, gradient, bias_gradient):
    """Return Σ_i w_i loss_i; add Xᵀ(w A) to ``gradient`` (padded k, d) and Σ_i w_i a_i to ``bias_gradient`` (k,)."""
    n, k = X.shape[0], len(b)
    S = np.zeros((BLOCK, W.shape[0]), X.dtype)
    G = np.zeros((BLOCK, W.shape[0]), X.dtype)
    part = np.zeros(W.shape, X.dtype)
    scores, slopes = np.empty(k), np.empty(k)
    total, held = 0.0, 0
    for begin in range(0, n, BLOCK):
        end = min(begin + BLOCK, n)
        block = X[begin:end]
        score_tiles(block, W, S)
        for r in range(end - begin):
            for c in range(k):
                scores[c] = S[r, c] + b[c]
            weight = weights[begin + r]
            total += weight * row(scores, targets[begin + r], margin, width, slopes)
            for c in range(k):
                G[r, c] = weight * slopes[c]
                bias_gradient[c] += weight * slopes[c]
        gradient_tiles(block, G, part)
        held += end - begin
        if held >= FLUSH or end == n:
            for c in range(part.shape[0]):
                for j in range(part.shape[1]):
                    gradient[c, j] += part[c, j]
                    part[c, j] = 0.0
            held = 0
    return total
