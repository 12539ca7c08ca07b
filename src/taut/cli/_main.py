"""Verbs, exit codes, and errors as one plain line."""

import argparse
import os
import sys
from collections.abc import Sequence

from taut._version import __version__
from taut.cli import bench, blend, check, evaluate, explain, fit, info, predict, verify

DONE, REFUSED, USAGE, BAD_FILE, INTERRUPTED = 0, 1, 2, 3, 130

VERBS = {
    "fit": fit,
    "predict": predict,
    "evaluate": evaluate,
    "explain": explain,
    "blend": blend,
    "check": check,
    "verify": verify,
    "bench": bench,
    "info": info,
}


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
        return _run(argv)
    except KeyboardInterrupt:
        return _failed("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has seen enough; the interpreter must not complain at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def _run(argv: Sequence[str] | None) -> int:
    try:
        arguments = _parser().parse_args(argv)
        arguments.words = list(sys.argv[1:] if argv is None else argv)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else USAGE
    from taut.bench import BenchError
    from taut.data import DataError
    from taut.persist import ModelFileError

    try:
        code: int = VERBS[arguments.verb].run(arguments)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="taut",
        description="Fit multiclass linear classifiers and prove that the fit is the optimum.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"taut {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name, module in VERBS.items():
        help_line = (module.__doc__ or "").splitlines()[0]
        module.add_arguments(verbs.add_parser(name, help=help_line, description=help_line, allow_abbrev=False))
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
