"""From a run to its report."""

from taut.estimators._versions import versions
from taut.objective import LinearObjective
from taut.report import Report
from taut.solvers import Solution, Stop


def report_of(
    risk: LinearObjective, solution: Solution, solver: str, stop: Stop, weight_sum: float, *, proof: str = ""
) -> Report:
    """The frozen facts of a linear fit."""
    found = solution.certificate
    return Report(
        status=str(solution.status),
        loss=risk.loss.name,
        margin=risk.loss.margin,
        l2=risk.l2,
        solver=solver,
        tol=stop.tol,
        max_iter=stop.max_iter,
        fit_intercept=risk.model.intercept,
        primal=found.primal,
        dual=found.dual,
        gap=found.gap,
        why=found.why,
        start=risk.start,
        n=risk.matrix.shape[0],
        d=risk.model.d,
        k=risk.model.k,
        weight_sum=weight_sum,
        dtype=str(risk.matrix.dtype),
        passes=solution.passes,
        seconds=solution.seconds,
        history=tuple(trace._asdict() for trace in solution.history),
        versions=versions(),
        proof=proof,
    )
