"""The formulas of docs/math/softmax.md, in numbers."""

import math

import numpy as np
import pytest

import taut
from docs.numeric import slope


def probabilities(S):
    """By loops."""
    return np.array([[math.exp(s) / sum(math.exp(t) for t in row) for s in row] for row in S])


def values(case, W=None):
    P = probabilities(case.X @ (case.W if W is None else W))
    return np.array([-math.log(P[i, case.y[i]]) for i in range(case.N)])


def by_taut(case, **options):
    return taut.loss_and_gradient(case.W, case.X, case.y, loss="softmax", **options)


def test_softmax_probability(case):
    assert by_taut(case, wrt=()) == pytest.approx(values(case).mean(), rel=1e-12)
    np.testing.assert_allclose(taut.losses.Softmax().probabilities(case.S), probabilities(case.S), rtol=1e-12)


def test_softmax_value(case):
    for i, row in enumerate(case.S):
        assert math.log(sum(math.exp(s) for s in row)) - row[case.y[i]] == pytest.approx(values(case)[i], rel=1e-12)


def test_softmax_shift(case):
    for i, row in enumerate(case.S):
        t = row.max()
        assert math.log(sum(math.exp(s - t) for s in row)) - (row[case.y[i]] - t) == pytest.approx(values(case)[i])
    large = taut.loss_and_gradient(1e6 * case.W, case.X, case.y, loss="softmax")
    assert math.isfinite(large[0])
    assert np.isfinite(large[1]).all()


def test_softmax_anchor(case):
    at_zero = taut.loss_and_gradient(0 * case.W, case.X, case.y, loss="softmax", wrt=())
    assert at_zero == pytest.approx(math.log(case.C))


def test_softmax_wrong(case):
    P = probabilities(case.S)
    for i in range(case.N):
        moved = slope(lambda W, i=i: values(case, W)[i], case.W)
        for j in np.flatnonzero(case.Y[i] == 0):
            np.testing.assert_allclose(moved[:, j], P[i, j] * case.X[i], atol=1e-8)


def test_softmax_right(case):
    P = probabilities(case.S)
    for i in range(case.N):
        moved = slope(lambda W, i=i: values(case, W)[i], case.W)
        np.testing.assert_allclose(moved[:, case.y[i]], (P[i, case.y[i]] - 1) * case.X[i], atol=1e-8)


def test_softmax_slopes(case):
    A = taut.losses.Softmax().rows(case.S, case.y)[1]
    np.testing.assert_allclose(A, probabilities(case.S) - case.Y, atol=1e-14)
    np.testing.assert_allclose(A.sum(axis=1), 0, atol=1e-14)


def test_softmax_gradient(case):
    P = probabilities(case.S)
    first = case.X.T @ (P - case.Y) / case.N + case.l2 * case.W
    second = (case.X.T @ P - case.X.T @ case.Y) / case.N + case.l2 * case.W
    np.testing.assert_allclose(first, second, atol=1e-14)
    np.testing.assert_allclose(first, by_taut(case, l2=case.l2)[1], rtol=1e-10)
    moved = slope(lambda W: values(case, W).mean() + case.l2 / 2 * np.sum(W**2), case.W)
    np.testing.assert_allclose(first, moved, atol=1e-8)
    of_class_2 = case.X[case.y == 2].sum(axis=0)
    np.testing.assert_allclose((case.X.T @ case.Y)[:, 2], of_class_2)


def test_softmax_inputs(case):
    formula = (probabilities(case.S) - case.Y) @ case.W.T / case.N
    np.testing.assert_allclose(formula, by_taut(case, wrt="X")[1], atol=1e-14)
    moved = slope(lambda X: taut.loss_and_gradient(case.W, X, case.y, loss="softmax", wrt=()), case.X)
    np.testing.assert_allclose(formula, moved, atol=1e-8)


def test_softmax_value_from_slopes(case):
    A = probabilities(case.S) - case.Y
    np.testing.assert_allclose(-np.log1p(A[case.ar, case.y]), values(case))


def test_softmax_hessian(case):
    """With the bound of ½ that the page gives, which is reached."""
    P = probabilities(case.S)
    for i in range(case.N):
        H = np.diag(P[i]) - np.outer(P[i], P[i])
        moved = slope(lambda s, i=i: float(slope_of(s, case.y[i])[1]), case.S[i])
        np.testing.assert_allclose(moved, H[1], atol=1e-7)
        assert np.linalg.eigvalsh(H).max() <= 0.5
    p = np.array([0.5, 0.5, 0.0])
    assert np.linalg.eigvalsh(np.diag(p) - np.outer(p, p)).max() == pytest.approx(0.5)


def slope_of(scores, y):
    return taut.losses.Softmax().rows(scores[None, :], np.array([y]))[1][0]


def test_softmax_conjugate():
    """The supremum is reached where the probabilities are q; elsewhere nothing is larger."""
    y, loss, rng = 1, taut.losses.Softmax(), np.random.default_rng(0)
    for q in ([0.2, 0.5, 0.3], [0.01, 0.98, 0.01], [0.6, 0.1, 0.3]):
        q = np.array(q)
        a = q - np.eye(3)[y]
        formula = float(np.sum(q * np.log(q)))
        best = np.log(q)
        assert a @ best - loss.rows(best[None, :], np.array([y]))[0][0] == pytest.approx(formula)
        for s in 3 * rng.standard_normal((200, 3)):
            assert a @ s - loss.rows(s[None, :], np.array([y]))[0][0] <= formula + 1e-12
        assert loss.conjugate(a[None, :], np.array([y]))[0] == pytest.approx(formula)
    corner = np.array([[0.0, -0.5, 0.5]])  # q = (0, ½, ½), with 0 log 0 = 0
    assert loss.conjugate(corner, np.array([y]))[0] == pytest.approx(math.log(0.5))
    for outside in ([-0.1, 0.0, 0.1], [0.5, -0.4, 0.0]):
        assert loss.conjugate(np.array([outside]), np.array([y]))[0] == np.inf
