"""Whether there is any blend: a first choice of parts, or the reason in words why there is none."""

import math

import numpy as np
from scipy import optimize

from taut._typing import AnyArray, FloatArray, IntArray
from taut.solvers.blend._problem import IN, OUT, SLACK, BlendProblem
from taut.solvers.blend._quiet import milp, quiet_stdout

CARELESS = 2e-6
"""What the integer programme's tolerance of 1e-6 may hide, of the total."""


class InfeasibleBlendError(ValueError):
    """No blend obeys the bounds; the message says why, and what would mend it."""


def first_choice(problem: BlendProblem) -> AnyArray | None:
    """Parts whose bounds let them sum to the total, as a mask; None where only the search can tell.

    Raises
    ------
    InfeasibleBlendError
        There are none.
    """
    _check_required(problem)
    role = problem.first_roles()
    usable = (role != OUT) & (problem.lower <= problem.total * (1 + SLACK))
    if not usable.any():
        raise InfeasibleBlendError(_nothing_usable(problem, role))
    _check_reach(problem, role, usable)
    lower, upper = problem.lower[usable], problem.upper[usable]
    if not problem.groups and np.ptp(lower) == 0.0 and np.ptp(upper) == 0.0:
        return _some(problem, usable, _count(problem, float(lower[0]), float(upper[0]), int(usable.sum())))
    return _searched(problem, role, usable)


def _check_required(problem: BlendProblem) -> None:
    """The parts that must be in must fit by themselves."""
    chosen, limit = problem.required, problem.total * (1 + SLACK)
    least = math.fsum(problem.lower[chosen])
    if least > limit:
        raise InfeasibleBlendError(
            f"the {_parts(int(chosen.sum()))} fixed in need at least {shown(least)} together, more than the total "
            f"{shown(problem.total)}: fix fewer in or lower their bounds"
        )
    if int(chosen.sum()) > problem.most:
        raise InfeasibleBlendError(
            f"{_parts(int(chosen.sum()))} are fixed in, but max_parts allows {problem.most}: raise max_parts"
        )
    for group in problem.groups:
        inside = int(chosen[list(group.items)].sum())
        if inside > group.most:
            which = "1 item of a group is" if inside == 1 else f"{inside} items of a group are"
            raise InfeasibleBlendError(
                f"{which} fixed in, but at most {group.most} of it may be in: fix fewer in, or let the group have more"
            )


def _nothing_usable(problem: BlendProblem, role: IntArray) -> str:
    if (role == OUT).all():
        return "no item may be in: all are fixed out or have the upper bound 0"
    least = float(problem.lower[role != OUT].min())
    return (
        f"every part is at least {shown(least)}, more than the total {shown(problem.total)}: "
        f"lower the lower bound to {shown(problem.total, down=True)} or raise the total"
    )


def _check_reach(problem: BlendProblem, role: IntArray, usable: AnyArray) -> None:
    """All that may be in, up to max_parts, must reach the total."""
    others = np.sort(problem.upper[usable & (role != IN)])[::-1]
    fixed = problem.upper[role == IN]
    taken = [*fixed, *others[: problem.most - len(fixed)]]
    reach, total = math.fsum(taken), problem.total
    if reach >= total * (1 - SLACK):
        return
    if math.fsum([*fixed, *others]) >= total * (1 - SLACK):
        enough = int(np.searchsorted(np.cumsum([*fixed, *others]), total * (1 - SLACK))) + 1
        mend = f"the upper bounds by a factor of {shown(total / reach, up=True)}"
        least = math.fsum(np.sort(problem.lower[usable])[:enough])
        mend = f"raise max_parts to {enough}, or {mend}" if least <= total * (1 + SLACK) else f"raise {mend}"
        parts = "max_parts = 1 part reaches" if problem.most == 1 else f"max_parts = {problem.most} parts reach"
        raise InfeasibleBlendError(f"{parts} at most {shown(reach)} of the total {shown(total)}: {mend}")
    mend = f"raise the upper bounds by a factor of {shown(total / reach, up=True)}"
    if np.ptp(taken) == 0.0:
        mend = f"raise upper to {shown(total / len(taken), up=True)}"
    every = "the 1 part that may be in reaches" if len(taken) == 1 else f"all {len(taken)} parts that may be in reach"
    raise InfeasibleBlendError(f"{every} at most {shown(reach)} of the total {shown(total)}: {mend}")


def _count(problem: BlendProblem, lower: float, upper: float, n: int) -> int:
    """A number of parts that equal bounds allow."""
    total = problem.total
    fewest = math.ceil(total / upper * (1 - SLACK))
    largest = n if lower == 0.0 else min(n, math.floor(total / lower * (1 + SLACK)))
    if fewest <= min(largest, problem.most):
        return max(fewest, int(problem.required.sum()))
    raise InfeasibleBlendError(
        f"L = {shown(lower)} and U = {shown(upper)} need at least {_parts(fewest)} and allow at most {largest}: "
        f"raise U to {shown(total / largest, up=True)} or lower L to {shown(total / fewest, down=True)}"
    )


def _some(problem: BlendProblem, usable: AnyArray, count: int) -> AnyArray:
    """So many parts, those that must be in among them, else those nearest to t."""
    order = np.argsort(np.linalg.norm(problem.differences, axis=0) - np.where(problem.required, np.inf, 0.0))
    chosen = np.zeros(problem.n, dtype=np.bool_)
    chosen[[i for i in order if usable[i]][:count]] = True
    return chosen


def _searched(problem: BlendProblem, role: IntArray, usable: AnyArray) -> AnyArray | None:
    """The parts of greatest reach whose lower bounds fit, by a small integer programme."""
    found = [_widest(problem, role, usable, problem.total * (1 - spare)) for spare in (0.0, CARELESS)]
    for choice in found:
        if choice is not None and problem.admits(choice[0]):
            return choice[0]
    if found[0] is None or found[0][1] >= problem.total * (1 - CARELESS):
        return None
    limits = ["groups"] * bool(problem.groups) + ["max_parts"] * (problem.max_parts is not None)
    rules = f"that {' and '.join(limits)} allow{'s' * (limits == ['max_parts'])} and " if limits else ""
    widen = f", or widen {' or '.join(limits)}" if limits else ""
    raise InfeasibleBlendError(
        f"the parts {rules}whose lower bounds fit into the total {shown(problem.total)} together hold at most "
        f"{shown(abs(found[0][1]))} of it: raise upper bounds, or lower the lower bounds so that more parts fit{widen}"
    )


def _widest(problem: BlendProblem, role: IntArray, usable: AnyArray, limit: float) -> tuple[AnyArray, float] | None:
    rows: list[FloatArray] = [problem.lower / problem.total, np.ones(problem.n)]
    most = [limit / problem.total, float(problem.most)]
    for group in problem.groups:
        row = np.zeros(problem.n)
        row[list(group.items)] = 1.0
        rows.append(row)
        most.append(float(group.most))
    with quiet_stdout():
        found = milp(
            -problem.upper / problem.total,
            integrality=np.ones(problem.n),
            bounds=optimize.Bounds((role == IN).astype(float), usable.astype(float)),
            constraints=optimize.LinearConstraint(np.array(rows), -np.inf, most),
            options={"time_limit": 10.0},
        )
    if found.x is None:
        return None
    reach = -found.fun if found.mip_dual_bound is None else -found.mip_dual_bound
    return found.x > 0.5, float(reach) * problem.total


def _parts(count: int) -> str:
    return "1 part" if count == 1 else f"{count} parts"


def shown(value: float, *, up: bool = False, down: bool = False) -> str:
    """A number for a sentence: two decimals where they are exact, else four, rounded to the safe side."""
    if up:
        value = math.ceil(value * 1e4 * (1 - 1e-12)) / 1e4
    if down:
        value = math.floor(value * 1e4 * (1 + 1e-12)) / 1e4
    if abs(round(value, 2) - value) < 1e-12 * max(1.0, abs(value)):
        text = f"{value:.2f}"
        return text.removesuffix(".00")
    return f"{value:.4f}".rstrip("0") if 1e-3 < abs(value) < 1e4 else f"{value:.4g}"
