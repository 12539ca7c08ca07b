"""Sparse X in CSR form with 32- or 64-bit indices."""

from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from taut._typing import AnyArray, FloatArray, IntArray
from taut.kernels import LINE
from taut.matrix._aligned import aligned
from taut.matrix._base import MAX_SUPERBLOCKS, Kernel, Matrix, largest
from taut.matrix._block import Block
from taut.matrix._entries import Entries
from taut.matrix._parallel import in_order
from taut.matrix._product import sharing, transposed

FEWEST_SUPERBLOCKS, ENTRIES_A_COLUMN = 2, 16
"""Super-blocks hold at least so many entries a column of X, so far as at least two remain."""

SCORES_BYTES, MOST_ROWS = 2**21, 2**16
"""Scores of the rows that are visited together: about what the cache of a core holds. Their numbers have 16 bits."""

ENTRIES_A_PART, ENTRIES_A_VISIT = 2**18, 16
"""The rows that are visited together have so many entries, and so many a column, as far as their scores may be kept:
what it costs to hand out work, and to pass through W, is then small beside what is done with them."""


class _Columns(NamedTuple):
    """Some rows of X with their entries in the order of the columns."""

    rows: slice
    columns: IntArray  # those that have entries
    starts: IntArray  # where each begins, and the end
    places: AnyArray  # row of each entry, counted from the first, uint16
    entries: AnyArray


class CSR(Matrix):
    """A CSR array without duplicates, its rows in any order: to sort them costs as much as ten products.

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
        self._sorted: dict[int, list[_Columns]] = {}

    @property
    def _kernels(self) -> tuple[Any, Any]:
        from taut.kernels._csr_columns import pull_back, score_slopes

        return score_slopes(self.dtype.name), pull_back(self.dtype.name)

    def superblocks(self) -> list[slice]:
        """Equal shares of the entries; few where an accumulator (d, k) would cost more than what fills it."""
        n, entries = self.shape[0], self.array.nnz
        count = max(FEWEST_SUPERBLOCKS, entries // (ENTRIES_A_COLUMN * max(self.shape[1], 1)))
        count = max(1, min(count, MAX_SUPERBLOCKS, n))
        shares = entries * np.arange(1, count) // count
        edges = [0, *np.searchsorted(self.array.indptr, shares).tolist(), n]
        return [slice(a, b) for a, b in pairwise(edges) if a < b] or [slice(0, n)]

    @property
    def rows_in_cache(self) -> int:
        """All: every product back makes a gradient as large as W, which costs more than fetching rows twice."""
        return self.shape[0]

    @property
    def nonzeros(self) -> int:
        """Of those stored."""
        return int(np.count_nonzero(self.array.data))

    def block(self, rows: slice) -> Block:
        """Rows that share the data of X."""
        view = self._superblock_views.get((rows.start, rows.stop))
        return self._view(rows) if view is None else view

    @cached_property
    def _superblock_views(self) -> dict[tuple[int, int], Any]:
        """To make one takes SciPy a quarter of a millisecond."""
        return {(rows.start, rows.stop): self._view(rows) for rows in self.superblocks()}

    def _view(self, rows: slice) -> Any:
        indptr = self.array.indptr[rows.start : rows.stop + 1]
        part = slice(indptr[0], indptr[-1])
        lists = self.array.data[part], self.array.indices[part], indptr - indptr[0]
        return sharing(sparse.csr_array, (rows.stop - rows.start, self.shape[1]), *lists)

    def precise_block(self, rows: slice) -> Block:
        """These rows alone converted."""
        precise: Block = self._view(rows).astype(np.float64, copy=False)
        return precise

    def take(self, rows: IntArray) -> Block:
        """The rows with these numbers, in this order."""
        taken: Block = self.array[rows]
        return taken

    def some(self, rows: IntArray) -> "CSR":
        """SciPy's copy."""
        return CSR(self.take(rows))

    def entries(self) -> Entries:
        """What is stored."""
        return Entries(self.array.data, self.array.indices, self.array.indptr, shared=False)

    def prefers_fused(self, k: int, *, inputs: bool) -> bool:
        """For all but one class, whose entries would leave the kernel's vectors mostly empty; but dX is dense."""
        return k > 1 and not inputs

    def pack(self, W: FloatArray) -> FloatArray:
        """(d, k): classes contiguous."""
        self._kernels  # noqa: B018 - compiled here, before several threads ask for them
        return np.ascontiguousarray(W, dtype=self.dtype)

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
        """As many parts at a time as there are threads: each first takes the rows of a part, then its columns of all.

        An entry of the gradient gains the parts in their order, whichever of them were at hand together.
        """
        forward, _ = self._kernels
        k, total = len(bias_gradient), 0.0
        parts = self._by_columns(k, threads)
        bias_gradient[:] = 0.0

        def slopes(part: _Columns) -> tuple[float, AnyArray, FloatArray]:
            S, sums = self._room(part, packed.shape[1]), np.zeros(k)
            value = forward(*part[1:], packed, b, targets[part.rows], weights[part.rows], *loss, S, sums)
            return value, S, sums

        for begin in range(0, len(parts), threads):
            pulls: list[tuple[_Columns, AnyArray]] = []
            at_hand = parts[begin : begin + threads]
            for part, (value, S, sums) in zip(at_hand, in_order(slopes, at_hand, threads), strict=True):
                total += value
                bias_gradient += sums
                pulls.append((part, S))
            self._pull(pulls, gradient, threads, anew=begin == 0)
        return total

    def scored(self, W: FloatArray, threads: int, *, compiled: bool) -> FloatArray:
        """By the kernel's way ahead, where it is as precise."""
        if not compiled or self.dtype != np.float64:
            return super().scored(W, threads, compiled=compiled)
        from taut.kernels._csr_columns import product

        kernel, k = product(self.dtype.name), W.shape[1]
        W, scores = np.ascontiguousarray(W, dtype=self.dtype), np.empty((self.shape[0], k))

        def work(part: _Columns) -> None:
            S = self._room(part, k)
            kernel(*part[1:], W, S)
            scores[part.rows] = S[:, :k]

        for _ in in_order(work, self._by_columns(k, threads), threads):
            pass
        return scores

    def pulled(self, slopes: FloatArray, threads: int, *, compiled: bool) -> FloatArray:
        """By the kernel's way back, where it is as precise."""
        k = slopes.shape[1]
        if not compiled or self.dtype != np.float64:
            return super().pulled(slopes, threads, compiled=compiled)
        out = aligned((self.shape[1], k), self.dtype)
        for at, part in enumerate(self._by_columns(k, threads)):
            S = self._room(part, k)
            S[:, :k] = slopes[part.rows]
            self._pull([(part, S)], out, threads, anew=at == 0)
        return out

    def _room(self, part: _Columns, k: int) -> AnyArray:
        """For k numbers a row of a part, in whole lines of memory, as it comes."""
        lanes = LINE // self.dtype.itemsize
        return aligned((part.rows.stop - part.rows.start, -(-k // lanes) * lanes), self.dtype)

    def _pull(self, pulls: list[tuple[_Columns, AnyArray]], out: FloatArray, threads: int, *, anew: bool) -> None:
        """Add the parts' XᵀS to ``out``, or to zeros; threads share the columns."""
        back = self._kernels[1]

        def pull(share: slice) -> None:
            if anew:
                out[share] = 0.0
            for part, S in pulls:
                first, last = np.searchsorted(part.columns, (share.start, share.stop))
                back(part.columns[first:last], part.starts[first : last + 1], part.places, part.entries, S, out)

        for _ in in_order(pull, self._column_shares(threads), threads):
            pass

    def repeats_columns(self, threads: int) -> bool:
        """Whether a row has two entries in one column: turned about, they stand side by side."""
        turned = in_order(lambda rows: self._view(rows).tocsc().has_canonical_format, self.superblocks(), threads)
        return not all([*turned])

    @cached_property
    def _ends(self) -> IntArray:
        """Entries up to and with each column."""
        ends: IntArray = np.cumsum(np.bincount(self.array.indices, minlength=self.shape[1]))
        return ends

    def _column_shares(self, count: int) -> list[slice]:
        """All columns, cut where each share has about as many entries."""
        inner = np.searchsorted(self._ends, self.array.nnz * np.arange(1, count) // count)
        return [slice(a, b) for a, b in pairwise([0, *inner.tolist(), self.shape[1]]) if a < b]

    def _by_columns(self, k: int, threads: int) -> list[_Columns]:
        """All rows in parts whose k scores, whole lines of memory a row, stay in the cache."""
        (n, d), line = self.shape, -(-k * self.dtype.itemsize // LINE) * LINE
        entries = max(ENTRIES_A_PART, ENTRIES_A_VISIT * d)
        step = max(1, min(entries * n // max(self.array.nnz, 1), SCORES_BYTES // line, MOST_ROWS))
        if step not in self._sorted:
            count = -(-n // step)
            count = min(n, count + count % 2) if count > 1 else 1  # one left over would have a thread wait
            edges = [n * i // count for i in range(count + 1)]
            self._sorted[step] = [*in_order(self._part, [slice(a, b) for a, b in pairwise(edges)], threads)]
        return self._sorted[step]

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

    @staticmethod
    def _heights(block: Any) -> AnyArray:
        heights: AnyArray = np.zeros(block.shape[1], block.dtype)
        np.maximum.at(heights, block.indices, np.abs(block.data))  # SciPy's abs would sort the caller's rows in place
        return heights

    def gram(self, weights: FloatArray, threads: int) -> tuple[FloatArray, FloatArray]:
        """Σ w x xᵀ (dense, so for few columns only) and Σ w x."""
        weighted = self.array.multiply(weights[:, None]).tocsr()
        return (self.array.T @ weighted).toarray().astype(np.float64), self.array.T @ weights

    @staticmethod
    def _moments(block: Any, weights: FloatArray) -> AnyArray:
        turned = transposed(block)
        squares = sharing(sparse.csc_array, turned.shape, turned.data * turned.data, turned.indices, turned.indptr)
        return np.stack([turned @ weights, squares @ weights])

    def computed_in(self, dtype: np.dtype[Any]) -> "CSR":
        """The same structure with converted entries."""
        return self if dtype == self.dtype else CSR(self.array.astype(dtype))

    def scaled(self, factors: FloatArray) -> "CSR":
        """The same structure with other entries."""
        data = self.array.data * factors[self.array.indices].astype(self.dtype)
        return CSR(sparse.csr_array((data, self.array.indices, self.array.indptr), shape=self.shape))

    def first_unusable(self) -> tuple[int, int, float] | None:
        """Look at the stored entries only: the others are zero."""
        data, limit = self.array.data, largest(self.dtype)
        if data.size == 0 or (-limit <= data.min() and data.max() <= limit):  # NaN fails both
            return None
        at = int(np.argmax(~(np.abs(data) <= limit)))
        row = int(np.searchsorted(self.array.indptr, at, side="right")) - 1
        return row, int(self.array.indices[at]), float(self.array.data[at])
