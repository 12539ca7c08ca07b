"""Facts that prove: the gradient at the fitted weights, and the examples that the weights are made of."""

from typing import Any

import numpy as np

from taut import check_gradient, loss_and_gradient
from taut._typing import AnyArray, FloatArray
from taut.cli._report_sight import Sight

ROWS = 100
MOST_NUMBERS = 20_000
STEP, NEAR = 1e-5, 1e-6
SHOWN = 5


def checked(sight: Sight) -> dict[str, Any] | None:
    """Check the gradient of the fitted objective at the fitted weights, on some rows; count the kinks around."""
    d, k = sight.W.shape
    if d * k > MOST_NUMBERS:
        return None
    rows = np.sort(np.random.default_rng(0).permutation(len(sight.codes))[:ROWS])
    block: Any = sight.scaled.take(rows)
    block = np.eye(len(rows)) @ block
    X, y = np.hstack([block, np.ones((len(rows), 1))]), sight.codes[rows]
    W = np.vstack([sight.W, sight.intercept[None, :]])
    options = {"loss": sight.loss, "l2": sight.model.report_.l2, "bias_row": -1}

    def objective(at: FloatArray) -> Any:
        return loss_and_gradient(at, X, y, **options)

    def pieces(at: FloatArray) -> FloatArray:
        flat: FloatArray = sight.loss.pieces(X @ at, y).ravel()
        return flat

    kinked = sight.loss.kinked
    found = check_gradient(objective, W, convex=True, pieces=pieces if kinked else None, directions=8)
    here = pieces(W)
    moved = pieces(W + STEP * np.random.default_rng(0).choice([-1.0, 1.0], size=W.shape))
    return {
        "sentence": found.sentence,
        "findings": [str(finding) for finding in found.findings],
        "checked": found.checked,
        "size": found.size,
        "evaluations": found.evaluations,
        "width": found.width,
        "rows": len(rows),
        "pieces": len(here),
        "crossed": int(np.sum(np.sign(here) != np.sign(moved))),
        "near": int(np.sum(np.abs(here) <= NEAR)),
    }


def contributors(sight: Sight, witness: AnyArray) -> dict[str, Any] | None:
    """For each class the examples that make up most of its weights: W_c = −1/(S l2) Σ_i s_i A_ic x_i."""
    report = sight.model.report_
    if report.l2 == 0.0 or not report.certified:
        return None
    scaled, s = sight.scaled, sight.weights
    amounts = -s[:, None] * witness / (s.sum() * report.l2)
    made: Any = 0.0
    lengths = np.empty(len(s))
    for rows, each in scaled.blocks():
        block: Any = each
        made = made + block.T @ amounts[rows]
        squares: Any = block * block  # entry by entry, of sparse rows too
        lengths[rows] = np.sqrt(squares.sum(axis=1))
    distance = float(np.linalg.norm(made - sight.W) / max(float(np.linalg.norm(sight.W)), 1e-300))
    return {
        "distance": distance,
        "classes": [_of_class(sight, c, amounts[:, c], lengths) for c in range(len(sight.classes))],
    }


def _of_class(sight: Sight, c: int, amounts: FloatArray, lengths: FloatArray) -> dict[str, Any]:
    counts = np.abs(amounts) > 1e-6 * float(np.abs(amounts).max(initial=0.0))  # the rest is rounding
    own = (sight.codes == c) & (amounts > 0.0) & counts
    others = (sight.codes != c) & (amounts < 0.0) & counts
    return {
        "class": sight.classes[c],
        "own_count": int(own.sum()),
        "other_count": int(others.sum()),
        "own": _largest(sight, own, amounts, lengths),
        "others": _largest(sight, others, amounts, lengths),
    }


def _largest(sight: Sight, among: AnyArray, amounts: FloatArray, lengths: FloatArray) -> list[dict[str, Any]]:
    """The contributions with the longest amount · x, with their amounts."""
    order = np.argsort(-np.where(among, np.abs(amounts) * lengths, 0.0), kind="stable")[:SHOWN]
    order = order[among[order]]
    pixels = sight.rows(order) if len(order) and sight.dataset.image_shape else [None] * len(order)
    return [
        {"row": int(i) + 1, "class": sight.classes[sight.codes[i]], "amount": float(amounts[i]), "pixels": row}
        for i, row in zip(order, pixels, strict=True)
    ]
