"""``taut fit``: a model for a data file, and whether it is the optimum.

Model, picture and JSON are all optional; the verdict is always printed.
"""

import argparse
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from taut import save
from taut.cli._options import add_data_arguments, count, print_json, ratio, seed, share_or_count
from taut.cli._picture import check_picture, write_picture
from taut.cli._report import check_report, source_of, wants_witness, write_report
from taut.cli._scaled import parted, scaling
from taut.cli._task import SOLVERS, Task, task_of
from taut.cli._tune import check_choice, choose, parse_grid, tune
from taut.data import DataError, Dataset
from taut.estimators import following
from taut.losses import LOSSES, MULTILABEL_LOSSES
from taut.persist import check_place


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``taut fit``."""
    add_data_arguments(parser, label_sets=True)
    parser.add_argument("--weight", metavar="COL", help="column of sample weights")
    what = parser.add_argument_group("objective")
    what.add_argument(
        "--loss",
        choices=(*LOSSES, *MULTILABEL_LOSSES),
        help="default: hinge (Weston–Watkins), of a network softmax; squared regresses a target of numbers",
    )
    what.add_argument("--classes", action="store_true", help="with --loss squared: the numbers are names of classes")
    what.add_argument(
        "--labels", metavar="COLS", help="rows have sets of labels: how many last columns, their names, or Mulan's XML"
    )
    what.add_argument("--threshold", type=_threshold, help="of label sets: label, global, least_squares or a number")
    what.add_argument(
        "--l2",
        type=_l2,
        help="penalty l2/2 ‖W‖², a number or a fraction (default 1e-4); auto: the largest whose accuracy on rows held "
        "out is within one standard error of the best, over 5 folds or on --validation; then all rows are fitted",
    )
    what.add_argument("--margin", type=ratio, help="margin of the hinges (default 1)")
    what.add_argument("--hidden", metavar="UNITS", type=count, help="a network with so many hidden ReLU units")
    what.add_argument("--init", metavar="STD", type=ratio, help="spread of a network's first weights (default: He's)")
    what.add_argument("--no-intercept", action="store_true", help="fit no intercept (it is never penalised)")
    what.add_argument("--class-weight", choices=("balanced",), help="weigh classes by their inverse frequency")
    what.add_argument("--divide", metavar="NUMBER", type=ratio, help="divide every feature, such as pixels by 255")
    what.add_argument("--center", action="store_true", help="subtract the mean of every feature first")
    how = parser.add_argument_group("solver")
    how.add_argument("--solver", choices=SOLVERS, help="default auto; of a network adam, sgd, quasi_newton")
    how.add_argument("--tol", type=ratio, help="relative duality gap that is enough (default 1e-3)")
    how.add_argument("--max-iter", type=int, help="passes over the data (default 20000, sgd 100, networks 200)")
    how.add_argument("--patience", type=count, help="passes without a gain that end the training of a network")
    how.add_argument("--scaling", choices=("precondition", "standardize", "none"), help="of a regression's columns")
    how.add_argument(
        "--learning-rate", type=_rate, help="step of sgd and gradient_descent; of a regression also line_search"
    )
    how.add_argument("--decay", type=ratio, help="multiplies the learning rate after every pass")
    how.add_argument("--batch-size", type=int, help="rows a step of sgd (default 200)")
    how.add_argument("--momentum", type=_momentum, help="share of the last step; of a regression also accelerated")
    how.add_argument("--seed", type=seed, default=0, help="of the order of rows in sgd, and of splits")
    how.add_argument("--threads", type=int, help="threads of the matrix products")
    judge = parser.add_argument_group("judging")
    judge.add_argument("--test", metavar="FILE", help="also report the accuracy on this file")
    judge.add_argument(
        "--test-size", metavar="SHARE", type=share_or_count, help="or on this share or number of rows, held out"
    )
    judge.add_argument(
        "--tune",
        metavar="GRID",
        nargs="?",
        const="",
        help='keep the best on a validation split, e.g. "l2=1e-4,1e-3 learning_rate=0.01,0.1"; alone: l2 = 1e-6 … 1e-1',
    )
    judge.add_argument(
        "--validation",
        metavar="SHARE",
        type=share_or_count,
        help="share or number of rows for --tune (default 0.2) and --l2 auto",
    )
    judge.add_argument("--folds", metavar="N", type=count, help="folds of --l2 auto (default 5)")
    judge.add_argument("--strict", action="store_true", help="exit 1 unless certified")
    out = parser.add_argument_group("output")
    out.add_argument("--model", metavar="FILE", help="write the model")
    out.add_argument("--witness", action="store_true", help="store the dual point in the model")
    out.add_argument("--report", metavar="FILE.html", help="write all that is known of the fit as one page")
    out.add_argument("--path-picture", metavar="FILE.png", help="draw the accuracies of --l2 auto against l2")
    out.add_argument("--picture", metavar="FILE.png", help="draw the weights as class templates, or the top features")


def _or_word(*words: str) -> Callable[[str], Any]:
    """A number, or one of some words."""

    def parsed(text: str) -> Any:
        return text if text in words else ratio(text)

    parsed.__name__ = "number"
    return parsed


_l2, _rate, _momentum = _or_word("auto"), _or_word("line_search"), _or_word("accelerated")
_threshold = _or_word("label", "global", "least_squares")


def run(arguments: argparse.Namespace) -> int:
    """Read, fit, judge, write, print."""
    check_picture(arguments.picture)
    check_picture(arguments.path_picture, "--path-picture")
    check_report(arguments.report)
    _check_places(arguments)
    task = task_of(arguments)
    check_choice(task, arguments)
    automatic, arguments.l2 = arguments.l2 == "auto", None if arguments.l2 == "auto" else arguments.l2
    grid = None if arguments.tune is None else parse_grid(arguments.tune)
    dataset = task.read(arguments, weight=arguments.weight)
    task = task.seen(arguments, dataset)
    dataset = task.taken(dataset)
    estimator = task.made(arguments)
    held_out = _held_out(task, arguments, dataset)
    if held_out is not None and arguments.test is None:
        dataset, held_out = held_out
    scale, shift = scaling(arguments, dataset)
    with warnings.catch_warnings(), following(True, total=arguments.max_iter, tol=estimator.tol):
        warnings.simplefilter("ignore")  # the verdict says it all
        tried: list[dict[str, Any]] = []
        if automatic:
            estimator, tried = choose(task, estimator, dataset, arguments, scale, shift)
        elif grid is not None:
            estimator, tried = tune(task, estimator, dataset, grid, arguments, scale, shift)
        else:
            task.fit(estimator, dataset, scale, shift, witness=wants_witness(arguments, estimator))
    return _finish(task, arguments, estimator, dataset, held_out, tried)


def _check_places(arguments: argparse.Namespace) -> None:
    """Nothing of the user's is overwritten by accident, and no fit is lost for want of a place."""
    taken = {Path(source).resolve(): source for source in (arguments.data, arguments.test) if source}
    for place in (arguments.model, arguments.picture, arguments.path_picture, arguments.report):
        if place:
            check_place(Path(place))
            if Path(place).resolve() in taken:
                raise ValueError(f"{place} is named twice: choose another name, or the one would destroy the other")
            taken[Path(place).resolve()] = place


def _held_out(task: Task, arguments: argparse.Namespace, dataset: Dataset) -> Any:
    """The test rows: another file's, or (train, test) cut from the data; None where none is asked for."""
    if arguments.test is not None:
        if arguments.test_size is not None:
            raise ValueError("--test and --test-size both name test rows: give one")
        d = dataset.X.shape[1]
        held_out = task.read(
            arguments,
            arguments.test,
            part="test",
            columns=dataset.feature_names,
            n_features=d,
            target=arguments.target or dataset.target_name,
            weight=arguments.weight,
            **({} if dataset.label_names is None else {"labels": dataset.label_names}),
        )
        if held_out.X.shape[1] != d:
            raise DataError(f"{held_out.name}: {held_out.X.shape[1]} feature columns, but {dataset.name} has {d}")
        return task.taken(held_out)
    if arguments.test_size is not None:
        return parted(dataset, "--test-size", arguments.test_size, arguments.seed)
    return None


def _finish(
    task: Task,
    arguments: argparse.Namespace,
    estimator: Any,
    dataset: Dataset,
    held_out: Dataset | None,
    tried: list[dict[str, Any]],
) -> int:
    """Write what was asked for, then say how it went."""
    report = estimator.report_
    facts = report.to_dict(history=arguments.json)
    judged = {"train": task.judged(estimator, dataset)}
    if held_out is not None:
        judged["test"] = task.judged(estimator, held_out)
    facts |= {"data": _data_facts(dataset)}
    facts |= {f"{part}_{name}": value for part, found in judged.items() for name, value in found.items()}
    if tried:
        facts["tried"] = tried
    source = source_of(arguments, estimator)
    if arguments.model:
        save(estimator, arguments.model, data=facts["data"])
    if arguments.picture:
        write_picture(arguments.picture, estimator, dataset)
    if arguments.report:
        write_report(arguments, estimator, source, dataset, held_out)
    if arguments.json:
        print_json(facts)
    else:
        _say(arguments, judged, report, held_out)
    if "interrupted" in (report.status, *(each["status"] for each in tried[-1:])):
        return 130
    return 1 if arguments.strict and not report.certified else 0


def _say(arguments: argparse.Namespace, judged: Any, report: Any, held_out: Dataset | None) -> None:
    print(report)
    for name, value in judged["train"].items():
        print(f"{name.replace('_', ' ')} {value:.4f} on the {report.n:,} training rows", end="")
        print("" if held_out is None else f", {judged['test'][name]:.4f} on {held_out.X.shape[0]:,} test rows")
    for what in ("model", "picture", "path_picture", "report"):
        path = getattr(arguments, what)
        if path:
            print(f"wrote {what.replace('_', ' ')} {path}", file=sys.stderr)


def _data_facts(dataset: Dataset) -> dict[str, Any]:
    return {
        "name": dataset.name,
        "sha256": dataset.sha256,
        "target": dataset.target_name,
        "image_shape": dataset.image_shape,
    }
