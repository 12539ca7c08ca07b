"""The problems of `strategies` really spread: ties occur, all classes occur, every size occurs."""

from collections import Counter

import numpy as np

import strategies


def test_every_dimension_is_reached():
    drawn = list(strategies.problems(0, 700))
    assert {p.n for p in drawn} == set(strategies.SIZES)
    assert {p.k for p in drawn} == set(range(2, 8))
    assert {p.d for p in drawn} == set(range(1, 6))
    assert {p.margin for p in drawn} == set(strategies.MARGINS)
    assert {p.l2 for p in drawn} == {0.0, 0.5, 0.03125, 2.0}
    assert Counter(p.kind for p in drawn) == dict.fromkeys(strategies.KINDS, 100)
    assert {p.bias_row is None for p in drawn} == {True, False}
    assert {p.weights is None for p in drawn} == {True, False}
    assert sum(p.weights is not None and bool((p.weights == 0).any()) for p in drawn) > 50
    assert all(p.weights is None or p.weights.sum() > 0 for p in drawn)
    assert any(np.unique(p.y).size == p.k for p in drawn)
    for k in range(2, 8):
        assert {int(c) for p in drawn if p.k == k for c in p.y} == set(range(k))


def test_exact_ties_happen_and_near_ties_are_not_exact():
    zero_margins, tied_rivals, near_zero = 0, 0, 0
    for p in strategies.problems(1, 700):
        scores = p.X @ p.W
        right = scores[np.arange(p.n), p.y][:, None]
        wrong = np.arange(p.k) != p.y[:, None]
        m = np.where(wrong, scores - right + p.margin, -np.inf)
        if p.exact:
            assert (scores == np.round(scores)).all()
            zero_margins += int((m == 0).sum())
            best = m.max(axis=1)
            tied_rivals += int(((m == best[:, None]).sum(axis=1) > 1)[best > 0].sum())
        if p.kind == "near":
            near_zero += int(((np.abs(m) < 1e-7) & (m != 0)).sum())
        if p.kind == "zero_W":
            assert not p.W.any()
        if p.kind == "zero_column" and p.bias_row is None:
            assert (p.X == 0).all(axis=0).any()
        if p.kind == "duplicates" and p.n >= 5:
            assert len(np.unique(p.X, axis=0)) < p.n
    assert zero_margins > 500
    assert tied_rivals > 500
    assert near_zero > 50


def test_both_sides_of_a_near_tie():
    signs = set()
    for p in strategies.problems(2, 100, kinds=("near",)):
        scores = p.X @ p.W
        m = scores - scores[np.arange(p.n), p.y][:, None] + p.margin
        signs |= set(np.sign(m[(np.abs(m) < 1e-7) & (m != 0)]).tolist())
    assert signs == {-1.0, 1.0}


def test_the_same_seed_gives_the_same_problems():
    for a, b in zip(strategies.problems(3, 20), strategies.problems(3, 20), strict=True):
        np.testing.assert_array_equal(a.X, b.X)
        np.testing.assert_array_equal(a.W, b.W)
    first, other = next(strategies.problems(3, 1)), next(strategies.problems(4, 1))
    assert first.X.shape != other.X.shape or (first.X != other.X).any()


def test_tasks_have_every_class_and_wide_ones():
    drawn = list(strategies.tasks(0, 80))
    assert all(set(t.y.tolist()) == set(range(t.k)) for t in drawn)
    assert any(t.n < t.d for t in drawn)
    assert {t.intercept for t in drawn} == {True, False}
    assert sum(t.weights is not None and bool((t.weights == 0).any()) for t in drawn) > 10
    for t in drawn:
        if t.weights is not None:  # no class is lost by a zero weight
            assert set(t.y[t.weights > 0].tolist()) == set(range(t.k))
