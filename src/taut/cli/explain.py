"""``taut explain``: how loss and gradient come about, step by step.

Without a model the weights are small random ones, the same for the same seed.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from taut import Explanation, LinearClassifier, TwoLayerClassifier, as_matrix, explain_gradient
from taut._typing import AnyArray, FloatArray, IntArray
from taut.cli._model import comparable, read_for
from taut.cli._options import add_data_arguments, count, print_json, ratio, read_data, seed
from taut.cli._task import many_classes
from taut.data import DataError, Dataset
from taut.losses import LOSSES
from taut.pages import explanation_text, plain
from taut.persist import check_place, write_whole

SIZE = 1.0
"""Typical size of the scores of the random weights: some rivals are then beaten by the margin, and some are not."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``taut explain``."""
    add_data_arguments(parser)
    what = parser.add_argument_group("what is explained")
    what.add_argument(
        "--model", metavar="FILE", help="weights, loss, margin and l2 of a model that taut fit has written"
    )
    what.add_argument("--loss", choices=tuple(LOSSES), help="default: the model's, or hinge")
    what.add_argument("--margin", type=ratio, help="margin of the hinges (default: the model's, or 1)")
    what.add_argument("--l2", type=ratio, help="penalty l2/2 ‖W‖² (default: the model's, or 0.1)")
    what.add_argument("--divide", metavar="NUMBER", type=ratio, help="without a model: divide every feature")
    what.add_argument("--rows", metavar="N", type=count, default=10, help="rows, drawn by the seed (default 10)")
    what.add_argument("--seed", type=seed, default=0, help="of the rows, and of the weights without a model")
    out = parser.add_argument_group("output")
    out.add_argument("--html", metavar="OUT.html", help="also write a page on which weights and margin can be moved")


def run(arguments: argparse.Namespace) -> int:
    """Read, explain, write, print."""
    _check_html(arguments)
    case = _with_model(arguments) if arguments.model else _without_model(arguments)
    found = explain_gradient(
        case.W,
        case.X,
        case.y,
        loss=arguments.loss or case.loss,
        margin=case.margin if arguments.margin is None else arguments.margin,
        l2=case.l2 if arguments.l2 is None else arguments.l2,
        bias_row=case.bias_row,
        feature_names=case.features,
        class_names=case.classes,
        example_names=[f"row {i + 1}" for i in case.rows.tolist()],
    )
    if arguments.html:
        write_whole(Path(arguments.html), found.to_html().encode())
        print(f"wrote page {plain(arguments.html)}", file=sys.stderr)
    if arguments.json:
        print_json({**found.to_dict(), "rows": (case.rows + 1).tolist(), "classes": case.classes})
    else:
        _say(found, case.about)
    return 0


class _Case(NamedTuple):
    """Weights W (d, k), or a network's by name, beside rows X (n, d) of a file, and what they are called."""

    W: FloatArray | dict[str, FloatArray]
    X: Any
    y: IntArray
    rows: IntArray
    loss: str
    margin: float
    l2: float
    bias_row: int | None
    features: list[str]
    classes: list[str]
    about: str


def _check_html(arguments: argparse.Namespace) -> None:
    """Nothing of the user's is overwritten by accident."""
    if not arguments.html:
        return
    place = Path(arguments.html)
    if place.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"--html {arguments.html}: give a name that ends in .html")
    check_place(place)
    if place.resolve() in {Path(each).resolve() for each in (arguments.data, arguments.model) if each}:
        raise ValueError(f"{arguments.html} is named twice: choose another name, or the page would destroy it")


def _drawn(codes: AnyArray, most: int, number: int) -> IntArray:
    """Rows drawn by the seed, in the file's order: one of each class before all others, as far as they reach."""
    order = np.random.default_rng(number).permutation(len(codes))
    first = np.sort(np.unique(codes[order], return_index=True)[1])
    rows: IntArray = np.sort(np.concatenate([order[first], np.delete(order, first)])[:most])
    return rows


def _names(dataset: Dataset) -> list[str]:
    d = dataset.X.shape[1]
    return list(dataset.feature_names) if dataset.feature_names else [f"column {j + 1}" for j in range(d)]


def _without_model(arguments: argparse.Namespace) -> _Case:
    dataset = read_data(arguments)
    classes, codes = np.unique(dataset.labels, return_inverse=True)
    if len(classes) < 2:
        raise DataError(f"{dataset.name}: every row is of one class; a gradient needs two")
    found = many_classes(dataset)
    if found:
        print(f"{found}: explain is of classes, choose them with --target", file=sys.stderr)
    if arguments.divide == 0:
        raise ValueError("--divide 0: choose another divisor")
    rows = _drawn(codes, arguments.rows, arguments.seed)
    X = as_matrix(dataset.X[rows], scale=None if arguments.divide is None else 1.0 / arguments.divide, dtype=np.float64)
    _, squares = X.column_moments(np.full(len(rows), 1.0 / len(rows)))
    length = float(np.sqrt(squares.sum())) or 1.0
    rng = np.random.default_rng(arguments.seed)
    return _Case(
        W=SIZE / length * rng.normal(size=(X.shape[1], len(classes))),
        X=X,
        y=codes[rows],
        rows=rows,
        loss="hinge",
        margin=1.0,
        l2=0.1,
        bias_row=None,
        features=_names(dataset),
        classes=[str(label) for label in classes.tolist()],
        about=f"{len(rows)} rows of {dataset.name}, weights drawn with seed {arguments.seed}",
    )


def _with_model(arguments: argparse.Namespace) -> _Case:
    """The model's own weights on the columns that its penalty acts on, with a column of ones for the intercept."""
    if arguments.divide is not None:
        raise ValueError("--divide goes without a model: a model knows how it scales its columns")
    model, dataset, _ = read_for(arguments, labelled=True)
    if not isinstance(model, LinearClassifier | TwoLayerClassifier):
        raise ValueError(f"explain takes classifiers of one class a row; {arguments.model} is a {type(model).__name__}")
    codes = _codes(model, dataset)
    rows = _drawn(codes, arguments.rows, arguments.seed)
    d = model.n_features_in_
    scale, shift = getattr(model, "scale_", np.ones(d)), getattr(model, "shift_", np.zeros(d))
    scaled: Any = as_matrix(dataset.X[rows], scale=scale, shift=shift if shift.any() else None, dtype=np.float64)
    block: AnyArray = np.eye(len(rows)) @ scaled.block(slice(0, len(rows)))
    net = isinstance(model, TwoLayerClassifier)
    return _Case(
        W=_layers(model, scale, shift) if net else _stacked(model, scale, shift),
        X=block if net else np.hstack([block, np.ones((len(rows), 1))]),
        y=codes[rows],
        rows=rows,
        loss=model.report_.loss,
        margin=model.report_.margin,
        l2=model.report_.l2,
        bias_row=None if net else -1,
        features=[*_names(dataset), *([] if net else ["intercept"])],
        classes=[str(label) for label in model.classes_.tolist()],
        about=f"{len(rows)} rows of {dataset.name}, weights of {arguments.model}",
    )


def _stacked(model: LinearClassifier, scale: FloatArray, shift: FloatArray) -> FloatArray:
    """W (d + 1, k) of a linear model, the intercept in its last row."""
    intercept = model.intercept_ + model.coef_ @ shift
    stacked: FloatArray = np.vstack([(model.coef_ / scale).T, intercept[None, :]]).astype(np.float64)
    return stacked


def _layers(model: TwoLayerClassifier, scale: FloatArray, shift: FloatArray) -> dict[str, FloatArray]:
    """The weights of a network by name."""
    first = {"W1": model.W1_ / scale[:, None], "b1": model.b1_ + shift @ model.W1_}
    return first | {"W2": model.W2_, "b2": model.b2_}


def _codes(model: LinearClassifier | TwoLayerClassifier, dataset: Dataset) -> IntArray:
    labels = comparable(model, dataset.labels)
    unknown = ~np.isin(labels, model.classes_)
    if unknown.any():
        row = int(np.argmax(unknown))
        raise DataError(f"{dataset.name}: row {row + 1} is of class {labels[row]!s}, which the model does not know")
    codes: IntArray = np.searchsorted(model.classes_, labels)
    return codes


def _say(found: Explanation, about: str) -> None:
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    print(plain(about), file=sys.stderr)
    print(explanation_text(found.facts(), colour=colour))
