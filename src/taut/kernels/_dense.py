"""Loss and gradient over some rows of a dense X, each block of rows visited once."""

import numpy as np

from taut._jit import compiled, float32, float64, int64
from taut.kernels._rows import call_row
from taut.kernels._tiles import gradient_tiles, score_tiles

SHORT, TALL, BLOCK_BYTES = 16, 32, 400_000
"""Rows a block, and how large it may be: it, the next one on its way, W and the accumulator share the L2 cache."""

FLUSH = 512
"""Rows after which the accumulator, in the type of X, is added to the float64 one."""


def _signature(real):
    return float64(
        real[:, ::1], real[:, ::1], float64[::1], int64[::1], float64[::1], int64, float64, float64,
        float64[:, ::1], float64[::1],
    )  # fmt: skip


@compiled(_signature(float32), _signature(float64))
def dense_rows(X, W, b, targets, weights, row, margin, width, gradient, bias_gradient):
    """Return Σ_i w_i loss_i; add Xᵀ(w A) to ``gradient`` (padded k, d) and Σ_i w_i a_i to ``bias_gradient`` (k,)."""
    n, k = X.shape[0], len(b)
    rows = TALL if TALL * X.shape[1] * X.itemsize <= BLOCK_BYTES else SHORT
    S = np.zeros((W.shape[0], rows), X.dtype)
    G = np.zeros((rows, W.shape[0]), X.dtype)
    part = np.zeros(W.shape, X.dtype)
    scores, slopes = np.empty((rows, k)), np.empty((rows, k))
    total, held = 0.0, 0
    for begin in range(0, n, rows):
        end = min(begin + rows, n)
        score_tiles(X, begin, end, W, S)
        for r in range(end - begin):
            for c in range(k):
                scores[r, c] = S[c, r] + b[c]
        for r in range(end - begin):
            total += weights[begin + r] * call_row(row, scores[r], targets[begin + r], margin, width, slopes[r])
        for r in range(end - begin):
            for c in range(k):
                slope = weights[begin + r] * slopes[r, c]
                G[r, c] = slope
                bias_gradient[c] += slope
        gradient_tiles(X, begin, end, G, part)
        held += end - begin
        if held >= FLUSH or end == n:
            for c in range(part.shape[0]):
                for j in range(part.shape[1]):
                    gradient[c, j] += part[c, j]
                    part[c, j] = 0.0
            held = 0
    return total
