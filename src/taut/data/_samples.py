"""Data sets that come with scikit-learn, for a first try without a file."""

import hashlib
from typing import Any

import numpy as np

from taut._typing import AnyArray
from taut.data._dataset import Dataset
from taut.data._options import Options

SAMPLES = ("digits", "iris", "wine")
"""Names of the bundled samples."""


def read_sample(name: str, options: Options) -> Dataset:
    """Return a bundled sample."""
    from sklearn import datasets

    options.refuse(name, "a bundled sample has settled columns", "target", "weight", "drop")
    load = {"digits": datasets.load_digits, "iris": datasets.load_iris, "wine": datasets.load_wine}[name]
    bunch: Any = load()
    X: AnyArray = np.ascontiguousarray(bunch.data, dtype=np.float64)
    codes: AnyArray = np.asarray(bunch.target)
    y = codes.astype(np.float64 if options.numbers else np.int64)
    if name != "digits" and not options.numbers:
        y = np.asarray(bunch.target_names)[codes]
    return Dataset(
        X=X,
        y=y,
        feature_names=tuple(map(str, bunch.feature_names)),
        target_name=None,
        sample_weight=None,
        name=name,
        image_shape=(8, 8) if name == "digits" else None,
        sha256=hashlib.sha256(X.tobytes() + y.tobytes()).hexdigest(),
    )
