"""Products with one row of a sparse X, its classes in vectors: what a solver needs that visits rows one by one."""

from taut._jit import compiled, counted, int64, intrinsic, types, variable
from taut.kernels._lanes import INDEX, VECTOR_BYTES, VECTORS, Lanes

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
                factor = w.splat(b.fpext(number, w.element) if number.type != w.element else number)
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
def stored_row(data, indices, starts, shared, i):
    """The entries of row i and their columns, which all rows may share."""
    begin = int64(starts[i])
    return data[begin : int64(starts[i + 1])], indices[(0 if shared else begin) :]


@compiled(inline=True)
def row_scores(data, indices, begin, end, W, scores):
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
def row_gradient(data, indices, begin, end, slopes, gradient):
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
