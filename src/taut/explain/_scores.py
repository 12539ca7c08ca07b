"""Scores, and what the steps of every loss share."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from taut._typing import FloatArray, IntArray
from taut.explain._axis import Axis
from taut.explain._step import Step, checked
from taut.losses import Loss


class Scores(NamedTuple):
    """Scores S (n, k), class codes y (n,), the loss, and what rows and columns are."""

    S: FloatArray
    y: IntArray
    loss: Loss
    rows: Axis
    columns: Axis

    @property
    def both(self) -> tuple[Axis, Axis]:
        """Axes of a matrix as large as the scores."""
        return self.rows, self.columns

    @property
    def everyone(self) -> IntArray:
        """Numbers of the rows."""
        return np.arange(len(self.y))


def row_losses(
    at: Scores,
    L: FloatArray,
    entry: Callable[[int], float],
    *,
    formula: str,
    loop: str,
    why: str,
    size: float | None = None,
) -> Step:
    """L, the loss of every row."""
    return checked(
        "L",
        "Loss of every row",
        L,
        (at.rows,),
        entry,
        formula=formula,
        loop=loop,
        why=why,
        terms=at.S.shape[1],
        size=size,
    )
