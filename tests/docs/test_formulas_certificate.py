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
