"""Dual block-coordinate ascent for the kinked losses."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from taut._typing import FloatArray, IntArray
from taut.losses import close_rows, open_rows
from taut.matrix import add_multiple, aligned
from taut.objective import LinearObjective
from taut.solvers._base import Iterate, Iterates, Solver
from taut.solvers._multipliers import Multipliers
from taut.solvers._segment import Segments


class Ways(NamedTuple):
    """How rows are visited.

    Parameters
    ----------
    short : int
        Sweeps over the active rows, at most, between two over all rows.
    little : float
        A row rests after some visits in a row that gained less than this share of the average.
    relaxation : float
        A visit goes so much further than the row's own maximum.
    """

    short: int
    little: float
    relaxation: float


MANY = Ways(39, 0.7, 1.5)
"""Most of what is left to gain is in few rows. 20 newsgroups, Crammer–Singer, to a gap of 4e-7: 303 passes with
(9, 0.001, 1.5), 184 with (9, 0.1, 1.5), 115 with (9, 0.5, 1.5), 94 with (19, 0.5, 1.5), 71 with these. letter, hinge,
to 1e-4: 88 with (9, 0.001, 1), 64 with (9, 0.001, 1.3), 62 with (9, 0.001, 1.5), 65 with these. Further relaxation
brings the dual value nearer, but the weights jump about so much that their means are worse."""

FEW, FEWER = Ways(9, 0.001, 1.0), 300
"""Below so many rows. There an intercept's multiplier, which waits for the end of a round, is what takes long, and rows
are hardly alike. 300 columns, hinge, free intercept, to a gap of 1e-3: 3 rows 16 passes (422 as above), 10 rows 56
(130), 200 rows 105 (131)."""

FADED, PATIENCE = 1e-3, 3
"""A round ends with a short sweep that gains no more than such a share of the first; and the visits in a row."""

PULL = 0.1
"""Square of the intercept's own column over the mean ‖x‖². Measured to a gap of 1e-3 with a free intercept (hinge,
20 newsgroups and letter): 65 and 103 sweeps at 1, 37 and 55 at 0.1, 53 and 55 at 0.01, more than 90 at 10. At least
l2 margin: shares sum to at most 1 / l2, and beside small columns the intercept alone has to move by about a margin."""

FAR = 2.0
"""Visits of a row until its shares reach their bound beyond which the method of multipliers is ahead, given more rows
than columns. MNIST, hinge: 4.6 s against 2.8 s by rows at 0.9 visits, 6.1 s against 5.6 s (to 1e-4 6.1 s against
9.9 s) at 5.5; letter 0.8 s against 1.1 s at 3.1, 100,000 x 20 1.2 s against 11 s at 20."""

GROWTH = 1.25
"""An iterate each time that the visits have grown so far: it costs two products with X, the certificate two more."""

WIDTH = 0.1
"""Of the rounded loss in margins, whose score gradients at given weights are the first dual point."""

IDLE, STILL = 5, 1e-22
"""Rounds in a row that gain no more than this share of the dual before the ascent ends: a gain is the square of a
move, and where all rows can be fitted the objective is tiny beside the scores that it rests on."""


@dataclass(frozen=True)
class DualAscent(Solver):
    """Maximise the dual over all shares of one row at a time; the weights follow.

    W = −Σ_i x_i β_iᵀ with β_i = s_i a_i / (l2 S), so the row's block of the dual is one scalar equation, solved to
    rounding; the row then goes beyond its own maximum (over-relaxation), which where rows are alike gains more in the
    end. Every sweep visits the rows in a new random order. Rows whose visits gain nothing rest until the next sweep
    over all of them, which settles whether that was right.

    The weights of a dual point jump about the optimum: those of the mean over the sweeps since the last iterate lie
    three to ten times nearer by their objective. The weights that are returned are the best mixture on the way.

    Where ‖x‖² is large beside l2 S margin a row has to be visited very often, and the weights of even a good dual point
    are poor. There, given more rows than columns, the method of multipliers on the rounded loss (`Multipliers`) finds
    both.

    A free intercept asks for Σ_i β_i = 0: the method of multipliers, with a quadratic term that is one more column of
    X, and the intercept itself as multiplier, set anew after every sweep over all rows.

    Parameters
    ----------
    seed : int
        Of the order of the rows; the same seed gives the same bits.
    dual : ndarray of shape (n, k), optional
        A dual point to start from, such as the witness of a fit with another l2.

    References
    ----------
    S. S. Keerthi, S. Sundararajan, K.-W. Chang, C.-J. Hsieh, C.-J. Lin, "A sequential dual method for large scale
    multi-class linear SVMs", KDD 2008, section 3; O. L. Mangasarian, D. R. Musicant, "Successive overrelaxation for
    support vector machines", IEEE Transactions on Neural Networks 10, 1999, section 3; S. Shalev-Shwartz, T. Zhang,
    "Stochastic dual coordinate ascent methods for regularized loss minimization", JMLR 14, 2013, theorem 1, for the
    mean; Y. Wang, C. Scott, "An exact solver for the Weston–Watkins SVM
    subproblem", ICML 2021, theorem 4.1; D. P. Bertsekas, "Constrained optimization and Lagrange multiplier methods",
    1982, chapter 2.
    """

    seed: int = 0
    dual: FloatArray | None = None

    def begun_at(self, dual: FloatArray) -> "DualAscent":
        """With this dual point."""
        return replace(self, dual=dual)

    def iterates(self, risk: LinearObjective, theta: FloatArray) -> Iterates:
        """By coordinates alone, or by the method of multipliers with an ascent at the end of some stages."""
        ascent = _Ascent(risk, self.seed)
        far = ascent.visits_to_bound > FAR and risk.matrix.shape[0] > risk.model.d
        return self._multiplied(risk, theta, ascent) if far else self._by_rows(risk, theta, ascent)

    def _multiplied(self, risk: LinearObjective, theta: FloatArray, ascent: "_Ascent") -> Iterates:
        """A stage an iterate."""
        segments = Segments(risk)
        multipliers = Multipliers(risk, theta, ascent.entries, _padded(risk.model.k), self.dual)
        idle = 0
        while idle < IDLE:
            idle = 0 if multipliers.stage() else idle + 1
            yield Iterate(
                multipliers.best, multipliers.primal, None, multipliers.passes, risk.loss, 1.0, multipliers.point
            )
        # The line search sees no fall in the rounding of the value; single rows see more.
        segments.take(multipliers.best)
        ascent.adopt(multipliers.shares, multipliers.pulled, multipliers.theta)
        yield from _rounds(risk, ascent, segments, multipliers.passes)

    def _by_rows(self, risk: LinearObjective, theta: FloatArray, ascent: "_Ascent") -> Iterates:
        """Single rows from the start."""
        segments = Segments(risk)
        if self.dual is not None:
            ascent.start(self.dual, theta)
        elif theta.any():
            segments.take(theta)
            loss = risk.loss.rounded(WIDTH * (risk.loss.margin or 1.0))
            ascent.start(loss.rows(risk.scores(theta), risk.targets)[1], theta)
        yield from _rounds(risk, ascent, segments)


def _rounds(risk: LinearObjective, ascent: "_Ascent", segments: Segments, before: float = 0.0) -> Iterates:
    """Some rounds an iterate, each a sweep over all rows and short ones over those that still move."""
    due, idle = 0.0, 0
    while idle < IDLE:
        rise = ascent.round()
        idle = 0 if rise > STILL * abs(ascent.value) else idle + 1
        passes = before + ascent.passes
        if passes >= due or idle == IDLE:
            due = GROWTH * passes
            share = segments.take(ascent.mean_theta())
            if share == 0.0 or idle == IDLE or ascent.ways is FEW:  # the last point may be the optimum itself
                share = max(share, segments.take(ascent.theta))
            assert segments.theta is not None
            yield Iterate(segments.theta, segments.value, None, passes, risk.loss, share, ascent.point)


class _Ascent:
    """The dual point, and the weights that follow from it."""

    def __init__(self, risk: LinearObjective, seed: int) -> None:
        from taut.kernels._dual import dual_sweep, row_squares

        self._risk, self._rng = risk, np.random.default_rng(seed)
        entries = risk.matrix.entries()
        types = entries.data.dtype.name, entries.indices.dtype.name
        n, d, k = len(risk.targets), risk.model.d, risk.model.k
        self.entries = entries._replace(starts=entries.starts.astype(entries.indices.dtype, copy=False))
        self._sweep: Any = dual_sweep(*types)
        self._squares = np.zeros(n)
        row_squares(*types)(entries.data, self.entries.starts, self._squares)
        self._caps = risk.all_weights / (risk.l2 * risk.weight_sum)
        self._rows = np.flatnonzero(self._caps > 0.0)
        self.ways = FEW if len(self._rows) < FEWER else MANY
        mean_square = float(self._squares @ risk.all_weights) / risk.weight_sum
        self.visits_to_bound = mean_square / (risk.l2 * len(self._rows) * (risk.loss.margin or 1.0))
        """How often a row is visited until its shares reach their bound, on average: each visit gains margin / ‖x‖²."""
        least = risk.l2 * (risk.loss.margin or 1.0)
        self._pull = max(PULL * mean_square, least) if risk.model.intercept else 0.0
        self._W = aligned((d, _padded(k)), np.float64)
        self._W.fill(0.0)
        self._centre, self._flow = np.zeros(_padded(k)), np.zeros(_padded(k))
        self._shares, self._gains, self._idle = np.zeros((n, k)), np.zeros(n), np.zeros(n, dtype=np.int64)
        self._mean = _Mean(self._shares, self._centre)
        self._visits = 0

    def start(self, dual: FloatArray, theta: FloatArray) -> None:
        """Begin at a dual point, with the intercept of given weights."""
        risk = self._risk
        shares, _ = open_rows(dual, risk.targets)
        self.adopt(shares, risk.pulled(dual), theta)

    def adopt(self, shares: FloatArray, pulled: FloatArray, theta: FloatArray) -> None:
        """Begin at shares b (n, k) whose Xᵀ(s/S a) is known, with the intercept of given weights."""
        risk, k = self._risk, self._risk.model.k
        self._mean.begin()
        np.multiply(shares, self._caps[:, None], out=self._shares)
        self._W[:, :k] = -pulled / risk.l2
        self._flow[:k] = np.bincount(risk.targets, weights=self._shares.sum(axis=1), minlength=k)
        self._flow[:k] -= self._shares.sum(axis=0)
        _, b = risk.model.views(theta)
        if b is not None:
            self._centre[:k] = b - self._pull * self._flow[:k]

    @property
    def passes(self) -> float:
        """Visits of rows, as passes over the data."""
        return self._visits / max(1, len(self._shares))

    @property
    def value(self) -> float:
        """The dual value, but for the intercept's condition, times 1 / l2."""
        squares = float(np.vdot(self._W, self._W)) + self._pull * float(np.vdot(self._flow, self._flow))
        return self._risk.loss.margin * float(self._shares.sum()) - 0.5 * squares

    @property
    def theta(self) -> FloatArray:
        """The weights of the dual point."""
        model = self._risk.model
        theta = np.empty(model.size)
        W, b = model.views(theta)
        W[:] = self._W[:, : model.k]
        if b is not None:
            b[:] = (self._centre + self._pull * self._flow)[: model.k]
        return theta

    def mean_theta(self) -> FloatArray:
        """The weights of the mean dual point of the sweeps since the last call."""
        risk, model = self._risk, self._risk.model
        shares, intercept = self._mean.ended()
        theta = np.empty(model.size)
        W, b = model.views(theta)
        W[:] = -risk.pulled(self._dual(shares)) / risk.l2
        if b is not None:
            b[:] = intercept[: model.k]
        return theta

    @property
    def point(self) -> FloatArray:
        """The dual point (n, k) as score gradients."""
        return self._dual(self._shares)

    def _dual(self, shares: FloatArray) -> FloatArray:
        """Score gradients (n, k) of shares."""
        caps = np.where(self._caps > 0.0, self._caps, 1.0)
        return close_rows(np.minimum(shares / caps[:, None], 1.0), self._risk.targets)

    def round(self) -> float:
        """A sweep over all rows, then short ones over those that move; returns what they gained."""
        first = self._visit(self._rows)
        # The multiplier's own step gains too: with every share at a bound it is all that moves.
        gained = first + self._pull * float(np.vdot(self._flow, self._flow))
        self._centre += self._pull * self._flow
        for _ in range(self.ways.short):
            rise = self._visit(self._rows[self._idle[self._rows] < PATIENCE])
            gained += rise
            if rise <= FADED * first:
                break
        return gained

    def _visit(self, rows: IntArray) -> float:
        loss = self._risk.loss
        order = self._rng.permutation(rows)
        rise: float = self._sweep(
            *self.entries, self._squares, self._risk.targets, self._caps, order, loss.margin,
            loss.shares == "together", self._pull, self.ways.relaxation, self._W, self._centre, self._shares,
            self._flow, self._gains,
        )  # fmt: skip
        self._visits += len(rows)
        self._mean.take(self._shares, self._centre + self._pull * self._flow)
        moved = self._gains[rows] > self.ways.little * rise / max(1, len(rows))
        self._idle[rows] = np.where(moved, 0, self._idle[rows] + 1)
        return rise


class _Mean:
    """The mean of the points that it takes, the j-th j times: the first are far off."""

    def __init__(self, shares: FloatArray, intercept: FloatArray) -> None:
        self._shares, self._intercept, self._count, self._total = np.zeros_like(shares), np.zeros_like(intercept), 0, 0

    def take(self, shares: FloatArray, intercept: FloatArray) -> None:
        self._count += 1
        self._total += self._count
        add_multiple(self._shares, self._count, shares)
        self._intercept += self._count * intercept

    def ended(self) -> tuple[FloatArray, FloatArray]:
        """The means, and begin anew."""
        means = self._shares / self._total, self._intercept / self._total
        self.begin()
        return means

    def begin(self) -> None:
        """Forget all points."""
        self._shares[:] = 0.0
        self._intercept[:] = 0.0
        self._count = self._total = 0


def _padded(k: int) -> int:
    """Classes in whole vectors."""
    from taut.kernels._lanes import VECTOR_BYTES

    lanes = VECTOR_BYTES // 8
    return -(-k // lanes) * lanes
