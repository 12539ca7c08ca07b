"""Search over a grid on a validation split; the best model is kept as it was fitted."""

import argparse
import sys
from itertools import product
from typing import Any

from taut.cli._options import ratio
from taut.cli._scaled import parted
from taut.cli._task import Task
from taut.data import Dataset

TUNABLE = ("l2", "learning_rate", "margin", "momentum", "decay", "batch_size", "hidden")
WHOLE = ("batch_size", "hidden")
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
    train, validation = parted(dataset, "--validation", arguments.validation, arguments.seed)
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
        print("  ".join(f"{name}={value:.4g}" for name, value in line.items()), file=sys.stderr)
        line["status"] = candidate.report_.status
        if candidate.report_.status == "interrupted":
            break
    kept = ", ".join(f"{name}={best.get_params()[name]:g}" for name in grid)
    print(f"kept {kept}: best on {len(validation.labels):,} validation rows", file=sys.stderr)
    return best, tried
