"""A loss along one line through the point, with its kinks, its one-sided slopes and the slope that was given."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from taut.pages._canvas import MARGIN, NORMAL, SMALL, Page, fitted, font, in_our_letters
from taut.pages._colour import COLD, FAINT_INK, HOT, INK, PAPER, RULE

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

_SIZE = (1000, 440)  # of the frame and what is written left of it
_LEGEND_ROW = 24
_SWATCH = 34
_AXIS = 56  # ticks and the name of the axis, below the frame
_KINK_ROOM = 22  # numbers of the kinks, above the frame
_MAX_LISTED = 8
_TOUCHING = 24  # pixels between numbers
_SHARPER = 3  # lines are drawn larger and shrunk, so that they are smooth
_SAME = 1e-6  # one-sided slopes that differ by less than this share are one slope
_CURVE, _RIGHT = (60, 66, 75), (20, 60, 130)

Point = tuple[float, float]
Colour = tuple[int, int, int]


def draw_loss_line(facts: Mapping[str, Any]) -> bytes:
    """Draw a loss along a line, its kinks as numbered vertical lines, and slopes at the point as straight lines.

    Parameters
    ----------
    facts : mapping
        ``title``, ``caption`` and ``axis``, what the steps are; ``t`` and ``loss``, the line in m points, t
        rising; ``value``, the loss at t = 0; ``given``, ``left`` and ``right``, slopes at t = 0 or None; ``kinks``,
        mappings with ``at``, a step, and ``label``.

    Returns
    -------
    bytes
        A PNG file.
    """
    lines = _slopes(facts)
    gutter = max(58, 16 + math.ceil(max(font(SMALL).getlength(text) for _, text in _Frame.of(facts, 0).ticks(1))))
    frame = _Frame.of(facts, gutter)
    kinks = [kink for kink in facts["kinks"] if frame.low[0] <= kink["at"] <= frame.high[0]]
    rows = 1 + len(lines)
    head = rows * _LEGEND_ROW + 10 + _KINK_ROOM
    page = Page.blank(facts["title"], _notes(facts, kinks), (_SIZE[0], head + _SIZE[1] + _AXIS))
    _draw_legend(page, lines)
    _draw_axes(page, frame, page.top + head, facts["axis"])
    _draw_inside(page, frame, page.top + head, facts, kinks, lines)
    _draw_kink_numbers(page, frame, page.top + head, kinks)
    return page.png()


@dataclass(frozen=True)
class _Slope:
    """A straight line through the point, over some of its steps."""

    value: float
    colour: Colour
    text: str
    sides: tuple[int, ...]  # -1 for steps below 0, +1 for steps above
    dashed: bool = False


def _slopes(facts: Mapping[str, Any]) -> list[_Slope]:
    left, right, given = facts["left"], facts["right"], facts["given"]
    found = []
    if _known(left) and _known(right):
        if abs(left - right) <= _SAME * max(abs(left), abs(right)):
            found.append(_Slope(right, COLD, f"slope {right:.6g}, from the loss itself", (-1, 1)))
        else:
            found.append(_Slope(left, COLD, f"slope {left:.6g} just before the point, from the loss itself", (-1,)))
            found.append(_Slope(right, _RIGHT, f"slope {right:.6g} just after it", (1,)))
    if _known(given):
        found.append(_Slope(given, HOT, f"slope {given:.6g}, given by the gradient", (-1, 1), dashed=True))
    return found


def _known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _notes(facts: Mapping[str, Any], kinks: Sequence[Mapping[str, Any]]) -> list[str]:
    listed = [f"{i}: at step {kink['at']:.4g}, {kink['label']}" for i, kink in enumerate(kinks[:_MAX_LISTED], 1)]
    more = len(kinks) - _MAX_LISTED
    heading = "Kinks, where the slope jumps:" if kinks else "No kink on this stretch."
    return [heading, *listed, *([f"and {more} more, unnumbered"] * (more > 0)), str(facts["caption"])]


@dataclass(frozen=True)
class _Frame:
    """From steps and losses to pixels inside the frame."""

    low: Point
    high: Point
    left: int

    @classmethod
    def of(cls, facts: Mapping[str, Any], gutter: int) -> "_Frame":
        losses = [value for value in facts["loss"] if _known(value)] or [0.0]
        bottom, top = min(losses), max(losses)
        tall = top - bottom or 1e-6 * max(abs(top), 1e-300)
        near = 0.4 * min(-facts["t"][0], facts["t"][-1])
        ends = [facts["value"] + way * near * slope.value for slope in _slopes(facts) for way in slope.sides]
        # Slopes may stretch the frame a little, so that more of them than their beginning is seen.
        bottom, top = max(min([bottom, *ends]), bottom - 0.3 * tall), min(max([top, *ends]), top + 0.3 * tall)
        room = 0.05 * tall
        return cls((facts["t"][0], bottom - room), (facts["t"][-1], top + room), gutter)

    @property
    def width(self) -> int:
        return _SIZE[0] - self.left

    def place(self, t: float, value: float) -> Point:
        """Pixels from the frame's upper left corner."""
        x = (t - self.low[0]) / (self.high[0] - self.low[0])
        y = (self.high[1] - value) / (self.high[1] - self.low[1])
        return x * self.width, y * _SIZE[1]

    def ticks(self, axis: int) -> list[tuple[float, str]]:
        """Round numbers along an axis, written so that neighbours differ."""
        low, high = self.low[axis], self.high[axis]
        rough = (high - low) / 6
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * (1 - 1e-9))
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        digits = 2 + max(0, math.ceil(math.log10(max(abs(low), abs(high)) / step)))
        return [(i * step, f"{i * step:.{digits}g}") for i in range(first, last + 1)]

    def stretch(self, slope: _Slope, value: float) -> list[Point]:
        """The ends of a straight line through (0, value), as far as it stays inside the frame."""
        begin = self.low[0] if -1 in slope.sides else 0.0
        end = self.high[0] if 1 in slope.sides else 0.0
        if slope.value != 0.0:
            reach = sorted((bound - value) / slope.value for bound in (self.low[1], self.high[1]))
            begin, end = max(begin, reach[0]), min(end, reach[1])
        return [self.place(t, value + slope.value * t) for t in (begin, end)]


def _draw_legend(page: Page, slopes: Sequence[_Slope]) -> None:
    entries = [(_CURVE, "the loss", False), *((slope.colour, slope.text, slope.dashed) for slope in slopes)]
    for i, (colour, text, dashed) in enumerate(entries):
        y = page.top + i * _LEGEND_ROW + _LEGEND_ROW // 2
        for begin, end in ((0, 14), (20, _SWATCH)) if dashed else ((0, _SWATCH),):
            page.draw.line((MARGIN + begin, y, MARGIN + end, y), fill=colour, width=4)
        page.text((MARGIN + _SWATCH + 10, y), text, NORMAL)


def _draw_axes(page: Page, frame: _Frame, top: int, axis: str) -> None:
    x0, bottom = MARGIN + frame.left, top + _SIZE[1]
    for value, text in frame.ticks(0):
        x = round(x0 + frame.place(value, 0.0)[0])
        page.draw.line((x, bottom, x, bottom + 5), fill=FAINT_INK)
        page.text((x, bottom + 9), text, SMALL, ink=FAINT_INK, anchor="ma")
    for value, text in frame.ticks(1):
        y = round(top + frame.place(0.0, value)[1])
        page.draw.line((x0 - 5, y, x0, y), fill=FAINT_INK)
        page.text((x0 - 9, y), text, SMALL, ink=FAINT_INK, anchor="rm")
    middle = x0 + frame.width // 2
    name = fitted(in_our_letters(axis), NORMAL, frame.width)
    page.text((middle, bottom + 32), name, NORMAL, anchor="ma")
    page.text((MARGIN, top - _KINK_ROOM + 2), "loss", NORMAL, anchor="la")


def _draw_inside(
    page: Page,
    frame: _Frame,
    top: int,
    facts: Mapping[str, Any],
    kinks: Sequence[Mapping[str, Any]],
    slopes: Sequence[_Slope],
) -> None:
    """Everything inside the frame, drawn large and shrunk."""
    from PIL import Image, ImageDraw

    size = (frame.width, _SIZE[1])
    large = Image.new("RGB", (size[0] * _SHARPER, size[1] * _SHARPER), PAPER)
    draw = ImageDraw.Draw(large)
    for axis in (0, 1):
        for value, _ in frame.ticks(axis):
            x, y = frame.place(value if axis == 0 else frame.low[0], value if axis == 1 else frame.low[1])
            _line(draw, [(x, 0), (x, size[1])] if axis == 0 else [(0, y), (size[0], y)], (238, 240, 242), 1)
    for kink in kinks:
        x = frame.place(kink["at"], 0.0)[0]
        _line(draw, [(x, 0), (x, size[1])], (150, 156, 164), 1.4)
    for piece in _unbroken(facts):
        _line(draw, [frame.place(t, value) for t, value in piece], _CURVE, 4)
    for slope in slopes:
        _line(draw, frame.stretch(slope, facts["value"]), slope.colour, 2, dashed=slope.dashed)
    _dot(draw, frame.place(0.0, facts["value"]))
    page.image.paste(large.resize(size, Image.Resampling.LANCZOS), (MARGIN + frame.left, top))
    x0 = MARGIN + frame.left
    page.draw.rectangle((x0, top, x0 + size[0] - 1, top + size[1]), outline=RULE)


def _unbroken(facts: Mapping[str, Any]) -> list[list[Point]]:
    """The curve in pieces: a loss that is not finite is left out."""
    pieces: list[list[Point]] = [[]]
    for t, value in zip(facts["t"], facts["loss"], strict=True):
        if _known(value):
            pieces[-1].append((t, value))
        elif pieces[-1]:
            pieces.append([])
    return [piece for piece in pieces if len(piece) > 1]


def _line(draw: "ImageDraw", points: Sequence[Point], colour: Colour, width: float, *, dashed: bool = False) -> None:
    scaled = [(_SHARPER * x, _SHARPER * y) for x, y in points]
    if not dashed:
        draw.line(scaled, fill=colour, width=round(_SHARPER * width), joint="curve")
        return
    (x0, y0), (x1, y1) = scaled
    length = math.hypot(x1 - x0, y1 - y0)
    dash = 11 * _SHARPER
    for i in range(0, math.ceil(length / dash), 2):
        begin, end = (min(1.0, k * dash / length) for k in (i, i + 1))
        part = [(x0 + s * (x1 - x0), y0 + s * (y1 - y0)) for s in (begin, end)]
        draw.line(part, fill=colour, width=round(_SHARPER * width))


def _dot(draw: "ImageDraw", at: Point) -> None:
    x, y = (_SHARPER * value for value in at)
    radius = 4.5 * _SHARPER
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=INK)


def _draw_kink_numbers(page: Page, frame: _Frame, top: int, kinks: Sequence[Mapping[str, Any]]) -> None:
    """Number the kinks above the frame; those whose numbers would touch get one text."""
    groups: list[tuple[list[float], list[int]]] = []
    for i, kink in enumerate(kinks[:_MAX_LISTED], 1):
        x = MARGIN + frame.left + frame.place(kink["at"], 0.0)[0]
        if groups and x - groups[-1][0][-1] < _TOUCHING:
            groups[-1][0].append(x)
            groups[-1][1].append(i)
        else:
            groups.append(([x], [i]))
    for xs, numbers in groups:
        text = str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}"
        page.text((0.5 * (xs[0] + xs[-1]), top - 4), text, SMALL, ink=FAINT_INK, anchor="ms")
