"""The formulas of docs/math/binary.md, in numbers."""

import math

import numpy as np
import pytest

import taut
from docs.label_sets import (
    by_taut,
    check_conjugate,
    check_gradient,
    check_hessian,
    check_left_out,
    check_slopes,
    check_value,
    entropy,
    parts,
)

LOSS = "binary"


def sigma(c):
    return 1 / (1 + math.exp(-c))


def value(c, inside):
    k, l = parts(inside)  # noqa: E741 - the letters of the page
    return sum(math.log(1 + math.exp(c[j])) for j in l) + sum(math.log(1 + math.exp(-c[j])) for j in k)


def test_binary_probability(sets):
    """The model's own probabilities, of a fit."""
    model = taut.MultilabelClassifier("binary", l2=0.1, threshold=0).fit(sets.X, sets.Y)
    P = np.vectorize(sigma)(model.decision_function(sets.X))
    assert ((P > 0.5) == model.predict(sets.X).astype(bool)).all()
    odds = np.log(P / (1 - P))
    np.testing.assert_allclose(odds, sets.X @ model.coef_.T + model.intercept_, atol=1e-12)


def test_binary_likelihood(sets):
    def minus_log(c, inside):
        return -math.log(math.prod(sigma(s) if y else 1 - sigma(s) for s, y in zip(c, inside, strict=True)))

    check_value(LOSS, sets, minus_log)


def test_binary_value(sets):
    check_value(LOSS, sets, value)


def test_binary_anchor(sets):
    assert by_taut(LOSS, 0 * sets.S, sets.Y)[0] == pytest.approx(5 * math.log(2))


def test_binary_outside(sets):
    check_slopes(LOSS, sets, lambda c, inside, j: sigma(c[j]), value, 1)


def test_binary_inside(sets):
    check_slopes(LOSS, sets, lambda c, inside, j: sigma(c[j]) - 1, value, 0)
    check_slopes(LOSS, sets, lambda c, inside, j: -sigma(-c[j]), value, 0)


def test_binary_gradient(sets):
    check_gradient(LOSS, sets, np.vectorize(sigma)(sets.S) - sets.Y, value)
    _, dW = taut.loss_and_gradient(sets.W, sets.X, sets.Y, loss=LOSS)
    for j in range(5):  # a column knows nothing of the others
        alone = taut.loss_and_gradient(sets.W[:, [j]], sets.X, sets.Y[:, [j]], loss=LOSS)[1]
        np.testing.assert_allclose(alone[:, 0], dW[:, j], rtol=1e-12)


def test_binary_two_classes():
    for c in (-3.0, 0.2, 5.0):
        softmax = taut.loss_and_gradient(None, [[0.0, c]], [1], loss="softmax", wrt="scores")[0]
        assert math.log(1 + math.exp(-c)) == pytest.approx(softmax)
        assert math.log(math.exp(0) + math.exp(c)) - c == pytest.approx(softmax)
        assert by_taut(LOSS, [c], [True])[0] == pytest.approx(softmax)


def test_binary_slope_from_value(sets):
    for c, inside in zip(sets.S, sets.Y, strict=True):
        z = np.where(inside, -c, c)
        terms = np.log(1 + np.exp(z))
        assert terms.sum() == pytest.approx(by_taut(LOSS, c, inside)[0])
        np.testing.assert_allclose(1 - np.exp(-terms), np.abs(by_taut(LOSS, c, inside)[1]), rtol=1e-12)
        np.testing.assert_allclose(1 - np.exp(-terms), [sigma(of) for of in z], rtol=1e-12)


def test_binary_hessian(sets):
    def formula(c, inside):
        p = np.array([sigma(c[j]) for j in np.concatenate(parts(inside)[::-1])])
        return np.diag(p * (1 - p))

    assert max(check_hessian(LOSS, sets, formula)) <= 0.25


def test_binary_conjugate(sets):
    off = [
        ([1, 0, 0], [-1.3, 0.5, 0.5], [-1.0, 0.0, 0.0]),
        ([1, 0, 0], [-0.5, -0.2, 0.5], [0.0, -5.0, 0.0]),
        ([1, 0, 0], [-0.5, 1.2, 0.5], [0.0, 5.0, 0.0]),
    ]
    check_conjugate(LOSS, sets, lambda a, inside: entropy(a + inside) + entropy(1 - a - inside), off)


def test_binary_softplus(sets):
    def stable(c, inside):
        z = np.where(inside, -c, c)
        return (np.maximum(0, z) + np.log(1 + np.exp(-np.abs(z)))).sum()

    for scale in (1.0, 1e4):
        for c, inside in zip(scale * sets.S, sets.Y, strict=True):
            assert stable(c, inside) == pytest.approx(by_taut(LOSS, c, inside)[0], rel=1e-12)


def test_rows_without_any_label_or_with_all_count(sets):
    check_left_out(LOSS, sets, ranks=False)


def test_digits_of_a_right_label():
    assert by_taut(LOSS, [40.0], [True])[1][0] == pytest.approx(-math.exp(-40.0), rel=1e-12)
    assert f"{-math.exp(-40.0):.0e}" == "-4e-18"
    assert sigma(40.0) - 1 == 0.0
