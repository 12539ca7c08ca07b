"""Loss and gradient over some rows of a dense X, each block of rows visited once."""

from functools import cache
from typing import Any

import numpy as np

from taut._jit import compiled, float64, int64, named, overload, read_only, types
from taut.kernels._rows import call_row
from taut.kernels._tiles import NARROW, WIDE, gradient_tiles, score_tiles

SHORT, TALL, BLOCK_BYTES = 16, 32, 400_000
"""Rows a block, and how large it may be: it, the next one on its way, W and the accumulator share the L2 cache."""

FLUSH = 512
"""Rows after which the accumulator, in the type of W, is added to the float64 one."""

STRIP = 16
"""Columns converted at a time where rows are not contiguous: a line of memory or two."""


def _block(X, begin, end, held):
    """An array with these rows in the type of ``held``, and where in it they begin: X itself, or a converted copy."""
    raise NotImplementedError


@overload(_block)
def _compiled_block(X, begin, end, held):
    if X.dtype == held.dtype:
        return lambda X, begin, end, held: (X, begin)

    def convert(X, begin, end, held):
        for r in range(begin, end):
            for j in range(X.shape[1]):
                held[r - begin, j] = X[r, j]
        return held, 0

    return convert


def _dense_rows(X, W, b, targets, weights, row, margin, width, gradient, bias_gradient, input_gradient):
    n, k = X.shape[0], len(bias_gradient)
    rows = TALL if TALL * X.shape[1] * W.itemsize <= BLOCK_BYTES else SHORT
    held = np.empty((rows, W.shape[1]), W.dtype)
    S = np.zeros((W.shape[0], rows), W.dtype)
    G = np.zeros((rows, gradient.shape[0]), W.dtype)
    part = np.zeros(gradient.shape, W.dtype)
    scores, slopes = np.empty((rows, len(b))), np.empty((rows, k))
    total, since = 0.0, 0
    for begin in range(0, n, rows):
        end = min(begin + rows, n)
        block, first = _block(X, begin, end, held)
        last = first + end - begin
        score_tiles(block, first, last, W, S)
        for r in range(end - begin):
            for c in range(len(b)):
                scores[r, c] = S[c, r] + b[c]
        for r in range(end - begin):
            total += weights[begin + r] * call_row(row, scores[r], targets[begin + r], margin, width, slopes[r])
        for r in range(end - begin):
            for c in range(k):
                slope = weights[begin + r] * slopes[r, c]
                G[r, c] = slope
                bias_gradient[c] += slope
        gradient_tiles(block, first, last, G, part)
        if len(input_gradient) > 0:
            _pull_back(G, W, end - begin, input_gradient[begin:end])
        since += end - begin
        if since >= FLUSH or end == n:
            for c in range(part.shape[0]):
                for j in range(part.shape[1]):
                    gradient[c, j] += part[c, j]
                    part[c, j] = 0.0
            since = 0
    return total


@compiled(inline=True)
def _pull_back(G, W, n, out):
    """Set out = G W: the gradient's own tiles, rows of X and classes having changed places."""
    whole = n - n % WIDE
    rows = whole + -(-(n - whole) // NARROW) * NARROW
    turned, sums = np.zeros((W.shape[0], rows), W.dtype), np.zeros((rows, W.shape[1]), W.dtype)
    for r in range(n):
        for c in range(W.shape[0]):
            turned[c, r] = G[r, c]
    gradient_tiles(W, 0, W.shape[0], turned, sums)
    out[:] = sums[:n]


@cache
def dense_rows(stored: str, computed: str) -> Any:
    """Return the kernel for X of one type and W of another.

    ``kernel(X, W, b, targets, weights, row, margin, width, gradient, bias_gradient, input_gradient)`` returns
    Σ_i w_i loss_i and adds Xᵀ(w A) to ``gradient`` (padded k, d) and Σ_i w_i a_i to ``bias_gradient`` (k,);
    ``input_gradient`` is overwritten with (w A) Wᵀ unless it is empty. The row may read more scores than it writes
    slopes: W and b then have more classes than the gradients.
    """
    vector = read_only("float64", 1)
    inputs = (read_only(stored, 2), read_only(computed, 2), vector, read_only("int64", 1), vector)
    outputs = (float64[:, ::1], float64[::1], named(computed)[:, ::1])
    return compiled(float64(*inputs, int64, float64, float64, *outputs))(_dense_rows)


def _contiguous_rows(X, out):
    for strip in range(0, X.shape[1], STRIP):
        for r in range(X.shape[0]):
            for j in range(strip, min(strip + STRIP, X.shape[1])):
                out[r, j] = X[r, j]


@cache
def contiguous_rows(stored: str, computed: str) -> Any:
    """Return ``kernel(X, out)``, which copies rows of X, however they lie in memory, strip by strip."""
    return compiled(types.void(read_only(stored, 2, "A"), named(computed)[:, ::1]))(_contiguous_rows)
