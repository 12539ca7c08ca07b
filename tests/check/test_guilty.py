"""Wrong gradients are found, on kinks too; where they are wrong is told."""

import numpy as np
import pytest

import taut
from check.problems import linear, problem

WRONG = {
    "factor": lambda g, W: 1.01 * g,
    "sign": lambda g, W: -g,
    "zero": lambda g, W: 0 * g,
    "one number": lambda g, W: g + 0.01 * np.abs(g).max(),
    "one coordinate": lambda g, W: g + 0.01 * np.abs(g).max() * (np.arange(g.size) == 1).reshape(g.shape),
    "regulariser": lambda g, W: g + 0.02 * (W + 0.1),
    "zero sum": lambda g, W: g + 0.02 * np.abs(g).max() * (-1.0) ** np.arange(g.size).reshape(g.shape),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("convex", [True, None])
@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_gradients_are_bugs(wrong, convex, dtype):
    rng = np.random.default_rng(5)
    for loss in ("hinge", "softmax", "crammer_singer"):
        for kind in ("random", "grid"):
            X = rng.integers(-2, 3, (10, 4)) if kind == "grid" else rng.normal(size=(10, 4))
            W = rng.integers(-1, 2, (4, 3)) * 0.5 if kind == "grid" else rng.normal(size=(4, 3))
            right = linear(loss, X.astype(dtype), rng.integers(0, 3, 10), 0.1, True, 1.0, True, False)

            def fn(W, right=right):
                value, gradient = right(W)
                return value, WRONG[wrong](gradient, W).astype(gradient.dtype)

            report = taut.check_gradient(fn, W.astype(dtype), convex=convex)
            assert report.verdict == "bug", f"{loss} {kind}\n{report}"
            assert report.findings


@pytest.mark.parametrize("name", ["W1", "b1", "W2", "b2"])
def test_a_wrong_array_of_a_net_is_found_and_named(name):
    p = problem(np.random.default_rng(3), "net", "random", np.float64)

    def fn(point):
        value, gradient = p.fn(point)
        return value, {**gradient, name: 1.5 * gradient[name]}

    report = taut.check_gradient(fn, p.point)
    assert report.verdict == "bug"
    assert {each.name for each in report.outside} == {name}
    assert "1.5" in report.census


def big(rows=300, columns=7, seed=0):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(40, rows)), rng.integers(0, columns, 40)
    return linear("hinge", X, y, 0.1, True, 1.0, True, False), rng.normal(size=(rows, columns)) * 0.1


def spoiled(right, where, factor):
    def fn(W):
        value, gradient = right(W)
        gradient = gradient.copy()
        gradient[where] *= factor
        return value, gradient

    return fn


def test_one_coordinate_among_many_is_found_by_halving():
    right, W = big()
    report = taut.check_gradient(spoiled(right, (123, 4), 1.05), W, convex=True)
    assert [each.index for each in report.outside] == [(123, 4)]
    assert report.census.startswith("1 of 2,100 coordinates outside, at [123, 4]; ratio 1.05")
    assert report.evaluations < 1500


def test_one_row_and_one_column_are_told():
    right, W = big()
    row = taut.check_gradient(spoiled(right, 17, 2.0), W, convex=True)
    assert "all in row 17" in row.census
    assert "7 of 2,100" in row.census
    assert {each.index[0] for each in row.outside} == {17}
    column = taut.check_gradient(spoiled(right, (slice(None), 3), 40.0), W, convex=True)
    assert "all in column 3" in column.census
    assert "ratio exactly 40" in column.census
    assert {each.index[1] for each in column.outside} == {3}
    whole = taut.check_gradient(lambda W: (lambda f, g: (f, 40 * g))(*right(W)), W, convex=True)
    assert "sampled coordinates outside (of 2,100 in all)" in whole.census
    assert "ratio exactly 40 (= N?)" in whole.census
    assert whole.findings[0].kind == "missing 1/N"


def test_a_bug_behind_a_kink_shows_nearby():
    # at 0 anything between -1 and 1 is a subgradient of |w|; that the code doubles it shows off the kink alone
    report = taut.check_gradient(lambda w: (abs(w[0]), 2 * np.sign(w)), np.zeros(1), convex=True)
    assert report.verdict == "bug"
    assert any("nearby" in note for note in report.notes)


def test_a_gradient_wrong_at_a_tie_alone_is_a_bug_where_convexity_is_claimed():
    def fn(w):
        return abs(w[0]), np.sign(w) if w[0] else np.array([1.5])

    assert taut.check_gradient(fn, np.zeros(1), convex=True).verdict == "bug"
    guessed = taut.check_gradient(fn, np.zeros(1))
    assert guessed.verdict == "ok_at_kink"
    assert any("convex=True" in note for note in guessed.notes)


def test_a_wrong_float32_path_is_found():
    def fn(w):
        wrong = 3.0 if w.dtype == np.float32 else 1.0
        return (w * w).sum(), (wrong * 2 * w).astype(w.dtype)

    report = taut.check_gradient(fn, np.array([1.0, -2.0], dtype=np.float32), convex=True)
    assert report.verdict == "bug"
    assert report.findings[0].kind == "float32 gradient"


@pytest.mark.parametrize("convex", [True, None])
def test_what_cannot_be_seen_is_unresolved(convex):
    for wrong in (1.0, 2.0):
        report = taut.check_gradient(lambda w, a=wrong: (1e18 + w @ w, a * 2 * w), np.array([1.0, 2.0]), convex=convex)
        assert report.verdict == "unresolved"
        assert report.width > 1
        assert "width" in str(report)
