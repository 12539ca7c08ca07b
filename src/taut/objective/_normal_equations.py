"""The second derivatives of least squares, factored: what solves it at once, and what any gradient leaves to gain."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import linalg

from taut._typing import AnyArray, FloatArray
from taut.objective._twofold import residual

CORRECTIONS, FEW = 4, 100_000
"""How often a solution is corrected in twofold precision, and entries of the data times targets up to which that
costs nothing to speak of."""

EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Centring:
    """Coordinates (w, β) with b = β − m·w, in which the intercept stands at the mean of the data.

    Parameters
    ----------
    mean : ndarray of shape (d,)
        m; zeros leave the coordinates as they are.
    intercept : bool
        Whether there is a b at all.
    """

    mean: FloatArray
    intercept: bool

    def pull(self, gradient: FloatArray) -> FloatArray:
        """A gradient (d + 1, k) by (w, b) as one by (w, β)."""
        if not self.intercept:
            return gradient.copy()
        out = gradient.copy()
        out[:-1] -= np.outer(self.mean, gradient[-1])
        return out

    def push(self, table: FloatArray) -> FloatArray:
        """(w, β) as (w, b)."""
        if not self.intercept:
            return table.copy()
        out = table.copy()
        out[-1] -= self.mean @ table[:-1]
        return out


class Factor(ABC):
    """A factor of H in the scale that gives H a unit diagonal."""

    condition: float
    """Of H in that scale, about."""
    null: FloatArray | None = None
    """Directions (p, ·), in that scale, that H cannot tell from zero; None where there are none."""

    @abstractmethod
    def whitened(self, right: FloatArray) -> FloatArray:
        """A table whose squares sum to rightᵀ H⁺ right."""

    @abstractmethod
    def solve(self, right: FloatArray) -> FloatArray:
        """H⁺ right."""


@dataclass(frozen=True)
class Triangular(Factor):
    """H = RᵀR with columns in another order, R upper triangular and of full rank."""

    upper: FloatArray
    order: AnyArray
    condition: float

    def whitened(self, right: FloatArray) -> FloatArray:
        """R⁻ᵀ right."""
        return linalg.solve_triangular(self.upper, right[self.order], trans="T", check_finite=False)

    def solve(self, right: FloatArray) -> FloatArray:
        """R⁻¹ R⁻ᵀ right."""
        out = np.empty_like(right)
        out[self.order] = linalg.solve_triangular(self.upper, self.whitened(right), check_finite=False)
        return out


@dataclass(frozen=True)
class Singular(Factor):
    """H = V diag(σ²) Vᵀ, without the directions whose σ rounding cannot tell from zero."""

    right: FloatArray
    values: FloatArray
    null: FloatArray | None

    @classmethod
    def of(cls, root: FloatArray, rows: int) -> "Singular":
        """From any R with H = RᵀR, made of so many rows of data."""
        _, values, right = linalg.svd(root, full_matrices=True, check_finite=False)
        kept = int((values > max(rows, *root.shape) * EPS * values.max(initial=0.0)).sum())
        return cls(right[:kept].T, values[:kept], right[kept:].T if kept < len(right) else None)

    @property
    def condition(self) -> float:  # type: ignore[override]
        """σ₁² / σ_r²."""
        return float((self.values[0] / self.values[-1]) ** 2) if len(self.values) else 1.0

    def whitened(self, right: FloatArray) -> FloatArray:
        """diag(1/σ) Vᵀ right."""
        return (self.right.T @ right) / self.values[:, None]

    def solve(self, right: FloatArray) -> FloatArray:
        """V diag(1/σ²) Vᵀ right."""
        return self.right @ (self.whitened(right) / self.values[:, None])


@dataclass(frozen=True)
class NormalEquations:
    """H = (1/S) Σ s_i x_i x_iᵀ + l2 I (l2 not on the intercept), the same for every target.

    Parameters
    ----------
    centring : Centring
    scale : ndarray of shape (p,)
        Square roots of the diagonal of H in (w, β), 1 where that is 0; p = d, and one more with an intercept.
    factor : Factor
        Of H in (w, β), both sides divided by the scale.
    orthogonal : Orthogonal or None
        What solves for given targets without a square of the data, where the data are few.
    """

    centring: Centring
    scale: FloatArray
    factor: Factor
    orthogonal: "Orthogonal | None" = None

    def solve(self, gradient: FloatArray) -> FloatArray:
        """H⁺ g in the coordinates (w, b), (p, k)."""
        scaled = self.factor.solve(self.centring.pull(gradient) / self.scale[:, None])
        return self.centring.push(scaled / self.scale[:, None])

    def fitted(self, targets: FloatArray, weights: FloatArray) -> FloatArray | None:
        """The optimum (w, b) for targets (n, k) without squaring the data, where they are few and of full rank."""
        if self.orthogonal is None:
            return None
        middle = weights @ targets / weights.sum() if self.centring.intercept else np.zeros(targets.shape[1])
        table = self.centring.push(self.orthogonal.solution(targets - middle) / self.scale[:, None])
        if self.centring.intercept:
            table[-1] += middle
        return table

    def excess(self, gradient: FloatArray) -> float:
        """½ Σ_k g_kᵀ H⁺ g_k: P(θ) − min P, in every direction that the data can tell from none."""
        whitened = self.factor.whitened(self.centring.pull(gradient) / self.scale[:, None])
        return 0.5 * float(np.einsum("ij,ij->", whitened, whitened))

    @cached_property
    def null(self) -> FloatArray | None:
        """Changes of (w, b), (p, ·), that leave every score as it is to rounding; None where there are none."""
        null = self.factor.null
        if null is None:
            return None
        # What is rounding in the scaled variables could outweigh all else in a column of small numbers.
        rounding = 10 * len(null) * EPS * min(self.factor.condition**0.5, 1e4)
        kept = np.abs(null).max(axis=1, keepdims=True) > rounding
        return self.centring.push(np.where(kept, null, 0.0) / self.scale[:, None])

    def shortest(self, table: FloatArray) -> FloatArray:
        """Of all (w, b) with the same scores the one with the smallest ‖w‖."""
        if self.null is None:
            return table
        weights = slice(0, -1) if self.centring.intercept else slice(None)
        size = np.linalg.norm(self.null, axis=0)
        directions = self.null / np.where(size > 0, size, 1.0)
        share = linalg.lstsq(directions[weights], table[weights], check_finite=False)[0]
        return table - directions @ share


@dataclass(frozen=True)
class Orthogonal:
    """QR of the weighted, centred and scaled rows with those of the penalty below, all at hand."""

    data: FloatArray
    left: FloatArray
    upper: FloatArray
    order: AnyArray
    rows: AnyArray
    root: FloatArray

    def solution(self, targets: FloatArray) -> FloatArray:
        """The scaled (w, β) that fits targets (n, k) best; of full rank only.

        Solution and residual are corrected together, so that both are right to rounding, and with them the weights
        that a penalty has left tiny beside the others.

        References
        ----------
        Å. Björck, "Iterative refinement of linear least squares solutions I", BIT 7, 1967.
        """
        right = np.zeros((len(self.rows), targets.shape[1]))
        right[: len(targets)] = targets * self.root[:, None]
        right = right[self.rows]
        table = self._by_upper(self.left.T @ right)
        if self.data.size * targets.shape[1] > FEW:
            return table
        apart = residual(right, np.zeros_like(right), self.data, table)
        for _ in range(CORRECTIONS):
            missing = residual(right, apart, self.data, table)
            tilt = residual(np.zeros_like(table), np.zeros_like(table), self.data.T, apart)
            lifted = linalg.solve_triangular(self.upper, tilt[self.order], trans="T", check_finite=False)
            step = self.left.T @ missing - lifted
            table = table + self._by_upper(step)
            apart = apart + (missing - self.left @ step)
        return table

    def _by_upper(self, right: FloatArray) -> FloatArray:
        out = np.empty_like(right)
        out[self.order] = linalg.solve_triangular(self.upper, right, check_finite=False)
        return out
