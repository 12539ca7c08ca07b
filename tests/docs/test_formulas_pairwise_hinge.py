"""The formulas of docs/math/pairwise_hinge.md, in numbers."""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

import taut
from docs.label_sets import by_taut, check_gradient, check_left_out, check_slopes, check_value, pairs, parts, slopes
from docs.numeric import supports

LOSS = "pairwise_hinge"
DELTA = 0.8


def margins(c, inside):
    k, l = parts(inside)  # noqa: E741 - the letters of the page
    return {(b, a): c[b] - c[a] + DELTA for a in k for b in l}


def value(c, inside):
    return sum(max(0.0, m) for m in margins(c, inside).values()) / pairs(inside)


def outside_slope(c, inside, j):
    return sum(m > 0 for (outer, _), m in margins(c, inside).items() if outer == j) / pairs(inside)


def inside_slope(c, inside, j):
    return -sum(m > 0 for (_, inner), m in margins(c, inside).items() if inner == j) / pairs(inside)


def slope_of_pairs(shares, inside):
    """1/(|Y||Ȳ|) Σ θ_lk (e_l − e_k)."""
    out = np.zeros(len(inside))
    for (outer, inner), share in shares.items():
        out[outer] += share / pairs(inside)
        out[inner] -= share / pairs(inside)
    return out


def rounded_piece(m, w):
    return 0.0 if m <= 0 else m * m / (2 * w) if m < w else m - w / 2


def test_the_case_has_both_kinds_of_pairs(sets):
    signs = [m > 0 for c, inside in zip(sets.S, sets.Y, strict=True) for m in margins(c, inside).values()]
    assert 0 < sum(signs) < len(signs)


def test_pairwise_hinge_margin(sets):
    """taut names the pieces by their signs."""
    loss = taut.losses.make_multilabel_loss(LOSS, margin=DELTA)
    for c, inside in zip(sets.S, sets.Y, strict=True):
        pieces = loss.pieces(c[None], inside[None])[0]
        np.testing.assert_allclose(np.sort(pieces)[-1], max(margins(c, inside).values()))
        for m in margins(c, inside).values():
            assert np.isclose(pieces, m).any()


def test_pairwise_hinge_value(sets):
    check_value(LOSS, sets, value, margin=DELTA)
    y = np.array([0, 3, 4, 1, 2, 2, 0])
    hinge = taut.loss_and_gradient(None, sets.S, y, loss="hinge", margin=DELTA, wrt="scores")[0]
    assert by_taut(LOSS, sets.S, np.eye(5)[y] > 0, margin=DELTA)[0] == pytest.approx(hinge / 4)


def test_pairwise_hinge_anchor(sets):
    assert by_taut(LOSS, 0 * sets.S, sets.Y, margin=DELTA)[0] == pytest.approx(DELTA)


def test_pairwise_hinge_ranking(sets):
    for c, inside in zip(np.round(sets.S), sets.Y, strict=True):
        k, l = parts(inside)  # noqa: E741 - the letters of the page
        wrong = np.mean([c[b] >= c[a] for a in k for b in l])
        assert wrong <= by_taut(LOSS, c, inside, margin=1.0)[0] + 1e-12


def test_pairwise_hinge_outside(sets):
    check_slopes(LOSS, sets, outside_slope, value, 1, margin=DELTA)


def test_pairwise_hinge_inside(sets):
    check_slopes(LOSS, sets, inside_slope, value, 0, margin=DELTA)


def test_pairwise_hinge_gradient(sets):
    check_gradient(LOSS, sets, slopes(sets, outside_slope, inside_slope), value, margin=DELTA)


def test_pairwise_hinge_moved(sets):
    """A pair is violated exactly if k comes before l, of equal ones those outside first."""
    for c, inside in zip(np.round(sets.S / DELTA) * DELTA, sets.Y, strict=True):
        v = c + DELTA * ~inside
        order = sorted(range(5), key=lambda j, v=v, inside=inside: (v[j], inside[j]))
        for (outer, inner), m in margins(c, inside).items():
            assert m == pytest.approx(v[outer] - v[inner], abs=1e-12)
            if abs(m) > 1e-9:
                assert (m > 0) == (order.index(inner) < order.index(outer))


def test_pairwise_hinge_sorted(sets):
    def by_gaps(c, inside):
        v = c + DELTA * ~inside
        order = np.lexsort((inside, v))
        terms = [
            (v[order[t + 1]] - v[order[t]]) * inside[order[: t + 1]].sum() * (~inside[order[t + 1 :]]).sum()
            for t in range(4)
        ]
        assert min(terms) >= 0
        return sum(terms) / pairs(inside)

    check_value(LOSS, sets, by_gaps, margin=DELTA)


def test_pairwise_hinge_value_from_slopes(sets):
    def back(c, inside):
        a = by_taut(LOSS, c, inside, margin=DELTA)[1]
        return a @ c + DELTA * a[~inside].sum()

    check_value(LOSS, sets, back, margin=DELTA)


def test_pairwise_hinge_kink():
    c, inside = np.array([1.0, 1.0 - DELTA, 2.0, 2.0 - DELTA]), np.array([True, False, True, False])
    of_pairs = margins(c, inside)
    on = [pair for pair, m in of_pairs.items() if m == 0]
    assert len(on) >= 2
    for chosen in product((0.0, 0.4, 1.0), repeat=len(on)):
        shares = {pair: float(m > 0) for pair, m in of_pairs.items()} | dict(zip(on, chosen, strict=True))
        assert supports(lambda s: value(s, inside), c, slope_of_pairs(shares, inside), directions=60)
    beyond = {pair: float(m > 0) for pair, m in of_pairs.items()} | dict.fromkeys(on, 1.5)
    assert not supports(lambda s: value(s, inside), c, slope_of_pairs(beyond, inside), directions=60)
    strict = {pair: float(m > 0) for pair, m in of_pairs.items()}
    np.testing.assert_allclose(by_taut(LOSS, c, inside, margin=DELTA)[1], slope_of_pairs(strict, inside))


def rounded(c, inside, w):
    return sum(rounded_piece(m, w) for m in margins(c, inside).values()) / pairs(inside)


def test_pairwise_hinge_rounded(sets):
    for w in (0.3, 1.0, 5.0):
        loss = taut.losses.make_multilabel_loss(LOSS, margin=DELTA).rounded(w)
        expected = [rounded(c, inside, w) for c, inside in zip(sets.S, sets.Y, strict=True)]
        np.testing.assert_allclose(loss.rows(sets.S, sets.Y)[0], expected, rtol=1e-12)

        def squares(c, inside, delta):
            return 0.5 * sum(max(0.0, m - DELTA + delta) ** 2 for m in margins(c, inside).values()) / pairs(inside)

        apart = [
            (squares(c, inside, DELTA) - squares(c, inside, DELTA - w)) / w
            for c, inside in zip(sets.S, sets.Y, strict=True)
        ]
        np.testing.assert_allclose(apart, expected, rtol=1e-9)


def test_pairwise_hinge_rounding(sets):
    for w in (0.3, 1.0, 5.0):
        for c, inside in zip(sets.S, sets.Y, strict=True):
            assert rounded(c, inside, w) <= value(c, inside) <= rounded(c, inside, w) + w / 2 + 1e-12


def highest(a, inside):
    """The largest a·c − ℓ(c), as a linear programme in c and one slack a pair; None where there is no largest."""
    rows = list(margins(np.zeros(len(a)), inside))
    costs = np.concatenate([-a, np.full(len(rows), 1 / pairs(inside))])
    lacks = np.zeros((len(rows), len(costs)))
    for at, (outer, inner) in enumerate(rows):
        lacks[at, [outer, inner, len(a) + at]] = 1, -1, -1  # c_l − c_k − slack ≤ −Δ
    limits = [(None, None)] * len(a) + [(0, None)] * len(rows)
    found = linprog(costs, A_ub=lacks, b_ub=np.full(len(rows), -DELTA), bounds=limits)
    return -found.fun if found.status == 0 else None


def test_pairwise_hinge_conjugate(sets):
    rng = np.random.default_rng(0)
    for inside in sets.Y:
        for shares in (rng.random(pairs(inside)), rng.integers(0, 2, pairs(inside))):
            a = slope_of_pairs(dict(zip(margins(np.zeros(5), inside), shares, strict=True)), inside)
            assert highest(a, inside) == pytest.approx(-DELTA * a[~inside].sum(), abs=1e-9)
    inside = np.array([True, False, True, False])
    assert highest(np.array([-0.3, 0.6, -0.3, 0.0]), inside) is None  # one label carries more than all of its pairs
    assert highest(np.array([-0.2, 0.3, -0.2, 0.2]), inside) is None  # the sum is not zero


def test_pairwise_hinge_bound(sets):
    """Below the objective at the optimum, for every weights and width; and what a fit states."""
    model = taut.MultilabelClassifier(LOSS, l2=sets.l2, margin=DELTA, fit_intercept=False, tol=1e-5)
    model.fit(sets.X, sets.Y)
    low, high = model.dual_, model.primal_
    assert high - low <= 1e-5 * high
    rng = np.random.default_rng(0)
    for w in (0.01, 0.3, 2.0):
        loss = taut.losses.make_multilabel_loss(LOSS, margin=DELTA).rounded(w)
        for W in [model.coef_.T, *rng.standard_normal((10, 4, 5))]:
            value_of, dW = taut.loss_and_gradient(W, sets.X, sets.Y, loss=loss, l2=sets.l2)
            assert value_of - np.sum(dW**2) / (2 * sets.l2) <= high


def test_rows_without_a_pair_are_left_out(sets):
    check_left_out(LOSS, sets, ranks=True, margin=DELTA)
