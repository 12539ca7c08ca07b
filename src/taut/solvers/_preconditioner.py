"""A linear change of scale that makes columns of X comparable, built from the data's second moment."""

from typing import Self

import numpy as np
from scipy import linalg

from taut._typing import FloatArray
from taut.losses import Loss
from taut.objective import LinearObjective

FULL_COLUMNS = 1500
"""Up to here the whole (d, d) second moment is factored: its d²n flops stay below some 50 evaluations."""

JITTER = 1e-10
"""Added to the unit diagonal: keeps duplicated and constant columns factorable."""


class Preconditioner:
    """Solves M z = g with M ≈ the Hessian of P, the same for every class.

    M = (1/S) Σ s_i h_i [x_i; 1][x_i; 1]ᵀ + l2 I (l2 not on the intercept), where h_i is the mean curvature of
    the loss at row i; in full for few columns, its diagonal for many.
    """

    def __init__(self, factor: FloatArray | None, scale: FloatArray, k: int) -> None:
        self._factor, self._scale, self._k = factor, scale, k

    @classmethod
    def at(cls, risk: LinearObjective, theta: FloatArray, loss: Loss, *, floor: float = 0.1) -> Self:
        """Build M from the curvature of ``loss`` at theta; every row keeps ``floor`` of the mean curvature."""
        curvature = risk.curvature(theta, loss)
        mean = float(curvature.mean()) or 1.0
        weights = risk.all_weights * ((1 - floor) * curvature + floor * mean) / risk.weight_sum
        d, intercept = risk.model.d, risk.model.intercept
        if d <= FULL_COLUMNS:
            second, first = risk.matrix.gram(weights, risk.used_threads)
            second[np.diag_indices(d)] += risk.l2
            if intercept:
                second = np.block([[second, first[:, None]], [first[None, :], np.array([[weights.sum()]])]])
            scale = _inverse_root(np.diag(second))
            return cls(_cholesky(second * np.outer(scale, scale)), scale, risk.model.k)
        _, squares = risk.matrix.column_moments(weights)
        diagonal = squares + risk.l2
        if intercept:
            diagonal = np.append(diagonal, weights.sum())
        return cls(None, _inverse_root(diagonal), risk.model.k)

    def apply(self, vector: FloatArray) -> FloatArray:
        """M v for a flat vector."""
        table = vector.reshape(-1, self._k) / self._scale[:, None]
        if self._factor is not None:
            table = self._factor @ (self._factor.T @ table)
        applied: FloatArray = (table / self._scale[:, None]).ravel()
        return applied

    def solve(self, gradient: FloatArray) -> FloatArray:
        """M⁻¹ g for a flat gradient, in its type."""
        scale, table = self._scale.astype(gradient.dtype)[:, None], gradient.reshape(-1, self._k)
        if self._factor is None:
            table = table * scale**2
        else:
            table = scale * linalg.cho_solve((self._factor, True), scale * table, check_finite=False)
        solved: FloatArray = table.ravel()
        return solved


def _cholesky(unit: FloatArray) -> FloatArray:
    """The factor of a matrix with a unit diagonal that may be singular but for rounding."""
    jitter = JITTER
    while True:
        try:
            factor: FloatArray = linalg.cholesky(unit + jitter * np.eye(len(unit)), lower=True)
            return factor
        except linalg.LinAlgError:
            jitter *= 100  # a product of float32 data is wrong in its seventh digit


def _inverse_root(diagonal: FloatArray) -> FloatArray:
    """1/√diagonal, 1 where a column is all zero and unpenalised."""
    safe = np.where(diagonal > 0, diagonal, 1.0)
    return 1.0 / np.sqrt(safe)
