"""What a solver is: settings, and a generator of iterates; it never judges itself."""

from abc import ABC, abstractmethod
from collections.abc import Generator
from typing import NamedTuple

from taut._typing import FloatArray
from taut.losses import Loss
from taut.objective import Certificate, LinearObjective, Objective


class Iterate(NamedTuple):
    """One step's outcome.

    Attributes
    ----------
    theta : ndarray
    value : float
        The objective that the solver works on: the risk's own, its rounded form, or an estimate from batches.
    gradient : ndarray or None
        Its gradient at theta; None where only batches were seen.
    passes : float
        Passes over the data so far.
    loss : Loss
        The loss behind ``value``; its score gradients at theta are the dual point of a certificate.
    step : float
        The step taken, in the solver's own units.
    dual : ndarray of shape (n, k) or None
        The solver's own dual point, which then takes the place of the score gradients in the certificate.
    """

    theta: FloatArray
    value: float
    gradient: FloatArray | None
    passes: float
    loss: Loss
    step: float
    dual: FloatArray | None = None


Iterates = Generator[Iterate, Certificate | None, None]
"""The run loop sends back the certificate of an iterate where it took one; the end means: no further step helps."""


class Solver(ABC):
    """Settings of a method; its state lives in the generator's locals."""

    @abstractmethod
    def iterates(self, risk: LinearObjective, theta: FloatArray) -> Iterates:
        """Improve on theta, step by step, endless unless no further step helps."""

    def begun_at(self, dual: FloatArray) -> "Solver":
        """The same settings with a dual point (n, k) to start from beside theta, where the method has use for one."""
        return self


class GeneralSolver(Solver):
    """A solver that asks for values and gradients alone, so that it takes any objective."""

    @abstractmethod
    def iterates(self, risk: Objective, theta: FloatArray) -> Iterates:
        """Improve on theta, step by step, endless unless no further step helps."""
