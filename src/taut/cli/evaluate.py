"""``taut evaluate``: a model beside the truth in a file."""

import argparse

import numpy as np

from taut.cli._model import add_model_argument, comparable, read_for
from taut.cli._options import add_data_arguments, print_json
from taut.cli._task import Classification, task_for
from taut.evidence import compare
from taut.pages import confusion_text, per_class_text, table_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``taut evaluate``."""
    add_data_arguments(parser, label_sets=True)
    add_model_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Predict, compare, and print."""
    model, dataset, X = read_for(arguments, labelled=True)
    task = task_for(model)
    if not isinstance(task, Classification):
        found = {"n": dataset.X.shape[0], **task.judged(model, dataset)}
        if arguments.json:
            print_json(found)
        else:
            print(table_text([(name.replace("_", " "), f"{value:.6g}") for name, value in found.items()]))
        return 0
    facts = compare(comparable(model, dataset.y), model.predict(X), model.classes_)
    if arguments.json:
        print_json({name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in facts.items()})
        return 0
    right = int(np.trace(facts["matrix"]))
    print(f"accuracy {facts['accuracy']:.4f} ({right:,} of {facts['n']:,} rows)")
    print()
    print(per_class_text(facts))
    print()
    print(confusion_text(facts))
    return 0
