"""Dense X: float32, float64 or uint8, C- or Fortran-ordered, never copied whole."""

from typing import Any

import numpy as np

from taut._typing import AnyArray, FloatArray, IntArray
from taut.matrix._base import Block, Kernel, Matrix, largest
from taut.matrix._parallel import in_order

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

    def block(self, rows: slice) -> Block:
        """A view where nothing has to be converted, else a converted copy of these rows."""
        return self._converted(self.array[rows])

    def take(self, rows: IntArray) -> Block:
        """The rows with these numbers, in this order."""
        return self._converted(self.array[rows])

    def _converted(self, part: AnyArray) -> AnyArray:
        if self.scale is None and self.shift is None:
            return part.astype(self.dtype, copy=False)
        part = part.astype(self.dtype)  # a fresh copy, so the two steps below may work in place
        if self.shift is not None:
            part -= self.shift
        if self.scale is not None:
            part *= self.scale
        return part

    def pack(self, W: FloatArray) -> FloatArray:
        """(padded k, d): one class a row, classes padded to whole tiles."""
        from taut.kernels._tiles import padded

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
        self, rows: slice, packed: FloatArray, b: FloatArray, targets: IntArray, weights: FloatArray, loss: Kernel
    ) -> tuple[float, FloatArray, FloatArray]:
        """One call where X lies ready; else a few hundred rows at a time are converted into the cache."""
        from taut.kernels._dense import dense_rows

        k = len(b)
        gradient, bias_gradient, total = np.zeros(packed.shape), np.zeros(k), 0.0
        part = self.array[rows]
        if self._folds and self.shift is not None:
            b = b - packed[:k].astype(np.float64) @ self.shift
        plain = self.scale is None and self.shift is None and part.dtype == self.dtype and part.flags.c_contiguous
        step = len(part) if plain else CONVERTED_ROWS
        for begin in range(0, len(part), step):
            some = slice(begin, begin + step)
            block = part if plain else self._prepared(part[some])
            total += dense_rows(block, packed, b, targets[some], weights[some], *loss, gradient, bias_gradient)
        gradient = gradient[:k]
        if self._folds and self.shift is not None:
            gradient -= np.outer(bias_gradient, self.shift)
        if self._folds and self.scale is not None:
            gradient *= self.scale
        return total, gradient.T, bias_gradient

    def _prepared(self, part: AnyArray) -> AnyArray:
        """Some rows as the kernel reads them."""
        if self._folds:
            return part.astype(self.dtype, order="C")
        return np.ascontiguousarray(self._converted(part))

    @staticmethod
    def _dense(block: Any) -> AnyArray:
        return np.asarray(block)

    def gram(self, weights: FloatArray, threads: int) -> tuple[FloatArray, FloatArray]:
        """Σ w x xᵀ and Σ w x."""
        d = self.shape[1]
        second, first = np.zeros((d, d)), np.zeros(d)

        def work(rows: slice) -> tuple[AnyArray, AnyArray]:
            part: AnyArray = np.asarray(self.block(rows))
            w = weights[rows].astype(self.dtype)
            return part.T @ (part * w[:, None]), w @ part

        for products, sums in in_order(work, self.superblocks(), threads):
            second += products
            first += sums
        return second, first

    def column_moments(self, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Σ w x and Σ w x²."""
        first, second = np.zeros(self.shape[1]), np.zeros(self.shape[1])
        for rows, block in self.blocks():
            part: AnyArray = np.asarray(block)
            w = weights[rows].astype(self.dtype)
            first += w @ part
            second += np.einsum("i,ij,ij->j", w, part, part)
        return first, second

    def computed_in(self, dtype: np.dtype[Any]) -> "Dense":
        """The same array, converted block by block."""
        if dtype == self.dtype:
            return self
        return Dense(self.array, dtype=dtype, scale=self.given_scale, shift=self.given_shift)

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
