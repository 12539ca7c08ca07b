"""The formulas of docs/math/index.md, in numbers."""

import numpy as np
import pytest
from scipy.special import log_softmax

import taut
from docs.numeric import slope


def loss_of(S, y):
    """Any loss of rows of scores; here one that couples all classes."""
    return -log_softmax(S, axis=1)[np.arange(len(y)), y] + 0.1 * np.sum(np.sin(S), axis=1)


def slopes(case):
    return slope(lambda S: loss_of(S, case.y).sum(), case.S)


def test_index_objective(case):
    values = [taut.losses.make_loss("softmax").rows(row[None, :], case.y[[i]])[0][0] for i, row in enumerate(case.S)]
    by_hand = sum(values) / case.N + case.l2 / 2 * np.sum(case.W**2)
    assert taut.loss_and_gradient(case.W, case.X, case.y, loss="softmax", l2=case.l2, wrt=()) == pytest.approx(by_hand)


def check_convention(case, convention, R, dR):
    reg = 0.37
    np.testing.assert_allclose(slope(lambda W: R(reg, W), case.W), dR(reg, case.W), rtol=1e-6, atol=1e-8)
    l2 = taut.l2_from(reg=reg, convention=convention)
    bare, dbare = taut.loss_and_gradient(case.W, case.X, case.y)
    loss, dW = taut.loss_and_gradient(case.W, case.X, case.y, l2=l2)
    assert loss - bare == pytest.approx(R(reg, case.W))
    np.testing.assert_allclose(dW - dbare, dR(reg, case.W), rtol=1e-10)


def test_index_half(case):
    check_convention(case, "half", lambda reg, W: 0.5 * reg * np.sum(W**2), lambda reg, W: reg * W)


def test_index_full(case):
    check_convention(case, "full", lambda reg, W: reg * np.sum(W**2), lambda reg, W: 2 * reg * W)


def test_index_scores(case):
    for i in range(case.N):
        for j in range(case.C):
            assert case.S[i, j] == pytest.approx(sum(case.X[i, d] * case.W[d, j] for d in range(case.D)))
            moved = slope(lambda W, i=i, j=j: (case.X @ W)[i, j], case.W)
            expected = np.zeros_like(case.W)
            expected[:, j] = case.X[i]
            np.testing.assert_allclose(moved, expected, atol=1e-8)


@pytest.mark.parametrize("name", ["hinge", "squared_hinge", "crammer_singer", "softmax", "squared"])
def test_index_slopes(case, name):
    loss = taut.losses.make_loss(name, margin=case.delta)
    A = loss.rows(case.S, case.y)[1]
    np.testing.assert_allclose(A, slope(lambda S: loss.rows(S, case.y)[0].sum(), case.S), atol=1e-7)


def test_index_column_of_one(case):
    A = slopes(case)
    for i in range(case.N):
        moved = slope(lambda W, i=i: loss_of(case.X @ W, case.y)[i], case.W)
        for j in range(case.C):
            np.testing.assert_allclose(moved[:, j], A[i, j] * case.X[i], atol=1e-7)


def test_index_column(case):
    A = slopes(case)
    moved = slope(lambda W: loss_of(case.X @ W, case.y).mean(), case.W)
    for j in range(case.C):
        np.testing.assert_allclose(moved[:, j], sum(A[i, j] * case.X[i] for i in range(case.N)) / case.N, atol=1e-7)


def test_index_row_rule(case):
    M = np.random.default_rng(1).standard_normal((3, case.N))
    for r in range(3):
        combination = sum(M[r, i] * case.X[i] for i in range(case.N))
        np.testing.assert_allclose((M @ case.X)[r], combination)


def test_index_matrix(case):
    A = slopes(case)
    moved = slope(lambda W: loss_of(case.X @ W, case.y).mean() + case.l2 / 2 * np.sum(W**2), case.W)
    np.testing.assert_allclose(moved, (A.T @ case.X).T / case.N + case.l2 * case.W, atol=1e-7)
    np.testing.assert_allclose(moved, case.X.T @ A / case.N + case.l2 * case.W, atol=1e-7)
    with pytest.raises(ValueError, match="matmul"):
        A @ case.X


def test_index_one_hot(case):
    rng = np.random.default_rng(2)
    B, r = rng.standard_normal((case.N, case.C)), rng.standard_normal(case.N)
    left = case.X.T @ (B - np.diag(r) @ case.Y)
    np.testing.assert_allclose(left, case.X.T @ B - case.X.T @ np.diag(r) @ case.Y)
    A = B.copy()
    A[case.ar, case.y] -= r
    np.testing.assert_allclose(left, case.X.T @ A)


def test_index_inputs(case):
    A = slopes(case)
    moved = slope(lambda X: loss_of(X @ case.W, case.y).mean(), case.X)
    np.testing.assert_allclose(moved, A @ case.W.T / case.N, atol=1e-7)
    for i in range(case.N):
        combination = sum(A[i, j] * case.W[:, j] for j in range(case.C)) / case.N
        np.testing.assert_allclose(moved[i], combination, atol=1e-7)


def test_index_intercept(case):
    A = slopes(case)
    moved = slope(lambda b: loss_of(case.S + b, case.y).mean(), np.zeros(case.C))
    np.testing.assert_allclose(moved, A.mean(axis=0), atol=1e-7)
    ones = np.hstack([case.X, np.ones((case.N, 1))])
    W = np.vstack([case.W, np.full(case.C, 0.5)])
    _, dW = taut.loss_and_gradient(W, ones, case.y, loss="softmax", l2=case.l2, bias_row=case.D)
    _, bare = taut.loss_and_gradient(W, ones, case.y, loss="softmax")
    np.testing.assert_allclose(dW[-1], bare[-1])
