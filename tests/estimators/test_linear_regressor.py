"""LinearRegressor against exact arithmetic, scikit-learn, and itself by other ways."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Ridge

import taut
from estimators.rational import ridge, shortest
from taut import LinearRegressor

X12 = np.array([14.2, 16.4, 11.9, 15.2, 18.5, 22.1, 19.4, 25.1, 23.4, 18.1, 22.6, 17.2])[:, None]
Y12 = np.array([215.0, 325, 185, 332, 406, 522, 412, 614, 544, 421, 445, 408])
NORMAL_X = (X12 - X12.min()) / np.ptp(X12)
NORMAL_Y = (Y12 - Y12.min()) / np.ptp(Y12)
LINE = (30.08786179, -159.47415234)


def line(model):
    return (model.coef_[0], model.intercept_)


# --- the twelve points ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("solver", ["auto", "exact", "conjugate_gradients", "gradient_descent"])
def test_twelve_points_from_raw_data(solver):
    model = LinearRegressor(solver=solver).fit(X12, Y12)
    np.testing.assert_allclose(line(model), LINE, rtol=0, atol=1e-8)
    assert model.report_.certified
    assert isinstance(model.intercept_, float)
    assert model.coef_.shape == (1,)


def test_normalised_points_give_the_same_forecasts():
    model = LinearRegressor(solver="gradient_descent").fit(NORMAL_X, NORMAL_Y)
    np.testing.assert_allclose(line(model), (0.92578036, 0.03163497), rtol=0, atol=1e-8)
    assert model.predict([[0.87]])[0] == pytest.approx(0.8371, abs=1e-4)
    raw = LinearRegressor(solver="gradient_descent").fit(X12, Y12).predict(X12)
    np.testing.assert_allclose(model.predict(NORMAL_X) * np.ptp(Y12) + Y12.min(), raw, rtol=1e-12)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"fit_intercept": "ones"},
        {"solver": "gradient_descent"},
        {"solver": "conjugate_gradients"},
        {"solver": "conjugate_gradients", "fit_intercept": "ones", "tol": 1e-15},
    ],
)
def test_ridge_with_a_free_bias(options):
    model = LinearRegressor(l2=1 / 12, **options).fit(X12, Y12)
    np.testing.assert_allclose(line(model), (29.91881224, -156.31715197), rtol=0, atol=1e-8)


def test_ridge_as_one_least_squares_call():
    """[[X, 1], [√λ I, 0]] against [t; 0]: the penalty has no row for the column of ones."""
    stacked = np.block([[X12, np.ones((12, 1))], [np.eye(1), np.zeros((1, 1))]])
    found = np.linalg.lstsq(stacked, np.append(Y12, 0.0), rcond=None)[0]
    np.testing.assert_allclose(found, line(LinearRegressor(l2=1 / 12).fit(X12, Y12)), rtol=1e-11)
    ours = LinearRegressor(fit_intercept=False).fit(stacked, np.append(Y12, 0.0))
    np.testing.assert_allclose(ours.coef_, found, rtol=1e-11)


def test_penalising_the_column_of_ones_too_gives_the_wrong_line_of_the_notes():
    wrong = LinearRegressor(l2=1 / 12, fit_intercept=False).fit(np.c_[X12, np.ones(12)], Y12)
    np.testing.assert_allclose(wrong.coef_, (24.5285, -51.3723), atol=1e-4)


# --- exact arithmetic -------------------------------------------------------------------------------------------------


def random_problem(seed):
    """Up to 12 rows and 8 columns; odd seeds half empty, every other pair with columns scaled from 1e-6 to 1e6."""
    rng = np.random.default_rng(seed)
    n, d, k = int(rng.integers(2, 13)), int(rng.integers(1, 9)), int(rng.integers(1, 3))
    X = rng.normal(size=(n, d))
    if seed % 2:
        X[rng.random((n, d)) < 0.5] = 0.0
    if seed % 4 >= 2:
        X *= 10.0 ** rng.uniform(-6, 6, size=d)
    weights = rng.uniform(0.1, 3, size=n) if seed % 3 else None
    return X, rng.normal(size=(n, k)), weights, 10.0 ** rng.uniform(-4, 2), bool(seed % 5)


@pytest.mark.parametrize("block", range(8))
def test_ridge_equals_exact_rational_arithmetic(block):
    for seed in range(25 * block, 25 * block + 25):
        X, T, weights, l2, intercept = random_problem(seed)
        coef, middle = ridge(X, T, l2, weights, intercept=intercept)
        data = sparse.csr_array(X) if seed % 2 else X
        ways = [True, "ones"] if intercept else [False]
        for way in ways:
            model = LinearRegressor(l2=l2, fit_intercept=way).fit(data, T, weights)
            error = np.abs(model.coef_ - coef).max(axis=1) / np.maximum(np.abs(coef).max(axis=1), 1e-300)
            assert error.max() <= 1e-10, seed
            np.testing.assert_allclose(model.intercept_, middle, rtol=1e-10, atol=1e-14, err_msg=str(seed))


def test_weights_that_a_penalty_leaves_tiny_are_right_too():
    X, T, _, l2, _ = random_problem(42)  # 2 rows, 7 columns, weights from 5e-19 to 5e-7
    coef, _ = ridge(X, T, l2)
    assert np.abs(coef).min() < 1e-11 * np.abs(coef).max()
    np.testing.assert_allclose(LinearRegressor(l2=l2).fit(X, T).coef_, coef, rtol=1e-10)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("intercept", [True, False, "ones"])
def test_dependent_columns_get_the_shortest_weights(seed, intercept):
    rng = np.random.default_rng(seed)
    n, d = (int(rng.integers(2, 6)), 7) if seed % 2 else (12, 6)
    X = rng.integers(-4, 5, size=(n, d)).astype(float)
    X[:, 1] = X[:, 0] + 2 * X[:, 2]
    T = rng.normal(size=(n, 2))
    coef, middle = shortest(X, T, intercept=bool(intercept))
    model = LinearRegressor(fit_intercept=intercept).fit(X, T)
    np.testing.assert_allclose(model.coef_, coef, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(model.intercept_, middle, rtol=1e-9, atol=1e-12)
    assert "Not unique" in str(model.report_)
    assert "those of smallest norm are given" in str(model.report_)
    assert model.report_.certified


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("power", [3, 9, 12])
def test_dependent_columns_of_very_different_sizes_get_the_shortest_weights(power, intercept):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 3)) * [10.0**-power, 1.0, 10.0**power]
    t = X @ [10.0**power, 1.0, 10.0**-power] + rng.normal(size=30)
    single = LinearRegressor(fit_intercept=intercept).fit(X, t).coef_
    twice = LinearRegressor(fit_intercept=intercept).fit(np.c_[X, X[:, 2]], t).coef_
    np.testing.assert_allclose(twice, [*single[:2], single[2] / 2, single[2] / 2], rtol=1e-9)


# --- peers and other ways ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wide():
    """X (300, 40) with correlated columns and an offset, two targets, weights."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(300, 40)) @ rng.normal(size=(40, 40)) / 6 + rng.normal(size=40)
    return X, X[:, :2] * 3 + rng.normal(size=(300, 2)), rng.uniform(0.2, 2, size=300)


@pytest.mark.parametrize("alpha", [0.1, 10.0])
@pytest.mark.parametrize("intercept", [True, False])
def test_equals_scikit_learn_on_well_scaled_data(wide, alpha, intercept):
    X, T, weights = wide
    peer = Ridge(alpha=alpha, solver="svd", fit_intercept=intercept).fit(X, T, weights)
    model = LinearRegressor(l2=alpha / weights.sum(), fit_intercept=intercept).fit(X, T, weights)
    np.testing.assert_allclose(model.coef_, peer.coef_, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(model.predict(X), peer.predict(X), rtol=1e-9)


@pytest.mark.parametrize(
    "options",
    [
        {"solver": "conjugate_gradients"},
        {"solver": "conjugate_gradients", "fit_intercept": "ones"},
        {"solver": "gradient_descent", "momentum": "accelerated"},
        {"solver": "gradient_descent", "momentum": 0.9},
        {"solver": "gradient_descent", "learning_rate": "line_search"},
        {"solver": "gradient_descent", "scaling": "none", "momentum": "accelerated"},
        {"solver": "gradient_descent", "momentum": "accelerated", "fit_intercept": "ones"},
    ],
)
def test_every_way_leads_to_the_same_optimum(wide, options):
    X, T, weights = wide
    exact = LinearRegressor(l2=0.01).fit(X, T, weights)
    model = LinearRegressor(l2=0.01, tol=1e-14, **options).fit(X, T, weights)
    assert model.report_.certified
    np.testing.assert_allclose(model.coef_, exact.coef_, rtol=1e-5, atol=1e-6)
    assert model.primal_ == pytest.approx(exact.primal_, rel=1e-13)


def test_large_problems_by_the_squares_and_by_triangles():
    """More rows than the data are factored for: Cholesky's factor, and orthogonal steps where it is not safe."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40_000, 60))
    t = X @ rng.normal(size=60) + rng.normal(size=40_000)
    for spoil in (0.0, 1e-7):
        A = X.copy()
        A[:, 1] = A[:, 0] + spoil * A[:, 1] if spoil else A[:, 1]
        peer = np.linalg.lstsq(np.c_[A, np.ones(len(A))], t, rcond=None)[0]
        model = LinearRegressor().fit(A, t)
        limit = 1e-11 if not spoil else 1e-7  # lstsq itself is off by condition × rounding
        np.testing.assert_allclose(model.coef_, peer[:-1], rtol=limit, atol=limit * np.abs(peer).max())
        assert model.report_.certified
    assert "Not unique" not in str(model.report_)
    A[:, 1] = A[:, 0]
    twin = LinearRegressor().fit(A, t)
    assert twin.coef_[0] == pytest.approx(twin.coef_[1], rel=1e-9)
    assert "column 0 and column 1 depend on each other" in str(twin.report_)


@pytest.mark.parametrize("rows", [50, 40_000])
@pytest.mark.parametrize("way", [True, "ones"])
def test_a_constant_column_has_no_weight_whatever_its_mean_rounds_to(rows, way):
    rng = np.random.default_rng(rows)
    X = rng.normal(size=(rows, 12)) + 3
    X[:, 4] = 0.1
    t, weights = rng.normal(size=rows) + 7, rng.uniform(0.5, 2, size=rows)
    model = LinearRegressor(fit_intercept=way).fit(X, t, weights)
    rest = LinearRegressor(fit_intercept=way).fit(np.delete(X, 4, axis=1), t, weights)
    assert model.coef_[4] == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_allclose(np.delete(model.coef_, 4), rest.coef_, rtol=1e-9, atol=1e-12)
    assert model.intercept_ == pytest.approx(rest.intercept_, rel=1e-10)
    assert "column 4 is constant" in str(model.report_)
    assert model.report_.certified


def test_columns_far_from_zero():
    rng = np.random.default_rng(5)
    years = 2000.0 + rng.integers(0, 25, size=200)
    X = np.c_[years, 1e6 + rng.normal(size=200)]
    t = 3.0 * (years - 2010) - 2.0 * (X[:, 1] - 1e6) + rng.normal(size=200)
    coef, middle = ridge(X, t[:, None], 0.0)
    for options in ({}, {"fit_intercept": "ones"}):
        model = LinearRegressor(**options).fit(X, t)
        np.testing.assert_allclose(model.coef_, coef[0], rtol=1e-9)
        assert model.intercept_ == pytest.approx(middle[0], rel=1e-9)


@pytest.mark.parametrize("solver", ["exact", "conjugate_gradients"])
def test_many_columns_without_a_factor(solver):
    rng = np.random.default_rng(1)
    X = sparse.random_array((60, 4100), density=0.02, rng=rng, format="csr")
    T = rng.normal(size=(60, 3))
    model = LinearRegressor(l2=1e-3, solver=solver, tol=1e-10).fit(X, T)
    peer = Ridge(alpha=1e-3 * 60, solver="svd").fit(X.toarray(), T)
    assert model.report_.certified
    tight = 1e-9 if solver == "exact" else 1e-3
    np.testing.assert_allclose(model.coef_, peer.coef_, atol=tight * np.abs(peer.coef_).max())
    np.testing.assert_allclose(model.intercept_, peer.intercept_, atol=tight)


def test_without_a_penalty_more_columns_than_rows_are_fitted_by_the_shortest_weights():
    rng = np.random.default_rng(2)
    X, t = rng.normal(size=(30, 4500)) + 1.0, rng.normal(size=30)
    model = LinearRegressor().fit(X, t)
    centred = X - X.mean(axis=0)
    np.testing.assert_allclose(model.coef_, np.linalg.pinv(centred, rcond=1e-9) @ (t - t.mean()), atol=1e-6)
    assert model.report_.certified


# --- storage, scaling, shapes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("solver", ["exact", "conjugate_gradients", "gradient_descent"])
@pytest.mark.parametrize("scaling", ["precondition", "standardize"])
def test_storage_does_not_matter(wide, solver, scaling):
    X, T, weights = wide
    X = np.where(np.abs(X) > 1, X, 0.0).astype(np.float32)
    options = {"momentum": "accelerated"} if solver == "gradient_descent" else {}
    fits = [
        LinearRegressor(l2=0.01, solver=solver, scaling=scaling, tol=1e-16, **options).fit(data, T, weights)
        for data in (X, np.asfortranarray(X), X.astype(np.float64), sparse.csr_array(X), taut.as_matrix(X))
    ]
    for fit in fits[1:]:
        np.testing.assert_allclose(fit.coef_, fits[0].coef_, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(fit.predict(X[:5]), fits[0].predict(X[:5]), rtol=1e-5)
    assert fits[0].coef_.dtype == np.float64


@pytest.mark.parametrize("solver", ["exact", "conjugate_gradients", "gradient_descent"])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_bits_do_not_depend_on_the_number_of_threads(solver, kind, monkeypatch):
    monkeypatch.setattr("taut.models._linear.SMALL_PRODUCT", 0)
    monkeypatch.setattr("taut.objective._factoring.FEW_ENTRIES", 0)
    rng = np.random.default_rng(0)
    X, t = rng.normal(size=(5000, 12)), rng.normal(size=5000)
    fits = [LinearRegressor(l2=0.1, solver=solver, n_threads=threads).fit(kind(X), t) for threads in (1, 2, None)]
    for fit in fits[1:]:
        np.testing.assert_array_equal(fit.coef_, fits[0].coef_)
        assert (fit.intercept_, fit.dual_) == (fits[0].intercept_, fits[0].dual_)


def test_standardize_penalises_the_weights_of_standardised_columns(wide):
    X, T, _ = wide
    spread = X.std(axis=0)
    peer = LinearRegressor(l2=0.5).fit((X - X.mean(axis=0)) / spread, T)
    for options in ({}, {"solver": "conjugate_gradients", "tol": 1e-14}):
        model = LinearRegressor(l2=0.5, scaling="standardize", **options).fit(X, T)
        np.testing.assert_allclose(model.coef_, peer.coef_ / spread, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(model.predict(X), peer.predict((X - X.mean(axis=0)) / spread), atol=1e-6)


def test_a_sparse_matrix_is_never_filled():
    """10,000 × 200,000 entries would take 16 GB."""
    rng = np.random.default_rng(0)
    X = sparse.random_array((10_000, 200_000), density=2e-5, rng=rng, format="csr")
    t = X[:, [0]].toarray()[:, 0] + rng.normal(size=10_000)
    model = LinearRegressor(l2=0.1).fit(X, t)
    assert model.report_.certified
    assert model.intercept_ == pytest.approx(t.mean() - (X.mean(axis=0) @ model.coef_), abs=1e-9)


def test_shapes_of_targets(wide):
    X, T, _ = wide
    one, column, two = (LinearRegressor().fit(X, t) for t in (T[:, 0], T[:, :1], T))
    assert (one.coef_.shape, column.coef_.shape, two.coef_.shape) == ((40,), (1, 40), (2, 40))
    assert (one.predict(X).shape, column.predict(X).shape, two.predict(X).shape) == ((300,), (300, 1), (300, 2))
    np.testing.assert_allclose(two.coef_[0], one.coef_, rtol=1e-11)
    np.testing.assert_allclose(column.intercept_[0], one.intercept_, rtol=1e-11)


def test_weights_count_rows(wide):
    X, T, _ = wide
    times = np.arange(300) % 3
    repeated = LinearRegressor(l2=0.1).fit(np.repeat(X, times, axis=0), np.repeat(T, times, axis=0))
    weighted = LinearRegressor(l2=0.1).fit(X, T, times.astype(float))
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("unit", [1e-100, 1e100])
@pytest.mark.parametrize("solver", ["exact", "conjugate_gradients", "gradient_descent"])
def test_units_do_not_matter(wide, unit, solver):
    X, T, _ = wide
    options = {"momentum": "accelerated"} if solver == "gradient_descent" else {}
    one, other = (LinearRegressor(solver=solver, tol=1e-12, **options).fit(X[:, :5] * u, T) for u in (1.0, unit))
    np.testing.assert_allclose(other.coef_ * unit, one.coef_, rtol=1e-4, atol=1e-6)
    assert other.report_.certified


def test_a_line_through_two_points_and_a_constant_target():
    exact = LinearRegressor().fit([[1.0], [3.0]], [2.0, 6.0])
    np.testing.assert_allclose(line(exact), (2.0, 0.0), atol=1e-13)
    flat = LinearRegressor().fit([[1.0], [3.0], [4.0]], [5.0, 5.0, 5.0])
    np.testing.assert_allclose(line(flat), (0.0, 5.0), atol=1e-13)
    zero = LinearRegressor(l2=1.0).fit([[1.0], [3.0], [4.0]], [0.0, 0.0, 0.0])
    assert (*line(zero), zero.gap_) == (0.0, 0.0, 0.0)
    assert all(each.report_.certified for each in (exact, flat, zero))


def test_one_row():
    model = LinearRegressor().fit([[1.0, 2.0]], [5.0])
    np.testing.assert_array_equal(model.coef_, 0.0)
    assert model.intercept_ == 5.0


# --- history and warm start -------------------------------------------------------------------------------------------


def test_history_holds_the_cost_and_every_parameter():
    model = LinearRegressor(solver="gradient_descent", scaling="none", learning_rate=0.005, max_iter=200)
    with pytest.warns(ConvergenceWarning, match="Slow"):
        model.fit(X12, Y12)
    theta, step = np.zeros(2), 0.005
    A = np.c_[X12, np.ones(12)]
    for i in range(201):
        residual = A @ theta - Y12
        assert model.history_["iteration"][i] == i
        assert model.history_["cost"][i] == pytest.approx(0.5 * (residual**2).mean(), rel=1e-10)
        np.testing.assert_allclose((model.history_["coef"][i, 0], model.history_["intercept"][i]), theta, rtol=1e-10)
        theta = theta - step * A.T @ residual / 12
    assert len(model.history_["cost"]) == 201
    assert model.n_iter_ == 200


def test_history_of_several_targets_in_raw_columns(wide):
    X, T, _ = wide
    model = LinearRegressor(solver="gradient_descent", scaling="standardize", momentum="accelerated").fit(X, T)
    assert model.history_["coef"].shape[1:] == (2, 40)
    assert model.history_["intercept"].shape[1:] == (2,)
    np.testing.assert_allclose(model.history_["coef"][-1], model.coef_, rtol=1e-12)


def test_long_histories_are_thinned(monkeypatch):
    monkeypatch.setattr("taut.solvers._remembering.MOST_NUMBERS", 100)
    model = LinearRegressor(solver="gradient_descent", scaling="none", max_iter=150, learning_rate=1e-4)
    with pytest.warns(ConvergenceWarning):
        model.fit(X12, Y12)
    kept = model.history_["iteration"]
    assert len(kept) <= 51
    assert set(np.diff(kept)) == {4}
    assert len(model.history_["cost"]) == len(kept) == len(model.history_["coef"])


def test_warm_start_begins_where_the_last_fit_ended(wide):
    X, T, _ = wide
    model = LinearRegressor(solver="gradient_descent", momentum="accelerated", scaling="standardize", warm_start=True)
    first = model.fit(X, T).n_iter_
    assert model.fit(X, T).n_iter_ < 0.2 * first
    assert model.fit(X, T[:, 0]).coef_.shape == (40,)  # another shape begins anew


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"l2": -1}, "l2 must be a finite number >= 0"),
        ({"solver": "newton"}, "solver must be one of 'auto', 'exact', 'conjugate_gradients', 'gradient_descent'"),
        ({"scaling": "minmax"}, "scaling must be one of 'precondition', 'standardize', 'none'"),
        ({"solver": "exact", "learning_rate": 0.1}, "belong to solver='gradient_descent'"),
        ({"solver": "gradient_descent", "learning_rate": "fast"}, "'line_search' or None for 1/L"),
        ({"solver": "gradient_descent", "momentum": 1.0}, "momentum must be below 1"),
        ({"solver": "gradient_descent", "momentum": "heavy"}, "or 'accelerated'"),
        ({"solver": "gradient_descent", "momentum": "accelerated", "learning_rate": "line_search"}, "one length"),
        ({"fit_intercept": "centre"}, "fit_intercept must be True, False or 'ones'"),
        ({"tol": -1e-3}, "tol must be"),
        ({"max_iter": 0}, "max_iter must be"),
    ],
)
def test_a_parameter_out_of_range_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        LinearRegressor(**options).fit(X12, Y12)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.r_[Y12[:3], np.nan, Y12[4:]], "y contains NaN: the first is in row 3, counted from 0"),
        (np.c_[Y12, np.r_[Y12[:5], np.inf, Y12[6:]]], "y contains infinity: the first is in row 5, target 1"),
        (Y12 * 1e150, "6.14e\\+152|sums of squares would overflow.*divide y by a power of ten"),
        (Y12 * 1e-200, "nothing above 6.14e-198, whose square vanishes: multiply y by a power of ten"),
        (Y12[:5], "X has 12 rows, y has 5 targets"),
        (None, "y is None"),
        (["a"] * 12, "y must hold numbers"),
        (Y12 + 1j, "real numbers"),
    ],
)
def test_targets_that_no_line_is_defined_on(y, message):
    with pytest.raises(ValueError, match=message):
        LinearRegressor().fit(X12, y)


def test_data_that_are_not_finite_are_named():
    frame = pd.DataFrame({"temperature": X12[:, 0], "humidity": np.r_[np.ones(11), np.nan]})
    with pytest.raises(ValueError, match=r"contains NaN: the first is in row 11, column 1 \('humidity'\)"):
        LinearRegressor().fit(frame, Y12)


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_a_column_whose_squares_vanish_is_refused_and_not_called_constant(form):
    X = np.c_[X12, np.zeros(12), 1e-200 * X12**2]
    for options in ({}, {"solver": "gradient_descent"}, {"l2": 0.1, "scaling": "standardize"}):
        with pytest.raises(ValueError, match=r"nothing above 6.3001e-198 in column 2, counted from 0, whose square"):
            LinearRegressor(**options).fit(form(X), Y12)
    np.testing.assert_allclose(
        LinearRegressor(l2=0.1).fit(form(X), Y12).coef_[0], LinearRegressor(l2=0.1).fit(X12, Y12).coef_[0], rtol=1e-12
    )
    X[:, 2] *= 1e60
    assert LinearRegressor().fit(form(X), Y12).report_.certified


def test_a_refused_fit_leaves_the_last_one():
    model = LinearRegressor().fit(X12, Y12)
    with pytest.raises(ValueError, match="NaN"):
        model.fit(X12, np.full(12, np.nan))
    np.testing.assert_allclose(line(model), LINE, atol=1e-8)


def test_certified_fits_do_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LinearRegressor(solver="gradient_descent").fit(X12, Y12)
