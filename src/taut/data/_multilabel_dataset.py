"""The value that the multi-label readers return."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from taut._typing import AnyArray
from taut.data._source import Source


@dataclass(frozen=True, eq=False)
class MultilabelDataset:
    """Examples with their sets of labels, as one file held them.

    Attributes
    ----------
    X : ndarray or csr_array of shape (n, d)
        float64; a `scipy.sparse.csr_array` for sparse files.
    Y : ndarray of shape (n, K)
        Indicator of zeros and ones, int64.
    label_names : tuple of str
        Names of the columns of `Y`.
    feature_names : tuple of str, or None
        Names of the columns of `X`, where the file has names.
    name : str
        Base name of the file, or ``"<stdin>"``.
    sha256 : str
        Hex digest of the bytes of the data file, as stored.
    """

    X: Any
    Y: AnyArray
    label_names: tuple[str, ...]
    feature_names: tuple[str, ...] | None
    name: str
    sha256: str


def multilabel_dataset(
    source: Source, X: Any, Y: AnyArray, label_names: tuple[str, ...], feature_names: tuple[str, ...] | None
) -> MultilabelDataset:
    """The finished dataset of an input."""
    whole = source.dataset(X, None, feature_names=feature_names)
    return MultilabelDataset(X, Y.astype(np.int64), label_names, feature_names, whole.name, whole.sha256)
