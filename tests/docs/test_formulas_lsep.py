"""The formulas of docs/math/lsep.md, in numbers."""

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

LOSS = "lsep"


def value(c, inside):
    return math.log(1 + sum_over_pairs(c, inside))


def factor(c, inside):
    z = sum(sums(c, inside))
    return math.exp(z) / (1 + math.exp(z))


def outside_slope(c, inside, j):
    return factor(c, inside) * math.exp(c[j] - sums(c, inside)[0])


def inside_slope(c, inside, j):
    return -factor(c, inside) * math.exp(-c[j] - sums(c, inside)[1])


def test_lsep_value(sets):
    check_value(LOSS, sets, value)


def test_lsep_sums(sets):
    check_value(LOSS, sets, lambda c, inside: math.log(1 + math.exp(sum(sums(c, inside)))))


def test_lsep_anchor(sets):
    for inside in sets.Y:
        assert by_taut(LOSS, np.zeros(5), inside)[0] == pytest.approx(math.log(1 + pairs(inside)))


def test_lsep_between(sets):
    for scale in (1.0, 5.0, 100.0):
        for c, inside in zip(scale * sets.S, sets.Y, strict=True):
            largest, found = max(0.0, c[~inside].max() - c[inside].min()), by_taut(LOSS, c, inside)[0]
            assert largest <= found + 1e-12
            assert found <= largest + math.log(1 + pairs(inside)) + 1e-12


def test_lsep_factor(sets):
    """What is outside sums to f, what is inside to −f."""
    for c, inside in zip(sets.S, sets.Y, strict=True):
        found = by_taut(LOSS, c, inside)[1]
        assert found[~inside].sum() == pytest.approx(factor(c, inside))
        assert found[inside].sum() == pytest.approx(-factor(c, inside))


def test_lsep_outside(sets):
    check_slopes(LOSS, sets, outside_slope, value, 1)


def test_lsep_inside(sets):
    check_slopes(LOSS, sets, inside_slope, value, 0)


def test_lsep_gradient(sets):
    check_gradient(LOSS, sets, slopes(sets, outside_slope, inside_slope), value)


def test_lsep_factor_from_value(sets):
    for c, inside in zip(sets.S, sets.Y, strict=True):
        assert 1 - math.exp(-by_taut(LOSS, c, inside)[0]) == pytest.approx(factor(c, inside))
    tiny = by_taut(LOSS, np.array([60.0, 0.0]), np.array([True, False]))
    assert -math.expm1(-tiny[0]) == pytest.approx(tiny[1][1], rel=1e-12)
    assert 1 - math.exp(-tiny[0]) == 0.0


def test_lsep_hessian(sets):
    def formula(c, inside):
        k, l = parts(inside)  # noqa: E741 - the letters of the page
        f = factor(c, inside)
        p, q = (np.array([g(c, inside, j) for j in of]) / f for g, of in ((outside_slope, l), (inside_slope, k)))
        g = np.concatenate([p, q])
        return f * blocks(np.diag(p) - np.outer(p, p), np.diag(-q) - np.outer(q, q)) + f * (1 - f) * np.outer(g, g)

    assert max(check_hessian(LOSS, sets, formula)) <= 1.0


def test_lsep_conjugate(sets):
    def conjugate(a, inside):
        t = a[~inside].sum()
        return entropy(a[~inside]) + entropy(-a[inside]) - entropy(t) + entropy(1 - t)

    off = [
        ([1, 0, 0], [-1.2, 0.6, 0.6], [-1.0, 1.0, 1.0]),  # τ > 1
        ([1, 0, 0], [-0.5, 0.6, -0.1], [0.0, 0.0, -10.0]),  # an entry of the wrong sign
        ([1, 0, 0], [-0.5, 0.3, 0.3], [1.0, 1.0, 1.0]),  # the two sums differ
    ]
    check_conjugate(LOSS, sets, conjugate, off)


def test_lsep_softplus(sets):
    def stable(c, inside):
        z = sum(sums(c, inside))
        return max(0.0, z) + math.log(1 + math.exp(-abs(z)))

    for scale in (1.0, 10.0, -10.0):
        for c, inside in zip(scale * sets.S, sets.Y, strict=True):
            assert stable(c, inside) == pytest.approx(by_taut(LOSS, c, inside)[0], rel=1e-9)
    assert by_taut(LOSS, np.array([-1e5, 1e5]), np.array([True, False]))[0] == pytest.approx(2e5)


def test_rows_without_a_pair_are_left_out(sets):
    check_left_out(LOSS, sets, ranks=True)


def test_one_logarithm_around_the_batch_is_another_loss(sets):
    of_all = math.log(1 + sum(sum_over_pairs(c, inside) for c, inside in zip(sets.S, sets.Y, strict=True)))
    assert abs(of_all / len(sets.S) - by_taut(LOSS, sets.S, sets.Y)[0]) > 1e-3
    with np.errstate(over="ignore", invalid="ignore"):
        assert np.isnan(np.exp(np.array([1000.0])) * 0.0)
