"""What is checked: a user's callable, a known problem, or one of taut's own risks."""

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from taut._typing import FloatArray
from taut.check._function import Layout
from taut.check._known import KnownProblem
from taut.check._noise import Noise
from taut.check._pieces import Margins, Pieces, hooked, pair_label
from taut.check._running import running_noise
from taut.losses import make_loss
from taut.matrix import Block
from taut.objective import Risk

PAIRED = {"hinge": 1, "squared_hinge": 2}
"""Losses that are sums over pairs of max(0, margin) to this power."""

MOST_PRODUCTS = 10**8
"""Multiplications in X W above which a risk's margins are not listed."""


@dataclass(frozen=True)
class Subject:
    """The function, and what is known about it.

    ``double`` is the same function in float64 throughout; ``short`` says that ``call`` computes in float32 whatever
    its types say; ``bound`` gives a guaranteed bound of rounding at a point.
    """

    call: Callable[[Any], Any]
    convex: bool | None
    pieces: Pieces | None
    problem: KnownProblem | None = None
    double: Callable[[Any], Any] | None = None
    short: bool = False
    bound: Callable[[FloatArray, FloatArray], Noise | None] | None = None

    @classmethod
    def of(cls, fn: Any, layout: Layout, convex: bool | None, pieces: Callable[[Any], Any] | None) -> "Subject":
        """A risk and a known problem say for themselves that they are convex, and know their pieces."""
        told = hooked(pieces, layout) if pieces is not None else None
        if isinstance(fn, Risk):
            return _of_risk(fn, told)
        if isinstance(fn, KnownProblem):
            return cls(fn, True if convex is None else convex, told or _known_pieces(fn, layout), problem=fn)
        return cls(fn, convex, told)


def _of_risk(risk: Risk, told: Pieces | None) -> Subject:
    wide = dataclasses.replace(risk, matrix=risk.matrix.computed_in(np.dtype(np.float64)))
    return Subject(
        risk.value_and_gradient,
        True,
        told or _risk_pieces(risk),
        double=wide.value_and_gradient,
        short=risk.matrix.dtype == np.float32,
        bound=lambda theta, scales: running_noise(wide, theta, scales),
    )


def _risk_pieces(risk: Risk) -> Pieces | None:
    loss, k, (n, d) = risk.loss, risk.model.k, risk.matrix.shape
    if loss.width or k < 2 or n * d * k > MOST_PRODUCTS:
        return None
    label = pair_label(risk.targets, k)
    if loss.name in PAIRED:
        blocks = [block.T @ np.eye(part.stop - part.start) for part, block in _precise(risk)]
        X = np.concatenate([np.asarray(block).T for block in blocks])
        X = np.column_stack([X, np.ones(n)]) if risk.model.intercept else X
        weights = np.repeat(risk.shares, k - 1)
        return Pieces(Margins(X, risk.targets, k, loss.margin), label, weights, PAIRED[loss.name])
    if not loss.kinked:
        return None
    return Pieces(lambda theta: loss.pieces(risk.scores(theta), risk.targets).ravel(), label)


def _precise(risk: Risk) -> Iterator[tuple[slice, Block]]:
    step = 512
    for begin in range(0, risk.matrix.shape[0], step):
        part = slice(begin, min(begin + step, risk.matrix.shape[0]))
        yield part, risk.matrix.precise_block(part)


def _known_pieces(problem: KnownProblem, layout: Layout) -> Pieces | None:
    """Margins of a known hinge; None where they are not known."""
    shape = layout.blocks[0].shape
    y = np.asarray(problem.y)
    if problem.loss not in (*PAIRED, "crammer_singer") or len(shape) != 2 or shape[1] < 2 or y.ndim != 1:
        return None
    if y.dtype.kind not in "iu" or y.min(initial=0) < 0 or y.max(initial=0) >= shape[1]:
        return None
    X, codes, k = np.asarray(problem.X, dtype=np.float64), y.astype(np.int64), shape[1]
    label = pair_label(codes, k)
    if problem.loss in PAIRED:
        weights = np.full(len(X) * (k - 1), 1.0 / len(X))
        return Pieces(Margins(X, codes, k, problem.margin), label, weights, PAIRED[problem.loss])
    loss = make_loss(problem.loss, margin=problem.margin)
    return Pieces(lambda theta: loss.pieces(X @ theta.reshape(-1, k), codes).ravel(), label)
