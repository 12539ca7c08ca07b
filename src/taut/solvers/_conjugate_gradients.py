"""Conjugate gradients on least squares: for more columns than a factor is made for."""

from dataclasses import dataclass

import numpy as np

from taut._typing import FloatArray
from taut.objective import LinearObjective
from taut.solvers._base import Iterate, Iterates, Solver
from taut.solvers._scaling import Scaling

DRIFT = 10.0
"""Where a certificate finds this many times more to gain than the recurrence believes, the gradient is taken anew."""

ROUNDS, FINE = 3, 1e-24
"""A thorough solution takes the gradient anew so often, each time after its square has fallen to this share."""


@dataclass(frozen=True)
class ConjugateGradients(Solver):
    """All targets at once, each with step lengths of its own: one visit of the data a step serves them all.

    Parameters
    ----------
    scaling : Scaling
        The variables that it works in; a sparse X is centred by the intercept's place in them, never filled.
    thorough : bool
        Show nothing before the gradient is down to rounding.

    References
    ----------
    M. R. Hestenes, E. Stiefel, "Methods of conjugate gradients for solving linear systems", 1952, eq. 3:1.
    """

    scaling: Scaling
    thorough: bool = False

    def iterates(self, risk: LinearObjective, theta: FloatArray) -> Iterates:
        """One step an iterate."""
        product, _ = risk.hessian(theta, risk.loss)
        passes, quiet = 0.0, ROUNDS if self.thorough else 0
        while True:
            theta, value, gradient = self._settled(risk, theta)
            passes += 1
            downhill = -self._table(self.scaling.pull(gradient))
            direction, size = downhill.copy(), (downhill**2).sum(axis=0)
            done = FINE * size
            found = None if quiet else (yield Iterate(theta, value, gradient, passes, risk.loss, 1.0))
            while found is None or not _drifted(found.primal, found.dual, value, gradient, theta, risk):
                move = self.scaling.push(direction.ravel())
                bent = self._table(self.scaling.pull(product(move)))
                curvature = (direction * bent).sum(axis=0)
                step = np.divide(size, curvature, out=np.zeros_like(size), where=curvature > 0)
                if not step.any() or (quiet and (size <= done).all()):
                    break
                theta = theta + (move.reshape(-1, self.scaling.k) * step).ravel()
                value -= 0.5 * float((step * size).sum())
                downhill -= bent * step
                gradient = self._raw(-downhill)
                after = (downhill**2).sum(axis=0)
                direction *= np.divide(after, size, out=np.zeros_like(size), where=size > 0)
                direction += downhill
                size, passes = after, passes + 1
                if not quiet:
                    found = yield Iterate(theta, value, gradient, passes, risk.loss, float(step.max()))
            if not quiet and not step.any():
                return
            quiet = max(quiet - 1, 0)

    def _settled(self, risk: LinearObjective, theta: FloatArray) -> tuple[FloatArray, float, FloatArray]:
        """The risk at the best intercept, which stands by itself in centred columns: its curvature there is 1."""
        value, gradient = risk.value_and_gradient(theta)
        if not self.scaling.centring.mean.any():
            return theta, value, gradient
        slope = self._table(self.scaling.pull(gradient))
        lift = np.zeros_like(slope)
        lift[-1] = slope[-1]
        theta = theta - self.scaling.push(lift.ravel())
        return theta, value - 0.5 * float((lift**2).sum()), self._raw(slope - lift)

    def _table(self, flat: FloatArray) -> FloatArray:
        return flat.reshape(-1, self.scaling.k)

    def _raw(self, table: FloatArray) -> FloatArray:
        """The gradient by (w, b) whose pull this is."""
        out = table * self.scaling.scale[:, None]
        if self.scaling.centring.intercept:
            out[:-1] += np.outer(self.scaling.centring.mean, out[-1])
        return out.ravel()


def _drifted(
    primal: float, dual: float, value: float, gradient: FloatArray, theta: FloatArray, risk: LinearObjective
) -> bool:
    """Whether the certified excess is far above what the recurrence's own gradient says."""
    believed = risk.estimated_gap(theta, value, gradient) * max(value, 1e-9 * risk.start)
    return primal - dual > DRIFT * believed + 1e-15 * primal
