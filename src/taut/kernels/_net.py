"""Steps of the two-layer network over many batches in one call, by as many threads as make the call.

A batch has two phases, dealt in tickets. Ahead go some rows a ticket: they are gathered and meet W1 and W2, and their
losses go back to the slopes of their hidden values. Back go some columns of X a ticket: their rows of dW1 are summed
over the batch and move theta at once, while they are in the cache; the smaller parameters are a ticket of their own,
the first, because it takes longest.
Every sum is one thread's, in the order of the rows, so no bit depends on the threads.
"""

from functools import cache
from typing import Any

import numpy as np

from taut._jit import compiled, float64, int64, named, read_only, types
from taut.kernels import LINE
from taut.kernels._moves import call_move
from taut.kernels._panels import HEIGHT, add_product, add_turned_product, fetch, fetch_entry
from taut.kernels._rows import call_row
from taut.kernels._tickets import await_done, draw, hand_in

AHEAD, BACK = 4, 8
"""Tiles of rows, and of columns, a ticket at most."""

LEAST, ENOUGH = 6, 300_000
"""Tickets that a phase has at least; and multiplications of which one has no more, unless they are those of a tile."""

EARLY, LINES = 1, 64
"""Tickets ahead of time for which rows of X are fetched, so many cache lines of each: the processor finds the rest."""

CHUNK_BYTES, CHUNK_ROWS = 2**18, 512
"""Of W1, and of a batch, at a time: they stay in the L2 cache while all tiles of a ticket meet them."""


def batch_room(rows: int, d: int, hidden: int, k: int, dtype: np.dtype[Any]) -> tuple[Any, ...]:
    """Arrays for a batch, in whole tiles: its rows, hidden values, their slopes, and the slopes of scores.

    Rows of X lie an odd number of cache lines apart: at a multiple of 4,096 bytes a column of them would share one set
    of the L1 cache.
    """
    lanes = LINE // dtype.itemsize
    stride = (-(-_whole(d) // lanes) | 1) * lanes
    return tuple(np.zeros((_whole(rows), wide), dtype) for wide in (stride, _whole(hidden), hidden, k))


def _whole(length: int) -> int:
    return -(-length // HEIGHT) * HEIGHT


@compiled(inline=True)
def _gather(X, order, begin, shift, scale, held, i, last):
    """Rows of X become rows i to last of the batch; a tile a call, as arrays handed over cost locked instructions."""
    for r in range(i, last):
        which = order[begin + r]  # outside the loop: for all the compiler knows, held is order
        for j in range(X.shape[1]):
            held[r, j] = X[which, j]
        if len(scale) > 0:
            for j in range(X.shape[1]):
                held[r, j] = (held[r, j] - shift[j]) * scale[j]


@compiled(inline=True)
def _hidden_values(i, d, W1, b1, held, H):
    """Set H = max(0, X W1 + b1) for a tile of rows from i on; NaN stays."""
    hidden, zero = len(b1), H.dtype.type(0)
    chunk = max(HEIGHT, CHUNK_BYTES // (hidden * H.itemsize))
    for r in range(i, i + HEIGHT):
        for h in range(hidden):
            H[r, h] = b1[h]
    for j in range(0, d, chunk):
        add_product(held, i, j, min(j + chunk, d), W1, H, i, hidden)
    for r in range(i, i + HEIGHT):
        for h in range(hidden):
            H[r, h] = zero if H[r, h] <= zero else H[r, h]


@compiled(inline=True)
def _hidden_slopes(i, A, turned, H, G):
    """Set G = A W2ᵀ where H > 0, and 0 elsewhere, for a tile of rows from i on."""
    hidden, zero = G.shape[1], G.dtype.type(0)
    for r in range(i, i + HEIGHT):
        for h in range(hidden):
            G[r, h] = zero
    add_product(A, i, 0, A.shape[1], turned, G, i, hidden)
    for r in range(i, i + HEIGHT):
        for h in range(hidden):
            G[r, h] = G[r, h] if H[r, h] > zero else zero


@compiled(inline=True)
def _small_gradients(size, H, G, A, dW2, out):
    """Set out = db1, dW2, db2, one after the other."""
    hidden, k = G.shape[1], A.shape[1]
    out[:] = 0
    dW2[:] = 0
    add_turned_product(H, 0, hidden, 0, size, A, dW2, k)
    for r in range(size):
        for h in range(hidden):
            out[h] += G[r, h]
        for c in range(k):
            out[hidden + hidden * k + c] += A[r, c]
    for h in range(hidden):
        for c in range(k):
            out[hidden + h * k + c] = dW2[h, c]


def _steps(
    X, shift, scale, order, batch, targets, weights, row, margin, width,
    theta, first, second, l2, move, numbers, room, values, counts, rest,
):  # fmt: skip
    held, H, G, A = room
    (n, d), hidden, k = (len(order), X.shape[1]), G.shape[1], A.shape[1]
    one, two, three = d * hidden, (d + 1) * hidden, (d + 1) * hidden + hidden * k
    W1, b1 = theta[:one].reshape(d, hidden), theta[one:two]
    W2, b2 = theta[two:three].reshape(hidden, k), theta[three:]
    size = min(batch, n)
    deep = max(1, min(AHEAD, ENOUGH // (HEIGHT * d * hidden), size // (LEAST * HEIGHT))) * HEIGHT
    tall = max(1, min(BACK, ENOUGH // (HEIGHT * size * hidden), d // (LEAST * HEIGHT))) * HEIGHT
    fronts, backs = -(-size // deep), -(-d // tall) + 1
    S, turned = np.empty((HEIGHT, k), theta.dtype), np.empty((k, hidden), theta.dtype)
    scores, slopes = np.empty(k), np.empty(k)
    dW1, dW2 = np.empty((tall, hidden), theta.dtype), np.empty((H.shape[1], k), theta.dtype)
    small = np.empty(len(theta) - one, theta.dtype)
    turned_at, none = -1, theta.dtype.type(0)
    while True:
        at, part = divmod(draw(counts), fronts + backs)
        begin = at * batch
        if begin >= n:
            return
        size = min(batch, n - begin)
        if part < fronts:
            await_done(counts, at * (fronts + backs), rest)
            if turned_at < at:
                turned_at = at
                turned[:] = W2.T
            later = begin + (part + EARLY) * deep
            for p in range(later, min(later + deep, n)):
                fetch(X, order[p], LINES)
                fetch_entry(targets, order[p])
                fetch_entry(weights, order[p])
            for i in range(part * deep, min((part + 1) * deep, size), HEIGHT):
                last = min(i + HEIGHT, size)
                _gather(X, order, begin, shift, scale, held, i, last)
                _hidden_values(i, d, W1, b1, held, H)
                for r in range(HEIGHT):
                    for c in range(k):
                        S[r, c] = b2[c]
                add_product(H, i, 0, hidden, W2, S, 0, k)
                for r in range(i, last):
                    which = order[begin + r]
                    for c in range(k):
                        scores[c] = S[r - i, c]
                    loss = call_row(row, scores, targets[which], margin, width, slopes)
                    values[begin + r] = weights[which] * loss
                    share = weights[which] / size
                    for c in range(k):
                        A[r, c] = share * slopes[c]
                _hidden_slopes(i, A, turned, H, G)
        else:
            await_done(counts, at * (fronts + backs) + fronts, rest)
            j = (part - fronts - 1) * tall
            if j >= 0:
                wide = min(tall, d - j)
                dW1[:] = 0
                for r in range(0, size, CHUNK_ROWS):
                    add_turned_product(held, j, wide, r, min(r + CHUNK_ROWS, size), G, dW1, hidden)
                f, t = j * hidden, (j + wide) * hidden
                call_move(move, theta[f:t], dW1.ravel()[: t - f], first[f:t], second[f:t], l2, numbers[at])
            else:
                _small_gradients(size, H, G, A, dW2, small)
                for f, t in ((one, two), (two, three), (three, len(theta))):
                    pull, slope = l2 if f == two else none, small[f - one : t - one]
                    call_move(move, theta[f:t], slope, first[f:t], second[f:t], pull, numbers[at])
        hand_in(counts)


@cache
def net_steps(stored: str, computed: str) -> Any:
    """Return the kernel for X of one type and theta of another.

    ``kernel(X, shift, scale, order, batch, targets, weights, row, margin, width, theta, first, second, l2, move,
    numbers, room, values, counts, rest)`` makes a step for each batch of the rows in ``order``: theta = W1 (d, hidden),
    b1, W2 (hidden, k), b2 moves by the mean over the batch of weights · loss, with l2 on W1 and W2, by the ``move`` at
    an address (`_moves`), with a row of ``numbers`` a batch. X counts as (X − shift) · scale unless these are empty.
    ``values`` (len(order),) is set to weights · loss, row by row as they are met. ``room`` is that of `batch_room`,
    ``counts`` the zeros that tickets start from; all threads hand over the same arrays.
    """
    real, numbers, vector = named(computed), read_only("int64", 1), read_only("float64", 1)
    moved, flat, table = read_only(computed, 1), real[::1], real[:, ::1]
    rows = (read_only(stored, 2), moved, moved, numbers, int64, numbers, vector)
    steps = (flat, flat, flat, real, int64, table, types.UniTuple(table, 4), float64[::1], int64[::1], int64)
    return compiled(types.void(*rows, int64, float64, float64, *steps))(_steps)
