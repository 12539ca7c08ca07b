"""How columns were scaled, written out one number a column."""

import numpy as np
from numpy.typing import ArrayLike

from taut._typing import FloatArray
from taut.matrix import per_column


def factors(scale: ArrayLike | None, shift: ArrayLike | None, d: int) -> tuple[FloatArray, FloatArray]:
    """Scale and shift, (d,) each."""
    factor, offset = per_column(scale, d, "scale"), per_column(shift, d, "shift")
    return (np.ones(d) if factor is None else factor.copy(), np.zeros(d) if offset is None else offset.copy())
