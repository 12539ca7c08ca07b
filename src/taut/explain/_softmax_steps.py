"""Softmax: from scores to probabilities, to probabilities minus one-hot."""

import math

import numpy as np

from taut.explain._scores import Scores, row_losses
from taut.explain._step import Step, checked


def softmax_steps(at: Scores) -> list[Step]:
    """Shift, exponentials, probabilities, minus one-hot."""
    S, y = at.S, at.y
    top = S.max(axis=1)
    E = np.exp(S - top[:, None])
    Z = E.sum(axis=1)
    P = E / Z[:, None]
    L = np.log(Z) - (S[at.everyone, y] - top)
    A = P.copy()
    A[at.everyone, y] -= 1.0
    k = S.shape[1]
    return [
        checked(
            "c",
            "Shift",
            top,
            (at.rows,),
            lambda i: max(map(float, S[i])),
            formula="c = S.max(axis=1)",
            loop="c[i] = max_j S[i, j]",
            why="A number taken off all scores of a row changes no probability, and with the largest taken off, the "
            "largest exponential is exp(0) = 1: nothing overflows.",
        ),
        checked(
            "E",
            "Exponentials",
            E,
            at.both,
            lambda i, j: math.exp(float(S[i, j]) - float(top[i])),
            formula="E = exp(S − c[:, None])",
            loop="E[i, j] = exp(S[i, j] − c[i])",
            why="Scores become positive numbers.",
        ),
        checked(
            "Z",
            "Row sums",
            Z,
            (at.rows,),
            lambda i: math.fsum(map(float, E[i])),
            formula="Z = E.sum(axis=1)",
            loop="Z[i] = Σ_j E[i, j]",
            why="What the exponentials are divided by.",
            terms=k,
        ),
        checked(
            "P",
            "Probabilities",
            P,
            at.both,
            lambda i, j: float(E[i, j]) / float(Z[i]),
            formula="P = E / Z[:, None]",
            loop="P[i, j] = E[i, j] / Z[i]",
            why="Every row sums to 1.",
        ),
        row_losses(
            at,
            L,
            lambda i: math.log(float(Z[i])) - (float(S[i, y[i]]) - float(top[i])),
            formula="L = log(Z) − (S[arange(N), y] − c)",
            loop="L[i] = log Z[i] − (S[i, y[i]] − c[i]) = −log P[i, y[i]]",
            why="Minus the logarithm of the probability that the row's own class gets. Written with Z, a probability "
            "that underflows to 0 still has its logarithm.",
            size=float(np.abs(S).max(initial=1.0)) * 2.0 + 1.0,
        ),
        checked(
            "A",
            "A = dL/dS",
            A,
            at.both,
            lambda i, j: float(P[i, j]) - (1.0 if j == y[i] else 0.0),
            formula="A = P; A[arange(N), y] −= 1",
            loop="A[i, j] = P[i, j] − [j = y[i]]",
            why="d log Z / dS[i, j] is P[i, j], and −S[i, y[i]] adds −1 in the correct class's column: the "
            "probabilities minus one-hot. Every row sums to 0.",
            size=1.0,
        ),
    ]
