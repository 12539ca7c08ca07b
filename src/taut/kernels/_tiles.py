"""Register tiles for tall blocks and few classes, on one AVX-512 core at 0.9 and more of its peak.

Measured in the cache at d = 3,073 and k = 10: 50 of 53 GFLOP/s in float64, 105 of 107 in float32. The sums of a score
tile run over d, one vector a score; those of a gradient tile run over the rows of the block, so that the accumulator
is read and written once a block.
"""

from taut._jit import compiled, counted, intrinsic, types, variable
from taut.kernels._lanes import INDEX, MANY_REGISTERS, VECTOR_BYTES, Lanes

ROWS = 4 if MANY_REGISTERS else 2
"""Rows a score tile: with 5 classes that is 20 (10) sums, 5 weights and an entry of X in 32 (16) registers."""

VECTORS = 4 if MANY_REGISTERS else 2
"""Vectors of columns a gradient tile, likewise."""

WIDE, NARROW = 5, 2
"""Classes a tile: fives, then pairs for what is left."""


def padded(k: int) -> int:
    """Classes that whole tiles cover."""
    return k - k % WIDE + -(-(k % WIDE) // NARROW) * NARROW


def _score_tile(rows, classes):
    @intrinsic
    def tile(typing, X, r, W, c, S, to):
        """S[c, to] = X[r] · W[c] for some rows and classes."""

        def emit(context, b, signature, arguments):
            x, w, s = (Lanes(context, b, signature.args[at], arguments[at]) for at in (0, 2, 4))
            r, c, to, d = arguments[1], arguments[3], arguments[5], x.shape[1]
            rows_of = [x.at(b.add(r, INDEX(i)), INDEX(0)) for i in range(rows)]
            weights_of = [w.at(b.add(c, INDEX(q)), INDEX(0)) for q in range(classes)]
            sums = [[variable(b, x.zero) for _ in range(classes)] for _ in range(rows)]
            for one in sums:
                for held in one:
                    b.store(x.zero, held)

            def add(j, mask=None):
                weights = [w.load(w.step(p, j), mask) for p in weights_of]
                for p, one in zip(rows_of, sums, strict=True):
                    entries = x.load(x.step(p, j), mask)
                    for weight, held in zip(weights, one, strict=True):
                        b.store(x.fma(entries, weight, b.load(held)), held)

            left = b.srem(d, INDEX(x.count))
            whole = b.sub(d, left)
            with counted(b, INDEX(0), whole, INDEX(x.count), inc=True) as (j, _):
                add(j)
            with b.if_then(b.icmp_signed(">", left, INDEX(0))):
                add(whole, x.mask(left))
            for q in range(classes):
                s.store(x.sums([b.load(one[q]) for one in sums]), s.at(b.add(c, INDEX(q)), to))
            return context.get_dummy_value()

        return types.void(X, r, W, c, S, to), emit

    return tile


def _gradient_tile(vectors, classes):
    @intrinsic
    def tile(typing, X, begin, end, G, c, j, A):
        """A[c, j] += Σ_r G[r − begin, c] X[r, j] for some classes and vectors of columns; one vector may be ragged."""

        def emit(context, b, signature, arguments):
            x, g, a = (Lanes(context, b, signature.args[at], arguments[at]) for at in (0, 3, 6))
            begin, end, c, j = arguments[1], arguments[2], arguments[4], arguments[5]
            mask = x.mask(b.sub(x.shape[1], j)) if vectors == 1 else None
            places = [
                [a.at(b.add(c, INDEX(q)), b.add(j, INDEX(u * x.count))) for u in range(vectors)] for q in range(classes)
            ]
            sums = [[variable(b, x.zero) for _ in one] for one in places]
            for one, held in zip(places, sums, strict=True):
                for place, total in zip(one, held, strict=True):
                    b.store(a.load(place, mask), total)
            ahead = b.mul(b.sub(end, begin), x.shape[1])
            with counted(b, begin, end, INDEX(1), inc=True) as (r, _):
                first = x.at(r, j)
                entries = [x.step(first, INDEX(u * x.count)) for u in range(vectors)]
                for place in entries:  # the next block, while this one keeps the arithmetic busy
                    x.prefetch(x.step(place, ahead), level=2)
                entries = [x.load(place, mask) for place in entries]
                for q, held in enumerate(sums):
                    slope = x.splat(b.load(g.at(b.sub(r, begin), b.add(c, INDEX(q)))))
                    for entry, total in zip(entries, held, strict=True):
                        b.store(x.fma(slope, entry, b.load(total)), total)
            for one, held in zip(places, sums, strict=True):
                for place, total in zip(one, held, strict=True):
                    a.store(b.load(total), place, mask)
            return context.get_dummy_value()

        return types.void(X, begin, end, G, c, j, A), emit

    return tile


_scores_5, _scores_2 = _score_tile(ROWS, WIDE), _score_tile(ROWS, NARROW)
_scores_5_of_one, _scores_2_of_one = _score_tile(1, WIDE), _score_tile(1, NARROW)
_gradient_5, _gradient_2 = _gradient_tile(VECTORS, WIDE), _gradient_tile(VECTORS, NARROW)
_gradient_5_of_one, _gradient_2_of_one = _gradient_tile(1, WIDE), _gradient_tile(1, NARROW)


@compiled(inline=True)
def score_tiles(X, begin, end, W, S):
    """S[c, r − begin] = X[r] · W[c], W (padded k, d)."""
    k, tiled = W.shape[0], end - (end - begin) % ROWS
    fives = k - k % WIDE
    for r in range(begin, tiled, ROWS):
        for c in range(0, fives, WIDE):
            _scores_5(X, r, W, c, S, r - begin)
        for c in range(fives, k, NARROW):
            _scores_2(X, r, W, c, S, r - begin)
    for r in range(tiled, end):
        for c in range(0, fives, WIDE):
            _scores_5_of_one(X, r, W, c, S, r - begin)
        for c in range(fives, k, NARROW):
            _scores_2_of_one(X, r, W, c, S, r - begin)


@compiled(inline=True)
def gradient_tiles(X, begin, end, G, A):
    """A[c] += Σ_r G[r − begin, c] X[r], A (padded k, d)."""
    k, d = A.shape
    fives, lanes = k - k % WIDE, VECTOR_BYTES // X.itemsize
    tiled = d - d % (VECTORS * lanes)
    for j in range(0, tiled, VECTORS * lanes):
        for c in range(0, fives, WIDE):
            _gradient_5(X, begin, end, G, c, j, A)
        for c in range(fives, k, NARROW):
            _gradient_2(X, begin, end, G, c, j, A)
    for j in range(tiled, d, lanes):
        for c in range(0, fives, WIDE):
            _gradient_5_of_one(X, begin, end, G, c, j, A)
        for c in range(fives, k, NARROW):
            _gradient_2_of_one(X, begin, end, G, c, j, A)
