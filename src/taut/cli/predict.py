"""Print the predicted label of every row, one a line.

Columns are matched by name; a target column is ignored. ``--scores`` and ``--proba`` print numbers
instead, one column a class in the order that standard error names.
"""

import argparse
import sys

from taut.cli._model import add_model_argument, read_for
from taut.cli._options import add_data_arguments, print_json
from taut.pages import plain


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``taut predict``."""
    add_data_arguments(parser)
    add_model_argument(parser)
    numbers = parser.add_mutually_exclusive_group()
    numbers.add_argument("--scores", action="store_true", help="print the scores of the classes")
    numbers.add_argument("--proba", action="store_true", help="print the probabilities (softmax models)")


def run(arguments: argparse.Namespace) -> int:
    """Predict, and print."""
    model, _, X = read_for(arguments, labelled=False)
    classes = model.classes_.tolist()
    if not (arguments.scores or arguments.proba):
        labels = model.predict(X).tolist()
        if arguments.json:
            print_json({"labels": labels})
        else:
            sys.stdout.writelines(f"{plain(label)}\n" for label in labels)
        return 0
    if arguments.proba and not hasattr(model, "predict_proba"):
        raise ValueError(f"--proba needs a softmax model; this one was fitted with the {model.loss} loss: use --scores")
    table = model.predict_proba(X) if arguments.proba else model.scores(X)
    if arguments.json:
        print_json({"classes": classes, "proba" if arguments.proba else "scores": table.tolist()})
        return 0
    print("\t".join(map(plain, classes)), file=sys.stderr)
    sys.stdout.writelines("\t".join(map(repr, row)) + "\n" for row in table.tolist())
    return 0
