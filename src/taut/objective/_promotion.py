"""X in the type of a result."""

from typing import Any

import numpy as np

from taut._typing import AnyArray
from taut.matrix import Matrix, as_matrix


def promoted(arrays: list[AnyArray], X: Any) -> Matrix:
    """X computed in the type of all arrays and X together: float32 or float64; uint8 X follows the arrays."""
    own = np.result_type(*arrays)
    if own not in (np.float32, np.float64):
        own = np.dtype(np.float64)
    stored = X.stored if isinstance(X, Matrix) else getattr(X, "dtype", None) or np.asarray(X).dtype
    dtype = own if stored == np.uint8 else np.result_type(own, stored)
    if dtype not in (np.float32, np.float64):
        dtype = np.dtype(np.float64)
    return as_matrix(X, dtype=dtype)
