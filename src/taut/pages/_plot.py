"""A frame with two axes, linear or logarithmic, and smooth lines and dots inside it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from taut.pages._canvas import MARGIN, NORMAL, SMALL, Page, fitted, font, in_our_letters
from taut.pages._colour import FAINT_INK, PAPER, RULE

LEFT, ABOVE, BELOW, GAP = 84, 34, 58, 26
"""Room around a frame for its numbers and names, and between frames."""

SMOOTH = 3
"""Lines are drawn so many times larger and reduced."""

GRID = (238, 240, 242)

Point = tuple[float, float]
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Axis:
    """A range with its name; only whole numbers are marked where it counts something."""

    low: float
    high: float
    name: str
    log: bool = False
    whole: bool = False

    def share(self, value: float) -> float:
        """How far along a value lies, 0 to 1 inside; far outside is kept near, so that pixels stay numbers."""
        low, high = self.low, self.high
        if self.log:
            value, low, high = (math.log10(max(each, 1e-300)) for each in (value, low, high))
        return min(max((value - low) / (high - low), -50.0), 51.0)

    def ticks(self, most: int) -> list[tuple[float, str]]:
        """Round numbers along the axis; whole powers of ten on a logarithmic one."""
        if self.log:
            first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
            step = max(1, math.ceil((last - first + 1) / most))
            powers = range(step * math.ceil(first / step), last + 1, step)
            return [(10.0**power, f"{10.0**power:g}") for power in powers]
        rough = max((self.high - self.low) / most, 1.0 if self.whole else 0.0)
        power = 10.0 ** math.floor(math.log10(rough))
        step_size = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))
        ends = math.ceil(self.low / step_size - 1e-9), math.floor(self.high / step_size + 1e-9)
        digits = 2 + max(0, math.ceil(math.log10(max(abs(self.low), abs(self.high)) / step_size)))
        return [(i * step_size, _written(i * step_size, digits)) for i in range(ends[0], ends[1] + 1)]


def _written(value: float, digits: int) -> str:
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e7 else f"{value:.{digits}g}"


@dataclass(frozen=True)
class Line:
    """Points joined in their order, or their dots, or both; a name puts it into the legend."""

    points: Sequence[Point]
    colour: Colour
    name: str = ""
    width: float = 2.0
    dashed: bool = False
    joined: bool = True
    dots: float = 0.0


@dataclass(frozen=True)
class Words:
    """What a place is, written above or below it."""

    at: Point
    text: str
    colour: Colour
    above: bool


@dataclass(frozen=True)
class Panel:
    """A frame and what is drawn in it, the first lines below the later ones; ``words`` are written beside places."""

    title: str
    x: Axis
    y: Axis
    lines: Sequence[Line]
    words: Sequence[Words] = ()


def draw_panels(title: str, rows: Sequence[Sequence[Panel]], notes: Sequence[str], size: tuple[int, int]) -> bytes:
    """A PNG file of panels in rows, each with a frame of the given width and height."""
    legends = [max((_legend_height(panel) for panel in row), default=0) for row in rows]
    heights = [ABOVE + legend + size[1] + BELOW for legend in legends]
    columns = max(len(row) for row in rows)
    page = Page.blank(title, notes, (columns * (LEFT + size[0]) + (columns - 1) * GAP, sum(heights)))
    top = page.top
    for row, legend, height in zip(rows, legends, heights, strict=True):
        for i, panel in enumerate(row):
            left = MARGIN + LEFT + i * (LEFT + size[0] + GAP)
            _draw_panel(page, panel, (left, top + ABOVE + legend, left + size[0], top + ABOVE + legend + size[1]))
        top += height
    return page.png()


def _legend_height(panel: Panel) -> int:
    return 22 * sum(1 for line in panel.lines if line.name)


def _draw_panel(page: Page, panel: Panel, box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    width = right - left
    heading = top - _legend_height(panel) - 22
    page.text((left, heading), fitted(in_our_letters(panel.title), NORMAL, width), NORMAL)
    for i, line in enumerate(line for line in panel.lines if line.name):
        _draw_key(page, line, (left, heading + 22 * (i + 1)), width)
    for value, text in panel.x.ticks(max(2, width // 90)):
        at = left + panel.x.share(value) * width
        page.draw.line((at, bottom, at, bottom + 5), fill=FAINT_INK)
        page.text((at, bottom + 9), text, SMALL, ink=FAINT_INK, anchor="ma")
    for value, text in panel.y.ticks(max(2, (bottom - top) // 50)):
        at = bottom - panel.y.share(value) * (bottom - top)
        page.draw.line((left - 5, at, left, at), fill=FAINT_INK)
        page.text((left - 9, at), text, SMALL, ink=FAINT_INK, anchor="rm")
    page.text(((left + right) / 2, bottom + 30), fitted(in_our_letters(panel.x.name), SMALL, width), SMALL, anchor="ma")
    _draw_sideways(page, panel.y.name, (left - LEFT + 10, (top + bottom) // 2), bottom - top)
    _draw_inside(page, panel, box)
    page.draw.rectangle((left, top, right, bottom), outline=RULE)
    for words in panel.words:
        _draw_words(page, panel, box, words)


def _draw_key(page: Page, line: Line, at: tuple[int, int], width: int) -> None:
    x, y = at
    if line.joined:
        for begin, end in ((0, 10), (15, 25)) if line.dashed else ((0, 25),):
            page.draw.line((x + begin, y, x + end, y), fill=line.colour, width=max(3, round(line.width)))
    if line.dots:
        page.draw.ellipse((x + 9, y - 4, x + 17, y + 4), fill=line.colour)
    page.text((x + 34, y), fitted(in_our_letters(line.name), SMALL, width - 34), SMALL)


def _draw_sideways(page: Page, words: str, at: tuple[int, int], room: int) -> None:
    from PIL import Image, ImageDraw

    text = fitted(in_our_letters(words), SMALL, room)
    width = math.ceil(font(SMALL).getlength(text)) + 4
    strip = Image.new("RGB", (width, 20), PAPER)
    ImageDraw.Draw(strip).text((2, 10), text, fill=(24, 28, 34), font=font(SMALL), anchor="lm")
    page.image.paste(strip.rotate(90, expand=True), (at[0] - 10, at[1] - width // 2))


def _draw_inside(page: Page, panel: Panel, box: tuple[int, int, int, int]) -> None:
    """Grid, lines and dots, drawn large on a sheet of their own: what leaves the frame is cut off."""
    from PIL import Image, ImageDraw

    width, height = box[2] - box[0], box[3] - box[1]
    sheet = Image.new("RGB", (width * SMOOTH, height * SMOOTH), PAPER)
    draw = ImageDraw.Draw(sheet)

    def place(point: Point) -> Point:
        return panel.x.share(point[0]) * width * SMOOTH, (1 - panel.y.share(point[1])) * height * SMOOTH

    for value, _ in panel.x.ticks(max(2, width // 90)):
        x = place((value, panel.y.low))[0]
        draw.line((x, 0, x, height * SMOOTH), fill=GRID, width=SMOOTH)
    for value, _ in panel.y.ticks(max(2, height // 50)):
        y = place((panel.x.low, value))[1]
        draw.line((0, y, width * SMOOTH, y), fill=GRID, width=SMOOTH)
    for line in panel.lines:
        places = [place(point) for point in line.points]
        if line.joined and len(places) > 1:
            for piece in _dashes(places) if line.dashed else [places]:
                draw.line(piece, fill=line.colour, width=max(1, round(line.width * SMOOTH)), joint="curve")
        radius = line.dots * SMOOTH
        for x, y in places if radius else []:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=line.colour)
    page.image.paste(sheet.resize((width, height), Image.Resampling.LANCZOS), box[:2])


def _dashes(places: Sequence[Point]) -> list[list[Point]]:
    """Even dashes along the straight line from the first place to the last."""
    (x0, y0), (x1, y1) = places[0], places[-1]
    count = min(2000, math.ceil(math.hypot(x1 - x0, y1 - y0) / (9 * SMOOTH)))
    marks = [(x0 + (x1 - x0) * i / max(count, 1), y0 + (y1 - y0) * i / max(count, 1)) for i in range(count + 1)]
    return [[a, b] for a, b in zip(marks[::2], marks[1::2], strict=False)]


def _draw_words(page: Page, panel: Panel, box: tuple[int, int, int, int], words: Words) -> None:
    """On paper, so that no contour runs through them, and inside the frame."""
    half = font(SMALL).getlength(words.text) / 2 + 3
    x = box[0] + panel.x.share(words.at[0]) * (box[2] - box[0])
    y = box[3] - panel.y.share(words.at[1]) * (box[3] - box[1])
    x = min(max(x, box[0] + half + 2), box[2] - half - 2)
    y = min(max(y - 20 if words.above else y + 20, box[1] + 12), box[3] - 12)
    page.draw.rectangle((x - half, y - 9, x + half, y + 9), fill=PAPER)
    page.text((x, y), words.text, SMALL, ink=words.colour, anchor="mm")
