"""Products of small matrices that lie in the cache, by register tiles: rows of the left one times vectors of the right.

Where a tile of `_tiles` sums along vectors, so that two long rows meet, here one entry of A meets whole vectors of B's
columns: nothing is summed across lanes, and the inner length may be short.
"""

from taut._jit import compiled, counted, intrinsic, types, variable
from taut.kernels._lanes import INDEX, MANY_REGISTERS, VECTOR_BYTES, Lanes

HEIGHT = 6
"""Rows a tile: as many pointers as fit, beside the counters, into the registers for addresses."""

WIDE = 4 if MANY_REGISTERS else 2
"""Vectors a tile: 24 (12) sums, the vectors of B and an entry of A in 32 (16) registers."""


def _panel(vectors, turned):
    @intrinsic
    def tile(typing, A, i, begin, end, B, c, C, to, columns):
        """C[to + q, c:] += Σ_t A[i + q, t] B[t, c:] for the rows q of a tile, begin ≤ t < end; turned, by A[t, i + q].

        So many columns are touched; only the last vector may be ragged.
        """

        def emit(context, b, signature, arguments):
            left, right, out = (Lanes(context, b, signature.args[at], arguments[at]) for at in (0, 4, 6))
            i, begin, end, c, to, columns = (arguments[at] for at in (1, 2, 3, 5, 7, 8))
            ragged = right.mask(b.sub(columns, INDEX((vectors - 1) * right.count)))
            masks = [None] * (vectors - 1) + [ragged]
            starts = [INDEX(u * right.count) for u in range(vectors)]
            places = [[out.step(out.at(b.add(to, INDEX(q)), c), at) for at in starts] for q in range(HEIGHT)]
            sums = [[variable(b, right.zero) for _ in starts] for _ in places]
            for held, one in zip(sums, places, strict=True):
                for total, place, mask in zip(held, one, masks, strict=True):
                    b.store(out.load(place, mask), total)
            with counted(b, begin, end, INDEX(1), inc=True) as (t, _):
                row = right.at(t, c)
                vector = [right.load(right.step(row, at), mask) for at, mask in zip(starts, masks, strict=True)]
                for q, held in enumerate(sums):
                    at = b.add(i, INDEX(q))
                    entry = right.splat(b.load(left.at(t, at) if turned else left.at(at, t)))
                    for total, part in zip(held, vector, strict=True):
                        b.store(right.fma(entry, part, b.load(total)), total)
            for held, one in zip(sums, places, strict=True):
                for total, place, mask in zip(held, one, masks, strict=True):
                    out.store(b.load(total), place, mask)
            return context.get_dummy_value()

        return types.void(A, i, begin, end, B, c, C, to, columns), emit

    return tile


_tiles_1, _tiles_2, _tiles_3, _tiles_4 = (_panel(vectors, False) for vectors in (1, 2, 3, 4))
_turned_1, _turned_2, _turned_3, _turned_4 = (_panel(vectors, True) for vectors in (1, 2, 3, 4))


@compiled(inline=True)
def add_product(A, i, begin, end, B, C, to, columns):
    """C[to : to + HEIGHT] += A[i : i + HEIGHT, begin : end] B[begin : end], the first columns only."""
    lanes = VECTOR_BYTES // B.itemsize
    for c in range(0, columns, WIDE * lanes):
        width = min(WIDE * lanes, columns - c)
        if width > 3 * lanes:
            _tiles_4(A, i, begin, end, B, c, C, to, width)
        elif width > 2 * lanes:
            _tiles_3(A, i, begin, end, B, c, C, to, width)
        elif width > lanes:
            _tiles_2(A, i, begin, end, B, c, C, to, width)
        else:
            _tiles_1(A, i, begin, end, B, c, C, to, width)


@compiled(inline=True)
def add_turned_product(A, i, tall, begin, end, B, C, columns):
    """C[: tall] += A[begin : end, i : i + tall]ᵀ B[begin : end], the first columns only.

    A and C reach to the end of the last tile.
    """
    lanes = VECTOR_BYTES // B.itemsize
    for c in range(0, columns, WIDE * lanes):
        width = min(WIDE * lanes, columns - c)
        for q in range(0, tall, HEIGHT):
            if width > 3 * lanes:
                _turned_4(A, i + q, begin, end, B, c, C, q, width)
            elif width > 2 * lanes:
                _turned_3(A, i + q, begin, end, B, c, C, q, width)
            elif width > lanes:
                _turned_2(A, i + q, begin, end, B, c, C, q, width)
            else:
                _turned_1(A, i + q, begin, end, B, c, C, q, width)


@intrinsic
def fetch(typing, X, r, lines):
    """Ask for the first cache lines of a row of X."""

    def emit(context, b, signature, arguments):
        x, (_, r, lines) = Lanes(context, b, signature.args[0], arguments[0]), arguments
        per_line = VECTOR_BYTES // x.itemsize
        wanted = b.mul(lines, INDEX(per_line))
        end = b.select(b.icmp_signed("<", wanted, x.shape[1]), wanted, x.shape[1])
        with counted(b, INDEX(0), end, INDEX(per_line), inc=True) as (j, _):
            x.prefetch(x.at(r, j), level=2)
        return context.get_dummy_value()

    return types.void(X, r, lines), emit
