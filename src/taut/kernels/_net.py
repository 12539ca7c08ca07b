"""Steps of the two-layer network over many batches in one call, by as many threads as make the call.

A batch has two phases, dealt in units (`_tickets`). A unit of the first owns some columns of X and their rows of W1: it
sums their gradient over the batch before, moves them while they are in the cache, gathers these columns of the new
batch and multiplies them. So neither X nor W1 goes from core to core, only what is as long as the hidden layer. A unit
of the second owns rows of the batch: it adds up what the columns gave to their hidden values, and leads their losses
back to the slopes of these; its share of the gradients of b1, W2 and b2 is added by one more unit of the first phase.
Where X has few columns none has an owner: the units of rows see to W1 too, and its gradient is added with the others.
Every sum is one thread's, in an order of its own, so no bit depends on the threads.
"""

from functools import cache
from typing import Any

import numpy as np

from taut._jit import compiled, float64, int64, named, read_only, types
from taut._typing import FloatArray, IntArray
from taut.kernels import LINE
from taut.kernels._moves import call_move
from taut.kernels._panels import HEIGHT, add_product, add_turned_product, fetch, fetch_entry, sum_rows
from taut.kernels._rows import call_row
from taut.kernels._tickets import WORDS, await_done, hand_in, nth_unit, take

UNITS = 8
"""Of columns, and of rows, at most: each of columns gives an array as large as the batch's hidden values."""

W1_WORK, ROWS_WORK = 2**20, 2**18
"""Multiplications worth one more unit: with W1, where a unit means data that go to other cores, and behind it."""

TALL = 2
"""Rows of a batch a column of X, from which on gradients of W1 are shorter than what columns give to hidden values."""

AHEAD, BACK = 4, 8
"""Tiles of rows, and of columns, at a time."""

LINES = 64
"""Cache lines of a row of X that are fetched ahead of time: the processor finds the rest."""

CHUNK_BYTES, CHUNK_ROWS = 2**18, 512
"""Of W1, and of a batch, at a time: they stay in the cache while all vectors of columns meet them."""


def batch_room(rows: int, d: int, hidden: int, k: int, dtype: np.dtype[Any]) -> tuple[tuple[FloatArray, ...], IntArray]:
    """Arrays that all threads share for the batch in hand, of so many rows, and how far its units are.

    They are, in whole tiles: the columns of X that a unit owns, a unit below the other, and what these give to the
    hidden values; the hidden values, their slopes, and the slopes of scores; and, one unit of rows below the other,
    gradients of the end of theta: b1, W2 and b2, or all of it where no unit owns columns. Rows of X lie an odd number
    of cache lines apart: at a multiple of 4,096 bytes a column of them would share one set of the L1 cache.
    """
    at_W1, behind = 2 * rows * d * hidden, 3 * rows * hidden * k
    blocks = min(UNITS, _tiles(d), at_W1 // W1_WORK)
    if blocks < 2 or rows > TALL * d:
        blocks, owned, groups = 1, d * hidden, -(-(at_W1 + behind) // W1_WORK)
    else:
        owned, groups = 0, -(-behind // ROWS_WORK)
    groups = min(UNITS, _tiles(rows), groups)
    tall, wide, lanes = _tiles(rows) * HEIGHT, -(-_tiles(d) // blocks) * HEIGHT, LINE // dtype.itemsize
    blocks = -(-d // wide)
    stride = (-(-wide // lanes) | 1) * lanes
    shapes = [(blocks * tall, stride), (blocks * tall, hidden), (tall, _tiles(hidden) * HEIGHT), (tall, hidden)]
    shapes += [(tall, k), (groups, owned + hidden + hidden * k + k)]
    units = (0 if owned else blocks) + 1 + groups
    return tuple(np.zeros(shape, dtype) for shape in shapes), np.zeros(units * WORDS, np.int64)


def _tiles(length: int) -> int:
    return -(-length // HEIGHT)


@compiled(inline=True)
def _gather(X, order, i, last, j, end, shift, scale, held):
    """Columns j to end of rows i to last of the batch in ``order``, scaled, into rows i to last of ``held``."""
    for r in range(i, last):
        which = order[r]  # outside the loop: for all the compiler knows, held is order
        for c in range(end - j):
            held[r, c] = X[which, np.uintp(j) + np.uintp(c)]  # a signed index might count from the end
        if len(scale) > 0:
            for c in range(end - j):
                held[r, c] = (held[r, c] - shift[np.uintp(j) + np.uintp(c)]) * scale[np.uintp(j) + np.uintp(c)]


@compiled(inline=True)
def _forward(X, order, top, size, j, end, shift, scale, W1, held, share, blank):
    """Set share = X W1 for rows top to size of the batch and columns j to end, gathered on the way; W1 is of those."""
    hidden, wide = W1.shape[1], end - j
    chunk = max(HEIGHT, CHUNK_BYTES // (hidden * share.itemsize))
    for i in range(top, size, HEIGHT):
        last = min(i + HEIGHT, size)
        for r in range(last, min(last + HEIGHT, size)):
            fetch(X, order[r], j, end, LINES)
        _gather(X, order, i, last, j, end, shift, scale, held)
        for t in range(0, wide, chunk):
            start = blank[: hidden if t == 0 else 0]
            add_product(held, i, t, min(t + chunk, wide), W1, share, i, hidden, start, None)


@compiled(inline=True)
def _columns_gradient(held, j, wide, begin, end, G, dW1, blank):
    """Set dW1 = XᵀG for some columns of X and rows of a batch."""
    hidden = G.shape[1]
    for r in range(begin, end, CHUNK_ROWS):
        start = blank[: hidden if r == begin else 0]
        add_turned_product(held, j, wide, r, min(r + CHUNK_ROWS, end), G, dW1, hidden, start)


@compiled(inline=True)
def _back(held, wide, size, G, dW1, W1, first, second, l2, move, numbers, blank):
    """Move W1, flat, by its gradient XᵀG + l2 W1; all arrays have the rows of some columns of X only."""
    hidden, tall = G.shape[1], len(dW1)
    for j in range(0, wide, tall):
        here = min(tall, wide - j)
        _columns_gradient(held, j, here, 0, size, G, dW1, blank)
        f, t = j * hidden, (j + here) * hidden
        call_move(move, W1[f:t], dW1.ravel()[: t - f], first[f:t], second[f:t], l2, numbers)


@compiled(inline=True)
def _tail_gradients(begin, end, held, d, H, G, A, dW1, dW2, tails, unit, blank):
    """Set tails[unit] = dW1, of d columns, db1, dW2, db2 of rows begin to end, one after the other."""
    hidden, k, keep = G.shape[1], A.shape[1], A.dtype.type(np.nan)
    for j in range(0, d, len(dW1)):
        here = min(len(dW1), d - j)
        _columns_gradient(held, j, here, begin, end, G, dW1, blank)
        tails[unit, j * hidden : (j + here) * hidden] = dW1.ravel()[: here * hidden]
    one = d * hidden
    two, three = one + hidden, one + hidden + hidden * k
    sum_rows(G, begin, end, 1, hidden, blank, tails, unit, one, keep)
    add_turned_product(H, 0, hidden, begin, end, A, dW2, k, blank)
    tails[unit, two:three] = dW2.ravel()[: hidden * k]
    sum_rows(A, begin, end, 1, k, blank, tails, unit, three, keep)


@compiled(inline=True)
def _through(
    order, begin, end, targets, weights, row, margin, width, shares, b1, W2, b2, turned, H, G, A, rows, values, blank
):  # fmt: skip
    """For rows of the batch in ``order``: set H from the shares of columns, the values of the losses, A, and G."""
    size, hidden, k, zero = len(order), G.shape[1], A.shape[1], G.dtype.type(0)
    S, scores, slopes = rows
    deep = len(S)
    for f in range(begin, end, deep):
        t = min(f + deep, end)
        for r in range(f, t):
            fetch_entry(targets, order[r])
            fetch_entry(weights, order[r])
        for r in range(f, t):
            sum_rows(shares, r, len(shares), len(G), hidden, b1, H, r, 0, zero)
        for r in range(f, t, HEIGHT):
            add_product(H, r, 0, hidden, W2, S, r - f, k, b2, None)
        for r in range(t - f):
            for c in range(k):
                scores[r, c] = S[r, c]
        # Rows of the loss one after the other: between the writing of its scores and their reading each would wait.
        for r in range(t - f):
            which = order[f + r]
            values[f + r] = weights[which] * call_row(row, scores[r], targets[which], margin, width, slopes[r])
        for r in range(t - f):
            pull = weights[order[f + r]] / size
            for c in range(k):
                A[f + r, c] = pull * slopes[r, c]
        for r in range(f, t, HEIGHT):
            add_product(A, r, 0, k, turned, G, r, hidden, blank, H)


def _steps(
    X, shift, scale, order, batch, targets, weights, row, margin, width,
    theta, first, second, l2, move, numbers, room, counts, values, thread, threads, rest,
):  # fmt: skip
    held, shares, H, G, A, tails = room
    (n, d), hidden, k, tail = (len(order), X.shape[1]), G.shape[1], A.shape[1], tails.shape[1]
    one, two, three = d * hidden, (d + 1) * hidden, (d + 1) * hidden + hidden * k
    W1, b1 = theta[:one].reshape(d, hidden), theta[one:two]
    W2, b2 = theta[two:three].reshape(hidden, k), theta[three:]
    tall = len(G)  # rows of a batch in whole tiles
    base = len(theta) - tail  # what comes before is moved by the units of columns
    blocks, groups = len(shares) // tall if base > 0 else 0, len(tails)
    wide = -(-d // (max(1, blocks) * HEIGHT)) * HEIGHT
    high = -(-tall // (groups * HEIGHT)) * HEIGHT
    deep = min(AHEAD * HEIGHT, high)
    S, turned = np.empty((deep, k), theta.dtype), np.empty((k, hidden), theta.dtype)
    scores, slopes = np.empty((deep, k)), np.empty((deep, k))
    dW1 = np.empty((min(BACK * HEIGHT, wide), hidden), theta.dtype)
    dW2, small = np.empty((H.shape[1], k), theta.dtype), np.empty((1, tail), theta.dtype)
    zero, keep, blank = theta.dtype.type(0), theta.dtype.type(np.nan), np.zeros(tail, theta.dtype)
    batches = -(-n // batch)
    for at in range(batches + 1):
        begin, before = at * batch, (at - 1) * batch
        size, past = min(batch, n - begin), min(batch, n - before)
        some, seen = order[begin : begin + batch], values[begin : begin + batch]
        await_done(counts, blocks + 1, blocks + 1 + groups, at, rest)
        for i in range(blocks + 1):
            unit = nth_unit(i, blocks + 1, thread, threads)
            if not take(counts, unit, at):
                continue
            if unit < blocks:
                j, end = unit * wide, min((unit + 1) * wide, d)
                f, t, mine = j * hidden, end * hidden, held[unit * tall : (unit + 1) * tall]
                if at > 0:
                    _back(
                        mine, end - j, past, G, dW1, theta[f:t], first[f:t], second[f:t], l2, move, numbers[at - 1],
                        blank,
                    )  # fmt: skip
                if size > 0:
                    share = shares[unit * tall : (unit + 1) * tall]
                    _forward(X, some, 0, size, j, end, shift, scale, W1[j:end], mine, share, blank)
            elif at > 0:
                sum_rows(tails, 0, -(-past // high), 1, tail, blank, small, 0, 0, keep)
                for f, t, pull in ((base, one, l2), (one, two, zero), (two, three, l2), (three, len(theta), zero)):
                    slope = small[0, f - base : t - base]
                    call_move(move, theta[f:t], slope, first[f:t], second[f:t], pull, numbers[at - 1])
            hand_in(counts, unit, at + 1)
        if size <= 0:
            return
        await_done(counts, 0, blocks + 1, at + 1, rest)
        turned[:] = W2.T
        for i in range(groups):
            unit = nth_unit(i, groups, thread, threads)
            if not take(counts, blocks + 1 + unit, at):
                continue
            top, end = unit * high, min((unit + 1) * high, size)
            if blocks == 0:
                _forward(X, some, top, end, 0, d, shift, scale, W1, held, shares, blank)
            _through(
                some, top, end, targets, weights, row, margin, width, shares, b1, W2, b2, turned, H, G, A,
                (S, scores, slopes), seen, blank,
            )  # fmt: skip
            if top < end:
                _tail_gradients(top, end, held, d if blocks == 0 else 0, H, G, A, dW1, dW2, tails, unit, blank)
            hand_in(counts, blocks + 1 + unit, at + 1)


@cache
def net_steps(stored: str, computed: str) -> Any:
    """Return the kernel for X of one type and theta of another.

    ``kernel(X, shift, scale, order, batch, targets, weights, row, margin, width, theta, first, second, l2, move,
    numbers, room, counts, values, thread, threads, rest)`` makes a step for each batch of the rows in ``order``:
    theta = W1 (d, hidden), b1, W2 (hidden, k), b2 moves by the mean over the batch of weights · loss, with l2 on W1 and
    W2, by the ``move`` at an address (`_moves`), with a row of ``numbers`` a batch. X counts as (X − shift) · scale
    unless these are empty. ``values`` (len(order),) is set to weights · loss, row by row as they are met. ``room`` and
    ``counts``, zeros, are those of `batch_room`; all threads hand over the same arrays, and which of them they are.
    """
    real, numbers, vector = named(computed), read_only("int64", 1), read_only("float64", 1)
    moved, flat, table = read_only(computed, 1), real[::1], real[:, ::1]
    rows = (read_only(stored, 2), moved, moved, numbers, int64, numbers, vector)
    steps = (flat, flat, flat, real, int64, table, types.UniTuple(table, 6), int64[::1], float64[::1])
    return compiled(types.void(*rows, int64, float64, float64, *steps, int64, int64, int64))(_steps)
