"""Numerical gradients as the course takes them, with taut's verdict where the course leaves it to the reader."""

from collections.abc import Callable
from random import randrange
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

import taut
from taut._typing import AnyArray, FloatArray

UNRESOLVED = (
    "unresolved: taut can neither confirm nor refute this gradient by values of f alone: f is not convex in x, or its "
    "rounding is too coarse. taut.check_gradient(fn, x) with fn(x) -> (loss, gradient) asks points nearby too."
)
IF_CONVEX = "if f is convex in x, as the SVM and softmax losses are in W, then"
NETWORK = (
    "note: a network is not convex; taut.check_gradient(fn, x) with fn(x) -> (loss, gradient) asks points nearby too."
)


def eval_numerical_gradient(f: Callable[[Any], Any], x: FloatArray, verbose: bool = True, h: float = 1e-5) -> Any:
    """The gradient of f at x by a central difference (f(x + h) − f(x − h)) / 2h in every coordinate.

    Parameters
    ----------
    f : callable
        ``f(x) -> float``. It may look at x itself instead of its argument: x is changed in place and restored.
    x : ndarray of floats
    verbose : bool
        Whether to print each index with its derivative.
    h : float
        At a kink within h of x a central difference mixes the slopes on its two sides.

    Returns
    -------
    ndarray
        In the shape and type of x.

    Raises
    ------
    TypeError
        An x that is not an ndarray of floats: steps of h would be rounded away.

    Examples
    --------
    >>> import numpy as np
    >>> from taut.cs231n import eval_numerical_gradient
    >>> eval_numerical_gradient(lambda x: float(x @ x), np.array([3.0, -1.0]), verbose=False).round(6)
    array([ 6., -2.])
    """
    gradient = np.zeros_like(_floats(x))
    for at in np.ndindex(x.shape):
        gradient[at] = _difference(f, x, at, h)
        if verbose:
            print(at, gradient[at])
    return gradient


def eval_numerical_gradient_array(f: Callable[[Any], Any], x: FloatArray, df: ArrayLike, h: float = 1e-5) -> Any:
    """The gradient of Σ df · f(x) with respect to x by central differences, for an f that returns an array.

    Parameters
    ----------
    f : callable
        ``f(x) -> ndarray``, or a number.
    x : ndarray of floats
        Changed in place and restored.
    df : array-like
        The gradient that arrives from above, in the shape of f(x).
    h : float

    Returns
    -------
    ndarray
        In the shape and type of x.

    Raises
    ------
    TypeError
        An x that is not an ndarray of floats.

    Examples
    --------
    >>> import numpy as np
    >>> from taut.cs231n import eval_numerical_gradient_array
    >>> eval_numerical_gradient_array(np.square, np.array([3.0, -1.0]), np.array([1.0, 10.0])).round(6)
    array([  6., -20.])
    """
    gradient = np.zeros_like(_floats(x))
    for at in np.ndindex(x.shape):
        gradient[at] = _difference(f, x, at, h, df)
    return gradient


def grad_check_sparse(
    f: Callable[[Any], Any], x: FloatArray, analytic_grad: ArrayLike, num_checks: int = 10, h: float = 1e-5
) -> None:
    """Print the course's comparison at some random coordinates, and taut's verdict below it.

    A line of the course that shows a large error may be a kink between x − h and x + h, where a central difference is
    wrong and the gradient right. The verdict does not mistake one for the other: on a convex function it lets every
    gradient pass that lies between the one-sided secants (`taut.check_gradient`). As f gives values only, a gradient is
    accused on the condition that f is convex.

    Parameters
    ----------
    f : callable
        ``f(x) -> float``. It may look at x itself instead of its argument: x is changed in place and restored.
    x : ndarray of floats
    analytic_grad : array-like
        The gradient at x, in its shape.
    num_checks : int
        Coordinates to compare, drawn from Python's global random numbers as the course does.
    h : float
        The step of the course's lines; the verdict chooses its own.

    Raises
    ------
    TypeError
        An x that is not an ndarray of floats.
    ValueError
        A gradient of another shape.

    Examples
    --------
    >>> import random
    >>> import numpy as np
    >>> from taut.cs231n import grad_check_sparse
    >>> random.seed(0)
    >>> grad_check_sparse(lambda x: float(x @ x), np.array([3.0, -1.0]), np.array([6.0, -2.0]), num_checks=2)
    ... # doctest: +ELLIPSIS
    numerical: -2.000000 analytic: -2.000000, relative error: ...
    numerical: -2.000000 analytic: -2.000000, relative error: ...
    ok: the gradient agrees with the values of the function wherever it was looked at.
    checked: 2 of 2 coordinates one by one, and directions through all; ...
    """
    given = np.asarray(analytic_grad)
    if given.shape != _floats(x).shape:
        raise ValueError(f"analytic_grad has shape {given.shape}, x has shape {x.shape}: one entry for each is needed")
    for _ in range(num_checks):
        at = tuple(randrange(size) for size in x.shape)
        numerical, analytic = _difference(f, x, at, h), given[at]
        with np.errstate(invalid="ignore"):  # 0/0 reads nan, as in the course
            relative = np.abs(numerical - analytic) / (np.abs(numerical) + np.abs(analytic))
        print(f"numerical: {numerical:f} analytic: {analytic:f}, relative error: {relative:e}")
    print(_verdict(f, x, given, num_checks))


def rel_error(x: ArrayLike, y: ArrayLike) -> float:
    """The largest relative error of two arrays, max |x − y| / max(1e-8, |x| + |y|).

    Examples
    --------
    >>> from taut.cs231n import rel_error
    >>> rel_error([1.0, 0.0], [3.0, 0.0])
    0.5
    """
    a, b = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    return float(np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))))


def _verdict(f: Callable[[Any], Any], x: FloatArray, given: AnyArray, num_checks: int) -> str:
    """What `taut.check_gradient` says, given values everywhere and the gradient at x alone."""
    start = x.copy()

    def both(point: AnyArray) -> tuple[Any, AnyArray]:
        x[...] = point
        try:
            value = f(point)
        finally:
            x[...] = start
        # elsewhere the gradient is not known: a NaN tells the checker so
        return value, given.copy() if np.array_equal(point, start) else np.full(given.shape, np.nan)

    # Lines that refute the claim are found and withdraw it.
    report = taut.check_gradient(both, start.copy(), convex=True, directions=max(1, num_checks))
    if report.verdict == "unresolved":
        return UNRESOLVED
    return f"{IF_CONVEX}\n{report}\n{NETWORK}" if report.verdict == "bug" else str(report)


def _difference(f: Callable[[Any], Any], x: FloatArray, at: tuple[int, ...], h: float, df: ArrayLike = 1.0) -> Any:
    """Σ df · (f(x + h) − f(x − h)) / 2h in one coordinate; x is as it was afterwards, whatever f does."""
    kept = x[at]
    try:
        x[at] = kept + h
        above = np.array(f(x))  # a copy: f may return the same memory again
        x[at] = kept - h
        below = np.array(f(x))
    finally:
        x[at] = kept
    return np.sum((above - below) * df) / (2 * h)


def _floats(x: Any) -> FloatArray:
    if not isinstance(x, np.ndarray) or x.dtype.kind != "f":
        kind = x.dtype if isinstance(x, np.ndarray) else type(x).__name__
        raise TypeError(f"x must be an ndarray of floats, which can be changed by h; got {kind}")
    return x
