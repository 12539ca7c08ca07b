"""Vectors of one machine register each, in LLVM's own words.

LLVM finds half of the machine's peak in plain loops. What it misses is said here outright: which sums live in which
registers. Nothing is reordered, so the bits are those of the text.
"""

import copy

from taut._jit import features, ir, machine_function, unpacked

INDEX, WORD, BIT, BYTE = ir.IntType(64), ir.IntType(32), ir.IntType(1), ir.IntType(8)

VECTOR_BYTES = 64 if "avx512f" in features else 32 if "avx2" in features else 16
MANY_REGISTERS = VECTOR_BYTES == 64
"""AVX-512 has 32 vector registers, AVX2 has 16."""

VECTORS = 4
"""Vectors of classes that are held at a time where X is sparse."""


class Lanes:
    """Emits code for vectors of the elements of one array.

    Parameters
    ----------
    context, builder
        Numba's, while it lowers an intrinsic.
    array_type, array
        The array, typed and lowered: its elements are float32 or float64.
    """

    def __init__(self, context, builder, array_type, array):
        self.builder = builder
        self.element = context.get_data_type(array_type.dtype)
        self.itemsize = array_type.dtype.bitwidth // 8
        made = context.make_array(array_type)(context, builder, array)
        self.data, self.shape = made.data, unpacked(builder, made.shape)
        self._cut(VECTOR_BYTES // self.itemsize)

    def _cut(self, count):
        self.count = count
        self.type = ir.VectorType(self.element, count)
        self.suffix = f"v{count}f{8 * self.itemsize}"
        self.zero = ir.Constant(self.type, [0.0] * count)

    def of(self, count):
        """The same array, seen in vectors of so many elements."""
        other = copy.copy(self)
        other._cut(count)
        return other

    def extended(self, vector):
        """A vector of a shorter type in the type of this array's elements."""
        return vector if vector.type == self.type else self.builder.fpext(vector, self.type)

    def at(self, row, column):
        """Where array[row, column] lies."""
        b = self.builder
        return b.gep(self.data, [b.add(b.mul(row, self.shape[1]), column)])

    def step(self, pointer, elements):
        """A pointer some elements further."""
        return self.builder.gep(pointer, [elements])

    def load(self, pointer, mask=None):
        """A vector from here on; lanes outside the mask are not touched and read 0."""
        b, where = self.builder, self.builder.bitcast(pointer, self.type.as_pointer())
        if mask is None:
            return b.load(where, align=self.itemsize)
        call = machine_function(
            b.module, f"llvm.masked.load.{self.suffix}.p0", self.type, [where.type, WORD, mask.type, self.type]
        )
        return b.call(call, [where, WORD(self.itemsize), mask, self.zero])

    def store(self, value, pointer, mask=None):
        """Write a vector; lanes outside the mask are left as they are."""
        b, where = self.builder, self.builder.bitcast(pointer, value.type.as_pointer())
        if mask is None:
            b.store(value, where, align=self.itemsize)
            return
        call = machine_function(
            b.module, f"llvm.masked.store.{self.suffix}.p0", ir.VoidType(), [self.type, where.type, WORD, mask.type]
        )
        b.call(call, [value, where, WORD(self.itemsize), mask])

    def mask(self, left):
        """The first ``left`` lanes."""
        b, numbers = self.builder, ir.VectorType(INDEX, self.count)
        return b.icmp_signed("<", ir.Constant(numbers, list(range(self.count))), self._repeat(left, numbers))

    def splat(self, value):
        """The same number in every lane."""
        return self._repeat(value, self.type)

    def _repeat(self, value, kind):
        b, undefined = self.builder, ir.Constant(kind, ir.Undefined)
        first = b.insert_element(undefined, value, WORD(0))
        return b.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(WORD, kind.count), [0] * kind.count))

    def fma(self, a, x, y):
        """The sum a x + y, rounded once."""
        b = self.builder
        return b.call(machine_function(b.module, f"llvm.fma.{self.suffix}", self.type, [self.type] * 3), [a, x, y])

    def sums(self, vectors):
        """A short vector with the sum of the lanes of each vector; as many as a power of two.

        Pairs are woven into one vector until one is left, then it is folded in half until it is short enough.
        """
        b, n, stride, wanted = self.builder, self.count, 1, len(vectors)

        def picked(x, y, lanes):
            return b.shuffle_vector(x, y, ir.Constant(ir.VectorType(WORD, len(lanes)), lanes))

        while len(vectors) > 1:
            starts = range(0, n, 2 * stride)
            low, high = (
                [lane for s in starts for of in (0, n) for lane in range(of + s + half, of + s + half + stride)]
                for half in (0, stride)
            )
            pairs = zip(vectors[::2], vectors[1::2], strict=True)
            vectors = [b.fadd(picked(x, y, low), picked(x, y, high)) for x, y in pairs]
            stride *= 2
        (folded,) = vectors
        while n > wanted:
            n //= 2
            folded = b.fadd(picked(folded, folded, list(range(n))), picked(folded, folded, list(range(n, 2 * n))))
        return folded

    def prefetch(self, pointer, *, level):
        """Ask for this line of memory to be brought into the L1 or L2 cache."""
        b = self.builder
        call = machine_function(b.module, "llvm.prefetch.p0", ir.VoidType(), [BYTE.as_pointer(), WORD, WORD, WORD])
        b.call(call, [b.bitcast(pointer, BYTE.as_pointer()), WORD(0), WORD(4 - level), WORD(1)])
