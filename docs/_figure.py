"""Line plots for the documentation, on taut's own canvas: no plotting library is needed to remake the pages."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageDraw

from taut.pages._canvas import MARGIN, NORMAL, SMALL, Page, font
from taut.pages._colour import FAINT_INK, INK, PAPER, RULE

BLUE, ORANGE, GREEN, PURPLE = (38, 110, 196), (203, 83, 14), (0, 128, 100), (132, 68, 168)
_SMOOTH = 3  # curves are drawn this many times too large and reduced, so that slanted lines have no steps
_LEFT, _BELOW, _ABOVE, _GAP = 74, 56, 34, 54

Colour = tuple[int, int, int]
Point = tuple[float, float]


@dataclass(frozen=True)
class Axis:
    """One axis: its range, its label, and the places that carry a number."""

    low: float
    high: float
    label: str
    ticks: dict[float, str]
    log: bool = False

    def share(self, value: float) -> float:
        """Return how far along the axis a value lies, 0 to 1 within its range."""
        if self.log:
            value, low, high = math.log(max(value, 1e-300)), math.log(self.low), math.log(self.high)
        else:
            low, high = self.low, self.high
        return (value - low) / (high - low)


@dataclass(frozen=True)
class Curve:
    """A line through points, full or dashed, with or without dots; or dots alone."""

    xs: Sequence[float]
    ys: Sequence[float]
    colour: Colour
    label: str = ""
    dots: bool = False
    line: bool = True
    dashed: bool = False
    thick: float = 2.0


@dataclass(frozen=True)
class Panel:
    """One pair of axes with its curves; remarks are written at places in the units of the axes."""

    title: str
    x: Axis
    y: Axis
    curves: Sequence[Curve]
    remarks: Sequence[tuple[float, float, str, Colour]] = field(default=())
    legend: str = "right"  # where there is room: "right" or "left" above, "below" right, "middle" left


def save(path: Path, title: str, panels: Sequence[Panel], notes: Sequence[str], size: tuple[int, int]) -> None:
    """Draw panels side by side, each of a width and height in pixels, and write them as a PNG file."""
    width, height = size
    whole = (len(panels) * (width + _LEFT) + (len(panels) - 1) * (_GAP - 30), height + _ABOVE + _BELOW)
    page = Page.blank(title, notes, whole)
    for i, panel in enumerate(panels):
        left = MARGIN + _LEFT + i * (width + _LEFT + _GAP - 30)
        _draw(page, panel, (left, page.top + _ABOVE, left + width, page.top + _ABOVE + height))
    path.write_bytes(page.png())


def _draw(page: Page, panel: Panel, box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    page.text((left, top - 18), panel.title, NORMAL, anchor="lm")
    for value, label in panel.x.ticks.items():
        at = left + panel.x.share(value) * (right - left)
        page.draw.line((at, top, at, bottom), fill=RULE if value else FAINT_INK)
        page.text((at, bottom + 14), label, SMALL, ink=FAINT_INK, anchor="mm")
    for value, label in panel.y.ticks.items():
        at = bottom - panel.y.share(value) * (bottom - top)
        page.draw.line((left, at, right, at), fill=RULE if value else FAINT_INK)
        page.text((left - 8, at), label, SMALL, ink=FAINT_INK, anchor="rm")
    page.text(((left + right) / 2, bottom + 38), panel.x.label, SMALL, anchor="mm")
    _sideways(page, panel.y.label, (left - _LEFT + 2, (top + bottom) // 2))
    _curves(page, panel, box)
    page.draw.rectangle(box, outline=FAINT_INK)
    _legend(page, panel, box)
    for x, y, words, ink in panel.remarks:
        at = (left + panel.x.share(x) * (right - left), bottom - panel.y.share(y) * (bottom - top))
        _over_paper(page, at, words, ink)


def _over_paper(page: Page, at: Point, words: str, ink: Colour) -> None:
    page.draw.rectangle((at[0] - 3, at[1] - 9, at[0] + _length(words) + 3, at[1] + 9), fill=PAPER)
    page.text(at, words, SMALL, ink=ink, anchor="lm")


def _length(words: str) -> float:
    return float(font(SMALL).getlength(words))


def _sideways(page: Page, words: str, at: tuple[int, int]) -> None:
    width = round(_length(words)) + 4
    strip = Image.new("RGB", (width, 20), PAPER)
    ImageDraw.Draw(strip).text((2, 10), words, fill=INK, font=font(SMALL), anchor="lm")
    page.image.paste(strip.rotate(90, expand=True), (at[0] - 10, at[1] - width // 2))


def _curves(page: Page, panel: Panel, box: tuple[int, int, int, int]) -> None:
    """Draw on a large copy of the box, which is then reduced; what leaves the box is cut off."""
    left, top, right, bottom = box
    wide, high = (right - left) * _SMOOTH, (bottom - top) * _SMOOTH
    sheet = page.image.crop(box).resize((wide, high), Image.Resampling.NEAREST)
    draw = ImageDraw.Draw(sheet)
    for curve in panel.curves:
        places = [
            (panel.x.share(x) * wide, (1 - panel.y.share(y)) * high)
            for x, y in zip(curve.xs, curve.ys, strict=True)
            if math.isfinite(y) and (y > 0 or not panel.y.log)
        ]
        pen = round(curve.thick * _SMOOTH)
        if curve.line:
            for piece in _dashes(places) if curve.dashed else [places]:
                draw.line(piece, fill=curve.colour, width=pen, joint="curve")
        if curve.dots:
            for x, y in places:
                r = 4 * _SMOOTH
                draw.ellipse((x - r, y - r, x + r, y + r), fill=curve.colour, outline=PAPER, width=_SMOOTH)
    page.image.paste(sheet.resize((right - left, bottom - top), Image.Resampling.LANCZOS), (left, top))


def _dashes(places: Sequence[Point], dash: float = 7.0 * _SMOOTH, gap: float = 5.0 * _SMOOTH) -> list[list[Point]]:
    """Cut a line into dashes of even length."""
    pieces: list[list[Point]] = []
    current: list[Point] = [places[0]] if places else []
    drawing, left = True, dash
    for (x0, y0), (x1, y1) in pairwise(places):
        span, done = math.hypot(x1 - x0, y1 - y0), 0.0
        while span - done > left:
            done += left
            at = (x0 + (x1 - x0) * done / span, y0 + (y1 - y0) * done / span)
            if drawing:
                pieces.append([*current, at])
            current, drawing = [at], not drawing
            left = dash if drawing else gap
        left -= span - done
        if drawing:
            current.append((x1, y1))
    if drawing and len(current) > 1:
        pieces.append(current)
    return pieces


def _legend(page: Page, panel: Panel, box: tuple[int, int, int, int]) -> None:
    named = [curve for curve in panel.curves if curve.label]
    if not named:
        return
    left, top, right, bottom = box
    width = max(_length(curve.label) for curve in named) + 44
    high = 20 * len(named) + 6
    x = left + 8 if panel.legend in ("left", "middle") else right - width - 8
    y = {"below": bottom - 8 - high, "middle": (top + bottom - high) // 2}.get(panel.legend, top + 8)
    page.draw.rectangle((x, y, x + width, y + high), fill=PAPER, outline=RULE)
    for i, curve in enumerate(named):
        middle = y + 13 + 20 * i
        if curve.line:
            for a, b in ((0, 7), (11, 18)) if curve.dashed else ((0, 24),):
                page.draw.line((x + 8 + a, middle, x + 8 + b, middle), fill=curve.colour, width=2)
        if curve.dots:
            page.draw.ellipse((x + 16, middle - 4, x + 24, middle + 4), fill=curve.colour)
        page.text((x + 38, middle), curve.label, SMALL, anchor="lm")
