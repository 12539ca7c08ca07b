"""The change of scale, beside the matrix that it stands for, written out."""

import numpy as np
import pytest

import strategies
from taut.losses import make_loss
from taut.matrix import as_matrix
from taut.models import Linear
from taut.objective import Risk
from taut.solvers._preconditioner import FLAT, Preconditioner


def made(monkeypatch, *, intercept, full, l2=0.05):
    monkeypatch.setattr("taut.solvers._preconditioner.FULL_COLUMNS", 0)
    monkeypatch.setattr("taut.matrix._dense.MOST_SQUARED", 100 if full else 0)
    X, y = strategies.clusters(3, 40, 5, 3)
    X[:, 1] += 30.0
    X[:, 4] = 2.0  # has no deviation of its own
    weights = np.random.default_rng(1).random(40)
    risk = Risk(as_matrix(X), y, make_loss("softmax"), Linear(5, 3, intercept), l2, weights)
    theta = 0.01 * np.random.default_rng(2).normal(size=risk.model.size)
    p = np.exp(risk.scores(theta))
    p /= p.sum(axis=1, keepdims=True)
    curvature = (p * (1 - p)).mean(axis=1)
    rows = weights / weights.sum() * (0.9 * curvature + 0.1 * curvature.mean())
    return risk, X, rows, Preconditioner.at(risk, theta, risk.loss)


def written_out(X, rows, l2, *, intercept, full):
    whole = np.column_stack([X, np.ones(len(X))]) if intercept else X
    second = whole.T @ (rows[:, None] * whole)
    pulled = np.diag([l2] * X.shape[1] + [0.0] * intercept)
    if full:
        return second + pulled
    if not intercept:
        return np.diag(np.diag(second)) + pulled
    mean = rows @ X / rows.sum()
    about = np.maximum(rows @ (X - mean) ** 2, FLAT * (rows @ X**2))
    lean = np.eye(X.shape[1] + 1)
    lean[-1, :-1] = mean
    return lean.T @ (np.diag(np.append(about, rows.sum())) + pulled) @ lean


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("intercept", [False, True])
def test_it_is_the_matrix(monkeypatch, intercept, full):
    risk, X, rows, found = made(monkeypatch, intercept=intercept, full=full)
    M = written_out(X, rows, risk.l2, intercept=intercept, full=full)
    v = np.random.default_rng(4).normal(size=risk.model.size)
    wanted = M @ v.reshape(-1, 3)
    np.testing.assert_allclose(found.apply(v), wanted.ravel(), rtol=1e-7, atol=1e-7 * np.abs(wanted).max())
    wanted = np.linalg.solve(M, v.reshape(-1, 3))
    np.testing.assert_allclose(found.solve(v), wanted.ravel(), rtol=1e-6, atol=1e-7 * np.abs(wanted).max())
    assert found.solve(v.astype(np.float32)).dtype == np.float32


def test_a_constant_column_without_a_penalty(monkeypatch):
    """It and the intercept are the same direction: the scale stays finite, and no column is blown up."""
    risk, _, _, found = made(monkeypatch, intercept=True, full=False, l2=0.0)
    v = np.ones(risk.model.size)
    assert np.abs(found.solve(v)).max() < 1e9
    np.testing.assert_allclose(found.apply(found.solve(v)), v, rtol=1e-6)
