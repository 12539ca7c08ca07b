"""Dense X: float32, float64 or uint8, C- or Fortran-ordered, never copied whole."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse
from scipy.linalg import blas

from taut._typing import AnyArray, FloatArray, IntArray
from taut.matrix._base import Kernel, Matrix, StoredRows, largest
from taut.matrix._block import Block
from taut.matrix._entries import Entries
from taut.matrix._parallel import summed

MANY_CLASSES, CACHED_WEIGHTS = 64, 1_200_000
"""Where products of a block with W (bytes) go to BLAS: measured from d = 128 to 3,073 and k = 64 to 800, the fused
kernel is 1.1 to 2.8 times faster below, and down to half as fast above."""

FEW = 0.5
"""Up to this share of entries that are not zero, rows of numbers and columns are no larger than all entries."""

CACHED_BYTES, SQUARED_ROWS = 2**21, 512
"""Rows multiplied from both sides at a time; and how many of them it takes to outweigh the sum of their squares."""

MOST_SQUARED = 4000
"""Columns whose second moment, 128 MB, may be held some times over. CIFAR-10, 10,000 rows, softmax to a gap of 1e-2:
5.4 s with the whole moment, 15.8 s with its diagonal; squared hinge 6 s, and not within 50 s. With fewer rows than
twice the columns the factor alone takes longer than most fits."""

CONVERTED_ROWS = 512
"""Rows converted at a time: a multiple of the kernel's own cadence, so that the sums stay the same."""


class Dense(Matrix):
    """A dense array seen as (array − shift) · scale, converted block by block.

    Parameters
    ----------
    array : ndarray of shape (n, d)
        float32, float64 or uint8; kept as it is.
    dtype : dtype
        float32 or float64, the type that is computed with.
    scale, shift : ndarray of shape (d,) or None
        Applied on the fly; None leaves the entries as they are.
    """

    def __init__(
        self,
        array: AnyArray,
        *,
        dtype: np.dtype[Any],
        scale: FloatArray | None = None,
        shift: FloatArray | None = None,
    ) -> None:
        self.array = array
        self.shape = (array.shape[0], array.shape[1])
        self.dtype, self.stored = dtype, array.dtype
        self.given_scale, self.given_shift = scale, shift
        self.scale = None if scale is None else scale.astype(dtype)
        self.shift = None if shift is None else shift.astype(dtype)

    @property
    def quick_columns(self) -> int:
        """At the speed of BLAS."""
        return min(MOST_SQUARED, self.shape[0] // 2)

    @property
    def rows_in_cache(self) -> int:
        """A few megabytes."""
        return max(1, CACHED_BYTES // (max(self.shape[1], 1) * self.dtype.itemsize))

    def block(self, rows: slice) -> Block:
        """A view where nothing has to be converted, else a converted copy of these rows."""
        return self._converted(self.array[rows])

    def take(self, rows: IntArray) -> Block:
        """The rows with these numbers, in this order."""
        return self._converted(self.array[rows])

    def some(self, rows: IntArray) -> "Dense":
        """In the computing type."""
        return Dense(np.asarray(self.take(rows)), dtype=self.dtype)

    def reader(self, size: int) -> Callable[[IntArray], Block]:
        """Rows gathered into one place, where the processor's cache may still hold it."""
        if not self.array.flags.c_contiguous:
            return self.take  # NumPy would copy all of X first
        room: AnyArray = np.empty((size, self.shape[1]), self.dtype)
        raw: AnyArray = room if self.array.dtype == self.dtype else np.empty(room.shape, self.array.dtype)

        def read(rows: IntArray) -> Block:
            part, out = raw[: len(rows)], room[: len(rows)]
            np.take(self.array, rows, axis=0, out=part, mode="clip")  # any other mode buffers what it writes
            if raw is not room:
                out[...] = part
            return self._moved(out)

        return read

    @property
    def stored_rows(self) -> StoredRows | None:
        """The array itself, where its rows follow each other."""
        if not self.array.flags.c_contiguous:
            return None
        if self.scale is None and self.shift is None:
            return StoredRows(self.array, np.empty(0, self.dtype), np.empty(0, self.dtype))
        d = self.shape[1]
        shift = np.zeros(d, self.dtype) if self.shift is None else self.shift
        return StoredRows(self.array, shift, np.ones(d, self.dtype) if self.scale is None else self.scale)

    def entries(self) -> Entries:
        """The array itself where it lies ready; where most entries are zero, only the others."""
        n, d = self.shape
        if self.shift is None and np.count_nonzero(self.array) <= FEW * self.array.size:
            parts = [sparse.csr_array(np.asarray(block)) for _, block in self.blocks()]
            stacked = sparse.vstack(parts, format="csr")
            return Entries(stacked.data, stacked.indices, stacked.indptr, shared=False)
        whole: AnyArray = np.ascontiguousarray(self.block(slice(0, n)))
        return Entries(whole.ravel(), np.arange(d), np.arange(n + 1) * d, shared=True)

    def _converted(self, part: AnyArray) -> AnyArray:
        if self.scale is None and self.shift is None:
            return part.astype(self.dtype, copy=False)
        return self._moved(part.astype(self.dtype))

    def _moved(self, part: AnyArray) -> AnyArray:
        """Shift and scale rows of our own, in place."""
        if self.shift is not None:
            part -= self.shift
        if self.scale is not None:
            part *= self.scale
        return part

    @property
    def _ready(self) -> bool:
        """Whether the kernel reads the array as it lies."""
        same = self.scale is None and self.shift is None and self.array.dtype == self.dtype
        return (same or self._folds) and self.array.flags.c_contiguous

    def _compile(self) -> None:
        from taut.kernels._dense import contiguous_rows

        self._kernel  # noqa: B018
        if not self._ready:
            contiguous_rows(self.array.dtype.name, self.dtype.name)

    @property
    def _kernel(self) -> Any:
        from taut.kernels._dense import dense_rows

        return dense_rows((self.array.dtype if self._ready else self.dtype).name, self.dtype.name)

    def prefers_fused(self, k: int, *, inputs: bool) -> bool:
        """While W stays in the L2 cache, or BLAS has too few columns to work on."""
        if inputs and self._folds:
            return False  # W is scaled there, and dX would be so too
        return k < MANY_CLASSES or self.shape[1] * k * self.dtype.itemsize <= CACHED_WEIGHTS

    def pack(self, W: FloatArray) -> FloatArray:
        """(padded k, d): one class a row, classes padded to whole tiles."""
        from taut.kernels._tiles import padded

        self._compile()
        d, k = W.shape
        packed: FloatArray = np.zeros((padded(k), d), dtype=self.dtype)
        packed[:k] = W.T
        if self._folds and self.scale is not None:
            packed *= self.scale
        return packed

    @property
    def _folds(self) -> bool:
        """Whether scale and shift go into W and b: whole numbers up to 255 lose nothing by it, and no pass is spent."""
        return self.array.dtype == np.uint8

    def fused(
        self,
        packed: FloatArray,
        b: FloatArray,
        targets: IntArray,
        weights: FloatArray,
        loss: Kernel,
        threads: int,
        gradient: FloatArray,
        bias_gradient: FloatArray,
        input_gradient: FloatArray | None = None,
    ) -> float:
        """One call a super-block where X lies ready; else a few hundred rows at a time are converted into the cache.

        Each super-block has an accumulator of its own, the sums of the slopes at its end.
        """
        from taut.kernels._tiles import padded

        k, d = len(bias_gradient), self.shape[1]
        if self._folds and self.shift is not None:
            b = b - packed[: len(b)].astype(np.float64) @ self.shift
        no_inputs: AnyArray = np.empty((0, 0), self.dtype)

        def work(rows: slice) -> tuple[float, FloatArray]:
            both = np.zeros(padded(k) * d + k)
            sums, slopes, total = both[:-k].reshape(-1, d), both[-k:], 0.0
            step = rows.stop - rows.start if self._ready else CONVERTED_ROWS
            for begin in range(rows.start, rows.stop, step):
                some = slice(begin, min(begin + step, rows.stop))
                block = self.array[some] if self._ready else self._prepared(self.array[some])
                inputs = no_inputs if input_gradient is None else input_gradient[some]
                total += self._kernel(block, packed, b, targets[some], weights[some], *loss, sums, slopes, inputs)
            return total, both

        total, both = summed(work, self.superblocks(), threads)
        sums, slopes = both[: k * d].reshape(k, d), both[-k:]
        if self._folds and self.shift is not None:
            sums -= np.outer(slopes, self.shift)
        if self._folds and self.scale is not None:
            sums *= self.scale
        gradient[:], bias_gradient[:] = sums.T, slopes
        return total

    def _prepared(self, part: AnyArray) -> AnyArray:
        """Some rows as the kernel reads them."""
        from taut.kernels._dense import contiguous_rows

        out: AnyArray = np.empty(part.shape, self.dtype)
        contiguous_rows(part.dtype.name, self.dtype.name)(part, out)
        return out if self._folds else self._moved(out)

    @staticmethod
    def _dense(block: Any) -> AnyArray:
        return np.asarray(block)

    @staticmethod
    def _heights(block: Any) -> AnyArray:
        heights: AnyArray = np.abs(block).max(axis=0, initial=0.0)
        return heights

    def gram(self, weights: FloatArray, threads: int) -> tuple[FloatArray, FloatArray]:
        """Σ w x xᵀ and Σ w x."""
        d, step = self.shape[1], max(SQUARED_ROWS, self.rows_in_cache)
        square = blas.ssyrk if self.dtype == np.float32 else blas.dsyrk

        def work(rows: slice) -> tuple[float, AnyArray]:
            both = np.zeros((d + 1, d), order="F")
            for begin in range(rows.start, rows.stop, step):
                some = slice(begin, min(begin + step, rows.stop))
                root: AnyArray = np.sqrt(weights[some]).astype(self.dtype)
                part = np.asarray(self.block(some)) * root[:, None]
                both[:d] += square(1.0, part.T)  # above the diagonal
                both[d] += root @ part
            return 0.0, both

        _, both = summed(work, self.superblocks(), threads)
        upper = both[:d]
        return np.triu(upper) + np.triu(upper, 1).T, both[d]

    @staticmethod
    def _moments(block: Any, weights: FloatArray) -> AnyArray:
        w = weights.astype(block.dtype)
        return np.stack([w @ block, np.einsum("i,ij,ij->j", w, block, block)])

    def computed_in(self, dtype: np.dtype[Any]) -> "Dense":
        """The same array, converted block by block."""
        if dtype == self.dtype:
            return self
        return Dense(self.array, dtype=dtype, scale=self.given_scale, shift=self.given_shift)

    def scaled(self, factors: FloatArray) -> "Dense":
        """The same array, read with another scale."""
        scale = factors if self.given_scale is None else self.given_scale * factors
        return Dense(self.array, dtype=self.dtype, scale=scale, shift=self.given_shift)

    def first_unusable(self) -> tuple[int, int, float] | None:
        """Look at the stored entries: a finite shift and scale keep finite what is finite."""
        if self.array.dtype.kind != "f" or self.array.size == 0:
            return None
        limit = largest(self.array.dtype)
        for rows in self.superblocks():
            part = self.array[rows]
            if -limit <= part.min() and part.max() <= limit:  # NaN fails both
                continue
            bad = ~(np.abs(part) <= limit)
            i, j = np.unravel_index(int(np.argmax(bad)), bad.shape)
            return rows.start + int(i), int(j), float(part[i, j])
        return None
