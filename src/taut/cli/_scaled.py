"""Columns scaled and rows parted, as the options say."""

import argparse
from typing import Any

import numpy as np

from taut import as_matrix
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


def parted(dataset: Dataset, option: str, size: float, seed: int) -> tuple[Dataset, Dataset]:
    """Two parts of the rows; a size that does not fit is the option's fault, not the file's."""
    try:
        return split(dataset, test_size=size, random_state=seed)
    except DataError as error:
        raise ValueError(f"{option} {size:g}: {error}") from None
