"""The frozen facts of one fit, and the one sentence that a person reads first."""

import math
from dataclasses import dataclass, field
from typing import Any

from taut.report._fit_report import FitReport, passes_text


@dataclass(frozen=True)
class Report(FitReport):
    """What was fitted, how it ended, and by what number that was decided.

    ``str(report)`` is the verdict in one sentence; `to_dict` gives everything as plain values, and `to_html` a page:
    given the rows of the fit, the page of ``taut fit --report``.

    Attributes
    ----------
    status : str
        "converged", "max_iter", "diverged", "interrupted", "stalled", or "partial" after ``partial_fit``.
    loss, margin, l2, solver, tol, max_iter, fit_intercept : what was asked for
    primal, dual, gap : float
        The objective, a lower bound on its optimum, and their relative distance.
    why : str
        Why there is no bound; empty where there is one.
    proof : str
        What the lower bound is, where it is not the value of the dual problem.
    start : float
        The objective at W = 0 with its best intercept.
    n, d, k : int
        Rows, columns, classes.
    weight_sum : float
        S, the sum of the sample weights.
    dtype : str
        The type that was computed with.
    passes : float
        Passes over the data.
    seconds : float
    findings : tuple of dict
        What a diagnosis found, each with its ``kind``, its ``sentence`` and its ``numbers``; empty where a classifier's
        fit is certified.
    history : tuple of dict
        passes, seconds, value (what the solver works on), gradient_norm, step, gap and primal (NaN between
        certificates), one entry a step.
    versions : dict
        Of taut and what it computes with.

    Examples
    --------
    >>> from taut import LinearClassifier
    >>> report = LinearClassifier("squared").fit([[0.0], [1.0], [2.0]], [0, 1, 1]).report_
    >>> report.certified, report.status, report.k
    (True, 'converged', 2)
    """

    status: str
    loss: str
    margin: float
    l2: float
    solver: str
    tol: float
    max_iter: float
    fit_intercept: bool
    primal: float
    dual: float
    gap: float
    why: str
    start: float
    n: int
    d: int
    k: int
    weight_sum: float
    dtype: str
    passes: float
    seconds: float
    history: tuple[dict[str, float], ...] = field(repr=False, default=())
    versions: dict[str, str] = field(repr=False, default_factory=dict)
    proof: str = ""
    findings: tuple[dict[str, Any], ...] = ()

    @property
    def certified(self) -> bool:
        """Whether the gap is at most tol."""
        return self.gap <= self.tol

    def __str__(self) -> str:
        """The verdict in one sentence, and one for each finding of a diagnosis."""
        told = "".join(f" {finding['sentence']}" for finding in self.findings)
        effort = f"after {passes_text(self.passes)} over the data in {_seconds(self.seconds)}"
        if self.certified:
            return (
                f"Certified: the objective {self.primal:.7g} is {self._within()} the lowest "
                f"possible value (gap {self.gap:.1e} <= tol {self.tol:g}; {self._bound()}), {effort}.{told}"
            )
        mended = any(finding["kind"] != "scales" for finding in self.findings)
        return f"Not certified: {self._cause()}; {self._proof()}, {effort}.{told}{'' if mended else self._mend()}"

    def _proof(self) -> str:
        if self.why and self.why not in self._cause():
            return self.why
        if not math.isfinite(self.dual):
            return f"the objective is {self.primal:.7g}"
        if self.gap >= 1.0:
            return (
                f"the objective is {self.primal:.7g} and nothing better than the lower bound {self.dual:.3g} is proved"
            )
        return (
            f"the objective {self.primal:.7g} is proved only to within {100 * self.gap:.2g} % "
            f"(gap {self.gap:.2g} > tol {self.tol:g}; {self._bound()})"
        )

    def _within(self) -> str:
        if self.primal >= 1e-9 * self.start:
            return f"within {100 * self.gap:.2g} % of"
        # The gap is not relative to so small an objective; rounding may have put the bound above it.
        return f"at most {max(0.0, self.primal - self.dual):.2g} above"

    def _bound(self) -> str:
        return f"lower bound {self.dual:.7g}" + (f" {self.proof}" if self.proof else "")

    def _cause(self) -> str:
        if self.status == "diverged":
            reached = max((line["value"] for line in self.history), default=math.nan)
            step = self.history[-1]["step"] if self.history else math.nan
            return f"the fit diverged with step {step:.3g} (the objective rose to {reached:.3g} and beyond)"
        if self.status == "interrupted":
            return "interrupted; the best weights so far are kept"
        if self.status == "stalled":
            return f"no further step lowers the objective in {self.dtype}"
        if self.status == "converged":
            return f"the gradient predicts a gap below tol {self.tol:g} for the objective {self.primal:.7g}, unproved"
        if self.status == "partial":
            return "partial_fit saw its rows once"
        return f"max_iter = {self.max_iter:g} passes ended the fit"

    def _mend(self) -> str:
        if self.status == "diverged" and self.solver in ("sgd", "gradient_descent"):
            return " Lower learning_rate, or leave it out to have a safe one chosen."
        if self.solver == "sgd":
            return " SGD does not end in a proof; solver='auto' does."
        if self.l2 == 0.0 and self.why:
            return " Set l2 > 0."
        if self.status == "stalled" and self.dtype == "float32":
            return " Fit in float64 for a smaller gap."
        if self.status == "max_iter":
            more = self.passes_needed()
            return f" About {more:,.0f} more would do at this rate." if more else " Allow more with max_iter."
        return ""

    def passes_needed(self) -> float | None:
        """Further passes until tol, from the rate at which the gap fell over the second half of the fit."""
        lines = [(line["passes"], line["gap"]) for line in self.history]
        if lines and math.isnan(lines[-1][1]):
            lines.append((self.passes, self.gap))  # the last point is judged when the steps are over
        seen = [(passes, gap) for passes, gap in lines if 0 < gap < math.inf]
        later = [point for point in seen if point[0] >= 0.5 * self.passes]
        if len(later) < 2 or not 0 < self.tol < later[-1][1] < later[0][1]:
            return None
        rate = math.log(later[0][1] / later[-1][1]) / (later[-1][0] - later[0][0])
        return math.log(later[-1][1] / self.tol) / rate


def _seconds(seconds: float) -> str:
    return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:,.0f} s"
