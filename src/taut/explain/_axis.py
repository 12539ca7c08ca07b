"""One direction of a matrix: examples, features, classes or hidden units, and which of them are shown."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from taut._typing import AnyArray


@dataclass(frozen=True)
class Axis:
    """What a matrix's rows or columns are.

    Attributes
    ----------
    noun : str
        "example", "feature", "class" or "hidden unit".
    size : int
        All of them.
    page, text : tuple of int
        Positions that a page and a terminal show, in order.
    labels : dict of int to str
        Names of the shown ones.
    choice : str
        How the shown ones were chosen, where not all are.
    """

    noun: str
    size: int
    page: tuple[int, ...]
    text: tuple[int, ...]
    labels: dict[int, str]
    choice: str

    @classmethod
    def of(
        cls, noun: str, names: Sequence[str] | None, ranking: AnyArray, most: tuple[int, int], choice: str
    ) -> "Axis":
        """Show the first of a ranking, in the order that they have; ``most`` on a page and in a terminal."""
        size = len(ranking)
        page = tuple(sorted(int(i) for i in ranking[: most[0]]))
        text = tuple(sorted(int(i) for i in ranking[: most[1]]))
        labels = {i: str(i) if names is None else str(names[i]) for i in page}
        return cls(noun, size, page, text, labels, choice)


def by_size(amounts: AnyArray) -> AnyArray:
    """Positions from the largest amount to the smallest; ties keep their order."""
    ranking: AnyArray = np.argsort(-np.abs(amounts), kind="stable")
    return ranking
