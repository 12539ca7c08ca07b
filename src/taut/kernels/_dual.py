"""Dual block-coordinate ascent for the kinked losses: one visit maximises over the whole dual row of one sample.

The dual of a sample with class y is a row b ≥ 0 of its wrong classes: b_j ≤ c for Weston–Watkins, Σ b_j ≤ c for
Crammer–Singer, where c = s / (l2 S). Both are solved by one scalar equation, so one kernel serves both.
"""

from functools import cache
from typing import Any

import numpy as np

from taut._jit import compiled, float64, read_only, types
from taut.kernels._csr import row_gradient, row_scores, stored_row

TINY = 1e-4
"""‖x‖² counts as at least this share of margin / c: below it the row goes to a bound in one visit all the same, and the
level of shares that tie is still found to 1e-12 of the bound."""

TRIES = 100
"""Steps of the bracketed Newton; four are usual."""


@compiled(inline=True)
def bracketed_level(v, y, k, top, cap, total, theta):
    """The root θ of Σ_{j≠y} clip(v_j − θ, 0, cap) = min(θ, total), for top = max v_j > 0, by a bracketed Newton."""
    low, high = 0.0, top
    if not (low < theta < high):
        theta = 0.5 * high
    for _ in range(TRIES):
        value, slope = -min(theta, total), -1.0 if theta < total else 0.0
        for j in range(k):
            over = v[j] - theta
            if j != y and over > 0.0:
                value += min(over, cap)
                slope -= 1.0 if over < cap else 0.0
        if value > 0.0:
            low = theta
        elif value < 0.0:
            high = theta
        else:
            break
        moved = theta - value / slope if slope < 0.0 else low
        if not (low < moved < high):
            moved = 0.5 * (low + high)
        if moved == theta or abs(moved - theta) <= 1e-16 * top:
            break
        theta = moved
    return theta


def _dual_sweep(
    data, indices, starts, shared, squares, targets, caps, order, margin, together, pull, relaxation, W, centre,
    shares, flow, gains,
):  # fmt: skip
    k, wide = shares.shape[1], W.shape[1]
    scores, slopes, v = np.empty(wide), np.zeros(wide), np.empty(k)
    rise = 0.0
    for at in range(len(order)):
        i = order[at]
        cap, y = caps[i], targets[i]
        numbers, columns = stored_row(data, indices, starts, shared, i)
        for j in range(wide):
            scores[j] = centre[j] + pull * flow[j]
        row_scores(numbers, columns, 0, len(numbers), W, scores)
        q = max(squares[i] + pull, TINY * margin / cap, 1e-300) / relaxation
        old, top = 0.0, 0.0
        for j in range(k):
            m = scores[j] - scores[y] + margin
            m = 0.0 if j == y else m
            old += shares[i, j]
            slopes[j] = m
        for j in range(k):
            v[j] = slopes[j] / q + shares[i, j] + old
            top = max(top, 0.0 if j == y else v[j])
        total = cap if together else np.inf
        theta = bracketed_level(v, y, k, top, cap, total, old) if top > 0.0 else 0.0
        new = 0.0
        for j in range(k):
            v[j] = 0.0 if j == y else min(max(v[j] - theta, 0.0), cap)
            new += v[j]
        if together and new > cap:  # by rounding
            for j in range(k):
                v[j] *= cap / new
        gained, moved, square = 0.0, 0.0, 0.0
        for j in range(k):
            change = v[j] - shares[i, j]
            gained += change * slopes[j]
            moved += change
            square += change * change
            slopes[j] = -change
        gained -= 0.5 * (squares[i] + pull) * (square + moved * moved)
        gains[i] = gained
        if square > 0.0:
            slopes[y] = moved
            for j in range(k):
                shares[i, j] = v[j]
                flow[j] += slopes[j]
            row_gradient(numbers, columns, 0, len(numbers), slopes, W)
        rise += gained
    return rise


@cache
def dual_sweep(real: str, index: str) -> Any:
    """Return the kernel for entries and indices of these types.

    ``kernel(data, indices, starts, shared, squares, targets, caps, order, margin, together, pull, relaxation, W,
    centre, shares, flow, gains)`` visits the rows of ``order`` and returns what the dual gained. A visit with
    ``relaxation`` 1 ends at the row's maximum; up to 2, beyond it, but higher than before. ``shares`` (n, k), 0 at the
    class of the row, are c b; W (d, padded k) = −Σ_i x_i β_iᵀ and ``flow`` (padded k,) = −Σ_i β_i follow them. Scores
    are x W + centre + pull · flow: the intercept is a column of X that holds √pull, about the given centre. ``gains``
    (n,) is set for the rows visited. Classes are contiguous in W and fill whole vectors.
    """
    indices, vector, table = read_only(index, 1), read_only("float64", 1), float64[:, ::1]
    numbers = read_only("int64", 1)
    return compiled(
        float64(
            read_only(real, 1), indices, indices, types.boolean, vector, numbers, vector, numbers, float64,
            types.boolean, float64, float64, table, float64[::1], table, float64[::1], float64[::1],
        )
    )(_dual_sweep)  # fmt: skip


def _row_squares(data, starts, out):
    for i in range(len(out)):
        total = 0.0
        for at in range(starts[i], starts[i + 1]):
            total += float64(data[at]) * float64(data[at])
        out[i] = total


@cache
def row_squares(real: str, index: str) -> Any:
    """Return ``kernel(data, starts, out)``, which writes ‖x_i‖² to ``out`` (n,)."""
    return compiled(types.void(read_only(real, 1), read_only(index, 1), float64[::1]))(_row_squares)
