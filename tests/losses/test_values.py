"""Values that are known beforehand, and the traps of the public notes."""

import decimal
import math

import numpy as np
import pytest

import strategies
from taut.losses import LOSSES, Loss, make_loss
from taut.objective import loss_and_gradient


@pytest.mark.parametrize("k", range(2, 8))
@pytest.mark.parametrize("margin", strategies.MARGINS)
def test_at_zero(k, margin):
    """W = 0: hinge (k − 1)·margin (and not k·margin, which counts j = y), softmax log k."""
    rng = np.random.default_rng(800)
    X, y, W = rng.normal(size=(11, 3)), rng.integers(0, k, 11), np.zeros((3, k))
    want = {
        "hinge": (k - 1) * margin,
        "squared_hinge": (k - 1) * margin**2,
        "crammer_singer": margin,
        "softmax": math.log(k),
        "squared": 0.5,
    }
    for name, value in want.items():
        assert loss_and_gradient(W, X, y, loss=name, margin=margin, wrt=()) == pytest.approx(value, rel=1e-14)


def test_hinge_of_two_classes_is_the_binary_hinge():
    rng = np.random.default_rng(801)
    for _ in range(50):
        n, d = int(rng.choice(strategies.SIZES)), 4
        X, W, y = rng.normal(size=(n, d)), rng.normal(size=(d, 2)), rng.integers(0, 2, n)
        sign, w = 2 * y - 1, W[:, 1] - W[:, 0]
        m = np.maximum(0, 1 - sign * (X @ w))
        active = (m > 0) * -sign
        for name, want, slope in (
            ("hinge", m.mean(), active),
            ("crammer_singer", m.mean(), active),
            ("squared_hinge", (m**2).mean(), 2 * m * -sign),
            ("softmax", np.log1p(np.exp(-sign * (X @ w))).mean(), -sign / (1 + np.exp(sign * (X @ w)))),
        ):
            value, dW = loss_and_gradient(W, X, y, loss=name)
            assert value == pytest.approx(want, rel=1e-13)
            np.testing.assert_allclose(dW[:, 1], X.T @ slope / n, rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(dW[:, 0], -dW[:, 1], rtol=1e-12, atol=1e-14)


def test_the_row_sum_belongs_to_the_right_class():
    """A_iy = −Σ_{j≠y} A_ij, in the column of y alone; three classes, both rivals count."""
    _, dS = loss_and_gradient(None, [[0.0, 0.5, -0.5]], [0], wrt="scores")
    assert dS.tolist() == [[-2.0, 1.0, 1.0]]
    _, dS = loss_and_gradient(None, [[0.0, 0.5, -0.5]], [1], wrt="scores")
    assert dS.tolist() == [[1.0, -1.0, 0.0]]  # m_2 = 0: strict


def test_softmax_reads_each_row_s_own_class():
    """Not −Σ log p_{i, y_0}: the rows have different classes."""
    S = np.array([[2.0, 0.0], [0.0, 3.0]])
    value, _ = loss_and_gradient(None, S, [0, 1], loss="softmax", wrt="scores")
    assert value == pytest.approx((math.log1p(math.exp(-2)) + math.log1p(math.exp(-3))) / 2, rel=1e-15)


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_mean_not_sum(name):
    rng = np.random.default_rng(802)
    X, W, y = rng.normal(size=(6, 3)), rng.normal(size=(3, 4)), rng.integers(0, 4, 6)
    once = loss_and_gradient(W, X, y, loss=name)
    twice = loss_and_gradient(W, np.tile(X, (2, 1)), np.tile(y, 2), loss=name)
    assert twice[0] == pytest.approx(once[0], rel=1e-14)
    np.testing.assert_allclose(twice[1], once[1], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_weights_are_repetitions(name):
    rng = np.random.default_rng(803)
    for _ in range(20):
        X, W, y = rng.normal(size=(7, 3)), rng.normal(size=(3, 4)), rng.integers(0, 4, 7)
        s = rng.integers(0, 4, 7)
        s[0] = 1
        got = loss_and_gradient(W, X, y, loss=name, sample_weight=s, l2=0.5)
        want = loss_and_gradient(W, np.repeat(X, s, axis=0), np.repeat(y, s), loss=name, l2=0.5)
        assert got[0] == pytest.approx(want[0], rel=1e-13)
        np.testing.assert_allclose(got[1], want[1], rtol=1e-12, atol=1e-14)


def decimal_softmax(s, y):
    """log Σ e^{s_j} − s_y and the probabilities with 60 digits."""
    with decimal.localcontext() as context:
        context.prec = 60
        context.Emin, context.Emax = -999999999, 999999999
        s = [decimal.Decimal(v) for v in s]
        top = max(s)
        powers = [(v - top).exp() for v in s]
        total = sum(powers)
        return float(total.ln() + top - s[y]), [float(v / total) for v in powers]


EXTREMES = [
    [1e4, -1e4, 0.0],
    [-1e4, -1e4, -1e4],
    [1e4, 1e4, 1e4],
    [1e4, 1e4 - 1, 1e4 - 30],
    [-1e4, -1e4 + 2.5, 1e4],
    [0.0, 1e-9, -1e-9],
    [710.0, -746.0, 0.0],
    [88.0, -104.0, 0.0],
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scores", EXTREMES)
def test_softmax_of_extreme_scores(scores, dtype):
    loss = make_loss("softmax")
    given = np.array([scores], dtype=dtype)
    for y in range(3):
        value, p = decimal_softmax(given[0].tolist(), y)
        values, gradient = loss.rows(given, np.array([y]))
        tolerance = 1e-14 if dtype == np.float64 else 5e-7
        assert values[0] == pytest.approx(value, rel=tolerance, abs=tolerance)
        want = np.array(p) - np.eye(3)[y]
        np.testing.assert_allclose(gradient[0], want, rtol=tolerance, atol=tolerance)
        grad = [0.0] * 3
        assert loss.row(given[0].tolist(), y, 1.0, 0.0, grad) == pytest.approx(value, rel=1e-14, abs=1e-14)
        np.testing.assert_allclose(grad, want, rtol=1e-13, atol=1e-15)
        np.testing.assert_allclose(loss.probabilities(given)[0], p, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_shifting_all_scores_of_a_row_changes_nothing_but_least_squares(name):
    rng = np.random.default_rng(804)
    S, y = rng.integers(-3, 4, (20, 4)).astype(float), rng.integers(0, 4, 20)
    loss = make_loss(name)
    same = np.allclose(loss.rows(S, y)[0], loss.rows(S + rng.integers(-9, 9, (20, 1)), y)[0], rtol=1e-12)
    assert same == (name != "squared")


def test_the_table():
    assert tuple(LOSSES) == strategies.LOSSES
    loss = make_loss("hinge", margin=0.5)
    assert make_loss(loss, margin=9.0) is loss
    assert isinstance(loss, Loss)
    assert hash(loss) == hash(make_loss("hinge", margin=0.5))
    with pytest.raises(ValueError, match="squared_hinge"):
        make_loss("hunge")


@pytest.mark.parametrize("margin", [-1.0, math.nan, math.inf])
def test_bad_margins(margin):
    with pytest.raises(ValueError, match="margin"):
        make_loss("hinge", margin=margin)
