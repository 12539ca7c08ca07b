"""Sparse X in CSR form with 32- or 64-bit indices."""

from typing import Any

import numpy as np
from scipy import sparse

from taut._typing import AnyArray, FloatArray, IntArray
from taut.matrix._base import Block, Kernel, Matrix, largest


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
        # Row slices of a CSR array copy; these share the data and are made once.
        self._views = {(rows.start, rows.stop): self._view(rows) for rows in self.superblocks()}

    def _view(self, rows: slice) -> Any:
        indptr = self.array.indptr[rows.start : rows.stop + 1]
        part = slice(indptr[0], indptr[-1])
        shape = (rows.stop - rows.start, self.shape[1])
        return sparse.csr_array((self.array.data[part], self.array.indices[part], indptr - indptr[0]), shape=shape)

    def block(self, rows: slice) -> Block:
        """Rows that share the data of X."""
        key = (rows.start, rows.stop)
        view: Block = self._views[key] if key in self._views else self._view(rows)
        return view

    def precise_block(self, rows: slice) -> Block:
        """These rows alone converted."""
        precise: Block = self._view(rows).astype(np.float64)
        return precise

    def take(self, rows: IntArray) -> Block:
        """The rows with these numbers, in this order."""
        taken: Block = self.array[rows]
        return taken

    def pack(self, W: FloatArray) -> FloatArray:
        """(d, k): classes contiguous."""
        return np.ascontiguousarray(W, dtype=self.dtype)

    def fused(
        self, rows: slice, packed: FloatArray, b: FloatArray, targets: IntArray, weights: FloatArray, loss: Kernel
    ) -> tuple[float, FloatArray, FloatArray]:
        """One call for all rows."""
        from taut.kernels._csr import csr_rows

        indptr = self.array.indptr[rows.start : rows.stop + 1]
        gradient, bias_gradient = np.zeros(packed.shape), np.zeros(len(b))
        storage = (self.array.data, self.array.indices, indptr)
        total = csr_rows(*storage, packed, b, targets, weights, *loss, gradient, bias_gradient)
        return total, gradient, bias_gradient

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
