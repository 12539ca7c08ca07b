"""The formulas of docs/math/log_bp_mll.md, in numbers."""

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
    pairs,
    parts,
    slopes,
    sum_over_pairs,
    sums,
)

LOSS = "log_bp_mll"


def value(c, inside):
    return math.log(sum_over_pairs(c, inside) / pairs(inside))


def outside_slope(c, inside, j):
    return math.exp(c[j] - sums(c, inside)[0])


def inside_slope(c, inside, j):
    return -math.exp(-c[j] - sums(c, inside)[1])


def test_log_bp_mll_value(sets):
    check_value(LOSS, sets, value)


def test_log_bp_mll_sums(sets):
    check_value(LOSS, sets, lambda c, inside: sum(sums(c, inside)) - math.log(pairs(inside)))


def test_log_bp_mll_anchor(sets):
    assert by_taut(LOSS, 0 * sets.S, sets.Y)[0] == pytest.approx(0.0, abs=1e-15)


def test_log_bp_mll_between(sets):
    for scale in (1.0, 5.0, 100.0):
        for c, inside in zip(scale * sets.S, sets.Y, strict=True):
            k, l = parts(inside)  # noqa: E741 - the letters of the page
            largest, found = c[l].max() - c[k].min(), by_taut(LOSS, c, inside)[0]
            assert largest - math.log(pairs(inside)) <= found + 1e-12
            assert found <= largest + 1e-12
    ordered = np.where(sets.Y, 30.0, -30.0)
    assert by_taut(LOSS, ordered, sets.Y)[0] == pytest.approx(-60.0)


def test_log_bp_mll_outside(sets):
    check_slopes(LOSS, sets, outside_slope, value, 1)


def test_log_bp_mll_inside(sets):
    check_slopes(LOSS, sets, inside_slope, value, 0)


def test_log_bp_mll_shares(sets):
    for scale in (1.0, -50.0, 50.0):
        for c, inside in zip(scale * sets.S, sets.Y, strict=True):
            found = by_taut(LOSS, c, inside)[1]
            assert found[~inside].sum() == pytest.approx(1.0)
            assert found[inside].sum() == pytest.approx(-1.0)


def test_log_bp_mll_gradient(sets):
    check_gradient(LOSS, sets, slopes(sets, outside_slope, inside_slope), value)


def test_log_bp_mll_hessian(sets):
    def formula(c, inside):
        k, l = parts(inside)  # noqa: E741 - the letters of the page
        p, q = (np.array([f(c, inside, j) for j in of]) for f, of in ((outside_slope, l), (inside_slope, k)))
        return blocks(np.diag(p) - np.outer(p, p), np.diag(-q) - np.outer(q, q))

    assert max(check_hessian(LOSS, sets, formula)) <= 0.5


def test_log_bp_mll_conjugate(sets):
    def conjugate(a, inside):
        return entropy(a[~inside]) + entropy(-a[inside]) + math.log(pairs(inside))

    off = [
        ([1, 0, 0], [-1.0, 0.7, 0.7], [0.0, 1.0, 1.0]),
        ([1, 0, 0], [-1.0, 1.3, -0.3], [0.0, 1.0, -5.0]),
        ([1, 0, 0], [-0.5, 0.5, 0.5], [1.0, 1.0, 1.0]),
    ]
    check_conjugate(LOSS, sets, conjugate, off)


def test_log_bp_mll_shift(sets):
    def shifted(c, inside):
        t, u = c[~inside].max(), (-c[inside]).max()
        rest = math.log(np.exp(c[~inside] - t).sum()) + math.log(np.exp(-c[inside] - u).sum())
        return (t + u) + rest - math.log(pairs(inside))

    for scale in (1.0, 1e4):
        for c, inside in zip(scale * sets.S, sets.Y, strict=True):
            assert shifted(c, inside) == pytest.approx(by_taut(LOSS, c, inside)[0], rel=1e-12)
    for c, inside in zip(sets.S, sets.Y, strict=True):
        far = 2.0**20 + np.round(c, 3)
        near = far - 2.0**20  # the same differences, exactly
        assert by_taut(LOSS, far, inside)[0] == pytest.approx(by_taut(LOSS, near, inside)[0], rel=1e-13)


def test_rows_without_a_pair_are_left_out(sets):
    check_left_out(LOSS, sets, ranks=True)


def test_the_logarithm_of_the_mean_is_another_loss(sets):
    of_all = math.log(np.mean([math.exp(value(c, inside)) for c, inside in zip(sets.S, sets.Y, strict=True)]))
    assert of_all > by_taut(LOSS, sets.S, sets.Y)[0] + 1e-3
