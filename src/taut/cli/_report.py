"""The page of a fit: what the model says of its rows, with what only the command line knows."""

import argparse
import shlex
from pathlib import Path
from typing import Any

from taut import LinearClassifier, as_matrix
from taut.data import Dataset
from taut.estimators import told
from taut.evidence import machine
from taut.pages import report_page
from taut.persist import write_whole
from taut.report import Source


def check_report(path: str | None) -> None:
    """Refuse a name that promises another kind of file."""
    if path is not None and Path(path).suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"--report {path}: the report is a page; give a name that ends in .html")


def wants_witness(arguments: argparse.Namespace, estimator: Any) -> bool:
    """A report shows the examples that the weights are made of, and the witness knows them."""
    return arguments.witness or (arguments.report is not None and isinstance(estimator, LinearClassifier))


def source_of(arguments: argparse.Namespace, estimator: Any) -> Source:
    """What a report is made from, the witness with it; a model that is not asked to keep that does not."""
    found = told(estimator)
    if not arguments.witness:
        vars(estimator).pop("witness_", None)
    return found


def write_report(
    arguments: argparse.Namespace, estimator: Any, source: Source, dataset: Dataset, held_out: Dataset | None
) -> None:
    """Gather the facts and write the page, whole or not at all."""
    report = estimator.report_
    facts = report.to_dict() | source.facts(
        as_matrix(dataset.X),
        dataset.labels,
        dataset.sample_weight,
        feature_names=dataset.feature_names,
        image_shape=dataset.image_shape,
        held_out=None if held_out is None else (as_matrix(held_out.X), held_out.labels),
    )
    facts |= {
        "title": f"{dataset.name}: fit of the {report.loss} loss",
        "data_card": _card(facts["data_card"], dataset, held_out),
        "machine": machine(arguments.seed, arguments.threads),
        "command": shlex.join(["taut", *arguments.words]),
    }
    if facts["kind"] == "numbers" and dataset.target_name:
        facts["classes"] = facts["weights_of"] = [dataset.target_name]
    write_whole(Path(arguments.report), report_page(facts).encode())


def _card(lines: list[tuple[str, str]], dataset: Dataset, held_out: Dataset | None) -> list[tuple[str, str]]:
    """What was read, with where from."""
    card = [("name", dataset.name), ("sha256", dataset.sha256), *lines, ("target", dataset.target_name or "")]
    if held_out is not None:
        if held_out.sha256 == dataset.sha256:
            card.append(("row numbers", "count the rows that the test rows left"))
        card.append(("test rows", f"{held_out.X.shape[0]:,} of {held_out.name}, sha256 {held_out.sha256}"))
    return card
