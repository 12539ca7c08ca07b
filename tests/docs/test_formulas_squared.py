"""The formulas of docs/math/squared.md, in numbers."""

import numpy as np
import pytest

import taut
from docs.numeric import slope


def values(case, W=None):
    S = case.X @ (case.W if W is None else W)
    return np.array([0.5 * sum((S[i, j] - float(j == case.y[i])) ** 2 for j in range(case.C)) for i in range(case.N)])


def by_taut(case, **options):
    return taut.loss_and_gradient(case.W, case.X, case.y, loss="squared", **options)


def test_squared_value(case):
    assert by_taut(case, wrt=()) == pytest.approx(values(case).mean(), rel=1e-12)


def test_squared_anchor(case):
    assert taut.loss_and_gradient(0 * case.W, case.X, case.y, loss="squared", wrt=()) == pytest.approx(0.5)


def test_squared_column(case):
    for i in range(case.N):
        moved = slope(lambda W, i=i: values(case, W)[i], case.W)
        for j in range(case.C):
            np.testing.assert_allclose(moved[:, j], (case.S[i, j] - float(j == case.y[i])) * case.X[i], atol=1e-7)


def test_squared_residual(case):
    np.testing.assert_allclose(taut.losses.Squared().rows(case.S, case.y)[1], case.S - case.Y)


def test_squared_gradient(case):
    formula = case.X.T @ (case.X @ case.W - case.Y) / case.N + case.l2 * case.W
    np.testing.assert_allclose(formula, by_taut(case, l2=case.l2)[1], rtol=1e-10)
    moved = slope(lambda W: values(case, W).mean() + case.l2 / 2 * np.sum(W**2), case.W)
    np.testing.assert_allclose(formula, moved, atol=1e-7)


def test_squared_inputs(case):
    formula = (case.X @ case.W - case.Y) @ case.W.T / case.N
    np.testing.assert_allclose(formula, by_taut(case, wrt="X")[1], atol=1e-13)


def test_squared_normal(case):
    """The solution has a gradient of zero, with and without an intercept that is left out of the penalty."""
    left = case.X.T @ case.X / case.N + case.l2 * np.eye(case.D)
    W = np.linalg.solve(left, case.X.T @ case.Y / case.N)
    _, gradient = taut.loss_and_gradient(W, case.X, case.y, loss="squared", l2=case.l2)
    np.testing.assert_allclose(gradient, 0, atol=1e-14)
    model = taut.LinearClassifier("squared", l2=case.l2, tol=1e-12).fit(case.X, case.y)
    ones = np.hstack([case.X, np.ones((case.N, 1))])
    spared = np.diag([1.0] * case.D + [0.0])
    whole = np.linalg.solve(ones.T @ ones / case.N + case.l2 * spared, ones.T @ case.Y / case.N)
    np.testing.assert_allclose(model.coef_.T, whole[:-1], atol=1e-5)
    np.testing.assert_allclose(model.intercept_, whole[-1], atol=1e-5)


def test_squared_value_from_residual(case):
    np.testing.assert_allclose(0.5 * np.sum((case.S - case.Y) ** 2, axis=1), values(case))


def quadratic(seed=0):
    """½ vᵀHv with eigenvalues between 0.1 and 3."""
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.standard_normal((4, 4)))[0]
    eigenvalues = np.array([0.1, 0.5, 1.2, 3.0])
    return basis @ np.diag(eigenvalues) @ basis.T, eigenvalues, basis


def test_squared_factor():
    H, eigenvalues, basis = quadratic()
    v, eta = np.random.default_rng(1).standard_normal(4), 0.21
    after = v - eta * H @ v
    np.testing.assert_allclose(basis.T @ after, (1 - eta * eigenvalues) * (basis.T @ v), atol=1e-12)


def test_squared_rate():
    H, eigenvalues, _ = quadratic()
    L, mu = eigenvalues.max(), eigenvalues.min()

    def after(eta, steps=400):
        v = np.ones(4)
        for _ in range(steps):
            v = v - eta * H @ v
            if not np.abs(v).max() < 1e100:
                break
        return v

    assert np.abs(after(1.99 / L)).max() < 1e-2
    assert np.abs(after(2.01 / L)).max() > 1
    for eta in (0.05, 0.3, 0.6):
        rho = max(abs(1 - eta * L), abs(1 - eta * mu))
        one, next_one = np.linalg.norm(after(eta, 300)), np.linalg.norm(after(eta, 301))
        assert next_one / one == pytest.approx(rho, rel=1e-3)
    etas = np.linspace(0.01, 0.7, 2000)
    rhos = [max(abs(1 - eta * L), abs(1 - eta * mu)) for eta in etas]
    kappa = L / mu
    assert etas[int(np.argmin(rhos))] == pytest.approx(2 / (L + mu), abs=1e-3)
    assert min(rhos) == pytest.approx((kappa - 1) / (kappa + 1), abs=1e-3)


def test_squared_conjugate():
    y, loss, rng = 1, taut.losses.Squared(), np.random.default_rng(0)
    for a in rng.standard_normal((5, 3)):
        formula = 0.5 * a @ a + a[y]
        best = a + np.eye(3)[y]
        assert a @ best - loss.rows(best[None, :], np.array([y]))[0][0] == pytest.approx(formula)
        for s in 3 * rng.standard_normal((200, 3)):
            assert a @ s - loss.rows(s[None, :], np.array([y]))[0][0] <= formula + 1e-12
        assert loss.conjugate(a[None, :], np.array([y]))[0] == pytest.approx(formula)


def test_squared_excess(case):
    """Also where H has no inverse."""
    X = np.hstack([case.X, case.X[:, :1]])
    H = X.T @ X / case.N
    W = np.random.default_rng(0).standard_normal((5, case.C))
    value, g = taut.loss_and_gradient(W, X, case.y, loss="squared")
    best = np.linalg.lstsq(X, case.Y)[0]
    lowest = taut.loss_and_gradient(best, X, case.y, loss="squared", wrt=())
    assert np.linalg.matrix_rank(H) == 4
    assert value - lowest == pytest.approx(0.5 * np.sum(g * (np.linalg.pinv(H) @ g)))
