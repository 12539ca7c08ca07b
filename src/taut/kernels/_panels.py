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
    def tile(typing, A, i, begin, end, B, c, C, to, columns, start, gate):
        """C[to + q, c:] += Σ_t A[i + q, t] B[t, c:] for rows q of a tile, begin ≤ t < end; turned, by A[t, i + q]."""
        gated = not isinstance(gate, types.NoneType)

        def emit(context, b, signature, arguments):
            left, right, out, first, gates = (
                Lanes(context, b, signature.args[at], arguments[at]) for at in (0, 4, 6, 9, 10 if gated else 6)
            )
            i, begin, end, c, to, columns = (arguments[at] for at in (1, 2, 3, 5, 7, 8))
            if narrow:
                right, out, first, gates = (each.of(right.count // 2) for each in (right, out, first, gates))
            mask = None if narrow is None else right.mask(columns)
            starts = [INDEX(u * right.count) for u in range(vectors)]
            rows = [b.add(to, INDEX(q)) for q in range(HEIGHT)]
            given = b.icmp_signed(">", first.shape[0], INDEX(0))
            sums = []
            for row in rows:
                place = b.select(given, first.step(first.data, c), out.at(row, c))
                sums.append([variable(b, out.load(out.step(place, at), mask)) for at in starts])
            with counted(b, begin, end, INDEX(1), inc=True) as (t, _):
                row = right.at(t, c)
                vector = [right.load(right.step(row, at), mask) for at in starts]
                for q, held in enumerate(sums):
                    at = b.add(i, INDEX(q))
                    entry = right.splat(b.load(left.at(t, at) if turned else left.at(at, t)))
                    for total, part in zip(held, vector, strict=True):
                        b.store(right.fma(entry, part, b.load(total)), total)
            for row, held in zip(rows, sums, strict=True):
                for total, at in zip(held, starts, strict=True):
                    value = b.load(total)
                    if gated:
                        level = gates.load(gates.step(gates.at(row, c), at), mask)
                        value = b.select(b.fcmp_ordered(">", level, out.zero), value, out.zero)
                    out.store(value, out.step(out.at(row, c), at), mask)
            return context.get_dummy_value()

        return types.void(A, i, begin, end, B, c, C, to, columns, start, gate), emit

    return tile


_whole, _three, _two, _one = (_panel(vectors, False) for vectors in (WIDE, 3, 2, 1))
_turned_whole, _turned_three, _turned_two, _turned_one = (_panel(vectors, True) for vectors in (WIDE, 3, 2, 1))
_ragged, _narrow = (_panel(1, False, narrow) for narrow in (False, True))
_turned_ragged, _turned_narrow = (_panel(1, True, narrow) for narrow in (False, True))


# The choice of a tile stands in both products: in a function of its own, to which arrays are handed over, it makes
# small batches a tenth slower.


@compiled(inline=True)
def _columns_of(left, lanes):
    """Columns of the next tile where so many are left: whole vectors as far as there are any."""
    return min(WIDE, max(1, left // lanes)) * lanes


@compiled(inline=True)
def add_product(A, i, begin, end, B, C, to, columns, start, gate):
    """C[to : to + HEIGHT] += A[i : i + HEIGHT, begin : end] B[begin : end], the first columns only.

    Rows of C begin as ``start``, unless it is empty; and end as 0 where those of ``gate``, an array like C or None, are
    not above 0.
    """
    lanes, c = VECTOR_BYTES // B.itemsize, 0
    while c < columns:
        left = columns - c
        wide = _columns_of(left, lanes)
        if wide == WIDE * lanes:
            _whole(A, i, begin, end, B, c, C, to, left, start, gate)
        elif wide == 3 * lanes:
            _three(A, i, begin, end, B, c, C, to, left, start, gate)
        elif wide == 2 * lanes:
            _two(A, i, begin, end, B, c, C, to, left, start, gate)
        elif left >= lanes:
            _one(A, i, begin, end, B, c, C, to, left, start, gate)
        elif 2 * left > lanes:
            _ragged(A, i, begin, end, B, c, C, to, left, start, gate)
        else:
            _narrow(A, i, begin, end, B, c, C, to, left, start, gate)
        c += wide


@compiled(inline=True)
def add_turned_product(A, i, tall, begin, end, B, C, columns, start):
    """C[: tall] += A[begin : end, i : i + tall]ᵀ B[begin : end], the first columns only, from ``start`` likewise.

    A and C reach to the end of the last tile.
    """
    lanes, c = VECTOR_BYTES // B.itemsize, 0
    while c < columns:
        left = columns - c
        wide = _columns_of(left, lanes)
        for q in range(0, tall, HEIGHT):
            if wide == WIDE * lanes:
                _turned_whole(A, i + q, begin, end, B, c, C, q, left, start, None)
            elif wide == 3 * lanes:
                _turned_three(A, i + q, begin, end, B, c, C, q, left, start, None)
            elif wide == 2 * lanes:
                _turned_two(A, i + q, begin, end, B, c, C, q, left, start, None)
            elif left >= lanes:
                _turned_one(A, i + q, begin, end, B, c, C, q, left, start, None)
            elif 2 * left > lanes:
                _turned_ragged(A, i + q, begin, end, B, c, C, q, left, start, None)
            else:
                _turned_narrow(A, i + q, begin, end, B, c, C, q, left, start, None)
        c += wide


@intrinsic
def sum_rows(typing, A, begin, end, step, columns, start, C, to, c, floor):
    """C[to, c:] = start + Σ A[r], the first columns only, over rows from begin on, ``step`` apart; 0 if ≤ floor."""

    def emit(context, b, signature, arguments):
        a, first, out = (Lanes(context, b, signature.args[at], arguments[at]) for at in (0, 5, 6))
        begin, end, step, columns, to, c, floor = (arguments[at] for at in (1, 2, 3, 4, 7, 8, 9))

        def write(j, vectors, mask=None):
            starts = [b.add(j, INDEX(u * a.count)) for u in range(vectors)]
            sums = [variable(b, first.load(first.step(first.data, at), mask)) for at in starts]
            with counted(b, begin, end, step, inc=True) as (r, _):
                for total, at in zip(sums, starts, strict=True):
                    b.store(b.fadd(b.load(total), a.load(a.at(r, at), mask)), total)
            for total, at in zip(sums, starts, strict=True):
                value = b.load(total)
                value = b.select(b.fcmp_ordered("<=", value, out.splat(floor)), out.zero, value)
                out.store(value, out.at(to, b.add(c, at)), mask)

        left = b.srem(columns, INDEX(a.count))
        whole = b.sub(columns, left)
        wide = b.sub(columns, b.srem(columns, INDEX(WIDE * a.count)))
        with counted(b, INDEX(0), wide, INDEX(WIDE * a.count), inc=True) as (j, _):
            write(j, WIDE)
        with counted(b, wide, whole, INDEX(a.count), inc=True) as (j, _):
            write(j, 1)
        with b.if_then(b.icmp_signed(">", left, INDEX(0))):
            write(whole, 1, a.mask(left))
        return context.get_dummy_value()

    return types.void(A, begin, end, step, columns, start, C, to, c, floor), emit


@intrinsic
def fetch(typing, X, r, begin, end, lines):
    """Ask for the first cache lines of X[r, begin:end], and for the one that it ends in."""

    def emit(context, b, signature, arguments):
        x, (_, r, begin, end, lines) = Lanes(context, b, signature.args[0], arguments[0]), arguments
        per_line = LINE // x.itemsize
        wanted = b.add(begin, b.mul(lines, INDEX(per_line)))
        last = b.select(b.icmp_signed("<", wanted, end), wanted, end)
        with counted(b, begin, last, INDEX(per_line), inc=True) as (j, _):
            x.prefetch(x.at(r, j), level=2)
        x.prefetch(x.at(r, b.sub(last, INDEX(1))), level=2)
        return context.get_dummy_value()

    return types.void(X, r, begin, end, lines), emit


@intrinsic
def fetch_entry(typing, vector, i):
    """Ask for the cache line of vector[i]."""

    def emit(context, b, signature, arguments):
        v = Lanes(context, b, signature.args[0], arguments[0])
        v.prefetch(v.step(v.data, arguments[1]), level=1)
        return context.get_dummy_value()

    return types.void(vector, i), emit
