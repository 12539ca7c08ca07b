"""Sparse X in CSR form with 32- or 64-bit indices."""

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from taut._typing import AnyArray, FloatArray, IntArray
from taut.matrix._aligned import LINE, aligned
from taut.matrix._base import MAX_SUPERBLOCKS, Block, Kernel, Matrix, largest
from taut.matrix._entries import Entries

FEWEST_SUPERBLOCKS, ENTRIES_A_COLUMN = 2, 16
"""Super-blocks hold at least so many entries a column of X, so far as at least two remain."""

SCORES_BYTES = 2**21
"""Scores of the rows that are visited together: about what the cache of a core holds."""

FEWEST_ROWS, MOST_ROWS = 64, 2**16
"""Rows that are visited together; their numbers are kept in 16 bits."""

ENTRIES_A_VISIT = 16
"""Where fewer rows give each column so many entries, they are fewer: scores then stay in a smaller, faster cache."""


class _Columns(NamedTuple):
    """Some rows of X with their entries in the order of the columns."""

    rows: slice
    columns: IntArray  # those that have entries
    starts: IntArray  # where each begins, and the end
    places: AnyArray  # row of each entry, counted from the first, uint16
    entries: AnyArray


class CSR(Matrix):
    """A CSR array in canonical form: indices sorted, no duplicates.

    Parameters
    ----------
    array : scipy.sparse.csr_array of shape (n, d)
        float32 or float64.

    Notes
    -----
    The compiled kernels read the entries by columns. A copy in that order, 10 bytes an entry in float64 and 6 in
    float32, is made when they first visit some rows, and kept for the visits to come.
    """

    def __init__(self, array: Any) -> None:
        self.array = array
        self.shape = (int(array.shape[0]), int(array.shape[1]))
        self.dtype = self.stored = array.dtype
        self._sorted: dict[tuple[int, int, int], list[_Columns]] = {}

    @property
    def _kernel(self) -> Any:
        from taut.kernels._csr_columns import csr_columns

        return csr_columns(self.dtype.name)

    def superblocks(self) -> list[slice]:
        """Equal shares of the entries; few where an accumulator (d, k) would cost more than what fills it."""
        n, entries = self.shape[0], self.array.nnz
        count = max(FEWEST_SUPERBLOCKS, entries // (ENTRIES_A_COLUMN * max(self.shape[1], 1)))
        count = max(1, min(count, MAX_SUPERBLOCKS, n))
        shares = entries * np.arange(1, count) // count
        edges = [0, *np.searchsorted(self.array.indptr, shares).tolist(), n]
        return [slice(a, b) for a, b in pairwise(edges) if a < b] or [slice(0, n)]

    def block(self, rows: slice) -> Block:
        """Rows that share the data of X."""
        return self._view(rows)

    def _view(self, rows: slice) -> Any:
        indptr = self.array.indptr[rows.start : rows.stop + 1]
        part = slice(indptr[0], indptr[-1])
        view = sparse.csr_array((rows.stop - rows.start, self.shape[1]), dtype=self.dtype)
        # Set one by one: SciPy's constructor copies what is less than half of the array that it was cut from.
        view.data, view.indices, view.indptr = self.array.data[part], self.array.indices[part], indptr - indptr[0]
        return view

    def precise_block(self, rows: slice) -> Block:
        """These rows alone converted."""
        precise: Block = self._view(rows).astype(np.float64)
        return precise

    def take(self, rows: IntArray) -> Block:
        """The rows with these numbers, in this order."""
        taken: Block = self.array[rows]
        return taken

    def entries(self) -> Entries:
        """What is stored."""
        return Entries(self.array.data, self.array.indices, self.array.indptr, shared=False)

    def prefers_fused(self, k: int, *, inputs: bool) -> bool:
        """A sparse product is bound by memory, and there is no BLAS for it; but dX is dense."""
        return not inputs

    def pack(self, W: FloatArray) -> FloatArray:
        """(d, k): classes contiguous."""
        self._kernel  # noqa: B018
        return np.ascontiguousarray(W, dtype=self.dtype)

    def fused(
        self,
        rows: slice,
        packed: FloatArray,
        b: FloatArray,
        targets: IntArray,
        weights: FloatArray,
        loss: Kernel,
        gradient: FloatArray,
        bias_gradient: FloatArray,
        input_gradient: FloatArray | None = None,
    ) -> float:
        """One call for as many rows as share the cache."""
        k, lanes = len(bias_gradient), LINE // self.dtype.itemsize
        wide = -(-packed.shape[1] // lanes) * lanes
        parts = self._by_columns(rows, -(-k // lanes) * LINE)
        scores = aligned((max(part.rows.stop - part.rows.start for part in parts), wide), self.dtype)
        line, slopes, total = np.empty(len(b)), np.empty(k), 0.0
        for part in parts:
            some = slice(part.rows.start - rows.start, part.rows.stop - rows.start)
            room = (scores[: some.stop - some.start], line, slopes)
            data = (*part[1:], packed, b, targets[some], weights[some])
            total += self._kernel(*data, *loss, *room, gradient, bias_gradient)
        return total

    def _by_columns(self, rows: slice, line: int) -> list[_Columns]:
        """A super-block in parts whose scores, ``line`` bytes a row, stay in the cache."""
        n, d = self.shape
        few = ENTRIES_A_VISIT * d * n // max(self.array.nnz, 1)
        step = min(max(few, FEWEST_ROWS), max(SCORES_BYTES // line, FEWEST_ROWS), MOST_ROWS)
        key = (rows.start, rows.stop, step)
        if key not in self._sorted:
            size = rows.stop - rows.start
            count = max(1, round(size / step), -(-size // MOST_ROWS))
            edges = [rows.start + size * i // count for i in range(count + 1)]
            self._sorted[key] = [self._part(slice(a, b)) for a, b in pairwise(edges)]
        return self._sorted[key]

    def _part(self, rows: slice) -> _Columns:
        by_columns = self._view(rows).tocsc()
        sizes = np.diff(by_columns.indptr)
        columns = np.flatnonzero(sizes)
        starts = np.append(0, np.cumsum(sizes[columns], dtype=np.int64))
        places = by_columns.indices.astype(np.uint16)
        return _Columns(rows, columns.astype(np.int64, copy=False), starts, places, by_columns.data)

    @staticmethod
    def _dense(block: Any) -> AnyArray:
        dense: AnyArray = block.toarray()
        return dense

    def gram(self, weights: FloatArray, threads: int) -> tuple[FloatArray, FloatArray]:
        """Σ w x xᵀ (dense, so for few columns only) and Σ w x."""
        weighted = self.array.multiply(weights[:, None]).tocsr()
        return (self.array.T @ weighted).toarray().astype(np.float64), self.array.T @ weights

    def column_moments(self, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Σ w x and Σ w x²."""
        return self.array.T @ weights, self.array.multiply(self.array).T @ weights

    def computed_in(self, dtype: np.dtype[Any]) -> "CSR":
        """The same structure with converted entries."""
        return self if dtype == self.dtype else CSR(self.array.astype(dtype))

    def scaled(self, factors: FloatArray) -> "CSR":
        """The same structure with other entries."""
        data = self.array.data * factors[self.array.indices].astype(self.dtype)
        return CSR(sparse.csr_array((data, self.array.indices, self.array.indptr), shape=self.shape))

    def first_unusable(self) -> tuple[int, int, float] | None:
        """Look at the stored entries only: the others are zero."""
        bad = ~(np.abs(self.array.data) <= largest(self.dtype))
        if not bad.any():
            return None
        at = int(np.argmax(bad))
        row = int(np.searchsorted(self.array.indptr, at, side="right")) - 1
        return row, int(self.array.indices[at]), float(self.array.data[at])
