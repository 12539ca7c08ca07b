"""The way of a regression's fit as plain arrays, in the raw columns, with what its pictures need."""

from typing import Any

import numpy as np

from taut._typing import FloatArray
from taut.estimators._regression_solver import Journey
from taut.objective import LeastSquaresRisk
from taut.solvers import Solution, Spectrum, growth


def history_of(
    risk: LeastSquaresRisk, way: Journey, solution: Solution, factors: FloatArray, single: bool
) -> dict[str, Any]:
    """One entry for each step that was kept; parameters of one target without an axis for it."""
    memory, model = way.memory, risk.model
    tables = np.array(memory.thetas).reshape(len(memory.thetas), -1, model.k)
    tables[:, : model.d] *= factors[:, None]
    coef = np.swapaxes(tables[:, : model.d], 1, 2)
    middle = tables[:, model.d] if model.intercept else np.zeros((len(tables), model.k))
    facts: dict[str, Any] = {
        "iteration": np.array(memory.steps),
        "cost": np.array(memory.values),
        "intercept": middle[:, 0] if single else middle,
        "coef": coef[:, 0] if single else coef,
        "step": np.array(memory.lengths),
        "lowest_cost": max(solution.certificate.dual, 0.0),
        "status": str(solution.status),
    }
    return facts | _predicted(risk, way) | _bowl(risk, factors)


def _predicted(risk: LeastSquaresRisk, way: Journey) -> dict[str, Any]:
    """What each step of plain descent multiplies the error by in the long run."""
    if way.scaling is None or way.rule is None or way.rule.rate is None or way.rule.accelerated:
        return {}
    spectrum = Spectrum.of(risk, way.scaling)
    if spectrum is None or way.rule.decay != 1.0:
        return {}
    ends = [growth(way.rule, way.rule.rate, value) for value in (spectrum.smallest, spectrum.largest)]
    return {"predicted_factor": max(ends, key=abs), "condition": spectrum.condition}


def _bowl(risk: LeastSquaresRisk, factors: FloatArray) -> dict[str, Any]:
    """The optimum and the second derivatives of a line's cost by (slope, intercept)."""
    if risk.model.k != 1 or risk.model.d != 1 or not risk.model.intercept or risk.equations is None:
        return {}
    gradient = risk.value_and_gradient(np.zeros(2))[1].reshape(-1, 1)
    best = -risk.equations.solve(gradient)[:, 0]
    scale = np.array([factors[0], 1.0])
    basis = np.eye(2) / scale
    return {"optimum": best * scale, "hessian": np.array([risk.product(v) for v in basis]) / scale}
