"""`pieces` is honest: where no sign changes along a segment, the loss is smooth on it, and kinks show."""

import numpy as np
import pytest

import strategies
from taut.losses import make_loss


def segments(seed, name, count=400):
    """Segments of which both ends lie strictly inside one piece, row by row."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        n, k = int(rng.choice(strategies.SIZES)), int(rng.integers(2, 8))
        loss = make_loss(name, margin=float(rng.choice(strategies.MARGINS)))
        s = rng.normal(size=(n, k))
        t = s + rng.normal(size=(n, k)) * rng.choice([0.05, 0.3, 2.0])
        y = rng.integers(0, k, n)
        a, b = loss.pieces(s, y), loss.pieces(t, y)
        assert a.shape == b.shape
        assert a.shape[0] == n
        same = ((np.sign(a) == np.sign(b)) & (a != 0)).all(axis=1)
        yield loss, s, t, y, same


@pytest.mark.parametrize("name", strategies.KINKED)
def test_linear_between(name):
    kept = 0
    for loss, s, t, y, same in segments(700, name):
        ends = [loss.rows(v, y) for v in (s, t)]
        for c in (0.1, 0.37, 0.5, 0.9):
            values, gradient = loss.rows((1 - c) * s + c * t, y)
            straight = (1 - c) * ends[0][0] + c * ends[1][0]
            np.testing.assert_allclose(values[same], straight[same], rtol=1e-12, atol=1e-13)
            np.testing.assert_array_equal(gradient[same], ends[0][1][same])
        kept += int(same.sum())
    assert kept > 300


def test_squared_hinge_is_quadratic_between():
    kept = 0
    for loss, s, t, y, same in segments(701, "squared_hinge"):
        f = [loss.rows(s + c * (t - s), y)[0] for c in (0.0, 0.25, 0.5, 0.75, 1.0)]
        third = [f[i + 3] - 3 * f[i + 2] + 3 * f[i + 1] - f[i] for i in (0, 1)]
        for d in third:
            np.testing.assert_allclose(d[same], 0, atol=1e-11 * (1 + max(map(np.max, f))))
        kept += int(same.sum())
    assert kept > 300


@pytest.mark.parametrize("name", [n for n in strategies.LOSSES if n not in ("softmax", "squared")])
def test_a_kink_changes_a_sign(name):
    """Where the gradient (or its slope) jumps on the way, one sign tells."""
    loss, y = make_loss(name, margin=1.0), np.array([0])
    for k in (2, 3, 5):
        s = np.full((1, k), -9.0)
        s[0, 0] = 0.0
        for rival in range(1, k):
            before, after = s.copy(), s.copy()
            before[0, rival], after[0, rival] = -1.001, -0.999
            a, b = loss.pieces(before, y), loss.pieces(after, y)
            assert (np.sign(a) != np.sign(b)).sum() == 1
            at = s.copy()
            at[0, rival] = -1.0
            assert (loss.pieces(at, y) == 0).any()


def test_crammer_singer_tells_a_change_of_rival():
    loss, y = make_loss("crammer_singer"), np.array([0])
    before, after = np.array([[0.0, 2.0, 1.9]]), np.array([[0.0, 1.9, 2.0]])
    assert (np.sign(loss.pieces(before, y)) == [[1, -1]]).all()
    assert (np.sign(loss.pieces(after, y)) == [[-1, 1]]).all()
    assert (loss.pieces(np.array([[0.0, 2.0, 2.0]]), y) == 0).any()


@pytest.mark.parametrize("name", ["softmax", "squared"])
def test_no_kinks_no_pieces(name):
    assert make_loss(name).pieces(np.zeros((4, 3)), np.array([0, 1, 2, 0])).shape == (4, 0)
