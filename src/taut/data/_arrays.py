"""Checks and layouts of arrays that came with their own shape and type."""

import math
from typing import Any

import numpy as np

from taut._typing import AnyArray
from taut.data._source import Source

_CHUNK = 1 << 20


def read_exactly(stream: Any, expected: int) -> tuple[bytearray, int]:
    """Read to the end; return the first `expected` bytes and how many there were.

    Memory grows with the bytes that arrive, never with what a header claims.
    """
    kept, found = bytearray(), 0
    while piece := stream.read(_CHUNK):
        found += len(piece)
        kept += piece[: max(0, expected - len(kept))]
    return kept, found


def flat(X: AnyArray) -> tuple[AnyArray, tuple[int, ...] | None] | None:
    """Return X as (n, d) and its image shape, None if its shape is neither a table nor images."""
    image: tuple[int, ...] | None = None
    if X.ndim == 4 and X.shape[1] != 3 and X.shape[3] == 3:
        X = np.moveaxis(X, 3, 1)
    if X.ndim == 4 and X.shape[1] != 3 and 1 in (X.shape[1], X.shape[3]):
        X = X.squeeze(1 if X.shape[1] == 1 else 3)
    if X.ndim == 3 or (X.ndim == 4 and X.shape[1] == 3):
        image = X.shape[1:]
    elif X.ndim != 2:
        return None
    return X.reshape(len(X), math.prod(X.shape[1:])), image


def as_features(X: AnyArray) -> AnyArray:
    """Return numeric X C-contiguous: uint8, float32 and float64 kept, other numbers as float64."""
    native = X.dtype.newbyteorder("=")
    kept = native in (np.dtype(np.uint8), np.dtype(np.float32), np.dtype(np.float64))
    with np.errstate(over="ignore"):  # a long double may overflow; the check for finite values says so
        return np.ascontiguousarray(X, dtype=native if kept else np.float64)


def first_not_finite(X: AnyArray) -> tuple[int, int] | None:
    """Return row and column of the first NaN or infinity, None if there is none."""
    if X.dtype.kind != "f":
        return None
    step = max(1, _CHUNK // max(1, X.shape[1]))
    for start in range(0, len(X), step):
        bad = np.argwhere(~np.isfinite(X[start : start + step]))
        if len(bad):
            return start + int(bad[0, 0]), int(bad[0, 1])
    return None


def check_finite(X: AnyArray, names: tuple[str, ...] | None, source: Source) -> None:
    """Raise if X holds a NaN or an infinity."""
    if (bad := first_not_finite(X)) is not None:
        row, column = bad
        called = f"column {names[column]!r}" if names else f"column {column + 1}"
        raise source.row_error(row, f"{called}: {X[row, column]} is not finite; replace it or take the row out")


def csr(data: AnyArray, indices: AnyArray, indptr: AnyArray, shape: tuple[int, int]) -> Any:
    """Return a canonical csr_array of float64, with 32-bit indices where they suffice."""
    from scipy.sparse import csr_array, get_index_dtype

    kind = get_index_dtype(maxval=max(len(data), *shape))
    parts = (data.astype(np.float64, copy=False), indices.astype(kind), indptr.astype(kind))
    X = csr_array(parts, shape=shape)
    X.sum_duplicates()  # sorts the indices too
    return X
