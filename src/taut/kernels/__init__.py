"""Fused kernels: loss and gradient of some rows of X in one visit; the compiler is loaded when one is first needed."""

import math
from collections.abc import Sequence
from typing import Any

__all__ = ["LINE", "exponentials"]

LINE = 64
"""Bytes of a cache line."""


def exponentials(scores: Sequence[float], top: float, out: Any) -> None:
    """Write e^(scores[j] − top) to ``out``; a compiled row computes a whole vector of them at a time.

    With ``top`` the largest score nothing overflows; below e^−708 the compiled form reads 0.
    """
    for j in range(len(scores)):
        out[j] = math.exp(scores[j] - top)
