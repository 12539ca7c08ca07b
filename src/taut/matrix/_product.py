"""Products and sums into arrays that are there already."""

from typing import Any

import numpy as np
from scipy import sparse
from scipy.linalg import blas

from taut._typing import AnyArray, FloatArray
from taut.matrix._block import Block


def transposed(block: Any) -> Any:
    """The transpose, sharing the block's data."""
    if isinstance(block, np.ndarray):
        return block.T
    return sharing(sparse.csc_array, block.shape[::-1], block.data, block.indices, block.indptr)


def sharing(form: Any, shape: tuple[int, ...], data: AnyArray, indices: AnyArray, indptr: AnyArray) -> Any:
    """A sparse array of these lists themselves.

    Set one by one: SciPy's constructor copies what is less than half of the array that it was cut from.
    """
    out = form(shape, dtype=data.dtype)
    out.data, out.indices, out.indptr = data, indices, indptr
    return out


def product(block: Block, dense: AnyArray, out: AnyArray) -> AnyArray:
    """``block @ dense``, written into ``out``; SciPy's sparse products know no ``out``, so theirs is copied."""
    if sparse.issparse(block):
        out[...] = block @ dense
        return out
    result: AnyArray = np.matmul(np.asarray(block), dense, out=out)
    return result


def dot(a: FloatArray, b: FloatArray) -> float:
    """Σ a b in float64, not by BLAS: threads that it wakes for long vectors spin on for 0.1 s in the way of ours."""
    return float(np.einsum("i,i->", a, b, dtype=np.float64))


def add_multiple(out: FloatArray, factor: float, array: FloatArray) -> None:
    """``out += factor * array`` in one pass, without a temporary."""
    if out.dtype == array.dtype and out.flags.c_contiguous and array.flags.c_contiguous:
        add = blas.saxpy if out.dtype == np.float32 else blas.daxpy
        add(array.ravel(), out.ravel(), a=factor)  # ravel is a view of what is contiguous
    else:
        out += factor * array
