"""Problems from a data set that the user has read."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from scipy import sparse

from taut import as_matrix
from taut._typing import IntArray
from taut.bench._problem import Problem, weighted_problem
from taut.data import DataError, Dataset


def dataset_makers(dataset: Dataset, dtypes: Sequence[str]) -> list[Callable[[], Problem]]:
    """What makes a problem of each type from one data set, with random weights W.

    Parameters
    ----------
    dataset : Dataset
        With labels of two classes at least, and no NaN.
    dtypes : sequence of {"float32", "float64", "uint8"}
        uint8 is for a data set that holds bytes, read as (x − mean of the column) / 255.

    Returns
    -------
    list of callables

    Raises
    ------
    DataError
        No labels, a single class, an entry that is NaN or infinite.
    ValueError
        uint8 is asked for, and X holds something else.
    """
    classes, codes = np.unique(dataset.labels, return_inverse=True)
    if len(classes) < 2:
        raise DataError(f"{dataset.name}: every row is of class {classes[0]!s}; two classes are needed at least")
    if "uint8" in dtypes and dataset.X.dtype != np.uint8:
        raise ValueError(f"uint8 asks for a file of bytes, such as pixels; {dataset.name} holds {dataset.X.dtype}")
    unusable = as_matrix(dataset.X).first_unusable()
    if unusable is not None:
        row, column, value = unusable
        raise DataError(f"{dataset.name}: row {row + 1}, feature column {column + 1} holds {value}")
    return [partial(_problem, dataset, codes.astype(np.int64), len(classes), dtype) for dtype in dtypes]


def _problem(dataset: Dataset, y: IntArray, k: int, dtype: str) -> Problem:
    X = dataset.X.astype(dtype, copy=False)
    X = _in_order(X) if sparse.issparse(X) else X
    return weighted_problem(dataset.name, X, y, k, np.random.default_rng(0))


def _in_order(X: Any) -> Any:
    """The same CSR array with sorted indices, for all contenders alike; the given one stays as it is."""
    X = sparse.csr_array(X, copy=True)
    X.sum_duplicates()
    return X
