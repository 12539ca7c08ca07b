"""Products and sums into arrays that are there already."""

from typing import Any

import numpy as np
from scipy import sparse
from scipy.linalg import blas

from taut._typing import AnyArray, FloatArray
from taut.matrix._base import Block


def transposed(block: Any) -> Any:
    """The transpose, sharing the block's data; SciPy's own would copy what is a small part of a larger array."""
    if isinstance(block, np.ndarray):
        return block.T
    out = sparse.csc_array((block.shape[1], block.shape[0]), dtype=block.dtype)
    out.data, out.indices, out.indptr = block.data, block.indices, block.indptr
    return out


def product(block: Block, dense: AnyArray, out: AnyArray) -> AnyArray:
    """``block @ dense``, written into ``out``; SciPy's sparse products know no ``out``, so theirs is copied."""
    if sparse.issparse(block):
        out[...] = block @ dense
        return out
    result: AnyArray = np.matmul(np.asarray(block), dense, out=out)
    return result


def add_multiple(out: FloatArray, factor: float, array: FloatArray) -> None:
    """``out += factor * array`` in one pass, without a temporary."""
    if out.dtype == array.dtype and out.flags.c_contiguous and array.flags.c_contiguous:
        add = blas.saxpy if out.dtype == np.float32 else blas.daxpy
        add(array.ravel(), out.ravel(), a=factor)  # ravel is a view of what is contiguous
    else:
        out += factor * array
