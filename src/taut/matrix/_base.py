"""What every kind of X offers to the rooms above."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from scipy import linalg

from taut._typing import AnyArray, FloatArray, IntArray
from taut.matrix._block import Block
from taut.matrix._entries import Entries
from taut.matrix._parallel import in_order, summed
from taut.matrix._product import transposed

MAX_SUPERBLOCKS = 16
MIN_SUPERBLOCK_ROWS = 512
MAX_SUPERBLOCK_COLUMNS = 2**18
"""Columns of all super-blocks together: each owns an accumulator as wide as X, which costs memory and a sum."""


def largest(dtype: np.dtype[Any]) -> float:
    """Above this, sums of squares overflow: 1e150 in float64, 2e15 in float32."""
    return float(np.sqrt(np.finfo(dtype).max)) * 1e-4


class Kernel(NamedTuple):
    """A loss as the compiled kernels take it: where its row's machine code lies, and its numbers."""

    row: int
    margin: float
    width: float


class StoredRows(NamedTuple):
    """X as it lies: a row counts as (row − shift) · scale, both (d,), or as it is where both are empty."""

    array: AnyArray
    shift: FloatArray
    scale: FloatArray


class Matrix(ABC):
    """X behind one interface: fixed super-blocks of rows, whatever the storage.

    Attributes
    ----------
    shape : tuple of int
        (n, d).
    dtype : numpy.dtype
        float32 or float64: the type of every product with X.
    stored : numpy.dtype
        The type of the entries.
    """

    shape: tuple[int, int]
    dtype: np.dtype[Any]
    stored: np.dtype[Any]

    def superblocks(self) -> list[slice]:
        """Row ranges that depend on the shape alone, so that sums over them never depend on threads."""
        n, d = self.shape
        few_enough = max(4, MAX_SUPERBLOCK_COLUMNS // max(d, 1))
        count = max(1, min(MAX_SUPERBLOCKS, n // MIN_SUPERBLOCK_ROWS, few_enough))
        edges = [n * i // count for i in range(count + 1)]
        return [slice(a, b) for a, b in pairwise(edges)]

    @property
    @abstractmethod
    def rows_in_cache(self) -> int:
        """Rows that are worth multiplying from both sides before the next ones are fetched."""

    def blocks(self) -> Iterator[tuple[slice, Block]]:
        """Each super-block's rows with their range, in order."""
        for rows in self.superblocks():
            yield rows, self.block(rows)

    @property
    def nonzeros(self) -> int:
        """Entries that are not zero."""
        return sum(int(np.count_nonzero(np.asarray(block))) for _, block in self.blocks())

    def precise_block(self, rows: slice) -> Block:
        """The same in float64, from the stored entries."""
        return self.computed_in(np.dtype(np.float64)).block(rows)

    def written_out(self, rows: slice) -> AnyArray:
        """These rows as a dense float64 array; not to be written to."""
        return self._dense(self.precise_block(rows))

    @abstractmethod
    def computed_in(self, dtype: np.dtype[Any]) -> "Matrix":
        """The same X, its products in another type."""

    @abstractmethod
    def scaled(self, factors: FloatArray) -> "Matrix":
        """Every column times its factor (d,)."""

    @abstractmethod
    def block(self, rows: slice) -> Block:
        """A contiguous range of rows in the computing type."""

    @abstractmethod
    def take(self, rows: IntArray) -> Block:
        """The rows with these numbers, in this order, in the computing type."""

    @abstractmethod
    def some(self, rows: IntArray) -> "Matrix":
        """A copy of the rows with these numbers."""

    def reader(self, size: int) -> Callable[[IntArray], Block]:
        """`take` for at most so many rows; the next call may overwrite the rows that it returned."""
        return self.take

    @property
    def stored_rows(self) -> StoredRows | None:
        """What a kernel that gathers rows itself reads; None (default) where rows do not lie whole in memory."""
        return None

    @abstractmethod
    def entries(self) -> Entries:
        """All rows in the computing type, for methods that visit them one at a time; a copy where none is stored so."""

    def scored(self, W: FloatArray, threads: int, *, compiled: bool) -> FloatArray:
        """X W (n, k), float64, from the stored entries; no bit depends on the threads.

        ``compiled`` says whether a kernel may be used where there is one.
        """
        scores = np.empty((self.shape[0], W.shape[1]))

        def work(rows: slice) -> None:
            scores[rows] = self.precise_block(rows) @ W

        for _ in in_order(work, self.superblocks(), threads):
            pass
        return scores

    def pulled(self, slopes: FloatArray, threads: int, *, compiled: bool) -> FloatArray:
        """Xᵀ A (d, k), float64, from the stored entries; no bit depends on the threads.

        ``compiled`` says whether a kernel may be used where there is one.
        """

        def work(rows: slice) -> tuple[float, FloatArray]:
            return 0.0, transposed(self.precise_block(rows)) @ slopes[rows]

        return summed(work, self.superblocks(), threads)[1]

    @abstractmethod
    def gram(self, weights: FloatArray, threads: int) -> tuple[FloatArray, FloatArray]:
        """Σ_i w_i x_i x_iᵀ (d, d) and Σ_i w_i x_i (d,), both float64."""

    @property
    def quick_columns(self) -> int:
        """Up to so many columns `gram` takes no longer than some hundred products with ten columns; default: none."""
        return 0

    @abstractmethod
    def prefers_fused(self, k: int, *, inputs: bool) -> bool:
        """Whether `fused` is faster than plain products with a W of k columns, and fills ``inputs`` if asked for."""

    @abstractmethod
    def pack(self, W: FloatArray) -> FloatArray:
        """W (d, k) in the layout that `fused` reads; and compile what it calls, before several threads ask for it."""

    @abstractmethod
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
        """Return Σ w loss of all rows, every block of them visited once; no bit depends on the threads.

        ``gradient`` (d, k) is overwritten with Xᵀ(w A), ``bias_gradient`` (k,) with Σ w a, and ``input_gradient``
        (n, d), where given, with (w A) Wᵀ.
        """

    def distinct_columns(self, *, intercept: bool) -> IntArray:
        """Columns that span what all do: not zero, not constant beside an intercept, not equal to an earlier one."""
        marks = [hashlib.sha256() for _ in range(self.shape[1])]
        first: AnyArray | None = None
        varies = np.zeros(self.shape[1], dtype=bool)
        for rows in self.superblocks():
            part = self.written_out(rows)
            first = part[0].copy() if first is None else first
            varies |= (part != (first if intercept else 0.0)).any(axis=0)
            for mark, column in zip(marks, np.ascontiguousarray(part.T), strict=True):
                mark.update((column + 0.0).tobytes())  # −0 counts as 0
        _, earliest = np.unique([mark.digest() for mark in marks], return_index=True)
        distinct: IntArray = np.sort(earliest[varies[earliest]])
        return distinct

    def triangular_factor(self, weights: FloatArray, columns: IntArray, *, intercept: bool) -> FloatArray:
        """R (·, columns + intercept), float64, with RᵀR = Σ_i w_i [x_i; 1][x_i; 1]ᵀ, by orthogonal steps."""
        factor: AnyArray = np.zeros((0, len(columns) + intercept))
        for rows in self.superblocks():
            part = self.written_out(rows)[:, columns]
            if intercept:
                part = np.concatenate([part, np.ones((len(part), 1))], axis=1)
            part *= np.sqrt(weights[rows])[:, None]
            factor = linalg.qr(np.concatenate([factor, part]), mode="r")[0]
        return factor

    def column_heights(self) -> Iterator[FloatArray]:
        """The largest |x| of each column in the super-blocks so far, (d,), for whoever may not need all of them."""
        heights: FloatArray = np.zeros(self.shape[1])
        for _, block in self.blocks():
            heights = np.maximum(heights, self._heights(block))
            yield heights

    @staticmethod
    @abstractmethod
    def _dense(block: Any) -> AnyArray:
        """A block as a dense array."""

    @staticmethod
    @abstractmethod
    def _heights(block: Any) -> AnyArray:
        """The largest |x| of each column of a block, (d,)."""

    def column_moments(self, weights: FloatArray, threads: int = 1) -> tuple[FloatArray, FloatArray]:
        """Σ_i w_i x_ij (d,) and Σ_i w_i x_ij² (d,), both float64; no bit depends on the threads."""

        def work(rows: slice) -> tuple[float, FloatArray]:
            return 0.0, self._moments(self.block(rows), weights[rows]).astype(np.float64, copy=False)

        first, second = summed(work, self.superblocks(), threads)[1]
        return first, second

    def deviations(self) -> FloatArray:
        """Standard deviation of each column (d,), float64, every row counting once."""
        n = self.shape[0]
        first, second = self.computed_in(np.dtype(np.float64)).column_moments(np.full(n, 1.0 / n))
        spread: FloatArray = np.sqrt(np.maximum(second - first**2, 0.0))
        return spread

    @staticmethod
    @abstractmethod
    def _moments(block: Any, weights: FloatArray) -> AnyArray:
        """Σ w x and Σ w x² over a block, (2, d)."""

    @abstractmethod
    def first_unusable(self) -> tuple[int, int, float] | None:
        """Row, column and value of the first entry that is NaN, infinite or too large to square; None without one."""
