"""The page of a fit: what the report knows, and what only the data can tell."""

import argparse
import os
import platform
import shlex
from pathlib import Path
from typing import Any

import numpy as np

from taut import LinearClassifier, LinearRegressor, TwoLayerClassifier, as_matrix
from taut._typing import AnyArray
from taut.cli._report_proof import checked, contributors
from taut.cli._report_rows import confusion, farthest, hardest
from taut.cli._report_sight import Sight
from taut.data import Dataset
from taut.pages import report_page
from taut.persist import write_whole


def check_report(path: str | None) -> None:
    """Refuse a name that promises another kind of file."""
    if path is not None and Path(path).suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"--report {path}: the report is a page; give a name that ends in .html")


def wants_witness(arguments: argparse.Namespace, estimator: Any) -> bool:
    """A report shows the examples that the weights are made of, and the witness knows them."""
    return arguments.witness or (arguments.report is not None and isinstance(estimator, LinearClassifier))


def taken_witness(arguments: argparse.Namespace, estimator: Any) -> AnyArray | None:
    """The witness; a model that is not asked to keep it does not."""
    witness: AnyArray | None = getattr(estimator, "witness_", None)
    if not arguments.witness:
        vars(estimator).pop("witness_", None)
    return witness


def write_report(
    arguments: argparse.Namespace,
    estimator: Any,
    dataset: Dataset,
    held_out: Dataset | None,
    witness: AnyArray | None,
) -> None:
    """Gather the facts and write the page, whole or not at all."""
    report = estimator.report_
    facts: dict[str, Any] = {
        **report.to_dict(),
        "title": f"{dataset.name}: fit of the {report.loss} loss",
        "data_card": _card(dataset, held_out),
        "image_shape": dataset.image_shape,
        "configuration": estimator.get_params(),
        "machine": _machine(arguments),
        "command": shlex.join(["taut", *arguments.words]),
    }
    match estimator:
        case LinearClassifier():
            facts |= _of_classes(estimator, dataset, held_out) | _of_weights(estimator, dataset, witness)
        case TwoLayerClassifier():
            facts |= _of_classes(estimator, dataset, held_out)
        case LinearRegressor():
            facts |= _of_regression(estimator, dataset)
    write_whole(Path(arguments.report), report_page(facts).encode())


def _of_classes(estimator: Any, dataset: Dataset, held_out: Dataset | None) -> dict[str, Any]:
    """What every classifier can say of its rows."""
    sight = Sight.of(estimator, dataset)
    judged = ("training rows", dataset) if held_out is None else ("test rows", held_out)
    return {
        "classes": sight.classes,
        "hardest": hardest(sight),
        "confusion": confusion(estimator, *judged),
    }


def _of_weights(estimator: LinearClassifier, dataset: Dataset, witness: AnyArray | None) -> dict[str, Any]:
    """What a linear classifier can say of its weights."""
    sight = Sight.of(estimator, dataset)
    zeros = np.zeros((1, len(sight.classes)))
    starts = sight.loss.rows(np.repeat(zeros, len(sight.codes), axis=0), sight.codes)[0]
    return {
        "measured_start": float(starts @ sight.weights / sight.weights.sum()),
        "weights": estimator.coef_,
        "features": sight.features,
        "scales": _deviations(dataset),
        "top": 8,
        "check": checked(sight),
        "witness": None if witness is None or len(witness) != len(sight.codes) else contributors(sight, witness),
    }


def _of_regression(estimator: LinearRegressor, dataset: Dataset) -> dict[str, Any]:
    """What a regression can say of its weights and of the rows that it misses most."""
    features = list(dataset.feature_names or (f"column {j + 1}" for j in range(dataset.X.shape[1])))
    return {
        "classes": [dataset.target_name or "target"],
        "weights": estimator.coef_[None, :],
        "features": features,
        "scales": _deviations(dataset),
        "top": 12,
        "image_shape": None,
        "hardest": farthest(estimator, dataset, features),
    }


def _deviations(dataset: Dataset) -> AnyArray:
    """Standard deviation of every column: a weight times this does not depend on the column's unit."""
    n = dataset.X.shape[0]
    first, second = as_matrix(dataset.X, dtype=np.float64).column_moments(np.full(n, 1.0 / n))
    spread: AnyArray = np.sqrt(np.maximum(second - first**2, 0.0))
    return spread


def _card(dataset: Dataset, held_out: Dataset | None) -> list[tuple[str, str]]:
    """What was read: names, sizes, classes, values."""
    n, d = dataset.X.shape
    matrix = as_matrix(dataset.X, dtype=np.float64)
    first, second = (moment / n for moment in matrix.column_moments(np.ones(n)))
    stored = dataset.X.nnz if hasattr(dataset.X, "nnz") else int(np.count_nonzero(dataset.X))
    constant = int(np.sum(second - first**2 <= 1e-12 * second))
    card = [
        ("name", dataset.name),
        ("sha256", dataset.sha256),
        ("rows", f"{n:,}"),
        (
            "features",
            f"{d:,}" + (f", images of {' × '.join(map(str, dataset.image_shape))}" if dataset.image_shape else ""),
        ),
        ("stored as", str(dataset.X.dtype)),
        ("not zero", f"{stored / max(n * d, 1):.1%} of the entries"),
        ("constant columns", f"{constant:,}"),
        ("mean, root mean square", f"{first.mean():.4g}, {np.sqrt(second.mean()):.4g} over all entries"),
        ("target", dataset.target_name or ""),
        ("labels", _labels(dataset)),
        ("sample weights", "" if dataset.sample_weight is None else f"sum {dataset.sample_weight.sum():.6g}"),
    ]
    if held_out is not None:
        if held_out.sha256 == dataset.sha256:
            card.append(("row numbers", "count the rows that the test rows left"))
        card.append(("test rows", f"{held_out.X.shape[0]:,} of {held_out.name}, sha256 {held_out.sha256}"))
    return card


def _labels(dataset: Dataset) -> str:
    labels = dataset.labels
    if labels.ndim == 2:
        return f"{labels.shape[1]:,} labels, {labels.sum() / len(labels):.3g} of them a row"
    if labels.dtype.kind == "f":
        return f"numbers from {labels.min():.6g} to {labels.max():.6g}, mean {labels.mean():.6g}"
    names, counts = np.unique(labels, return_counts=True)
    told = [f"{name}: {count:,}" for name, count in zip(names.tolist()[:30], counts.tolist()[:30], strict=True)]
    return ", ".join(told) + (f", and {len(names) - 30:,} more classes" if len(names) > 30 else "")


def _machine(arguments: argparse.Namespace) -> list[tuple[str, str]]:
    """Seed, threads, memory and machine."""
    told = [
        ("seed", str(arguments.seed)),
        ("threads", f"{arguments.threads or 'as many as BLAS takes'} of {os.cpu_count()}"),
        ("machine", f"{platform.system()} {platform.machine()}"),
    ]
    try:
        import resource
    except ImportError:  # not on Windows
        return told
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if platform.system() == "Darwin" else 1024)
    return [*told, ("peak memory", f"{peak / 2**20:,.0f} MiB, of the whole process")]
