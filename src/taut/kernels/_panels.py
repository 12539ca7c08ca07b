"""Products of small matrices that lie in the cache, by register tiles: rows of the left one times vectors of the right.

Where a tile of `_tiles` sums along vectors, so that two long rows meet, here one entry of A meets whole vectors of B's
columns: nothing is summed across lanes, and the inner length may be short.
"""

from taut._jit import compiled, counted, intrinsic, types, variable
from taut.kernels import LINE
from taut.kernels._lanes import INDEX, MANY_REGISTERS, VECTOR_BYTES, Lanes

HEIGHT = 6
"""Rows a tile: as many pointers as fit, beside the counters, into the registers for addresses."""

WIDE = 4 if MANY_REGISTERS else 2
"""Vectors a tile: 24 (12) sums, the vectors of B and an entry of A in 32 (16) registers."""


def _panel(vectors, turned, narrow=None):
    """A tile of whole vectors, or of one that may be ragged: a narrow one is half as long, and takes half the time."""

    @intrinsic
    def tile(typing, A, i, begin, end, B, c, C, to, columns):
        """C[to + q, c:] += Σ_t A[i + q, t] B[t, c:] for rows q of a tile, begin ≤ t < end; turned, by A[t, i + q]."""

        def emit(context, b, signature, arguments):
            left, right, out = (Lanes(context, b, signature.args[at], arguments[at]) for at in (0, 4, 6))
            i, begin, end, c, to, columns = (arguments[at] for at in (1, 2, 3, 5, 7, 8))
            if narrow:
                right, out = right.of(right.count // 2), out.of(out.count // 2)
            mask = None if narrow is None else right.mask(columns)
            starts = [INDEX(u * right.count) for u in range(vectors)]
            places = [[out.step(out.at(b.add(to, INDEX(q)), c), at) for at in starts] for q in range(HEIGHT)]
            sums = [[variable(b, right.zero) for _ in starts] for _ in places]
            for held, one in zip(sums, places, strict=True):
                for total, place in zip(held, one, strict=True):
                    b.store(out.load(place, mask), total)
            with counted(b, begin, end, INDEX(1), inc=True) as (t, _):
                row = right.at(t, c)
                vector = [right.load(right.step(row, at), mask) for at in starts]
                for q, held in enumerate(sums):
                    at = b.add(i, INDEX(q))
                    entry = right.splat(b.load(left.at(t, at) if turned else left.at(at, t)))
                    for total, part in zip(held, vector, strict=True):
                        b.store(right.fma(entry, part, b.load(total)), total)
            for held, one in zip(sums, places, strict=True):
                for total, place in zip(held, one, strict=True):
                    out.store(b.load(total), place, mask)
            return context.get_dummy_value()

        return types.void(A, i, begin, end, B, c, C, to, columns), emit

    return tile


_whole, _three, _two, _one = (_panel(vectors, False) for vectors in (WIDE, 3, 2, 1))
_turned_whole, _turned_three, _turned_two, _turned_one = (_panel(vectors, True) for vectors in (WIDE, 3, 2, 1))
_ragged, _narrow = (_panel(1, False, narrow) for narrow in (False, True))
_turned_ragged, _turned_narrow = (_panel(1, True, narrow) for narrow in (False, True))


@compiled(inline=True)
def _columns_of(left, lanes):
    """Columns of the next tile where so many are left: whole vectors as far as there are any."""
    return min(WIDE, max(1, left // lanes)) * lanes


@compiled(inline=True)
def add_product(A, i, begin, end, B, C, to, columns):
    """C[to : to + HEIGHT] += A[i : i + HEIGHT, begin : end] B[begin : end], the first columns only."""
    lanes, c = VECTOR_BYTES // B.itemsize, 0
    while c < columns:
        left = columns - c
        wide = _columns_of(left, lanes)
        if wide == WIDE * lanes:
            _whole(A, i, begin, end, B, c, C, to, left)
        elif wide == 3 * lanes:
            _three(A, i, begin, end, B, c, C, to, left)
        elif wide == 2 * lanes:
            _two(A, i, begin, end, B, c, C, to, left)
        elif left >= lanes:
            _one(A, i, begin, end, B, c, C, to, left)
        elif 2 * left > lanes:
            _ragged(A, i, begin, end, B, c, C, to, left)
        else:
            _narrow(A, i, begin, end, B, c, C, to, left)
        c += wide


@compiled(inline=True)
def add_turned_product(A, i, tall, begin, end, B, C, columns):
    """C[: tall] += A[begin : end, i : i + tall]ᵀ B[begin : end], the first columns only.

    A and C reach to the end of the last tile.
    """
    lanes, c = VECTOR_BYTES // B.itemsize, 0
    while c < columns:
        left = columns - c
        wide = _columns_of(left, lanes)
        for q in range(0, tall, HEIGHT):
            if wide == WIDE * lanes:
                _turned_whole(A, i + q, begin, end, B, c, C, q, left)
            elif wide == 3 * lanes:
                _turned_three(A, i + q, begin, end, B, c, C, q, left)
            elif wide == 2 * lanes:
                _turned_two(A, i + q, begin, end, B, c, C, q, left)
            elif left >= lanes:
                _turned_one(A, i + q, begin, end, B, c, C, q, left)
            elif 2 * left > lanes:
                _turned_ragged(A, i + q, begin, end, B, c, C, q, left)
            else:
                _turned_narrow(A, i + q, begin, end, B, c, C, q, left)
        c += wide


@intrinsic
def fetch(typing, X, r, lines):
    """Ask for the first cache lines of a row of X, and for the one that they end in."""

    def emit(context, b, signature, arguments):
        x, (_, r, lines) = Lanes(context, b, signature.args[0], arguments[0]), arguments
        per_line = LINE // x.itemsize
        wanted = b.mul(lines, INDEX(per_line))
        end = b.select(b.icmp_signed("<", wanted, x.shape[1]), wanted, x.shape[1])
        with counted(b, INDEX(0), end, INDEX(per_line), inc=True) as (j, _):
            x.prefetch(x.at(r, j), level=2)
        x.prefetch(x.at(r, b.sub(end, INDEX(1))), level=2)
        return context.get_dummy_value()

    return types.void(X, r, lines), emit


@intrinsic
def fetch_entry(typing, vector, i):
    """Ask for the cache line of vector[i]."""

    def emit(context, b, signature, arguments):
        v = Lanes(context, b, signature.args[0], arguments[0])
        v.prefetch(v.step(v.data, arguments[1]), level=1)
        return context.get_dummy_value()

    return types.void(vector, i), emit
