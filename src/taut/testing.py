"""Assertions for the tests of other people's losses."""

from collections.abc import Callable
from typing import Any

from taut.check import GradientReport, check_gradient


def assert_gradient(
    fn: Callable[[Any], Any],
    point: Any,
    *,
    convex: bool | None = None,
    pieces: Callable[[Any], Any] | None = None,
    allow_unresolved: bool = False,
    directions: int = 20,
    random_state: int = 0,
) -> GradientReport:
    r"""Assert that a hand-written gradient is right, and say which bug it is if not.

    A correct gradient passes at a kink too (verdict "ok_at_kink"), wherever `taut.check_gradient` proves what it can:

    .. math:: \frac{f(x) - f(x - hv)}{h} \le \langle g, v \rangle \le \frac{f(x + hv) - f(x)}{h}

    for every h > 0 of a convex f.

    Parameters
    ----------
    fn : callable
        ``fn(point) -> (value, gradient)``; also a `taut.check.KnownProblem` or a risk of taut's own.
    point : ndarray, or dict of name to ndarray
        Where to check; the gradient has its shapes and names.
    convex : bool, optional
        Whether fn is convex; by default it is tested on every line that is used.
    pieces : callable, optional
        ``pieces(point) -> (m,)``, numbers whose signs name the smooth piece that the point lies on.
    allow_unresolved : bool
        Whether a check that could decide nothing passes too.
    directions : int
        Number of random directions.
    random_state : int
        Seed; the same seed gives the same report.

    Returns
    -------
    GradientReport
        What was found, also where the assertion holds.

    Raises
    ------
    AssertionError
        The verdict is "bug", or "unresolved" without ``allow_unresolved``; the message is the whole report.

    See Also
    --------
    taut.check_gradient : The report without the assertion.

    Examples
    --------
    >>> import numpy as np
    >>> from taut.testing import assert_gradient
    >>> X, t = np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([1.0, 0.0])
    >>> def least_squares(w):
    ...     r = X @ w - t
    ...     return 0.5 * float(r @ r), X.T @ r
    >>> assert_gradient(least_squares, np.array([0.5, -0.25])).verdict
    'ok'
    >>> def forgetful(w):
    ...     r = X @ w - t
    ...     return float(r @ r), X.T @ r
    >>> assert_gradient(forgetful, np.array([0.5, -0.25]))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    AssertionError: bug: ...
    """
    __tracebackhide__ = True  # pytest then shows the test's own line
    report = check_gradient(fn, point, convex=convex, pieces=pieces, directions=directions, random_state=random_state)
    if not (report.ok or (allow_unresolved and report.verdict == "unresolved")):
        raise AssertionError(str(report))
    return report
