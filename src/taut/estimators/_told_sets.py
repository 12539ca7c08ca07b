"""Pages of the multi-label classifier: a set of labels a row."""

from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np

from taut.estimators._label_sets import as_table
from taut.estimators._told import Taken, Told
from taut.estimators._validation import validated_weights
from taut.losses import make_multilabel_loss
from taut.matrix import Matrix
from taut.objective import StrongRisk


@final
@dataclass(frozen=True, eq=False)
class ToldSets(Told):
    """Of `MultilabelClassifier`, linear or with a hidden layer."""

    kind: ClassVar[str] = "labels"
    convex_risk: ClassVar[type[Any]] = StrongRisk

    @property
    def names(self) -> list[str]:
        """The labels."""
        return [str(label) for label in self.model.classes_.tolist()]

    def taken(self, matrix: Matrix, y: Any, sample_weight: Any) -> Taken:
        """The indicator; rows that the loss is not defined on have weight 0."""
        loss = make_multilabel_loss(self.model.loss, margin=self.model.margin)
        n, k = matrix.shape[0], len(self.model.classes_)
        table = as_table(self.model.target_kind_, self.model.classes_, y)
        unknown = table[:, k:].any(axis=1) | (self.model.target_kind_ == "labels") & ~table.any(axis=1)
        if unknown.any():
            row = int(np.argmax(unknown))
            raise ValueError(f"row {row} of y, counted from 0, has a label that the model does not know")
        if len(table) != n:
            raise ValueError(f"X has {n:,} rows, y has {len(table):,}")
        given, _ = validated_weights(sample_weight, None, self.model.classes_, self.model.classes_, matrix)
        table = np.asarray(table[:, :k], dtype=bool)
        weights, _, _ = self.model._defined(loss, table, given)
        return Taken(table, weights, loss, float(self.model.l2), table)

    def case(self, **known: Any) -> Any:
        """A set of labels a row."""
        from taut.evidence import LabelCase

        return LabelCase(**known)

    def answers(self, matrix: Matrix, y: Any) -> tuple[Any, Any]:
        """Indicators."""
        kind, classes = self.model.target_kind_, self.model.classes_
        true, predicted = (as_table(kind, classes, each) for each in (y, self.model.predict(matrix)))
        return true[:, : len(classes)], predicted[:, : len(classes)]
