"""Rows with a set of labels each."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from taut._typing import FloatArray
from taut.evidence._case import Case


@final
@dataclass(frozen=True, eq=False)
class LabelCase(Case):
    """A row's target is a row of booleans, one a label."""

    def example(self, i: int) -> tuple[dict[str, Any], FloatArray]:
        """The set, and the pair that is most wrong: the label outside that scores most, the one inside that least."""
        scores, inside = self.scores[i], np.asarray(self.risk.targets[i], dtype=bool)
        along, found = np.zeros(len(scores)), {"class": ", ".join(np.array(self.names)[inside]), "lead": 0.0}
        if not inside.all():
            rival = int(np.argmax(np.where(inside, -np.inf, scores)))
            along[rival], found["rival"] = 1.0, self.names[rival]
        if inside.any():
            own = int(np.argmin(np.where(inside, scores, np.inf)))
            along[own], found["own"] = -1.0, self.names[own]
        return found | {"lead": float(along @ scores)}, along

    def start(self) -> dict[str, Any]:
        """How large the sets are: at equal scores a loss sees no more of them. Each size with its share of S."""
        sizes = np.asarray(self.risk.targets, dtype=bool).sum(axis=1)
        shares = np.bincount(sizes, weights=self.risk.shares)
        return {"set_sizes": [(size, share) for size, share in enumerate(shares.tolist()) if share > 0]}

    def judged(self, rows: str, true: Any, predicted: Any) -> dict[str, Any]:
        """For each label how often it was there and found, claimed though not there, missed, and neither."""
        there, said = np.asarray(true, dtype=bool), np.asarray(predicted, dtype=bool)
        counts = [(there & said), (~there & said), (there & ~said), (~there & ~said)]
        table = np.stack([each.sum(axis=0) for each in counts], axis=1)
        exact = float((there == said).all(axis=1).mean()) if len(there) else float("nan")
        return {"per_label": {"labels": self.names, "counts": table, "rows": rows, "n": len(there), "exact": exact}}
