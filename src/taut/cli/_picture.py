"""The picture of a model: class templates for images, the strongest features for everything else."""

from pathlib import Path
from typing import Any

import numpy as np

from taut import LinearClassifier, as_matrix
from taut.data import Dataset
from taut.pages import draw_features, draw_templates
from taut.persist import write_whole


def check_picture(path: str | None) -> None:
    """Refuse a name that promises another kind of picture."""
    if path is not None and Path(path).suffix.lower() != ".png":
        raise ValueError(f"--picture {path}: pictures are PNG files; give a name that ends in .png")


def write_picture(path: str, model: LinearClassifier, dataset: Dataset) -> None:
    """Draw the weights and write them as PNG, whole or not at all."""
    report = model.report_
    proof = f"gap {report.gap:.1e}, certified" if report.certified else "not certified"
    facts: dict[str, Any] = {
        "title": f"{dataset.name}: weights of the {report.loss} classifier",
        "classes": [str(label) for label in model.classes_.tolist()],
        "weights": model.coef_,
        "caption": f"l2 = {report.l2:.3g}, objective {report.primal:.6g} ({proof})",
    }
    if dataset.image_shape is not None:
        blob = draw_templates({**facts, "image_shape": dataset.image_shape})
    else:
        names = dataset.feature_names or [f"column {j + 1}" for j in range(model.n_features_in_)]
        blob = draw_features({**facts, "features": names, "scales": _deviations(dataset), "top": 10})
    write_whole(Path(path), blob)


def _deviations(dataset: Dataset) -> Any:
    """Standard deviation of every column: a weight times this does not depend on the column's unit."""
    n = dataset.X.shape[0]
    first, second = as_matrix(dataset.X, dtype=np.float64).column_moments(np.full(n, 1.0 / n))
    return np.sqrt(np.maximum(second - first**2, 0.0))
