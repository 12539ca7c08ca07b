"""Small pictures of examples and weights, inside the page."""

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taut._typing import AnyArray
from taut.pages._colour import as_rgb, diverging
from taut.pages._html import escaped

MOST_PIXELS = 40
"""Of a side: larger pictures are drawn smaller, so that a page with many of them stays below a megabyte."""


def example_image(row: AnyArray, shape: Sequence[int], text: str) -> str:
    """An example's pixels, from its smallest number (black) to its largest (white)."""
    pixels = np.asarray(row, dtype=np.float64).reshape(tuple(shape))
    low, high = float(pixels.min()), float(pixels.max())
    share = np.zeros_like(pixels) if high == low else (pixels - low) / (high - low)
    grey: NDArray[np.uint8] = np.round(255.0 * share).astype(np.uint8)
    return _image(np.moveaxis(grey, 0, -1) if len(shape) == 3 else grey, text)


def weight_image(row: AnyArray, shape: Sequence[int], limit: float, text: str) -> str:
    """A class's weights on the scale of all classes."""
    pixels = np.asarray(row, dtype=np.float64).reshape(tuple(shape))
    return _image((as_rgb if len(shape) == 3 else diverging)(pixels, limit), text)


def _image(pixels: NDArray[np.uint8], text: str) -> str:
    from PIL import Image

    buffer, whole = io.BytesIO(), Image.fromarray(np.ascontiguousarray(pixels))
    share = min(1.0, MOST_PIXELS / max(whole.size))
    w, h = (max(1, round(share * size)) for size in whole.size)
    drawn = whole if share == 1.0 else whole.resize((w, h), Image.Resampling.BOX)
    drawn.save(buffer, format="PNG", optimize=True)
    data: Any = base64.b64encode(buffer.getvalue()).decode()
    return f'<img class="pixels" alt="{escaped(text)}" width="{w}" height="{h}" src="data:image/png;base64,{data}">'
