"""Why a regression's fit went as it did: one sentence a cause, with the numbers and the mend."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from taut.objective import LeastSquaresRisk
from taut.solvers._descent_diagnosis import DescentDiagnosis
from taut.solvers._exact import Exact
from taut.solvers._finding import Finding, counted, listed, rounded_up
from taut.solvers._quadratic_descent import Rule
from taut.solvers._remembering import Memory
from taut.solvers._run import Solution, Status, Stop
from taut.solvers._scaling import Scaling

INVOLVED = 1e-6
"""A column depends on others where its share in a direction without curvature is at least this part of the largest."""


@dataclass(frozen=True)
class Case:
    """A fit that is asked about.

    Parameters
    ----------
    risk : LeastSquaresRisk
    stop : Stop
    solution : Solution
    names : sequence of str
        Of the columns.
    shortest : bool
        Whether of many optima the solver finds the one of smallest norm.
    memory : Memory or None
        The way there.
    scaling, rule
        Of gradient descent; None for other solvers.
    """

    risk: LeastSquaresRisk
    stop: Stop
    solution: Solution
    names: Sequence[str]
    shortest: bool = False
    memory: Memory | None = None
    scaling: Scaling | None = None
    rule: Rule | None = None

    def findings(self) -> tuple[Finding, ...]:
        """Every cause that holds, the weightiest first."""
        found: list[Finding] = []
        if self.solution.certificate.gap > self.stop.tol:
            found.extend(self._of_descent())
            if not found:
                found.extend(self._rounding())
        return (*found, *self._not_unique())

    def _of_descent(self) -> Iterator[Finding]:
        if self.scaling is None or self.rule is None or self.memory is None:
            return iter(())
        facts = (self.risk, self.stop, self.solution, self.names, self.memory, self.scaling, self.rule)
        return DescentDiagnosis(*facts).findings()

    def _rounding(self) -> Iterator[Finding]:
        """Whether even the exact optimum, rounded to float64, misses tol."""
        risk = self.risk
        if risk.equations is None or self.solution.status is Status.DIVERGED:
            return
        best = next(Exact(risk.equations).iterates(risk, np.zeros(risk.model.size)))
        floor = risk.certificate(best.theta).gap
        if not floor > self.stop.tol:
            return
        yield Finding(
            "rounding",
            f"Below rounding: no weights in float64 are proved nearer to the optimum of these data than a gap of "
            f"{floor:.1e}, and tol = {self.stop.tol:g} asks for more; set tol to {rounded_up(floor):g} or above.",
            {"floor": floor, "tol": self.stop.tol},
        )

    def _not_unique(self) -> Iterator[Finding]:
        equations = self.risk.equations
        if equations is None or equations.factor.null is None:
            return
        free, d = equations.factor.null.shape[1], self.risk.model.d
        parts = np.abs(equations.factor.null[:d]).max(axis=1, initial=0.0)
        named = [self.names[int(j)] for j in np.flatnonzero(parts > INVOLVED * parts.max(initial=0.0))]
        chosen = "those of smallest norm are given" if self.shortest else "those that its steps reach are given"
        yield Finding(
            "not_unique",
            f"Not unique: {self._dependence(named, free)}, so the weights can move in {counted(free, 'direction')} "
            f"without changing a forecast beyond rounding; {chosen}, and l2 > 0 makes them unique.",
            {"free_directions": float(free), "columns": float(len(named)), "rank": float(d - free)},
        )

    def _dependence(self, named: Sequence[str], free: int) -> str:
        n, d = int(np.count_nonzero(self.risk.all_weights)), self.risk.model.d
        if n <= d and d > 1:
            return f"{counted(n, 'row')} cannot tell {d:,} columns apart"
        if len(named) == free:  # as many directions as columns: each column by itself has no effect
            still = "constant" if self.risk.model.intercept else "zero throughout"
            return f"{listed(named)} {'is' if free == 1 else 'are'} {still}"
        return f"{listed(named)} depend on each other"
