"""Each class's weights as the picture they are."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taut._typing import AnyArray
from taut.pages._canvas import MARGIN, MAX_WIDTH, NORMAL, SMALL, Page, drawable, fitted
from taut.pages._colour import FAINT_INK, RULE, Scale, as_rgb, diverging, symmetric_scale
from taut.pages._label import first_of

_MAX_TILES = 100
_GAP = 18
_NAME = 26  # height of the line of the name
_MAX_TILE = 160
_MIN_CELL = 96  # so that a narrow image still has room for its name
_BAR = (300, 14)
_BAR_ROOM = 58  # with the space above it and its numbers


def draw_templates(facts: Mapping[str, Any]) -> bytes:
    """Draw one tile per class, all on one symmetric scale.

    Parameters
    ----------
    facts : mapping
        ``title`` and ``caption``; ``classes``, k names; ``weights``, (k, d); ``image_shape``,
        (h, w) or channel-first (3, h, w); ``noun``, what they are if not classes.

    Returns
    -------
    bytes
        A PNG file.
    """
    shape = tuple(facts["image_shape"])
    total, noun = len(facts["classes"]), facts.get("noun", "classes")
    weights = np.asarray(facts["weights"]).reshape(total, *shape)
    # From all the classes, also those that are not drawn: the scale is the model's.
    scale = symmetric_scale(weights)
    grid = _Grid.of(min(total, _MAX_TILES), (shape[-2], shape[-1]))
    colour = len(shape) == 3
    notes = [first_of(total, _MAX_TILES, noun), _legend(scale, colour, noun), str(facts["caption"])]
    page = Page.blank(facts["title"], notes, (grid.width, grid.height + (0 if colour else _BAR_ROOM)))
    paint = as_rgb if colour else diverging
    for i in range(grid.count):
        _draw_tile(page, grid, i, drawable(facts["classes"][i], i), paint(weights[i], scale.limit))
    if not colour:
        _draw_colour_bar(page, page.top + grid.height + 24, scale)
    return page.png()


@dataclass(frozen=True)
class _Grid:
    """Where the tiles lie."""

    count: int
    columns: int
    tile: tuple[int, int]

    @classmethod
    def of(cls, count: int, shape: tuple[int, int]) -> "_Grid":
        """Enlarge the image by a whole factor, so that its pixels stay square and sharp, and arrange."""
        longest = max(shape)
        factor = max(1, min(round((150 if count <= 20 else 112) / longest), _MAX_TILE // longest))
        shrink = min(1.0, _MAX_TILE / longest)
        width, height = (max(1, round(side * factor * shrink)) for side in reversed(shape))
        widest = (MAX_WIDTH - 2 * MARGIN + _GAP) // (max(width, _MIN_CELL) + _GAP)
        wanted = count if count <= 5 else math.ceil(math.sqrt(2.2 * count))
        rows = math.ceil(count / min(wanted, widest))
        return cls(count, math.ceil(count / rows), (width, height))

    @property
    def cell(self) -> tuple[int, int]:
        return max(self.tile[0], _MIN_CELL), _NAME + self.tile[1]

    @property
    def width(self) -> int:
        return self.columns * (self.cell[0] + _GAP) - _GAP

    @property
    def height(self) -> int:
        return math.ceil(self.count / self.columns) * (self.cell[1] + _GAP) - _GAP

    def corner(self, i: int) -> tuple[int, int]:
        row, column = divmod(i, self.columns)
        return column * (self.cell[0] + _GAP), row * (self.cell[1] + _GAP)


def _draw_tile(page: Page, grid: _Grid, i: int, name: str, pixels: NDArray[np.uint8]) -> None:
    from PIL import Image

    x, y = grid.corner(i)
    x, y = x + MARGIN, y + page.top
    cell, (width, height) = grid.cell[0], grid.tile
    page.text((x + cell // 2, y + _NAME // 2 - 1), fitted(name, NORMAL, cell), NORMAL, anchor="mm")
    enlarge = width >= pixels.shape[1] and height >= pixels.shape[0]
    method = Image.Resampling.NEAREST if enlarge else Image.Resampling.BOX
    left, top = x + (cell - width) // 2, y + _NAME
    page.draw.rectangle((left - 1, top - 1, left + width, top + height), outline=RULE)
    page.image.paste(Image.fromarray(pixels).resize((width, height), method), (left, top))


def _draw_colour_bar(page: Page, y: int, scale: Scale) -> None:
    from PIL import Image

    width, height = _BAR
    ramp: AnyArray = np.linspace(-1.0, 1.0, width)[np.newaxis].repeat(height, axis=0)
    page.draw.rectangle((MARGIN - 1, y - 1, MARGIN + width, y + height), outline=RULE)
    page.image.paste(Image.fromarray(diverging(ramp, 1.0)), (MARGIN, y))
    ticks = ((0, f"-{scale.limit:.3g}", "l"), (width // 2, "0", "m"), (width, f"+{scale.limit:.3g}", "r"))
    for x, label, side in ticks:
        page.text((MARGIN + x, y + height + 6), label, SMALL, ink=FAINT_INK, anchor=side + "a")


def _legend(scale: Scale, colour: bool, noun: str) -> str:
    if colour:
        return (
            f"Each channel shows 0.5 + weight / (2 · {scale.limit:.3g}), so mid-grey is 0. "
            f"One scale for all {noun}: {scale}; weights beyond it are clipped."
        )
    return f"Weight, one scale for all {noun}: {scale}; weights beyond it are clipped."
