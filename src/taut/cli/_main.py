"""Verbs, exit codes, and errors as one plain line."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from taut._version import __version__

DONE, REFUSED, USAGE, BAD_FILE, INTERRUPTED = 0, 1, 2, 3, 130

VERBS = {
    "fit": "Fit a model to a data file and say whether the fit is the optimum, and by what number.",
    "predict": (
        "Print what a model says of every row, one a line: "
        "its label, its labels with commas between them, or its value."
    ),
    "evaluate": (
        "Compare a model with the truth in a file: accuracy, per class, confusion; of other models their own numbers."
    ),
    "explain": "Show how loss and gradient come about on rows of a data file, step by step.",
    "blend": "Find the mix of columns that comes nearest to a target, each left out or between its bounds.",
    "check": "Check a hand-written gradient: is it right, and if not, which bug is it.",
    "verify": "Recompute a model's certificate from the data and the model file, by code that no fit uses.",
    "bench": "Time taut beside NumPy, scikit-learn, torch and JAX on this machine.",
    "info": "Describe a model file: what was fitted, on what, and how well it is proved.",
}
"""Each verb, which is a file of this folder, and its line of help. What a verb needs is imported when it is named."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb.

    Returns
    -------
    int
        0 done; 1 ran but refused (not certified under ``--strict``, a bug in a gradient, contenders of a benchmark
        disagree); 2 usage; 3 bad input file; 4 a gradient check left something open; 130 interrupted. Data goes to
        standard output, everything else to standard error.
    """
    _say_utf8()
    try:
        return _run(list(sys.argv[1:] if argv is None else argv))
    except KeyboardInterrupt:
        return _failed("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has seen enough; the interpreter must not complain at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def _run(words: list[str]) -> int:
    try:
        arguments = _parser(words).parse_args(words)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else USAGE
    arguments.words = words
    from taut.bench import BenchError
    from taut.data import DataError
    from taut.persist import ModelFileError

    try:
        code: int = _verb(arguments.verb).run(arguments)
        sys.stdout.flush()
    except (DataError, ModelFileError) as error:
        return _failed(str(error), BAD_FILE)
    except MemoryError as error:
        return _failed(f"not enough memory: {error}", BAD_FILE)
    except ValueError as error:
        return _failed(str(error), USAGE)
    except BenchError as error:
        return _failed(str(error), REFUSED)
    return code


def _verb(name: str) -> Any:
    return import_module(f"taut.cli.{name}")


def _parser(words: Sequence[str] = tuple(VERBS)) -> argparse.ArgumentParser:
    """All verbs, but options only of those that stand among the words: loading the others would cost seconds."""
    parser = argparse.ArgumentParser(
        prog="taut",
        description="Fit multiclass linear classifiers and prove that the fit is the optimum.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"taut {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name, line in VERBS.items():
        verb = verbs.add_parser(name, help=line, description=line, allow_abbrev=False)
        if name in words:
            _verb(name).add_arguments(verb)
    return parser


def _failed(message: str, code: int) -> int:
    from taut.pages import plain

    print(f"taut: {plain(' '.join(message.splitlines()))}", file=sys.stderr)
    return code


def _say_utf8() -> None:
    """A terminal that cannot show a letter of a label gets a stand-in, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
