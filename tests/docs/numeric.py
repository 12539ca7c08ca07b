"""Derivatives and suprema by search: what the formulas of the documentation are held against."""

import numpy as np


def slope(f, x, h=1e-6):
    """Central differences of a function of an array, entry by entry."""
    x = np.asarray(x, dtype=float)
    out = np.zeros_like(x)
    for at in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[at] = h
        out[at] = (f(x + step) - f(x - step)) / (2 * h)
    return out


def largest(f, start):
    """The largest value of a concave function, by a search that knows nothing of it."""
    from scipy.optimize import minimize

    best = np.asarray(start, dtype=float)
    for _ in range(20):
        best = minimize(lambda x: -f(x), best, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12}).x
        best = minimize(lambda x: -f(x), best, method="Powell", options={"xtol": 1e-9, "ftol": 1e-14}).x
    return f(best)


def supports(f, x, gradient, directions=400, seed=0):
    """Whether a gradient supports a convex function at x from below, on many lines through it."""
    rng = np.random.default_rng(seed)
    steps = [*rng.standard_normal((directions, len(x))), *np.eye(len(x)), *-np.eye(len(x))]
    return all(f(x + v) >= f(x) + gradient @ v - 1e-12 for v in steps)
