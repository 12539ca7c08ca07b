"""Kinked losses by way of a rounded form that sharpens: shared by the solvers that need a smooth function."""

from abc import abstractmethod

from taut._typing import FloatArray
from taut.losses import Loss
from taut.objective import Certificate, LinearObjective
from taut.solvers._base import Iterate, Iterates, Solver

SHARPEN, SOLVED = 0.3, 0.3
"""Each width is this share of the last, and done when the solver's part of the gap is this share of the rounding's."""

WIDEST = 2.0
"""The first width in margins: at W = 0 every pair lies one margin deep, in the middle of the rounded stretch."""

SHARPEST = 1e-9
"""No width below this share of the margin: the rounded form is the loss itself to rounding."""


class Sharpening(Solver):
    """A solver of smooth problems that takes kinked losses too.

    A loss with kinks is replaced by its rounded form, two margins wide at first: once what the rounding costs
    outweighs what the solver can still gain, the width shrinks. The score gradients of the rounded form are dual
    points of the loss itself, so every certificate holds.

    References
    ----------
    Yu. Nesterov, "Smooth minimization of non-smooth functions", Mathematical Programming 103, 2005, eq. 2.5.
    """

    @abstractmethod
    def stage(self, risk: LinearObjective, theta: FloatArray, loss: Loss, passes: float) -> Iterates:
        """Minimise the risk of one smooth loss."""

    def iterates(self, risk: LinearObjective, theta: FloatArray) -> Iterates:
        """One accepted line search an iterate."""
        first = width = WIDEST * (risk.loss.margin or 1.0)
        passes = 0.0
        while True:
            stage = self.stage(risk, theta, risk.loss.rounded(width), passes)
            answer: Certificate | None = None
            while True:
                try:
                    iterate = next(stage)
                except StopIteration:
                    break
                theta, passes = iterate.theta, iterate.passes
                answer = yield iterate
                if risk.loss.kinked and answer is not None and _solved(risk, iterate, answer):
                    break
            if not risk.loss.kinked or width < SHARPEST * first:
                return
            width *= SHARPEN


def _solved(risk: LinearObjective, iterate: Iterate, answer: Certificate) -> bool:
    """Whether what the solver can still gain is small beside what the rounding costs."""
    if iterate.gradient is None:
        return False
    own = risk.estimated_gap(iterate.theta, iterate.value, iterate.gradient) * iterate.value
    return own + risk.imbalance(iterate.gradient) <= SOLVED * answer.rounding
