"""Loss and gradient over some rows of a sparse X, each row visited once."""

import numpy as np

from taut._jit import compiled, float32, float64, int32, int64
from taut.kernels._rows import call_row


def _signature(real, index):
    return float64(
        real[::1], index[::1], index[::1], real[:, ::1], float64[::1], int64[::1], float64[::1], int64, float64,
        float64, float64[:, ::1], float64[::1],
    )  # fmt: skip


@compiled(*(_signature(real, index) for real in (float32, float64) for index in (int32, int64)))
def csr_rows(data, indices, indptr, W, b, targets, weights, row, margin, width, gradient, bias_gradient):
    """Return Σ_i w_i loss_i; add Xᵀ(w A) to ``gradient`` (d, k) and Σ_i w_i a_i to ``bias_gradient`` (k,).

    Classes are contiguous in W (d, k), so one entry of X touches whole cache lines.
    """
    k = len(b)
    scores, slopes = np.empty(k), np.empty(k)
    total = 0.0
    for i in range(len(indptr) - 1):
        scores[:] = b
        for at in range(indptr[i], indptr[i + 1]):
            value, weights_of = data[at], W[indices[at]]
            for c in range(k):
                scores[c] += value * weights_of[c]
        weight = weights[i]
        total += weight * call_row(row, scores, targets[i], margin, width, slopes)
        for c in range(k):
            slopes[c] *= weight
            bias_gradient[c] += slopes[c]
        for at in range(indptr[i], indptr[i + 1]):
            value, out = data[at], gradient[indices[at]]
            for c in range(k):
                out[c] += value * slopes[c]
    return total
