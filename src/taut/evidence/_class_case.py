"""Rows of one class each."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from taut._typing import AnyArray, FloatArray
from taut.evidence._case import Case
from taut.evidence._compare import compare


@final
@dataclass(frozen=True, eq=False)
class ClassCase(Case):
    """A row's target is its class code, its place among the labels ``classes``."""

    classes: AnyArray

    def example(self, i: int) -> tuple[dict[str, Any], FloatArray]:
        """The class, its strongest rival, and how far that leads."""
        own = int(self.risk.targets[i])
        others = self.scores[i].copy()
        others[own] = -np.inf
        rival = int(np.argmax(others))
        along = np.zeros(self.risk.model.k)
        along[rival], along[own] = 1.0, -1.0
        lead = float(self.scores[i, rival] - self.scores[i, own])
        own_name, rival_name = self.names[own], self.names[rival]
        return {"class": own_name, "own": own_name, "rival": rival_name, "lead": lead}, along

    def start(self) -> dict[str, Any]:
        """Nothing: it does not depend on the data."""
        return {}

    def judged(self, rows: str, true: Any, predicted: Any) -> dict[str, Any]:
        """Counts of true against predicted classes."""
        return {"confusion": {**compare(true, predicted, self.classes), "rows": rows}}
