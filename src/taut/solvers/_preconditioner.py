"""A linear change of scale that makes columns of X comparable, built from the data's second moment."""

from typing import Self

import numpy as np
from scipy import linalg

from taut._typing import FloatArray
from taut.losses import Loss
from taut.objective import LinearObjective

FULL_COLUMNS = 1500
"""Up to here the whole (d, d) second moment is factored: its d²n flops stay below some 50 evaluations. Beyond it only
where X squares quickly."""

FEW_ROWS = 0.5
"""Up to this share of rows that bend, they are copied rather than all rows multiplied."""

FLAT = 1e-6
"""A column's mean square about its mean counts as at least such a share of its mean square."""

JITTER = 1e-10
"""Added to the unit diagonal: keeps duplicated and constant columns factorable."""


class Preconditioner:
    """Solves M z = g with M ≈ the Hessian of P, the same for every class.

    M = (1/S) Σ s_i h_i [x_i; 1][x_i; 1]ᵀ + l2 I (l2 not on the intercept), where h_i is the mean curvature of
    the loss at row i. In full for few columns; for many its diagonal, and with an intercept that of centred columns,
    [x_i − mean; 1], whose intercept is b + meanᵀW: so X stays sparse.

    Parameters
    ----------
    factor : ndarray of shape (d, d) or None
        Of the full M with a unit diagonal.
    scale : ndarray of shape (d,)
        What makes the diagonal one; d counts the intercept.
    k : int
        Classes.
    lean : ndarray of shape (d,) or None
        The means of the columns, 0 for the intercept.
    """

    def __init__(self, factor: FloatArray | None, scale: FloatArray, k: int, lean: FloatArray | None = None) -> None:
        self._factor, self._scale, self._k, self._lean = factor, scale, k, lean

    @classmethod
    def at(
        cls, risk: LinearObjective, theta: FloatArray, loss: Loss, *, floor: float = 0.1, lasting: bool = True
    ) -> Self:
        """Build M from the curvature of ``loss`` at theta; every row keeps ``floor`` of the mean curvature."""
        curvature = risk.curvature(theta, loss)
        mean = float(curvature.mean()) or 1.0
        return cls.of(risk, (1 - floor) * curvature + floor * mean, lasting=lasting)

    @classmethod
    def of(cls, risk: LinearObjective, curvature: FloatArray, *, ground: float = 0.0, lasting: bool = True) -> Self:
        """Build M from the rows' curvatures (n,); ``ground`` is what the intercept has besides.

        ``lasting`` says that it serves many steps, for which it may take longer to build.
        """
        matrix, weights = risk.matrix, risk.shares * curvature
        d, intercept = risk.model.d, risk.model.intercept
        rows = np.flatnonzero(weights)
        if len(rows) < FEW_ROWS * len(weights):
            matrix, weights = matrix.some(rows), weights[rows]
        if d <= max(FULL_COLUMNS, risk.matrix.quick_columns if lasting else 0):
            second, first = matrix.gram(weights, risk.used_threads)
            second[np.diag_indices(d)] += risk.l2
            if intercept:
                second = np.block([[second, first[:, None]], [first[None, :], np.array([[weights.sum() + ground]])]])
            scale = _inverse_root(np.diag(second))
            second *= scale[:, None]
            second *= scale
            return cls(_cholesky(second), scale, risk.model.k)
        sums, squares = matrix.column_moments(weights)
        if not intercept:
            return cls(None, _inverse_root(squares + risk.l2), risk.model.k)
        total = weights.sum() + ground
        mean = sums / total
        about = np.maximum(squares - mean * sums, FLAT * squares)
        return cls(None, _inverse_root(np.append(about + risk.l2, total)), risk.model.k, np.append(mean, 0.0))

    def apply(self, vector: FloatArray) -> FloatArray:
        """M v for a flat vector."""
        scale, table = self._scale[:, None], vector.reshape(-1, self._k)
        if self._factor is not None:
            applied: FloatArray = self._factor @ (self._factor.T @ (table / scale)) / scale
            return applied.ravel()
        applied = table / scale**2
        if self._lean is not None:
            applied[-1] += (self._lean @ table) / scale[-1] ** 2
            applied += self._lean[:, None] * applied[-1]
        return applied.ravel()

    def solve(self, gradient: FloatArray) -> FloatArray:
        """M⁻¹ g for a flat gradient, in its type."""
        scale, table = self._scale.astype(gradient.dtype)[:, None], gradient.reshape(-1, self._k)
        if self._factor is not None:
            solved: FloatArray = scale * linalg.cho_solve((self._factor, True), scale * table, check_finite=False)
            return solved.astype(gradient.dtype, copy=False).ravel()
        if self._lean is None:
            return (table * scale**2).ravel()
        lean = self._lean.astype(gradient.dtype)
        solved = lean[:, None] * table[-1]
        np.subtract(table, solved, out=solved)  # in place: of many weights an array is megabytes
        solved *= scale**2
        solved[-1] -= lean @ solved
        return solved.ravel()


def _cholesky(unit: FloatArray) -> FloatArray:
    """The factor of a matrix with a unit diagonal that may be singular but for rounding."""
    jitter = JITTER
    while True:
        raised = unit.copy()
        raised[np.diag_indices(len(unit))] += jitter
        try:
            factor: FloatArray = linalg.cholesky(raised, lower=True, overwrite_a=True)
            return factor
        except linalg.LinAlgError:
            jitter *= 100  # a product of float32 data is wrong in its seventh digit


def _inverse_root(diagonal: FloatArray) -> FloatArray:
    """1/√diagonal, 1 where a column is all zero and unpenalised."""
    safe = np.where(diagonal > 0, diagonal, 1.0)
    return 1.0 / np.sqrt(safe)
