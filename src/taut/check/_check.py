"""The check of a gradient, from hygiene to report."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from numbers import Integral
from time import perf_counter
from typing import Any

import numpy as np

from taut._typing import FloatArray
from taut.check._accounts import accounts
from taut.check._census import census, told
from taut.check._function import Function, Layout
from taut.check._hygiene import Hygiene, hygiene
from taut.check._known import known_value_findings, matching_formulas
from taut.check._locate import locate
from taut.check._look import Look, Search, natural_scales
from taut.check._naming import name
from taut.check._report import Finding, GradientReport, Outside
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

    For a convex function and any step h > 0, a gradient g must satisfy along every direction v

    .. math:: \frac{f(x) - f(x - hv)}{h} \le g \cdot v \le \frac{f(x + hv) - f(x)}{h}

    up to rounding, which is measured (and bounded for taut's own risks): a violation is a proof, at kinks too, and no
    step has to be right. Functions that are not convex are judged by differences at several steps, by complex steps
    where their code takes complex numbers, and by points nearby, before anything is called a bug.

    Parameters
    ----------
    fn : callable, KnownProblem or Risk
        ``fn(point) -> (value, gradient)``; it must return the same for the same point. A `taut.check.KnownProblem`
        (the course's signature with its data) has its value checked too, and its wrong formula named.
    point : ndarray or mapping of names to ndarrays
        Where to check; never changed. The gradient has its shape, or its names and their shapes.
    convex : bool, optional
        True: the function is convex in the point, so that secants are proofs; a line that refutes it withdraws the
        claim. None: found out along the lines that are used, and an accusation must hold at points nearby. False: not.
    pieces : callable, optional
        ``pieces(point) -> (m,)``: numbers whose signs name the smooth piece that the point lies on, such as margins.
        The report then says which pieces a plain difference crosses and what each explains.
    directions : int
        Random directions of ±1 through every array; beside them single coordinates: all of a small point.
    random_state : int
        Seed of directions and samples: the same seed gives the same report.

    Returns
    -------
    GradientReport
        ``verdict`` is "ok", "ok_at_kink" (nothing speaks against the gradient, and the point lies on a kink),
        "unresolved" (an error as large as the gradient could hide; ``width`` says what could be seen) or "bug".

    Raises
    ------
    TypeError
        A point that does not hold real numbers.
    ValueError
        A point that is empty or not finite, fewer than one direction, a negative seed. What ``fn`` does wrong is a
        finding, not an exception.

    Examples
    --------
    >>> import numpy as np, taut
    >>> w = np.array([3.0, -1.0])
    >>> taut.check_gradient(lambda w: (float(w @ w), 2 * w), w).verdict
    'ok'
    >>> report = taut.check_gradient(lambda w: (float(w @ w), w), w)
    >>> report.verdict, report.census
    ('bug', '2 of 2 coordinates outside; ratio exactly 0.5.')

    A hinge exactly at its kink, where a central difference reads ½ and the gradient 0:

    >>> def hinge(w):
    ...     margin = w[0] - w[1]
    ...     return max(0.0, margin), (margin > 0) * np.array([1.0, -1.0])
    >>> taut.check_gradient(hinge, np.array([1.0, 1.0]), convex=True).verdict
    'ok_at_kink'

    References
    ----------
    R. T. Rockafellar, "Convex Analysis", 1970, theorem 23.1 (one-sided secants); J. Moré, S. Wild, "Estimating
    computational noise", SIAM J. Sci. Comput. 33(3), 2011.
    """
    if not isinstance(directions, Integral) or directions < 1:
        raise ValueError(f"directions must be a whole number >= 1, got {directions!r}")
    if not isinstance(random_state, Integral) or random_state < 0:
        raise ValueError(f"random_state must be a whole number >= 0, got {random_state!r}")
    started = perf_counter()
    layout = Layout.of(point)
    subject = Subject.of(fn, layout, convex, pieces)
    x = layout.pack(point)
    own = Function(subject.call, layout, double=False)
    seen = hygiene(own, x)
    case = Case(subject, layout, x, own, seen, int(directions), int(random_state))
    report = case.stopped() if seen.fatal else case.checked()
    return replace(report, seconds=perf_counter() - started)


ROUNDINGS = 64.0
"""How many roundings of its largest entry a gradient may be from a formula that it is said to be."""


@dataclass(frozen=True)
class Accused:
    """What is wrong, as the report tells it."""

    findings: tuple[Finding, ...] = ()
    census: str = ""
    outside: tuple[Outside, ...] = ()
    notes: tuple[str, ...] = ()


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
        unread = {each.kind for each in self.seen.findings} & {"not a pair", "not a number", "complex"}
        values = [] if unread else self._value_findings()
        findings = (*values, *self.seen.findings)
        return GradientReport(
            verdict="bug" if findings else "unresolved",
            census="",
            findings=findings,
            outside=(),
            kinks=(),
            width=float("inf"),
            value=self.seen.value,
            checked=0,
            size=self.layout.size,
            evaluations=self.own.evaluations,
            seconds=0.0,
            random_state=self.random_state,
            method="only the calls themselves",
        )

    def checked(self) -> GradientReport:
        """The report of a whole check."""
        numbers = arithmetic(self.subject, self.layout, self.own, self.seen, self.x)
        rng, scales = np.random.default_rng(self.random_state), natural_scales(self.layout, self.x)
        bound = self.subject.bound
        search = Search(numbers.function, self.layout, self.directions, rng, numbers.roundoff, scales, bound)
        base = search.base(self.x)
        if base is None:
            return self.stopped()
        judged = judge(search, base, self.subject.convex)
        accused = self._accused(judged, search)
        single = single_findings(numbers, judged.first, self.own, self.x)
        findings = (*self.seen.findings, *accused.findings, *single)
        verdict = "bug" if findings else judged.verdict
        account = accounts(self.subject.pieces, judged.first, verdict)
        calls = self.own.evaluations + (0 if numbers.function is self.own else numbers.function.evaluations)
        return GradientReport(
            verdict="ok_at_kink" if verdict == "ok" and account.at_point else verdict,
            census=accused.census,
            findings=findings,
            outside=accused.outside,
            kinks=account.kinks,
            width=judged.first.width,
            value=self.seen.value,
            checked=sum(line.single for line in judged.first.lines),
            size=self.layout.size,
            evaluations=calls,
            seconds=0.0,
            random_state=self.random_state,
            method=_method(judged.first),
            notes=(*numbers.notes, *judged.notes, *accused.notes, *account.notes),
        )

    def _accused(self, judged: Judgement, search: Search) -> Accused:
        """What is wrong, where, and by what name; a value that is known to be wrong is to blame first."""
        values = tuple(self._value_findings())
        if judged.verdict != "bug":
            return Accused(values)
        known = tuple(self._known(judged, search))
        if values and not known:
            return Accused(values, notes=("the value itself is wrong: its differences say nothing on the gradient",))
        located = locate(judged.shown)
        naming = name(judged.shown, located)
        named = known or naming.findings or (_unknown(judged.shown),)
        outside = tuple(told(line) for each in located for line in each.outside)
        return Accused((*values, *named), census(located, self.layout.size, naming.ratio), outside)

    def _value_findings(self) -> list[Finding]:
        problem = self.subject.problem
        if problem is None:
            return []
        return known_value_findings(problem, self._own(self.x), self.seen.value)

    def _known(self, judged: Judgement, search: Search) -> list[Finding]:
        """The known wrong formulas that give exactly this gradient, here and at a point nearby."""
        problem = self.subject.problem
        if problem is None:
            return []
        found = []
        for x in (self.x, self.own.realise(perturbed(judged.first.base, search.rng, NEARBY))):
            _, gradient = self.own.both(x)
            tolerance = ROUNDINGS * self.seen.roundoff * float(np.max(np.abs(gradient), initial=0.0))
            found.append(matching_formulas(problem, self._own(x), self._own(gradient), tolerance))
        kinds = {finding.kind for finding in found[1]}
        return [finding for finding in found[0] if finding.kind in kinds] or found[0] or found[1]

    def _own(self, flat: FloatArray) -> Any:
        """A flat vector in the user's shape and type."""
        return self.layout.unpack(flat, self.own.dtypes)


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
