"""A linear function of the scores in a loss's clothes, so that any model can be asked for its derivative by x."""

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from taut._typing import AnyArray, FloatArray
from taut.losses import Loss


@final
@dataclass(frozen=True)
class Along(Loss):
    """loss = Σ_j targets_j s_j; dloss/ds_j = targets_j."""

    name: ClassVar[str] = "along"
    compiled: ClassVar[bool] = False

    def rows(self, scores: FloatArray, targets: AnyArray) -> tuple[FloatArray, FloatArray]:
        """Values and slopes of all rows."""
        return np.einsum("ij,ij->i", scores, targets), targets.copy()
