"""Predicted classes beside the true ones."""

from typing import Any

import numpy as np


def compare(true: Any, predicted: Any, classes: Any) -> dict[str, Any]:
    """Accuracy, precision, recall, support and confusion (rows are the true classes).

    A label that the model never saw gets a row of its own: it counts, and it is always wrong.
    """
    everything = np.union1d(classes, true)
    k = len(everything)
    pairs = np.searchsorted(everything, true) * k + np.searchsorted(everything, predicted)
    matrix = np.bincount(pairs, minlength=k * k).reshape(k, k)
    right = np.diag(matrix).astype(float)
    with np.errstate(invalid="ignore"):
        precision, recall = right / matrix.sum(axis=0), right / matrix.sum(axis=1)
    return {
        "n": len(true),
        "accuracy": float(right.sum() / len(true)),
        "classes": [str(label) for label in everything.tolist()],
        "precision": precision,
        "recall": recall,
        "support": matrix.sum(axis=1),
        "matrix": matrix,
    }
