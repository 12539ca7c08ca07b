"""From the words of a regressor to its solver, its stop rule and what a diagnosis asks about."""

from dataclasses import dataclass
from typing import Any

from taut.estimators._parameters import choice, count, flag, number
from taut.objective import LeastSquaresRisk
from taut.solvers import (
    FULL_COLUMNS,
    ConjugateGradients,
    Exact,
    Memory,
    QuadraticDescent,
    Remembering,
    Rule,
    Scaling,
    Solver,
    Stop,
    largest_curvature,
)

SOLVERS = ("auto", "exact", "conjugate_gradients", "gradient_descent")
SCALINGS = ("precondition", "standardize", "none")
MOST_STEPS = 20_000


@dataclass(frozen=True)
class Plan:
    """The words, checked.

    ``rate`` is a number, None for 1/L, or "line_search".
    """

    solver: str
    scaling: str
    rate: float | str | None
    decay: float
    momentum: float
    accelerated: bool
    l2: float
    intercept: bool
    centred: bool
    stop: Stop

    @property
    def finds_shortest(self) -> bool:
        """Whether of many optima the one of smallest ‖w‖ is found."""
        return self.solver == "exact" or (self.solver == "conjugate_gradients" and self.centred)

    @classmethod
    def of(cls, estimator: Any, rows: int, columns: int) -> "Plan":
        """Every parameter checked, "auto" resolved."""
        name = choice("solver", estimator.solver, SOLVERS)
        name = chosen(columns) if name == "auto" else name
        rate, momentum = _rate(estimator.learning_rate), estimator.momentum
        decay = number("decay", estimator.decay, above=0)
        accelerated = isinstance(momentum, str) and momentum == "accelerated"
        share = 0.0 if accelerated else _share(momentum)
        if name != "gradient_descent" and (rate is not None or decay != 1.0 or share or accelerated):
            raise ValueError(
                f"learning_rate, decay and momentum belong to solver='gradient_descent'; solver={estimator.solver!r} "
                "finds its own steps"
            )
        if accelerated and rate == "line_search":
            raise ValueError("momentum='accelerated' needs a step of one length: a number, or None for 1/L")
        if estimator.n_threads is not None:
            count("n_threads", estimator.n_threads)
        flag("verbose", estimator.verbose)
        most = MOST_STEPS if estimator.max_iter is None else count("max_iter", estimator.max_iter)
        intercept = estimator.fit_intercept
        if isinstance(intercept, str) and intercept != "ones":
            raise ValueError(f"fit_intercept must be True, False or 'ones', got {intercept!r}")
        return cls(
            solver=name,
            scaling=choice("scaling", estimator.scaling, SCALINGS),
            rate=rate,
            decay=decay,
            momentum=share,
            accelerated=accelerated,
            l2=number("l2", estimator.l2, at_least=0),
            intercept=bool(intercept),
            centred=not isinstance(intercept, str),
            stop=Stop(number("tol", estimator.tol, at_least=0), most),
        )


@dataclass(frozen=True)
class Journey:
    """A solver ready to run, and what its way is judged by."""

    solver: Solver
    memory: Memory
    scaling: Scaling | None = None
    rule: Rule | None = None


def chosen(columns: int) -> str:
    """What "auto" means: up to 1,500 columns a factor costs no more than some tens of steps of any other solver."""
    return "exact" if columns <= FULL_COLUMNS else "conjugate_gradients"


def journey(plan: Plan, risk: LeastSquaresRisk) -> Journey:
    """The solver of a plan."""
    memory = Memory()
    if plan.solver == "exact" and risk.equations is not None:
        return Journey(Remembering(Exact(risk.equations), memory), memory)
    if plan.solver != "gradient_descent":
        # Without a penalty the shortest of many optima is found in variables that leave lengths as they are.
        scaling = Scaling.evened(risk) if plan.l2 > 0 else Scaling.centred(risk)
        finely = plan.solver == "exact"
        return Journey(Remembering(ConjugateGradients(scaling, thorough=finely), memory), memory)
    scaling = Scaling.of_columns(risk) if plan.scaling == "precondition" else Scaling.none(risk)
    if plan.scaling == "standardize":
        scaling = Scaling.centred(risk)
    rate = plan.rate
    if rate is None:
        rate = 1.0 / (largest_curvature(risk, scaling) or 1.0)
    rule = Rule(None if isinstance(rate, str) else rate, plan.decay, plan.momentum, plan.accelerated)
    return Journey(Remembering(QuadraticDescent(scaling, rule), memory), memory, scaling, rule)


def _rate(rate: Any) -> float | str | None:
    if rate is None or (isinstance(rate, str) and rate == "line_search"):
        return rate
    if isinstance(rate, str):
        raise ValueError(f"learning_rate must be a number > 0, 'line_search' or None for 1/L, got {rate!r}")
    return number("learning_rate", rate, above=0)


def _share(momentum: Any) -> float:
    if isinstance(momentum, str):
        raise ValueError(f"momentum must be a number in [0, 1) or 'accelerated', got {momentum!r}")
    share = number("momentum", momentum, at_least=0)
    if share >= 1:
        raise ValueError(f"momentum must be below 1, got {momentum!r}")
    return share
