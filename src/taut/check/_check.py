"""The check of a gradient, from hygiene to report."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np

from taut._typing import FloatArray
from taut.check._accounts import accounts
from taut.check._census import census, told
from taut.check._function import Function, Layout
from taut.check._hygiene import Hygiene, hygiene
from taut.check._known import known_value_findings, matching_formulas
from taut.check._locate import Located, locate
from taut.check._look import Look, Search, natural_scales
from taut.check._naming import Naming, name
from taut.check._report import Finding, GradientReport, Kink
from taut.check._single import arithmetic, single_findings
from taut.check._smooth import perturbed
from taut.check._subject import Subject
from taut.check._verdict import NEARBY, Judgement, judge


def check_gradient(
    fn: Callable[[Any], Any],
    point: Any,
    *,
    convex: bool | None = None,
    pieces: Callable[[Any], Any] | None = None,
    directions: int = 20,
    random_state: int = 0,
) -> GradientReport:
    r"""Check a gradient against the values of its function, without ever accusing the innocent.

    .. math:: \frac{f(x) - f(x - hv)}{h} \le \langle g, v \rangle \le \frac{f(x + hv) - f(x)}{h}
       \quad \text{for every } h > 0

    where f is convex and g one of its (sub)gradients: no step to choose and no tolerance but rounding, which is
    measured. Where f is not convex, differences at several steps tell kinks from curvature and rounding.

    Parameters
    ----------
    fn : callable, Risk or KnownProblem
        ``fn(point) -> (value, gradient)``.
    point : ndarray or dict of ndarrays
        Where to check; the gradient comes in the same form.
    convex : bool, optional
        Whether f is convex. By default the sandwich counts where no midpoint refutes it, and what a function only
        does at the point itself, on a kink, is not held against it.
    pieces : callable, optional
        ``pieces(point) -> (m,)`` numbers whose signs name the smooth piece that the point lies on.
    directions : int
        Random directions of signs for each array, besides coordinates one by one.
    random_state : int
        The same seed gives the same report.

    Returns
    -------
    GradientReport
        ``verdict`` is "ok", "ok_at_kink" (right, on a kink), "unresolved" (rounding hides too much; ``width`` says
        how much) or "bug", with what is wrong, where, and the cure where the formula is known.

    Raises
    ------
    TypeError, ValueError
        A point that holds no real numbers. What ``fn`` does wrong is a finding, not an exception.

    Examples
    --------
    >>> import numpy as np, taut
    >>> w = np.array([3.0, -1.0])
    >>> taut.check_gradient(lambda w: (float(w @ w), 2 * w), w).verdict
    'ok'
    >>> taut.check_gradient(lambda w: (float(w @ w), 1.0 * w), w).findings[0].kind
    'half'

    References
    ----------
    R. T. Rockafellar, "Convex Analysis", 1970, section 23 (one-sided derivatives bound every subgradient); J. Moré,
    S. Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33(3), 2011 (the rounding of a black box).
    """
    started = perf_counter()
    layout = Layout.of(point)
    subject = Subject.of(fn, layout, convex, pieces)
    x = layout.pack(point)
    own = Function(subject.call, layout, double=False)
    seen = hygiene(own, x)
    case = Case(subject, layout, x, own, seen, directions, random_state)
    report = case.stopped() if seen.fatal else case.checked()
    return replace(report, seconds=perf_counter() - started)


@dataclass(frozen=True)
class Case:
    """One call of `check_gradient`, on its way to the report."""

    subject: Subject
    layout: Layout
    x: FloatArray
    own: Function
    seen: Hygiene
    directions: int
    random_state: int

    def stopped(self) -> GradientReport:
        """The report where differences would mean nothing."""
        findings = (*self._value_findings(), *self.seen.findings)
        return self._report("bug", findings=findings, width=float("inf"), method="only the calls themselves")

    def checked(self) -> GradientReport:
        """The report of a whole check."""
        rng = np.random.default_rng(self.random_state)
        numbers = arithmetic(self.subject, self.layout, self.own, self.seen, self.x)
        scales = natural_scales(self.layout, self.x)
        search = Search(
            numbers.function, self.layout, self.directions, rng, numbers.roundoff, scales, self.subject.bound
        )
        base = search.base(self.x)
        if base is None:
            return self.stopped()
        judged = judge(search, base, self.subject.convex)
        single = single_findings(numbers, judged.first, self.own, self.x)
        located = locate(judged.shown) if judged.verdict == "bug" else []
        naming = self._named(judged, located, search) if judged.verdict == "bug" else Naming(())
        values = self._value_findings()
        named = self._known(judged, search) or naming.findings
        findings = (*values, *self.seen.findings, *named, *single)
        verdict = "bug" if findings else judged.verdict
        account = accounts(self.subject.pieces, judged.first, verdict)
        if verdict == "ok" and account.at_point:
            verdict = "ok_at_kink"
        if verdict == "bug" and not findings:
            findings = (_unknown(judged.shown),)
        calls = self.own.evaluations + (0 if numbers.function is self.own else numbers.function.evaluations)
        return self._report(
            verdict,
            findings=findings,
            census=census(located, self.layout.size, naming.ratio),
            outside=tuple(told(line) for each in located for line in each.outside),
            kinks=account.kinks,
            width=judged.first.width,
            checked=sum(line.single for line in judged.first.lines),
            evaluations=calls,
            method=_method(judged.first),
            notes=(*numbers.notes, *judged.notes, *account.notes),
        )

    def _named(self, judged: Judgement, located: list[Located], search: Search) -> Naming:
        return name(judged.shown, located)

    def _value_findings(self) -> list[Finding]:
        problem = self.subject.problem
        if problem is None:
            return []
        return known_value_findings(problem, self._weights(self.x), self.seen.value)

    def _known(self, judged: Judgement, search: Search) -> list[Finding]:
        """The known wrong formulas that give exactly this gradient, here and at a point nearby."""
        problem = self.subject.problem
        if problem is None or judged.verdict != "bug":
            return []
        found = []
        for x in (self.x, perturbed(judged.first.base, search.rng, NEARBY)):
            _, gradient = self.own.both(x)
            tolerance = 16.0 * self.seen.roundoff * float(np.max(np.abs(gradient), initial=0.0))
            found.append(matching_formulas(problem, self._weights(x), self._weights(gradient), tolerance))
        kinds = {finding.kind for finding in found[1]}
        return [finding for finding in found[0] if finding.kind in kinds] or found[0] or found[1]

    def _weights(self, flat: FloatArray) -> Any:
        block = self.layout.blocks[0]
        return flat[block.part].reshape(block.shape)

    def _report(
        self,
        verdict: str,
        *,
        findings: tuple[Finding, ...] = (),
        census: str = "",
        outside: tuple[Any, ...] = (),
        kinks: tuple[Kink, ...] = (),
        width: float,
        checked: int = 0,
        evaluations: int | None = None,
        method: str,
        notes: tuple[str, ...] = (),
    ) -> GradientReport:
        return GradientReport(
            verdict,
            census,
            tuple(findings),
            outside,
            kinks,
            width,
            self.seen.value,
            checked,
            self.layout.size,
            self.own.evaluations if evaluations is None else evaluations,
            0.0,
            self.random_state,
            method,
            notes,
        )


def _unknown(shown: Look) -> Finding:
    line = max(shown.suspects, key=lambda each: abs(each.given - 0.5 * (each.low + each.high)) / (each.size or 1.0))
    evidence = f"no known wrong formula fits; {len(shown.suspects)} of {len(shown.lines)} lines are outside, at worst a"
    return Finding(
        "unknown", f"{evidence} slope of {line.given:.7g} where [{line.low:.7g}, {line.high:.7g}] is allowed"
    )


def _method(seen: Look) -> str:
    noise = f"rounding {seen.base.noise.kind}"
    if seen.convex:
        return f"sandwich of one-sided secants, {noise}"
    if seen.complex_step is not None:
        return f"complex steps beside differences at several steps, {noise}"
    return f"differences at several steps, {noise}"
