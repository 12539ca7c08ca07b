"""The formulas of docs/math/hinge.md, in numbers."""

import numpy as np
import pytest

import taut
from docs.numeric import largest, slope, supports


def margins(case, W=None):
    """m_ij by loops, NaN at the right class."""
    W = case.W if W is None else W
    m = np.full((case.N, case.C), np.nan)
    for i in range(case.N):
        for j in range(case.C):
            if j != case.y[i]:
                m[i, j] = case.X[i] @ W[:, j] - case.X[i] @ W[:, case.y[i]] + case.delta
    return m


def values(case, W=None):
    """L_i by loops."""
    m = margins(case, W)
    return np.array([sum(max(0.0, m[i, j]) for j in range(case.C) if j != case.y[i]) for i in range(case.N)])


def mask(case):
    """A by loops."""
    m, A = margins(case), np.zeros((case.N, case.C))
    for i in range(case.N):
        for j in range(case.C):
            if j != case.y[i]:
                A[i, j] = m[i, j] > 0
                A[i, case.y[i]] -= m[i, j] > 0
    return A


def by_taut(case, **options):
    return taut.loss_and_gradient(case.W, case.X, case.y, loss="hinge", margin=case.delta, **options)


def test_the_case_has_violations_and_none(case):
    m = margins(case)
    assert 5 < np.nansum(m > 0) < 31
    assert np.nanmin(np.abs(m)) > 1e-3


def test_hinge_margin(case):
    pieces = taut.losses.Hinge(margin=case.delta).pieces(case.S, case.y)
    m = margins(case)
    np.testing.assert_allclose(pieces.ravel(), m[~np.isnan(m)])


def test_hinge_value(case):
    assert by_taut(case, wrt=()) == pytest.approx(values(case).mean(), rel=1e-12)


def test_hinge_anchor(case):
    at_zero = taut.loss_and_gradient(np.zeros_like(case.W), case.X, case.y, margin=case.delta, wrt=())
    assert at_zero == pytest.approx((case.C - 1) * case.delta)


def test_hinge_wrong(case):
    m = margins(case)
    for i in range(case.N):
        moved = slope(lambda W, i=i: values(case, W)[i], case.W)
        for j in range(case.C):
            if j != case.y[i]:
                np.testing.assert_allclose(moved[:, j], (m[i, j] > 0) * case.X[i], atol=1e-7)


def test_hinge_right(case):
    m = margins(case)
    for i in range(case.N):
        moved = slope(lambda W, i=i: values(case, W)[i], case.W)
        np.testing.assert_allclose(moved[:, case.y[i]], -np.nansum(m[i] > 0) * case.X[i], atol=1e-7)


def test_hinge_mask(case):
    A = taut.losses.Hinge(margin=case.delta).rows(case.S, case.y)[1]
    np.testing.assert_array_equal(A, mask(case))
    np.testing.assert_array_equal(A.sum(axis=1), 0)


def test_hinge_one_hot(case):
    B = np.nan_to_num(margins(case), nan=-1.0) > 0
    np.testing.assert_array_equal(B - np.diag(B @ np.ones(case.C)) @ case.Y, mask(case))


def test_hinge_gradient(case):
    moved = slope(lambda W: values(case, W).mean() + case.l2 / 2 * np.sum(W**2), case.W)
    formula = case.X.T @ mask(case) / case.N + case.l2 * case.W
    np.testing.assert_allclose(formula, moved, atol=1e-7)
    np.testing.assert_allclose(formula, by_taut(case, l2=case.l2)[1], rtol=1e-12)


def test_hinge_inputs(case):
    formula = mask(case) @ case.W.T / case.N
    np.testing.assert_allclose(formula, by_taut(case, wrt="X")[1], rtol=1e-10, atol=1e-15)
    moved = slope(lambda X: taut.loss_and_gradient(case.W, X, case.y, margin=case.delta, wrt=()), case.X)
    np.testing.assert_allclose(formula, moved, atol=1e-7)


def test_hinge_value_from_mask(case):
    A = mask(case)
    off = np.where(case.Y == 1, 0.0, A)
    np.testing.assert_allclose((A * case.S).sum(axis=1) + case.delta * off.sum(axis=1), values(case), atol=1e-12)


def test_hinge_kink():
    """At ties every θ gives a subgradient, and nothing else does."""
    y, scores = 0, np.array([2.0, 1.0, 1.0, -2.0])  # with Δ = 1: margins 0, 0 and −3

    def loss(s):
        return sum(max(0.0, s[j] - s[y] + 1.0) for j in (1, 2, 3))

    for theta in ([0.0, 0.0], [1.0, 1.0], [0.3, 0.9]):
        assert supports(loss, scores, np.array([-sum(theta), *theta, 0.0]))
    for wrong in ([-1.2, 1.2, 0, 0], [0.2, -0.2, 0, 0], [-0.5, 0.3, 0, 0], [-0.5, 0, 0, 0.5]):
        assert not supports(loss, scores, np.array(wrong))
    _, chosen = taut.losses.Hinge().rows(scores[None, :], np.array([y]))
    np.testing.assert_array_equal(chosen[0], 0.0)


def test_hinge_conjugate():
    delta, y = 0.8, 1
    loss = taut.losses.Hinge(margin=delta)
    for b in ([0.2, 0.5], [1.0, 0.0], [0.9, 0.7]):
        a = np.array([b[0], -sum(b), b[1]])
        found = largest(lambda s, a=a: a @ s - loss.rows(s[None, :], np.array([y]))[0][0], np.zeros(3))
        assert found == pytest.approx(-delta * sum(b), abs=1e-6)
    for outside in ([1.5, -1.5, 0.0], [-0.2, 0.2, 0.0], [0.5, -0.4, 0.0]):
        a = np.array(outside)
        far = [
            a @ s - loss.rows(s[None, :], np.array([y]))[0][0]
            for s in 1e4 * np.vstack([np.eye(3), -np.eye(3), [[1, 1, 1], [-1, -1, -1]]])
        ]
        assert max(far) > 100


def test_hinge_template(case):
    model = taut.LinearClassifier("hinge", l2=case.l2, margin=case.delta, tol=1e-8, fit_intercept=False)
    model.fit(case.X, case.y, witness=True)
    np.testing.assert_allclose(model.coef_.T, -case.X.T @ model.witness_ / (case.N * case.l2), atol=2e-4)
