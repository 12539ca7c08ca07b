"""Seconds to a stated gap, of every contender."""

import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from taut.bench._error import BenchError
from taut.bench._fit_contenders import Contender, fit_peers, taut_contender, taut_fit, weights_of
from taut.bench._fit_problem import FitProblem, relative_gap
from taut.bench._measure import Say
from taut.bench._turns import seconds_in_turns
from taut.matrix import available_threads

SHARPER = 10
"""The bound that all are judged by comes from a fit to a gap this much smaller than the smallest asked for."""


@dataclass(frozen=True)
class Arrival:
    """How a contender reached a gap.

    Attributes
    ----------
    setting : float
        The loosest of its settings that did.
    gap : float
        What it reached.
    times : list of float
        Seconds of the fit in every round.
    checking : float
        Seconds that computing the objective at its weights and a bound takes.
    """

    setting: float
    gap: float
    times: list[float]
    checking: float

    @property
    def seconds(self) -> float:
        """The median."""
        return statistics.median(self.times)

    @property
    def seconds_with_gap(self) -> float:
        """With the gap computed inside the clock."""
        return self.seconds + self.checking


@dataclass(frozen=True)
class FitRow:
    """One problem at one gap.

    Attributes
    ----------
    problem : FitProblem
    gap : float
        What was asked for.
    bound : float
        The best lower bound on the optimum that is known.
    arrivals : mapping of str to Arrival or None
        taut's first; None where no setting led there.
    """

    problem: FitProblem
    gap: float
    bound: float
    arrivals: Mapping[str, Arrival | None]

    def ratios(self, *, with_gap: bool) -> dict[str, float]:
        """The others' seconds as multiples of taut's; taut's own fit computes its gap in either."""
        ours = self.arrivals["taut"]
        others = {name: each for name, each in self.arrivals.items() if name != "taut" and each is not None}
        if ours is None:
            return {}
        return {
            name: (each.seconds_with_gap if with_gap else each.seconds) / ours.seconds for name, each in others.items()
        }

    def to_dict(self) -> dict[str, Any]:
        """All facts, as JSON takes them."""
        names = ("name", "n", "d", "k", "loss", "l2", "intercept")
        return {each: getattr(self.problem, each) for each in names} | {
            "gap": self.gap,
            "bound": self.bound,
            "ratios": self.ratios(with_gap=False),
            "ratios_with_gap": self.ratios(with_gap=True),
            "contenders": {name: None if each is None else _facts(each) for name, each in self.arrivals.items()},
        }


def _facts(arrival: Arrival) -> dict[str, Any]:
    seconds = {"seconds": arrival.seconds, "seconds_with_gap": arrival.seconds_with_gap}
    return {"setting": arrival.setting, "gap": arrival.gap, **seconds, "times": arrival.times}


def measure_fit(
    problem: FitProblem,
    gaps: Sequence[float],
    *,
    repeats: int = 3,
    limit: float = 300.0,
    peers: Sequence[str] | None = None,
    programs: Sequence[Path] = (),
    say: Say = lambda words: None,
) -> Iterator[FitRow]:
    """Time every contender to every gap.

    All are judged by one function, `FitProblem.primal` at their weights against the best bound that `FitProblem.dual`
    gives at the dual point of a taut fit to a tenth of the smallest gap. A contender climbs its settings until it
    has reached the smallest gap or a fit has taken longer than the limit; the rungs that count are timed afterwards,
    in turns.

    Parameters
    ----------
    problem : FitProblem
    gaps : sequence of float
    repeats : int
        Rounds.
    limit : float
        Seconds of one fit after which a contender's next setting is not tried.
    peers : sequence of str, optional
        Names of those who take part; all by default.
    programs : sequence of Path
        LIBLINEAR-style training programs.
    say : callable
        Is told what is being done.

    Yields
    ------
    FitRow

    Raises
    ------
    BenchError
        taut's own fit ended without a proof of the smallest gap, or a program failed.
    """
    with threadpool_limits(available_threads()):
        say(f"{problem.name}, {problem.loss}: the bound")
        bound, checking = best_bound(problem, min(gaps) / SHARPER)
        others = [each for each in fit_peers(problem, programs) if peers is None or each.name in peers]
        contenders = [taut_contender(problem, gaps), *others]
        climbs = {each.name: _climb(each, problem, bound, gaps, limit, say) for each in contenders}
        fits = {
            (each.name, tol): partial(each.fit, tol)
            for each in contenders
            for tol in sorted({tol for tol, _ in climbs[each.name].values()}, reverse=True)
        }
        say(f"{problem.name}, {problem.loss}: timing {len(fits)} fits, {repeats} rounds")
        times = seconds_in_turns({f"{name} {tol!r}": fit for (name, tol), fit in fits.items()}, repeats)
    for gap in gaps:
        arrivals: dict[str, Arrival | None] = {}
        for each in contenders:
            reached = climbs[each.name].get(gap)
            arrivals[each.name] = (
                None if reached is None else Arrival(*reached, times[f"{each.name} {reached[0]!r}"], checking)
            )
        yield FitRow(problem, gap, bound, arrivals)


def best_bound(problem: FitProblem, tol: float) -> tuple[float, float]:
    """The lower bound of a certified fit, recomputed from its dual point, and the seconds of computing a gap."""
    model = taut_fit(problem, tol, witness=True)
    if not model.report_.certified:
        raise BenchError(f"{problem.name}, {problem.loss}: no bound to judge by. {model.report_}")
    began = time.perf_counter()
    bound, primal = problem.dual(model.witness_), problem.primal(weights_of(model))
    seconds = time.perf_counter() - began
    if relative_gap(primal, bound) > 2.0 * tol:
        raise BenchError(
            f"{problem.name}, {problem.loss}: the fit claims a gap of {model.gap_:.1e}, and "
            f"{relative_gap(primal, bound):.1e} is found"
        )
    return bound, seconds


def _climb(
    contender: Contender, problem: FitProblem, bound: float, gaps: Sequence[float], limit: float, say: Say
) -> dict[float, tuple[float, float]]:
    """For every gap that was reached, the loosest setting that did and the gap then."""
    found: dict[float, tuple[float, float]] = {}
    for tol in contender.settings:
        say(f"{problem.name}, {problem.loss}: {contender.name}, setting {tol:g}")
        began = time.perf_counter()
        reached = relative_gap(problem.primal(contender.fit(tol)), bound)
        for gap in gaps:
            if reached <= gap and gap not in found:
                found[gap] = (tol, reached)
        if len(found) == len(gaps) or time.perf_counter() - began > limit:
            break
    return found
