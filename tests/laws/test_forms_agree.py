"""One function, four ways: the formula in this test suite, `row`, `rows`, and the public call."""

from fractions import Fraction

import numpy as np
import pytest

import strategies
from reference import formulas
from taut.losses import make_loss
from taut.objective import loss_and_gradient

COUNT = 1000


def close(got, want, tolerance=1e-12):
    """Norm-wise relative agreement."""
    want = np.asarray(want, dtype=float)
    scale = max(1.0, float(np.abs(want).max(initial=0.0)))
    np.testing.assert_allclose(np.asarray(got, dtype=float), want, rtol=0, atol=tolerance * scale)


def row_by_row(loss, scores, y, width=0.0):
    """`row` over all rows."""
    values, gradients = [], []
    for s, c in zip(scores.tolist(), y.tolist(), strict=True):
        grad = [np.nan] * len(s)
        values.append(loss.row(s, c, loss.margin, width, grad))
        gradients.append(grad)
    return np.array(values), np.array(gradients)


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_1000_problems_in_float64(name):
    for p in strategies.problems(100, COUNT):
        options = p.options | {"sample_weight": None if p.weights is None else p.weights.tolist()}
        value, dW, dX = formulas.objective(name, p.W.tolist(), p.X.tolist(), p.y.tolist(), **options)
        got, got_dW, got_dX = loss_and_gradient(p.W, p.X, p.y, loss=name, wrt=("W", "X"), **p.options)
        close(got, value)
        close(got_dW, dW)
        close(got_dX, dX)

        loss, scores = make_loss(name, margin=p.margin), p.X @ p.W
        values, gradients = row_by_row(loss, scores, p.y)
        many, many_gradients = loss.rows(scores, p.y)
        close(many, values)
        close(many_gradients, gradients)
        weights = np.ones(p.n) if p.weights is None else p.weights
        kept = p.W.copy()
        if p.bias_row is not None:
            kept[p.bias_row] = 0.0
        S = weights.sum()
        close(got, weights @ values / S + p.l2 / 2 * (kept**2).sum())
        close(got_dW, p.X.T @ (weights[:, None] * gradients) / S + p.l2 * kept)
        close(got_dX, weights[:, None] * gradients @ p.W.T / S)


@pytest.mark.parametrize("name", [n for n in strategies.LOSSES if n != "softmax"])
def test_exactly_on_integer_grids(name):
    """Rational arithmetic has no rounding, so a wrong side of a tie cannot hide in a tolerance."""
    checked = 0
    for p in strategies.problems(101, 90, kinds=("grid", "tied_rivals", "zero_W")):
        weights = None if p.weights is None else [Fraction(v) for v in p.weights.tolist()]
        exact = formulas.objective(
            name,
            [[Fraction(v) for v in line] for line in p.W.tolist()],
            [[Fraction(v) for v in line] for line in p.X.tolist()],
            p.y.tolist(),
            margin=Fraction(p.margin),
            l2=Fraction(p.l2),
            sample_weight=weights,
            bias_row=p.bias_row,
        )
        for dtype, tolerance in ((np.float64, 1e-14), (np.float32, 5e-7)):
            q = p.cast(dtype)
            got = loss_and_gradient(q.W, q.X, q.y, loss=name, wrt=("W", "X"), **q.options)
            for one, other in zip(got, exact, strict=True):
                close(one, np.array(other, dtype=float), tolerance)
        checked += 1
    assert checked == 90


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_float32_follows_float64(name):
    for p in strategies.problems(102, 210, kinds=("grid", "tied_rivals", "zero_W")):
        q = p.cast(np.float32)
        want = loss_and_gradient(p.W, p.X, p.y, loss=name, wrt=("W", "X"), **p.options)
        got = loss_and_gradient(q.W, q.X, q.y, loss=name, wrt=("W", "X"), **q.options)
        assert type(got[0]) is float
        assert got[1].dtype == got[2].dtype == np.float32
        for one, other in zip(got, want, strict=True):
            close(one, other, 2e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", strategies.LOSSES)
def test_row_is_rows_in_both_types(name, dtype):
    """float32 scores, converted exactly for `row`, near no kink by less than float32 can see."""
    rng = np.random.default_rng(103)
    tolerance = 1e-12 if dtype == np.float64 else 1e-5
    for _ in range(200):
        n, k = int(rng.choice(strategies.SIZES)), int(rng.integers(2, 8))
        scores, y = (2 * rng.normal(size=(n, k))).astype(dtype), rng.integers(0, k, n)
        loss = make_loss(name, margin=float(rng.choice(strategies.MARGINS)))
        values, gradients = loss.rows(scores, y)
        assert values.dtype == gradients.dtype == dtype
        want, want_gradients = row_by_row(loss, scores, y)
        close(values, want, tolerance)
        close(gradients, want_gradients, tolerance)


@pytest.mark.parametrize("width", [1e-3, 0.1, 1.0, 7.0])
@pytest.mark.parametrize("name", strategies.LOSSES)
def test_rounded_row_is_rounded_rows(name, width):
    """On random scores and on grids where many classes tie with each other and with the kink."""
    rng = np.random.default_rng(104)
    for i in range(150):
        n, k = int(rng.choice(strategies.SIZES)), int(rng.integers(2, 8))
        scores = rng.normal(size=(n, k)) if i % 2 else rng.integers(-2, 3, size=(n, k)).astype(float)
        y = rng.integers(0, k, n)
        loss = make_loss(name, margin=float(rng.choice(strategies.MARGINS))).rounded(width)
        assert loss.width == (width if name in strategies.KINKED else 0.0)
        values, gradients = row_by_row(loss, scores, y, loss.width)
        many, many_gradients = loss.rows(scores, y)
        close(many, values, 1e-11)
        close(many_gradients, gradients, 1e-11)
        if loss.kinked:
            brute = [
                formulas.rounded_row(name, s, c, loss.margin, width)
                for s, c in zip(scores.tolist(), y.tolist(), strict=True)
            ]
            close(many, brute, 1e-10)


@pytest.mark.parametrize("name", strategies.KINKED)
def test_one_class_more_never_counts_itself(name):
    """The indicator leaves j = y out also where margin > 0 would make it count."""
    loss = make_loss(name, margin=2.5)
    values, gradients = loss.rows(np.array([[9.0, 0.0, 0.0]]), np.array([0]))
    assert values.tolist() == [0.0]
    assert not gradients.any()


def test_the_first_of_tied_rivals_counts():
    loss = make_loss("crammer_singer")
    scores, y = np.array([[0.0, 3.0, 1.0, 3.0], [3.0, 3.0, 0.0, 3.0]]), np.array([0, 1])
    _, gradients = loss.rows(scores, y)
    assert gradients.tolist() == [[-1.0, 1.0, 0.0, 0.0], [1.0, -1.0, 0.0, 0.0]]
    assert row_by_row(loss, scores, y)[1].tolist() == gradients.tolist()


@pytest.mark.parametrize("name", strategies.KINKED)
def test_the_comparison_at_a_kink_is_strict(name):
    """A margin of exactly 0 does not count: M6's own example, x = 1, w1 = w2 = 1, margin 0."""
    for margin, W in ((0.0, [[1.0, 1.0]]), (1.0, [[2.0, 1.0]]), (2.5, [[3.0, 0.5]])):
        value, dW, dX = loss_and_gradient(W, [[1.0]], [0], loss=name, margin=margin, wrt=("W", "X"))
        assert value == 0.0
        assert dW.tolist() == [[0.0, 0.0]]
        assert dX.tolist() == [[0.0]]
