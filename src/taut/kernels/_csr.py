"""Loss and gradient over some rows of a sparse X, each row visited once."""

from functools import cache
from typing import Any

import numpy as np

from taut._jit import compiled, counted, float64, int64, intrinsic, read_only, types, variable
from taut.kernels._lanes import INDEX, VECTOR_BYTES, Lanes
from taut.kernels._rows import call_row

VECTORS = 4
"""Vectors of classes at a time."""

AHEAD = 16
"""Entries between a request for memory and its use: saves a quarter on text, whose W is larger than the caches."""


def _entries(builder, signature, arguments, context):
    """Numbers and columns of one row's entries."""
    data, indices = (context.make_array(signature.args[at])(context, builder, arguments[at]).data for at in (0, 1))

    def read(at):
        column = builder.load(builder.gep(indices, [at]))
        return builder.load(builder.gep(data, [at])), builder.sext(column, INDEX) if column.type != INDEX else column

    return read


def _fetch_ahead(table, read, at, end, firsts):
    """Ask for what an entry further on needs: the columns of a row lie far apart, so no hardware foresees them."""
    b = table.builder
    there, last = b.add(at, INDEX(AHEAD)), b.sub(end, INDEX(1))
    _, column = read(b.select(b.icmp_signed("<", there, last), there, last))
    for first in firsts:
        table.prefetch(table.at(column, first), level=1)


def _score_sums(vectors):
    @intrinsic
    def tile(typing, data, indices, begin, end, W, c, scores):
        """scores[c…] += Σ x_j W[j, c…] over the entries of a row, for some vectors of classes; the last is ragged."""

        def emit(context, b, signature, arguments):
            w, s = (Lanes(context, b, signature.args[at], arguments[at]) for at in (4, 6))
            begin, end, c = arguments[2], arguments[3], arguments[5]
            read = _entries(b, signature, arguments, context)
            sums = [variable(b, w.zero) for _ in range(vectors)]
            for held in sums:
                b.store(w.zero, held)
            firsts = [b.add(c, INDEX(u * w.count)) for u in range(vectors)]
            masks = [None] * (vectors - 1) + [w.mask(b.sub(w.shape[1], firsts[-1]))]
            with counted(b, begin, end, INDEX(1), inc=True) as (at, _):
                number, column = read(at)
                _fetch_ahead(w, read, at, end, firsts)
                factor = w.splat(number)
                for held, first, mask in zip(sums, firsts, masks, strict=True):
                    b.store(w.fma(factor, w.load(w.at(column, first), mask), b.load(held)), held)
            for held, first, mask in zip(sums, firsts, masks, strict=True):
                wide = s.of(w.count)
                place = s.step(s.data, first)
                wide.store(b.fadd(wide.load(place, mask), wide.extended(b.load(held))), place, mask)
            return context.get_dummy_value()

        return types.void(data, indices, begin, end, W, c, scores), emit

    return tile


def _spread(vectors):
    @intrinsic
    def tile(typing, data, indices, begin, end, slopes, c, gradient):
        """gradient[j, c…] += x_j slopes[c…] for the entries of a row and some vectors of classes, the last ragged."""

        def emit(context, b, signature, arguments):
            s, g = (Lanes(context, b, signature.args[at], arguments[at]) for at in (4, 6))
            begin, end, c = arguments[2], arguments[3], arguments[5]
            read = _entries(b, signature, arguments, context)
            firsts = [b.add(c, INDEX(u * g.count)) for u in range(vectors)]
            masks = [None] * (vectors - 1) + [g.mask(b.sub(g.shape[1], firsts[-1]))]
            held = [s.load(s.step(s.data, first), mask) for first, mask in zip(firsts, masks, strict=True)]
            with counted(b, begin, end, INDEX(1), inc=True) as (at, _):
                number, column = read(at)
                _fetch_ahead(g, read, at, end, firsts)
                factor = g.splat(b.fpext(number, g.element) if number.type != g.element else number)
                for slope, first, mask in zip(held, firsts, masks, strict=True):
                    place = g.at(column, first)
                    g.store(g.fma(factor, slope, g.load(place, mask)), place, mask)
            return context.get_dummy_value()

        return types.void(data, indices, begin, end, slopes, c, gradient), emit

    return tile


_scores_1, _scores_2, _scores_3, _scores_4 = (_score_sums(n) for n in range(1, VECTORS + 1))
_spread_1, _spread_2, _spread_3, _spread_4 = (_spread(n) for n in range(1, VECTORS + 1))


@compiled(inline=True)
def _row_scores(data, indices, begin, end, W, scores):
    lanes = VECTOR_BYTES // W.itemsize
    for c in range(0, W.shape[1], VECTORS * lanes):
        left = W.shape[1] - c
        if left <= lanes:
            _scores_1(data, indices, begin, end, W, c, scores)
        elif left <= 2 * lanes:
            _scores_2(data, indices, begin, end, W, c, scores)
        elif left <= 3 * lanes:
            _scores_3(data, indices, begin, end, W, c, scores)
        else:
            _scores_4(data, indices, begin, end, W, c, scores)


@compiled(inline=True)
def _row_gradient(data, indices, begin, end, slopes, gradient):
    lanes = VECTOR_BYTES // gradient.itemsize
    for c in range(0, gradient.shape[1], VECTORS * lanes):
        left = gradient.shape[1] - c
        if left <= lanes:
            _spread_1(data, indices, begin, end, slopes, c, gradient)
        elif left <= 2 * lanes:
            _spread_2(data, indices, begin, end, slopes, c, gradient)
        elif left <= 3 * lanes:
            _spread_3(data, indices, begin, end, slopes, c, gradient)
        else:
            _spread_4(data, indices, begin, end, slopes, c, gradient)


def _csr_rows(data, indices, indptr, W, b, targets, weights, row, margin, width, gradient, bias_gradient):
    k = len(bias_gradient)
    scores, slopes = np.empty(len(b)), np.empty(k)
    total = 0.0
    for i in range(len(indptr) - 1):
        begin, end, weight = int64(indptr[i]), int64(indptr[i + 1]), weights[i]
        scores[:] = b
        _row_scores(data, indices, begin, end, W, scores)
        total += weight * call_row(row, scores, targets[i], margin, width, slopes)
        counts = False
        for c in range(k):
            slopes[c] *= weight
            bias_gradient[c] += slopes[c]
            counts |= slopes[c] != 0.0
        if counts:  # a row that no margin asks for needs no second visit
            _row_gradient(data, indices, begin, end, slopes, gradient)
    return total


@cache
def csr_rows(real: str, index: str) -> Any:
    """Return the kernel for entries and indices of these types.

    ``kernel(data, indices, indptr, W, b, targets, weights, row, margin, width, gradient, bias_gradient)`` returns
    Σ_i w_i loss_i and adds Xᵀ(w A) to ``gradient`` (d, k) and Σ_i w_i a_i to ``bias_gradient`` (k,). Classes are
    contiguous in W (d, k), so one entry of X touches whole cache lines; as for dense X, W may have more of them.
    """
    indices, vector = read_only(index, 1), read_only("float64", 1)
    return compiled(
        float64(
            read_only(real, 1), indices, indices, read_only(real, 2), vector, read_only("int64", 1), vector, int64,
            float64, float64, float64[:, ::1], float64[::1],
        )
    )(_csr_rows)  # fmt: skip
