"""The hinges: from scores to margins, to a mask or slopes, to A."""

import math

import numpy as np

from taut._typing import FloatArray
from taut.explain._scores import Scores, row_losses
from taut.explain._step import Step, checked


def hinge_steps(at: Scores) -> list[Step]:
    """Weston–Watkins: margins, mask, row sums, the column that is subtracted."""
    steps, M = _margins(at)
    mask = (M > 0.0).astype(np.float64)
    steps.append(
        checked(
            "B",
            "Mask",
            mask,
            at.both,
            lambda i, j: 1.0 if M[i, j] > 0.0 else 0.0,
            formula="B = M > 0",
            loop="B[i, j] = 1 if M[i, j] > 0 else 0",
            why="The derivative of max(0, m) is 1 where m > 0 and 0 where m < 0. At exactly 0, the kink, "
            "the comparison is strict: the pair does not count.",
        )
    )
    L = np.maximum(M, 0.0).sum(axis=1)
    steps.append(
        row_losses(
            at,
            L,
            lambda i: math.fsum(max(0.0, float(m)) for m in M[i]),
            formula="L = maximum(0, M).sum(axis=1)",
            loop="L[i] = Σ_j max(0, M[i, j])",
            why="Every rival that comes closer than the margin costs what it lacks.",
        )
    )
    return [*steps, *_closed(at, mask, "the number of rivals that count")]


def squared_hinge_steps(at: Scores) -> list[Step]:
    """The same with slopes in the place of the mask."""
    steps, M = _margins(at)
    slopes = 2.0 * np.maximum(M, 0.0)
    steps.append(
        checked(
            "B",
            "Slopes",
            slopes,
            at.both,
            lambda i, j: 2.0 * max(0.0, float(M[i, j])),
            formula="B = 2 maximum(0, M)",
            loop="B[i, j] = 2 max(0, M[i, j])",
            why="The derivative of max(0, m)² is 2 max(0, m): no jump, so no kink in the gradient.",
        )
    )
    L = (np.maximum(M, 0.0) ** 2).sum(axis=1)
    steps.append(
        row_losses(
            at,
            L,
            lambda i: math.fsum(max(0.0, float(m)) ** 2 for m in M[i]),
            formula="L = (maximum(0, M) ** 2).sum(axis=1)",
            loop="L[i] = Σ_j max(0, M[i, j])²",
            why="Every rival that comes closer than the margin costs the square of what it lacks.",
        )
    )
    return [*steps, *_closed(at, slopes, "all that pushes its rivals down")]


def crammer_singer_steps(at: Scores) -> list[Step]:
    """A mask of at most one rival a row."""
    steps, M = _margins(at)
    rivals = M.copy()
    rivals[at.everyone, at.y] = -np.inf
    worst = rivals.argmax(axis=1)
    B = np.zeros_like(M)
    B[at.everyone, worst] = rivals[at.everyone, worst] > 0.0

    def counts(i: int, j: int) -> float:
        best, place = 0.0, -1
        for rival in range(M.shape[1]):
            if rival != at.y[i] and M[i, rival] > best:
                best, place = M[i, rival], rival
        return 1.0 if j == place else 0.0

    steps.append(
        checked(
            "B",
            "Mask",
            B,
            at.both,
            counts,
            formula="B = onehot(argmax(M over j ≠ y)) where that margin is > 0",
            loop="B[i, j] = 1 if j is the rival with the largest M[i, j] > 0 else 0",
            why="Only the closest rival costs anything. Of tied rivals the first counts; at exactly 0 none does.",
        )
    )
    L = np.maximum(rivals.max(axis=1), 0.0)
    steps.append(
        row_losses(
            at,
            L,
            lambda i: max(0.0, *(float(rivals[i, j]) for j in range(M.shape[1]))),
            formula="L = maximum(0, M.max(axis=1) over j ≠ y)",
            loop="L[i] = max(0, max_{j≠y} M[i, j])",
            why="The closest rival costs what it lacks to the margin.",
        )
    )
    return [*steps, *_closed(at, B, "1 where a rival counts")]


def _margins(at: Scores) -> tuple[list[Step], FloatArray]:
    S, y, margin = at.S, at.y, at.loss.margin
    right = S[at.everyone, y]
    M = S - right[:, None] + margin
    M[at.everyone, y] = 0.0
    return [
        checked(
            "c",
            "Correct-class scores",
            right,
            (at.rows,),
            lambda i: float(S[i, y[i]]),
            formula="c = S[arange(N), y]",
            loop="c[i] = S[i, y[i]]",
            why="One score from each row: that of the class which the row is of.",
        ),
        checked(
            "M",
            "Margins",
            M,
            at.both,
            lambda i, j: 0.0 if j == y[i] else float(S[i, j]) - float(S[i, y[i]]) + margin,
            formula=f"M = S − c[:, None] + Δ, Δ = {margin:g}; M[arange(N), y] = 0",
            loop="M[i, j] = S[i, j] − S[i, y[i]] + Δ for j ≠ y[i]",
            why="How far each rival is from being beaten by the margin Δ. A class is no rival of itself: its own "
            "entry would be Δ and is set to 0.",
            size=2.0 * float(np.abs(S).max()) + margin,
        ),
    ], M


def _closed(at: Scores, B: FloatArray, what: str) -> list[Step]:
    """Row sums, and A with the row sum subtracted in the correct class's column."""
    sums = B.sum(axis=1)
    A = B.copy()
    A[at.everyone, at.y] = -sums
    size = float(np.abs(sums).max(initial=0.0))
    return [
        checked(
            "r",
            "Row sums",
            sums,
            (at.rows,),
            lambda i: math.fsum(map(float, B[i])),
            formula="r = B.sum(axis=1)",
            loop="r[i] = Σ_j B[i, j]",
            why=f"For every row {what}.",
            terms=B.shape[1],
        ),
        checked(
            "A",
            "A = dL/dS",
            A,
            at.both,
            lambda i, j: -math.fsum(map(float, B[i])) if j == at.y[i] else float(B[i, j]),
            formula="A = B; A[arange(N), y] −= r",
            loop="A[i, j] = B[i, j] for j ≠ y[i];  A[i, y[i]] = −r[i]",
            why="The score of the correct class stands with a minus in every margin of its row: raising it lowers them "
            "all at once. So its column gets minus the row sum, and every row of A sums to 0.",
            terms=B.shape[1],
            size=size,
        ),
    ]
