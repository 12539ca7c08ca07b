"""Loss and gradient over some rows of a sparse X, their entries in the order of the columns.

Along a row, every entry asks for another row of W and changes another row of the gradient: on text both are larger
than any cache, and the memory's latency is all there is to measure. By columns W and the gradient are passed through
once, in order, and what is visited at random is the scores of the rows at hand, which fit the cache of a core. The
scores of some rows and the gradient of some columns are two kernels: threads share the rows for the one and the
columns for the other, and so they share one gradient.
"""

from functools import cache
from typing import Any

import numpy as np

from taut._jit import compiled, counted, float64, int64, intrinsic, named, read_only, types, variable
from taut.kernels._lanes import INDEX, VECTOR_BYTES, VECTORS, Lanes
from taut.kernels._rows import call_row

FLUSH = 512
"""Products that are summed in the type of X before the sum goes to the float64 gradient, as for dense X."""


def _entries(builder, context, signature, arguments):
    """Row and number of an entry."""
    rows, data = (context.make_array(signature.args[at])(context, builder, arguments[at]).data for at in (0, 1))

    def read(at):
        return builder.zext(builder.load(builder.gep(rows, [at])), INDEX), builder.load(builder.gep(data, [at]))

    return read


def _spread(vectors):
    @intrinsic
    def tile(typing, rows, data, begin, end, W, column, c, S):
        """S[r, c…] += x W[column, c…] for the entries (r, x) of a column and some vectors of classes."""

        def emit(context, b, signature, arguments):
            w, s = (Lanes(context, b, signature.args[at], arguments[at]) for at in (4, 7))
            begin, end, column, c = arguments[2], arguments[3], arguments[5], arguments[6]
            read = _entries(b, context, signature, arguments)
            firsts = [b.add(c, INDEX(u * w.count)) for u in range(vectors)]
            masks = [None] * (vectors - 1) + [w.mask(b.sub(w.shape[1], firsts[-1]))]
            held = [w.load(w.at(column, first), mask) for first, mask in zip(firsts, masks, strict=True)]
            with counted(b, begin, end, INDEX(1), inc=True) as (at, _):
                row, number = read(at)
                factor = s.splat(number)
                places = [s.at(row, first) for first in firsts]
                for weight, place in zip(held, places, strict=True):
                    s.store(s.fma(factor, weight, s.load(place)), place)
            return context.get_dummy_value()

        return types.void(rows, data, begin, end, W, column, c, S), emit

    return tile


def _collect(vectors):
    @intrinsic
    def tile(typing, rows, data, begin, end, S, gradient, column, c):
        """gradient[column, c…] += Σ x S[r, c…] over the entries (r, x) of a column, for some vectors of classes."""

        def emit(context, b, signature, arguments):
            s, g = (Lanes(context, b, signature.args[at], arguments[at]) for at in (4, 5))
            begin, end, column, c = arguments[2], arguments[3], arguments[6], arguments[7]
            read = _entries(b, context, signature, arguments)
            firsts = [b.add(c, INDEX(u * s.count)) for u in range(vectors)]
            sums = [variable(b, s.zero) for _ in range(vectors)]
            for held in sums:
                b.store(s.zero, held)
            with counted(b, begin, end, INDEX(1), inc=True) as (at, _):
                row, number = read(at)
                factor = s.splat(number)
                for held, first in zip(sums, firsts, strict=True):
                    b.store(s.fma(factor, s.load(s.at(row, first)), b.load(held)), held)
            wide = g.of(s.count)
            masks = [None] * (vectors - 1) + [wide.mask(b.sub(g.shape[1], firsts[-1]))]
            for held, first, mask in zip(sums, firsts, masks, strict=True):
                place = wide.at(column, first)
                wide.store(b.fadd(wide.load(place, mask), wide.extended(b.load(held))), place, mask)
            return context.get_dummy_value()

        return types.void(rows, data, begin, end, S, gradient, column, c), emit

    return tile


_spread_1, _spread_2, _spread_3, _spread_4 = (_spread(n) for n in range(1, VECTORS + 1))
_collect_1, _collect_2, _collect_3, _collect_4 = (_collect(n) for n in range(1, VECTORS + 1))


@compiled(inline=True)
def _add_scores(columns, starts, rows, data, W, S):
    lanes = VECTOR_BYTES // W.itemsize
    for c in range(0, W.shape[1], VECTORS * lanes):
        left = W.shape[1] - c
        for p in range(len(columns)):
            begin, end, column = starts[p], starts[p + 1], columns[p]
            if left <= lanes:
                _spread_1(rows, data, begin, end, W, column, c, S)
            elif left <= 2 * lanes:
                _spread_2(rows, data, begin, end, W, column, c, S)
            elif left <= 3 * lanes:
                _spread_3(rows, data, begin, end, W, column, c, S)
            else:
                _spread_4(rows, data, begin, end, W, column, c, S)


def _add_gradient(columns, starts, rows, data, S, gradient):
    lanes = VECTOR_BYTES // S.itemsize
    for c in range(0, gradient.shape[1], VECTORS * lanes):
        left = gradient.shape[1] - c
        for p in range(len(columns)):
            last, column = starts[p + 1], columns[p]
            for begin in range(starts[p], last, FLUSH):
                end = min(begin + FLUSH, last)
                if left <= lanes:
                    _collect_1(rows, data, begin, end, S, gradient, column, c)
                elif left <= 2 * lanes:
                    _collect_2(rows, data, begin, end, S, gradient, column, c)
                elif left <= 3 * lanes:
                    _collect_3(rows, data, begin, end, S, gradient, column, c)
                else:
                    _collect_4(rows, data, begin, end, S, gradient, column, c)


def _score_slopes(columns, starts, rows, data, W, b, targets, weights, row, margin, width, S, bias_gradient):
    k = len(bias_gradient)
    line, slopes = np.empty(len(b)), np.empty(k)
    S[:] = 0.0
    _add_scores(columns, starts, rows, data, W, S)
    total = 0.0
    for i in range(len(targets)):
        for c in range(len(b)):
            line[c] = float64(S[i, c]) + b[c]
        total += weights[i] * call_row(row, line, targets[i], margin, width, slopes)
        for c in range(k):
            slope = slopes[c] * weights[i]
            bias_gradient[c] += slope
            S[i, c] = slope
    return total


@cache
def score_slopes(real: str) -> Any:
    """Return the kernel for entries of this type that turns some rows of X into what their losses pull with.

    ``kernel(columns, starts, rows, data, W, b, targets, weights, row, margin, width, S, bias_gradient)`` returns
    Σ_i w_i loss_i, sets S (rows, a whole number of vectors that hold all of W's columns) to w A, and adds Σ_i w_i a_i
    to ``bias_gradient`` (k,). Column ``columns[p]`` of X has the entries ``data[starts[p]:starts[p + 1]]`` in ``rows``,
    uint16. Classes are contiguous in W; as for dense X, it may have more than k of them.
    """
    vector, whole = read_only("float64", 1), read_only("int64", 1)
    return compiled(
        float64(
            *_columns_of(real), read_only(real, 2), vector, whole, vector, int64, float64, float64,
            named(real)[:, ::1], float64[::1],
        )
    )(_score_slopes)  # fmt: skip


def _product(columns, starts, rows, data, W, S):
    S[:] = 0.0
    _add_scores(columns, starts, rows, data, W, S)


@cache
def product(real: str) -> Any:
    """Return ``kernel(columns, starts, rows, data, W, S)``, which sets the columns of S that W has to X W."""
    return compiled(types.void(*_columns_of(real), read_only(real, 2), named(real)[:, ::1]))(_product)


@cache
def pull_back(real: str) -> Any:
    """Return ``kernel(columns, starts, rows, data, S, gradient)``, which adds XᵀS of some columns to ``gradient``."""
    return compiled(types.void(*_columns_of(real), read_only(real, 2), float64[:, ::1]))(_add_gradient)


def _columns_of(real: str) -> tuple[Any, ...]:
    whole = read_only("int64", 1)
    return whole, whole, read_only("uint16", 1), read_only(real, 1)
