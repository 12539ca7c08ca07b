"""The front door: is there a blend, and which is the nearest."""

from taut.solvers.blend._choice import InfeasibleBlendError, first_choice
from taut.solvers.blend._linear_norms import TOLERANCE as LINEAR_TOLERANCE
from taut.solvers.blend._linear_norms import search_linear
from taut.solvers.blend._problem import BlendProblem
from taut.solvers.blend._search import OPTIMAL, TOLERANCE, BlendSolution, Tell, search

NORMS = {"l2": TOLERANCE, "l1": LINEAR_TOLERANCE, "max": LINEAR_TOLERANCE}
"""The distances, and the relative gap that is called optimal in each."""


def solve_blend(
    problem: BlendProblem, norm: str = "l2", time_limit: float | None = None, tell: Tell | None = None
) -> BlendSolution:
    """Minimise ‖X w − t‖ over Σ w = total and w_i = 0 or lower_i ≤ w_i ≤ upper_i.

    Parameters
    ----------
    problem : BlendProblem
    norm : {"l2", "l1", "max"}
        "l2" is searched here and leaves a record that can be checked; the others are HiGHS's.
    time_limit : float, optional
        Seconds; then the best blend so far and its bound are returned, as after Ctrl-C.
    tell : callable, optional
        Called with branches, seconds, the best distance so far and its gap while the search lasts.

    Raises
    ------
    InfeasibleBlendError
        No blend obeys the bounds; the message says why.
    """
    first = first_choice(problem)
    if norm == "l2":
        found = search(problem, first, time_limit, tell)
    else:
        found = search_linear(problem, first, norm, time_limit, tell)
    if found.w is None and found.ended == OPTIMAL:
        raise InfeasibleBlendError(
            "no choice of parts has lower bounds that sum to at most the total and upper bounds that sum to at least "
            "it: widen the bounds"
        )
    return found
