"""Where a function of the course's signature is checked: three points on given or bundled data."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from taut._typing import AnyArray, FloatArray
from taut.data import DataError, Dataset, read

SMALL_SCORES, LARGE_SCORES = 0.01, 1.5
"""Typical sizes of the scores at the two random points."""

_EVERY = 5  # of the 150 irises: 30 rows, 5 columns and 3 classes, so that no two of these numbers are mistaken


@dataclass(frozen=True, eq=False)
class Examples:
    """X (n, d), class codes y (n,) of k classes, and what the user is told of them."""

    X: FloatArray
    y: AnyArray
    k: int
    name: str

    @property
    def caption(self) -> str:
        """One line: which data, and how large."""
        return f"{self.name}: {self.X.shape[0]:,} rows, {self.X.shape[1]:,} columns, {self.k} classes"


@dataclass(frozen=True, eq=False)
class Point:
    """W (d, k) beside X (n, d), and what the point is called."""

    label: str
    W: FloatArray
    X: FloatArray


def bundled(*, two: bool = False) -> Examples:
    """Thirty irises, or twenty of two classes, standardised, and a column of ones."""
    iris = read("iris")
    rows = np.arange(50 * two, 150, _EVERY)
    codes = np.unique(iris.labels[rows], return_inverse=True)[1]
    X = np.column_stack([_standardised(iris.X[rows]), np.ones(len(rows))])
    return Examples(X, codes, 3 - two, "iris, standardised, with a column of ones")


def drawn(dataset: Dataset, most: int, seed: int, *, two: bool = False) -> Examples:
    """At most ``most`` rows of a file as they are, drawn by the seed, with every class as far as they reach."""
    codes = np.unique(dataset.labels, return_inverse=True)[1]
    order = np.random.default_rng(seed).permutation(len(codes))
    first = np.unique(codes[order], return_index=True)[1]  # one row of each class goes before all others
    rows = np.sort(np.concatenate([order[first], np.delete(order, first)])[:most])
    kept, y = np.unique(codes[rows], return_inverse=True)
    if len(kept) < 2 or (two and len(kept) > 2):
        many = "one class" if len(kept) == 1 else f"{len(kept)} classes"
        raise DataError(f"{dataset.name}: the rows are of {many}, and two are needed")
    many_zeros: bool = sparse.issparse(dataset.X)
    X: AnyArray = dataset.X[rows].toarray() if many_zeros else dataset.X[rows]
    return Examples(X.astype(np.float64), y, len(kept), dataset.name)


def three_points(examples: Examples, margin: float, dtype: str, seed: int, *, columns: int) -> list[Point]:
    """Small scores, scores beyond the margin, and integers, at which margins of exactly 0 are common."""
    rng = np.random.default_rng(seed)
    shape = (examples.X.shape[1], columns)
    length = float(np.sqrt(np.mean(np.sum(examples.X**2, axis=1)))) or 1.0
    grid = np.clip(np.round(_standardised(examples.X)), -2, 2)
    points = [
        Point("small random W", SMALL_SCORES / length * rng.normal(size=shape), examples.X),
        Point("larger random W", LARGE_SCORES / length * rng.normal(size=shape), examples.X),
        Point("integer grid with exact ties", (margin or 1.0) * rng.integers(-1, 2, size=shape), grid),
    ]
    return [replace(point, W=point.W.astype(dtype), X=point.X.astype(dtype)) for point in points]


def _standardised(X: FloatArray) -> FloatArray:
    """Columns of mean 0 and deviation 1; one that is constant becomes a column of ones, a zero one stays."""
    deviations = X.std(axis=0)
    varies = deviations > 1e-12 * np.abs(X).max(axis=0)
    moved = (X - X.mean(axis=0)) / np.where(varies, deviations, 1.0)
    standardised: FloatArray = np.where(varies, moved, (X != 0).astype(np.float64))
    return standardised
