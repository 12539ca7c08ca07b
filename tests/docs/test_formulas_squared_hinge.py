"""The formulas of docs/math/squared_hinge.md, in numbers."""

import numpy as np
import pytest

import taut
from docs.numeric import largest, slope

LOSS = "squared_hinge"


def cut(case, W=None, delta=None):
    """v_ij by loops, 0 at the right class."""
    W, delta = case.W if W is None else W, case.delta if delta is None else delta
    v = np.zeros((case.N, case.C))
    for i in range(case.N):
        for j in range(case.C):
            if j != case.y[i]:
                v[i, j] = max(0.0, case.X[i] @ W[:, j] - case.X[i] @ W[:, case.y[i]] + delta)
    return v


def values(case, W=None):
    return np.array([sum(v * v for v in row) for row in cut(case, W)])


def slopes(case):
    V = cut(case)
    return 2 * V - np.diag(2 * V @ np.ones(case.C)) @ case.Y


def by_taut(case, **options):
    return taut.loss_and_gradient(case.W, case.X, case.y, loss=LOSS, margin=case.delta, **options)


def test_squared_hinge_cut(case):
    pieces = taut.losses.SquaredHinge(margin=case.delta).pieces(case.S, case.y)
    np.testing.assert_allclose(np.maximum(pieces, 0).ravel(), cut(case)[case.Y == 0])
    assert not cut(case)[case.Y == 1].any()


def test_squared_hinge_value(case):
    assert by_taut(case, wrt=()) == pytest.approx(values(case).mean(), rel=1e-12)


def test_squared_hinge_anchor(case):
    at_zero = taut.loss_and_gradient(0 * case.W, case.X, case.y, loss=LOSS, margin=case.delta, wrt=())
    assert at_zero == pytest.approx((case.C - 1) * case.delta**2)


def test_squared_hinge_wrong(case):
    V = cut(case)
    for i in range(case.N):
        moved = slope(lambda W, i=i: values(case, W)[i], case.W)
        for j in np.flatnonzero(case.Y[i] == 0):
            np.testing.assert_allclose(moved[:, j], 2 * V[i, j] * case.X[i], atol=1e-7)


def test_squared_hinge_right(case):
    V = cut(case)
    for i in range(case.N):
        moved = slope(lambda W, i=i: values(case, W)[i], case.W)
        np.testing.assert_allclose(moved[:, case.y[i]], -2 * V[i].sum() * case.X[i], atol=1e-7)


def test_squared_hinge_slopes(case):
    A = taut.losses.SquaredHinge(margin=case.delta).rows(case.S, case.y)[1]
    np.testing.assert_allclose(slopes(case), A, atol=1e-12)


def test_squared_hinge_gradient(case):
    formula = case.X.T @ slopes(case) / case.N + case.l2 * case.W
    moved = slope(lambda W: values(case, W).mean() + case.l2 / 2 * np.sum(W**2), case.W)
    np.testing.assert_allclose(formula, moved, atol=1e-7)
    np.testing.assert_allclose(formula, by_taut(case, l2=case.l2)[1], rtol=1e-10)


def test_squared_hinge_inputs(case):
    np.testing.assert_allclose(slopes(case) @ case.W.T / case.N, by_taut(case, wrt="X")[1], atol=1e-12)
    moved = slope(lambda X: taut.loss_and_gradient(case.W, X, case.y, loss=LOSS, margin=case.delta, wrt=()), case.X)
    np.testing.assert_allclose(slopes(case) @ case.W.T / case.N, moved, atol=1e-7)


def test_squared_hinge_value_from_slopes(case):
    A = np.where(case.Y == 1, 0.0, slopes(case))
    np.testing.assert_allclose((A**2).sum(axis=1) / 4, values(case))


def test_squared_hinge_hessian(case):
    """And a central difference across the jump is off by at most h x²/(2N), as the page says."""
    rng = np.random.default_rng(3)
    U = rng.standard_normal(case.S.shape)
    loss = taut.losses.SquaredHinge(margin=case.delta)
    counts = cut(case) > 0
    formula = 2 * counts * (U - U[case.ar, case.y][:, None])
    formula[case.ar, case.y] = -formula.sum(axis=1)
    h = 1e-6
    moved = (loss.rows(case.S + h * U, case.y)[1] - loss.rows(case.S - h * U, case.y)[1]) / (2 * h)
    np.testing.assert_allclose(formula, moved, atol=1e-6)
    for share in np.linspace(-2, 2, 41):  # f(t) = max(0, share·h·x + t·x)², at t = 0
        f, x, h = lambda t, share=share: max(0.0, share * 1e-3 * 3.0 + t * 3.0) ** 2, 3.0, 1e-3
        central = (f(h) - f(-h)) / (2 * h)
        true = 2 * max(0.0, share * h * x) * x
        assert abs(central - true) <= h * x**2 / 2 + 1e-12


def test_squared_hinge_conjugate():
    delta, y = 0.8, 1
    loss = taut.losses.SquaredHinge(margin=delta)
    for b in ([0.2, 0.5], [3.0, 0.0], [0.9, 1.7]):
        a = np.array([b[0], -sum(b), b[1]])
        found = largest(lambda s, a=a: a @ s - loss.rows(s[None, :], np.array([y]))[0][0], np.zeros(3))
        assert found == pytest.approx(sum(t * t / 4 - delta * t for t in b), abs=1e-6)
        assert loss.conjugate(a[None, :], np.array([y]))[0] == pytest.approx(found, abs=1e-6)
    for outside in ([-0.2, 0.2, 0.0], [0.5, -0.4, 0.0]):
        assert loss.conjugate(np.array([outside]), np.array([y]))[0] == np.inf
