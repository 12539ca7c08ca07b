"""Ways to minimise an objective, and the two loops that run and stop them: to a proof, or until nothing gets better."""

from taut.solvers._adam import Adam
from taut.solvers._base import GeneralSolver, Iterate, Solver
from taut.solvers._conjugate_gradients import ConjugateGradients
from taut.solvers._diagnosis import Case
from taut.solvers._dual_ascent import DualAscent
from taut.solvers._exact import Exact
from taut.solvers._finding import Finding, Numbered
from taut.solvers._fit_findings import fit_findings
from taut.solvers._gradient_descent import GradientDescent
from taut.solvers._limited_memory import LimitedMemory
from taut.solvers._minibatch import Minibatch, Update
from taut.solvers._newton import Newton
from taut.solvers._preconditioner import FULL_COLUMNS
from taut.solvers._quadratic_descent import QuadraticDescent, Rule, largest_curvature
from taut.solvers._quasi_newton import QuasiNewton
from taut.solvers._remembering import Memory, Remembering
from taut.solvers._run import Solution, Status, Stop, Trace, has_diverged, run, watch
from taut.solvers._scaling import Scaling
from taut.solvers._sgd import SGD
from taut.solvers._spectrum import Spectrum, growth
from taut.solvers._train import Epoch, Patience, Training, train

__all__ = [
    "FULL_COLUMNS",
    "SGD",
    "Adam",
    "Case",
    "ConjugateGradients",
    "DualAscent",
    "Epoch",
    "Exact",
    "Finding",
    "GeneralSolver",
    "GradientDescent",
    "Iterate",
    "LimitedMemory",
    "Memory",
    "Minibatch",
    "Newton",
    "Numbered",
    "Patience",
    "QuadraticDescent",
    "QuasiNewton",
    "Remembering",
    "Rule",
    "Scaling",
    "Solution",
    "Solver",
    "Spectrum",
    "Status",
    "Stop",
    "Trace",
    "Training",
    "Update",
    "fit_findings",
    "growth",
    "has_diverged",
    "largest_curvature",
    "run",
    "train",
    "watch",
]
