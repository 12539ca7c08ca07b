"""A seeded split into a part to fit and a part to test."""

import math
from dataclasses import replace

import numpy as np

from taut._typing import AnyArray, IntArray
from taut.data._dataset import Dataset
from taut.data._error import DataError


def split(
    dataset: Dataset, *, test_size: float = 0.2, random_state: int = 0, stratify: bool = True
) -> tuple[Dataset, Dataset]:
    """Split a dataset at random into train and test.

    Parameters
    ----------
    dataset : Dataset
        What to split.
    test_size : float or int
        Share of the examples in the test part, between 0 and 1, or their count.
    random_state : int
        Seed; the same seed gives the same split.
    stratify : bool
        Whether both parts have every class in the same shares. Without labels, with numbers as the target, or
        with a class of one member the split is plainly random.

    Returns
    -------
    train, test : Dataset
        The two parts, rows in the file's order.

    Examples
    --------
    >>> from taut.data import read, split
    >>> train, test = split(read("iris"), test_size=30)
    >>> train.X.shape, test.X.shape
    ((120, 4), (30, 4))
    """
    n = dataset.X.shape[0]
    n_test = _count(test_size, n)
    rng = np.random.default_rng(random_state)
    chosen = None
    if stratify and dataset.y is not None and dataset.y.ndim == 1 and dataset.y.dtype.kind != "f":
        chosen = _stratified(dataset.y, n_test, rng)
    if chosen is None:
        chosen = rng.permutation(n)[:n_test]
    in_test = np.zeros(n, dtype=np.bool_)
    in_test[chosen] = True
    return _rows(dataset, np.flatnonzero(~in_test)), _rows(dataset, np.flatnonzero(in_test))


def _count(test_size: float, n: int) -> int:
    """Return the number of test examples, with one at least for each part."""
    whole = isinstance(test_size, (int, np.integer))
    if not whole and not 0 < test_size < 1:
        raise DataError(f"test_size={test_size}: a share must be between 0 and 1; a count must be an integer")
    count = int(test_size) if whole else math.ceil(n * test_size)
    if not 1 <= count < n:
        raise DataError(f"test_size={test_size} of {n} examples leaves one part empty")
    return count


def _stratified(y: AnyArray, n_test: int, rng: np.random.Generator) -> IntArray | None:
    """Return the test rows, shares by largest remainder; None if a class has one member."""
    _, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    if counts.min() < 2:
        return None
    quota = counts * (n_test / len(y))
    take = np.floor(quota).astype(np.int64)
    order = np.argsort(take - quota, kind="stable")  # largest remainder first
    take[order[: n_test - int(take.sum())]] += 1
    shuffled = rng.permutation(len(y))
    by_class = shuffled[np.argsort(codes[shuffled], kind="stable")]
    starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
    return np.concatenate([by_class[start : start + size] for start, size in zip(starts, take, strict=True)])


def _rows(dataset: Dataset, rows: IntArray) -> Dataset:
    y, weight = dataset.y, dataset.sample_weight
    return replace(
        dataset,
        X=dataset.X[rows],
        y=None if y is None else y[rows],
        sample_weight=None if weight is None else weight[rows],
    )
