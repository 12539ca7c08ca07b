"""Why gradient descent diverged, is slow, or cannot arrive."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from taut.objective import LeastSquaresRisk
from taut.solvers._finding import NAMED, Finding, about, counted, listed
from taut.solvers._quadratic_descent import Rule, largest_curvature
from taut.solvers._remembering import Memory
from taut.solvers._run import Solution, Status, Stop
from taut.solvers._scaling import Scaling
from taut.solvers._spectrum import FLAT, Spectrum, growth, longest_rate

UNCHANGING = 1e-10
"""What a step takes off the cost where a rule that watches the cost alone would call it settled."""

FAR = 100.0
"""A start whose cost is this many times that of a constant forecast lies far away."""

MILD = 10.0
"""Up to this condition number the number of steps is to blame, and no column."""

SHORT = 0.1
"""A step below this share of 1/L is itself a reason for slowness."""

ALIKE = 100.0
"""Beyond this condition number of columns made comparable, some of them nearly repeat each other."""


@dataclass(frozen=True)
class DescentDiagnosis:
    """A descent that ended without a proof, in the variables of its scaling."""

    risk: LeastSquaresRisk
    stop: Stop
    solution: Solution
    names: Sequence[str]
    memory: Memory
    scaling: Scaling
    rule: Rule

    def findings(self) -> Iterator[Finding]:
        """Every cause that holds, the weightiest first."""
        status, rate = self.solution.status, self._used
        steady = self.rule.decay == 1.0 and not self.rule.accelerated  # else smaller steps or restarts may hold it
        if rate > longest_rate(self.rule, self.largest) and (steady or status is Status.DIVERGED):
            yield self._diverged(rate)
        elif status is Status.MAX_ITER:
            yield from list(self._fading()) or self._slow()
        elif status is Status.STALLED:
            yield from self._fading()
        yield from self._far_start()

    @cached_property
    def spectrum(self) -> Spectrum | None:
        """None with too many columns."""
        return Spectrum.of(self.risk, self.scaling)

    @cached_property
    def rescaled(self) -> Spectrum | None:
        """The spectrum under scaling="precondition"."""
        return Spectrum.of(self.risk, Scaling.of_columns(self.risk))

    @cached_property
    def largest(self) -> float:
        """L."""
        return self.spectrum.largest if self.spectrum else largest_curvature(self.risk, self.scaling)

    @property
    def _used(self) -> float:
        """The last step that was taken, −inf where each was searched."""
        if self.rule.rate is None:
            return -math.inf
        return self.rule.rate if self.rule.decay == 1.0 else self.memory.last[0].step

    @cached_property
    def goal(self) -> float:
        """P − min P at which tol holds."""
        return self.stop.tol * max(self.solution.certificate.dual, 1e-9 * self.risk.start)

    def _diverged(self, rate: float) -> Finding:
        limit, factor, seen = longest_rate(self.rule, self.largest), growth(self.rule, rate, self.largest), self._seen()
        bound = "2/L" if self.rule.momentum == 0.0 else f"2(1 + {self.rule.momentum:g})/L"
        step, by, mend = f"{rate:g}", "by", f"set learning_rate below {limit:.3g} or leave it out"
        if self.rule.accelerated:
            bound, by = "4/(3L), the most that acceleration bears,", "by up to"
        if self.rule.decay > 1.0:
            step, mend = f"{rate:.4g}, grown by decay = {self.rule.decay:g},", "set decay to 1 or below"
        if self.spectrum and self.rescaled and self.rescaled.condition < 0.5 * self.spectrum.condition:
            mend += (
                f"; scaling='precondition' lowers the condition number from {self.spectrum.condition:.6g} "
                f"to {self.rescaled.condition:.6g}"
            )
        return Finding(
            "diverged",
            f"Diverged: the step {step} is above {bound} = {limit:.8g} (L = {self.largest:.7g} is the largest "
            f"curvature of the cost), so each step multiplies the error {by} {factor:.6f} (seen: {seen:.6f}); {mend}.",
            {"step": rate, "L": self.largest, "limit": limit, "predicted_growth": factor, "seen_growth": seen},
        )

    def _seen(self) -> float:
        """What the last step multiplied the gradient by, in φ."""
        pulled = [self.scaling.pull(at.gradient) for at in self.memory.last if at.gradient is not None]
        if len(pulled) < 2 or not (np.isfinite(pulled[0]).all() and pulled[0].any()):
            return math.nan
        unit = pulled[0] / np.linalg.norm(pulled[0])  # squares of what diverged could overflow
        return float(pulled[1] @ unit) / float(pulled[0] @ unit)

    def _fading(self) -> Iterator[Finding]:
        """A decaying step has only so much way before it."""
        rate, decay, last = self.rule.rate, self.rule.decay, self.memory.last[-1].gradient
        if rate is None or decay >= 1.0 or self.spectrum is None or last is None or self.goal <= 0.0:
            return
        ahead = rate * decay**self.solution.passes / (1.0 - decay)
        needed = math.log(max(self.risk.excess(last) / self.goal, 1.0)) / (2 * self.spectrum.smallest)
        if ahead < needed:
            yield Finding(
                "fading",
                f"Fading steps: with decay = {decay:g} all steps to come add up to {ahead:.3g}, and the flattest "
                f"direction (curvature {self.spectrum.smallest:.3g}, condition number {self.spectrum.condition:.6g}) "
                f"needs {needed:.3g}, so no further iteration reaches tol; set decay nearer to 1 or leave it out.",
                {"ahead": ahead, "needed": needed, "decay": decay},
            )

    def _slow(self) -> Iterator[Finding]:
        spectrum, rate, more, settled = self.spectrum, self.rule.rate, self._observed(), math.nan
        if spectrum is None:
            mend = "" if self.rule.accelerated else "; momentum='accelerated' needs less"
            needs = f"needs {about(more)} more iterations at the rate of the last steps"
            if math.isnan(more):
                needs = "was not reached"
            yield Finding(
                "slow",
                f"Slow: tol = {self.stop.tol:g} {needs} (the largest "
                f"curvature of the cost is L = {self.largest:.7g}){mend}.",
                {"more": more, "L": self.largest},
            )
            return
        last = self.memory.last[-1].gradient
        if rate is not None and self._plain and last is not None:
            slope = self.scaling.pull(last).reshape(-1, self.risk.model.k)
            more = spectrum.steps_until(slope, rate, self.goal)
            if more == 0.0:
                yield self._too_flat(spectrum)
                return
            settled = spectrum.steps_until(slope, rate, UNCHANGING, change=True)
        forecast = f"tol = {self.stop.tol:g} needs {about(more)} more iterations"
        if math.isnan(more):
            forecast = f"how many more iterations tol = {self.stop.tol:g} needs cannot be told from these"
        if settled > 0 and math.isfinite(settled):
            forecast += f" ({about(settled)} more until a step changes the cost by less than {UNCHANGING:g})"
        numbers = {"condition": spectrum.condition, "L": spectrum.largest, "smallest": spectrum.smallest, "more": more}
        numbers |= {"more_until_unchanging": settled, "step": math.nan if rate is None else rate}
        numbers |= {"better_condition": self.rescaled.condition if self.rescaled else math.nan}
        yield Finding(
            "slow",
            f"Slow: the condition number is {spectrum.condition:.6g}{self._share(spectrum)}, and {forecast}; "
            f"{self._remedy(spectrum)}.",
            numbers,
        )

    def _too_flat(self, spectrum: Spectrum) -> Finding:
        """What is left to gain lies where the squares of the data show no curvature at all."""
        return Finding(
            "slow",
            f"Slow: what is left to gain lies along directions whose curvature is below {FLAT:g} L "
            f"(L = {spectrum.largest:.7g} is the largest curvature of the cost), where some columns all but depend on "
            "each other, and no number of iterations gets there; solver='exact' takes none, and l2 > 0 gives those "
            "directions a curvature.",
            {"L": spectrum.largest, "more": math.inf},
        )

    def _remedy(self, spectrum: Spectrum) -> str:
        timid = self._timid(spectrum)
        if spectrum.condition <= MILD:
            return timid or "allow more with max_iter"
        return "; ".join(filter(None, (timid, self._cause(spectrum), self._mend(spectrum))))

    def _timid(self, spectrum: Spectrum) -> str:
        """That a given step is far below 1/L."""
        rate, share = self.rule.rate, 0.0 if self.rule.rate is None else self.rule.rate * spectrum.largest
        if rate is None or self.rule.decay != 1.0 or not 0.0 < share < SHORT:
            return ""
        return f"the step is {share:.2g} of 1/L = {1.0 / spectrum.largest:.4g}, so raise learning_rate"

    @property
    def _plain(self) -> bool:
        return self.rule.decay == 1.0 and not self.rule.momentum and not self.rule.accelerated

    def _share(self, spectrum: Spectrum) -> str:
        """What a step takes off along the flattest direction, where that is known."""
        if self.rule.rate is None or self.rule.accelerated:
            return f", the flattest direction {self._direction(spectrum)}"
        share = 1.0 - abs(growth(self.rule, self.rule.rate, spectrum.smallest))
        return (
            f", so a step of {self.rule.rate:.4g} takes only {100 * share:.3g} % off the error along the flattest "
            f"direction ({self._direction(spectrum)})"
        )

    def _observed(self) -> float:
        """Steps to tol at the rate of the second half; NaN where too little is known of it."""
        optimum, memory = self.solution.certificate.dual, self.memory
        half = len(memory.values) // 2
        if half < 2 or optimum <= 0.0:
            return math.nan
        if self.goal <= 0.0:
            return math.inf
        early, late = memory.values[half] - optimum, memory.values[-1] - optimum
        if not 0.0 < late < early:
            return math.inf
        rate = math.log(early / late) / (memory.steps[-1] - memory.steps[half])
        return max(math.log(late / self.goal) / rate, 0.0)

    def _direction(self, spectrum: Spectrum) -> str:
        """The flattest direction in the variables themselves, its largest parts."""
        k, d = self.risk.model.k, self.risk.model.d
        lifted = np.repeat(spectrum.slowest[:, None], k, axis=1)
        whole = self.scaling.push(lifted.ravel()).reshape(-1, k)[:, 0]
        whole = whole / np.abs(whole).max()
        order = [int(j) for j in np.argsort(-np.abs(whole), kind="stable")[:NAMED] if abs(whole[j]) > 1e-3]
        return ", ".join(f"{self.names[j] if j < d else 'intercept'} {whole[j]:+.3g}" for j in order)

    def _cause(self, spectrum: Spectrum) -> str:
        """Which columns make the condition number."""
        d, better = self.risk.model.d, self.rescaled
        if better is not None and better.condition > max(ALIKE, 0.1 * spectrum.condition):
            parts = np.abs(better.slowest[:d])
            close = np.flatnonzero(parts > 0.3 * parts.max(initial=0.0))
            return f"{listed([self.names[int(j)] for j in close])} nearly repeat each other"
        squares = self.risk.moments[1] + self.risk.l2
        sizes, names = squares / self.scaling.scale[:d] ** 2, list(self.names)
        if self.risk.model.intercept:
            sizes, names = np.append(sizes, 1.0), [*names, "the column of ones"]
        large, small = int(np.argmax(sizes)), int(np.argmin(sizes))
        if sizes[large] < ALIKE * sizes[small]:
            return self._off_centre()
        return (
            f"the cause is the sizes of the columns: the mean square of {names[large]} is {sizes[large]:.4g}, "
            f"that of {names[small]} {sizes[small]:.4g}"
        )

    def _off_centre(self) -> str:
        """The column that lies furthest from 0 beside its spread, where steps are taken in columns as they are."""
        if not self.risk.model.intercept or self.scaling.centring.mean.any():
            return ""
        first, second = self.risk.moments
        share = first**2 / np.where(second > 0, second, 1.0)
        far = int(np.argmax(share))
        return f"{self.names[far]} lies far from 0 beside its spread" if share[far] > 0.9 else ""

    def _mend(self, spectrum: Spectrum) -> str:
        if self.rescaled is not None and self.rescaled.condition < 0.5 * spectrum.condition:
            return f"scaling='precondition' lowers the condition number to {self.rescaled.condition:.6g}"
        faster = "" if self.rule.accelerated else "momentum='accelerated' needs about the square root of those steps, "
        return f"{faster}solver='exact' takes none"

    def _far_start(self) -> Iterator[Finding]:
        first = self.memory.values[0]
        if not first > FAR * self.risk.start:
            return
        back = next((n for n, cost in zip(self.memory.steps, self.memory.values, strict=True)
                     if cost <= self.risk.start), None)  # fmt: skip
        way = "it never came back to that" if back is None else f"{counted(back, 'step')} went into coming back to that"
        yield Finding(
            "far_start",
            f"Far start: the cost there is {first:.4g}, {first / self.risk.start:.3g} times that of the best constant "
            f"forecast, and {way}; warm_start=False begins from zero.",
            {"cost": first, "times": first / self.risk.start, "steps_back": math.nan if back is None else float(back)},
        )
