"""From whatever the user holds to a Matrix, without a copy where none is needed."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from taut._typing import AnyArray, FloatArray
from taut.matrix._base import Matrix
from taut.matrix._csr import CSR
from taut.matrix._dense import Dense
from taut.matrix._parallel import available_threads


def as_matrix(
    X: Any,
    *,
    scale: ArrayLike | None = None,
    shift: ArrayLike | None = None,
    dtype: Any = None,
) -> Matrix:
    """Wrap X so that every part of taut can read it, as (X − shift) · scale on the fly.

    Parameters
    ----------
    X : array-like, sparse matrix or sparse array of shape (n, d), or Matrix
        Dense float32, float64 and uint8 in any memory order, and CSR with 32- or 64-bit indices, are
        kept without a copy; other real types become float64, other sparse formats become CSR. uint8
        means its integers 0..255, converted block by block.
    scale, shift : float or array-like of shape (d,), optional
        Each entry is read as (x − shift) · scale. A sparse X takes a scale only: a shift would fill it.
    dtype : float32 or float64, optional
        The type that is computed with. Default: X's own, float32 for uint8.

    Returns
    -------
    Matrix
        Accepted wherever taut takes X; a Matrix passes through, but for the type that is computed with.

    Raises
    ------
    ValueError
        Not two-dimensional, complex or not numeric, a shift for sparse X, a scale that is 0 or not finite.

    Examples
    --------
    >>> import numpy as np, taut
    >>> pixels = np.array([[0, 255], [51, 102]], dtype=np.uint8)
    >>> taut.as_matrix(pixels, scale=0.5, shift=1).block(slice(0, 2))
    array([[ -0.5, 127. ],
           [ 25. ,  50.5]], dtype=float32)
    """
    if isinstance(X, Matrix):
        if scale is not None or shift is not None:
            raise ValueError("X is a taut Matrix already: give scale and shift when you make it")
        return X if dtype is None else X.computed_in(np.dtype(dtype))
    if sparse.issparse(X):
        return _csr(X, scale=scale, shift=shift, dtype=dtype)
    array = np.asarray(X)
    _check(array.dtype, array.ndim, array.shape)
    if array.dtype == np.uint8:
        computed = np.dtype(dtype or np.float32)
    else:
        if array.dtype not in (np.float32, np.float64) or not array.dtype.isnative:
            array = array.astype(np.float64)
        computed = np.dtype(dtype or array.dtype)
    d = array.shape[1]
    return Dense(array, dtype=computed, scale=per_column(scale, d, "scale"), shift=per_column(shift, d, "shift"))


def _csr(X: Any, *, scale: ArrayLike | None, shift: ArrayLike | None, dtype: Any) -> CSR:
    if shift is not None:
        raise ValueError("a shift would turn every zero of a sparse X into a number; scale it only")
    _check(X.dtype, X.ndim, X.shape)
    if dtype is None:
        dtype = X.dtype if X.dtype in (np.float32, np.float64) else np.float64
    array = sparse.csr_array(X, dtype=dtype)
    array.check_format(full_check=True)  # an index out of range would read foreign memory later
    factors = per_column(scale, array.shape[1], "scale")
    if factors is not None:
        data = array.data * factors[array.indices].astype(dtype)
        array = sparse.csr_array((data, array.indices, array.indptr), shape=array.shape)
    if not array.has_canonical_format and (array.has_sorted_indices or CSR(array).repeats_columns(available_threads())):
        array = array.copy()  # the caller's arrays stay as they are
        array.sum_duplicates()
    return CSR(array)


def _check(dtype: np.dtype[Any], ndim: int, shape: tuple[int, ...]) -> None:
    if ndim != 2:
        raise ValueError(f"X must have two dimensions (rows, columns), got shape {shape}")
    if dtype.kind not in "fiub":
        raise ValueError(f"X must hold real numbers, got dtype {dtype}")


def per_column(values: ArrayLike | None, d: int, name: str) -> FloatArray | None:
    """One checked number a column, (d,), or None."""
    if values is None:
        return None
    array: AnyArray = np.asarray(values, dtype=np.float64)
    if array.shape not in ((), (d,)):
        raise ValueError(f"{name} must be one number or one for each of the {d} columns, got shape {array.shape}")
    if not np.isfinite(array).all() or (name == "scale" and (array == 0).any()):
        raise ValueError(f"{name} must be finite" + (" and not zero" if name == "scale" else ""))
    return np.broadcast_to(array, (d,))
