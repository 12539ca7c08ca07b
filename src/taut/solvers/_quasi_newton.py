"""Limited-memory BFGS in the scale of the data."""

from dataclasses import dataclass

from taut._typing import FloatArray
from taut.losses import Loss
from taut.objective import LinearObjective
from taut.solvers._base import Iterate, Iterates
from taut.solvers._limited_memory import Scale, minimise
from taut.solvers._preconditioner import Preconditioner
from taut.solvers._sharpening import Sharpening


@dataclass(frozen=True)
class QuasiNewton(Sharpening):
    """L-BFGS whose first guess of the inverse Hessian is the inverse of the data's second moment.

    Parameters
    ----------
    memory : int
        Pairs of moves kept.

    References
    ----------
    J. Nocedal, S. Wright, "Numerical Optimization", 2nd ed., 2006, algorithm 7.4.
    """

    memory: int = 20

    def stage(self, risk: LinearObjective, theta: FloatArray, loss: Loss, passes: float) -> Iterates:
        def evaluate(point: FloatArray) -> tuple[float, FloatArray]:
            return risk.value_and_gradient(point, loss)

        def scale_at(point: FloatArray) -> Scale:
            return Preconditioner.at(risk, point, loss).solve

        for point in minimise(evaluate, theta, scale_at, self.memory):
            passes += point.evaluations
            yield Iterate(point.theta, point.value, point.gradient, passes, loss, point.step)
