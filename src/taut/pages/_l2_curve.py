"""Accuracy on rows held out against l2, with the choice."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from taut.pages._canvas import MARGIN, NORMAL, SMALL, Page, font
from taut.pages._colour import COLD, FAINT_INK, HOT, INK, PAPER, RULE

_SIZE = (900, 400)  # of the frame
_GUTTER, _AXIS, _HEAD = 58, 58, 34
_SHARPER = 3  # lines are drawn larger and shrunk, so that they are smooth
_GRID = (238, 240, 242)
_CAP = 5

Point = tuple[float, float]


def draw_l2_curve(facts: Mapping[str, Any]) -> bytes:
    """Draw a score on rows held out against l2 on a logarithmic scale, with standard errors and two marked values.

    Parameters
    ----------
    facts : mapping
        ``title``, ``caption`` and ``score``, the name of the vertical axis; ``l2s``, ``means`` and ``errors``, equally
        long, errors 0 where none are known; ``chosen`` and ``best``, two of the l2s. Values that are not finite and
        an l2 of 0, which a logarithm cannot show, are left out.

    Returns
    -------
    bytes
        A PNG file.
    """
    points = _points(facts)
    frame = _Frame.of(points)
    page = Page.blank(facts["title"], [facts["caption"]], (_GUTTER + _SIZE[0], _HEAD + _SIZE[1] + _AXIS))
    top = page.top + _HEAD
    page.text((MARGIN, page.top + 8), facts["score"], NORMAL)
    _axes(page, frame, top)
    _inside(page, frame, top, points, facts)
    _names(page, top, facts, points)
    return page.png()


def _points(facts: Mapping[str, Any]) -> list[tuple[float, float, float]]:
    """(l2, mean, error) in rising order of l2."""
    each = zip(facts["l2s"], facts["means"], facts["errors"], strict=True)
    known = [(l2, mean, error if math.isfinite(error) else 0.0) for l2, mean, error in each]
    return sorted(point for point in known if point[0] > 0 and math.isfinite(point[1]))


@dataclass(frozen=True)
class _Frame:
    """From log10(l2) and scores to pixels inside the frame."""

    low: Point
    high: Point

    @classmethod
    def of(cls, points: Sequence[tuple[float, float, float]]) -> "_Frame":
        xs = [math.log10(l2) for l2, _, _ in points] or [0.0]
        ys = [mean + way * error for _, mean, error in points for way in (-1, 1)] or [0.0, 1.0]
        across, up = 0.04 * (max(xs) - min(xs)) or 0.5, 0.06 * (max(ys) - min(ys)) or 0.05
        return cls((min(xs) - across, min(ys) - up), (max(xs) + across, max(ys) + up))

    def place(self, x: float, y: float) -> Point:
        """Pixels from the frame's upper left corner."""
        right, down = (
            (x - self.low[0]) / (self.high[0] - self.low[0]),
            (self.high[1] - y) / (self.high[1] - self.low[1]),
        )
        return right * _SIZE[0], down * _SIZE[1]

    def l2_ticks(self) -> list[tuple[float, str]]:
        """Whole powers of ten, at most eight."""
        first, last = math.ceil(self.low[0]), math.floor(self.high[0])
        stride = max(1, math.ceil((last - first) / 8))
        return [(power, f"{10.0**power:g}") for power in range(first, last + 1, stride)]

    def score_ticks(self) -> list[tuple[float, str]]:
        """Round scores, written so that neighbours differ."""
        rough = (self.high[1] - self.low[1]) / 5
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))
        digits = max(0, -math.floor(math.log10(step) + 1e-9))
        first, last = math.ceil(self.low[1] / step - 1e-9), math.floor(self.high[1] / step + 1e-9)
        return [(i * step, f"{i * step:.{digits}f}") for i in range(first, last + 1)]


def _axes(page: Page, frame: _Frame, top: int) -> None:
    x0, bottom = MARGIN + _GUTTER, top + _SIZE[1]
    for value, text in frame.l2_ticks():
        x = round(x0 + frame.place(value, 0.0)[0])
        page.draw.line((x, bottom, x, bottom + 5), fill=FAINT_INK)
        page.text((x, bottom + 9), text, SMALL, ink=FAINT_INK, anchor="ma")
    for value, text in frame.score_ticks():
        y = round(top + frame.place(0.0, value)[1])
        page.draw.line((x0 - 5, y, x0, y), fill=FAINT_INK)
        page.text((x0 - 9, y), text, SMALL, ink=FAINT_INK, anchor="rm")
    page.text((x0 + _SIZE[0] // 2, bottom + 34), "l2, logarithmic", NORMAL, anchor="ma")


def _inside(
    page: Page, frame: _Frame, top: int, points: Sequence[tuple[float, float, float]], facts: Mapping[str, Any]
) -> None:
    """Everything inside the frame, drawn large and shrunk."""
    from PIL import Image, ImageDraw

    large = Image.new("RGB", (_SIZE[0] * _SHARPER, _SIZE[1] * _SHARPER), PAPER)
    draw = ImageDraw.Draw(large)

    def line(ends: Sequence[Point], colour: tuple[int, int, int], width: float) -> None:
        scaled = [(x * _SHARPER, y * _SHARPER) for x, y in ends]
        draw.line(scaled, fill=colour, width=round(width * _SHARPER), joint="curve")

    for value, _ in frame.l2_ticks():
        x = frame.place(value, 0.0)[0]
        line([(x, 0), (x, _SIZE[1])], _GRID, 1)
    for value, _ in frame.score_ticks():
        y = frame.place(0.0, value)[1]
        line([(0, y), (_SIZE[0], y)], _GRID, 1)
    for l2, colour in ((facts["best"], COLD), (facts["chosen"], HOT)):
        if l2 > 0:
            x = frame.place(math.log10(l2), 0.0)[0]
            line([(x, 0), (x, _SIZE[1])], colour, 1.5)
    for l2, mean, error in points:
        x, y = frame.place(math.log10(l2), mean)
        (_, low), (_, high) = frame.place(0.0, mean - error), frame.place(0.0, mean + error)
        line([(x, low), (x, high)], FAINT_INK, 1.2)
        for end in (low, high):
            line([(x - _CAP, end), (x + _CAP, end)], FAINT_INK, 1.2)
        r = 4 * _SHARPER
        draw.ellipse((x * _SHARPER - r, y * _SHARPER - r, x * _SHARPER + r, y * _SHARPER + r), fill=INK)
    if len(points) > 1:
        line([frame.place(math.log10(l2), mean) for l2, mean, _ in points], INK, 1.6)
    page.image.paste(large.resize(_SIZE, Image.Resampling.LANCZOS), (MARGIN + _GUTTER, top))
    x0 = MARGIN + _GUTTER
    page.draw.rectangle((x0, top, x0 + _SIZE[0] - 1, top + _SIZE[1]), outline=RULE)


def _names(page: Page, top: int, facts: Mapping[str, Any], points: Sequence[tuple[float, float, float]]) -> None:
    """What the two vertical lines are, above the frame at its right."""
    means = {l2: mean for l2, mean, _ in points}
    words = [(f"chosen {facts['chosen']:g}", HOT)]
    if facts["best"] != facts["chosen"]:
        words.insert(0, (f"best {facts['best']:g} ({means.get(facts['best'], math.nan):.4f})", COLD))
    right = MARGIN + _GUTTER + _SIZE[0]
    for text, colour in reversed(words):
        page.text((right, top - 14), text, NORMAL, ink=colour, anchor="rm")
        right -= round(font(NORMAL).getlength(text)) + 24
