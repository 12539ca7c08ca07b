"""The formulas of docs/math/certificate.md, in numbers."""

import numpy as np
import pytest
from sklearn.datasets import load_iris

import taut

LOSSES = ["hinge", "squared_hinge", "crammer_singer", "softmax", "squared"]


def dual_point(name, rng, y, C, spread=1.0):
    """The slopes of a loss at random scores: a dual point of every loss."""
    return taut.losses.make_loss(name).rows(spread * rng.standard_normal((len(y), C)), y)[1]


def dual_value(name, A, X, y, l2, weights):
    S = weights.sum()
    conjugates = taut.losses.make_loss(name).conjugate(A, y)
    return -(weights * conjugates).sum() / S - np.sum((X.T @ (weights[:, None] * A)) ** 2) / (2 * l2 * S**2)


@pytest.mark.parametrize("name", LOSSES)
def test_certificate_young(case, name):
    rng, loss = np.random.default_rng(0), taut.losses.make_loss(name)
    for _ in range(50):
        A, s = dual_point(name, rng, case.y, case.C), 2 * rng.standard_normal((case.N, case.C))
        room = loss.rows(s, case.y)[0] - (A * s).sum(axis=1) + loss.conjugate(A, case.y)
        assert room.min() >= -1e-12


@pytest.mark.parametrize("name", LOSSES)
def test_certificate_dual(case, name):
    """Below every P(W), also of the best W, and as high as that at the optimum."""
    rng = np.random.default_rng(0)
    weights = rng.uniform(0.5, 2.0, case.N)
    points = [
        dual_value(name, dual_point(name, rng, case.y, case.C, k), case.X, case.y, case.l2, weights)
        for k in (0.1, 1, 3)
    ]
    model = taut.LinearClassifier(name, l2=case.l2, tol=1e-7, fit_intercept=False)
    model.fit(case.X, case.y, sample_weight=weights, witness=True)
    for W in [model.coef_.T, *rng.standard_normal((20, case.D, case.C))]:
        value = taut.loss_and_gradient(W, case.X, case.y, loss=name, l2=case.l2, sample_weight=weights, wrt=())
        assert max(points) <= value
    bound = dual_value(name, model.witness_, case.X, case.y, case.l2, weights)
    assert bound == pytest.approx(model.dual_, rel=1e-9)
    assert bound == pytest.approx(model.primal_, rel=1e-6)


def test_certificate_gap():
    X, y = load_iris(return_X_y=True)
    model = taut.LinearClassifier("softmax", l2=0.01).fit(X, y)
    by_hand = (model.primal_ - model.dual_) / max(model.primal_, 1e-9 * model.report_.start)
    assert model.gap_ == pytest.approx(by_hand)
    own = taut.loss_and_gradient(
        np.vstack([model.coef_.T, model.intercept_]),
        np.hstack([X, np.ones((len(X), 1))]),
        y,
        loss="softmax",
        l2=0.01,
        bias_row=4,
        wrt=(),
    )
    assert own == pytest.approx(model.primal_, rel=1e-12)
    assert model.report_.start == pytest.approx(np.log(3))


@pytest.mark.parametrize("name", LOSSES)
def test_certificate_weights(case, name):
    model = taut.LinearClassifier(name, l2=case.l2, tol=1e-9).fit(case.X, case.y, witness=True)
    formula = -case.X.T @ model.witness_ / (case.l2 * case.N)
    np.testing.assert_allclose(model.coef_.T, formula, atol=2e-4)
    np.testing.assert_allclose(model.witness_.sum(axis=0), 0, atol=1e-9)


SETS = ["bp_mll", "log_bp_mll", "zlpr", "lsep", "binary", "pairwise_hinge"]


@pytest.mark.parametrize("name", SETS)
def test_certificate_tangent(sets, name):
    rng = np.random.default_rng(0)
    for _ in range(20):
        W, other = sets.W + rng.standard_normal((4, 5)), rng.standard_normal((4, 5))
        value, dW = taut.loss_and_gradient(W, sets.X, sets.Y, loss=name, l2=sets.l2)
        there = taut.loss_and_gradient(other, sets.X, sets.Y, loss=name, l2=sets.l2, wrt=())
        low = value + np.sum(dW * (other - W)) + sets.l2 / 2 * np.sum((other - W) ** 2)
        assert low <= there + 1e-12
        beyond = W - dW / sets.l2  # where the right side is smallest
        least = value + np.sum(dW * (beyond - W)) + sets.l2 / 2 * np.sum((beyond - W) ** 2)
        assert least == pytest.approx(value - np.sum(dW**2) / (2 * sets.l2))


@pytest.mark.parametrize("name", SETS)
def test_certificate_strong(sets, name):
    model = taut.MultilabelClassifier(name, l2=sets.l2, fit_intercept=False, tol=1e-5).fit(sets.X, sets.Y)
    assert model.gap_ <= 1e-5
    rng = np.random.default_rng(0)
    for W in [sets.W, model.coef_.T, *rng.standard_normal((20, 4, 5))]:
        value, dW = taut.loss_and_gradient(W, sets.X, sets.Y, loss=name, l2=sets.l2)
        assert value - np.sum(dW**2) / (2 * sets.l2) <= model.primal_
    if name != "pairwise_hinge":  # whose rounded form is taken
        value, dW = taut.loss_and_gradient(model.coef_.T, sets.X, sets.Y, loss=name, l2=sets.l2)
        assert value - np.sum(dW**2) / (2 * sets.l2) == pytest.approx(model.dual_, rel=1e-9)


@pytest.mark.parametrize("name", LOSSES)
def test_certificate_same(case, name):
    rng = np.random.default_rng(0)
    loss, weights = taut.losses.make_loss(name), rng.uniform(0.5, 2.0, case.N)
    for W in (case.W, rng.standard_normal((case.D, case.C))):
        A = loss.rows(case.X @ W, case.y)[1]
        value, dW = taut.loss_and_gradient(W, case.X, case.y, loss=name, l2=case.l2, sample_weight=weights)
        square = case.l2 * W + case.X.T @ (weights[:, None] * A) / weights.sum()
        np.testing.assert_allclose(square, dW, rtol=1e-10, atol=1e-14)
        apart = value - dual_value(name, A, case.X, case.y, case.l2, weights)
        assert apart == pytest.approx(np.sum(square**2) / (2 * case.l2))
