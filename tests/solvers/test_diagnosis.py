"""The diagnosis of gradient descent: its numbers against formulas and against what happens."""

import math

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from taut import LinearRegressor

X12 = np.array([14.2, 16.4, 11.9, 15.2, 18.5, 22.1, 19.4, 25.1, 23.4, 18.1, 22.6, 17.2])[:, None]
Y12 = np.array([215.0, 325, 185, 332, 406, 522, 412, 614, 544, 421, 445, 408])


def diagnosed(X=X12, Y=Y12, **options):
    """A fit that is not certified, and its findings by kind."""
    model = LinearRegressor(**{"solver": "gradient_descent", "scaling": "none"} | options)
    with pytest.warns(ConvergenceWarning):
        model.fit(X, Y)
    return model, {finding["kind"]: finding for finding in model.report_.findings}


def test_a_step_above_2_over_l_diverges_by_the_predicted_factor():
    model, found = diagnosed(learning_rate=0.01)
    numbers = found["diverged"]["numbers"]
    assert model.report_.status == "diverged"
    assert numbers["L"] == pytest.approx(364.4637, abs=1e-4)
    assert numbers["limit"] == pytest.approx(0.0054875149, abs=1e-10)
    assert numbers["predicted_growth"] == pytest.approx(-2.644637, abs=1e-6)
    assert numbers["seen_growth"] == pytest.approx(numbers["predicted_growth"], abs=1e-6)
    sentence = str(model.report_)
    for words in ("step 0.01 is above 2/L = 0.0054875149", "L = 364.4637", "-2.644637 (seen: -2.644637)"):
        assert words in sentence
    assert "set learning_rate below 0.00549" in sentence
    assert "scaling='precondition' lowers the condition number from 9006.57 to 1" in sentence


@pytest.mark.parametrize("share", [0.999, 1.001])
def test_divergence_begins_at_2_over_l(share):
    largest = np.linalg.eigvalsh(np.c_[X12, np.ones(12)].T @ np.c_[X12, np.ones(12)] / 12)[-1]
    model, found = diagnosed(learning_rate=share * 2 / largest, max_iter=50)
    assert ("diverged" in found) == (share > 1)
    rises = model.history_["cost"][-1] > model.history_["cost"][-3]
    assert rises == (share > 1)


@pytest.mark.parametrize("momentum", [0.3, 0.9])
def test_momentum_moves_the_limit(momentum):
    largest = np.linalg.eigvalsh(np.c_[X12, np.ones(12)].T @ np.c_[X12, np.ones(12)] / 12)[-1]
    limit = 2 * (1 + momentum) / largest
    _, found = diagnosed(learning_rate=1.2 * limit, momentum=momentum)
    numbers = found["diverged"]["numbers"]
    assert numbers["limit"] == pytest.approx(limit, rel=1e-9)
    assert numbers["seen_growth"] == pytest.approx(numbers["predicted_growth"], rel=0.02)
    _, found = diagnosed(learning_rate=0.99 * limit, momentum=momentum, max_iter=200)
    assert "diverged" not in found


def test_a_slow_descent_names_the_condition_number_and_what_is_still_needed():
    model, found = diagnosed(learning_rate=0.005, max_iter=10_000)
    assert model.report_.status == "max_iter"
    assert model.n_iter_ == 10_000
    assert model.primal_ == pytest.approx(614.8217, abs=1e-4)
    assert model.dual_ == pytest.approx(605.6792, abs=1e-4)
    numbers = found["slow"]["numbers"]
    assert numbers["condition"] == pytest.approx(9006.57, abs=0.01)
    assert numbers["better_condition"] == pytest.approx(1.0)
    assert round(numbers["more_until_unchanging"], -3) == 43_000
    assert (
        "needs about 35,000 more iterations (about 43,000 more until a step changes the cost by less than 1e-10)"
        in str(model.report_)
    )
    assert "column 0 is 363.5, that of the column of ones 1" in str(model.report_)


def test_forecasts_come_true():
    options = {"solver": "gradient_descent", "scaling": "none", "learning_rate": 0.5}
    X = np.c_[np.arange(20) / 10, np.sin(np.arange(20))]
    t = X @ [2.0, -1.0] + np.cos(3 * np.arange(20.0)) + 4
    _, found = diagnosed(X, t, learning_rate=0.5, max_iter=30)
    needed = found["slow"]["numbers"]["more"]
    model = LinearRegressor(**options).fit(X, t)
    assert model.report_.certified
    assert model.n_iter_ == 30 + needed


def test_columns_that_repeat_each_other_are_named():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 4))
    X[:, 2] = X[:, 0] + 0.01 * rng.normal(size=50)
    model, found = diagnosed(X, X.sum(axis=1) + rng.normal(size=50), max_iter=100, scaling="precondition")
    assert "column 0 and column 2 nearly repeat each other" in str(model.report_)
    assert found["slow"]["numbers"]["condition"] > 1000
    assert "momentum='accelerated'" in str(model.report_)


def test_the_observed_rate_serves_where_no_formula_does():
    options = {"solver": "gradient_descent", "scaling": "none", "learning_rate": 0.0075, "momentum": 0.5, "tol": 1e-2}
    model, found = diagnosed(max_iter=1000, **options)
    whole = LinearRegressor(**options).fit(X12, Y12)
    assert 1000 + found["slow"]["numbers"]["more"] == pytest.approx(whole.n_iter_, rel=0.02)
    assert math.isnan(found["slow"]["numbers"]["more_until_unchanging"])
    assert "until a step" not in str(model.report_)


def test_a_mild_condition_number_is_not_blamed():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 3))
    model, found = diagnosed(X, X.sum(axis=1) + rng.normal(size=50), max_iter=3)
    assert found["slow"]["numbers"]["condition"] < 10
    assert str(model.report_).endswith("allow more with max_iter.")


def test_a_column_far_from_zero_is_named():
    rng = np.random.default_rng(0)
    X = np.c_[rng.normal(size=50), 4 + 0.5 * rng.normal(size=50)]
    model, _ = diagnosed(X, X.sum(axis=1) + rng.normal(size=50), max_iter=10)
    assert "column 1 lies far from 0 beside its spread; scaling='precondition' lowers" in str(model.report_)


def test_steps_that_fade_never_arrive():
    model, found = diagnosed(learning_rate=0.005, decay=0.99, max_iter=1000)
    assert "no further iteration reaches tol" in str(model.report_)
    numbers = found["fading"]["numbers"]
    assert numbers["ahead"] == pytest.approx(0.005 * 0.99**1000 / 0.01)
    assert numbers["needed"] > numbers["ahead"]
    assert "slow" not in found


def test_steps_that_faded_away_altogether_are_told_too():
    model, found = diagnosed(learning_rate=0.005, decay=0.5)
    assert model.report_.status == "stalled"
    assert "no further iteration reaches tol" in found["fading"]["sentence"]


def test_steps_that_grow_diverge_by_their_decay():
    model, found = diagnosed(decay=1.01)
    numbers = found["diverged"]["numbers"]
    assert model.report_.status == "diverged"
    assert numbers["step"] == pytest.approx(1.01 ** (model.n_iter_ - 1) / 364.4637, rel=1e-4)
    assert numbers["seen_growth"] == pytest.approx(numbers["predicted_growth"], rel=1e-3)
    assert "set decay to 1 or below" in found["diverged"]["sentence"]


@pytest.mark.parametrize("share", [0.98, 1.05, 1.4, 3.0])
def test_acceleration_bears_shorter_steps(share):
    """With all momentum the roots of r² − 2(1 − ηλ)r + (1 − ηλ) leave the unit circle at ηλ = 4/3."""
    options = {"learning_rate": share * 4 / 3 / 364.4637002453008, "momentum": "accelerated"}
    if share < 1:
        model = LinearRegressor(solver="gradient_descent", scaling="none", **options).fit(X12, Y12)
        assert model.report_.certified
        return
    model, found = diagnosed(**options)
    numbers = found["diverged"]["numbers"]
    assert numbers["limit"] == pytest.approx(4 / 3 / 364.4637002453008)
    q = 1 - options["learning_rate"] * 364.4637002453008
    assert numbers["predicted_growth"] == pytest.approx(min(np.roots([1, -2 * q, q])))
    assert 1 < abs(numbers["seen_growth"]) < abs(numbers["predicted_growth"])


@pytest.mark.parametrize("momentum", [0.0, 0.5, "accelerated"])
def test_an_absurd_step_is_a_diverged_one(momentum):
    _, found = diagnosed(learning_rate=1e300, momentum=momentum)
    assert "diverged" in found


def test_a_timid_step_is_blamed():
    _, found = diagnosed(learning_rate=1e-6, max_iter=50)
    assert "the step is 0.00036 of 1/L = 0.002744, so raise learning_rate" in found["slow"]["sentence"]


def test_too_few_steps_tell_no_rate():
    _, found = diagnosed(learning_rate="line_search", max_iter=2, tol=1e-12)
    assert "how many more iterations tol = 1e-12 needs cannot be told from these" in found["slow"]["sentence"]
    assert math.isnan(found["slow"]["numbers"]["more"])


def test_directions_that_no_descent_can_see():
    rng = np.random.default_rng(1)
    X = np.c_[X12, X12 + 1e-7 * rng.normal(size=(12, 1))]
    _, found = diagnosed(X, Y12, scaling="precondition", max_iter=50)
    assert "no number of iterations gets there; solver='exact' takes none" in found["slow"]["sentence"]
    assert LinearRegressor().fit(X, Y12).report_.certified


def test_a_far_start_is_told_from_a_bad_condition_number():
    model = LinearRegressor(solver="gradient_descent", scaling="none", warm_start=True, max_iter=500)
    model.coef_, model.intercept_ = np.array([300.0]), 0.0
    with pytest.warns(ConvergenceWarning):
        model.fit(X12, Y12)
    found = {finding["kind"]: finding["numbers"] for finding in model.report_.findings}
    assert found["far_start"]["times"] > 1000
    back = int(np.argmax(model.history_["cost"] <= model.report_.start))
    assert (found["far_start"]["steps_back"], back > 0) == (back, True)
    assert found["slow"]["condition"] == pytest.approx(9006.57, abs=0.01)


def test_a_tolerance_below_rounding_is_told():
    X = np.random.default_rng(0).normal(size=(100, 3)) + 1e4
    t = X @ [0.1, 0.2, 0.3] + 0.7  # a perfect fit but for the rounding of t
    model, found = diagnosed(X, t, solver="exact", tol=0.0)
    assert "Below rounding" in str(model.report_)
    floor = found["rounding"]["numbers"]["floor"]
    assert 0 < floor < 1e-8
    assert model.set_params(tol=2 * floor).fit(X, t).report_.certified


def test_what_is_not_unique_is_told_of_certified_fits_too():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 5))
    X[:, 3] = 7.0
    X[:, 4] = X[:, 0] - 2 * X[:, 1]
    t = rng.normal(size=30)
    constant, dependent = (
        LinearRegressor().fit(X[:, :4], t).report_,
        LinearRegressor().fit(X[:, [0, 1, 2, 4]], t).report_,
    )
    assert "column 3 is constant" in str(constant)
    assert "column 0, column 1 and column 3 depend on each other" in str(dependent)
    assert constant.certified
    assert dependent.certified
    assert "4 rows cannot tell 5 columns apart" in str(LinearRegressor().fit(X[:4], t[:4]).report_)
    assert not LinearRegressor(l2=0.1).fit(X, t).report_.findings
    X[:, 0] = -2.0
    assert "column 0 and column 3 are constant" in str(LinearRegressor().fit(X[:, :4], t).report_)
    alone = LinearRegressor().fit(X, t, np.eye(30)[4]).report_  # rows without weight are none
    assert "1 row cannot tell 5 columns apart" in str(alone)
    assert "column 0 is constant" in str(LinearRegressor().fit(X[:1, :1], t[:1]).report_)


def test_findings_go_into_the_report_as_plain_values():
    model, _ = diagnosed(learning_rate=0.01)
    (told,) = model.report_.to_dict()["findings"]
    assert set(told) == {"kind", "sentence", "numbers"}
    assert all(isinstance(value, float) for value in told["numbers"].values())


def test_with_many_columns_the_rate_is_observed(monkeypatch):
    monkeypatch.setattr("taut.solvers._spectrum.MOST_STEPS", 0)
    model, found = diagnosed(learning_rate=0.005, max_iter=1000)
    assert 1000 + found["slow"]["numbers"]["more"] == pytest.approx(45_155, rel=0.01)
    assert "L = 364.4637" in str(model.report_)
    model, found = diagnosed(learning_rate=0.01)
    assert found["diverged"]["numbers"]["predicted_growth"] == pytest.approx(-2.644637, abs=1e-6)
