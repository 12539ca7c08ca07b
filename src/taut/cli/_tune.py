"""Search over a grid: on a validation split, whose best model is kept, or for l2 alone by cross-validation."""

import argparse
import sys
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from taut import L2Choice, LinearClassifier, as_matrix, choose_l2
from taut._typing import IntArray
from taut.cli._options import ratio
from taut.cli._scaled import parted
from taut.cli._task import Task
from taut.data import Dataset
from taut.pages import draw_l2_curve
from taut.persist import write_whole

TUNABLE = ("l2", "learning_rate", "margin", "momentum", "decay", "batch_size", "hidden")
WHOLE = ("batch_size", "hidden")
DEFAULT = "l2=1e-6,1e-5,1e-4,1e-3,1e-2,1e-1"
VALIDATION, FOLDS = 0.2, 5
"""Where no option names another: the share of rows that --tune holds out, and the folds of --l2 auto."""


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
    for name in grid.keys() & WHOLE:
        if any(value != int(value) for value in grid[name]):
            raise ValueError(f"--tune {name}: it is counted in whole numbers")
        grid[name] = [int(value) for value in grid[name]]
    return grid


def tune(
    task: Task,
    estimator: Any,
    dataset: Dataset,
    grid: dict[str, list[float]],
    arguments: argparse.Namespace,
    scale: Any,
    shift: Any,
) -> tuple[Any, list[dict[str, Any]]]:
    """Fit every combination on one part of the rows, judge it on the other; of equals the first wins."""
    train, validation = parted(dataset, "--validation", arguments.validation or VALIDATION, arguments.seed)
    tried: list[dict[str, Any]] = []
    best: Any = None
    for values in product(*grid.values()):
        chosen = dict(zip(grid, values, strict=True))
        candidate = task.made_with(estimator, chosen)
        task.fit(candidate, train, scale, shift, witness=arguments.witness)
        (name, score), *_ = task.judged(candidate, validation).items()
        line = {
            **chosen,
            f"validation_{name}": score,
            f"train_{name}": task.judged(candidate, train)[name],
            "gap": getattr(candidate, "gap_", float("nan")),
        }
        if best is None or score > max(each[f"validation_{name}"] for each in tried):
            best = candidate
        tried.append(line)
        _say(line)
        line["status"] = candidate.report_.status
        if candidate.report_.status == "interrupted":
            break
    kept = ", ".join(f"{name}={best.get_params()[name]:g}" for name in grid)
    print(f"kept {kept}: best on {len(validation.labels):,} validation rows", file=sys.stderr)
    return best, tried


def choose(
    task: Task, estimator: Any, dataset: Dataset, arguments: argparse.Namespace, scale: Any, shift: Any
) -> tuple[Any, list[dict[str, Any]]]:
    """Choose l2 by folds, or on a validation split, and fit all rows with it."""
    kept = ("l2", "warm_start")
    parameters = {name: value for name, value in estimator.get_params(deep=False).items() if name not in kept}
    X = as_matrix(dataset.X, scale=scale, shift=shift)
    folds: int | IntArray = arguments.folds or FOLDS
    if arguments.validation is not None:
        folds = _split(dataset, arguments)
    choice = choose_l2(X, dataset.y, folds=folds, sample_weight=dataset.sample_weight, **parameters)
    tried = choice.to_dict()["tried"]
    for line in tried:
        _say(line)
        line["status"] = "interrupted" if choice.interrupted else "fitted"
    print(choice, file=sys.stderr)
    if arguments.path_picture:
        write_path_picture(arguments.path_picture, dataset, choice)
    model = task.made_with(estimator, {"l2": choice.l2})
    task.fit(model, dataset, scale, shift, witness=arguments.witness)
    return model, tried


def check_choice(task: Task, arguments: argparse.Namespace) -> None:
    """Options that --l2 auto goes with."""
    automatic = arguments.l2 == "auto"
    if automatic and arguments.tune is not None:
        raise ValueError("--l2 auto and --tune both choose l2: give one")
    if automatic and task.estimator is not LinearClassifier:
        raise ValueError(f"--l2 auto chooses for a linear classifier; --tune l2=… does for {task.estimator.__name__}")
    if arguments.folds is not None and (not automatic or arguments.validation is not None):
        raise ValueError("--folds goes with --l2 auto, and without --validation")
    if arguments.path_picture is not None and not automatic:
        raise ValueError("--path-picture draws what --l2 auto has tried: give that too")


def _split(dataset: Dataset, arguments: argparse.Namespace) -> IntArray:
    """0 for the rows that --validation holds out, −1 for all others; the same that --tune holds out."""
    n = dataset.X.shape[0]
    numbered = replace(dataset, X=np.arange(n)[:, None])
    places = np.full(n, -1)
    places[parted(numbered, "--validation", arguments.validation, arguments.seed)[1].X[:, 0]] = 0
    return places


def write_path_picture(path: str, dataset: Dataset, choice: L2Choice) -> None:
    """Draw accuracy against l2 and write it as PNG, whole or not at all."""
    facts = {
        "title": f"{dataset.name}: accuracy on rows held out",
        "score": "accuracy",
        "caption": f"{choice}. Bars are standard errors.",
        "l2s": choice.l2s.tolist(),
        "means": choice.means.tolist(),
        "errors": choice.errors.tolist(),
        "chosen": choice.l2,
        "best": choice.best,
    }
    write_whole(Path(path), draw_l2_curve(facts))


def _say(line: dict[str, Any]) -> None:
    print("  ".join(f"{name}={value:.4g}" for name, value in line.items()), file=sys.stderr)
