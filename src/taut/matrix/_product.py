"""Products of a block of X into arrays that are there already."""

import numpy as np
from scipy import sparse

from taut._typing import AnyArray
from taut.matrix._base import Block


def product(block: Block, dense: AnyArray, out: AnyArray) -> AnyArray:
    """``block @ dense``, written into ``out``; SciPy's sparse products know no ``out``, so theirs is copied."""
    if sparse.issparse(block):
        out[...] = block @ dense
        return out
    result: AnyArray = np.matmul(np.asarray(block), dense, out=out)
    return result
