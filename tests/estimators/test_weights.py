"""Sample weights, class weights, and where a fit starts."""

import numpy as np
import pytest

from taut import LinearClassifier

SMOOTH = ("softmax", "squared", "squared_hinge")


@pytest.mark.parametrize("loss", SMOOTH)
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_a_weight_of_three_is_the_row_three_times(problem, loss, fit_intercept):
    X, y = problem
    counts = np.random.default_rng(1).integers(0, 4, size=len(y))
    model = LinearClassifier(loss, l2=1e-2, tol=1e-11, fit_intercept=fit_intercept)
    weighted = model.fit(X, y, sample_weight=counts).primal_
    repeated = model.fit(np.repeat(X, counts, axis=0), np.repeat(y, counts)).primal_
    assert weighted == pytest.approx(repeated, rel=1e-9)
    assert abs(weighted - model.fit(X, y).primal_) > 1e-4 * weighted


@pytest.mark.parametrize("loss", ["hinge", "crammer_singer"])
def test_kinked_losses_agree_within_their_certificates(problem, loss):
    X, y = problem
    counts = np.random.default_rng(1).integers(0, 4, size=len(y))
    model = LinearClassifier(loss, l2=1e-2, tol=1e-6)
    weighted = model.fit(X, y, sample_weight=counts).primal_
    repeated = model.fit(np.repeat(X, counts, axis=0), np.repeat(y, counts)).primal_
    assert weighted == pytest.approx(repeated, rel=2e-6)


def test_only_the_ratio_of_weights_counts(problem):
    X, y = problem
    s = np.random.default_rng(2).uniform(0.5, 2.0, size=len(y))
    one, ten = (LinearClassifier("softmax", l2=1e-2, tol=1e-11).fit(X, y, c * s) for c in (1.0, 10.0))
    assert one.primal_ == pytest.approx(ten.primal_, rel=1e-9)
    assert ten.report_.weight_sum == pytest.approx(10 * one.report_.weight_sum)


@pytest.mark.parametrize("loss", ["softmax", "hinge"])
def test_class_weight_dict_multiplies_the_sample_weights(problem, loss):
    X, y = problem
    each = {0: 2.0, 1: 1.0, 2: 0.25}
    s = np.random.default_rng(3).uniform(0.5, 2.0, size=len(y))
    one = LinearClassifier(loss, l2=1e-2, class_weight=each).fit(X, y, s)
    two = LinearClassifier(loss, l2=1e-2).fit(X, y, s * np.array([each[label] for label in y]))
    np.testing.assert_array_equal(one.coef_, two.coef_)
    assert one.primal_ == two.primal_
    assert not np.array_equal(one.coef_, LinearClassifier(loss, l2=1e-2).fit(X, y, s).coef_)


def test_balanced_gives_every_class_the_same_sum(problem):
    X, y = problem
    rows = np.concatenate([np.flatnonzero(y == 0)[:5], np.flatnonzero(y == 1)[:15], np.flatnonzero(y == 2)])
    X, y = X[rows], y[rows]
    s = len(y) / (3 * np.bincount(y))[y]
    one = LinearClassifier("softmax", l2=1e-2, class_weight="balanced").fit(X, y)
    two = LinearClassifier("softmax", l2=1e-2).fit(X, y, s)
    np.testing.assert_allclose(one.coef_, two.coef_, rtol=1e-12)
    assert one.primal_ != LinearClassifier("softmax", l2=1e-2).fit(X, y).primal_


def test_balanced_counts_the_sample_weights(problem):
    X, y = problem
    s = np.random.default_rng(4).uniform(0.1, 3.0, size=len(y))
    sums = np.bincount(y, weights=s)
    one = LinearClassifier("softmax", l2=1e-2, tol=1e-11, class_weight="balanced").fit(X, y, s)
    two = LinearClassifier("softmax", l2=1e-2, tol=1e-11).fit(X, y, s / sums[y])
    assert one.primal_ == pytest.approx(two.primal_, rel=1e-9)


def test_class_weight_with_names(problem):
    X, y = problem
    names = np.array(["ant", "bee", "cat"])
    one = LinearClassifier("softmax", class_weight={"ant": 3.0, "bee": 1.0, "cat": 1.0}).fit(X, names[y])
    two = LinearClassifier("softmax").fit(X, y, np.where(y == 0, 3.0, 1.0))
    np.testing.assert_array_equal(one.coef_, two.coef_)


@pytest.mark.parametrize("loss", ["softmax", "squared_hinge", "hinge"])
def test_warm_start_from_the_optimum_needs_fewer_passes(problem, loss):
    X, y = problem
    model = LinearClassifier(loss, l2=1e-2, tol=1e-6, warm_start=True).fit(X, y)
    first, objective = model.n_iter_, model.primal_
    model.fit(X, y)
    assert model.n_iter_ < first
    assert model.primal_ <= objective * (1 + 1e-6)
    assert model.report_.certified


def test_a_cold_start_forgets(problem):
    X, y = problem
    model = LinearClassifier("softmax", l2=1e-2, tol=1e-9).fit(X, y)
    first, coef = model.n_iter_, model.coef_.copy()
    model.fit(X, y)
    assert model.n_iter_ == first
    np.testing.assert_array_equal(model.coef_, coef)


@pytest.mark.parametrize("loss", ["hinge", "crammer_singer"])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_warm_start_from_a_kept_dual_point(problem, loss, fit_intercept):
    X, y = problem
    settings = {"l2": 1e-2, "tol": 1e-7, "fit_intercept": fit_intercept, "warm_start": True, "solver": "dual_ascent"}
    kept = LinearClassifier(loss, **settings).fit(X, y, witness=True)
    first, objective = kept.report_.passes, kept.primal_
    kept.coef_ = np.zeros_like(kept.coef_)  # so that nothing but the dual point can help
    kept.fit(X, y)
    assert kept.report_.passes < first
    assert kept.report_.certified
    assert kept.dual_ <= objective * (1 + 1e-12)
    assert not hasattr(kept, "witness_")


def test_a_dual_point_of_other_labels_is_none_of_these(problem):
    X, y = problem
    kept = LinearClassifier("hinge", l2=1e-2, tol=1e-6, warm_start=True).fit(X, y, witness=True)
    other = np.roll(y, 1)
    warm = kept.fit(X, other)
    fresh = LinearClassifier("hinge", l2=1e-2, tol=1e-6).fit(X, other)
    assert warm.report_.certified
    assert warm.dual_ <= fresh.primal_ * (1 + 1e-12)
    assert fresh.dual_ <= warm.primal_ * (1 + 1e-12)


@pytest.mark.parametrize("change", ["classes", "columns", "intercept"])
def test_warm_start_with_another_shape_starts_anew(problem, change):
    X, y = problem
    model = LinearClassifier("softmax", l2=1e-2, tol=1e-9, warm_start=True).fit(X, y)
    if change == "classes":
        y = y + 5
    elif change == "columns":
        X = X[:, :3]
    else:
        model.set_params(fit_intercept=False)
    warm = model.fit(X, y)
    fresh = LinearClassifier("softmax", l2=1e-2, tol=1e-9, fit_intercept=model.fit_intercept).fit(X, y)
    assert warm.primal_ == pytest.approx(fresh.primal_, rel=1e-8)
