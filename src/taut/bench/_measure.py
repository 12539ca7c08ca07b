"""Rows of the table: every problem with every loss."""

import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from taut.bench._contenders import Difference, checked_difference, timed_contenders
from taut.bench._machine import Limits
from taut.bench._memory import extra_mib
from taut.bench._problem import Problem
from taut.bench._turns import seconds_in_turns
from taut.matrix import available_threads

Say = Callable[[str], None]
Memory = Callable[[str, str], float | None]
"""``memory(loss, contender) -> MiB``."""


@dataclass(frozen=True)
class Row:
    """One problem with one loss.

    Parameters
    ----------
    shape : str
        Name of the problem.
    n, d, k : int
        Rows, columns, classes.
    loss, dtype : str
    times : mapping of str to list of float
        Seconds of every contender in every round, taut's first.
    floor : float
        Seconds that the roofline asks for.
    difference : Difference
        The largest relative differences of a contender's loss and gradient from taut's.
    memory : mapping of str to float or None, or None
        Peak extra MiB of some contenders; None where it was not measured.
    """

    shape: str
    n: int
    d: int
    k: int
    loss: str
    dtype: str
    times: Mapping[str, list[float]]
    floor: float
    difference: Difference
    memory: Mapping[str, float | None] | None

    @property
    def seconds(self) -> dict[str, float]:
        """The median of every contender."""
        return {name: statistics.median(times) for name, times in self.times.items()}

    @property
    def ratios(self) -> dict[str, float]:
        """The others' medians as multiples of taut's."""
        seconds = self.seconds
        return {name: each / seconds["taut"] for name, each in seconds.items() if name != "taut"}

    @property
    def of_roofline(self) -> float:
        """The share of the roofline's speed that taut reaches."""
        return self.floor / self.seconds["taut"]

    @property
    def memory_ratio(self) -> float | None:
        """The other's extra memory as a multiple of taut's; None where either is not known, or taut needs none."""
        ours, *others = (self.memory or {"taut": None}).values()
        return others[0] / ours if ours and others and others[0] is not None else None

    def to_dict(self) -> dict[str, Any]:
        """All facts, as JSON takes them."""
        names = ("shape", "n", "d", "k", "loss", "dtype")
        return {name: getattr(self, name) for name in names} | {
            "seconds": self.seconds,
            "ratios": self.ratios,
            "of_roofline": self.of_roofline,
            "difference": self.difference._asdict(),
            "memory_mib": None if self.memory is None else dict(self.memory),
            "memory_ratio": self.memory_ratio,
            "times": {name: list(times) for name, times in self.times.items()},
        }


def measure(
    makers: Sequence[Callable[[], Problem]],
    losses: Sequence[str],
    limits: Mapping[str, Limits],
    *,
    repeats: int = 5,
    memory: bool = False,
    say: Say = lambda words: None,
) -> Iterator[Row]:
    """Yield a row for every problem and loss, in their order, as they come.

    Parameters
    ----------
    makers : sequence of callables
        Each makes a problem when its turn comes, so that one at a time is in memory.
    losses : sequence of str
    limits : mapping of str to Limits
        By the type that is computed with.
    repeats : int
        Rounds.
    memory : bool
        Also measure peak extra memory, each in a process of its own. The problem lies in the folder of temporary
        files (TMPDIR) meanwhile.
    say : callable
        Is told what is being done.

    Yields
    ------
    Row

    Raises
    ------
    BenchError
        Contenders disagree, or memory could not be measured.
    """
    with threadpool_limits(available_threads()):
        for at, make in enumerate(makers):
            say(f"making problem {at + 1} of {len(makers)}")
            # Handed over at once: a name here would keep the problem while the next one is made.
            yield from _rows(make(), losses, limits, repeats, memory, say)


def _rows(
    problem: Problem, losses: Sequence[str], limits: Mapping[str, Limits], repeats: int, memory: bool, say: Say
) -> Iterator[Row]:
    limit = limits[str(problem.W.dtype)]
    if not memory:
        for loss in losses:
            say(f"{problem.name}, {problem.dtype}, {loss}")
            yield _row(problem, loss, limit, repeats, None)
        return
    with tempfile.TemporaryDirectory(prefix="taut-bench-") as folder:
        problem.write(Path(folder))
        for loss in losses:
            say(f"{problem.name}, {problem.dtype}, {loss}")
            yield _row(problem, loss, limit, repeats, partial(extra_mib, Path(folder)))


def _row(problem: Problem, loss: str, limit: Limits, repeats: int, memory: Memory | None) -> Row:
    contenders = timed_contenders(loss, problem)
    # The call that warms a contender up is the one that is checked.
    found = {name: evaluate() for name, evaluate in contenders.items()}
    ours = found.pop("taut")
    apart = [checked_difference(loss, problem, name, ours, other) for name, other in found.items()]
    difference = Difference(max(each.loss for each in apart), max(each.gradient for each in apart))
    del found, ours
    times = seconds_in_turns(contenders, repeats, in_a_row=True)
    del contenders  # their copies of X, before other processes ask for memory
    measured = ("taut", "float32" if problem.is_bytes else "numpy")
    used = None if memory is None else {name: memory(loss, name) for name in measured}
    shape = (problem.name, problem.n, problem.d, problem.k)
    return Row(*shape, loss, problem.dtype, times, limit.floor(problem), difference, used)
