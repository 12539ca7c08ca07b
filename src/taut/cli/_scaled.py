"""Fit on scaled columns, judge on the file's own."""

import argparse
from typing import Any

import numpy as np

from taut import LinearClassifier, as_matrix
from taut.data import DataError, Dataset, split


def scaling(arguments: argparse.Namespace, dataset: Dataset) -> tuple[Any, Any]:
    """--divide and --center as scale and shift, None where not asked for."""
    if arguments.divide is not None and arguments.divide == 0:
        raise ValueError("--divide 0: choose another divisor")
    scale = None if arguments.divide is None else 1.0 / arguments.divide
    if not arguments.center:
        return scale, None
    n = dataset.X.shape[0]
    return scale, as_matrix(dataset.X, dtype=np.float64).column_moments(np.ones(n))[0] / n


def fit_scaled(estimator: LinearClassifier, dataset: Dataset, scale: Any, shift: Any, *, witness: bool = False) -> None:
    """Fit on the scaled columns; the weights that remain take the file's own."""
    if len(np.unique(dataset.labels)) < 2:
        label = dataset.labels.tolist()[0]
        raise DataError(f"{dataset.name}: every row is of the one class {label!r}; a classifier needs rows of two")
    X = as_matrix(dataset.X, scale=scale, shift=shift)
    estimator.fit(X, dataset.y, dataset.sample_weight, witness=witness)
    if scale is not None or shift is not None:
        estimator.unscale(scale=scale, shift=shift)
    if dataset.feature_names is not None:
        estimator.feature_names_in_ = np.array(dataset.feature_names, dtype=object)


def accuracy(model: LinearClassifier, dataset: Dataset) -> float:
    """Share of rows whose label is predicted; pixels are computed with in the model's own type."""
    X = as_matrix(dataset.X, dtype=model.coef_.dtype if dataset.X.dtype == np.uint8 else None)
    return float(np.mean(model.predict(X) == dataset.y))


def parted(dataset: Dataset, option: str, size: float, seed: int) -> tuple[Dataset, Dataset]:
    """Two parts of the rows; a size that does not fit is the option's fault, not the file's."""
    try:
        return split(dataset, test_size=size, random_state=seed)
    except DataError as error:
        raise ValueError(f"{option} {size:g}: {error}") from None
