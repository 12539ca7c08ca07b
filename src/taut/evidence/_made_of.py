"""The examples that the weights of a certified linear fit are made of."""

from typing import Any

import numpy as np

from taut._typing import AnyArray, FloatArray
from taut.evidence._case import Case

SHOWN = 5
DUST = 1e-6
"""Amounts below this share of the largest are rounding."""


def made_of(case: Case, witness: AnyArray) -> dict[str, Any]:
    """For each class the examples that make up most of its weights: W_c = −1/(S l2) Σ_i s_i A_ic x_i."""
    risk, s = case.risk, case.risk.all_weights
    amounts = -s[:, None] * witness / (s.sum() * risk.l2)
    made: Any = 0.0
    lengths, moved = np.empty(len(s)), case.shift * case.scale
    block: Any
    for rows, block in risk.matrix.blocks():
        if case.shift.any():  # never of a sparse X, whose zeros would be filled
            block = block - moved
        made = made + block.T @ amounts[rows]
        squares: Any = block * block  # entry by entry, of sparse rows too
        lengths[rows] = np.sqrt(squares.sum(axis=1))
    W = risk.model.penalised(case.theta)[0]
    distance = float(np.linalg.norm(made - W) / max(float(np.linalg.norm(W)), 1e-300))
    classes = [_of_class(case, c, amounts[:, c], lengths) for c in range(len(case.names))]
    return {"distance": distance, "classes": classes}


def _of_class(case: Case, c: int, amounts: FloatArray, lengths: FloatArray) -> dict[str, Any]:
    counts = np.abs(amounts) > DUST * float(np.abs(amounts).max(initial=0.0))
    own = (case.risk.targets == c) & (amounts > 0.0) & counts
    others = (case.risk.targets != c) & (amounts < 0.0) & counts
    return {
        "class": case.names[c],
        "own_count": int(own.sum()),
        "other_count": int(others.sum()),
        "own": _largest(case, own, amounts, lengths),
        "others": _largest(case, others, amounts, lengths),
    }


def _largest(case: Case, among: AnyArray, amounts: FloatArray, lengths: FloatArray) -> list[dict[str, Any]]:
    """The contributions with the longest amount · x, with their amounts."""
    order = np.argsort(-np.where(among, np.abs(amounts) * lengths, 0.0), kind="stable")[:SHOWN]
    order = order[among[order]]
    pixels = case.dense(order) if len(order) and case.image_shape else [None] * len(order)
    return [
        {"row": int(i) + 1, "class": case.names[case.risk.targets[i]], "amount": float(amounts[i]), "pixels": row}
        for i, row in zip(order, pixels, strict=True)
    ]
