"""Pages of classifiers: one class a row."""

from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np

from taut.estimators._parameters import check_parameters
from taut.estimators._told import Taken, Told
from taut.estimators._validation import validated_targets, validated_weights
from taut.matrix import Matrix
from taut.objective import Risk


@final
@dataclass(frozen=True, eq=False)
class ToldClasses(Told):
    """Of `LinearClassifier` and `TwoLayerClassifier`."""

    kind: ClassVar[str] = "classes"
    convex_risk: ClassVar[type[Any]] = Risk

    @property
    def names(self) -> list[str]:
        """The labels."""
        return [str(label) for label in self.model.classes_.tolist()]

    def taken(self, matrix: Matrix, y: Any, sample_weight: Any) -> Taken:
        """Class codes."""
        loss, l2 = check_parameters(self.model)
        classes, labels = self.model.classes_, validated_targets(y, matrix.shape[0])
        unknown = ~np.isin(labels, classes)
        if unknown.any():
            row = int(np.argmax(unknown))
            label = labels.tolist()[row]
            raise ValueError(f"row {row} of y, counted from 0, is of class {label!r}, which the model does not know")
        weights, _ = validated_weights(sample_weight, self.model.class_weight, classes, labels, matrix)
        return Taken(np.searchsorted(classes, labels).astype(np.int64), weights, loss, l2, labels)

    def case(self, **known: Any) -> Any:
        """One class a row."""
        from taut.evidence import ClassCase

        return ClassCase(classes=self.model.classes_, **known)

    def answers(self, matrix: Matrix, y: Any) -> tuple[Any, Any]:
        """Labels."""
        return validated_targets(y, matrix.shape[0]), self.model.predict(self.own(matrix))

    def further(self, case: Any) -> dict[str, Any]:
        """The examples that the weights of a certified linear fit are made of, where its dual point is known."""
        from taut.evidence import made_of

        if len(self._parts()) != 2 or self.report.l2 == 0.0 or not self.report.certified:
            return {}
        witness = vars(self.model).get("witness_")
        if witness is None and not case.risk.loss.kinked:  # the loss's own gradient at the optimum is one
            witness = case.risk.certificate(case.theta).witness
        if witness is None or witness.shape != case.scores.shape:
            return {"witness_unknown": True}
        return {"witness": made_of(case, witness)}
