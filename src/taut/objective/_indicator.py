"""Sets of labels as an indicator, whatever form they come in."""

from collections.abc import Collection, Iterable, Set
from numbers import Integral, Real
from typing import Any

import numpy as np
from scipy import sparse

from taut._typing import AnyArray


def as_indicator(Y: Any, n: int, k: int | None = None) -> AnyArray:
    """Y as a bool array (n, k).

    Parameters
    ----------
    Y : array-like or sparse matrix of shape (n, k), or sequence of n collections
        Zeros and ones; or for each row the numbers 0..k-1 of its labels, in any order.
    k : int, optional
        By default a table has as many labels as columns.

    Raises
    ------
    ValueError
        Another shape, entries that are neither 0 nor 1, label numbers outside 0..k-1; the first row is named.
    """
    if sparse.issparse(Y):
        return _checked(Y, n, k)
    if k is not None and holds_sets(Y, k):
        return _of_sets(Y, n, k)
    return _checked(np.asarray(Y), n, k)


def holds_sets(Y: Any, k: int | None = None) -> bool:
    """Whether Y is a sequence of sets of labels, not a table of k columns.

    Lists of lists could be either: they are a table where all have length k, or, k not being known, where all have the
    same length and hold zeros and ones only.
    """
    if not isinstance(Y, list | tuple):
        Y = [] if sparse.issparse(Y) else np.asarray(Y)
        return len(Y) > 0 and Y.dtype == object and Y.ndim == 1 and all(map(_is_collection, Y))
    if not all(map(_is_collection, Y)):
        return False
    lengths = {len(row) for row in Y}
    if len(lengths) > 1 or any(isinstance(row, Set) for row in Y):
        return True
    if k is not None:
        return lengths != {k}
    return not all(isinstance(entry, Real) and entry in (0, 1) for row in Y for entry in row)


def _is_collection(row: Any) -> bool:
    return isinstance(row, Collection) and not isinstance(row, str | bytes)


def _checked(Y: Any, n: int, k: int | None) -> AnyArray:
    if Y.ndim != 2 or Y.shape != (n, k or Y.shape[1]):
        raise ValueError(
            f"Y must be an indicator of shape ({n}, {k or 'labels'}), a row of zeros and ones for each example, "
            f"or as many collections of label numbers; got shape {Y.shape}"
        )
    if Y.dtype.kind not in "biuf":
        raise ValueError(f"Y must hold zeros and ones, got dtype {Y.dtype}")
    table: AnyArray = Y if isinstance(Y, np.ndarray) else Y.toarray()
    wrong = (table != 0) & (table != 1)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise ValueError(
            f"Y holds {table[row, column]} in row {row}, column {column}, counted from 0: an indicator holds zeros and "
            "ones only"
        )
    return table.astype(bool)


def _of_sets(Y: Iterable[Any], n: int, k: int) -> AnyArray:
    sets = [list(row) for row in Y]
    if len(sets) != n:
        raise ValueError(f"Y holds {len(sets)} sets of labels, but there are {n} rows")
    table = np.zeros((n, k), dtype=bool)
    for row, labels in enumerate(sets):
        for label in labels:
            if not isinstance(label, Integral) or not 0 <= int(label) < k:
                raise ValueError(f"Y[{row}] holds the label {label!r}: labels are column numbers 0..{k - 1}")
            table[row, int(label)] = True
    return table
