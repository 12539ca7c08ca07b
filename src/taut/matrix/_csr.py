"""Sparse X in CSR form with 32- or 64-bit indices."""

from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse

from taut._typing import AnyArray, FloatArray, IntArray
from taut.matrix._aligned import aligned
from taut.matrix._base import MAX_SUPERBLOCKS, Block, Kernel, Matrix, largest

FEWEST_SUPERBLOCKS, ENTRIES_A_COLUMN = 2, 16
"""Super-blocks hold at least so many entries a column of X, so far as at least two remain."""


class CSR(Matrix):
    """A CSR array in canonical form: indices sorted, no duplicates.

    Parameters
    ----------
    array : scipy.sparse.csr_array of shape (n, d)
        float32 or float64.
    """

    def __init__(self, array: Any) -> None:
        self.array = array
        self.shape = (int(array.shape[0]), int(array.shape[1]))
        self.dtype = self.stored = array.dtype

    @property
    def _kernel(self) -> Any:
        from taut.kernels._csr import csr_rows

        return csr_rows(self.dtype.name, self.array.indptr.dtype.name)

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

    def prefers_fused(self, k: int, *, inputs: bool) -> bool:
        """A sparse product is bound by memory, and there is no BLAS for it; but dX is dense."""
        return not inputs

    def pack(self, W: FloatArray) -> FloatArray:
        """(d, k): classes contiguous."""
        self._kernel  # noqa: B018
        packed = aligned(W.shape, self.dtype)
        packed[:] = W
        return packed

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
        """One call for all rows."""
        indptr = self.array.indptr[rows.start : rows.stop + 1]
        storage = (self.array.data, self.array.indices, indptr)
        total: float = self._kernel(*storage, packed, b, targets, weights, *loss, gradient, bias_gradient)
        return total

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

    def first_unusable(self) -> tuple[int, int, float] | None:
        """Look at the stored entries only: the others are zero."""
        bad = ~(np.abs(self.array.data) <= largest(self.dtype))
        if not bad.any():
            return None
        at = int(np.argmax(bad))
        row = int(np.searchsorted(self.array.indptr, at, side="right")) - 1
        return row, int(self.array.indices[at]), float(self.array.data[at])
