"""Describe a model file: what was fitted, on what, and how well it is proved."""

import argparse
from typing import Any

from taut.cli._options import print_json
from taut.losses import LOSSES
from taut.pages import class_features_text, table_text
from taut.persist import load_described


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
    report, data = model.report_, facts["data"]
    classes = ", ".join(str(label) for label in model.classes_[:20].tolist())
    more = f", … ({len(model.classes_)})" if len(model.classes_) > 20 else ""
    rows = [
        (
            "loss",
            report.loss + (f", margin {report.margin:g}" if LOSSES[report.loss].uses_margin else ""),
        ),
        ("l2", f"{report.l2:g}"),
        ("classes", classes + more),
        ("weights", f"{report.k} classes × {report.d} columns, {model.coef_.dtype}"),
        ("intercept", "free" if report.fit_intercept else "none"),
        ("objective", f"{report.primal:.10g}"),
        ("lower bound", f"{report.dual:.10g}"),
        ("gap", f"{report.gap:.3g} (tol {report.tol:g})"),
        (
            "solver",
            f"{report.solver}, {report.passes:,.0f} passes, {report.seconds:.3g} s, status {report.status}",
        ),
        (
            "data",
            f"{data.get('name', 'not recorded')}, {report.n} rows"
            + (f", sha256 {data['sha256'][:16]}…" if "sha256" in data else ""),
        ),
        ("written by", ", ".join(f"{name} {version}" for name, version in report.versions.items())),
    ]
    if hasattr(model, "scale_"):
        rows.insert(5, ("scaling", "l2 acts on the weights of the scaled columns; the weights here take raw values"))
    return rows
