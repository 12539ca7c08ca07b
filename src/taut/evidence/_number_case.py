"""Rows with numbers as targets."""

from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np

from taut._typing import FloatArray
from taut.evidence._case import Case


@final
@dataclass(frozen=True, eq=False)
class NumberCase(Case):
    """A row's target is one number, or several."""

    called: ClassVar[str] = "targets"

    def example(self, i: int) -> tuple[dict[str, Any], FloatArray]:
        """The target that is missed most, and its prediction."""
        off = np.abs(self.scores[i] - self.risk.targets[i])
        worst = int(np.argmax(off))
        along = np.zeros(len(off))
        along[worst] = 1.0
        target = f"{self.risk.targets[i, worst]:.6g}"
        named = target if len(off) == 1 else f"{self.names[worst]}: {target}"
        return {"class": named, "predicted": float(self.scores[i, worst])}, along

    def start(self) -> dict[str, Any]:
        """Half the mean square of the targets."""
        squares = np.square(self.risk.targets).sum(axis=1)
        return {"half_square": 0.5 * float(np.average(squares, weights=self.risk.all_weights))}

    def judged(self, rows: str, true: Any, predicted: Any) -> dict[str, Any]:
        """The share of the variance that is explained, and the sizes of the errors, of each target."""
        t, found = (np.asarray(each, dtype=np.float64).reshape(len(true), -1) for each in (true, predicted))
        off = found - t
        with np.errstate(divide="ignore", invalid="ignore"):
            explained = 1.0 - np.square(off).sum(axis=0) / np.square(t - t.mean(axis=0)).sum(axis=0)
        sizes = zip(explained, np.sqrt(np.square(off).mean(axis=0)), np.abs(off).max(axis=0), strict=True)
        targets = [
            {"target": name, "r2": float(r2), "rmse": float(rmse), "largest": float(largest)}
            for name, (r2, rmse, largest) in zip(self.names, sizes, strict=True)
        ]
        return {"errors": {"rows": rows, "n": len(t), "targets": targets}}
