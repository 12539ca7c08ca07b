"""Least squares on the one-hot target."""

import math

import numpy as np

from taut.explain._scores import Scores, row_losses
from taut.explain._step import Step, checked


def squared_steps(at: Scores) -> list[Step]:
    """Residuals."""
    T = np.zeros_like(at.S)
    T[at.everyone, at.y] = 1.0
    A = at.S - T
    L = 0.5 * (A * A).sum(axis=1)
    return [
        checked(
            "T",
            "Targets",
            T,
            at.both,
            lambda i, j: 1.0 if j == at.y[i] else 0.0,
            formula="T = zeros((N, C)); T[arange(N), y] = 1",
            loop="T[i, j] = [j = y[i]]",
            why="The class as a row of numbers: 1 for the row's own class, 0 for the others.",
        ),
        row_losses(
            at,
            L,
            lambda i: 0.5 * math.fsum(float(a) ** 2 for a in A[i]),
            formula="L = ½ ((S − T) ** 2).sum(axis=1)",
            loop="L[i] = ½ Σ_j (S[i, j] − T[i, j])²",
            why="Half the squared distance of the scores from their targets.",
        ),
        checked(
            "A",
            "A = dL/dS",
            A,
            at.both,
            lambda i, j: float(at.S[i, j]) - (1.0 if j == at.y[i] else 0.0),
            formula="A = S − T",
            loop="A[i, j] = S[i, j] − T[i, j]",
            why="The derivative of half a square is what was squared: the residual.",
            size=float(np.abs(at.S).max(initial=0.0)) + 1.0,
        ),
    ]
