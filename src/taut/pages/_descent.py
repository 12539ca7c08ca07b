"""The way of a descent: its cost with the predicted rate, and its parameters over the contours of the cost."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from taut._typing import FloatArray
from taut.pages._colour import HOT, INK
from taut.pages._plot import Axis, Line, Panel, Words, draw_panels

SIZES = {1: (640, 340), 2: (500, 320), 3: (330, 260)}
"""Width and height of a frame, by how many stand side by side."""

MOST_POINTS, MOST_DOTS, SHOWN_OF_A_FLIGHT = 2000, 40, 5
"""Points of a curve, dots on it, and steps of a descent that flies off which the frame is made for."""

ENDS = {"max_iter": "stopped by max_iter", "stalled": "no further step helps"}

CONTOURS = (196, 204, 214)
PATH, BEST, PALE = (38, 110, 196), (0, 128, 100), (244, 206, 179)


def draw_descent(
    *histories: Mapping[str, Any],
    titles: Sequence[str] = (),
    parameters: tuple[str, str] = ("intercept", "slope"),
) -> bytes:
    """Draw the ways of one or more fits side by side as a PNG picture.

    Above, the cost over its lower bound at each step, with the rate that the curvatures predict; below, for a line
    through points, the path of its two parameters over the contours of the cost.

    Parameters
    ----------
    *histories : mapping
        ``history_`` of a fitted `taut.LinearRegressor`.
    titles : sequence of str
        One for each.
    parameters : (str, str)
        Names of the intercept and of the slope.

    Returns
    -------
    bytes
        A PNG file.

    Raises
    ------
    ValueError
        No history, one of a fit that was solved at once, or another number of titles than of histories.

    Examples
    --------
    >>> import taut
    >>> model = taut.LinearRegressor(solver="gradient_descent").fit([[0.0], [1.0], [2.0]], [1.0, 2.0, 4.0])
    >>> taut.draw_descent(model.history_)[1:4]
    b'PNG'
    """
    if not histories:
        raise ValueError("draw_descent needs the history_ of at least one fit")
    if titles and len(titles) != len(histories):
        raise ValueError(f"{len(histories)} histories take as many titles, got {len(titles)}")
    for i, facts in enumerate(histories):
        if len(facts["iteration"]) < 2:
            raise ValueError(f"history {i} holds one point, no way to draw: that fit was solved at once")
    names = list(titles) or [""] * len(histories)
    rows: list[list[Panel]] = []
    for begin in range(0, len(histories), max(SIZES)):
        some = histories[begin : begin + max(SIZES)]
        rows.append([_cost_panel(facts, name) for facts, name in zip(some, names[begin:], strict=False)])
        if all("hessian" in facts for facts in histories):
            rows.append([_path_panel(facts, parameters) for facts in some])
    return draw_panels("", rows, _notes(histories, names), SIZES[min(len(histories), max(SIZES))])


def _notes(histories: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[str]:
    found = []
    for facts, name in zip(histories, names, strict=True):
        count = int(facts["iteration"][-1])
        words = f"{ENDS.get(facts['status'], facts['status'])} after {count:,} step" + ("" if count == 1 else "s")
        if "condition" in facts:
            words += f", condition number {facts['condition']:.6g}"
        found.append(f"{name}: {words}" if name else words)
    return found


def _cost_panel(facts: Mapping[str, Any], title: str) -> Panel:
    steps, costs = _thinned(np.asarray(facts["iteration"]), np.asarray(facts["cost"]))
    above = costs - facts["lowest_cost"]
    visible = np.isfinite(above) & (above > 1e-15 * np.abs(costs[0]))
    if visible.sum() < 2:
        return _plain_cost_panel(facts, steps, costs, title)
    x, y = steps[visible], above[visible]
    lines = [Line(_points(x, y), PATH, "cost above its lower bound", dots=3.5 if len(x) <= MOST_DOTS else 0.0)]
    factor = facts.get("predicted_factor")
    if factor:
        lines.insert(0, _predicted(x, y, factor))
    low, high = float(y.min()), float(y.max())
    room = (high / low) ** 0.06 if high > low else 2.0
    return Panel(title, _steps_axis(x), Axis(low / room, high * room, "cost above its lower bound", log=True), lines)


def _predicted(x: FloatArray, y: FloatArray, factor: float) -> Line:
    """Twice the logarithm of the factor a step, through the last point: the cost is quadratic in the error."""
    rate = 2 * math.log10(abs(factor))
    end = math.log10(float(y[-1]))
    points = [(float(at), 10.0 ** min(max(end - rate * (x[-1] - at), -300.0), 300.0)) for at in (x[0], x[-1])]
    return Line(points, PALE, f"predicted: the error times {factor:.6g} a step", width=8)


def _plain_cost_panel(facts: Mapping[str, Any], steps: FloatArray, costs: FloatArray, title: str) -> Panel:
    """For a fit that arrives at once: the cost itself."""
    shown = np.isfinite(costs)
    x, y = steps[shown], costs[shown]
    lowest = float(facts["lowest_cost"])
    low, high = min(float(y.min()), lowest), max(float(y.max()), lowest)
    room = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    axis = _steps_axis(x)
    bound = Line([(axis.low, lowest), (axis.high, lowest)], HOT, "lower bound", dashed=True)
    lines = [bound, Line(_points(x, y), PATH, "cost", dots=3.5)]
    return Panel(title, axis, Axis(low - room, high + room, "cost"), lines)


def _steps_axis(x: FloatArray) -> Axis:
    last = max(float(x[-1]), 1.0)
    return Axis(-0.02 * last, 1.02 * last, "step", whole=True)


def _thinned(steps: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """At most so many points as are told apart, the last among them."""
    every = max(1, math.ceil(len(steps) / MOST_POINTS))
    return steps[::-1][::every][::-1], values[::-1][::every][::-1]


def _points(x: FloatArray, y: FloatArray) -> list[tuple[float, float]]:
    return [(float(a), float(b)) for a, b in zip(x, y, strict=True)]


def _path_panel(facts: Mapping[str, Any], parameters: tuple[str, str]) -> Panel:
    """The intercept along, the slope upwards."""
    path = np.column_stack([np.asarray(facts["intercept"]).ravel(), np.asarray(facts["coef"]).ravel()])
    best = np.asarray(facts["optimum"])[::-1]
    finite = path[np.isfinite(path).all(axis=1)]
    flying = str(facts["status"]) == "diverged"
    shown = finite[: SHOWN_OF_A_FLIGHT + 1] if flying else finite
    x, y = (_axis(np.append(shown[:, i], best[i]), parameters[i]) for i in (0, 1))
    every = max(1, math.ceil(len(finite) / MOST_POINTS))
    points = [(float(a), float(b)) for a, b in [*finite[:-1:every], finite[-1]]]
    dots = 3.0 if len(shown) <= MOST_DOTS else 0.0
    lines = [
        *_contours(np.asarray(facts["hessian"])[::-1, ::-1], best, finite[0]),
        Line(points, PATH, width=2.5, dots=dots),
        Line(points[:1], INK, dots=5.0, joined=False),
        Line([(float(best[0]), float(best[1]))], BEST, dots=6.0, joined=False),
    ]
    rises = bool(best[1] > finite[0][1])  # words stand on the far side of the way
    words = [
        Words(points[0], "start", INK, above=not rises),
        Words((float(best[0]), float(best[1])), "lowest cost", BEST, above=rises),
    ]
    return Panel(f"path of {parameters[0]} and {parameters[1]} over the contours of the cost", x, y, lines, words)


def _axis(values: FloatArray, name: str) -> Axis:
    low, high = float(values.min()), float(values.max())
    room = max(0.14 * (high - low), 1e-3 * abs(high)) or 1.0
    return Axis(low - room, high + room, name)


def _contours(hessian: FloatArray, best: FloatArray, start: FloatArray) -> list[Line]:
    """Ellipses of equal cost: that through the start, and each further in a quarter as far above the lowest."""
    values, vectors = np.linalg.eigh(hessian)
    if not (values > 0).all():
        return []
    apart = start - best
    above = 0.5 * float(apart @ hessian @ apart) or 1.0
    turn = np.linspace(0, 2 * math.pi, 361)
    circle = vectors @ (np.stack([np.cos(turn), np.sin(turn)]) / np.sqrt(values)[:, None])
    lines = []
    for level in range(-3, 9):
        ring = best[:, None] + math.sqrt(2 * above * 4.0**-level) * circle
        lines.append(Line(_points(*ring), CONTOURS, width=1.2))
    return lines
