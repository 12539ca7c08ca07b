"""``taut verify``: a certificate recomputed.

Prints ``certified gap …`` or ``not certified: why``. Models of the hinge and Crammer–Singer losses need the witness
that ``taut fit --witness`` stores.
"""

import argparse
import dataclasses

from taut import verify
from taut.cli._model import add_model_argument, comparable, read_for
from taut.cli._options import add_data_arguments, print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``taut verify``."""
    add_data_arguments(parser)
    add_model_argument(parser)
    parser.add_argument("--weight", metavar="COL", help="column of sample weights, as in the fit")


def run(arguments: argparse.Namespace) -> int:
    """Verify, and print."""
    arguments.part = arguments.part or "train"  # what was fitted, unlike in predict
    model, dataset, X = read_for(arguments, labelled=True, weight=arguments.weight)
    found = verify(model, X, comparable(model, dataset.y), dataset.sample_weight)
    if arguments.json:
        print_json(dataclasses.asdict(found) | {"certified": found.certified, "verdict": str(found)})
    else:
        print(found)
    return 0 if found.certified else 1
