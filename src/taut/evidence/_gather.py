"""All facts that need the rows of a fit."""

from typing import Any

import numpy as np

from taut._typing import FloatArray
from taut.evidence._case import Case
from taut.evidence._checked import checked

PARTS = 4


def gathered(case: Case) -> dict[str, Any]:
    """What every kind of model can say of its rows; words for it are the page's."""
    return {
        **case.start(),
        "measured_start": _start(case),
        "check": checked(case),
        "scales": case.raw.deviations(),
        "hardest": _hardest(case),
    }


def _start(case: Case) -> float:
    """The mean loss at scores of 0, by the loss as the fit uses it."""
    risk, step = case.risk, 4096
    values = (
        risk.loss.rows(np.zeros((len(targets), risk.model.k)), targets)[0].astype(np.float64) @ shares
        for targets, shares in (
            (risk.targets[begin : begin + step], risk.shares[begin : begin + step])
            for begin in range(0, len(risk.targets), step)
        )
    )
    return float(sum(values))


def _hardest(case: Case) -> list[dict[str, Any]]:
    """The examples with the largest loss, worst first, and what pushes each."""
    rows = case.hardest_rows
    if not len(rows):
        return []
    told = [case.example(int(i)) for i in rows]
    pixels = case.dense(rows)
    pushes = case.pushes(pixels, np.stack([along for _, along in told]))
    return [
        {"row": int(i) + 1, "loss": float(case.losses[i]), **found, "pixels": row, "push": push, "parts": parts}
        for i, (found, _), row, push, parts in zip(rows, told, pixels, pushes, _parts(case, pushes), strict=True)
    ]


def _parts(case: Case, pushes: FloatArray) -> list[list[tuple[str, float]]]:
    """The strongest parts by name; a picture shows them all."""
    if case.image_shape is not None:
        return [[] for _ in pushes]
    order = np.argsort(-np.abs(pushes), axis=1, kind="stable")[:, :PARTS]
    return [
        [(case.features[j], float(push[j])) for j in top.tolist() if push[j]]
        for push, top in zip(pushes, order, strict=True)
    ]
