"""A saved model beside new data: columns matched by name, labels by value."""

import argparse
from typing import Any

import numpy as np

from taut import as_matrix
from taut.cli._task import LabelSets, task_for
from taut.data import SAMPLES, DataError, Dataset
from taut.persist import load_described


def add_model_argument(parser: argparse.ArgumentParser) -> None:
    """--model FILE, required."""
    parser.add_argument("--model", metavar="FILE", required=True, help="a model that taut fit has written")


def read_for(arguments: argparse.Namespace, *, labelled: bool, weight: str | None = None) -> tuple[Any, Dataset, Any]:
    """The model, the data, and the data's X in the model's columns."""
    model, facts = load_described(arguments.model)
    # A bundled sample knows its own target and takes no other.
    remembered = None if arguments.data in SAMPLES else facts["data"].get("target")
    names = getattr(model, "feature_names_in_", None)
    task = task_for(model)
    labels = {"labels": model.classes_.tolist()} if isinstance(task, LabelSets) else {}
    dataset = task.read(
        arguments,
        part=arguments.part or "test",
        target=arguments.target or remembered,
        columns=None if names is None else tuple(names),
        require_target=labelled,
        n_features=model.n_features_in_,
        **labels,
        weight=weight,
    )
    dataset = task.taken(dataset) if labelled else dataset
    if dataset.X.shape[1] != model.n_features_in_:
        raise DataError(
            f"{dataset.name}: {dataset.X.shape[1]} feature columns, but the model was fitted on {model.n_features_in_}"
        )
    return model, dataset, as_matrix(dataset.X, dtype=_dtype(dataset.X, model))


def _dtype(X: Any, model: Any) -> Any:
    """uint8 pixels are computed with in the model's own type."""
    return model.report_.dtype if X.dtype == np.uint8 else None


def comparable(model: Any, labels: Any) -> Any:
    """Labels in the type of the model's classes: numbers in a file may have been text to the model."""
    if model.classes_.dtype.kind == "U" and labels.dtype.kind != "U":
        return labels.astype(str)
    return labels
