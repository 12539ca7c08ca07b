"""Random minibatches from NumPy's global stream, in the order in which the course draws them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from taut._typing import AnyArray


def checked_examples(X: Any, y: ArrayLike) -> tuple[Any, AnyArray]:
    """X (n, d), an array or sparse, and y (n,) that fit together; ValueError where they do not."""
    X = X if sparse.issparse(X) else np.asarray(X)
    labels, shape = np.asarray(y), np.shape(X)
    if len(shape) != 2:
        raise ValueError(f"X must have shape (n, d), got {shape}; images become rows by X.reshape(len(X), -1)")
    if labels.shape != shape[:1] or labels.dtype.kind not in "iu" or not len(labels):
        raise ValueError(f"y must hold {shape[0]} class numbers, at least one; got {labels.dtype} of {labels.shape}")
    return X, labels


def minibatches(X: Any, y: AnyArray, num_iters: int, batch_size: int) -> Iterator[tuple[int, Any, AnyArray]]:
    """The number of each iteration with its rows of X and labels, drawn with replacement when their turn comes."""
    if batch_size < 1:
        raise ValueError(f"batch_size must be >= 1, got {batch_size}")
    for iteration in range(num_iters):
        chosen = np.random.choice(len(y), batch_size, replace=True)
        yield iteration, X[chosen], y[chosen]


def tell(iteration: int, num_iters: int, loss: float) -> None:
    """Print the course's line of progress, every hundredth iteration."""
    if iteration % 100 == 0:
        print(f"iteration {iteration} / {num_iters}: loss {loss:f}")
