"""``taut bench fit``: seconds to a stated gap."""

import argparse
import os
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from taut.bench import FitProblem, FitTable, fit_peers, measure_fit, versions
from taut.cli._options import add_reading_arguments, count, ratio, read_data
from taut.cli._waiting import Waiting, check_save, give_out
from taut.data import DataError
from taut.losses import LOSSES

GAPS = (1e-2, 1e-3, 1e-4)


def add_arguments(kinds: Any) -> None:
    """Options of ``taut bench fit``."""
    line = "Time whole fits to a stated relative gap, judged by one function for all."
    fit = kinds.add_parser("fit", help=line, description=line, allow_abbrev=False)
    fit.add_argument(
        "--data", metavar="FILE", default="digits", help="as taut fit takes it (default: the sample digits)"
    )
    add_reading_arguments(fit)
    fit.add_argument("--divide", metavar="NUMBER", type=ratio, help="divide every feature, such as pixels by 255")
    fit.add_argument("--dtype", choices=("float32", "float64"), default="float64", help="of X (default float64)")
    what = fit.add_argument_group("problem")
    what.add_argument("--loss", nargs="+", choices=tuple(LOSSES), default=["softmax"], help="default: softmax")
    what.add_argument("--l2", nargs="+", type=ratio, help="penalty l2/2 ‖W‖² of the mean loss (default 1/N, C = 1)")
    what.add_argument("--no-intercept", action="store_true", help="for all; peers that would penalise it need this")
    how = fit.add_argument_group("measurement")
    how.add_argument("--gap", nargs="+", type=ratio, default=list(GAPS), help="default: 1e-2 1e-3 1e-4")
    how.add_argument("--repeats", metavar="N", type=count, default=3, help="rounds; their median counts (default 3)")
    how.add_argument(
        "--limit", metavar="SECONDS", type=ratio, default=300.0, help="nothing tighter is tried after such a fit (300)"
    )
    how.add_argument("--peers", metavar="NAME", nargs="*", help="only these (default: all that are installed)")
    how.add_argument(
        "--walrus",
        metavar="PATH",
        nargs="+",
        default=[],
        help="LIBLINEAR-style training programs: -s 30 -t EPOCHS for hinge, -s 4 -e TOLERANCE for crammer_singer",
    )
    out = fit.add_argument_group("output")
    out.add_argument("--save", metavar="FILE", help="write versions and rows as JSON, after every row")
    out.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Every loss and l2; print and save each row as it comes."""
    check_save(arguments.save, arguments.data)
    if not all(gap > 0 for gap in arguments.gap):
        raise ValueError("--gap: a gap is above 0")
    programs = _programs(arguments)
    problems = _problems(arguments)
    found = [fit_peers(problem, programs) for problem in problems]
    versions_of = {each.name: each.version for peers in found for each in peers}
    names = [name for name in versions_of if arguments.peers is None or name in arguments.peers]
    unknown = set(arguments.peers or ()) - set(names)
    if unknown:
        raise ValueError(f"--peers {min(unknown)}: of these problems the peers are {', '.join(versions_of) or 'none'}")
    facts: dict[str, Any] = {"versions": {**versions(), **{name: versions_of[name] for name in names}}, "rows": []}
    options = {"repeats": arguments.repeats, "limit": arguments.limit, "peers": names, "programs": programs}
    gaps = sorted(set(arguments.gap), reverse=True)
    with Waiting() as waiting:
        table = FitTable(names)
        rows = (row for problem in problems for row in measure_fit(problem, gaps, **options, say=waiting.say))
        give_out(arguments, waiting, facts, head=table.head(facts["versions"]), rows=rows, line=table.lines)
    return 0


def _programs(arguments: argparse.Namespace) -> list[Path]:
    programs = [Path(path) for path in arguments.walrus]
    for path in programs:
        if not (path.is_file() and os.access(path, os.X_OK)):
            raise ValueError(f"--walrus {path}: not a program that can be run; give the path of a built one")
    if programs and not arguments.no_intercept:
        raise ValueError("--walrus: such programs know no free intercept; add --no-intercept")
    return programs


def _problems(arguments: argparse.Namespace) -> list[FitProblem]:
    dataset = read_data(arguments)
    classes, codes = np.unique(dataset.labels, return_inverse=True)
    if len(classes) < 2:
        raise DataError(f"{dataset.name}: every row is of class {classes[0]!s}; two classes are needed at least")
    X: Any = dataset.X.astype(arguments.dtype, copy=True)
    is_sparse = bool(sparse.issparse(X))
    if is_sparse:
        X.sum_duplicates()  # of a copy, which astype has made
    if arguments.divide is not None:
        if arguments.divide == 0:
            raise ValueError("--divide 0: choose another divisor")
        X = X / np.dtype(arguments.dtype).type(arguments.divide)
    penalties = arguments.l2 or [1.0 / X.shape[0]]
    if not all(l2 > 0 for l2 in penalties):
        raise ValueError("--l2: without a penalty nothing bounds the optimum; give numbers above 0")
    y, intercept = codes.astype(np.int64), not arguments.no_intercept
    return [FitProblem(dataset.name, X, y, loss, l2, intercept) for loss in arguments.loss for l2 in penalties]
