"""The distances l1 and max: a mixed-integer linear programme, solved by HiGHS through SciPy."""

import math
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import optimize, sparse

from taut._typing import AnyArray, FloatArray
from taut.solvers.blend._problem import IN, OUT, SLACK, BlendProblem
from taut.solvers.blend._quiet import linprog, milp, quiet_stdout
from taut.solvers.blend._search import INTERRUPTED, OPTIMAL, TIME_LIMIT, BlendSolution, Tell, search

UNIT = 1e4
"""The scale of the problem in the programme's unit: the solver's absolute gap of 1e-6 is then 1e-10 of the scale."""

TOLERANCE = 1e-6
"""The relative gap that is called optimal: what the solver's own tolerances allow."""

FIRST_LOOK = 2.0
"""Seconds, at most, in which the least-squares search finds a blend to fall back on."""


def search_linear(
    problem: BlendProblem, first: AnyArray | None, norm: str, time_limit: float | None, tell: Tell | None = None
) -> BlendSolution:
    """Minimise ‖X w − t‖ in "l1" or "max" over the blends of a problem.

    The bound is the solver's word: it comes without a certificate.
    """
    began = time.perf_counter()
    look = FIRST_LOOK if time_limit is None else min(FIRST_LOOK, 0.2 * time_limit)
    start = search(problem, first, look)
    if start.w is None and start.ended == OPTIMAL:
        return start
    programme = _Programme(problem, norm)
    # ‖r‖₁ ≥ ‖r‖₂ and ‖r‖_max ≥ ‖r‖₂/√m: what the first look proved holds here too.
    least = start.bound if norm == "l1" else start.bound / math.sqrt(len(problem.t))
    w, bound, ended = start.w, least, INTERRUPTED
    if start.ended != INTERRUPTED:
        left = None if time_limit is None else max(0.1, time_limit - (time.perf_counter() - began))

        def tick() -> None:  # the solver says nothing until it is done
            if tell is not None and w is not None:
                far = problem.distance(w, norm)
                tell(0, time.perf_counter() - began, far, problem.relative_gap(far, least))

        found = programme.run(left, tick)
        if found is not None:
            ended = OPTIMAL if found.status == 0 else TIME_LIMIT
            bound = least if found.mip_dual_bound is None else max(least, float(found.mip_dual_bound) / programme.unit)
            w = programme.better(w, found.x)
    if w is not None and ended != OPTIMAL:
        w = programme.better(w, None)
    objective = math.inf if w is None else problem.distance(w, norm)
    return BlendSolution(w, objective, min(bound, objective), ended, 0, time.perf_counter() - began)


class _Programme:
    """Variables w, z, e: e bounds the residuals, z says which parts are in."""

    def __init__(self, problem: BlendProblem, norm: str) -> None:
        self.problem, self.norm = problem, norm
        m, n = problem.X.shape
        self.unit = UNIT / max(problem.scale, 1e-300)
        errors = m if norm == "l1" else 1
        spread = sparse.eye_array(m) if norm == "l1" else sparse.csr_array(np.ones((m, 1)))
        X = sparse.csr_array(problem.X * self.unit)
        empty = sparse.csr_array((m, n))
        self.residuals: Any = sparse.vstack([sparse.hstack([X, empty, -spread]), sparse.hstack([-X, empty, -spread])])
        self.target = np.concatenate([problem.t, -problem.t]) * self.unit
        self.cost = np.concatenate([np.zeros(2 * n), np.ones(errors)])

    def run(self, time_limit: float | None, tick: Callable[[], None]) -> Any:
        """The solver's answer; None after Ctrl-C, when the solver is left to end by itself."""
        n, errors = self.problem.n, len(self.cost) - 2 * self.problem.n
        options: dict[str, Any] = {"mip_rel_gap": 1e-9}
        if time_limit is not None:
            options["time_limit"] = time_limit
        roles = self.problem.first_roles()
        least = np.concatenate([np.zeros(n), roles == IN, np.zeros(errors)])
        most = np.concatenate([self.problem.upper, roles != OUT, np.full(errors, np.inf)])
        return _in_a_thread(
            lambda: milp(
                self.cost,
                integrality=np.concatenate([np.zeros(n), np.ones(n), np.zeros(errors)]),
                bounds=optimize.Bounds(least, most),
                constraints=[*self._choices(errors), optimize.LinearConstraint(self.residuals, -np.inf, self.target)],
                options=options,
            ),
            tick,
        )

    def _choices(self, errors: int) -> list[optimize.LinearConstraint]:
        """Lower z ≤ w ≤ upper z, the sum, the number of parts, the groups."""
        problem, n = self.problem, self.problem.n
        one, nothing = sparse.eye_array(n), sparse.csr_array((n, errors))
        whole = np.concatenate([np.ones(n), np.zeros(n + errors)])
        rows, most = [np.roll(whole, n)], [float(problem.most)]
        for group in problem.groups:
            row = np.zeros(2 * n + errors)
            row[[n + i for i in group.items]] = 1.0
            rows.append(row)
            most.append(float(group.most))
        return [
            optimize.LinearConstraint(sparse.hstack([one, -sparse.diags_array(problem.lower), nothing]), 0.0, np.inf),
            optimize.LinearConstraint(sparse.hstack([one, -sparse.diags_array(problem.upper), nothing]), -np.inf, 0.0),
            optimize.LinearConstraint(whole[None, :], problem.total, problem.total),
            optimize.LinearConstraint(np.array(rows), -np.inf, most),
        ]

    def better(self, w: FloatArray | None, x: FloatArray | None) -> FloatArray | None:
        """The best weights on the parts of the solver's answer, or of w, whichever is nearer."""
        n, best = self.problem.n, w
        supports = [] if w is None else [w > 0.0]
        if x is not None:
            supports.append(x[n : 2 * n] > 0.5)
        for support in supports:
            found = self._on(support)
            if found is not None and (best is None or self._distance(found) < self._distance(best)):
                best = found
        return best

    def _distance(self, w: FloatArray) -> float:
        return self.problem.distance(w, self.norm)

    def _on(self, support: AnyArray) -> FloatArray | None:
        """The best weights with exactly these parts, by a linear programme; None where its answer misses the sum."""
        problem, n = self.problem, self.problem.n
        if not problem.admits(support):
            return None
        errors = len(self.cost) - 2 * n
        low = np.concatenate([np.where(support, problem.lower, 0.0), np.zeros(n + errors)])
        high = np.concatenate([np.where(support, problem.upper, 0.0), np.zeros(n), np.full(errors, np.inf)])
        whole = np.concatenate([np.ones(n), np.zeros(n + errors)])
        with quiet_stdout():
            found = linprog(
                self.cost, self.residuals, self.target, whole[None, :], [problem.total], np.column_stack([low, high])
            )
        if found.x is None:
            return None
        return _to_the_sum(found.x[:n], low[:n], high[:n], problem.total)


def _to_the_sum(w: FloatArray, low: FloatArray, high: FloatArray, total: float) -> FloatArray | None:
    """Weights inside their bounds, the solver's rounding of the sum taken up by the widest room."""
    w = np.clip(w, low, high)
    for _ in range(len(w)):
        short = total - math.fsum(w)
        if abs(short) <= SLACK * total:
            return w
        room = high - w if short > 0 else w - low
        i = int(np.argmax(room))
        w[i] += math.copysign(min(abs(short), room[i]), short)
    return None


def _in_a_thread(solve: Any, tick: Callable[[], None]) -> Any:
    """Run a solver that does not listen to Ctrl-C so that the caller does, who ticks; None if it was pressed."""
    answer: list[Any] = []
    thread = threading.Thread(target=lambda: answer.append(solve()), daemon=True)
    try:
        with quiet_stdout():
            thread.start()
            while thread.is_alive():
                thread.join(0.05)
                tick()
    except KeyboardInterrupt:
        return None
    return answer[0]
