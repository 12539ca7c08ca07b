"""Numbers of one matrix in one notation, so that they line up."""

import math
from typing import NamedTuple

import numpy as np

from taut._typing import FloatArray


class Notation(NamedTuple):
    """Decimals that all numbers of a matrix get, after a common power of ten is taken out."""

    decimals: int
    exponent: int

    @classmethod
    def of(cls, values: FloatArray, digits: int = 4) -> "Notation":
        """Enough decimals for ``digits`` digits of the largest; a power of ten only for very small or large ones."""
        sizes = np.abs(values[np.isfinite(values)])
        largest = float(sizes.max(initial=0.0))
        if largest == 0.0 or (largest < 10**digits and np.all(sizes == np.round(sizes))):
            return cls(0, 0)
        magnitude = math.floor(math.log10(largest))
        exponent = magnitude if not min(-1, 2 - digits) <= magnitude < digits else 0
        return cls(max(0, digits - 1 - (magnitude - exponent)), exponent)

    def write(self, value: float) -> str:
        """One number; an exact 0 is written as 0."""
        if value == 0.0:
            return "0"
        return f"{value / 10.0**self.exponent:.{self.decimals}f}".replace("-", "−")

    @property
    def factor(self) -> str:
        """What the written numbers are to be multiplied by, or nothing."""
        return f"10^{self.exponent}" if self.exponent else ""
