"""Which features speak loudest for and against a class."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from taut._typing import AnyArray

MAX_PANELS = 30


@dataclass(frozen=True)
class Ranked:
    """The top features of one class: (position of the feature, coefficient), strongest first."""

    positive: list[tuple[int, float]]
    negative: list[tuple[int, float]]
    idle: list[tuple[int, float]]


def coefficients(facts: Mapping[str, Any]) -> tuple[AnyArray, str]:
    """Return the (k, d) coefficients to compare, and what they are in words."""
    weights = np.asarray(facts["weights"], dtype=np.float64)
    if facts.get("scales") is None:
        return weights, "weight"
    words = "scale-free coefficient (weight times standard deviation of the column)"
    return weights * np.asarray(facts["scales"], dtype=np.float64), words


def rank(row: AnyArray, top: int) -> Ranked:
    """Pick the ``top`` features on either side; all of them, zeros too, where d < 2 · top."""
    values = np.nan_to_num(row)
    # Stable, so that ties keep the order of the columns.
    descending, ascending = np.argsort(-values, kind="stable"), np.argsort(values, kind="stable")
    everything = len(row) < 2 * top
    most = len(row) if everything else top
    return Ranked(
        [(int(j), float(values[j])) for j in descending[:most] if values[j] > 0.0],
        [(int(j), float(values[j])) for j in ascending[:most] if values[j] < 0.0],
        [(int(j), 0.0) for j in np.flatnonzero(values == 0.0)] if everything else [],
    )
