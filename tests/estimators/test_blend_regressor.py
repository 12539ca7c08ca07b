"""BlendRegressor under scikit-learn's rules, its report, and one clear line for whatever is wrong."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import parametrize_with_checks

from taut import BlendRegressor
from taut.solvers.blend import InfeasibleBlendError, _search


@parametrize_with_checks(
    [
        BlendRegressor(lower=0.0, upper=1.0),
        BlendRegressor(lower=0.05, upper=1.0, norm="max"),
    ],
    expected_failed_checks=lambda estimator: {},
    xfail_strict=True,
)
def test_scikit_learn_check(estimator, check):
    check(estimator)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(12, 6)), rng.normal(size=12)


NAMES = ["red", "green", "blue", "grey", "black", "white"]


def test_the_weights_and_what_is_said_of_them(data):
    X, t = data
    model = BlendRegressor(lower=0.2, upper=1.0).fit(X, t)
    outside = np.setdiff1d(np.arange(6), model.support_)
    assert (model.coef_[outside] == 0.0).all()
    assert (model.coef_[model.support_] >= 0.2).all()
    assert model.coef_.sum() == pytest.approx(1.0, abs=1e-12)
    assert model.status_ == "optimal"
    assert model.objective_ == pytest.approx(np.linalg.norm(X @ model.coef_ - t))
    assert 0 <= model.gap_ <= 1e-9
    assert model.bound_ <= model.objective_
    assert model.predict(X) == pytest.approx(X @ model.coef_)
    assert str(model.report_).startswith(f"Optimal: no blend has a smaller distance than {model.objective_:.7g} (gap ")
    assert len(str(model.report_).splitlines()) == 1
    facts = json.loads(json.dumps(model.report_.to_dict()))
    assert facts["parts"] == len(model.support_)
    assert facts["verdict"] == str(model.report_)
    assert model.verify().proved


def test_parameters_survive_clone(data):
    model = BlendRegressor(lower=[0.1] * 6, upper=0.5, fixed_in=[0], groups=[(1, [1, 2])], max_parts=4)
    again = clone(model)
    assert again.get_params() == model.get_params()
    assert (again.fit(*data).coef_ == model.fit(*data).coef_).all()


def test_items_by_name_and_by_position(data):
    X, t = data
    frame = pd.DataFrame(X, columns=NAMES)
    options = {"lower": 0.2, "upper": 0.6}
    named = BlendRegressor(**options, fixed_in=["grey"], fixed_out=["red"], groups=[(1, ["blue", "black"])])
    placed = BlendRegressor(**options, fixed_in=[3], fixed_out=0, groups=[(1, (2, 4))])
    assert (named.fit(frame, t).coef_ == placed.fit(X, t).coef_).all()
    assert named.coef_[3] >= 0.2
    assert named.coef_[0] == 0.0
    assert (named.coef_[[2, 4]] > 0).sum() <= 1
    assert list(named.feature_names_in_) == NAMES


def test_bounds_an_item(data):
    X, t = data
    lower, upper = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]), np.array([0.5, 0.6, 0.7, 0.8, 0.9, math.inf])
    model = BlendRegressor(lower=lower, upper=upper).fit(X, t)
    parts = model.support_
    assert (model.coef_[parts] >= lower[parts]).all()
    assert (model.coef_[parts] <= upper[parts]).all()
    assert model.verify().proved


def test_norms_differ_and_each_is_best_in_its_own(data):
    X, t = data
    models = {norm: BlendRegressor(lower=0.1, upper=0.6, norm=norm).fit(X, t) for norm in ("l2", "l1", "max")}
    measure = {"l2": np.linalg.norm, "l1": lambda r: np.abs(r).sum(), "max": lambda r: np.abs(r).max()}
    for norm, model in models.items():
        assert model.objective_ == pytest.approx(measure[norm](X @ model.coef_ - t))
        assert all(model.objective_ <= measure[norm](X @ other.coef_ - t) + 1e-9 for other in models.values())
    verdict = models["l1"].verify()
    assert models["l1"].certificate_ is None
    assert not verdict.proved
    assert "norm='l1' is solved by HiGHS, which leaves no certificate" in str(verdict)


def test_a_search_that_is_cut_short_warns_and_keeps_its_best(monkeypatch):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 40))
    t = X.mean(axis=1) + 0.1 * rng.normal(size=60)
    ticks = iter(range(10**9))
    monkeypatch.setattr(_search.time, "perf_counter", lambda: float(next(ticks)))
    with pytest.warns(ConvergenceWarning, match="the time limit ended the search; the distance is"):
        model = BlendRegressor(lower=0.08, upper=0.3, time_limit=900).fit(X, t)
    assert model.status_ == "feasible"
    assert model.gap_ > 1e-3
    assert model.coef_.sum() == pytest.approx(1.0)
    assert model.verify().proved  # the bound that was reached is a proof too


def test_no_blend_is_an_error_that_leaves_the_fit_before(data):
    model = BlendRegressor(lower=0.2, upper=0.6).fit(*data)
    before = model.coef_
    model.set_params(lower=0.4, upper=0.45)
    with pytest.raises(InfeasibleBlendError, match=r"L = 0.40 and U = 0.45 need at least 3 parts and allow at most 2"):
        model.fit(*data)
    assert model.coef_ is before
    assert issubclass(InfeasibleBlendError, ValueError)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lower": 0.5, "upper": 0.4}, "lower = 0.5 is above upper = 0.4 for item 0: exchange them, or fix the item"),
        ({"lower": -0.1}, "lower is -0.1 for item 0: bounds are finite numbers >= 0"),
        ({"lower": [0.1, 0.1, math.nan, 0.1, 0.1, 0.1]}, "lower is nan for item 2"),
        ({"upper": [0.5] * 5}, r"upper has the shape \(5,\), but there are 6 items: give a number or 6 of them"),
        ({"upper": "much"}, "upper must be a number, or one number an item, got 'much'"),
        ({"total": 0.0}, "total must be a finite number > 0, got 0.0"),
        ({"total": math.nan}, "total must be a finite number > 0, got nan"),
        ({"total": 9.0}, "all 6 parts that may be in reach at most 6 of the total 9"),
        ({"norm": "l3"}, "norm must be one of 'l2', 'l1', 'max', got 'l3'"),
        ({"max_parts": 0}, "max_parts must be a whole number >= 1, got 0"),
        ({"time_limit": -1}, "time_limit must be a finite number > 0, got -1"),
        ({"fixed_in": ["red"]}, "fixed_in names 'red', but X has no names: give positions from 0, or a data frame"),
        ({"fixed_out": [6]}, "fixed_out holds 6: an item is a name or a position from 0 to 5"),
        ({"fixed_in": [1], "fixed_out": [1]}, "item 1 is fixed in and fixed out: choose one"),
        ({"groups": [3]}, "groups holds 3: each is a pair"),
        ({"groups": [(1.5, [0, 1])]}, "groups allows at most 1.5 of its items"),
    ],
)
def test_a_wrong_parameter_is_named(data, options, message):
    with pytest.raises(ValueError, match=message) as caught:
        BlendRegressor(**({"lower": 0.2, "upper": 1.0} | options)).fit(*data)
    assert len(str(caught.value).splitlines()) == 1


def test_an_unknown_name_suggests_a_known_one(data):
    frame = pd.DataFrame(data[0], columns=NAMES)
    with pytest.raises(ValueError, match="fixed_in names 'gren', which is no item; did you mean 'green' or 'grey'"):
        BlendRegressor(lower=0.2, upper=1.0, fixed_in=["gren"]).fit(frame, data[1])


def test_bad_data_is_named(data):
    X, t = data
    model = BlendRegressor(lower=0.2, upper=1.0)
    wrong = X.copy()
    wrong[3, 2] = np.nan
    with pytest.raises(ValueError, match=r"Input X contains NaN: the first is in row 3, column 2 \('blue'\)"):
        model.fit(pd.DataFrame(wrong, columns=NAMES), t)
    target = t.copy()
    target[5] = np.inf
    with pytest.raises(ValueError, match="Input y contains infinity: entry 5"):
        model.fit(X, target)
    with pytest.raises(ValueError, match="X has 12 rows, y has 11 entries"):
        model.fit(X, t[:-1])
    with pytest.raises(ValueError, match="y holds what is no number"):
        model.fit(X, np.array(["a"] * 12))
    with pytest.raises(ValueError, match="X or y holds 1e\\+200, whose square overflows"):
        model.fit(np.where(X.max() == X, 1e200, X), t)
    with pytest.raises(ValueError, match=r"X and y hold nothing above .*, whose square vanishes"):
        model.fit(1e-200 * X, 1e-200 * t)
    for total in (1e-170, 1e170):
        with pytest.raises(ValueError, match="weigh in another unit"):
            BlendRegressor(lower=0.0, upper=total, total=total).fit(X, t)
    with pytest.raises(ValueError, match="6 features"):
        model.fit(X, t).predict(X[:, :4])
