"""What a page needs to compute everything anew when a weight or the margin moves."""

from typing import Any

import numpy as np

from taut.explain._axis import Axis
from taut.explain._linear import LinearProblem
from taut.losses import LOSSES

BUDGET = 60_000
"""Numbers that a page carries: about half a megabyte."""


def live_facts(problem: LinearProblem, axes: tuple[Axis, Axis, Axis]) -> dict[str, Any]:
    """The shown columns of X and W for as many rows as fit, and the share of the scores that the others make.

    Empty for a loss that the page does not know.
    """
    _, columns, _ = axes
    if LOSSES.get(problem.loss.name) is not type(problem.loss) or problem.loss.width:
        return {}
    k = problem.W.shape[1]
    shown = list(columns.page)
    rows = min(len(problem.y), max(1, BUDGET // (len(shown) + k)))
    hidden = np.delete(np.arange(columns.size), shown)
    penalised = problem.penalised
    share = np.ones(len(problem.y)) if problem.weights is None else problem.weights
    return {
        "kind": "linear",
        "loss": problem.loss.name,
        "usesMargin": problem.loss.uses_margin,
        "margin": problem.loss.margin,
        "l2": problem.l2,
        "rows": rows,
        "total": len(problem.y),
        "X": problem.X[:rows, shown].tolist(),
        "W": problem.W[shown].tolist(),
        "rest": (problem.X[:rows][:, hidden] @ problem.W[hidden]).tolist() if len(hidden) else None,
        "restSquares": float((penalised[hidden] ** 2).sum()),
        "y": problem.y[:rows].tolist(),
        "weights": None if problem.weights is None else share[:rows].tolist(),
        "biasRow": shown.index(problem.bias_row) if problem.bias_row in shown else None,
    }
