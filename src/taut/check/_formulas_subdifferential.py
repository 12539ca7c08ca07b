"""Whether a gradient is one of the many right ones that a kinked loss has at a tie."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from taut.check._formulas_arrays import Array, closed
from taut.check._formulas_rounding import gamma
from taut.check._formulas_setting import Setting

Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]

MOST_TIES = 200
"""With more tied pairs than this, not every choice between them is tried."""


def between(at: Setting, given: Array, tolerance: Array) -> bool:
    """Whether the given gradient is in the subdifferential of a kinked loss, every tied pair taking any share.

    Each tied pair adds a share of x_i in column j and takes it from column y_i; the shares of a group of pairs sum to
    at most 1, or to 1. Feasible shares are found by non-negative least squares.
    """
    certain, rows, columns, group, exact = _tied_pairs(at)
    if not 0 < len(rows) <= MOST_TIES:
        return False
    sure = at.from_scores(closed(certain, at.targets))
    pull = np.zeros((*at.W.shape, len(rows)))
    each = np.arange(len(rows))
    features = at.X[rows].T * (at.data_scale / at.n)
    pull[:, columns, each] = features
    pull[:, at.codes[rows], each] -= features
    seen = np.isfinite(tolerance)
    left, want = pull[seen], (given - sure)[seen]
    heavy = float(np.abs(left).max(initial=0.0)) or 1.0
    sums = np.zeros((len(exact), len(rows) + len(exact)))
    sums[group, each] = heavy
    sums[np.arange(len(exact)), len(rows) + np.arange(len(exact))] = np.where(exact, 0.0, heavy)
    system = np.vstack([np.hstack([left, np.zeros((len(left), len(exact)))]), sums])
    wanted = np.concatenate([want, np.full(len(exact), heavy)])
    _, triangle = np.linalg.qr(np.column_stack([system, wanted]))
    try:
        _, distance = nnls(triangle[:, :-1], triangle[:, -1])
    except RuntimeError:  # it did not come to an end
        return False
    rounding = 16.0 * at.eps * (np.abs(given).max(initial=0.0) + np.abs(sure).max(initial=0.0) + heavy * len(rows))
    return bool(distance <= np.linalg.norm(tolerance[seen] + rounding))


def _tied_pairs(at: Setting) -> tuple[Array, Indices, Indices, Indices, Flags]:
    """The pairs that count for certain, the tied ones (example, class, group), and which groups must sum to 1."""
    wide = np.maximum(at.band, at.band / 4.0 * gamma(at) / at.eps)
    if at.loss == "hinge":
        tied = at.other & (np.abs(at.margins) <= wide)
        rows, columns = np.nonzero(tied)
        certain = (at.other & (at.margins > wide)).astype(np.float64)
        return certain, rows, columns, np.arange(len(rows)), np.zeros(len(rows), dtype=bool)
    rivals = np.where(at.other, at.margins, -np.inf)
    best = rivals.max(axis=1, keepdims=True)
    reach = wide.max(axis=1, keepdims=True)
    close = at.other & (rivals >= best - reach) & (best >= -reach)
    alone = (close.sum(axis=1) == 1)[:, None] & (best > reach)
    rows, columns = np.nonzero(close & ~alone)
    examples, group = np.unique(rows, return_inverse=True)
    return (close & alone).astype(np.float64), rows, columns, group, (best > reach)[examples, 0]
