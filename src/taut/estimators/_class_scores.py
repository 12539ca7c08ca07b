"""What every classifier of taut does with scores, one column a class."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.metaestimators import available_if

from taut._typing import AnyArray, FloatArray
from taut.estimators._told import Reporting, Told
from taut.estimators._told_classes import ToldClasses
from taut.losses import LOSSES, Softmax


def _has_probabilities(estimator: Any) -> bool:
    loss = LOSSES.get(estimator.loss) if isinstance(estimator.loss, str) else estimator.loss
    if loss is None or not loss.probabilistic:
        raise AttributeError(
            f"predict_proba belongs to loss='softmax'; the scores of {estimator.loss!r} are not probabilities "
            "(wrap the classifier in sklearn.calibration.CalibratedClassifierCV to get some)"
        )
    return True


class ClassScores(ClassifierMixin, Reporting, ABC):
    """A classifier whose class is the one with the largest score."""

    classes_: AnyArray
    _teller: ClassVar[type[Told]] = ToldClasses

    @abstractmethod
    def scores(self, X: Any) -> FloatArray:
        """Scores (n, C), one column a class also for two classes."""

    def decision_function(self, X: Any) -> FloatArray:
        """Scores (n, C); for two classes s₁ − s₀, (n,)."""
        scores = self.scores(X)
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def predict(self, X: Any) -> AnyArray:
        """The class with the largest score, (n,); of tied classes the first."""
        best = np.argmax(self.scores(X), axis=1)
        labels: AnyArray = self.classes_[best]
        return labels

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> FloatArray:
        """e^{s_j} / Σ_l e^{s_l}, (n, C); for the softmax loss only."""
        return Softmax().probabilities(self.scores(X).astype(np.float64))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
