"""Ways to minimise a LinearObjective, and the one loop that runs, judges and stops them."""

from taut.solvers._base import Iterate, Solver
from taut.solvers._gradient_descent import GradientDescent
from taut.solvers._newton import Newton
from taut.solvers._preconditioner import FULL_COLUMNS
from taut.solvers._quasi_newton import QuasiNewton
from taut.solvers._run import Solution, Status, Stop, Trace, run, watch
from taut.solvers._sgd import SGD

__all__ = [
    "FULL_COLUMNS",
    "SGD",
    "GradientDescent",
    "Iterate",
    "Newton",
    "QuasiNewton",
    "Solution",
    "Solver",
    "Status",
    "Stop",
    "Trace",
    "run",
    "watch",
]
