"""Many small pictures as one."""

import math

import numpy as np
from numpy.typing import ArrayLike

from taut._typing import FloatArray


def visualize_grid(Xs: ArrayLike, ubound: float = 255.0, padding: int = 1) -> FloatArray:
    """Lay pictures out in a square grid, each scaled so that its lowest value is 0 and its highest ``ubound``.

    Parameters
    ----------
    Xs : array-like of shape (n, height, width, channels)
    ubound : float
    padding : int
        Pixels of 0 between pictures.

    Returns
    -------
    ndarray of shape (rows, columns, channels)
        Row by row; places without a picture and pictures of one single value are 0.

    Examples
    --------
    >>> import numpy as np
    >>> from taut.cs231n import visualize_grid
    >>> visualize_grid(np.array([[1.0, 2.0], [4.0, 8.0]]).reshape(2, 1, 2, 1), ubound=1.0)[:, :, 0]
    array([[0., 1., 0., 0., 1.],
           [0., 0., 0., 0., 0.],
           [0., 0., 0., 0., 0.]])
    """
    pictures = np.asarray(Xs, dtype=np.float64)
    if pictures.ndim != 4 or not pictures.size:
        raise ValueError(f"Xs must be (n, height, width, channels) and not empty, got shape {pictures.shape}")
    n, height, width, channels = pictures.shape
    low, high = (of(pictures, axis=(1, 2, 3), keepdims=True) for of in (np.min, np.max))
    scaled = ubound * (pictures - low) / np.where(high > low, high - low, 1.0)
    side = math.isqrt(n - 1) + 1
    grid = np.zeros((side * (height + padding) - padding, side * (width + padding) - padding, channels))
    for i, picture in enumerate(scaled):
        top, left = i // side * (height + padding), i % side * (width + padding)
        grid[top : top + height, left : left + width] = picture
    return grid
