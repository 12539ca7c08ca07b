"""What a fitted classifier offers."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score

from strategies import LOSSES
from taut import LinearClassifier

ATTRIBUTES = ("coef_", "intercept_", "classes_", "n_iter_", "n_features_in_", "report_", "primal_", "dual_", "gap_")


@pytest.mark.parametrize("loss", LOSSES)
def test_attributes_and_their_shapes(problem, loss):
    X, y = problem
    model = LinearClassifier(loss, l2=0.1).fit(X, y)
    assert all(hasattr(model, name) for name in ATTRIBUTES)
    assert model.coef_.shape == (3, 4)
    assert model.intercept_.shape == (3,)
    assert isinstance(model.n_iter_, int)
    assert all(isinstance(getattr(model, name), float) for name in ("primal_", "dual_", "gap_"))
    assert model.decision_function(X).shape == (90, 3)
    np.testing.assert_allclose(model.scores(X), X @ model.coef_.T + model.intercept_, atol=1e-12)
    np.testing.assert_array_equal(model.predict(X), model.classes_[model.scores(X).argmax(axis=1)])
    assert model.dual_ <= model.primal_


@pytest.mark.parametrize("loss", LOSSES)
def test_two_classes(problem, loss):
    X, y = problem[0], np.where(problem[1] == 2, "yes", "no")
    model = LinearClassifier(loss, l2=0.1).fit(X, y)
    assert model.coef_.shape == (2, 4)
    assert model.intercept_.shape == (2,)
    decision, scores = model.decision_function(X), model.scores(X)
    assert decision.shape == (90,)
    assert scores.shape == (90, 2)
    np.testing.assert_array_equal(decision, scores[:, 1] - scores[:, 0])
    np.testing.assert_array_equal(model.predict(X) == "yes", decision > 0)


def test_of_tied_classes_the_first_wins(problem):
    model = LinearClassifier("softmax").fit(*problem)
    model.coef_[:], model.intercept_[:] = 0.0, 0.0
    assert set(model.predict(problem[0])) == {0}


def test_no_intercept(problem):
    X, y = problem
    model = LinearClassifier("softmax", l2=1e-2, fit_intercept=False).fit(X + 3.0, y)
    assert model.intercept_.tolist() == [0.0, 0.0, 0.0]
    assert model.report_.fit_intercept is False
    assert model.primal_ > LinearClassifier("softmax", l2=1e-2).fit(X + 3.0, y).primal_


def test_probabilities(problem):
    X, y = problem
    model = LinearClassifier("softmax", l2=1e-2).fit(X, y)
    scores = np.exp(model.scores(X))
    np.testing.assert_allclose(model.predict_proba(X), scores / scores.sum(axis=1, keepdims=True), rtol=1e-12)


def test_probabilities_of_huge_scores(problem):
    X, y = problem
    model = LinearClassifier("softmax", l2=1e-2).fit(X, y)
    found = model.predict_proba(1e5 * X)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-12)
    assert np.isfinite(found).all()


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if loss != "softmax"])
def test_other_losses_have_no_probabilities(problem, loss):
    model = LinearClassifier(loss, l2=0.1).fit(*problem)
    assert not hasattr(model, "predict_proba")
    with pytest.raises(AttributeError, match="'LinearClassifier' has no attribute 'predict_proba'") as caught:
        model.predict_proba(problem[0])
    assert f"the scores of '{loss}' are not probabilities" in str(caught.value.__cause__)
    assert "sklearn.calibration.CalibratedClassifierCV" in str(caught.value.__cause__)


@pytest.mark.parametrize("ensemble", [True, False])
def test_calibration_gives_probabilities_to_the_hinge(problem, ensemble):
    X, y = problem
    calibrated = CalibratedClassifierCV(LinearClassifier("hinge", l2=0.1, tol=1e-2), cv=3, ensemble=ensemble).fit(X, y)
    found = calibrated.predict_proba(X)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    assert (found.argmax(axis=1) == y).mean() > 0.6


def test_html_repr(problem):
    model = LinearClassifier("softmax", l2=0.125)
    assert "Not fitted" in model._repr_html_()
    shown = model.fit(*problem)._repr_html_()
    assert "LinearClassifier" in shown
    assert "Fitted" in shown
    assert "Not fitted" not in shown
    assert "0.125" in shown


def test_repr_names_what_differs_from_the_defaults():
    assert repr(LinearClassifier("softmax", l2=0.1)) == "LinearClassifier(l2=0.1, loss='softmax')"


def test_pickle_keeps_every_bit(problem):
    X, y = problem
    model = LinearClassifier("softmax", l2=1e-2).fit(X, y, witness=True)
    again = pickle.loads(pickle.dumps(model))
    assert again.scores(X).tobytes() == model.scores(X).tobytes()
    assert again.witness_.tobytes() == model.witness_.tobytes()
    # By repr: between certificates the history holds NaN, which equals nothing.
    assert repr(again.report_.to_dict()) == repr(model.report_.to_dict())
    assert again.get_params() == model.get_params()


def test_clone_keeps_the_parameters_and_forgets_the_fit(problem):
    changed = {
        "loss": "squared_hinge",
        "l2": 0.5,
        "margin": 2.0,
        "solver": "gradient_descent",
        "fit_intercept": False,
        "tol": 0.1,
        "max_iter": 7,
        "class_weight": {0: 1.0, 1: 2.0, 2: 3.0},
        "warm_start": True,
        "learning_rate": 0.5,
        "decay": 0.9,
        "batch_size": 3,
        "momentum": 0.25,
        "random_state": 5,
        "n_threads": 2,
        "verbose": True,
    }
    model = LinearClassifier(**changed)
    assert model.get_params() == changed
    model.set_params(max_iter=None, learning_rate=None).fit(*problem)
    copy = clone(model)
    assert copy.get_params() == {**changed, "max_iter": None, "learning_rate": None}
    assert not hasattr(copy, "coef_")


def test_not_fitted_yet(problem):
    for method in ("predict", "decision_function", "scores"):
        with pytest.raises(NotFittedError, match="This LinearClassifier instance is not fitted yet"):
            getattr(LinearClassifier(), method)(problem[0])


def test_cross_validation(problem):
    assert cross_val_score(LinearClassifier("softmax"), *problem, cv=3).mean() > 0.6


def test_every_loss_learns(problem):
    X, y = problem
    for loss in LOSSES:
        assert LinearClassifier(loss, l2=0.1).fit(X, y).score(X, y) > 0.6, loss


def test_the_margin_scales_the_squared_hinge(problem):
    """Weights times c solve the problem of margin c times as large, at c² times the objective."""
    X, y = problem
    one = LinearClassifier("squared_hinge", l2=0.1, margin=1.0, tol=1e-11).fit(X, y)
    three = LinearClassifier("squared_hinge", l2=0.1, margin=3.0, tol=1e-11).fit(X, y)
    assert three.primal_ == pytest.approx(9 * one.primal_, rel=1e-9)


@pytest.mark.parametrize("solver", ["newton", "quasi_newton", "gradient_descent"])
def test_solvers_reach_the_same_optimum(problem, solver):
    X, y = problem
    model = LinearClassifier("softmax", l2=0.1, tol=1e-8, solver=solver).fit(X, y)
    assert model.primal_ == pytest.approx(LinearClassifier("softmax", l2=0.1, tol=1e-8).fit(X, y).primal_, rel=2e-8)
    assert model.report_.solver == solver


@pytest.mark.filterwarnings("ignore:Not certified:sklearn.exceptions.ConvergenceWarning")
def test_sgd_is_seeded(problem):
    X, y = problem
    one, same, other = (
        LinearClassifier("softmax", l2=1e-2, solver="sgd", batch_size=10, max_iter=5, random_state=seed).fit(X, y)
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one.coef_, same.coef_)
    assert not np.array_equal(one.coef_, other.coef_)
    assert one.score(X, y) > 0.6
    assert one.n_iter_ <= 5


def test_refitting_to_other_classes_forgets_the_old(problem):
    X, y = problem
    model = LinearClassifier("softmax").fit(X, y)
    model.fit(X[:, :2], np.where(y == 0, "a", "b"), witness=True)
    assert model.coef_.shape == (2, 2)
    assert model.classes_.tolist() == ["a", "b"]
    model.fit(X, y)
    assert not hasattr(model, "witness_")
