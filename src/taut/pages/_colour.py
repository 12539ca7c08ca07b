"""Colours of signed numbers: one symmetric scale, blue below zero, orange-red above."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from taut._typing import AnyArray

PAPER = (255, 255, 255)
INK = (24, 28, 34)
FAINT_INK = (92, 99, 108)
RULE = (206, 210, 215)
ZERO = (246, 246, 246)
COLD = (48, 125, 217)
HOT = (203, 83, 14)

# From -1 to +1. Lightness in OKLab falls by equal steps on both sides, so that equal weights of either
# sign weigh equally on the eye; blue against orange survives the common kinds of colour blindness.
_DIVERGING = np.array(
    [
        (27, 68, 137),
        (26, 95, 185),
        COLD,
        (87, 158, 236),
        (134, 189, 246),
        (188, 219, 248),
        ZERO,
        (244, 206, 179),
        (238, 165, 119),
        (225, 123, 66),
        HOT,
        (169, 52, 0),
        (127, 34, 13),
    ],
    dtype=np.float64,
)
_PERCENTILE = 99.5


@dataclass(frozen=True)
class Scale:
    """The weight that gets the last colour, and how it was chosen."""

    limit: float
    origin: str

    def __str__(self) -> str:
        """Describe the scale for a reader."""
        return f"±{self.limit:.3g} ({self.origin})"


def symmetric_scale(weights: AnyArray) -> Scale:
    """Choose one scale for all classes, on which a few outliers do not wash out the rest."""
    sizes = np.abs(weights[np.isfinite(weights)]).astype(np.float64)
    if not sizes.any():
        return Scale(1.0, "all weights are 0")
    limit = float(np.percentile(sizes, _PERCENTILE))
    if limit > 0.0:
        return Scale(limit, f"{_PERCENTILE}th percentile of |weight|")
    # So sparse that the percentile is 0: the outliers are all there is to see.
    return Scale(float(sizes.max()), "largest |weight|")


def diverging(weights: AnyArray, limit: float) -> NDArray[np.uint8]:
    """Colour each weight: (...) -> (..., 3); beyond the limit is clipped, NaN reads as 0."""
    position = np.clip(np.nan_to_num(weights.astype(np.float64) / limit), -1.0, 1.0)
    stops = np.linspace(-1.0, 1.0, len(_DIVERGING))
    channels = [np.interp(position, stops, channel) for channel in _DIVERGING.T]
    return np.round(np.stack(channels, axis=-1)).astype(np.uint8)


def as_rgb(weights: AnyArray, limit: float) -> NDArray[np.uint8]:
    """Show a channel-first colour template as a picture: (3, h, w) -> (h, w, 3), mid-grey where 0."""
    shares = 0.5 + 0.5 * np.clip(np.nan_to_num(weights.astype(np.float64) / limit), -1.0, 1.0)
    return np.round(255.0 * np.moveaxis(shares, 0, -1)).astype(np.uint8)
