"""How columns were scaled, as a fitted estimator remembers it."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from taut.matrix import per_column


def remember_scaling(estimator: Any, scale: ArrayLike | None, shift: ArrayLike | None) -> None:
    """Set scale_ and shift_, one number a column, of a fitted estimator whose weights take scaled columns still."""
    check_is_fitted(estimator)
    if hasattr(estimator, "scale_"):
        raise ValueError("the weights take raw columns already: unscale is called once after a fit")
    d = estimator.n_features_in_
    factor, offset = per_column(scale, d, "scale"), per_column(shift, d, "shift")
    estimator.scale_ = np.ones(d) if factor is None else factor.copy()
    estimator.shift_ = np.zeros(d) if offset is None else offset.copy()
