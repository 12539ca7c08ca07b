"""The formulas of docs/math/crammer_singer.md, in numbers."""

import numpy as np
import pytest

import taut
from docs.numeric import largest, slope, supports

LOSS = "crammer_singer"


def margins(case, W=None):
    W = case.W if W is None else W
    S = case.X @ W
    m = S - S[case.ar, case.y][:, None] + case.delta
    m[case.ar, case.y] = -np.inf
    return m


def values(case, W=None):
    return np.array([max(0.0, max(row)) for row in margins(case, W)])


def rivals(case):
    m = margins(case)
    return m.argmax(axis=1), m.max(axis=1) > 0


def mask(case):
    A = np.zeros((case.N, case.C))
    rival, violated = rivals(case)
    for i in range(case.N):
        for j in range(case.C):
            A[i, j] = violated[i] * (float(j == rival[i]) - float(j == case.y[i]))
    return A


def by_taut(case, **options):
    return taut.loss_and_gradient(case.W, case.X, case.y, loss=LOSS, margin=case.delta, **options)


def test_the_case_has_both_kinds_of_rows(case):
    assert 0 < rivals(case)[1].sum() < case.N


def test_crammer_singer_value(case):
    assert by_taut(case, wrt=()) == pytest.approx(values(case).mean(), rel=1e-12)


def test_crammer_singer_anchor(case):
    at_zero = taut.loss_and_gradient(0 * case.W, case.X, case.y, loss=LOSS, margin=case.delta, wrt=())
    assert at_zero == pytest.approx(case.delta)


def test_crammer_singer_between(case):
    worst, total = values(case), np.maximum(margins(case), 0).sum(axis=1)
    assert (worst <= total).all()
    assert (total <= (case.C - 1) * worst + 1e-12).all()
    assert (worst < total).any()
    two = np.array([0, 1, 1, 0, 1, 0, 0, 1, 0])
    for delta in (0.0, 0.8):
        both = [
            taut.loss_and_gradient(case.W[:, :2], case.X, two, loss=k, margin=delta, wrt=()) for k in ("hinge", LOSS)
        ]
        assert both[0] == pytest.approx(both[1])


def test_crammer_singer_columns(case):
    rival, violated = rivals(case)
    for i in range(case.N):
        moved = slope(lambda W, i=i: values(case, W)[i], case.W)
        expected = np.zeros_like(case.W)
        if violated[i]:
            expected[:, rival[i]], expected[:, case.y[i]] = case.X[i], -case.X[i]
        np.testing.assert_allclose(moved, expected, atol=1e-7)


def test_crammer_singer_mask(case):
    A = taut.losses.CrammerSinger(margin=case.delta).rows(case.S, case.y)[1]
    np.testing.assert_array_equal(A, mask(case))


def test_crammer_singer_gradient(case):
    rival, violated = rivals(case)
    R = np.eye(case.C)[rival]
    formula = case.X.T @ np.diag(violated.astype(float)) @ (R - case.Y) / case.N + case.l2 * case.W
    np.testing.assert_allclose(formula, by_taut(case, l2=case.l2)[1], rtol=1e-10)
    moved = slope(lambda W: values(case, W).mean() + case.l2 / 2 * np.sum(W**2), case.W)
    np.testing.assert_allclose(formula, moved, atol=1e-7)


def test_crammer_singer_inputs(case):
    rival, violated = rivals(case)
    _, dX = by_taut(case, wrt="X")
    for i in range(case.N):
        np.testing.assert_allclose(
            dX[i], violated[i] * (case.W[:, rival[i]] - case.W[:, case.y[i]]) / case.N, atol=1e-12
        )


def test_crammer_singer_value_from_mask(case):
    _, violated = rivals(case)
    np.testing.assert_allclose((mask(case) * case.S).sum(axis=1) + case.delta * violated, values(case), atol=1e-12)


def test_crammer_singer_kink():
    y = 0

    def loss(s):
        return max(0.0, *(s[j] - s[y] + 1.0 for j in (1, 2, 3)))

    at_zero = np.array([2.0, 1.0, 1.0, -2.0])  # two margins of exactly 0
    for theta in ([0.0, 0.0], [0.5, 0.5], [1.0, 0.0], [0.2, 0.1]):
        assert supports(loss, at_zero, np.array([-sum(theta), *theta, 0.0]))
    for wrong in ([-1.5, 1.0, 0.5, 0.0], [0.1, -0.1, 0.0, 0.0], [-0.5, 0.0, 0.0, 0.5]):
        assert not supports(loss, at_zero, np.array(wrong))
    tied = np.array([0.0, 1.0, 1.0, -2.0])  # the largest margin, 2, twice
    assert supports(loss, tied, np.array([-1.0, 0.3, 0.7, 0.0]))
    assert not supports(loss, tied, np.array([-0.9, 0.3, 0.6, 0.0]))
    chosen = taut.losses.CrammerSinger().rows(np.array([at_zero, tied]), np.array([y, y]))[1]
    np.testing.assert_array_equal(chosen, [[0, 0, 0, 0], [-1, 1, 0, 0]])


def test_crammer_singer_conjugate():
    delta, y = 0.8, 1
    loss = taut.losses.CrammerSinger(margin=delta)
    for b in ([0.2, 0.5], [1.0, 0.0], [0.3, 0.7]):
        a = np.array([b[0], -sum(b), b[1]])
        found = largest(lambda s, a=a: a @ s - loss.rows(s[None, :], np.array([y]))[0][0], np.zeros(3))
        assert found == pytest.approx(-delta * sum(b), abs=1e-6)
    for outside in ([0.9, -1.6, 0.7], [-0.2, 0.2, 0.0], [0.5, -0.4, 0.0]):
        assert loss.conjugate(np.array([outside]), np.array([y]))[0] == np.inf
