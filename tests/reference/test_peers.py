"""The optimum of others: liblinear and L-BFGS of scikit-learn, a quadratic programme for the binary SVM."""

import numpy as np
import pytest
from scipy import optimize
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.svm import LinearSVC

import strategies
from taut.losses import make_loss
from taut.matrix import as_matrix
from taut.models import Linear
from taut.objective import Risk, l2_from
from taut.solvers import QuasiNewton, Status, Stop, run


def fit(X, y, k, name, l2, *, intercept=False, weights=None, tol=1e-7):
    model = Linear(X.shape[1], k, intercept)
    risk = Risk(as_matrix(X), y, make_loss(name), model, l2, weights)
    solution = run(QuasiNewton(), risk, np.zeros(model.size), Stop(tol, 20000))
    W, b = model.views(solution.theta)
    return W, b, solution


def binary_svm(X, sign, C, *, squared=False):
    """min ½ ‖w‖² + C Σ max(0, 1 − y w·x)^(1 or 2), by its dual box problem."""
    Q = (sign[:, None] * X) @ (sign[:, None] * X).T
    if squared:
        Q = Q + np.eye(len(X)) / (2 * C)
    found = optimize.minimize(
        lambda a: (0.5 * a @ Q @ a - a.sum(), Q @ a - 1.0),
        np.full(len(X), min(C, 1.0) / 2),
        jac=True,
        bounds=[(0.0, None if squared else C)] * len(X),
        method="SLSQP",
        options={"ftol": 1e-16, "maxiter": 1000},
    )
    return X.T @ (sign * found.x)


@pytest.mark.parametrize("C", [0.05, 1.0, 5.0])
@pytest.mark.parametrize("seed", range(4))
def test_binary_svm(C, seed):
    """The row of l2_from: the two-class hinge at l2_from(C=C/2, weight_sum=n) has w₁ = −w₀ = w/2."""
    X, y = strategies.clusters(seed, 24, 3, 2)
    w = binary_svm(X, 2.0 * y - 1.0, C)
    l2 = l2_from(C=C / 2, weight_sum=len(y))
    assert l2 == pytest.approx(2 / (C * 24), rel=1e-15)
    for name in strategies.KINKED:
        W, _, solution = fit(X, y, 2, name, l2, tol=1e-6)
        margins = np.maximum(0, 1 - (2 * y - 1) * (X @ w))
        best = (0.5 * w @ w + C * margins.sum()) / (C * 24)
        assert solution.certificate.dual - 1e-9 <= best <= solution.certificate.primal + 1e-9
        np.testing.assert_allclose(W[:, 1], w / 2, atol=3e-3 * max(1.0, np.abs(w).max()))
        np.testing.assert_allclose(W[:, 0], -W[:, 1], atol=1e-8)


@pytest.mark.parametrize("C", [0.1, 1.0])
def test_binary_svm_by_liblinear(C):
    X, y = strategies.clusters(5, 60, 4, 2)
    peer = LinearSVC(loss="hinge", C=C, fit_intercept=False, tol=1e-10, max_iter=10**6, random_state=0).fit(X, y)
    W, _, _ = fit(X, y, 2, "hinge", l2_from(C=C / 2, weight_sum=60), tol=1e-6)
    np.testing.assert_allclose(W[:, 1] - W[:, 0], peer.coef_[0], atol=5e-3)


@pytest.mark.parametrize("C", [0.1, 1.0])
def test_binary_squared_hinge_by_liblinear(C):
    X, y = strategies.clusters(6, 60, 4, 2)
    peer = LinearSVC(loss="squared_hinge", C=C, fit_intercept=False, tol=1e-12, max_iter=10**6, random_state=0)
    w = peer.fit(X, y).coef_[0]
    W, _, _ = fit(X, y, 2, "squared_hinge", l2_from(C=C / 2, weight_sum=60), tol=1e-11)
    np.testing.assert_allclose(W[:, 1] - W[:, 0], w, atol=1e-5)


@pytest.mark.parametrize("C", [0.05, 0.5])
def test_crammer_singer_by_liblinear(C):
    """½ ‖W‖² + C Σ max(0, 1 + max_j s_j − s_y): the first row of l2_from's table."""
    X, y = strategies.clusters(7, 80, 4, 3)
    peer = LinearSVC(
        multi_class="crammer_singer", C=C, fit_intercept=False, tol=1e-9, max_iter=10**6, random_state=0
    ).fit(X, y)
    l2 = l2_from(C=C, weight_sum=80)
    _, _, solution = fit(X, y, 3, "crammer_singer", l2, tol=1e-6)
    s = X @ peer.coef_.T
    m = s - s[np.arange(80), y][:, None] + 1.0
    m[np.arange(80), y] = 0.0
    theirs = m.max(axis=1).mean() + l2 / 2 * (peer.coef_**2).sum()
    assert solution.certificate.dual - 1e-9 <= theirs
    assert solution.certificate.primal <= theirs * (1 + 1e-6)
    assert theirs == pytest.approx(solution.certificate.primal, rel=1e-4)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("intercept", [False, True])
def test_logistic_regression(intercept, weighted):
    X, y = strategies.clusters(8, 90, 4, 3)
    weights = np.random.default_rng(8).uniform(0.5, 2.0, 90) if weighted else None
    C, S = 0.7, 90.0 if weights is None else weights.sum()
    peer = LogisticRegression(C=C, fit_intercept=intercept, tol=1e-10, max_iter=10000)
    peer.fit(X, y, sample_weight=weights)
    W, b, solution = fit(
        X, y, 3, "softmax", l2_from(C=C, weight_sum=S), intercept=intercept, weights=weights, tol=1e-12
    )
    assert solution.status is Status.CONVERGED
    np.testing.assert_allclose(W.T, peer.coef_, atol=1e-5)
    if intercept:  # a shift of all intercepts is free
        np.testing.assert_allclose(b - b.mean(), peer.intercept_ - peer.intercept_.mean(), atol=1e-5)


@pytest.mark.parametrize("intercept", [False, True])
def test_ridge_on_one_hot_targets(intercept):
    """Ridge minimises ‖XW + b − T‖² + α ‖W‖²: α = l2 S, and the intercept is free in both."""
    X, y = strategies.clusters(9, 50, 4, 3)
    peer = Ridge(alpha=0.3 * 50, fit_intercept=intercept, solver="svd").fit(X, np.eye(3)[y])
    W, b, _ = fit(X, y, 3, "squared", 0.3, intercept=intercept, tol=1e-13)
    np.testing.assert_allclose(W.T, peer.coef_, atol=1e-6)
    if intercept:
        np.testing.assert_allclose(b, peer.intercept_, atol=1e-6)


def test_centring_is_a_free_intercept():
    """M11: ridge with a free intercept is ridge on centred data."""
    X, y = strategies.clusters(10, 50, 3, 3)
    T = np.eye(3)[y]
    Xc, Tc = X - X.mean(axis=0), T - T.mean(axis=0)
    want = np.linalg.solve(Xc.T @ Xc + 50 * 0.2 * np.eye(3), Xc.T @ Tc)
    W, b, _ = fit(X, y, 3, "squared", 0.2, intercept=True, tol=1e-13)
    np.testing.assert_allclose(W, want, atol=1e-6)
    np.testing.assert_allclose(b, T.mean(axis=0) - X.mean(axis=0) @ want, atol=1e-6)
