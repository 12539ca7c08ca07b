"""The formulas of docs/math/zlpr.md, in numbers."""

import math

import numpy as np
import pytest

from docs.label_sets import (
    blocks,
    by_taut,
    check_conjugate,
    check_gradient,
    check_hessian,
    check_left_out,
    check_slopes,
    check_value,
    entropy,
    parts,
    slopes,
    sum_over_pairs,
)

LOSS = "zlpr"


def value(c, inside):
    k, l = parts(inside)  # noqa: E741 - the letters of the page
    return math.log(1 + sum(math.exp(c[j]) for j in l)) + math.log(1 + sum(math.exp(-c[j]) for j in k))


def outside_slope(c, inside, j):
    return math.exp(c[j]) / (1 + sum(math.exp(c[m]) for m in parts(inside)[1]))


def inside_slope(c, inside, j):
    return -math.exp(-c[j]) / (1 + sum(math.exp(-c[m]) for m in parts(inside)[0]))


def test_zlpr_value(sets):
    check_value(LOSS, sets, value)


def test_zlpr_pairs(sets):
    def all_that_is_wrong(c, inside):
        return math.log(1 + np.exp(c[~inside]).sum() + np.exp(-c[inside]).sum() + sum_over_pairs(c, inside))

    check_value(LOSS, sets, all_that_is_wrong)
    for c, inside in zip(sets.S, sets.Y, strict=True):  # pairs of {inside, zero} and {zero, outside}
        with_zero = np.array([0.0, 0.0, *c]), np.array([True, False, *inside])
        assert by_taut(LOSS, c, inside)[0] == pytest.approx(math.log(sum_over_pairs(*with_zero)))


def test_zlpr_anchor(sets):
    for inside in sets.Y:
        expected = math.log(1 + (~inside).sum()) + math.log(1 + inside.sum())
        assert by_taut(LOSS, np.zeros(5), inside)[0] == pytest.approx(expected)


def test_zlpr_outside(sets):
    check_slopes(LOSS, sets, outside_slope, value, 1)


def test_zlpr_inside(sets):
    check_slopes(LOSS, sets, inside_slope, value, 0)


def test_zlpr_gradient(sets):
    A = slopes(sets, outside_slope, inside_slope)
    check_gradient(LOSS, sets, A, value)
    assert np.abs(A.sum(axis=1)).max() > 0.05


def test_zlpr_hessian(sets):
    def formula(c, inside):
        k, l = parts(inside)  # noqa: E741 - the letters of the page
        p, q = (np.array([g(c, inside, j) for j in of]) for g, of in ((outside_slope, l), (inside_slope, k)))
        return blocks(np.diag(p) - np.outer(p, p), np.diag(-q) - np.outer(q, q))

    assert max(check_hessian(LOSS, sets, formula)) <= 0.5


def test_zlpr_conjugate(sets):
    def h(w):
        return entropy(w) + entropy(1 - w.sum())

    off = [
        ([1, 0, 0], [-0.5, 0.7, 0.7], [0.0, 1.0, 1.0]),  # a sum beyond 1
        ([1, 0, 0], [-0.5, 0.4, -0.2], [0.0, 0.0, -10.0]),  # an entry of the wrong sign
        ([1, 1, 0], [-0.8, -0.8, 0.5], [-1.0, -1.0, 0.0]),
    ]
    check_conjugate(LOSS, sets, lambda a, inside: h(a[~inside]) + h(-a[inside]), off)


def test_zlpr_empty(sets):
    for c in sets.S:
        none, everything = np.zeros(5, dtype=bool), np.ones(5, dtype=bool)
        assert by_taut(LOSS, c, none)[0] == pytest.approx(math.log(1 + np.exp(c).sum()))
        assert by_taut(LOSS, c, everything)[0] == pytest.approx(math.log(1 + np.exp(-c).sum()))


def test_zlpr_shift(sets):
    def shifted(exponents):
        t = max(0.0, exponents.max(initial=-np.inf))
        return t + math.log(math.exp(-t) + np.exp(exponents - t).sum())

    for scale in (1.0, 1e4):
        for c, inside in zip(scale * sets.S, sets.Y, strict=True):
            expected = shifted(c[~inside]) + shifted(-c[inside])
            assert expected == pytest.approx(by_taut(LOSS, c, inside)[0], rel=1e-12)


def test_rows_without_any_label_or_with_all_count(sets):
    check_left_out(LOSS, sets, ranks=False)


def test_traps():
    with np.errstate(over="ignore", invalid="ignore"):
        assert np.isnan(0.0 * np.exp(np.array([800.0])))
        assert np.isnan(np.float16(1.0) - np.float16(0.0) * np.float16(1e12))
