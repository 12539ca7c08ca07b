"""The numbers behind the verdict, recomputed in plain NumPy."""

import re
from itertools import pairwise

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

import taut
from strategies import LOSSES, clusters
from taut import LinearClassifier


def softmax(scores):
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)


def losses_of(name, scores, y, margin):
    rows = np.arange(len(y))
    true = scores[rows, y]
    m = scores - true[:, None] + margin
    m[rows, y] = 0.0
    if name == "hinge":
        return np.maximum(m, 0).sum(axis=1)
    if name == "squared_hinge":
        return (np.maximum(m, 0) ** 2).sum(axis=1)
    if name == "crammer_singer":
        return np.maximum(m, 0).max(axis=1)
    if name == "softmax":
        return np.log(np.exp(scores).sum(axis=1)) - true
    return 0.5 * ((scores - np.eye(scores.shape[1])[y]) ** 2).sum(axis=1)


def objective(model, X, y, s):
    scores = X @ model.coef_.T + model.intercept_
    mean = s @ losses_of(model.loss, scores, y, model.margin) / s.sum()
    return mean + model.l2 / 2 * np.sum(model.coef_**2)


def dual_value(model, X, y, s):
    """The lower bound that the stored witness proves, after checking that it may prove one."""
    dual, k = model.witness_, len(model.classes_)
    onehot = np.eye(k)[y]
    off = np.where(onehot == 1, 0.0, dual)
    if model.loss != "squared":
        np.testing.assert_allclose(dual.sum(axis=1), 0.0, atol=1e-9)
    if model.loss == "hinge":
        assert off.min() >= -1e-9
        assert off.max() <= 1 + 1e-9
        conjugate = -model.margin * off.sum(axis=1)
    elif model.loss == "crammer_singer":
        assert off.min() >= -1e-9
        assert off.sum(axis=1).max() <= 1 + 1e-9
        conjugate = -model.margin * off.sum(axis=1)
    elif model.loss == "squared_hinge":
        assert off.min() >= -1e-9
        conjugate = (off**2 / 4 - model.margin * off).sum(axis=1)
    elif model.loss == "softmax":
        p = np.maximum(dual + onehot, 0.0)
        assert (dual + onehot).min() >= -1e-9
        conjugate = np.where(p > 0, p * np.log(np.where(p > 0, p, 1.0)), 0.0).sum(axis=1)
    else:
        conjugate = 0.5 * (dual**2).sum(axis=1) + dual[np.arange(len(y)), y]
    if model.fit_intercept:
        np.testing.assert_allclose(s @ dual / s.sum(), 0.0, atol=1e-9)
    pulled = X.T @ (s[:, None] * dual) / s.sum()
    return -(s @ conjugate) / s.sum() - np.sum(pulled**2) / (2 * model.l2)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("margin", [1.0, 2.5])
def test_primal_dual_and_gap_recomputed(problem, loss, fit_intercept, margin):
    X, y = problem
    s = np.random.default_rng(5).uniform(0.2, 2.0, size=len(y))
    model = LinearClassifier(loss, l2=0.1, margin=margin, fit_intercept=fit_intercept, tol=1e-4)
    model.fit(X, y, s, witness=True)
    primal, dual = objective(model, X, y, s), dual_value(model, X, y, s)
    assert primal == pytest.approx(model.primal_, rel=1e-12)
    assert dual == pytest.approx(model.dual_, rel=1e-9)
    assert (primal - dual) / primal == pytest.approx(model.gap_, abs=1e-9)
    assert model.gap_ <= 1e-4
    assert (model.report_.primal, model.report_.dual, model.report_.gap) == (model.primal_, model.dual_, model.gap_)


def test_the_gap_of_softmax_from_coef_alone(problem):
    """At a smooth optimum the probabilities are the dual point; the intercept's share must vanish."""
    X, y = problem
    model = LinearClassifier("softmax", l2=0.1, tol=1e-10).fit(X, y)
    p = softmax(X @ model.coef_.T + model.intercept_)
    dual = p - np.eye(3)[y]
    np.testing.assert_allclose(dual.sum(axis=0), 0.0, atol=1e-3)
    bound = -np.mean((p * np.log(p)).sum(axis=1)) - np.sum((X.T @ dual / len(y)) ** 2) / (2 * model.l2)
    bound -= np.abs(dual.mean(axis=0)) @ np.abs(model.intercept_)
    primal = objective(model, X, y, np.ones(len(y)))
    assert 0 < (primal - bound) / primal < 1e-5  # the intercept's gradient is small, not zero


@pytest.mark.parametrize("loss", ["hinge", "softmax"])
def test_the_bound_is_below_every_objective(problem, loss):
    X, y = problem
    model = LinearClassifier(loss, l2=0.1, tol=1e-2).fit(X, y)
    best = LinearClassifier(loss, l2=0.1, tol=1e-5).fit(X, y)
    assert model.dual_ <= best.primal_ <= model.primal_ * (1 + 1e-5)


# The settings that a first user meets: overlapping classes, the default loss and tolerance.
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("l2", [1e-4, 1e-2, 1.0])
@pytest.mark.parametrize("loss", LOSSES)
def test_defaults_end_with_a_certificate(loss, l2, seed):
    X, y = clusters(seed, 90, 4, 3)
    model = LinearClassifier(loss, l2=l2).fit(X, y)
    assert model.gap_ <= 1e-3
    assert model.report_.status == "converged"
    assert str(model.report_).startswith("Certified: ")


def test_the_witness_is_kept_on_request_only(problem):
    model = LinearClassifier("softmax").fit(*problem)
    assert not hasattr(model, "witness_")
    assert model.fit(*problem, witness=True).witness_.shape == (90, 3)


def test_a_fit_cut_short_warns_in_numbers(problem):
    model = LinearClassifier("softmax", l2=1e-2, tol=1e-9, max_iter=12)
    with pytest.warns(ConvergenceWarning, match="^Not certified: max_iter = 12 passes ended the fit") as caught:
        model.fit(*problem)
    assert len(caught) == 1
    message = str(caught[0].message)
    assert caught[0].filename == __file__
    said = f"the objective {model.primal_:.7g} is proved only to within {100 * model.gap_:.2g} %"
    assert f"{said} (gap {model.gap_:.2g} > tol 1e-09; lower bound {model.dual_:.7g})" in message
    assert re.search(r"after \d+ passes over the data in [\d.e-]+ s\.", message)
    assert model.report_.status == "max_iter"
    assert model.n_iter_ >= 12
    assert not model.report_.certified


def test_a_step_far_too_long_diverges_and_says_so(problem):
    X, y = problem
    model = LinearClassifier("softmax", l2=1.0, solver="gradient_descent", learning_rate=1e4)
    with pytest.warns(ConvergenceWarning, match=r"diverged with step 1e\+04 .*Lower learning_rate"):
        model.fit(X, y)
    assert model.report_.status == "diverged"
    assert np.isfinite(model.coef_).all()
    assert model.primal_ == pytest.approx(objective(model, X, y, np.ones(90)))
    assert model.primal_ <= np.log(3) * (1 + 1e-12)


def test_a_fit_cut_very_short_has_only_the_trivial_bound(problem):
    model = LinearClassifier("softmax", l2=1e-4, max_iter=2)
    message = "max_iter = 2 passes ended the fit; the objective is [0-9.]+ and nothing better than the lower bound 0 is"
    with pytest.warns(ConvergenceWarning, match=message):
        model.fit(*problem)
    assert (model.dual_, model.gap_) == (0.0, 1.0)


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if loss != "squared"])
def test_without_a_penalty_nothing_is_claimed(problem, loss):
    model = LinearClassifier(loss, l2=0.0, max_iter=20)
    message = f"l2 = 0 leaves the {loss} loss without a dual bound; l2 > 0 gives one.* Set l2 > 0"
    with pytest.warns(ConvergenceWarning, match=message):
        model.fit(*problem)
    assert model.gap_ == np.inf
    assert model.dual_ == -np.inf


def test_without_a_penalty_the_squared_loss_is_certified(problem):
    X, y = problem
    model = LinearClassifier("squared", l2=0.0, tol=1e-9).fit(X, y)
    exact, *_ = np.linalg.lstsq(np.column_stack([X, np.ones(90)]), np.eye(3)[y], rcond=None)
    np.testing.assert_allclose(model.coef_, exact[:-1].T, atol=1e-4)
    assert model.report_.certified


def test_watch_sees_every_step(problem):
    seen, outer = [], []
    with taut.watch(outer.append), taut.watch(seen.append):
        model = LinearClassifier("softmax", l2=1e-2).fit(*problem)
    LinearClassifier("softmax", l2=1e-2).fit(*problem)
    assert seen == outer
    assert [trace._asdict() for trace in seen] == list(model.report_.history)
    assert seen[-1].gap == model.gap_
    assert all(a.passes <= b.passes and a.seconds <= b.seconds for a, b in pairwise(seen))
    assert seen[-1].value < seen[0].value


def test_an_error_of_a_watcher_is_the_callers(problem):
    def fail(trace):
        raise RuntimeError("the screen is full")

    with taut.watch(fail), pytest.raises(RuntimeError, match="the screen is full"):
        LinearClassifier("softmax").fit(*problem)
    LinearClassifier("softmax").fit(*problem)


@pytest.mark.parametrize("steps", [1, 5])
@pytest.mark.parametrize("loss", ["softmax", "squared_hinge", "hinge"])
def test_ctrl_c_keeps_the_best_weights(problem, loss, steps):
    X, y = problem
    seen = []

    def interrupt(trace):
        seen.append(trace)
        if len(seen) == steps:
            raise KeyboardInterrupt

    model = LinearClassifier(loss, l2=1e-2, tol=1e-12)
    with (
        taut.watch(interrupt),
        pytest.warns(
            ConvergenceWarning, match="^Not certified: interrupted; the best weights so far are kept; the obj"
        ),
    ):
        model.fit(X, y)
    assert len(seen) == steps
    assert model.report_.status == "interrupted"
    found = objective(model, X, y, np.ones(90))
    assert found == pytest.approx(model.primal_, rel=1e-12)
    assert found <= objective_at_zero(loss) * (1 + 1e-12)
    if loss != "hinge":  # its steps are judged by a rounded form of the loss
        assert found <= min(trace.value for trace in seen) * (1 + 1e-12)
    assert model.predict(X).shape == (90,)


def objective_at_zero(loss):
    return {"softmax": np.log(3), "squared_hinge": 2.0, "hinge": 2.0}[loss]
