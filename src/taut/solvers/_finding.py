"""One cause of how a fit went, and the words that its sentence is made of."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

NAMED = 4


class Numbered(Sequence[str]):
    """Names of columns that have none, made when one is asked for: of tens of thousands a sentence names a few."""

    def __init__(self, count: int) -> None:
        self._numbers = range(count)

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, at: Any) -> Any:
        return f"column {self._numbers[at]}"


@dataclass(frozen=True)
class Finding:
    """One cause.

    Attributes
    ----------
    kind : {"diverged", "slow", "fading", "far_start", "rounding", "not_unique", "separable", "scales"}
    sentence : str
        What happened, why, in numbers, and the mend.
    numbers : dict of str to float
    """

    kind: str
    sentence: str
    numbers: dict[str, float] = field(default_factory=dict)


def about(steps: float) -> str:
    """A forecast in two digits."""
    if not math.isfinite(steps):
        return "endlessly many"
    rounded = float(f"{steps:.2g}") if steps >= 10 else math.ceil(steps)
    return f"about {rounded:,.0f}"


def listed(names: Sequence[str]) -> str:
    """A few names, and how many more there are."""
    shown = list(names[:NAMED])
    if len(names) > len(shown):
        return f"{', '.join(shown)} and {len(names) - len(shown)} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def counted(number: int, word: str) -> str:
    """A number with its word, one or many."""
    return f"{number:,} {word}" + ("" if number == 1 else "s")


def rounded_up(gap: float) -> float:
    """The next 1, 2 or 5 of a power of ten."""
    power = 10.0 ** math.floor(math.log10(gap))
    return next(power * m for m in (1, 2, 5, 10) if power * m >= gap)
