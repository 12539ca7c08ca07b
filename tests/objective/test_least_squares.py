"""The certificate of least squares against exact arithmetic and dense linear algebra."""

import dataclasses

import numpy as np
import pytest
from scipy import sparse

from taut.losses import SquaredError
from taut.matrix import as_matrix
from taut.models import Linear
from taut.objective import LeastSquaresRisk
from taut.objective import _factoring as factoring
from taut.objective._twofold import residual


def risk(X, T, l2=0.0, weights=None, *, intercept=True, **options):
    model = Linear(X.shape[1], T.shape[1], intercept)
    return LeastSquaresRisk(as_matrix(X), T, SquaredError(), model, l2, weights, **options)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(1)
    return rng.normal(size=(40, 5)) + 2, rng.normal(size=(40, 2)), rng.uniform(0.1, 2, size=40)


def dense_hessian(X, weights, l2, intercept):
    A = np.c_[X, np.ones(len(X))] if intercept else X
    H = A.T @ (A * weights[:, None]) / weights.sum()
    H[: X.shape[1], : X.shape[1]] += l2 * np.eye(X.shape[1])
    return H


@pytest.mark.parametrize("l2", [0.0, 0.3])
@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize("few", [10**9, 0])
def test_excess_is_what_is_left_to_gain(data, l2, intercept, centred, few, monkeypatch):
    monkeypatch.setattr(factoring, "FEW_ENTRIES", few)
    X, T, weights = data
    problem = risk(X, T, l2, weights, intercept=intercept, centred=centred)
    H = dense_hessian(X, weights, l2, intercept)
    theta = np.random.default_rng(0).normal(size=problem.model.size)
    value, gradient = problem.value_and_gradient(theta)
    table = gradient.reshape(-1, 2)
    best = theta - np.linalg.solve(H, table).ravel()
    assert problem.excess(gradient) == pytest.approx(value - problem.value(best), rel=1e-10)
    np.testing.assert_allclose(problem.equations.solve(table), np.linalg.solve(H, table), rtol=1e-9, atol=1e-11)
    found = problem.certificate(theta)
    assert found.dual <= problem.value(best) * (1 + 1e-14)
    assert found.dual == pytest.approx(problem.value(best), rel=1e-10)


def test_triangles_agree_with_squares(data, monkeypatch):
    X, T, weights = data
    monkeypatch.setattr(factoring, "FEW_ENTRIES", 0)
    by_squares = risk(X, T, 0.1, weights).equations
    monkeypatch.setattr(factoring, "SAFE", 2.0)
    by_triangles = risk(X, T, 0.1, weights).equations
    assert type(by_squares.factor) is not type(by_triangles.factor)
    g = np.random.default_rng(2).normal(size=(6, 2))
    np.testing.assert_allclose(by_triangles.solve(g), by_squares.solve(g), rtol=1e-11)
    assert by_triangles.excess(g) == pytest.approx(by_squares.excess(g), rel=1e-11)


@pytest.mark.parametrize("intercept", [True, False])
def test_strong_convexity_bounds_from_below_where_there_is_no_factor(data, intercept):
    X, T, weights = data
    exact = risk(X, T, 0.2, weights, intercept=intercept)
    bounded = dataclasses.replace(exact, most_columns=0)
    for seed in range(5):
        theta = np.random.default_rng(seed).normal(size=exact.model.size)
        lowest = exact.certificate(theta).dual
        assert bounded.certificate(theta).dual <= lowest * (1 + 1e-14)
    best = theta - exact.equations.solve(exact.value_and_gradient(theta)[1].reshape(-1, 2)).ravel()
    assert bounded.certificate(best).gap < 1e-14


def test_without_a_factor_and_a_penalty_zero_is_the_bound(data):
    X, T, _ = data
    found = risk(X, T, most_columns=0).certificate(np.zeros(12))
    assert (found.dual, "no bound but 0 is known" in found.why) == (0.0, True)


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_hessian_product(data, kind):
    X, T, weights = data
    problem = risk(kind(X), T, 0.3, weights)
    H = dense_hessian(X, weights, 0.3, True)
    v = np.random.default_rng(0).normal(size=12)
    np.testing.assert_allclose(problem.product(v), (H @ v.reshape(6, 2)).ravel(), rtol=1e-12)


def test_start_is_the_cost_of_the_best_constant(data):
    X, T, weights = data
    apart = T - weights @ T / weights.sum()
    assert risk(X, T, 1.0, weights).start == pytest.approx(0.5 * (weights @ (apart**2).sum(axis=1)) / weights.sum())
    assert risk(X, T, intercept=False).start == pytest.approx(0.5 * (T**2).sum() / 40)


def test_residual_in_twofold_precision():
    """b − A x with 1e16 cancelling: plain float64 has no digit right."""
    A = np.array([[1e16, 1.0, -1e16], [3.0, 1e-9, 1.0]])
    x = np.array([[1 + 2**-30], [0.123456789], [1 + 2**-30]])
    got = residual(np.array([[0.5], [0.0]]), np.array([[0.25], [0.0]]), A, x)
    assert got[0, 0] == 0.25 - 0.123456789
    assert got[1, 0] == pytest.approx(-(4 * (1 + 2**-30) + 0.123456789e-9), rel=1e-15)


def test_two_forms_of_the_loss_agree():
    rng = np.random.default_rng(0)
    scores, targets, slope = rng.normal(size=(7, 3)), rng.normal(size=(7, 3)), np.empty(3)
    values, gradient = SquaredError().rows(scores, targets)
    for i in range(7):
        assert SquaredError.row(scores[i], targets[i], 1.0, 0.0, slope) == pytest.approx(values[i])
        np.testing.assert_allclose(slope, gradient[i])
    dual = rng.normal(size=(7, 3))
    best = SquaredError().rows(targets + dual, targets)[0]  # a·s − loss is largest at s = t + a
    np.testing.assert_allclose(SquaredError().conjugate(dual, targets), (dual * (targets + dual)).sum(axis=1) - best)
