"""Each class's strongest features as bars."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from taut.pages._canvas import MARGIN, NORMAL, SMALL, Page, drawable, fitted, font
from taut.pages._colour import COLD, FAINT_INK, HOT, RULE
from taut.pages._label import first_of, signed
from taut.pages._ranking import MAX_PANELS, coefficients, rank

_GAP = (36, 26)
_HEAD = 32
_ROW = 20
_MAX_NAME = 170
_BARS = 150
_VALUE = 64
_COLUMNS = 3


def draw_features(facts: Mapping[str, Any]) -> bytes:
    """Draw one panel per class: its top features, for and against, as bars on one scale.

    Parameters
    ----------
    facts : mapping
        ``title`` and ``caption``; ``classes``, k names; ``features``, d names; ``weights``, (k, d);
        ``scales``, (d,) standard deviations of the columns or None; ``top``, how many features on
        each side; ``noun``, what they are if not classes.

    Returns
    -------
    bytes
        A PNG file.
    """
    panels, words = _panels(facts)
    noun = facts.get("noun", "classes")
    limit = max((abs(value) for panel in panels for _, value in panel.bars), default=0.0) or 1.0
    widest = max((font(SMALL).getlength(name) for panel in panels for name, _ in panel.bars), default=0.0)
    names = math.ceil(min(widest, _MAX_NAME))
    columns = _columns(len(panels))
    rows = [panels[i : i + columns] for i in range(0, len(panels), columns)]
    heights = [_HEAD + _ROW * max(len(panel.bars) for panel in row) for row in rows]
    width, height = names + _BARS + _VALUE, sum(heights) + _GAP[1] * (len(rows) - 1)
    notes = [
        first_of(len(facts["classes"]), MAX_PANELS, noun),
        f"Bars: {words}, one scale for all {noun}; the longest is {limit:.3g}.",
        str(facts["caption"]),
    ]
    page = Page.blank(facts["title"], notes, (columns * (width + _GAP[0]) - _GAP[0], height))
    y = page.top
    for row, tall in zip(rows, heights, strict=True):
        for i, panel in enumerate(row):
            panel.draw(page, MARGIN + i * (width + _GAP[0]), y, names, limit)
        y += tall + _GAP[1]
    return page.png()


def _columns(panels: int) -> int:
    """Fill the rows evenly: four panels are two and two."""
    return math.ceil(panels / math.ceil(panels / _COLUMNS)) if panels else 1


@dataclass(frozen=True)
class _Panel:
    """One class and its bars, from the most positive to the most negative."""

    name: str
    bars: list[tuple[str, float]]

    def draw(self, page: Page, x: int, y: int, names: int, limit: float) -> None:
        width = names + _BARS + _VALUE
        page.text((x, y + 9), fitted(self.name, NORMAL + 1, width), NORMAL + 1)
        page.draw.line((x, y + 22, x + width, y + 22), fill=RULE)
        half = _BARS // 2 - 6
        zero = x + names + _BARS // 2 + 4
        for i, (name, value) in enumerate(self.bars):
            top = y + _HEAD + i * _ROW
            middle = top + _ROW // 2
            page.text((x + names, middle), fitted(name, SMALL, names), SMALL, anchor="rm")
            left, right = sorted((zero, zero + round(half * value / limit)))
            if value:
                page.draw.rectangle((left, top + 3, right, top + _ROW - 4), fill=HOT if value > 0 else COLD)
            page.text((x + width, middle), signed(value), SMALL, ink=FAINT_INK, anchor="rm")
        page.draw.line((zero, y + _HEAD - 2, zero, y + _HEAD + _ROW * len(self.bars)), fill=FAINT_INK)


def _panels(facts: Mapping[str, Any]) -> tuple[list[_Panel], str]:
    table, words = coefficients(facts)
    features = facts["features"]
    panels = []
    for i, name in enumerate(facts["classes"][:MAX_PANELS]):
        ranked = rank(table[i], facts["top"])
        chosen = [*ranked.positive, *ranked.idle, *reversed(ranked.negative)]
        panels.append(_Panel(drawable(name, i), [(drawable(features[j], j), value) for j, value in chosen]))
    return panels, words
