"""A loss of the user's own."""

import numpy as np

from taut.explain._scores import Scores, row_losses
from taut.explain._step import Step, checked


def own_steps(at: Scores) -> list[Step]:
    """A loss of the user's own: its two forms side by side."""
    L, A = at.loss.rows(at.S.copy(), at.y)
    k = at.S.shape[1]

    def by_row(i: int) -> tuple[float, list[float]]:
        grad = [0.0] * k
        value = type(at.loss).row([float(s) for s in at.S[i]], int(at.y[i]), at.loss.margin, at.loss.width, grad)
        return float(value), grad

    size = float(max(np.abs(A).max(initial=0.0), np.abs(at.S).max(initial=0.0), np.abs(L).max(initial=0.0)))
    return [
        row_losses(
            at,
            L,
            lambda i: by_row(i)[0],
            formula=f"L, A = {at.loss.name}.rows(S, y)",
            loop=f"L[i] = {at.loss.name}.row(S[i], y[i])",
            why="The loss of every row, by the vectorised form of this loss.",
            size=size,
        ),
        checked(
            "A",
            "A = dL/dS",
            A,
            at.both,
            lambda i, j: by_row(i)[1][j],
            formula=f"L, A = {at.loss.name}.rows(S, y)",
            loop=f"A[i] as {at.loss.name}.row(S[i], y[i]) fills it",
            why="Its derivatives by the scores.",
            terms=k,
            size=size,
        ),
    ]
