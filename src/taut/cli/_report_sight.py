"""A fitted classifier beside the rows that it was fitted on."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import compute_class_weight

from taut import as_matrix
from taut._typing import AnyArray, FloatArray, IntArray
from taut.data import Dataset
from taut.losses import LOSSES, Loss
from taut.matrix import Matrix


@dataclass(frozen=True, eq=False)
class Sight:
    """Rows in the file's own columns, their class codes and weights, scores, and the loss that was fitted."""

    model: Any
    dataset: Dataset
    raw: Matrix
    codes: IntArray
    weights: FloatArray
    scores: FloatArray
    loss: Loss
    classes: list[str]
    features: list[str]

    @classmethod
    def of(cls, model: Any, dataset: Dataset) -> "Sight":
        """Score every row once."""
        raw = as_matrix(dataset.X, dtype=np.float64)
        n, d = raw.shape
        codes = np.searchsorted(model.classes_, dataset.labels).astype(np.int64)
        weights = np.ones(n) if dataset.sample_weight is None else dataset.sample_weight.astype(np.float64)
        if model.class_weight is not None:
            options = {"classes": model.classes_, "y": dataset.labels, "sample_weight": weights}
            weights = weights * compute_class_weight(model.class_weight, **options)[codes]
        return cls(
            model=model,
            dataset=dataset,
            raw=raw,
            codes=codes,
            weights=weights,
            scores=model.scores(raw).astype(np.float64),
            loss=LOSSES[model.report_.loss](margin=model.report_.margin),
            classes=[str(label) for label in model.classes_.tolist()],
            features=list(dataset.feature_names or (f"column {j + 1}" for j in range(d))),
        )

    def rows(self, numbers: AnyArray) -> FloatArray:
        """Some rows as they stand in the file, dense."""
        block: Any = self.raw.take(np.asarray(numbers, dtype=np.int64))
        dense: FloatArray = np.eye(len(numbers)) @ block
        return dense

    @property
    def scaled(self) -> Matrix:
        """The columns that the penalty acts on."""
        scale, shift = getattr(self.model, "scale_", None), getattr(self.model, "shift_", None)
        if shift is not None and not shift.any():
            shift = None
        return as_matrix(self.dataset.X, scale=scale, shift=shift, dtype=np.float64)

    @property
    def W(self) -> FloatArray:
        """The weights (d, k) of the scaled columns."""
        return (self.model.coef_ / getattr(self.model, "scale_", 1.0)).T.astype(np.float64)

    @property
    def intercept(self) -> FloatArray:
        """The intercept (k,) beside the scaled columns."""
        shift = getattr(self.model, "shift_", np.zeros(len(self.features)))
        moved: FloatArray = self.model.intercept_ + self.model.coef_ @ shift
        return moved.astype(np.float64)
