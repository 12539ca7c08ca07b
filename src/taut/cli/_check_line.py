"""A checked function along one line: its values, kinks and slopes, as plain facts for the picture.

Imported by the child process from beside it, so nothing of this room is imported here.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from time import perf_counter
from typing import Any

import numpy as np

from taut import loss_and_gradient
from taut._typing import FloatArray
from taut.check import GradientReport, KnownProblem, Outside
from taut.losses import make_loss

SECONDS = 4.0
"""Time for the values on the line, and as much for the choice of the line."""

_VALUES, _FEWEST = 241, 41  # odd: the point itself is one of them
_CANDIDATES = 200
_KINKS_SHOWN = 6
_WORST = ("bug", "unresolved", "ok_at_kink", "ok")
_RANDOM = "a random direction"
_KINKED = ("hinge", "crammer_singer")


@dataclass(frozen=True, eq=False)
class Line:
    """The function along point + t · direction, over t in [-reach, reach]."""

    fn: Callable[[Any], Any]
    point: dict[str, FloatArray]
    direction: dict[str, FloatArray]
    named: bool
    axis: str
    reach: float

    def __call__(self, t: float) -> float:
        """The value at step t; NaN where there is none: the report stands, whatever happens far from the point."""
        moved = {name: (part + t * self.direction[name]).astype(part.dtype) for name, part in self.point.items()}
        try:
            with np.errstate(all="ignore"):
                return float(self.fn(moved if self.named else moved["W"])[0])
        except Exception:
            return math.nan

    @property
    def precise(self) -> bool:
        """Whether values are good to float64's digits."""
        return all(part.dtype == np.float64 for part in self.point.values())

    def given_slope(self) -> float | None:
        """What the gradient says; None where it has another shape."""
        copies = {name: part.copy() for name, part in self.point.items()}
        try:
            _, gradient = self.fn(copies if self.named else copies["W"])
            parts = {name: np.asarray(part) for name, part in (gradient if self.named else {"W": gradient}).items()}
            if any(parts[name].shape != way.shape for name, way in self.direction.items()):
                return None
            return sum(float(np.sum(parts[name] * way)) for name, way in self.direction.items())
        except Exception:
            return None

    def side_slopes(self, room: float) -> tuple[float, float]:
        """One-sided slopes at the point, exact on quadratic pieces, from values within ``room`` on either side."""
        h = min((1e-4 if self.precise else 2e-2) * self.reach, 0.4 * room)
        middle = self(0.0)
        left, right = ((4 * self(way * h) - self(2 * way * h) - 3 * middle) / (2 * way * h) for way in (-1, 1))
        same = (1e-5 if self.precise else 2e-2) * max(abs(left), abs(right))
        return (0.5 * (left + right),) * 2 if abs(right - left) <= same else (left, right)


def line_facts(
    points: Sequence[tuple[str, Any, Any]], reports: Sequence[GradientReport], job: Mapping[str, Any]
) -> dict[str, Any] | None:
    """What ``taut.pages.draw_loss_line`` draws: the worst report's point, and the line that shows why.

    None where the function has no finite value at the point.
    """
    at = min(range(len(reports)), key=lambda i: (_WORST.index(reports[i].verdict), -_distance(reports[i])))
    (label, fn, point), report = points[at], reports[at]
    line = _chosen(fn, point, report, job["seed"])
    if not math.isfinite(line(0.0)):
        return None
    kinks = _known_kinks(line, point, report)
    if kinks is not None:
        away = sorted({abs(kink["at"]) for kink in kinks} - {0.0})
        if len(away) > _KINKS_SHOWN:
            line = replace(line, reach=0.5 * (away[_KINKS_SHOWN - 1] + away[_KINKS_SHOWN]))
    if report.outside:
        line = _close_enough(line, report)
    t, losses = _values(line)
    shown = _numeric_kinks(t, losses) if kinks is None else [k for k in kinks if abs(k["at"]) <= line.reach]
    room = min((abs(kink["at"]) for kink in shown if kink["at"]), default=math.inf)
    left, right = line.side_slopes(room)
    return {
        "title": f"{job['name']} along {line.axis}: {report.verdict}",
        "axis": f"step {'along' if line.axis == _RANDOM else 'added to'} {line.axis}",
        "t": t.tolist(),
        "loss": [_number(value) for value in losses],
        "value": _number(line(0.0)),
        "given": _number(line.given_slope()),
        "left": _number(left),
        "right": _number(right),
        "kinks": _merged(shown, line.reach),
        "caption": _caption(label, report, line),
    }


def _caption(label: str, report: GradientReport, line: Line) -> str:
    words = [f"At the {label}, loss {report.value:.6g}."] if label != "point" else [f"Value {report.value:.6g}."]
    kinds = dict.fromkeys(finding.kind for finding in report.findings)
    words += [f"Found: {', '.join(kinds)}."] if kinds else []
    words += [report.census] if report.census else []
    words += [
        f"{outside.name}{list(outside.index)}: the values of the loss allow slopes from {outside.low:.6g} to "
        f"{outside.high:.6g}."
        for outside in report.outside
        if line.axis == _place(outside.name, outside.index) and f"{outside.low:.6g}" != f"{outside.high:.6g}"
    ]
    return " ".join(words)


def _excess(outside: Outside) -> float:
    """How far a derivative is from what is allowed."""
    return max(outside.given - outside.high, outside.low - outside.given)


def _distance(report: GradientReport) -> float:
    """The largest excess in units of the derivatives beside it, at most 10; 0 without one."""
    size = max((max(abs(one.low), abs(one.high), 1e-300) for one in report.outside), default=1.0)
    return min(10.0, max(map(_excess, report.outside), default=0.0) / size)


def _close_enough(line: Line, report: GradientReport) -> Line:
    """A shorter line where the loss bends so much that the given slope would look right."""
    excess = max(map(_excess, report.outside))
    for _ in range(3):
        bend = abs(line(line.reach) + line(-line.reach) - 2 * line(0.0))
        if not bend > 4.0 * excess * line.reach:
            break
        line = replace(line, reach=max(4.0 * excess * line.reach / bend, 1e-3) * line.reach)
    return line


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _place(name: str, index: Sequence[int]) -> str:
    return f"{name}[{', '.join(map(str, index))}]"


def _chosen(fn: Any, point: Any, report: GradientReport, seed: int) -> Line:
    """The coordinate that is worst outside its interval, the one with the widest kink, or a random direction."""
    named = isinstance(point, dict)
    parts = {name: np.array(part) for name, part in (point.items() if named else [("W", point)])}
    if report.outside:
        worst = max(report.outside, key=_excess)
        return _coordinate(fn, parts, named, worst.name, worst.index)
    if report.verdict == "ok_at_kink":
        return _widest_kink(fn, parts, named, seed)
    rng = np.random.default_rng(seed)
    size = sum(part.size for part in parts.values())
    direction: dict[str, FloatArray] = {
        name: rng.choice([-1.0, 1.0], size=part.shape) / math.sqrt(size) for name, part in parts.items()
    }
    return _line(fn, parts, named, direction, _RANDOM)


def _coordinate(fn: Any, parts: dict[str, FloatArray], named: bool, name: str, index: Sequence[int]) -> Line:
    direction: dict[str, FloatArray] = {each: np.zeros(part.shape) for each, part in parts.items()}
    direction[name][tuple(index)] = 1.0
    return _line(fn, parts, named, direction, _place(name, index))


def _line(fn: Any, parts: dict[str, FloatArray], named: bool, direction: dict[str, FloatArray], axis: str) -> Line:
    """A line as long as it takes to move a score, or a parameter of its size, by about 1."""
    if isinstance(fn, KnownProblem):
        moved = fn.X.astype(np.float64) @ direction["W"]
        size = 1.0 / float(np.sqrt(np.mean(moved**2, axis=0)).max() or 1.0)
    else:
        size = max(float(np.sqrt(np.mean(part**2))) for name, part in parts.items() if direction[name].any()) or 1.0
    return Line(fn, parts, direction, named, axis, size)


def _widest_kink(fn: Any, parts: dict[str, FloatArray], named: bool, seed: int) -> Line:
    """The coordinate whose two one-sided slopes differ most, of a sample of all that fits the time."""
    places = [(name, index) for name, part in parts.items() for index in np.ndindex(part.shape)]
    order = np.random.default_rng(seed).permutation(len(places))[:_CANDIDATES]
    best, widest, start = _coordinate(fn, parts, named, *places[order[0]]), -1.0, perf_counter()
    for i in order:
        line = _coordinate(fn, parts, named, *places[i])
        left, right = line.side_slopes(math.inf)
        if abs(right - left) > widest:
            best, widest = line, abs(right - left)
        if perf_counter() - start > SECONDS:
            break
    return best


def _values(line: Line) -> tuple[FloatArray, FloatArray]:
    """Steps and losses, fewer where the function is slow."""
    start = perf_counter()
    line(0.0)
    each = max(perf_counter() - start, 1e-9)
    half = min(_VALUES, max(_FEWEST, int(SECONDS / each))) // 2
    t = line.reach * np.arange(-half, half + 1) / half
    return t, np.array([line(step) for step in t])


def _known_kinks(line: Line, point: Any, report: GradientReport) -> list[dict[str, Any]] | None:
    """Where margins vanish on the line, by sample and class; None where the loss is not recognised as one of kinks."""
    fn = line.fn
    if not isinstance(fn, KnownProblem):
        return None
    name = _recognised(fn, point, report.value)
    if name is None:
        return None
    if name not in _KINKED:
        return []
    X, W = fn.X.astype(np.float64), np.asarray(point, dtype=np.float64)
    loss, targets = make_loss(name, margin=fn.margin), np.asarray(fn.y, dtype=np.int64)
    t = line.reach * np.linspace(-1.0, 1.0, _VALUES)
    scores, moves = X @ W, X @ line.direction["W"]
    rows = np.array([loss.pieces(scores + step * moves, targets).ravel() for step in t])
    wrong = np.argwhere(np.arange(W.shape[1]) != targets[:, None])  # (pairs, 2): sample, class
    kinks = []
    for cell, (a, b) in enumerate(pairwise(rows)):
        for pair in np.flatnonzero((a < 0) != (b < 0)):
            at = t[cell] - a[pair] * (t[cell + 1] - t[cell]) / (b[pair] - a[pair])
            sample, other = wrong[pair].tolist()
            label = f"sample {sample}, class {other} against its label {targets[sample]}"
            kinks.append({"at": float(at) + 0.0, "label": label})
    return sorted(kinks, key=lambda kink: kink["at"])


def _recognised(fn: KnownProblem, W: FloatArray, value: float) -> str | None:
    """The loss whose mean, with one of the usual regularisers, is this value."""
    names = ("hinge", "squared_hinge", "crammer_singer", "softmax", "squared")
    squares = np.asarray(W, dtype=np.float64) ** 2
    sizes = [squares.sum(), squares[:-1].sum(), squares[fn.bias_row or 0 :].sum(), 0.0]
    close = 1e-9 if np.asarray(W).dtype == np.float64 else 1e-4
    for name in names if fn.loss is None else (fn.loss,):
        if name not in names or np.ndim(fn.y) != 1:
            return None
        known: dict[str, Any] = {"loss": name, "margin": fn.margin, "wrt": ()}
        data = loss_and_gradient(W.astype(np.float64), fn.X.astype(np.float64), fn.y, **known)
        rest = [value - data - share * fn.reg * size for share in (0.5, 1.0) for size in sizes]
        if min(map(abs, rest)) <= close * (abs(value) + 1.0):
            return name
    return None


def _numeric_kinks(t: FloatArray, losses: FloatArray) -> list[dict[str, Any]]:
    """Steps at which the slope between neighbouring values jumps by far more than it does around."""
    slopes = np.diff(losses) / np.diff(t)
    jumps = np.abs(np.diff(slopes))  # at t[1:-1]
    floor = 1e-6 * float(np.nanmax(np.abs(slopes), initial=0.0))
    kinks: list[dict[str, Any]] = []
    i = 4
    while i < len(jumps) - 4:
        around = max(jumps[[i - 4, i - 3, i + 3, i + 4]])
        if not (jumps[i] > 8.0 * around + floor and jumps[i] >= jumps[i - 1]):
            i += 1
            continue
        inside = jumps[i + 1] > 8.0 * around + floor  # the kink lies between two values, and both neighbours show it
        before, after = slopes[i - 1] if i else slopes[i], slopes[i + 2] if inside else slopes[i + 1]
        at = t[i + 1]
        if inside and before != slopes[i]:
            low, high = t[i + 1], t[i + 2]
            at = (losses[i + 2] - losses[i + 1] + before * low - after * high) / (before - after)
            at = min(max(at, low), high)
        kinks.append({"at": float(at), "label": f"the slope jumps from {before:.5g} to {after:.5g}"})
        i += 3
    return kinks


def _merged(kinks: Sequence[Mapping[str, Any]], reach: float) -> list[dict[str, Any]]:
    """Kinks at one step as one, told by the first and a number."""
    merged: list[dict[str, Any]] = []
    for kink in kinks:
        if merged and abs(kink["at"] - merged[-1]["at"]) <= 1e-9 * reach:
            merged[-1]["others"] += 1
        else:
            merged.append({**kink, "others": 0})
    for kink in merged:
        others = kink.pop("others")
        kink["label"] += f", and {others} more" if others else ""
    return merged
