"""The multi-label classifier: forms of Y, what is proved, thresholds, rows that are not defined."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, sparse
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import f1_score, label_ranking_loss
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import taut
from losses.multilabel_formulas import every
from taut import MultilabelClassifier
from taut.estimators._thresholds import best_f1, best_of_row
from taut.losses import MULTILABEL_LOSSES

NAMES = tuple(MULTILABEL_LOSSES)
SMOOTH = tuple(name for name in NAMES if name != "pairwise_hinge")


def data(seed=0, n=60, d=4, k=5, *, undefined=False):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    scores = X @ rng.normal(size=(d, k)) + rng.normal(size=(n, k))
    Y = scores > np.sort(scores, axis=1)[:, [-1 - k // 2]] if not undefined else scores > 1.0
    if undefined:
        Y[:3], Y[3] = False, True
    return X, Y.astype(int)


# --- the optimum ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("name", SMOOTH)
def test_finds_the_minimum_that_another_finds(name, intercept):
    X, Y = data()
    model = MultilabelClassifier(name, l2=0.05, fit_intercept=intercept, tol=1e-9).fit(X, Y)

    def objective(theta):
        W, b = theta[:20].reshape(4, 5), theta[20:] * intercept
        values, slopes = every(name, X @ W + b, Y.astype(bool))
        gradient = np.concatenate([(X.T @ slopes / 60 + 0.05 * W).ravel(), intercept * slopes.mean(axis=0)])
        return float(values.mean()) + 0.025 * float((W**2).sum()), gradient.astype(float)

    found = optimize.minimize(objective, np.zeros(25), jac=True, method="BFGS", options={"gtol": 1e-8})
    assert model.primal_ == pytest.approx(found.fun, abs=1e-7)
    ours, _ = objective(np.concatenate([model.coef_.T.ravel(), model.intercept_]))
    assert ours == pytest.approx(model.primal_, rel=1e-12)
    np.testing.assert_allclose(model.coef_.T.ravel(), found.x[:20], atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_without_an_intercept_the_fit_is_certified_and_says_by_what(name):
    X, Y = data()
    model = MultilabelClassifier(name, l2=0.05, fit_intercept=False).fit(X, Y)
    assert model.report_.certified
    assert model.gap_ <= 1e-3
    assert model.dual_ <= model.primal_
    assert str(model.report_).startswith("Certified: ")
    assert "by strong convexity, P - ‖∇P‖²/(2·l2)" in str(model.report_)
    assert model.intercept_.tolist() == [0.0] * 5
    value, dW = taut.loss_and_gradient(model.coef_.T, X, Y, loss=name, l2=0.05)
    assert value == pytest.approx(model.primal_, rel=1e-12)
    if name in SMOOTH:
        assert model.dual_ == pytest.approx(value - (dW**2).sum() / 0.1, rel=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_with_an_intercept_no_bound_is_claimed(name):
    X, Y = data()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = MultilabelClassifier(name, l2=0.05).fit(X, Y)
    assert (model.report_.status, model.report_.certified) == ("converged", False)
    assert (model.dual_, model.gap_) == (-math.inf, math.inf)
    said = str(model.report_)
    assert said.startswith("Not certified: the gradient predicts a gap below tol 0.001")
    assert "a free intercept is not penalised" in said
    sharper = MultilabelClassifier(name, l2=0.05, tol=1e-5).fit(X, Y)
    assert sharper.primal_ <= model.primal_ <= (1 + 2e-3) * max(sharper.primal_, 0) + 2e-3 * (name == "log_bp_mll")


def test_the_verdict_of_a_loss_below_zero_speaks_of_a_difference():
    X, Y = data()
    model = MultilabelClassifier("log_bp_mll", l2=0.001, fit_intercept=False).fit(X, Y)
    assert model.primal_ < 0
    assert f"is at most {model.primal_ - model.dual_:.2g} above the lowest possible value" in str(model.report_)
    assert model.gap_ == pytest.approx(model.primal_ - model.dual_, rel=1e-9)


def test_too_few_passes_warn():
    X, Y = data()
    with pytest.warns(ConvergenceWarning, match="max_iter = 3 passes ended the fit"):
        MultilabelClassifier(l2=1e-4, max_iter=3, fit_intercept=False).fit(X, Y)


@pytest.mark.parametrize("solver", ["gradient_descent", "sgd"])
def test_other_solvers(solver):
    X, Y = data()
    best = MultilabelClassifier("zlpr", l2=0.5, fit_intercept=False, tol=1e-8).fit(X, Y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = MultilabelClassifier(
            "zlpr", l2=0.5, fit_intercept=False, solver=solver, random_state=0, batch_size=10
        ).fit(X, Y)
    assert best.primal_ - 1e-9 <= model.primal_ <= 1.02 * best.primal_


# --- forms of Y -------------------------------------------------------------------------------------------------------


def test_predict_answers_in_the_form_of_y():
    X, Y = data()
    model = MultilabelClassifier(l2=0.01)
    table = model.fit(X, Y).predict(X)
    assert (model.target_kind_, table.dtype, table.shape) == ("indicator", np.int64, (60, 5))
    assert model.classes_.tolist() == [0, 1, 2, 3, 4]
    scores = model.decision_function(X)
    np.testing.assert_array_equal(table, scores > model.thresholds_)

    answer = model.fit(X, sparse.csr_array(Y)).predict(X)
    assert isinstance(answer, sparse.csr_array)
    np.testing.assert_array_equal(answer.toarray(), table)

    names = np.array(["ash", "birch", "cedar", "elm", "fir"])
    for sets in ([names[row > 0].tolist() for row in Y], [set(names[row > 0]) for row in Y]):
        answer = model.fit(X, sets).predict(X)
        assert model.classes_.tolist() == names.tolist()
        assert answer == [tuple(names[row > 0].tolist()) for row in table]
        assert model.score(X, sets) == np.mean((table == Y).all(axis=1))
    np.testing.assert_array_equal(model.decision_function(X), scores)

    answer = model.fit(X, pd.DataFrame(Y, columns=names)).predict(X)
    assert model.classes_.tolist() == names.tolist()
    np.testing.assert_array_equal(answer, table)


def test_one_label_a_row():
    X, _ = data()
    y = np.array(["a", "b", "c"])[np.argmax(X[:, :3], axis=1)]
    model = MultilabelClassifier("lsep", l2=1e-3).fit(X, y)
    assert model.target_kind_ == "labels"
    assert model.predict(X).dtype == y.dtype
    assert model.score(X, y) > 0.9
    assert model.decision_function(X).shape == (60, 3)
    two = MultilabelClassifier("lsep", l2=1e-3).fit(X, y == "a")
    assert two.decision_function(X).shape == (60,)
    np.testing.assert_array_equal(two.decision_function(X) > 0, two.predict(X))


def test_ranking_lists_labels_from_the_highest_score():
    X, Y = data()
    model = MultilabelClassifier(l2=0.01).fit(X, Y)
    ranking, scores = model.ranking(X), model.decision_function(X)
    assert ranking.shape == (60, 5)
    assert (np.diff(np.take_along_axis(scores, ranking, axis=1)) <= 0).all()
    assert (np.sort(ranking) == np.arange(5)).all()


@pytest.mark.parametrize(
    ("Y", "message"),
    [
        ([[0, 2], [1, 0], [0, 1]], r"Y holds sets|zeros and ones|label"),
        (np.array([[0, 2], [1, 0], [0, 1]]), "Y holds 2 in row 0, column 1"),
        (np.array([[0, np.nan], [1, 0], [0, 1]]), "Input y contains NaN: row 0, column 1"),
        (np.array([[0, 1], [1, 0]]), "X has 3 rows, Y 2"),
        (sparse.csr_array([[0, 1], [1, 0]]), r"indicator of shape \(3, labels\)"),
        ([{1}, {2}], "X has 3 rows, Y 2"),
        ([{1}, {"a"}, {2}], "all strings or all numbers"),
        ([set(), set(), set()], "every set is empty"),
        (None, "y cannot be None|target y is None"),
        (np.array([[0, 0], [1, 1], [0, 0]]), "every row of y with a weight has no label or all"),
    ],
)
def test_bad_label_sets(Y, message):
    X = np.arange(6.0).reshape(3, 2)
    if isinstance(Y, list) and Y == [[0, 2], [1, 0], [0, 1]]:
        assert MultilabelClassifier().fit(X, Y).target_kind_ == "sets"
        return
    with pytest.raises(ValueError, match=message):
        MultilabelClassifier().fit(X, Y)


def test_a_refused_fit_leaves_the_fitted_model():
    X, Y = data()
    model = MultilabelClassifier(l2=0.01).fit(X, Y)
    before = model.predict(X)
    with pytest.raises(ValueError, match="zeros and ones"):
        model.fit(X, Y + 1)
    np.testing.assert_array_equal(model.predict(X), before)


def test_not_fitted():
    with pytest.raises(NotFittedError):
        MultilabelClassifier().predict([[0.0]])


# --- rows without a pair ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_rows_without_a_pair_are_left_out_and_counted_once(name):
    X, Y = data(undefined=True)
    without = ~Y.any(axis=1) | Y.all(axis=1)
    ranks = name not in ("zlpr", "binary")
    model = MultilabelClassifier(name, l2=0.05, fit_intercept=False, tol=1e-6 if name in SMOOTH else 1e-3)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, Y)
    assert model.n_undefined_rows_ == (int(without.sum()) if ranks else 0)
    assert len(caught) == int(ranks)
    if not ranks:
        return
    assert f"{without.sum()} of 60 rows have no label or all labels" in str(caught[0].message)
    alone = clone(model).fit(X[~without], Y[~without])
    np.testing.assert_allclose(model.coef_, alone.coef_, atol=1e-4 if name in SMOOTH else 1e-2)
    assert model.report_.weight_sum == (~without).sum()
    with pytest.raises(ValueError, match=r"row 0 of y, counted from 0, has no label: .* rows are so"):
        clone(model).set_params(undefined="raise").fit(X, Y)
    with pytest.raises(ValueError, match="has all labels"):
        clone(model).set_params(undefined="raise").fit(X[3:], Y[3:])


def test_sample_weights_are_repetitions():
    X, Y = data(undefined=True)
    s = np.random.default_rng(9).integers(0, 4, 60)
    options = {"l2": 0.05, "fit_intercept": False, "tol": 1e-9}
    with pytest.warns(UserWarning, match="no label or all"):
        weighted = MultilabelClassifier(**options).fit(X, Y, s)
    with pytest.warns(UserWarning, match="no label or all"):
        repeated = MultilabelClassifier(**options).fit(np.repeat(X, s, axis=0), np.repeat(Y, s, axis=0))
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, atol=1e-6)
    assert weighted.report_.weight_sum == pytest.approx(repeated.report_.weight_sum)
    np.testing.assert_allclose(weighted.thresholds_, repeated.thresholds_, atol=1e-5)


# --- thresholds -------------------------------------------------------------------------------------------------------


def test_thresholds_of_a_label_have_the_best_f1():
    rng = np.random.default_rng(10)
    for _ in range(100):
        n = int(rng.integers(1, 12))
        scores, present = rng.integers(-3, 4, n).astype(float), rng.random(n) < 0.4
        w = rng.integers(1, 3, n).astype(float)
        found = best_f1(scores, present, w)
        if not present.any():
            assert not (scores > found).any()
            continue
        cuts = [found, *(np.unique(scores) + 0.5), scores.min() - 1]
        chosen = [2 * w[(scores > c) & present].sum() / (w[scores > c].sum() + w[present].sum()) for c in cuts]
        assert chosen[0] == pytest.approx(max(chosen), abs=1e-12)


def test_the_best_threshold_of_a_row():
    scores = np.array([[3.0, 1.0, 2.0, 0.0], [0.0, 1.0, 2.0, 3.0], [1.0, 0.0, 0.5, 2.0]])
    present = np.array([[True, False, True, False], [False] * 4, [True] * 4])
    assert best_of_row(scores, present).tolist() == [1.5, 3.0 + 1.0 / 2, -1 / 3]


@pytest.mark.parametrize("threshold", ["global", "least_squares", 0.25, 0])
def test_other_thresholds(threshold):
    X, Y = data()
    model = MultilabelClassifier("bp_mll", l2=0.01, threshold=threshold).fit(X, Y)
    scores = model.decision_function(X)
    assert model.thresholds_.shape == model.threshold_coef_.shape == (5,)
    assert len(set(model.thresholds_.tolist())) == 1
    bar = model.thresholds_ + (scores @ model.threshold_coef_)[:, None]
    np.testing.assert_array_equal(model.predict(X), scores > bar)
    if threshold == "least_squares":
        wanted = np.linalg.lstsq(np.c_[scores, np.ones(60)], best_of_row(scores, Y.astype(bool)))[0]
        np.testing.assert_allclose(bar[:, 0], np.c_[scores, np.ones(60)] @ wanted, atol=1e-9)
    elif threshold == "global":
        ours = f1_score(Y, model.predict(X), average="micro")
        assert ours >= max(f1_score(Y, scores > t, average="micro") for t in np.linspace(-2, 2, 50)) - 1e-12
    else:
        assert model.thresholds_[0] == threshold


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loss": "hinge"}, "unknown loss of label sets 'hinge': choose one of bp_mll"),
        ({"l2": -1}, "l2 must be"),
        ({"margin": math.nan}, "margin must be"),
        ({"undefined": "drop"}, "undefined must be one of 'ignore', 'raise'"),
        ({"threshold": "best"}, "threshold must be one of 'label', 'global', 'least_squares' or a number"),
        ({"threshold": math.nan}, "threshold must be a finite number"),
        ({"solver": "newton"}, "solver must be one of 'auto', 'quasi_newton'"),
        ({"solver": "adam"}, "solver must be one of 'auto', 'quasi_newton'"),
        ({"hidden": 0}, "hidden must be a whole number"),
        ({"hidden": 3, "solver": "gradient_descent"}, "solver must be one of 'auto', 'adam'"),
        ({"n_threads": 0}, "n_threads must be"),
    ],
)
def test_bad_parameters(options, message):
    X, Y = data()
    with pytest.raises(ValueError, match=message):
        MultilabelClassifier(**options).fit(X, Y)


# --- with the rest of the world ---------------------------------------------------------------------------------------


def test_pipelines_searches_and_clones():
    X, Y = data(n=90)
    pipeline = make_pipeline(StandardScaler(), MultilabelClassifier(l2=0.01))
    assert label_ranking_loss(Y, pipeline.fit(X, Y).decision_function(X)) < 0.25
    assert cross_val_score(pipeline, X, Y, cv=3, scoring="f1_micro").min() > 0.6
    search = GridSearchCV(MultilabelClassifier(), {"l2": [1e-3, 10.0]}, cv=3, scoring="roc_auc")
    assert search.fit(X, Y).best_score_ > 0.8
    assert clone(search.best_estimator_).l2 == search.best_params_["l2"]


def test_sparse_and_float32_columns():
    X, Y = data()
    X = X * (np.abs(X) > 0.5)
    dense = MultilabelClassifier(l2=0.05, tol=1e-8).fit(X, Y)
    csr = MultilabelClassifier(l2=0.05, tol=1e-8).fit(sparse.csr_array(X), Y)
    np.testing.assert_allclose(csr.coef_, dense.coef_, atol=1e-6)
    single = MultilabelClassifier(l2=0.05, fit_intercept=False).fit(X.astype(np.float32), Y)
    assert single.coef_.dtype == np.float32
    assert single.report_.certified


def test_more_labels_than_the_scores_taken_at_once_change_nothing():
    X, Y = data(n=400, k=8)
    assert MultilabelClassifier(l2=0.01, n_threads=1).fit(X, Y).primal_ == pytest.approx(
        MultilabelClassifier(l2=0.01, n_threads=2).fit(X, Y).primal_, rel=1e-12
    )


def test_a_hidden_layer_parts_what_no_plane_does():
    rng = np.random.default_rng(11)
    X = rng.uniform(-1, 1, size=(300, 2))
    Y = np.c_[X[:, 0] * X[:, 1] > 0, X[:, 0] > 0, X[:, 1] > 0].astype(int)
    options = {"l2": 1e-4, "threshold": 0.0}
    linear = MultilabelClassifier("zlpr", **options).fit(X, Y)
    net = MultilabelClassifier("zlpr", hidden=12, solver="quasi_newton", max_iter=300, random_state=0, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        net.fit(X, Y)
    assert linear.score(X, Y) < 0.6
    assert net.score(X, Y) > 0.95
    assert not net.report_.certified
    hidden = np.maximum(0, X @ net.W1_ + net.b1_)
    np.testing.assert_allclose(net.decision_function(X), hidden @ net.W2_ + net.b2_, rtol=1e-12, atol=1e-12)
    value, _ = taut.loss_and_gradient(
        {"W1": net.W1_, "b1": net.b1_, "W2": net.W2_, "b2": net.b2_}, X, Y, loss="zlpr", l2=1e-4
    )
    assert value == pytest.approx(net.report_.objective, rel=1e-12)
    assert not hasattr(net, "coef_")
    assert not hasattr(net.set_params(hidden=None, solver="auto").fit(X, Y), "W1_")


def test_a_network_whose_loss_overflows_keeps_its_start():
    """The loss of a pass is the mean before its moves: a finite one says nothing of where the last move ended."""
    X = np.random.default_rng(0).normal(size=(60, 5)) * 1e6
    Y = X > 0
    with pytest.warns(ConvergenceWarning, match="Diverged .*weights of pass 0 are kept"):
        model = MultilabelClassifier("bp_mll", hidden=5, random_state=0).fit(
            X[Y.any(1) & ~Y.all(1)], Y[Y.any(1) & ~Y.all(1)]
        )
    assert np.isfinite(model.report_.objective)


def test_a_label_that_the_model_does_not_know_is_a_mistake():
    X, Y = np.eye(4), [("sea",), ("sun",), ("sea", "sun"), ("sea",)]
    model = MultilabelClassifier("zlpr", l2=1e-3).fit(X, Y)
    assert model.score(X, Y) == 1.0
    assert model.score(X, [("sea", "moon"), *Y[1:]]) == 0.75
    assert model.score(X, [(), *Y[1:]]) == 0.75
    with pytest.raises(ValueError, match="as collections of labels"):
        model.score(X, np.eye(4, 2, dtype=int))


def test_an_indicator_is_scored_against_sets_of_column_numbers_too():
    X, sets = np.eye(4), [{0}, {1}, {0, 1}, {0}]
    Y = np.array([[1, 0], [0, 1], [1, 1], [1, 0]])
    model = MultilabelClassifier("zlpr", l2=1e-3).fit(X, Y)
    assert model.score(X, sets) == model.score(X, sparse.csr_array(Y)) == model.score(X, Y) == 1.0
