"""Ways to minimise an objective, and the two loops that run and stop them: to a proof, or until nothing gets better."""

from taut.solvers._adam import Adam
from taut.solvers._base import GeneralSolver, Iterate, Solver
from taut.solvers._dual_ascent import DualAscent
from taut.solvers._gradient_descent import GradientDescent
from taut.solvers._limited_memory import LimitedMemory
from taut.solvers._minibatch import Minibatch, Update
from taut.solvers._newton import Newton
from taut.solvers._preconditioner import FULL_COLUMNS
from taut.solvers._quasi_newton import QuasiNewton
from taut.solvers._run import Solution, Status, Stop, Trace, run, watch
from taut.solvers._sgd import SGD
from taut.solvers._train import Epoch, Patience, Training, train

__all__ = [
    "FULL_COLUMNS",
    "SGD",
    "Adam",
    "DualAscent",
    "Epoch",
    "GeneralSolver",
    "GradientDescent",
    "Iterate",
    "LimitedMemory",
    "Minibatch",
    "Newton",
    "Patience",
    "QuasiNewton",
    "Solution",
    "Solver",
    "Status",
    "Stop",
    "Trace",
    "Training",
    "Update",
    "run",
    "train",
    "watch",
]
