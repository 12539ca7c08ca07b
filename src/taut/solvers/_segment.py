"""The best point between two: what turns the weights of a good dual point into good weights."""

import numpy as np

from taut._typing import FloatArray
from taut.objective import LinearObjective

TRIES, NEAR = 8, 1e-2
"""Of the slope's root; weights that are off by a hundredth of the segment are as good."""


class Segments:
    """Keeps the best weights so far, and moves them towards every new candidate as far as the objective falls.

    The weights of a dual point jump about the optimum on a scale that the dual value no longer sees; their best
    mixtures lie far nearer. Only scores are mixed: a candidate costs one product with X.
    """

    def __init__(self, risk: LinearObjective) -> None:
        self._risk = risk
        self.theta: FloatArray | None = None
        self.value = np.inf

    def take(self, theta: FloatArray) -> float:
        """Move towards theta; returns the share of the way that was gone."""
        risk, scores = self._risk, self._risk.scores(theta)
        if self.theta is None or not np.isfinite(self.value):
            self.theta, self._scores, self.value = theta, scores, risk.value(theta, scores)
            return 1.0
        way, change = theta - self.theta, scores - self._scores
        share = self._lowest(way, change)
        mixture = share, self.theta + share * way, self._scores + share * change
        gone = 0.0
        # The candidate as it is, too: at the end it is the optimum, on whose kinks no slope points back.
        for part, moved, moved_scores in (mixture, (1.0, theta, scores)):
            value = risk.value(moved, moved_scores)
            if value < self.value:
                self.theta, self._scores, self.value, gone = moved, moved_scores, value, part
        return gone

    def _lowest(self, way: FloatArray, change: FloatArray) -> float:
        """Where on [0, 1] the slope changes sign: false position, the kept end's slope halved (Illinois)."""
        low, high = 0.0, 1.0
        at_low, at_high = self._slope(low, way, change), self._slope(high, way, change)
        if at_low >= 0.0 or at_high <= 0.0:
            return low if at_low >= 0.0 else high
        share = 0.5
        for _ in range(TRIES):
            last, share = share, (low * at_high - high * at_low) / (at_high - at_low)
            if abs(share - last) < NEAR:
                break
            slope = self._slope(share, way, change)
            if slope > 0.0:
                high, at_high, at_low = share, slope, 0.5 * at_low
            else:
                low, at_low, at_high = share, slope, 0.5 * at_high
        return share

    def _slope(self, share: float, way: FloatArray, change: FloatArray) -> float:
        """The derivative of the objective along the segment."""
        risk = self._risk
        assert self.theta is not None
        _, slopes = risk.loss.rows(self._scores + share * change, risk.targets)
        total = float(np.einsum("i,ij,ij->", risk.all_weights, slopes, change)) / risk.weight_sum
        W, V = risk.model.views(self.theta)[0], risk.model.views(way)[0]
        return total + risk.l2 * float(np.vdot(W, V) + share * np.vdot(V, V))
