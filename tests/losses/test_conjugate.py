"""Fenchel–Young: loss(s) + conjugate(a) ≥ a·s, equal at the gradient, and +inf outside the dual set."""

import numpy as np
import pytest

import strategies
from reference import formulas
from taut.losses import make_loss


def draw_dual(name, rng, n, k, y, *, size=1.0):
    """Random points of the dual set: a_y = −Σ b for all but the squared loss."""
    if name == "squared":
        return size * rng.normal(size=(n, k))
    if name == "hinge":
        b = rng.random((n, k)) * (rng.random((n, k)) < 0.8)
        b[rng.random((n, k)) < 0.2] = 1.0  # corners too
    elif name == "squared_hinge":
        b = size * rng.exponential(size=(n, k)) * (rng.random((n, k)) < 0.8)
    else:
        b = rng.dirichlet(np.full(k, 0.5), size=n) * rng.choice([0.0, 0.4, 1.0], size=n)[:, None]
    b[np.arange(n), y] = 0.0
    b[np.arange(n), y] = -b.sum(axis=1)
    return b


def cases(seed, count=150):
    rng = np.random.default_rng(seed)
    for i in range(count):
        n, k = int(rng.choice(strategies.SIZES)), int(rng.integers(2, 8))
        scores = rng.normal(size=(n, k)) * rng.choice([0.1, 1.0, 20.0])
        if i % 3 == 0:
            scores = rng.integers(-2, 3, size=(n, k)).astype(float)
        yield rng, scores, rng.integers(0, k, n), float(rng.choice(strategies.MARGINS))


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_inequality(name):
    tight = []
    for rng, scores, y, margin in cases(400):
        loss = make_loss(name, margin=margin)
        for size in (0.1, 1.0, 10.0):
            a = draw_dual(name, rng, *scores.shape, y, size=size)
            conjugate = loss.conjugate(a, y)
            want = [formulas.conjugate(name, line, c, margin) for line, c in zip(a.tolist(), y.tolist(), strict=True)]
            np.testing.assert_allclose(conjugate, want, rtol=1e-12, atol=1e-13)
            values = np.array([formulas.row_loss(name, s, c, margin) for s, c in zip(scores.tolist(), y, strict=True)])
            slack = values + conjugate - (a * scores).sum(axis=1)
            scale = 1 + np.abs(values) + np.abs(a * scores).sum(axis=1)
            assert (slack >= -1e-13 * scale).all()
            tight.append(slack.min())
    assert min(tight) < 0.05  # a bound that never comes near would prove little


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_equality_at_the_gradient(name):
    for _, scores, y, margin in cases(401):
        loss = make_loss(name, margin=margin)
        values, a = loss.rows(scores, y)
        slack = values + loss.conjugate(a, y) - (a * scores).sum(axis=1)
        scale = 1 + np.abs(values) + np.abs(a * scores).sum(axis=1)
        assert (np.abs(slack) <= 1e-12 * scale).all()


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_supremum_is_reached(name):
    """The conjugate is no larger than it must be: s from the inverse of the gradient reaches it."""
    rng = np.random.default_rng(402)
    for margin in strategies.MARGINS:
        n, k = 40, 5
        y = rng.integers(0, k, n)
        a = draw_dual(name, rng, n, k, y)
        loss, everyone = make_loss(name, margin=margin), np.arange(n)
        hot = np.eye(k)[y]
        if name == "squared":
            s = a + hot
        elif name == "squared_hinge":  # 2 m_j = b_j
            s = np.where(hot == 1, 0.0, a / 2 - margin)
        elif name == "softmax":
            p = np.maximum(a + hot, 1e-300)
            s = np.log(p)
        else:  # every m_j at its kink 0: a·s − loss(s) = −margin Σ b
            s = np.where(hot == 1, margin, 0.0)
        values, _ = loss.rows(s, y)
        reached = np.where(a == 0, 0.0, a * s).sum(axis=1) - values
        np.testing.assert_allclose(loss.conjugate(a, y), reached, rtol=1e-11, atol=1e-11)
        assert np.isfinite(reached[everyone]).all()


@pytest.mark.parametrize("name", strategies.KINKED)
@pytest.mark.parametrize("width", [1e-6, 1e-3, 0.3, 5.0])
def test_rounded_gradients_lie_in_the_dual_set(name, width):
    """Equality then holds up to width/2 Σ b²: the certificate loses no more than the rounding."""
    for _, scores, y, margin in cases(403):
        loss = make_loss(name, margin=margin)
        values, a = loss.rounded(width).rows(scores, y)
        conjugate = loss.rounded(width).conjugate(a, y)
        assert np.isfinite(conjugate).all()
        np.testing.assert_array_equal(conjugate, loss.conjugate(a, y))  # of the loss itself, whatever the width
        b = np.where(np.arange(scores.shape[1]) == y[:, None], 0.0, a)
        assert (b >= 0).all()
        assert (b <= 1 + 1e-9).all()
        if name == "crammer_singer":
            assert (b.sum(axis=1) <= 1 + 1e-9).all()
        left = (a * scores).sum(axis=1) - conjugate - width / 2 * (b**2).sum(axis=1)
        np.testing.assert_allclose(values, left, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("ratio", [1e3, 1e6, 1e8, 1e10, 1e16])
@pytest.mark.parametrize("name", strategies.KINKED)
def test_a_narrow_rounding_far_from_the_kink_is_the_loss_itself(name, ratio):
    """m / width large: early in a fit with columns of any scale, or late in one, where the width is tiny."""
    rng = np.random.default_rng(404)
    scores, y = 10 * rng.normal(size=(50, 4)), rng.integers(0, 4, 50)
    loss = make_loss(name)
    narrow = loss.rounded(10.0 / ratio)
    values, a = loss.rows(scores, y)
    narrow_values, narrow_a = narrow.rows(scores, y)
    np.testing.assert_allclose(narrow_values, values, rtol=1e-12, atol=20.0 / ratio)
    assert np.isfinite(loss.conjugate(narrow_a, y)).all()
    np.testing.assert_allclose(narrow_a.sum(axis=1), 0, atol=1e-12)
    one = [narrow.row(s, c, 1.0, narrow.width, [0.0] * 4) for s, c in zip(scores.tolist(), y.tolist(), strict=True)]
    np.testing.assert_allclose(one, values, rtol=1e-12, atol=20.0 / ratio)
    if ratio >= 1e6:  # no margin here is as narrow as the rounding
        np.testing.assert_allclose(narrow_a, a, atol=1e-7)


@pytest.mark.parametrize("name", strategies.KINKED)
def test_a_narrow_rounding_in_float32(name):
    rng = np.random.default_rng(405)
    scores, y = (100 * rng.normal(size=(200, 4))).astype(np.float32), rng.integers(0, 4, 200)
    for width in (1e-2, 1e-4, 1e-6):
        loss = make_loss(name).rounded(width)
        values, a = loss.rows(scores, y)
        want, want_a = loss.rows(scores.astype(float), y)
        np.testing.assert_allclose(values, want, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(a, want_a, atol=1e-3)


OUTSIDE = {
    # one row of four classes, y = 1
    "hinge": [[-0.1, 0.1, 0, 0], [1.1, -1.1, 0, 0], [0.5, -0.4, 0, 0], [0, 0.5, 0, 0]],
    "squared_hinge": [[-0.1, 0.1, 0, 0], [0.5, -0.4, 0, 0], [-3, 6, -3, 0]],
    "crammer_singer": [[-0.1, 0.1, 0, 0], [0.6, -1.2, 0.6, 0], [1.1, -1.1, 0, 0], [0.5, -0.4, 0, 0]],
    "softmax": [[-0.1, 0.1, 0, 0], [0.6, -1.2, 0.6, 0], [0.5, -0.4, 0, 0], [0, 0.1, 0, 0]],
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_infinite_outside(name):
    loss = make_loss(name)
    a = np.array(OUTSIDE[name], dtype=float)
    assert (loss.conjugate(a, np.ones(len(a), dtype=int)) == np.inf).all()
    inside = np.array([[0.25, -0.5, 0.25, 0.0], [0.0, 0.0, 0.0, 0.0]])
    assert np.isfinite(loss.conjugate(inside, np.array([1, 1]))).all()


def test_the_squared_conjugate_is_finite_everywhere():
    loss = make_loss("squared")
    a = np.random.default_rng(406).normal(size=(20, 4)) * 1e3
    assert np.isfinite(loss.conjugate(a, np.arange(20) % 4)).all()


@pytest.mark.parametrize("name", [n for n in strategies.LOSSES if n != "squared"])
def test_really_infinite_there(name):
    """The rows that the conjugate refuses have no finite supremum: a·s − loss(s) grows along a ray."""
    directions = [np.array(d, dtype=float) for d in np.ndindex(3, 3, 3, 3)]
    for line in OUTSIDE[name]:
        a = np.array(line, dtype=float)
        growth = [
            (a @ (t * (d - 1))) - formulas.row_loss(name, (t * (d - 1)).tolist(), 1, 1.0)
            for d in directions
            for t in (1e3, 1e6)
        ]
        assert max(growth) > 1e4


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_arguments_stay(name):
    rng = np.random.default_rng(407)
    y = rng.integers(0, 3, 10)
    a = draw_dual(name, rng, 10, 3, y)
    kept = a.copy()
    loss, weights = make_loss(name), np.ones(10)
    loss.conjugate(a, y)
    loss.balanced(a, y, weights)
    np.testing.assert_array_equal(a, kept)
    scores = rng.normal(size=(10, 3))
    kept = scores.copy()
    for f in (
        loss.rows,
        loss.pieces,
        loss.row_curvature,
        loss.rounded(0.5).rows,
        loss.rounded(0.5).row_curvature,
    ):
        f(scores, y)
        np.testing.assert_array_equal(scores, kept)
