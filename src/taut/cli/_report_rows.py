"""Facts about examples: those with the largest loss, and which classes are taken for which."""

from typing import Any

import numpy as np

from taut import LinearClassifier, LinearRegressor, as_matrix
from taut.cli._report_sight import Sight
from taut.cli.evaluate import compare
from taut.data import Dataset

MOST = 12
PARTS = 4


def hardest(sight: Sight) -> list[dict[str, Any]]:
    """The examples with the largest loss, worst first, each with its strongest rival and what pushes it."""
    losses, _ = sight.loss.rows(sight.scores, sight.codes)
    order = np.argsort(-losses, kind="stable")[:MOST]
    order = order[losses[order] > 0.0]
    rows = sight.rows(order) if len(order) else np.zeros((0, len(sight.features)))
    return [_one(sight, int(i), row, float(losses[i])) for i, row in zip(order, rows, strict=True)]


def _one(sight: Sight, i: int, row: Any, loss: float) -> dict[str, Any]:
    own = int(sight.codes[i])
    others = sight.scores[i].copy()
    others[own] = -np.inf
    rival = int(np.argmax(others))
    found: dict[str, Any] = {
        "row": i + 1,
        "class": sight.classes[own],
        "rival": sight.classes[rival],
        "loss": loss,
        "lead": float(sight.scores[i, rival] - sight.scores[i, own]),
        "pixels": row,
        "parts": [],
    }
    if isinstance(sight.model, LinearClassifier):
        push = row * (sight.model.coef_[rival] - sight.model.coef_[own])
        found["push"] = push
        top = np.argsort(-np.abs(push), kind="stable")[:PARTS]
        if sight.dataset.image_shape is None:
            found["parts"] = [(sight.features[j], float(push[j])) for j in top.tolist() if push[j]]
    return found


def farthest(model: LinearRegressor, dataset: Dataset, features: list[str]) -> list[dict[str, Any]]:
    """The rows whose predictions lie farthest from their targets, with the largest parts of the predictions."""
    X = as_matrix(dataset.X, dtype=np.float64)
    off = model.predict(X) - dataset.labels
    order = np.argsort(-np.abs(off), kind="stable")[:MOST]
    found = []
    for i in order[off[order] != 0.0].tolist():
        block: Any = X.take(np.array([i]))
        push = (np.eye(1) @ block)[0] * model.coef_
        top = np.argsort(-np.abs(push), kind="stable")[:PARTS]
        found.append(
            {
                "row": i + 1,
                "class": f"{dataset.labels[i]:.6g}",
                "loss": 0.5 * float(off[i]) ** 2,
                "predicted": float(off[i] + dataset.labels[i]),
                "parts": [(features[j], float(push[j])) for j in top.tolist() if push[j]],
            }
        )
    return found


def confusion(model: Any, rows: str, dataset: Dataset) -> dict[str, Any]:
    """Counts of true against predicted classes."""
    X = as_matrix(dataset.X, dtype=model.report_.dtype if dataset.X.dtype == np.uint8 else None)
    return {**compare(dataset.labels, model.predict(X), model.classes_), "rows": rows}
