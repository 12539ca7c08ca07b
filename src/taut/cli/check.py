"""``taut check``: whether a hand-written gradient is right.

The file runs in a process of its own, under a time limit; what it prints goes to standard error.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from taut._typing import AnyArray
from taut.cli._check_points import Examples, bundled, drawn, three_points
from taut.cli._check_process import answer_of
from taut.cli._options import add_reading_arguments, count, print_json, ratio, read_data, seed
from taut.data import SAMPLES, DataError
from taut.pages import draw_loss_line, plain
from taut.persist import check_place, write_whole

LOSSES = ("hinge", "squared_hinge", "crammer_singer", "softmax", "squared", "binary")
CODES = {"ok": 0, "ok_at_kink": 0, "unresolved": 4, "bug": 1}
"""Verdicts from best to worst, and their exit codes."""

_ORDER = list(CODES)
_COURSE = ("data", "target", "loss", "margin", "convention", "reg", "bias_row", "rows")
"""Options that mean something only to a function of the course's signature."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``taut check``."""
    parser.add_argument(
        "function",
        metavar="FILE.py:FUNCTION",
        help="(W, X, y, reg) -> (loss, dW), or fn(point) -> (value, gradient) where the file defines point = … too",
    )
    parser.add_argument(
        "data",
        metavar="DATA",
        nargs="?",
        help=f"right after the function: a data file, as taut fit takes it, or {', '.join(SAMPLES)} "
        "(default: 30 rows of iris, standardised)",
    )
    add_reading_arguments(parser)
    parser.add_argument("--rows", metavar="N", type=count, help="at most so many rows of DATA (default 100)")
    what = parser.add_argument_group("function")
    what.add_argument("--loss", choices=LOSSES, help="what it should compute (default: recognised from its values)")
    what.add_argument("--margin", metavar="F", type=ratio, help="margin of the hinges (default 1)")
    what.add_argument(
        "--convention", choices=("half", "full"), help="½ reg ‖W‖² or reg ‖W‖² (default: recognised from its values)"
    )
    what.add_argument("--reg", metavar="F", type=ratio, help="reg that it is called with (default 0.1)")
    what.add_argument("--bias-row", metavar="I", type=int, help="row of W that the regulariser leaves out, -1 the last")
    what.add_argument("--point", metavar="FILE.npz", help="the point of an fn(point): one array, or several by name")
    what.add_argument("--dtype", choices=("float32", "float64"), help="type of the numbers (default float64)")
    how = parser.add_argument_group("check")
    how.add_argument("--directions", metavar="N", type=count, default=20, help="random directions (default 20)")
    how.add_argument("--seed", type=seed, default=0, help="of the directions, of W and of the rows (default 0)")
    how.add_argument("--time-limit", metavar="SECONDS", type=_seconds, default=60.0, help="for all of it (default 60)")
    out = parser.add_argument_group("output")
    out.add_argument("--json", action="store_true", help="print one JSON object")
    out.add_argument("--plot", metavar="FILE.png", help="draw the loss along the line that shows why, with its kinks")


def run(arguments: argparse.Namespace) -> int:
    """Run the file, print the worst point's report, and draw."""
    file, name = _split(arguments.function)
    _check_plot(arguments, file)
    margin = 1.0 if arguments.margin is None else arguments.margin
    if margin < 0:
        raise ValueError(f"--margin {margin:g}: a margin is at least 0")
    setting = _setting(arguments, margin)
    job = {
        "file": str(file),
        "name": name,
        "spoken": arguments.function,
        "labels": setting.labels,
        "own_names": setting.own_names,
        "known": {
            "loss": arguments.loss,
            "margin": margin,
            "convention": arguments.convention,
            "bias_row": setting.bias_row,
        },
        "course_options": [f"--{each.replace('_', '-')}" for each in _COURSE if getattr(arguments, each) is not None],
        "reg": _reg(arguments),
        "dtype": arguments.dtype,
        "directions": arguments.directions,
        "seed": arguments.seed,
        "plot": bool(arguments.plot),
    }
    answer = answer_of(job, setting.arrays, arguments.time_limit)
    return _finish(arguments, answer, f"{setting.caption}, reg {_reg(arguments):g}" if answer["course"] else "")


def _split(text: str) -> tuple[Path, str]:
    file, colon, name = text.rpartition(":")
    if not (colon and file and name.isidentifier()):
        raise ValueError(f"{text!r}: name the file and the function in it, like svm.py:svm_loss")
    path = Path(file)
    if not path.is_file():
        raise DataError(f"{file}: {'is no file' if path.exists() else 'no such file'}")
    return path, name


def _check_plot(arguments: argparse.Namespace, file: Path) -> None:
    """Nothing of the user's is overwritten, and no check is lost for want of a place."""
    if not arguments.plot:
        return
    place = Path(arguments.plot)
    if place.suffix.lower() != ".png":
        raise ValueError(f"--plot {arguments.plot}: pictures are PNG files; give a name that ends in .png")
    check_place(place)
    if place.resolve() in {Path(each).resolve() for each in (file, arguments.data, arguments.point) if each}:
        raise ValueError(f"{arguments.plot} is named twice: choose another name, or the picture would destroy it")


class _Setting(NamedTuple):
    """The arrays that go to the child, and what they are."""

    arrays: dict[str, AnyArray]
    labels: list[str]
    own_names: list[str]
    bias_row: int | None
    caption: str


def _setting(arguments: argparse.Namespace, margin: float) -> _Setting:
    if arguments.point is not None:
        own = _own_point(Path(arguments.point))
        return _Setting(own, [], list(own), None, "")
    examples = _examples(arguments)
    columns = 1 if arguments.loss == "binary" else examples.k
    points = three_points(examples, margin, arguments.dtype or "float64", arguments.seed, columns=columns)
    arrays: dict[str, AnyArray] = {"y": examples.y}
    for i, point in enumerate(points):
        arrays |= {f"W{i}": point.W, f"X{i}": point.X}
    labels = [point.label for point in points]
    return _Setting(arrays, labels, [], _bias_row(arguments.bias_row, examples.X.shape[1]), examples.caption)


def _examples(arguments: argparse.Namespace) -> Examples:
    two = arguments.loss == "binary"
    if arguments.data is None:
        return bundled(two=two)
    return drawn(read_data(arguments), arguments.rows or 100, arguments.seed, two=two)


def _own_point(path: Path) -> dict[str, AnyArray]:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise DataError(f"{path}: no npz file of plain arrays ({error})") from None
    if not arrays:
        raise DataError(f"{path}: holds no array")
    return arrays


def _bias_row(row: int | None, d: int) -> int | None:
    if row is None:
        return None
    if not -d <= row < d:
        raise ValueError(f"--bias-row {row}: W has {d} rows, 0 to {d - 1}")
    return row % d


def _reg(arguments: argparse.Namespace) -> float:
    reg = 0.1 if arguments.reg is None else arguments.reg
    if reg < 0:
        raise ValueError(f"--reg {reg:g}: a regularisation strength is at least 0")
    return float(reg)


def _seconds(text: str) -> float:
    value = ratio(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time above 0")
    return value


def _finish(arguments: argparse.Namespace, answer: Mapping[str, Any], caption: str) -> int:
    points = answer["points"]
    verdicts = [each["report"]["verdict"] for each in points]
    worst = max(verdicts, key=_ORDER.index)
    if arguments.plot and answer["line"] is not None:
        _draw(Path(arguments.plot), answer["line"], caption)
    if arguments.json:
        reports = [{"point": each["point"], **each["report"]} for each in points]
        print_json({"function": arguments.function, "verdict": worst, "named": _named(points), "points": reports})
    else:
        _say(arguments.function, points, worst, caption)
    if arguments.plot:
        nothing = "no picture: the function has no finite value at the point"
        print(nothing if answer["line"] is None else f"wrote picture {plain(arguments.plot)}", file=sys.stderr)
    return CODES[worst]


def _draw(place: Path, facts: Mapping[str, Any], caption: str) -> None:
    notes = [facts["caption"], *([f"Data: {caption}."] if caption else [])]
    write_whole(place, draw_loss_line({**facts, "caption": " ".join(notes)}))


def _named(points: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names of the bug that every point with a bug agrees on, in the order of the first."""
    accused = [each["report"]["findings"] for each in points if each["report"]["verdict"] == "bug"]
    kinds = [[finding["kind"] for finding in findings] for findings in accused]
    return [kind for kind in dict.fromkeys(kinds[0]) if all(kind in others for others in kinds)] if kinds else []


def _say(spoken: str, points: Sequence[Mapping[str, Any]], worst: str, caption: str) -> None:
    """The worst point in full, a line for each of the others."""
    shown = next(each for each in points if each["report"]["verdict"] == worst)
    lines = [f"{spoken}: {worst}" + (f", {' or '.join(_named(points))}" if _named(points) else "")]
    if caption:
        lines.append(f"on {caption}")
    for each in points:
        if each is shown:
            title = f"at the {each['point']}: " if len(points) > 1 else ""
            lines += ["", *(title + each["text"]).splitlines(), ""]
        else:
            lines.append(_brief(each))
    print("\n".join(map(plain, lines)).rstrip())


def _brief(point: Mapping[str, Any]) -> str:
    report = point["report"]
    kinds = dict.fromkeys(finding["kind"] for finding in report["findings"])
    return f"at the {point['point']}: {report['verdict']}" + (f" ({', '.join(kinds)})" if kinds else "")
