"""``taut predict``: what a model says of every row.

Columns are matched by name; a target column is ignored. ``--scores`` and ``--proba`` print numbers
instead, one column a class in the order that standard error names.
"""

import argparse
import sys
from typing import Any

from taut.cli._model import add_model_argument, read_for
from taut.cli._options import add_data_arguments, print_json
from taut.cli._task import Regression, task_for
from taut.pages import plain


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``taut predict``."""
    add_data_arguments(parser, label_sets=True)
    add_model_argument(parser)
    numbers = parser.add_mutually_exclusive_group()
    numbers.add_argument("--scores", action="store_true", help="print the scores of the classes")
    numbers.add_argument("--proba", action="store_true", help="print the probabilities (softmax models)")


def run(arguments: argparse.Namespace) -> int:
    """Predict, and print."""
    model, _, X = read_for(arguments, labelled=False)
    task = task_for(model)
    if not (arguments.scores or arguments.proba):
        said = task.forecast(model, X)
        if arguments.json:
            print_json({"values" if isinstance(task, Regression) else "labels": said})
        else:
            sys.stdout.writelines(f"{_line(each)}\n" for each in said)
        return 0
    if isinstance(task, Regression):
        raise ValueError("--scores and --proba: a regression has neither; it prints its values without them")
    classes = model.classes_.tolist()
    if arguments.proba and not hasattr(model, "predict_proba"):
        raise ValueError(f"--proba needs a softmax model; this one was fitted with the {model.loss} loss: use --scores")
    table = model.predict_proba(X) if arguments.proba else model.scores(X)
    if arguments.json:
        print_json({"classes": classes, "proba" if arguments.proba else "scores": table.tolist()})
        return 0
    print("\t".join(map(plain, classes)), file=sys.stderr)
    sys.stdout.writelines("\t".join(map(repr, row)) + "\n" for row in table.tolist())
    return 0


def _line(said: Any) -> str:
    if isinstance(said, list):
        return ",".join(map(_line, said))
    return repr(said) if isinstance(said, float) else plain(said)
