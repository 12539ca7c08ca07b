"""The formulas of docs/math/bp_mll.md, in numbers."""

import math

import numpy as np
import pytest

import taut
from docs.numeric import slope

C = np.array([0.5, -1.0, 2.0, 0.1, -0.4])
INSIDE, OUTSIDE = [0, 2], [1, 3, 4]


def value(c):
    """By loops over pairs."""
    return sum(math.exp(c[l] - c[k]) for k in INSIDE for l in OUTSIDE) / (len(INSIDE) * len(OUTSIDE))  # noqa: E741


def by_taut(c):
    return taut.loss_and_gradient(None, c[None, :], [set(INSIDE)], loss="bp_mll", wrt="scores")


def test_bp_mll_value():
    assert by_taut(C)[0] == pytest.approx(value(C))


def test_bp_mll_product():
    product = np.exp(C[OUTSIDE]).sum() * np.exp(-C[INSIDE]).sum() / 6
    assert product == pytest.approx(value(C))


def test_bp_mll_anchor():
    assert by_taut(np.zeros(5))[0] == pytest.approx(1.0)


def test_bp_mll_outside():
    for l in OUTSIDE:  # noqa: E741
        formula = math.exp(C[l]) * sum(math.exp(-C[k]) for k in INSIDE) / 6
        assert by_taut(C)[1][0, l] == pytest.approx(formula)
        assert slope(value, C)[l] == pytest.approx(formula, rel=1e-7)


def test_bp_mll_inside():
    for k in INSIDE:
        formula = -math.exp(-C[k]) * sum(math.exp(C[l]) for l in OUTSIDE) / 6  # noqa: E741
        assert by_taut(C)[1][0, k] == pytest.approx(formula)
        assert slope(value, C)[k] == pytest.approx(formula, rel=1e-7)
    assert by_taut(C)[1].sum() == pytest.approx(0, abs=1e-12)


def test_rows_without_a_pair_are_left_out():
    scores = np.vstack([C, C, C])
    loss, gradient = taut.loss_and_gradient(
        None, scores, [set(INSIDE), set(), set(range(5))], loss="bp_mll", wrt="scores"
    )
    assert loss == pytest.approx(value(C))
    np.testing.assert_array_equal(gradient[1:], 0.0)
