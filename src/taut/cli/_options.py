"""Options that several verbs share, and the types of their values."""

import argparse
import json
import math
from typing import Any

from taut.data import FORMATS, MULTILABEL_FORMATS, SAMPLES, Dataset, read


def ratio(text: str) -> float:
    """A number, also written as a fraction such as 1/60000."""
    over, slash, under = text.partition("/")
    try:
        value = float(over) / float(under) if slash else float(text)
    except (ValueError, ZeroDivisionError):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number (a fraction like 1/60000 is one)") from None
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text!r} is not a finite number")
    return value


def share_or_count(text: str) -> float | int:
    """A share such as 0.2 or 1/5, or a whole number of rows."""
    value = int(text) if text.isdecimal() else ratio(text)
    if value <= 0 or (isinstance(value, float) and value >= 1):
        raise argparse.ArgumentTypeError(f"{text!r} is neither a share between 0 and 1 nor a number of rows")
    return value


def count(text: str) -> int:
    """A whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def seed(text: str) -> int:
    """A whole number that NumPy takes as a seed."""
    if not text.isdecimal() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"the seed {text!r} is not a whole number from 0 to {2**32 - 1}")
    return int(text)


def add_data_arguments(parser: argparse.ArgumentParser, *, label_sets: bool = False) -> None:
    """DATA and how to read it; perhaps its rows have sets of labels."""
    parser.add_argument(
        "data",
        metavar="DATA",
        help=f"a data file, an MNIST or CIFAR-10 folder, - for standard input, or {', '.join(SAMPLES)}",
    )
    add_reading_arguments(parser, label_sets=label_sets)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def add_reading_arguments(parser: argparse.ArgumentParser, *, label_sets: bool = False) -> None:
    """How to read DATA."""
    sets = MULTILABEL_FORMATS if label_sets else ()
    kinds = "instead of going by suffix and content" + (f"; with sets of labels {', '.join(sets)}" if sets else "")
    parser.add_argument(
        "--target", metavar="NAME", help="label column: name, or position from 1 (negative from the end)"
    )
    parser.add_argument("--drop", metavar="COLS", default="", help="columns to leave out, separated by commas")
    parser.add_argument("--header", choices=("yes", "no"), help="whether a table's first line names its columns")
    parser.add_argument("--format", choices=tuple(dict.fromkeys((*FORMATS, *sets))), help=kinds)
    parser.add_argument("--part", choices=("train", "test"), help="which part of a folder")


def read_data(arguments: argparse.Namespace, source: str | None = None, **options: Any) -> Dataset:
    """Read DATA as the options say."""
    options.setdefault("part", arguments.part or "train")
    options.setdefault("target", arguments.target)
    return read(
        source or arguments.data,
        drop=[name.strip() for name in arguments.drop.split(",") if name.strip()],
        header=None if arguments.header is None else arguments.header == "yes",
        format=arguments.format if source is None else None,
        **options,
    )


def print_json(facts: dict[str, Any]) -> None:
    """One JSON object on standard output."""
    print(json_text(facts))


def json_text(facts: dict[str, Any], *, indent: int | None = None) -> str:
    """One JSON object; infinities and NaN, which JSON lacks, become null."""
    return json.dumps(_finite(facts), allow_nan=False, indent=indent)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
