"""The rounded forms: below the loss by at most width/2 per dual coordinate, convex, smooth."""

from itertools import pairwise

import numpy as np
import pytest

import strategies
from taut.losses import make_loss

WIDTHS = (1e-3, 0.1, 1.0, 4.0)


def cases(seed, count=100):
    rng = np.random.default_rng(seed)
    for i in range(count):
        n, k = int(rng.choice(strategies.SIZES)), int(rng.integers(2, 8))
        scores = rng.normal(size=(n, k)) if i % 2 else rng.integers(-2, 3, size=(n, k)).astype(float)
        yield rng, scores, rng.integers(0, k, n), float(rng.choice(strategies.MARGINS))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", strategies.KINKED)
def test_value(name, width):
    largest = 0.0
    for _, scores, y, margin in cases(600):
        loss = make_loss(name, margin=margin)
        below = loss.rows(scores, y)[0] - loss.rounded(width).rows(scores, y)[0]
        assert (below >= -1e-13).all()
        most = (scores.shape[1] - 1 if name == "hinge" else 1) * width / 2
        assert (below <= most * (1 + 1e-12) + 1e-13).all()
        largest = max(largest, float(below.max()) / most)
    assert largest > 0.5


@pytest.mark.parametrize("width", [0.0, *WIDTHS])
@pytest.mark.parametrize("name", strategies.LOSSES)
def test_convex(name, width):
    """Midpoints, and the first-order inequality from both ends."""
    for rng, scores, y, margin in cases(601):
        loss = make_loss(name, margin=margin).rounded(width)
        other = scores + rng.normal(size=scores.shape) * rng.choice([0.1, 3.0])
        f, df = loss.rows(scores, y)
        g, dg = loss.rows(other, y)
        middle, _ = loss.rows((scores + other) / 2, y)
        scale = 1e-12 * (1 + f + g)
        assert (middle <= (f + g) / 2 + scale).all()
        assert (g >= f + (df * (other - scores)).sum(axis=1) - scale).all()
        assert (f >= g + (dg * (scores - other)).sum(axis=1) - scale).all()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", strategies.KINKED)
def test_gradient_is_continuous(name, width):
    """|∇f(s) − ∇f(t)| ≤ |A|² |s − t| / width, with |A|² ≤ k the norm of s ↦ (m_j): no jump anywhere."""
    for rng, scores, y, margin in cases(602):
        loss = make_loss(name, margin=margin).rounded(width)
        for step in (1e-9, 1e-3, 1.0):
            other = scores + step * rng.normal(size=scores.shape)
            change = np.linalg.norm(loss.rows(scores, y)[1] - loss.rows(other, y)[1], axis=1)
            allowed = scores.shape[1] / width * np.linalg.norm(scores - other, axis=1)
            assert (change <= allowed * (1 + 1e-6) + 1e-11 / width).all()


@pytest.mark.parametrize("name", strategies.KINKED)
def test_wider_is_lower(name):
    for _, scores, y, margin in cases(603, 30):
        values = [make_loss(name, margin=margin).rounded(w).rows(scores, y)[0] for w in (0.0, *WIDTHS)]
        for narrow, wide in pairwise(values):
            assert (wide <= narrow + 1e-13).all()


@pytest.mark.parametrize("name", [n for n in strategies.LOSSES if n not in strategies.KINKED])
def test_smooth_losses_have_nothing_to_round(name):
    assert make_loss(name).rounded(0.5) == make_loss(name)


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_rounding_keeps_the_rest(name):
    loss = make_loss(name, margin=2.5).rounded(0.1)
    assert (loss.name, loss.margin, loss.kinked) == (name, 2.5, name in strategies.KINKED)
