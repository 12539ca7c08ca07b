"""From the words of an estimator to a solver and its stop rule."""

from typing import Any

from sklearn.utils import check_random_state

from taut.estimators._parameters import choice, count, number
from taut.solvers import SGD, GradientDescent, QuasiNewton, Solver, Stop

SOLVERS = ("auto", "quasi_newton", "gradient_descent", "sgd")

PASSES = {"quasi_newton": 5000, "gradient_descent": 5000, "sgd": 100}
"""max_iter where the caller names none."""


def make_solver(estimator: Any) -> tuple[str, Solver, Stop]:
    """The solver's name ("auto" resolved), the solver, and when it stops."""
    name = choice("solver", estimator.solver, SOLVERS)
    name = "quasi_newton" if name == "auto" else name
    tol = number("tol", estimator.tol, at_least=0)
    max_iter = PASSES[name] if estimator.max_iter is None else count("max_iter", estimator.max_iter)
    rate = estimator.learning_rate
    if rate is not None:
        number("learning_rate", rate, above=0)
        if name == "quasi_newton":
            raise ValueError(
                f"learning_rate={rate!r} belongs to solver='sgd' or 'gradient_descent'; "
                f"solver={estimator.solver!r} finds its own steps"
            )
    decay = number("decay", estimator.decay, above=0)
    momentum = number("momentum", estimator.momentum, at_least=0)
    if momentum >= 1:
        raise ValueError(f"momentum must be below 1, got {momentum!r}")
    batch_size = count("batch_size", estimator.batch_size)
    solver: Solver
    if name == "sgd":
        seed = int(check_random_state(estimator.random_state).randint(2**31 - 1))
        solver = SGD(rate, decay=decay, batch_size=batch_size, momentum=momentum, seed=seed)
    elif name == "gradient_descent":
        solver = GradientDescent(rate, decay=decay, momentum=momentum)
    else:
        solver = QuasiNewton()
    return name, solver, Stop(tol, max_iter)
