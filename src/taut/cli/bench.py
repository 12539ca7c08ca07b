"""``taut bench``: taut timed beside others.

``taut bench kernel`` times one evaluation of loss and gradient, on synthetic shapes or on the user's own data;
``taut bench fit`` whole fits to a stated gap.
"""

import argparse
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from taut.bench import (
    DTYPES,
    SHAPES,
    Problem,
    Table,
    dataset_makers,
    machine_limits,
    measure,
    synthetic_makers,
    versions,
)
from taut.cli import _bench_fit
from taut.cli._options import add_reading_arguments, count, read_data
from taut.cli._waiting import Waiting, check_save, give_out
from taut.losses import LOSSES

FLOATS = ("float32", "float64")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``taut bench``."""
    kinds = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    line = "Time one evaluation of loss and gradient."
    kernel = kinds.add_parser("kernel", help=line, description=line, allow_abbrev=False)
    on = kernel.add_mutually_exclusive_group()
    on.add_argument("--shape", nargs="+", choices=tuple(SHAPES), help="synthetic shapes (default: all)")
    on.add_argument("--data", metavar="FILE", help="or a data file, a folder or a sample, as taut fit takes it")
    add_reading_arguments(kernel)
    what = kernel.add_argument_group("measurement")
    what.add_argument("--loss", nargs="+", choices=tuple(LOSSES), default=list(LOSSES), help="default: all")
    what.add_argument(
        "--dtype",
        nargs="+",
        choices=DTYPES,
        default=list(FLOATS),
        help="types of X (default: float32 float64); uint8 keeps pixels as they are, beside a float32 copy",
    )
    what.add_argument("--repeats", metavar="N", type=count, default=5, help="rounds; their median counts (default 5)")
    what.add_argument("--memory", action="store_true", help="also measure peak memory, each in a process of its own")
    out = kernel.add_argument_group("output")
    out.add_argument("--save", metavar="FILE", help="write versions, limits and rows as JSON, after every row")
    out.add_argument("--json", action="store_true", help="print one JSON object")
    _bench_fit.add_arguments(kinds)


def run(arguments: argparse.Namespace) -> int:
    """Time what was asked for."""
    return _bench_fit.run(arguments) if arguments.what == "fit" else _run_kernel(arguments)


def _run_kernel(arguments: argparse.Namespace) -> int:
    """Measure the machine, then every row; print and save each as it comes."""
    check_save(arguments.save, arguments.data)
    makers = _makers(arguments)
    with Waiting() as waiting:
        waiting.say("measuring what this machine can do at best")
        computed = sorted({"float32" if dtype == "uint8" else dtype for dtype in arguments.dtype})
        limits = {dtype: machine_limits(dtype, arguments.repeats) for dtype in computed}
        facts: dict[str, Any] = {"versions": versions(), "rows": []}
        facts["limits"] = {dtype: asdict(limit) for dtype, limit in limits.items()}
        table = Table(arguments.dtype, memory=arguments.memory)
        options = {"repeats": arguments.repeats, "memory": arguments.memory, "say": waiting.say}
        rows = measure(makers, arguments.loss, limits, **options)
        give_out(arguments, waiting, facts, head=table.head(facts["versions"], limits), rows=rows, line=table.line)
    return 0


def _makers(arguments: argparse.Namespace) -> list[Callable[[], Problem]]:
    if arguments.data is None:
        return synthetic_makers(arguments.shape, arguments.dtype)
    return dataset_makers(read_data(arguments), arguments.dtype)
