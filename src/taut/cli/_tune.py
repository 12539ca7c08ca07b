"""Search over a grid on a validation split; the best model is kept as it was fitted."""

import argparse
import sys
from itertools import product
from typing import Any

from sklearn.base import clone

from taut import LinearClassifier
from taut.cli._options import ratio
from taut.cli._scaled import accuracy, fit_scaled, parted
from taut.data import Dataset

TUNABLE = ("l2", "learning_rate", "margin", "momentum", "decay", "batch_size")
DEFAULT = "l2=1e-6,1e-5,1e-4,1e-3,1e-2,1e-1"


def parse_grid(text: str) -> dict[str, list[float]]:
    """``l2=1e-4,1e-3 learning_rate=0.01,0.1`` as lists of numbers."""
    grid: dict[str, list[float]] = {}
    for part in (text or DEFAULT).split():
        name, _, values = part.partition("=")
        name = name.replace("-", "_")
        if name not in TUNABLE or not values or name in grid:
            raise ValueError(f"--tune {part!r}: write NAME=VALUE,VALUE…, each name once, of {', '.join(TUNABLE)}")
        try:
            grid[name] = [ratio(value) for value in values.split(",")]
        except argparse.ArgumentTypeError as error:
            raise ValueError(f"--tune {part!r}: {error}") from None
    if "batch_size" in grid:
        if any(value != int(value) for value in grid["batch_size"]):
            raise ValueError("--tune batch_size: rows are counted in whole numbers")
        grid["batch_size"] = [int(value) for value in grid["batch_size"]]
    return grid


def tune(
    estimator: LinearClassifier,
    dataset: Dataset,
    grid: dict[str, list[float]],
    arguments: argparse.Namespace,
    scale: Any,
    shift: Any,
) -> tuple[LinearClassifier, list[dict[str, Any]]]:
    """Fit every combination on one part of the rows, judge it on the other; of equals the first wins."""
    train, validation = parted(dataset, "--validation", arguments.validation, arguments.seed)
    tried: list[dict[str, Any]] = []
    best: LinearClassifier | None = None
    for values in product(*grid.values()):
        chosen = dict(zip(grid, values, strict=True))
        candidate = clone(estimator).set_params(**chosen)
        fit_scaled(candidate, train, scale, shift, witness=arguments.witness)
        score = accuracy(candidate, validation)
        line = {
            **chosen,
            "validation_accuracy": score,
            "train_accuracy": accuracy(candidate, train),
            "gap": candidate.gap_,
        }
        if best is None or score > max(each["validation_accuracy"] for each in tried):
            best = candidate
        tried.append(line)
        print("  ".join(f"{name}={value:.4g}" for name, value in line.items()), file=sys.stderr)
        line["status"] = candidate.report_.status
        if candidate.report_.status == "interrupted":
            break
    assert best is not None
    kept = ", ".join(f"{name}={best.get_params()[name]:g}" for name in grid)
    print(f"kept {kept}: best on {len(validation.labels):,} validation rows", file=sys.stderr)
    return best, tried
