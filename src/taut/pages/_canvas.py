"""A white page with a title above and notes below, and text that stays inside its room."""

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from taut.pages._colour import FAINT_INK, INK, PAPER
from taut.pages._label import plain

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

MARGIN = 40
MAX_WIDTH = 1400
SMALL, NORMAL, LARGE = 13, 15, 24
_MIN_BODY = 520
_LEADING = 1.45
# Pillow's own font is plain ASCII and little more.
_STAND_INS = str.maketrans({"−": "-", "–": "-", "—": "-", "×": "x", "µ": "u", "μ": "u", "ß": "ss", "ø": "o"})


@cache
def font(size: int) -> "FreeTypeFont | ImageFont":
    """Return the font that ships with Pillow, so that a picture is the same on every machine."""
    from PIL import ImageFont

    return ImageFont.load_default(size=size)


@cache
def _glyph(character: str) -> bytes:
    return bytes(font(NORMAL).getmask(character))


def _lacks(character: str) -> bool:
    return not character.isspace() and _glyph(character) == _glyph("\uffff")


def in_our_letters(text: str) -> str:
    """Rewrite a text in letters that the font has, as far as it goes: without its accents, say."""
    swapped = plain(text).translate(_STAND_INS)
    parts = "".join(unicodedata.normalize("NFKD", ch) if _lacks(ch) else ch for ch in swapped)
    return "".join(ch for ch in parts if not unicodedata.combining(ch))


def drawable(label: object, position: int) -> str:
    """Return a name in the font's letters; one that has none there is told by its position.

    What the font lacks shows as a box, and boxes all look the same.
    """
    letters = in_our_letters(str(label))
    return f"#{position} {letters}" if any(map(_lacks, letters)) else letters


def fitted(text: str, size: int, width: float) -> str:
    """Cut a text to a width in pixels, with an ellipsis."""
    measure = font(size).getlength
    if measure(text) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle] + "…") <= width else (low, middle - 1)
    return text[:low].rstrip() + "…"


def wrapped(text: str, size: int, width: float) -> list[str]:
    """Break a text into lines of at most a width in pixels."""
    measure = font(size).getlength
    lines: list[str] = []
    for word in in_our_letters(text).split():
        if lines and measure(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(fitted(word, size, width))
    return lines


@dataclass(frozen=True)
class Page:
    """A page in the making; what it is about goes between ``top`` and the notes."""

    image: "Image"
    draw: "ImageDraw"
    top: int

    @classmethod
    def blank(cls, title: str, notes: Sequence[str], body: tuple[int, int]) -> "Page":
        """Lay out a page around a body of the given width and height; write title and notes."""
        from PIL import Image, ImageDraw

        width = max(body[0], _MIN_BODY)
        heading = wrapped(title, LARGE, width)
        foot = [line for note in notes for line in wrapped(note, SMALL, width)]
        top = MARGIN - 8 + round(len(heading) * LARGE * _LEADING) + (14 if heading else 0)
        below = top + body[1] + (22 if foot else 0)
        height = below + round(len(foot) * SMALL * _LEADING) + MARGIN
        image = Image.new("RGB", (width + 2 * MARGIN, height), PAPER)
        page = cls(image, ImageDraw.Draw(image), top)
        page._lines(heading, MARGIN - 8, LARGE, INK)
        page._lines(foot, below, SMALL, FAINT_INK)
        return page

    def _lines(self, lines: list[str], y: int, size: int, ink: tuple[int, int, int]) -> None:
        for i, line in enumerate(lines):
            self.text((MARGIN, y + round(i * size * _LEADING)), line, size, ink=ink, anchor="la")

    def text(
        self,
        at: tuple[float, float],
        text: str,
        size: int,
        *,
        ink: tuple[int, int, int] = INK,
        anchor: str = "lm",
    ) -> None:
        """Write one line; the anchor is Pillow's."""
        self.draw.text(at, text, fill=ink, font=font(size), anchor=anchor)

    def png(self) -> bytes:
        """Return the picture as a PNG file."""
        buffer = io.BytesIO()
        self.image.save(buffer, format="PNG")
        return buffer.getvalue()
