"""``taut blend``: the mix of columns nearest to a target.

Rows are the entries of the target, columns the items, one column the target itself.
"""

import argparse
import sys
import warnings
from typing import Any

import numpy as np

from taut import BlendRegressor
from taut._typing import FloatArray
from taut.cli._options import add_data_arguments, count, print_json, ratio, read_data
from taut.data import DataError, Dataset, read
from taut.pages import plain
from taut.solvers.blend import NORMS, InfeasibleBlendError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``taut blend``."""
    add_data_arguments(parser)
    what = parser.add_argument_group("blend")
    what.add_argument("--lower", type=ratio, metavar="L", help="a part's weight, at least; a number or a fraction")
    what.add_argument("--upper", type=ratio, metavar="U", help="a part's weight, at most (default: the total)")
    what.add_argument(
        "--bounds", metavar="FILE", help="table with the columns item, lower, upper, for items of their own"
    )
    what.add_argument("--total", type=ratio, default=1.0, help="the sum of the weights (default 1)")
    what.add_argument("--norm", choices=tuple(NORMS), default="l2", help="the distance (default l2)")
    what.add_argument("--max-parts", type=count, metavar="K", help="at most so many parts")
    what.add_argument("--in", dest="fixed_in", metavar="NAMES", default="", help="items that must be in, by commas")
    what.add_argument("--out", dest="fixed_out", metavar="NAMES", default="", help="items that must be out")
    what.add_argument(
        "--group", metavar="K:NAMES", action="append", default=[], help="at most K of these items; may be repeated"
    )
    how = parser.add_argument_group("search")
    how.add_argument("--time-limit", type=ratio, metavar="S", help="seconds; then the best so far, with its gap")
    how.add_argument("--verify", action="store_true", help="check the proof in exact fractions; exit 1 if it fails")


def run(arguments: argparse.Namespace) -> int:
    """Read, blend, print."""
    dataset = read_data(arguments, target_kind="numbers")
    items = _Items(dataset)
    fixed_in, fixed_out = (items.positions(arguments.fixed_in, "--in"), items.positions(arguments.fixed_out, "--out"))
    if both := [i for i in fixed_in if i in fixed_out]:
        raise ValueError(f"--in and --out both name {items.names[both[0]]!r}: choose one")
    lower, upper = _bounds(arguments, items)
    model = BlendRegressor(
        lower=lower,
        upper=upper,
        total=arguments.total,
        norm=arguments.norm,
        max_parts=arguments.max_parts,
        time_limit=arguments.time_limit,
        fixed_in=fixed_in,
        fixed_out=fixed_out,
        groups=[_group(text, items) for text in arguments.group],
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the verdict says it all
            model.fit(_dense(dataset), dataset.labels)
    except InfeasibleBlendError as error:
        return _infeasible(arguments, str(error))
    verdict = model.verify() if arguments.verify else None
    if arguments.json:
        print_json(_facts(model, items, lower, upper, verdict))
    else:
        _say(model, items, lower, upper, verdict)
    if model.report_.ended == "interrupted":
        return 130
    return 0 if verdict is None or verdict.proved else 1


class _Items:
    """The columns of the data file, by name or by position from 1."""

    def __init__(self, dataset: Dataset) -> None:
        n = dataset.X.shape[1]
        self.named = dataset.feature_names is not None
        self.names = list(dataset.feature_names or (str(i + 1) for i in range(n)))

    def position(self, name: str, where: str) -> int:
        """Where an item is, or an error that names it."""
        if name in self.names:
            return self.names.index(name)
        listed = ", ".join(self.names[:12]) + (f", … ({len(self.names)} in all)" if len(self.names) > 12 else "")
        what = "the items are" if self.named else "the file has no header, its items are"
        raise ValueError(f"{where} names {name!r}, which is no item; {what} {listed}")

    def positions(self, names: str, where: str) -> list[int]:
        """Of names that are separated by commas."""
        return [self.position(name.strip(), where) for name in names.split(",") if name.strip()]


def _group(text: str, items: _Items) -> tuple[int, list[int]]:
    most, colon, names = text.partition(":")
    if not colon or not most.strip().isdecimal() or not names.strip(", "):
        raise ValueError(f"--group {text!r} is not of the form K:NAMES, such as 1:red,blue for at most one of the two")
    return int(most), items.positions(names, "--group")


def _bounds(arguments: argparse.Namespace, items: _Items) -> tuple[FloatArray, FloatArray]:
    """Bounds an item: from the table where it names the item, else from the options."""
    if arguments.total <= 0:
        raise ValueError(f"--total is {arguments.total:g}: it must be above 0")
    n, table = len(items.names), {} if arguments.bounds is None else _bounds_table(arguments.bounds, items)
    missing = [i for i in range(n) if i not in table]
    if arguments.lower is None and missing:
        where = "" if arguments.bounds is None else f", and {arguments.bounds} has no line for it"
        raise ValueError(f"no --lower for the item {items.names[missing[0]]!r}: give --lower{where}")
    usual = (arguments.lower, arguments.total if arguments.upper is None else arguments.upper)
    both = np.array([table.get(i, usual) for i in range(n)], dtype=np.float64)
    for i, (low, high) in enumerate(both.tolist()):
        if not 0 <= low <= high:
            what = (
                f"the item {items.names[i]!r} has lower = {low:g} and upper = {high:g}; needed is 0 <= lower <= upper"
            )
            raise DataError(f"{arguments.bounds}: {what}") if i in table else ValueError(what)
    return both[:, 0].copy(), both[:, 1].copy()


def _bounds_table(path: str, items: _Items) -> dict[int, tuple[float, float]]:
    table = read(path, target="item", columns=("lower", "upper"))
    names = [str(name) for name in table.labels.tolist()]
    found: dict[int, tuple[float, float]] = {}
    for name, (lower, upper) in zip(names, table.X.tolist(), strict=True):
        try:
            i = items.position(name, table.name)
        except ValueError as error:
            raise DataError(str(error)) from None
        if i in found:
            raise DataError(f"{table.name}: the item {name!r} has two lines; keep one")
        found[i] = (lower, upper)
    return found


def _dense(dataset: Dataset) -> FloatArray:
    X: Any = dataset.X
    dense: FloatArray = X if isinstance(X, np.ndarray) else X.toarray()
    return dense.astype(np.float64)


def _infeasible(arguments: argparse.Namespace, reason: str) -> int:
    if arguments.json:
        print_json({"status": "infeasible", "reason": reason})
    else:
        print(f"taut: infeasible: {plain(reason)}", file=sys.stderr)
    return 1


def _facts(model: BlendRegressor, items: _Items, lower: FloatArray, upper: FloatArray, verdict: Any) -> dict[str, Any]:
    facts = model.report_.to_dict()
    facts["weights"] = dict(zip(items.names, model.coef_.tolist(), strict=True))
    facts["parts"] = [
        {"item": items.names[i], "weight": float(model.coef_[i]), "lower": float(lower[i]), "upper": float(upper[i])}
        for i in _by_weight(model)
    ]
    if verdict is not None:
        facts["verified"], facts["verification"] = verdict.proved, str(verdict)
    return facts


def _by_weight(model: BlendRegressor) -> list[int]:
    order: list[int] = model.support_[np.argsort(-model.coef_[model.support_], kind="stable")].tolist()
    return order


def _say(model: BlendRegressor, items: _Items, lower: FloatArray, upper: FloatArray, verdict: Any) -> None:
    names = [plain(items.names[i]) for i in _by_weight(model)]
    width = max(4, *map(len, names))
    print(f"{'item':<{width}}  {'weight':>10}  {'lower':>8}  {'upper':>8}")
    for i, name in zip(_by_weight(model), names, strict=True):
        at = "  at its lower bound" if model.coef_[i] == lower[i] else ""
        at = "  at its upper bound" if model.coef_[i] == upper[i] else at
        print(f"{name:<{width}}  {model.coef_[i]:>10.6f}  {lower[i]:>8.5g}  {upper[i]:>8.5g}{at}")
    print(model.report_)
    if verdict is not None:
        print(verdict)
