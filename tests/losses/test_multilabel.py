"""Losses of label sets: against all pairs, against their own row form, at extremes, at kinks."""

import math
from fractions import Fraction

import numpy as np
import pytest

import taut
from losses.multilabel_formulas import every, problems
from taut.losses import LOSSES, MULTILABEL_LOSSES, MultilabelLoss, make_loss, make_multilabel_loss

NAMES = tuple(MULTILABEL_LOSSES)
RANKING = ("bp_mll", "log_bp_mll", "lsep", "pairwise_hinge")


def close(got, want, tolerance=1e-12):
    want = np.asarray(want, dtype=float)
    scale = max(1.0, float(np.abs(want).max(initial=0.0)))
    np.testing.assert_allclose(np.asarray(got, dtype=float), want, rtol=0, atol=tolerance * scale)


def row_by_row(loss, scores, present):
    values, slopes = [], []
    for s, y in zip(scores.tolist(), present.tolist(), strict=True):
        grad = [math.nan] * len(s)
        values.append(loss.row(s, y, loss.margin, loss.width, grad))
        slopes.append(grad)
    return np.array(values), np.array(slopes)


@pytest.mark.parametrize("name", NAMES)
def test_200_problems_against_all_pairs(name):
    sizes = set()
    for scores, present in problems(1, 200):
        loss = make_multilabel_loss(name, margin=0.5)
        values, slopes = loss.rows(scores, present)
        wanted, wanted_slopes = every(name, scores, present, margin=0.5)
        close(values, wanted)
        close(slopes, wanted_slopes)
        by_row, slopes_by_row = row_by_row(loss, scores, present)
        close(by_row, wanted)
        close(slopes_by_row, wanted_slopes)
        sizes |= {(present.shape[1], int(size)) for size in present.sum(axis=1)}
    assert sum(size == 0 for _, size in sizes) > 5
    assert sum(size == k for k, size in sizes) > 5


@pytest.mark.parametrize("name", RANKING)
def test_gradient_rows_of_ranking_losses_sum_to_zero(name):
    for scores, present in problems(2, 100):
        _, slopes = make_multilabel_loss(name).rows(scores, present)
        assert np.abs(slopes.sum(axis=1)).max() <= 1e-13 * max(1.0, np.abs(slopes).max())


def test_bp_mll_by_hand():
    """Three labels, Y = {0}: E = (e^{c_1 − c_0} + e^{c_2 − c_0}) / 2."""
    c = np.array([[1.0, 2.0, 0.0]])
    values, slopes = make_multilabel_loss("bp_mll").rows(c, np.array([[True, False, False]]))
    e = math.e
    assert values[0] == pytest.approx((e + 1 / e) / 2, rel=1e-15)
    np.testing.assert_allclose(slopes[0], [-(e + 1 / e) / 2, e / 2, 1 / e / 2], rtol=1e-15)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("full", [False, True])
def test_empty_and_full_sets(name, full):
    scores = np.array([[0.5, -2.0, 3.0]])
    loss, present = make_multilabel_loss(name), np.full((1, 3), full)
    values, slopes = loss.rows(scores, present)
    assert loss.defined(present).tolist() == [name not in RANKING]
    if name in RANKING:
        assert values.tolist() == [0.0]
        assert slopes.tolist() == [[0.0] * 3]
        assert not np.signbit(slopes).any()
    else:
        c = -scores[0] if full else scores[0]
        terms = math.log1p(np.exp(c).sum()) if name == "zlpr" else np.log1p(np.exp(c)).sum()
        assert values[0] == pytest.approx(terms, rel=1e-14)
        assert (np.sign(slopes) == (-1 if full else 1)).all()


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_set_beside_others_changes_nothing_for_them(name):
    rng = np.random.default_rng(3)
    scores, present = rng.normal(size=(4, 5)), rng.random((4, 5)) < 0.5
    present[0], present[1] = False, True
    loss = make_multilabel_loss(name)
    values, slopes = loss.rows(scores, present)
    for i in range(4):
        alone, slopes_alone = loss.rows(scores[i : i + 1], present[i : i + 1])
        assert alone[0] == values[i]
        np.testing.assert_array_equal(slopes_alone[0], slopes[i])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("offset", [0.0, 600.0, -600.0, 3e4])
def test_nothing_overflows_before_the_value_does(dtype, offset):
    """e^600 · e^−600: both factors of the product are out of float32's reach, or of float64's, their product is not."""
    scores = np.array([[0.0, 1.0, 2.0, -1.0]]) + dtype(offset)
    present = np.array([[True, False, True, False]])
    tolerance = 1e-13 if dtype == np.float64 else 2e-6
    for name in NAMES[:4]:
        values, slopes = make_multilabel_loss(name).rows(scores.astype(dtype), present)
        assert np.isfinite(slopes).all()
        if name == "zlpr":  # the one that looks at the scores themselves
            assert values[0] == pytest.approx(abs(offset) + 2, abs=2)
            continue
        wanted, wanted_slopes = every(name, scores - offset, present)
        assert values.dtype == slopes.dtype == dtype
        close(values, wanted, tolerance)
        close(slopes, wanted_slopes, tolerance)


@pytest.mark.parametrize("name", NAMES)
def test_far_scores_give_the_value_that_they_must(name):
    present = np.array([[True, False, False]])
    apart = {"bp_mll": math.inf, "log_bp_mll": 2e4 - math.log(2), "zlpr": 2e4, "lsep": 2e4, "binary": 2e4}
    wrong, slopes = make_multilabel_loss(name).rows(np.array([[-1e4, 1e4, -1e4]]), present)
    assert wrong[0] == pytest.approx(apart.get(name, (2e4 + 1 + 1) / 2), rel=1e-9)
    assert name == "bp_mll" or np.isfinite(slopes).all()
    right, slopes = make_multilabel_loss(name).rows(np.array([[1e4, -1e4, -1e4]]), present)
    assert right[0] == pytest.approx(-2e4 if name == "log_bp_mll" else 0.0, abs=1e-9)
    assert np.isfinite(slopes).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_nan_shows(name):
    values, _ = make_multilabel_loss(name).rows(np.array([[0.0, math.nan, 1.0]]), np.array([[True, False, True]]))
    assert math.isnan(values[0])


# --- the pairwise hinge -----------------------------------------------------------------------------------------------


def test_pairwise_hinge_is_exact_on_integer_grids():
    """Rational arithmetic: a tied pair on the wrong side of the comparison cannot hide in a tolerance."""
    rng = np.random.default_rng(4)
    ties = 0
    for _ in range(200):
        k = int(rng.integers(2, 9))
        c, y = rng.integers(-2, 3, k), rng.random(k) < 0.5
        m = {(out, j): int(c[out] + 1 - c[j]) for out in range(k) for j in range(k) if y[j] and not y[out]}
        ties += sum(each == 0 for each in m.values())
        size = max(len(m), 1)
        slopes = [
            Fraction(sum((out == j) - (i == j) for (out, i), each in m.items() if each > 0), size) for j in range(k)
        ]
        value, got = make_multilabel_loss("pairwise_hinge").rows(c[None].astype(float), y[None])
        assert value[0] == float(Fraction(sum(max(each, 0) for each in m.values()), size))
        assert got[0].tolist() == [float(slope) for slope in slopes]
    assert ties > 100


@pytest.mark.parametrize("width", [0.01, 0.4, 2.0, 5.0])
def test_rounded_pairwise_hinge(width):
    for scores, present in problems(5, 60):
        loss = make_multilabel_loss("pairwise_hinge", margin=1.0)
        rounded = loss.rounded(width)
        values, slopes = rounded.rows(scores, present)
        wanted, wanted_slopes = every("pairwise_hinge", scores, present, width=width)
        close(values, wanted, 1e-11)
        close(slopes, wanted_slopes, 1e-11)
        exact, _ = loss.rows(scores, present)
        assert (values <= exact + 1e-12).all()
        assert (values >= exact - width / 2 - 1e-12).all()


def test_pieces_change_sign_where_the_gradient_jumps():
    loss, present = make_multilabel_loss("pairwise_hinge"), np.array([[True, False]])
    signs = [np.sign(loss.pieces(np.array([[c, 0.0]]), present)) for c in (0.999, 1.001)]
    slopes = [loss.rows(np.array([[c, 0.0]]), present)[1] for c in (0.999, 1.001)]
    assert not np.array_equal(*signs)
    assert not np.array_equal(*slopes)


# --- derivatives ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_row_curvature_is_the_mean_second_derivative(name):
    rng = np.random.default_rng(6)
    scores, present = rng.normal(size=(8, 6)), rng.random((8, 6)) < 0.5
    present[0], present[1] = False, True
    loss = make_multilabel_loss(name).rounded(3.0)
    h, bends = 1e-5, np.zeros(8)
    for j in range(6):
        ends = [loss.rows(scores + step * np.eye(6)[j], present)[1][:, j] for step in (h, -h)]
        bends += (ends[0] - ends[1]) / (2 * h) / 6
    np.testing.assert_allclose(loss.row_curvature(scores, present), bends, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_the_checker_passes_the_gradient(name):
    rng = np.random.default_rng(7)
    X, Y, W = rng.normal(size=(7, 3)), rng.random((7, 5)) < 0.4, rng.normal(size=(3, 5))
    Y[0], Y[1] = False, True

    def of_weights(W):
        return taut.loss_and_gradient(W, X, Y, loss=name, l2=0.1)

    def of_scores(scores):
        return taut.loss_and_gradient(None, scores, Y, loss=name, wrt="scores")

    assert taut.check_gradient(of_weights, W, convex=True).verdict == "ok"
    assert taut.check_gradient(of_scores, X @ W, convex=True).verdict == "ok"


def test_the_checker_passes_the_pairwise_hinge_at_its_kinks():
    Y = np.array([[1, 0, 0], [0, 1, 1]])

    def tied(scores):
        return taut.loss_and_gradient(None, scores, Y, loss="pairwise_hinge", wrt="scores")

    assert taut.check_gradient(tied, np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 2.0]]), convex=True).verdict == "ok_at_kink"


def swapped(scores, Y):
    """k and l swapped in the factorised form, a trap of the public notes."""
    value, slopes = taut.loss_and_gradient(None, scores, Y, loss="bp_mll", wrt="scores")
    return value, -slopes


def upper_triangle(scores, Y):
    """Only pairs k < l of a Y × Ȳ rectangle, another."""
    total, slopes = 0.0, np.zeros_like(scores)
    for i, (c, y) in enumerate(zip(scores, Y, strict=True)):
        for k in np.flatnonzero(y):
            for l in np.flatnonzero(~y):  # noqa: E741
                cost = math.exp(c[l] - c[k]) / (y.sum() * (~y).sum()) / len(Y)
                total += cost
                slopes[i, l] += cost * (k < l)
                slopes[i, k] -= cost * (k < l)
    return total, slopes


@pytest.mark.parametrize("wrong", [swapped, upper_triangle])
def test_the_checker_catches_the_traps_of_the_notes(wrong):
    rng = np.random.default_rng(8)
    Y = np.array([[1, 0, 0, 1], [0, 1, 0, 0], [0, 1, 1, 0]], dtype=bool)
    assert taut.check_gradient(lambda scores: wrong(scores, Y), rng.normal(size=(3, 4))).verdict == "bug"


# --- the table --------------------------------------------------------------------------------------------------------


def test_the_table():
    assert NAMES == ("bp_mll", "log_bp_mll", "zlpr", "lsep", "binary", "pairwise_hinge")
    assert not set(NAMES) & set(LOSSES)
    loss = make_multilabel_loss("pairwise_hinge", margin=0.5)
    assert make_multilabel_loss(loss, margin=9.0) is loss
    assert isinstance(loss, MultilabelLoss)
    with pytest.raises(ValueError, match="log_bp_mll"):
        make_multilabel_loss("bp")
    with pytest.raises(ValueError, match="margin"):
        make_multilabel_loss("pairwise_hinge", margin=-1.0)


@pytest.mark.parametrize("loss", ["bp_mll", make_multilabel_loss("zlpr")])
def test_a_loss_of_classes_it_is_not(loss):
    with pytest.raises(ValueError, match="compares sets of labels, not classes"):
        make_loss(loss)
