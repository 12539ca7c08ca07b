"""The frozen facts of one training of a network, and the one sentence that a person reads first."""

import math
from dataclasses import dataclass, field

from taut.report._fit_report import FitReport, passes_text


@dataclass(frozen=True)
class NetReport(FitReport):
    """What was trained, how it ended, and what the weights that were kept are worth.

    ``str(report)`` is the verdict in one sentence; it speaks of the gradient and of the rows held out, never of an
    optimum: a network is not convex, and nothing proves how far its objective is from the lowest. `to_dict` gives
    everything as plain values, and `to_html` a page: given the rows of the fit, the page of ``taut fit --report``.

    Attributes
    ----------
    status : str
        "settled" (neither the loss nor the accuracy on the rows held out got better any more), "max_iter", "stalled",
        "diverged", "interrupted", or "partial" after ``partial_fit``.
    loss, margin, l2, solver, max_iter, patience, tol : what was asked for
    hidden : int
        Hidden units.
    objective, gradient_norm : float
        P and ‖∇P‖ over all training rows at the weights that were kept.
    start : float
        The objective where every score is 0.
    step : float
        The last step, in the solver's own units.
    train_accuracy, validation_accuracy : float
        Of the weights that were kept, on some training rows and on the rows held out; NaN where there are none.
    kept : float
        After how many passes the kept weights were reached.
    n, n_validation, d, k : int
        Rows trained on, rows held out, columns, classes.
    weight_sum : float
        S, the sum of the sample weights of all rows.
    dtype : str
        The type that was computed with.
    passes : float
        Passes over the data.
    seconds : float
    history : tuple of dict
        passes, seconds, loss, gradient_norm (NaN where only batches were seen), step, train_score, validation_score.
    versions : dict
        Of taut and what it computes with.

    Examples
    --------
    >>> import taut
    >>> net = taut.TwoLayerClassifier(4, random_state=0, solver="quasi_newton", l2=0.01, init=0.5)
    >>> report = net.fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]).report_
    >>> report.status, report.certified, report.hidden
    ('settled', False, 4)
    """

    status: str
    loss: str
    margin: float
    l2: float
    solver: str
    max_iter: float
    patience: int
    tol: float
    hidden: int
    objective: float
    gradient_norm: float
    start: float
    step: float
    train_accuracy: float
    validation_accuracy: float
    kept: float
    n: int
    n_validation: int
    d: int
    k: int
    weight_sum: float
    dtype: str
    passes: float
    seconds: float
    history: tuple[dict[str, float], ...] = field(repr=False, default=())
    versions: dict[str, str] = field(repr=False, default_factory=dict)

    @property
    def certified(self) -> bool:
        """Never: no bound is known for a network."""
        return False

    def __str__(self) -> str:
        """The verdict in one sentence, and what to do about it."""
        effort = f"after {passes_text(self.passes)} over the data in {self.seconds:.2g} s"
        return f"{self._ending()} {effort}; {self._worth()}.{self._mend()}"

    def _ending(self) -> str:
        if self.status == "diverged":
            losses = [line["loss"] for line in self.history] or [math.nan]
            reached = max(losses) if math.isfinite(losses[-1]) else losses[-1]
            return f"Diverged with step {self.step:.3g} (the loss rose to {reached:.3g})"
        if self.status == "interrupted":
            return "Interrupted"
        if self.status == "stalled":
            return f"Stopped where no further step lowers the objective in {self.dtype},"
        if self.status == "partial":
            return "One pass of partial_fit, now"
        if self.status == "max_iter":
            return f"Stopped by max_iter = {self.max_iter:g}"
        what = "the validation accuracy has not risen" if self.n_validation else "the loss has not fallen"
        return f"Settled: {what} by {self.tol:g} for {self.patience} passes,"

    def _worth(self) -> str:
        facts = [f"objective {self.objective:.4g}", f"gradient norm {self.gradient_norm:.2g}"]
        if not math.isnan(self.train_accuracy):
            facts.append(f"training accuracy {self.train_accuracy:.4f}")
        if self.n_validation and not math.isnan(self.validation_accuracy):
            facts.append(f"validation accuracy {self.validation_accuracy:.4f} on {self.n_validation:,} rows")
        return f"the weights of pass {self.kept:,.0f} are kept: {', '.join(facts)}"

    def _mend(self) -> str:
        if self.status == "diverged":
            return " Lower learning_rate, or scale the columns of X to about unit size."
        if self.status == "max_iter":
            return " Allow more with max_iter."
        return ""
