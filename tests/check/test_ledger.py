"""The ledger: crossed pairs against rational arithmetic, remainders against their bounds, hooks that lie."""

from fractions import Fraction

import numpy as np
import pytest

import taut
from taut.check._accounts import STEP
from taut.check._function import Function, Layout
from taut.check._ledger import account
from taut.check._line import make_line
from taut.check._look import Search, natural_scales
from taut.check._subject import Subject
from taut.losses import make_loss
from taut.models import Linear
from taut.objective import Risk

H = 2.0**-10


def near_ties(seed, loss="hinge"):
    """A small risk at a point where margins are zero, or within 1e-9 .. 1e-2 of it."""
    rng = np.random.default_rng(seed)
    n, d, k = 8, 3, 4
    X = rng.integers(-2, 3, (n, d)) + 10.0 ** rng.uniform(-9, -2) * rng.integers(-1, 2, (n, d))
    W = rng.integers(-1, 2, (d, k)) + 10.0 ** rng.uniform(-9, -2) * rng.integers(-1, 2, (d, k))
    y, weights = rng.integers(0, k, n), rng.uniform(0.5, 2.0, n)
    return Risk(taut.as_matrix(X), y, make_loss(loss), Linear(d, k, intercept=False), 0.1, weights), W.ravel()


def accounts_of(risk, theta, h):
    layout = Layout.of(theta)
    subject = Subject.of(risk, layout, None, None)
    function = Function(subject.call, layout, double=False)
    search = Search(
        function, layout, 1, np.random.default_rng(0), 2.0**-52, natural_scales(layout, theta), subject.bound
    )
    base = search.base(theta)
    for i in range(theta.size):
        line = make_line(base, layout.blocks[0], [i], np.ones(1))
        yield i, account(function, subject.pieces, base, line, h)


def exact_signs(risk, theta):
    """Signs of all margins, in rational arithmetic."""
    X = risk.matrix.precise_block(slice(0, len(risk.targets)))
    k = risk.model.k
    W = [[Fraction(float(each)) for each in row] for row in theta.reshape(-1, k)]
    signs = []
    for row, y in zip(X, risk.targets, strict=True):
        s = [sum(Fraction(float(x)) * w[j] for x, w in zip(row, W, strict=True)) for j in range(k)]
        signs += [(m > 0) - (m < 0) for j in range(k) if j != y for m in [s[j] - s[y] + Fraction(risk.loss.margin)]]
    return np.array(signs)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
def test_crossed_pairs_are_those_of_rational_arithmetic(seed, loss):
    risk, theta = near_ties(seed, loss)
    here = exact_signs(risk, theta)
    for i, made in accounts_of(risk, theta, H):
        step = H * np.eye(theta.size)[i]
        left, right = exact_signs(risk, theta - step), exact_signs(risk, theta + step)
        crossed = set(np.flatnonzero((left != here) | (right != here)).tolist())
        assert {kink.piece for kink in made.kinks} == crossed


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("loss", ["hinge", "squared_hinge", "crammer_singer"])
def test_remainders_are_within_their_bounds(seed, loss):
    risk, theta = near_ties(seed, loss)
    for _, made in accounts_of(risk, theta, STEP):
        assert made.explained, (made.remainder, made.bound)
        shares = sum(kink.share for kink in made.kinks)
        given, unit = made.line.given / made.line.v[0], made.line.v[0]
        assert abs(made.numeric / unit - given - shares - made.remainder / unit) <= 4 * made.bound / unit


def test_a_wrong_gradient_leaves_a_remainder():
    risk, theta = near_ties(1)

    def fn(point):
        value, gradient = risk.value_and_gradient(point)
        return value, gradient + 1e-3

    report = taut.check_gradient(
        fn, theta, convex=True, pieces=lambda w: risk.loss.pieces(risk.scores(w), risk.targets).ravel()
    )
    assert report.verdict == "bug"
    assert report.kinks
    assert all(abs(kink.remainder + 1e-3) <= 1e-3 for kink in report.kinks if kink.bound < 1e-4)
    assert all(abs(kink.remainder) > kink.bound for kink in report.kinks if kink.at != 0)


def test_the_one_dimensional_example_of_the_mission():
    def hinge(w):
        m = w[0] - w[1]
        return max(0.0, m), (m > 0) * np.array([1.0, -1.0])

    report = taut.check_gradient(hinge, np.ones(2), convex=True, pieces=lambda w: np.array([w[0] - w[1]]))
    assert report.verdict == "ok_at_kink"
    one, two = report.kinks
    assert (one.at, one.left, one.right, two.left, two.right) == pytest.approx((0, 0, 1, -1, 0), abs=1e-9)
    assert (one.share, two.share) == pytest.approx((0.5, -0.5), abs=1e-9)
    assert abs(one.remainder) <= one.bound < 1e-8
    assert "W[0]: piece 0: flips at step 0" in str(report)


def test_a_risk_names_the_sample_and_the_classes():
    X, y = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0, 2])
    risk = Risk(taut.as_matrix(X), y, make_loss("hinge"), Linear(2, 3, intercept=False), 0.0)
    theta = np.array([[1.0, 0.0, 0.2], [0.3, 0.1, 0.0]]).ravel()  # sample 0, class 1: 0 - 1 + 1 = 0
    report = taut.check_gradient(risk, theta)
    assert report.verdict == "ok_at_kink"
    assert {kink.label for kink in report.kinks} == {
        "W[0]: sample 0, class 1 against its label 0",
        "W[1]: sample 0, class 1 against its label 0",
    }


def test_pieces_need_not_be_affine():
    def fn(w):
        m = w[0] ** 3 - 1e-6
        return max(0.0, m) + w[1] ** 2, np.array([3 * w[0] ** 2 * (m > 0), 2 * w[1]])

    w = np.array([0.01 + 3e-6, 1.0])
    report = taut.check_gradient(fn, w, pieces=lambda w: np.array([w[0] ** 3 - 1e-6]))
    assert report.verdict == "ok"
    (kink,) = report.kinks
    assert kink.at == pytest.approx(-3e-6, rel=1e-6)
    assert abs(kink.remainder) <= kink.bound


ABS = {"fn": lambda w: (float(np.abs(w).sum()), np.sign(w)), "point": np.array([0.0, 1.0])}


@pytest.mark.parametrize(
    ("pieces", "said"),
    [
        (lambda w: np.array([w[0] - 0.5]), "no piece changes its sign there"),
        (lambda w: np.array([np.nan]), "finite"),
        (lambda w: np.array([[1.0]]), "vector"),
        (lambda w: 1 / 0, "ZeroDivisionError"),
        (lambda w: np.ones(1 + int(w[0] > 0)), "number changes"),
    ],
)
def test_hooks_that_contradict_the_function_are_ignored(pieces, said):
    report = taut.check_gradient(ABS["fn"], ABS["point"], convex=True, pieces=pieces)
    assert report.verdict == "ok_at_kink"
    assert not report.kinks
    assert any("pieces are ignored" in note and said in note for note in report.notes), report.notes


def test_a_hook_never_excuses_a_bug():
    def fn(w):
        return float(np.abs(w).sum()), 2 * np.sign(w)

    assert taut.check_gradient(fn, np.array([1e-7, 1.0]), convex=True, pieces=lambda w: w).verdict == "bug"
