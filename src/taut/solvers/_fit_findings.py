"""What made a classifier's fit end without a proof: a sentence a cause, with the numbers and the mend."""

from collections.abc import Iterator, Sequence

import numpy as np

from taut._typing import FloatArray
from taut.objective import Risk
from taut.solvers._finding import Finding, listed
from taut.solvers._run import Solution, Status, Stop

UNLIKE = 1e3
"""A column whose root mean square is this many times that of half of all others has another unit."""

FAR = 1e6
"""Margins at which every loss that sinks towards 0 with them has come there."""


def fit_findings(risk: Risk, solution: Solution, stop: Stop, names: Sequence[str] | None) -> Iterator[Finding]:
    """Every cause that holds of a fit without a proof, the weightiest first; nothing of one that was cut short.

    Columns without names are told by their numbers, from 0.
    """
    if solution.certificate.gap <= stop.tol or solution.status in (Status.INTERRUPTED, Status.PARTIAL):
        return
    if risk.l2 == 0.0:
        yield from _separable(risk, solution.theta)
    yield from _unlike_columns(risk, names)


def _separable(risk: Risk, theta: FloatArray) -> Iterator[Finding]:
    """Without a penalty, weights that put every row on its right side can only grow."""
    counted = risk.all_weights > 0
    scores, codes = risk.scores(theta)[counted], risk.targets[counted]
    if not np.isfinite(scores).all():
        return
    everyone = np.arange(len(codes))
    right = scores[everyone, codes]
    others = scores.copy()
    others[everyone, codes] = -np.inf
    margin = float((right - others.max(axis=1)).min())
    if not margin > 0.0:
        return

    def loss_at(smallest: float) -> float:
        """The mean loss of that multiple of the scores whose smallest margin is given."""
        return float(risk.loss.rows(smallest / margin * scores, codes)[0].mean())

    if loss_at(FAR) > 1e-9 * loss_at(0.0):
        return
    norm = float(np.linalg.norm(risk.model.views(theta)[0]))
    if loss_at(2.0 * max(risk.loss.margin, 1.0)) == 0.0:
        what = "every large enough multiple of such weights has the loss 0, and no single optimum exists"
    else:
        what = "the loss sinks towards 0 while the weights grow without bound"
    yield Finding(
        "separable",
        f"Separable: every row is on its right side (smallest margin {margin:.3g}, ‖W‖ = {norm:.3g}) and l2 = 0, so "
        f"{what}; this is not a matter of iterations. Set l2 > 0.",
        {"margin": margin, "norm": norm},
    )


def _unlike_columns(risk: Risk, names: Sequence[str] | None) -> Iterator[Finding]:
    """Columns in another unit than most."""
    squares = risk.moments[1]
    sizes = np.sqrt(squares[squares > 0])
    if len(sizes) == 0:
        return
    usual = float(np.quantile(sizes, 0.5, method="lower"))
    order = np.argsort(-squares, kind="stable")
    large = [int(j) for j in order if np.sqrt(squares[j]) >= UNLIKE * usual]
    if not large:
        return
    largest = float(np.sqrt(squares[large[0]]))
    words = listed([f"column {j}" if names is None else str(names[j]) for j in large])
    words += ", counted from 0," if names is None else ""
    them = "it" if len(large) == 1 else "them"
    yield Finding(
        "scales",
        f"Columns of very different size make it hard: the root mean square of {words} is up to "
        f"{largest:.3g}, that of half of the columns at most {usual:.3g}; divide {them} by such a number, which "
        f"also changes what l2 weighs.",
        {"largest": largest, "usual": usual, "columns": float(len(large))},
    )
