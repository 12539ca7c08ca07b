"""Crammer–Singer hinge: max(0, max_{j≠y} s_j − s_y + margin)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from taut._typing import FloatArray, IntArray
from taut.losses._balance import balance_simplex
from taut.losses._base import ROUNDING, Apply, Loss, Row, close_rows, open_rows, pair_hessian, violations


def row(scores: Sequence[float], y: int, margin: float, width: float, grad: Any) -> float:
    """One example: only the wrong class that comes closest costs what it lacks."""
    k = len(scores)
    worst = 0.0
    rival = y
    for j in range(k):
        grad[j] = 0.0
        if j != y:
            m = scores[j] - scores[y] + margin
            if m > worst or m != m:  # NaN wins for good and shows in the loss
                worst = m
                rival = j
    if rival == y:
        return 0.0
    if width == 0.0 or worst != worst:
        grad[rival] = 1.0
        grad[y] = -1.0
        return worst
    # Rounded: the shares are m / width, brought down by one threshold until they sum to at most 1. The
    # threshold climbs to its place; each climb drops the classes that it passed. Everything is counted
    # from the worst class, whose m / width may be too large to tell its neighbours apart.
    threshold = -1.0
    base = -worst / width
    while True:
        total = 0.0
        count = 0
        for j in range(k):
            u = (scores[j] - scores[y] + margin - worst) / width
            if j != y and u > max(threshold, base):
                total += u
                count += 1
        higher = (total - 1.0) / count
        if higher <= threshold:
            break
        threshold = higher
    threshold = max(threshold, base)  # below the base the shares sum to less than 1 by themselves
    loss = 0.0
    pushed = 0.0
    for j in range(k):
        m = scores[j] - scores[y] + margin
        if j != y and (m - worst) / width > threshold:
            share = (m - worst) / width - threshold
            loss += share * (m - 0.5 * width * share)
            grad[j] = share
            pushed += share
    grad[y] = -pushed
    return loss


@dataclass(frozen=True)
class CrammerSinger(Loss):
    """Crammer–Singer multiclass hinge.

    loss = max(0, max_{j≠y} m_j), m_j = s_j − s_y + margin; the gradient is +1 at the class with the
    largest m_j > 0, −1 at y. At m = 0 the comparison is strict; of tied classes the first one counts.

    References
    ----------
    K. Crammer, Y. Singer, "On the algorithmic implementation of multiclass kernel-based vector
    machines", JMLR 2, 2001, eq. 5.
    """

    name: ClassVar[str] = "crammer_singer"
    kinked: ClassVar[bool] = True
    piecewise: ClassVar[bool] = True
    shares: ClassVar[str | None] = "together"
    uses_margin: ClassVar[bool] = True
    row: ClassVar[Row] = staticmethod(row)

    def rows(self, scores: FloatArray, targets: IntArray) -> tuple[FloatArray, FloatArray]:
        """Losses and score gradients of all rows."""
        m = violations(scores, targets, self.margin)
        if self.width == 0.0:
            everyone = np.arange(len(targets))
            m[everyone, targets] = -np.inf
            rival = np.argmax(m, axis=1)  # NaN is the largest to argmax
            worst = m[everyone, rival]
            counts = ~(worst <= 0.0)
            shares = np.zeros_like(scores)
            shares[everyone, rival] = counts
            return np.where(counts, worst, 0.0).astype(scores.dtype), close_rows(shares, targets)
        shares = _capped_simplex(m, self.width, targets)
        values = (shares * (m - 0.5 * self.width * shares)).sum(axis=1)
        return values, close_rows(shares, targets)

    def conjugate(self, dual: FloatArray, targets: IntArray) -> FloatArray:
        """−margin Σ b_j on b_j ≥ 0, Σ b_j ≤ 1."""
        shares, off = open_rows(dual, targets)
        total = shares.sum(axis=1)
        slack = ROUNDING * dual.shape[1]
        inside = (shares.min(axis=1) >= -ROUNDING) & (total <= 1 + slack) & (off <= slack)
        return np.where(inside, -self.margin * total, np.inf)

    def balanced(self, dual: FloatArray, targets: IntArray, weights: FloatArray) -> FloatArray:
        """Shift weight between the classes of each row; flows where that is not enough."""
        return balance_simplex(dual, self.room(dual, targets), targets, weights)

    def room(self, dual: FloatArray, targets: IntArray) -> FloatArray:
        """What a row lacks to Σ b_j = 1, divided among its wrong classes."""
        shares, _ = open_rows(dual, targets)
        lacking = np.maximum(1.0 - shares.sum(axis=1), 0.0) / max(1, dual.shape[1] - 1)
        return np.repeat(lacking[:, None], dual.shape[1], axis=1)

    def pieces(self, scores: FloatArray, targets: IntArray) -> FloatArray:
        """m_j minus the largest of 0 and the other wrong classes' m, (n, k − 1): positive for the one that counts."""
        m = violations(scores, targets, self.margin)
        wrong = np.arange(scores.shape[1]) != targets[:, None]
        m = m[wrong].reshape(len(targets), -1)
        ranked = np.sort(np.concatenate([m, np.zeros((len(m), 2))], axis=1), axis=1)
        first, second = ranked[:, -1:], ranked[:, -2:-1]
        return m - np.where(m == first, second, first)

    def hessian(self, scores: FloatArray, targets: IntArray) -> tuple[IntArray, Apply]:
        """1/width among the classes that share; where they share all of 1, their mean is taken off."""
        if self.width == 0.0:
            return pair_hessian(np.zeros_like(scores), targets)
        shares, _ = open_rows(self.rows(scores, targets)[1], targets)
        sharing = shares > 0
        full = shares.sum(axis=1) >= 1 - 4 * np.finfo(scores.dtype).eps * scores.shape[1]
        rows = np.flatnonzero(sharing.sum(axis=1) > full)
        bends = sharing[rows].astype(scores.dtype)
        bends /= self.width
        count, full, right = sharing[rows].sum(axis=1, keepdims=True), full[rows][:, None], targets[rows]
        everyone = np.arange(len(rows))

        def apply(directions: FloatArray) -> FloatArray:
            out = directions - directions[everyone, right][:, None]
            mean = (out * sharing[rows]).sum(axis=1, keepdims=True) / count
            out -= np.where(full, mean, 0.0).astype(out.dtype)
            out *= bends
            return close_rows(out, right)

        return rows, apply

    def row_curvature(self, scores: FloatArray, targets: IntArray) -> FloatArray:
        """Rows inside the rounded stretch bend the scores that share by about 1/width."""
        if self.width == 0.0:
            return np.zeros(len(targets))
        _, dual = self.rows(scores, targets)
        shares, _ = open_rows(dual, targets)
        bends = (shares > 0).sum(axis=1) - (shares.sum(axis=1) >= 1 - ROUNDING)
        return np.maximum(bends, 0) * (2.0 / (self.width * scores.shape[1]))


def _capped_simplex(m: FloatArray, width: float, targets: IntArray) -> FloatArray:
    """Project each row of m / width, its entry at y left out, onto {b ≥ 0, Σ b ≤ 1}.

    Rows are counted from their largest m, whose m / width may be too large to tell its neighbours apart.
    """
    with np.errstate(invalid="ignore"):  # NaN and infinity pass through to the loss
        return _projected(m, width, targets)


def _projected(m: FloatArray, width: float, targets: IntArray) -> FloatArray:
    everyone = np.arange(len(targets))
    worst = np.maximum(m.max(axis=1, keepdims=True), 0.0)  # m is −1 at y
    u = (m - worst) / np.asarray(width, dtype=m.dtype)
    u[everyone, targets] = -np.inf
    base = -worst / np.asarray(width, dtype=m.dtype)  # where m = 0
    shares = np.maximum(u - base, 0.0)
    shares[everyone, targets] = 0.0
    over = ~(shares.sum(axis=1) <= 1.0)
    if over.any():
        ranked = -np.sort(-u[over], axis=1)[:, :-1]  # without y
        above = (np.cumsum(ranked, axis=1) - 1.0) / np.arange(1, m.shape[1])
        last = np.maximum((ranked > above).sum(axis=1) - 1, 0)
        threshold = above[np.arange(len(last)), last][:, None]
        shares[over] = np.maximum(u[over] - threshold.astype(m.dtype), 0.0)
    return shares
