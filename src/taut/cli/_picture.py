"""The picture of a model: class templates for images, the strongest features for everything else."""

from pathlib import Path
from typing import Any

from taut import TwoLayerClassifier, as_matrix
from taut.data import Dataset
from taut.pages import draw_features, draw_templates
from taut.persist import write_whole


def check_picture(path: str | None, option: str = "--picture") -> None:
    """Refuse a name that promises another kind of picture."""
    if path is not None and Path(path).suffix.lower() != ".png":
        raise ValueError(f"{option} {path}: pictures are PNG files; give a name that ends in .png")


def write_picture(path: str, model: Any, dataset: Dataset) -> None:
    """Draw the weights and write them as PNG, whole or not at all."""
    coef, names, noun = _weights(model)
    said = vars(model.report_)
    objective = f"objective {said.get('primal', said.get('objective')):.6g}"
    proof = ("certified" if model.report_.certified else "not certified") if "gap" in said else "a network"
    gap = f"gap {said['gap']:.1e}, " if "gap" in said else ""
    facts: dict[str, Any] = {
        "title": f"{dataset.name}: weights of the {said['loss']} {'network' if 'hidden' in said else 'classifier'}",
        "classes": names,
        "noun": noun,
        "weights": coef,
        "caption": f"l2 = {said['l2']:.3g}, {objective} ({gap}{proof})",
    }
    if dataset.image_shape is not None:
        blob = draw_templates({**facts, "image_shape": dataset.image_shape})
    else:
        features = dataset.feature_names or [f"column {j + 1}" for j in range(model.n_features_in_)]
        scales = as_matrix(dataset.X).deviations()
        blob = draw_features({**facts, "features": features, "scales": scales, "top": 10})
    write_whole(Path(path), blob)


def _weights(model: Any) -> tuple[Any, list[str], str]:
    """One row of weights a class, of a network one a hidden unit, with their names and what they are."""
    if isinstance(model, TwoLayerClassifier):
        return model.W1_.T, [f"unit {j + 1}" for j in range(model.W1_.shape[1])], "hidden units"
    return model.coef_, [str(label) for label in model.classes_.tolist()], "classes"
