"""A solver that is watched: every theta that it passes is kept, for the history and the diagnosis."""

from dataclasses import dataclass, field

from taut._typing import FloatArray
from taut.objective import LinearObjective
from taut.solvers._base import Iterate, Iterates, Solver

MOST_NUMBERS = 1_000_000
"""Numbers kept at most (8 MB); beyond, every second step of the past is let go, and of what follows."""


@dataclass
class Memory:
    """What was seen on the way.

    Attributes
    ----------
    steps : list of int
        The number of each iterate that is kept.
    thetas, values, lengths : list
        Theta, the objective there, and the step that follows.
    last : list of Iterate
        The last two, however many are kept of the rest.
    stride : int
        Every so many steps are kept.
    """

    steps: list[int] = field(default_factory=list)
    thetas: list[FloatArray] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    lengths: list[float] = field(default_factory=list)
    last: list[Iterate] = field(default_factory=list)
    stride: int = 1

    def take(self, number: int, iterate: Iterate) -> None:
        """Keep an iterate, where its turn is."""
        self.last = [*self.last[-1:], iterate]
        if number % self.stride:
            return
        self.steps.append(number)
        self.thetas.append(iterate.theta)
        self.values.append(iterate.value)
        self.lengths.append(iterate.step)
        if len(self.thetas) * iterate.theta.size > MOST_NUMBERS and len(self.thetas) > 2:
            self.stride *= 2
            self.steps, self.thetas = self.steps[::2], self.thetas[::2]
            self.values, self.lengths = self.values[::2], self.lengths[::2]


@dataclass(frozen=True)
class Remembering(Solver):
    """Another solver's iterates, passed on as they are."""

    solver: Solver
    memory: Memory

    def iterates(self, risk: LinearObjective, theta: FloatArray) -> Iterates:
        """What the other one yields."""
        inner = self.solver.iterates(risk, theta)
        iterate, number = next(inner), 0
        while True:
            self.memory.take(number, iterate)
            answer = yield iterate
            try:
                iterate = inner.send(answer)
            except StopIteration:
                return
            number += 1
