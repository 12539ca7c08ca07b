"""``taut info``: what a model file holds."""

import argparse
from typing import Any

import numpy as np

from taut.cli._options import print_json
from taut.losses import LOSSES
from taut.pages import class_features_text, table_text
from taut.persist import KINDS, load_described


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``taut info``."""
    parser.add_argument("model", metavar="MODEL", help="a model that taut fit has written")
    parser.add_argument(
        "--top", metavar="N", type=int, default=0, help="also list the N strongest features of each class"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Read, and print."""
    model, facts = load_described(arguments.model)
    if arguments.json:
        print_json(facts)
        return 0
    print(str(model.report_))
    print()
    print(table_text(_rows(model, facts)))
    if arguments.top > 0:
        if "coef" not in KINDS[facts["estimator"]].arrays or facts["classes"] is None:
            raise ValueError(f"--top: a {facts['estimator']} has no weights of features for each class")
        names = facts["feature_names"] or [f"column {j + 1}" for j in range(model.n_features_in_)]
        print()
        print(
            class_features_text(
                {
                    "classes": facts["classes"]["values"],
                    "features": names,
                    "weights": model.coef_,
                    "top": arguments.top,
                }
            )
        )
    return 0


def _rows(model: Any, facts: dict[str, Any]) -> list[tuple[str, str]]:
    said, data = vars(model.report_), facts["data"]
    margin = f", margin {said['margin']:g}" if "margin" in said and _uses_margin(said["loss"]) else ""
    rows = [("model", facts["estimator"]), ("loss", said["loss"] + margin), ("l2", f"{said['l2']:g}")]
    if facts["classes"] is not None:
        rows.append(("classes", _some(model.classes_.tolist())))
    rows.append(("weights", f"{_shapes(model, facts['estimator'])}, {said['dtype']}"))
    if "scale" in facts["preprocessing"]:
        rows.append(("scaling", "l2 acts on the weights of the scaled columns; the weights here take raw values"))
    rows += _numbers(said)
    effort = f"{said['passes']:,.0f} passes, {said['seconds']:.3g} s"
    name, digest = data.get("name", "not recorded"), data.get("sha256")
    return [
        *rows,
        ("solver", f"{said['solver']}, {effort}, status {said['status']}"),
        ("data", f"{name}, {said['n']} rows" + ("" if digest is None else f", sha256 {digest[:16]}…")),
        ("written by", ", ".join(f"{part} {version}" for part, version in said["versions"].items())),
    ]


def _uses_margin(loss: str) -> bool:
    return LOSSES[loss].uses_margin if loss in LOSSES else False


def _some(labels: list[Any]) -> str:
    more = f", … ({len(labels)})" if len(labels) > 20 else ""
    return ", ".join(map(str, labels[:20])) + more


def _shapes(model: Any, estimator: str) -> str:
    arrays = {name: np.shape(vars(model)[f"{name}_"]) for name in KINDS[estimator].arrays}
    return ", ".join(f"{name} {' × '.join(map(str, shape)) or 'one number'}" for name, shape in arrays.items())


def _numbers(said: dict[str, Any]) -> list[tuple[str, str]]:
    """Of a report's numbers, those that this kind of report has."""
    rows = []
    if "fit_intercept" in said:
        rows.append(("intercept", "free" if said["fit_intercept"] else "none"))
    rows.append(("objective", f"{said.get('primal', said.get('objective')):.10g}"))
    if "dual" in said:
        rows.append(("lower bound", f"{said['dual']:.10g}"))
        rows.append(("gap", f"{said['gap']:.3g} (tol {said['tol']:g})"))
    if "gradient_norm" in said:
        rows.append(("gradient norm", f"{said['gradient_norm']:.3g}"))
    return rows
