"""The formulas of docs/math/bp_mll.md, in numbers."""

import math

import numpy as np
import pytest

import taut
from docs.label_sets import (
    blocks,
    check_conjugate,
    check_gradient,
    check_hessian,
    check_value,
    entropy,
    pairs,
    slopes,
    sums,
)
from docs.numeric import slope

C = np.array([0.5, -1.0, 2.0, 0.1, -0.4])
INSIDE, OUTSIDE = [0, 2], [1, 3, 4]


def value(c):
    """By loops over pairs."""
    return sum(math.exp(c[l] - c[k]) for k in INSIDE for l in OUTSIDE) / (len(INSIDE) * len(OUTSIDE))  # noqa: E741 - the letters of the page


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
    for l in OUTSIDE:  # noqa: E741 - the letters of the page
        formula = math.exp(C[l]) * sum(math.exp(-C[k]) for k in INSIDE) / 6
        assert by_taut(C)[1][0, l] == pytest.approx(formula)
        assert slope(value, C)[l] == pytest.approx(formula, rel=1e-7)


def test_bp_mll_inside():
    for k in INSIDE:
        formula = -math.exp(-C[k]) * sum(math.exp(C[l]) for l in OUTSIDE) / 6  # noqa: E741 - the letters of the page
        assert by_taut(C)[1][0, k] == pytest.approx(formula)
        assert slope(value, C)[k] == pytest.approx(formula, rel=1e-7)
    assert by_taut(C)[1].sum() == pytest.approx(0, abs=1e-12)


def row_value(c, inside):
    return math.exp(sum(sums(c, inside))) / pairs(inside)


def outside_slope(c, inside, j):
    return row_value(c, inside) * math.exp(c[j]) / np.exp(c[~inside]).sum()


def inside_slope(c, inside, j):
    return -row_value(c, inside) * math.exp(-c[j]) / np.exp(-c[inside]).sum()


def test_bp_mll_gradient(sets):
    check_gradient("bp_mll", sets, slopes(sets, outside_slope, inside_slope), row_value)


def test_bp_mll_shares(sets):
    inside = np.isin(np.arange(5), INSIDE)
    found = by_taut(C)[1][0]
    for j in range(5):
        formula = (inside_slope if inside[j] else outside_slope)(C, inside, j)
        assert found[j] == pytest.approx(formula)
    assert found[~inside].sum() == pytest.approx(value(C))
    assert found[inside].sum() == pytest.approx(-value(C))


def test_bp_mll_hessian(sets):
    def formula(c, inside):
        E = row_value(c, inside)
        p, q = np.exp(c[~inside]), np.exp(-c[inside])
        p, q = p / p.sum(), q / q.sum()
        g = np.concatenate([p, -q])
        return E * (np.diag(np.abs(g)) - blocks(np.outer(p, p), np.outer(q, q)) + np.outer(g, g))

    assert max(check_hessian("bp_mll", sets, formula)) > 0


def test_bp_mll_conjugate(sets):
    def conjugate(a, inside):
        t = a[~inside].sum()
        return entropy(a[~inside]) + entropy(-a[inside]) - entropy(t) - t + t * math.log(pairs(inside))

    off = [
        ([1, 0, 0], [-0.5, 0.7, -0.2], [0.0, 0.0, -10.0]),  # an entry of the wrong sign
        ([1, 0, 0], [-0.5, 0.3, 0.3], [1.0, 1.0, 1.0]),  # the two sums differ
    ]
    check_conjugate("bp_mll", sets, conjugate, off)


def test_bp_mll_logs(sets):
    check_value("bp_mll", sets, lambda c, inside: math.exp(sum(sums(c, inside)) - math.log(pairs(inside))))
    far = np.array([[30_000.5, 30_000.0, 30_001.0]])
    near = taut.loss_and_gradient(None, far - 30_000, [{0}], loss="bp_mll", wrt="scores")[0]
    assert taut.loss_and_gradient(None, far, [{0}], loss="bp_mll", wrt="scores")[0] == pytest.approx(near, rel=1e-12)
    with np.errstate(over="ignore"):
        assert np.exp(np.array([709.0, 710.0])).tolist() == [pytest.approx(8.2e307, rel=0.01), np.inf]


def test_rows_without_a_pair_are_left_out():
    scores = np.vstack([C, C, C])
    loss, gradient = taut.loss_and_gradient(
        None, scores, [set(INSIDE), set(), set(range(5))], loss="bp_mll", wrt="scores"
    )
    assert loss == pytest.approx(value(C))
    np.testing.assert_array_equal(gradient[1:], 0.0)
