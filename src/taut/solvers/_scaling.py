"""A change of variables that makes columns comparable, without touching the data or the optimum."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from taut._typing import FloatArray
from taut.objective import Centring, LeastSquaresRisk, LinearObjective

UNEVEN = 1e3
"""Curvatures of columns this far apart are evened out. Closer ones are better left as they are: the rare columns of a
text, lifted to the size of the others, cost a fifth more steps of conjugate gradients (20 newsgroups: 30, not 25)."""


@dataclass(frozen=True)
class Scaling:
    """θ = T φ: φ holds W times a scale, and the intercept at the mean of the data.

    A step −η ∇_φ P is θ ← θ − η T Tᵀ ∇P(θ): the problem and its optimum stay what they are, the way there changes.

    Parameters
    ----------
    centring : Centring
    scale : ndarray of shape (p,)
        > 0; p = d, and one more with an intercept.
    k : int
        Targets.
    """

    centring: Centring
    scale: FloatArray
    k: int

    @classmethod
    def none(cls, risk: LinearObjective) -> Self:
        """The variables as they are."""
        d, intercept = risk.model.d, risk.model.intercept
        return cls(Centring(np.zeros(d), intercept), np.ones(d + intercept), risk.model.k)

    @classmethod
    def centred(cls, risk: LeastSquaresRisk) -> Self:
        """The intercept moved, where the risk asks for that; all columns in one unit, so that lengths compare."""
        return cls.of_columns(risk)._in_one_unit(risk.model.d)

    @classmethod
    def evened(cls, risk: LeastSquaresRisk) -> Self:
        """Every column of unit curvature where curvatures lie far apart; else as `centred`."""
        each = cls.of_columns(risk)
        curvature = each.scale[: risk.model.d] ** 2
        return each if curvature.max() > UNEVEN * curvature.min() else each._in_one_unit(risk.model.d)

    @classmethod
    def of_columns(cls, risk: LeastSquaresRisk) -> Self:
        """Every column of unit curvature, those without any as they are."""
        first, second = risk.moments
        intercept = risk.model.intercept
        mean = first if risk.centred and intercept else np.zeros_like(first)
        # A square that is lost in the rounding of two larger ones counts as none.
        spread = np.where(second - mean**2 > 1e-12 * second, second - mean**2, 0.0) + risk.l2
        scale = np.sqrt(np.where(spread > 0, spread, 1.0))
        return cls(Centring(mean, intercept), np.append(scale, 1.0) if intercept else scale, risk.model.k)

    def _in_one_unit(self, d: int) -> Self:
        unit = np.full(d, float(np.linalg.norm(self.scale[:d] / np.sqrt(d))))
        return replace(self, scale=np.append(unit, self.scale[d:]))

    def pull(self, gradient: FloatArray) -> FloatArray:
        """∇_φ P = Tᵀ ∇P, flat."""
        table = self.centring.pull(gradient.reshape(-1, self.k))
        table /= self.scale[:, None]
        return table.ravel()

    def push(self, phi: FloatArray) -> FloatArray:
        """T φ, flat."""
        return self.centring.push(phi.reshape(-1, self.k) / self.scale[:, None]).ravel()
