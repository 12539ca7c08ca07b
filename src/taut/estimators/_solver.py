"""From the words of an estimator to a solver and its stop rule."""

from typing import Any

from sklearn.utils import check_random_state

from taut.estimators._parameters import choice, count, number
from taut.losses import Loss
from taut.matrix import Matrix
from taut.solvers import FULL_COLUMNS, SGD, DualAscent, GradientDescent, Newton, QuasiNewton, Solver, Stop

SOLVERS = ("auto", "newton", "dual_ascent", "quasi_newton", "gradient_descent", "sgd")

PASSES = {"newton": 20_000, "dual_ascent": 20_000, "quasi_newton": 20_000, "gradient_descent": 20_000, "sgd": 100}
"""max_iter where the caller names none."""


TOY = 200_000
"""Entries of X up to which Newton has certified before the compiler of dual ascent is loaded."""

WIDE_TOY = 10_000
"""The same with fewer rows than columns, where Newton needs longer."""


def choose_solver(loss: Loss, matrix: Matrix, l2: float) -> str:
    """What "auto" means.

    Measured to a gap of 1e-3 on 2 cores, in seconds of processor time.

    Hinge and Crammer–Singer: dual ascent, which takes the method of multipliers by itself where single rows crawl
    (letter with a free intercept, hinge: C = 0.001: 1.1 against Newton's 2.1; C = 0.03: 1.0 against 2.8; C = 1: 2.9
    against 3.8; C = 1000: 3.0 against 6.1; MNIST, C = 1: 23 against more than 60; 20 newsgroups: 2.4 against a gap of
    0.28 after 12 and quasi-Newton's 0.06 after 20). On toys Newton is done before the compiler is loaded; only where
    all rows can be fitted it may stand still (60 × 300 pixels, l2 = 0.01, Crammer–Singer; dual ascent: 0.4).

    On the squared hinge Newton's model is exact between kinks and bends on few rows, so with the full second moment as
    preconditioner it certifies where quasi-Newton crawls. With a diagonal preconditioner quasi-Newton is far ahead,
    and for softmax, which bends on every row, its one evaluation a step wins (letter: 31 passes against 84).
    """
    n, d = matrix.shape
    if loss.shares is not None and l2 > 0.0:
        toy = d <= FULL_COLUMNS and n * d <= (TOY if n >= d else WIDE_TOY)
        return "newton" if toy else "dual_ascent"
    return "newton" if loss.piecewise and d <= FULL_COLUMNS else "quasi_newton"


def make_solver(estimator: Any, loss: Loss, matrix: Matrix, *, passes: int = 0) -> tuple[str, Solver, Stop]:
    """The solver's name ("auto" resolved), the solver, and when it stops; ``passes`` were made by earlier calls."""
    name = choice("solver", estimator.solver, SOLVERS)
    name = choose_solver(loss, matrix, estimator.l2) if name == "auto" else name
    tol = number("tol", estimator.tol, at_least=0)
    max_iter = PASSES[name] if estimator.max_iter is None else count("max_iter", estimator.max_iter)
    rate = estimator.learning_rate
    if rate is not None:
        number("learning_rate", rate, above=0)
        if name in ("newton", "dual_ascent", "quasi_newton"):
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
        solver = SGD(rate, decay=decay, batch_size=batch_size, momentum=momentum, seed=seed, passes=passes)
    elif name == "gradient_descent":
        solver = GradientDescent(rate, decay=decay, momentum=momentum)
    elif name == "newton":
        solver = Newton()
    elif name == "dual_ascent":
        solver = _dual_ascent(estimator, loss)
    else:
        solver = QuasiNewton()
    return name, solver, Stop(tol, max_iter)


def _dual_ascent(estimator: Any, loss: Loss) -> DualAscent:
    if loss.shares is None or not estimator.l2 > 0:
        raise ValueError(
            "solver='dual_ascent' solves the hinge and crammer_singer losses with l2 > 0, "
            f"got loss={estimator.loss!r} and l2={estimator.l2!r}; solver='auto' takes what fits"
        )
    seed = 0 if estimator.random_state is None else estimator.random_state
    return DualAscent(int(check_random_state(seed).randint(2**31 - 1)))
