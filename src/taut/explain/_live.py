"""What a page needs to compute everything anew when a weight or the margin moves."""

from typing import Any

from taut.explain._linear import LinearProblem
from taut.explain._net import NetProblem
from taut.losses import LOSSES

BUDGET = 60_000
"""Numbers that a page carries: about half a megabyte."""


def live_facts(problem: LinearProblem | NetProblem, axes: Any) -> dict[str, Any]:
    """The facts of the page's script; none for a loss that it does not know."""
    loss = problem.loss
    if LOSSES.get(loss.name) is not type(loss) or loss.width:
        return {}
    facts = problem.live(axes, BUDGET)
    rows = facts["rows"]
    return facts | {
        "loss": loss.name,
        "usesMargin": loss.uses_margin,
        "margin": loss.margin,
        "l2": problem.l2,
        "total": len(problem.y),
        "y": problem.y[:rows].tolist(),
        "weights": None if problem.weights is None else problem.weights[:rows].tolist(),
    }
