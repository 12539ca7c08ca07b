"""A kinked loss rounded about a dual point, with its derivatives: one visit a row of X."""

from functools import cache
from typing import Any

import numpy as np

from taut._jit import compiled, float64, read_only, types
from taut.kernels._csr import row_gradient, row_scores, stored_row
from taut.kernels._dual import bracketed_level

FULL = 1.0 - 1e-9
"""Shares that sum to 1 but for the rounding of their level."""


@compiled(inline=True)
def _moves(share, together):
    """Whether a share rises and falls with its score."""
    return share > 0.0 and (together or share < 1.0)


@compiled(inline=True)
def _full(total, together):
    """Whether a row's shares can only rise at each other's cost."""
    return together and total >= FULL


def _bent_rows(data, indices, starts, shared, rows, targets, weights, together, width, W, b, shares, gradient, slope):
    k, wide = shares.shape[1], W.shape[1]
    scores, slopes = np.empty(wide), np.zeros(wide)
    for i in rows:
        y = targets[i]
        numbers, columns = stored_row(data, indices, starts, shared, i)
        for j in range(wide):
            scores[j] = b[j]
        row_scores(numbers, columns, 0, len(numbers), W, scores)
        pushed, free, total = 0.0, 0.0, 0.0
        for j in range(k):
            pushed += shares[i, j]
            moves = _moves(shares[i, j], together)
            free += 1.0 if moves else 0.0
            total += scores[j] - scores[y] if moves else 0.0
        mean = total / free if _full(pushed, together) else 0.0
        factor, total = weights[i] / width, 0.0
        for j in range(k):
            slopes[j] = factor * (scores[j] - scores[y] - mean) if _moves(shares[i, j], together) else 0.0
            total += slopes[j]
        slopes[y] = -total
        for j in range(k):
            slope[j] += slopes[j]
        row_gradient(numbers, columns, 0, len(numbers), slopes, gradient)


def _anchored_rows(
    data, indices, starts, shared, targets, weights, margin, together, width, W, b, anchor, shares, bends, gradient,
    slope,
):  # fmt: skip
    k, wide = shares.shape[1], W.shape[1]
    scores, slopes, v = np.empty(wide), np.zeros(wide), np.empty(k)
    total, plain = 0.0, 0.0
    for i in range(len(targets)):
        y, weight = targets[i], weights[i]
        numbers, columns = stored_row(data, indices, starts, shared, i)
        for j in range(wide):
            scores[j] = b[j]
        row_scores(numbers, columns, 0, len(numbers), W, scores)
        every, worst, pushed = 0.0, 0.0, 0.0
        for j in range(k):
            m = scores[j] - scores[y] + margin
            m = 0.0 if j == y else m
            every += 0.0 if m <= 0.0 else m
            worst = worst if m <= worst else m
            v[j] = -1.0 if j == y else anchor[i, j] + m / width
            slopes[j] = m
            pushed += min(max(v[j], 0.0), 1.0)
        plain += weight * (worst if together else every)
        level = 0.0
        if together and pushed > 1.0:  # the shares sum to 1: the level is found for entries raised by 1
            top = 0.0
            for j in range(k):
                v[j] += 1.0
                top = max(top, 0.0 if j == y else v[j])
            level = bracketed_level(v, y, k, top, 1.0, 1.0, 0.5 * (1.0 + top))
        pushed, loss, free = 0.0, 0.0, 0.0
        for j in range(k):
            share = 0.0 if j == y else min(max(v[j] - level, 0.0), 1.0)
            loss += share * slopes[j] - (
                0.0 if j == y else 0.5 * width * (share - anchor[i, j]) * (share - anchor[i, j])
            )
            shares[i, j] = share
            pushed += share
            free += 1.0 if _moves(share, together) else 0.0
            slopes[j] = weight * share
        slopes[y] = -weight * pushed
        bent = free - 1.0 if _full(pushed, together) else 2.0 * free
        bends[i] = bent / (k * width) if weight > 0.0 else 0.0
        total += weight * loss
        if pushed != 0.0:
            for j in range(k):
                slope[j] += slopes[j]
            row_gradient(numbers, columns, 0, len(numbers), slopes, gradient)
    return total, plain


@cache
def anchored_rows(real: str, index: str) -> Any:
    """Return the kernel for entries and indices of these types.

    ``kernel(data, indices, starts, shared, targets, weights, margin, together, width, W, b, anchor, shares, bends,
    gradient, slope)`` returns Σ_i w_i max_b (b·m_i − width/2 ‖b − anchor_i‖²) over the dual set of each row, and
    Σ_i w_i loss_i. ``shares`` (n, k) is set to the maximisers b, 0 at y, ``bends`` (n,) to the mean over the classes of
    the second derivatives by the row's scores, Xᵀ(w A) is added to ``gradient`` (d, padded k) and Σ_i w_i a_i to
    ``slope`` (padded k,). W (d, padded k) and b have whole vectors of classes.
    """
    indices, vector, table = read_only(index, 1), read_only("float64", 1), float64[:, ::1]
    return compiled(
        types.UniTuple(float64, 2)(
            read_only(real, 1), indices, indices, types.boolean, read_only("int64", 1), vector, float64, types.boolean,
            float64, read_only("float64", 2), vector, read_only("float64", 2), table, float64[::1], table, float64[::1],
        )
    )(_anchored_rows)  # fmt: skip


@cache
def bent_rows(real: str, index: str) -> Any:
    """Return the kernel for entries and indices of these types.

    ``kernel(data, indices, starts, shared, rows, targets, weights, together, width, W, b, shares, gradient, slope)``
    adds the second derivatives' product with the direction W (d, padded k), b to ``gradient`` and ``slope``, for the
    rows with these numbers and the shares that `anchored_rows` set.
    """
    indices, vector, numbers = read_only(index, 1), read_only("float64", 1), read_only("int64", 1)
    table = read_only("float64", 2)
    return compiled(
        types.void(
            read_only(real, 1), indices, indices, types.boolean, numbers, numbers, vector, types.boolean, float64,
            table, vector, table, float64[:, ::1], float64[::1],
        )
    )(_bent_rows)  # fmt: skip
