"""Synthetic problems in the shapes of well-known data sets.

Classes have a signal: of noise alone the gradient nearly cancels, and what is left could not tell a wrong contender
from one whose rounding puts a margin on the other side of its kink.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from taut._typing import AnyArray, IntArray
from taut.bench._problem import Problem, weighted_problem

DTYPES = ("float32", "float64", "uint8")
"""What X may hold."""


class Shape(NamedTuple):
    """Rows, columns, classes, and what X is like."""

    n: int
    d: int
    k: int
    pixels: bool = False
    entries_a_row: int = 0
    """Of a sparse X; 0 means dense."""


SHAPES = {
    "cifar10": Shape(49_000, 3_073, 10, pixels=True),
    "mnist": Shape(60_000, 784, 10, pixels=True),
    "tall": Shape(1_000_000, 100, 10),
    "classes100": Shape(60_000, 784, 100),
    "classes1000": Shape(200_000, 512, 1000),
    "news": Shape(11_315, 56_437, 20, entries_a_row=150),
}
"""The synthetic problems by name."""

ROWS_AT_ONCE = 4096

COMMONEST = 10
"""What is added to the rank of a word."""


def synthetic_makers(names: Sequence[str] | None, dtypes: Sequence[str]) -> list[Callable[[], Problem]]:
    """What makes each synthetic problem when its turn comes.

    Parameters
    ----------
    names : sequence of str, or None
        Keys of `SHAPES`; None means all that come in a type.
    dtypes : sequence of {"float32", "float64", "uint8"}
        uint8 goes with the shapes of pictures.

    Returns
    -------
    list of callables

    Raises
    ------
    ValueError
        uint8 is asked for with a shape that is not of pictures.
    """
    pairs = [(name, dtype) for name in names or SHAPES for dtype in dtypes]
    odd = [name for name, dtype in pairs if dtype == "uint8" and not SHAPES[name].pixels]
    if odd and names:
        pictures = " and ".join(name for name, shape in SHAPES.items() if shape.pixels)
        raise ValueError(f"uint8 is for the shapes of pictures, {pictures}, not for {odd[0]}")
    return [
        partial(shaped_problem, name, SHAPES[name], dtype)
        for name, dtype in pairs
        if not (dtype == "uint8" and name in odd)
    ]


def shaped_problem(name: str, shape: Shape, dtype: str, *, seed: int = 0) -> Problem:
    """Make a problem of a shape, the same for the same seed.

    Parameters
    ----------
    name : str
    shape : Shape
    dtype : {"float32", "float64", "uint8"}
        uint8 gives pixels, read as (x − mean of the column) / 255 and computed with in float32.
    seed : int

    Returns
    -------
    Problem
    """
    rng = np.random.default_rng(seed)
    y = rng.integers(0, shape.k, shape.n)
    if dtype == "uint8":
        X = _pixels(shape, y, rng)
    elif shape.entries_a_row:
        X = _sparse(shape, dtype, rng)
    else:
        X = _dense(shape, y, dtype, rng)
    return weighted_problem(name, X, y, shape.k, rng)


def _dense(shape: Shape, y: IntArray, dtype: str, rng: np.random.Generator) -> AnyArray:
    X: AnyArray = rng.standard_normal((shape.n, shape.d), dtype=np.dtype(dtype).type)
    _add_means(X, rng.standard_normal((shape.k, shape.d)).astype(dtype), y)
    return X


def _pixels(shape: Shape, y: IntArray, rng: np.random.Generator) -> AnyArray:
    X: AnyArray = rng.integers(0, 128, (shape.n, shape.d), dtype=np.uint8)
    _add_means(X, rng.integers(0, 128, (shape.k, shape.d), dtype=np.uint8), y)
    return X


def _add_means(X: AnyArray, means: AnyArray, y: IntArray) -> None:
    """Add to every row its class's mean, in place and without a second X."""
    for begin in range(0, len(X), ROWS_AT_ONCE):
        rows = slice(begin, begin + ROWS_AT_ONCE)
        X[rows] += means[y[rows]]


def _sparse(shape: Shape, dtype: str, rng: np.random.Generator) -> Any:
    """Like words of texts: shares of rows fall as 1 / (rank + 10), common words stand among rare ones.

    Nothing is negative, which is signal enough. In 20 newsgroups the words of rank 10, 100, 1,000 and 10,000 stand in
    76, 17, 2.2 and 0.15 % of the rows, here in about 63, 17, 2 and 0.2 %.
    """
    drawn = 9 * shape.entries_a_row // 8  # some are drawn twice
    shares = 1.0 / (np.arange(shape.d) + COMMONEST)
    columns = rng.permutation(shape.d)[rng.choice(shape.d, shape.n * drawn, p=shares / shares.sum())]
    rows = np.repeat(np.arange(shape.n), drawn)
    X = sparse.csr_array((rng.random(len(rows)).astype(dtype), (rows, columns)), shape=(shape.n, shape.d))
    X.sum_duplicates()  # which sorts the indices, for all contenders alike
    return X
