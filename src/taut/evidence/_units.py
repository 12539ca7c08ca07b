"""The hidden units of a network that matter most."""

from typing import Any

import numpy as np

from taut._typing import FloatArray

MOST_UNITS = 30


def strongest_units(W1: FloatArray, W2: FloatArray, names: list[str]) -> dict[str, Any]:
    """Their weights, the strongest first, and what each speaks for most.

    A unit's strength is ‖W1_j‖·‖W2_j‖, which does not change where one layer's weights are doubled and the other's
    halved: the scores do not either.
    """
    strength = np.linalg.norm(W1, axis=0) * np.linalg.norm(W2, axis=1)
    order = np.argsort(-strength, kind="stable")[:MOST_UNITS]
    rises = [names[c] for c in np.argmax(W2[order], axis=1).tolist()]
    return {
        "weights": np.ascontiguousarray(W1[:, order].T),
        "weights_of": [f"unit {j + 1}, for {name}" for j, name in zip(order.tolist(), rises, strict=True)],
        "units": W1.shape[1],
    }
