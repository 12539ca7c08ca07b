"""A path over l2 and the choice among its values: each fit certified on its own, the rule by hand."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import StratifiedKFold

import taut
from strategies import clusters
from taut import L2Choice, LinearClassifier, choose_l2, l2_path


@pytest.fixture(scope="module")
def iris():
    """X (150, 4), y."""
    return load_iris(return_X_y=True)


def choice(accuracies, l2s=(1.0, 0.1, 0.01), rows=100):
    values = np.array(accuracies, dtype=float)
    return L2Choice(np.array(l2s), values, np.zeros(values.shape), np.full(len(values), rows))


@pytest.mark.parametrize("loss", ["softmax", "squared_hinge", "hinge"])
def test_every_fit_of_a_path_is_certified_and_as_good_as_a_cold_one(iris, loss):
    X, y = iris
    path = l2_path(X, y, l2s=[1e-2, 1.0, 1e-1], loss=loss, tol=1e-4)
    assert [model.l2 for model in path] == [1.0, 1e-1, 1e-2]
    for model in path:
        cold = LinearClassifier(loss, l2=model.l2, tol=1e-4).fit(X, y)
        assert model.report_.certified
        assert model.dual_ <= cold.primal_ * (1 + 1e-12)
        assert cold.dual_ <= model.primal_ * (1 + 1e-12)
        assert model.warm_start is False
    assert len({id(model.coef_) for model in path}) == 3


def test_warm_starts_save_passes():
    X, y = clusters(0, 400, 10, 4)
    path = l2_path(X, y, l2s=8, loss="softmax", tol=1e-6)
    cold = [LinearClassifier("softmax", l2=model.l2, tol=1e-6).fit(X, y) for model in path]
    assert sum(model.report_.passes for model in path) < sum(model.report_.passes for model in cold)


def test_the_grid_follows_the_unit_of_the_data(iris):
    X, y = iris
    plain, scaled = (l2_path(data, y, l2s=3, loss="squared") for data in (X, 10 * X))
    spread = X.var(axis=0).sum()
    assert [model.l2 for model in plain] == pytest.approx(spread * np.array([1e-1, 10**-3.5, 1e-6]), rel=5e-3)
    assert [model.l2 for model in scaled] == pytest.approx([100 * model.l2 for model in plain], rel=5e-3)
    for one, other in zip(plain, scaled, strict=True):
        np.testing.assert_array_equal(one.predict(X), other.predict(10 * X))
    (alone,) = l2_path(X, y, l2s=1, loss="squared", fit_intercept=False)
    assert alone.l2 == pytest.approx(0.1 * (X**2).sum(axis=1).mean(), rel=5e-3)


def test_default_of_eleven_and_names_of_columns(iris):
    pandas = pytest.importorskip("pandas")
    X, y = iris
    path = l2_path(pandas.DataFrame(X, columns=list("abcd")), y, loss="squared", sample_weight=np.ones(150))
    assert len(path) == 11
    assert all(model.feature_names_in_.tolist() == list("abcd") for model in path)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"l2s": []}, ValueError, "at least one value"),
        ({"l2s": [1.0, -1.0]}, ValueError, "l2s must be a finite number >= 0"),
        ({"l2s": [np.nan]}, ValueError, "l2s must be a finite number >= 0"),
        ({"l2s": 0}, ValueError, "l2s must be a whole number >= 1"),
        ({"l2": 1.0}, TypeError, "as l2s"),
        ({"sample_weight": np.ones(3)}, ValueError, "sample_weight"),
        ({"loss": "bends"}, ValueError, "bends"),
    ],
)
@pytest.mark.parametrize("function", [l2_path, choose_l2])
def test_what_makes_no_sense_is_refused(iris, function, options, error, words):
    with pytest.raises(error, match=words):
        function(*iris, **options)


def test_ctrl_c_ends_a_path_and_a_choice_with_what_there_is(iris):
    def interrupting():
        fits = []

        def interrupt(trace):
            fits.append(trace.passes <= 1)
            if sum(fits) == 3:
                raise KeyboardInterrupt

        return interrupt

    with pytest.warns(ConvergenceWarning), taut.watch(interrupting()):
        path = l2_path(*iris, l2s=[1e-1, 1e-2, 1e-3, 1e-4, 1e-5], loss="softmax", tol=1e-9)
    assert path[-1].report_.status == "interrupted"
    assert len(path) < 5
    with pytest.warns(ConvergenceWarning), taut.watch(interrupting()):
        found = choose_l2(*iris, l2s=[1e-1, 1e-2, 1e-3, 1e-4, 1e-5], loss="softmax", tol=1e-9)
    assert found.interrupted
    assert found.l2 in found.l2s
    assert np.isnan(found.accuracies).any()


def test_accuracies_are_those_of_fits_without_the_fold(iris):
    """Weight 0 is as good as absence."""
    X, y = iris
    found = choose_l2(X, y, l2s=[1e-1, 1e-3], folds=3, loss="softmax", tol=1e-8, random_state=7)
    parts = StratifiedKFold(3, shuffle=True, random_state=7).split(X, y)
    for accuracies, (train, held_out) in zip(found.accuracies, parts, strict=True):
        for l2, accuracy in zip(found.l2s, accuracies, strict=True):
            alone = LinearClassifier("softmax", l2=l2, tol=1e-8).fit(X[train], y[train])
            assert accuracy == alone.score(X[held_out], y[held_out])
    assert (found.gaps <= 1e-8).all()
    assert found.sizes.tolist() == [50, 50, 50]


def test_sparse_data_and_folds_of_ones_own(iris):
    X, y = iris
    places = np.where(np.arange(150) % 4 == 0, 0, -1)
    found = choose_l2(sparse.csr_array(X), y, l2s=[1e-2], folds=places, loss="squared")
    alone = LinearClassifier("squared", l2=1e-2).fit(X[places < 0], y[places < 0])
    assert found.accuracies.tolist() == [[alone.score(X[places == 0], y[places == 0])]]
    assert "38 rows held out" in str(found)


@pytest.mark.parametrize(
    "folds", [1, 51, 0, np.zeros(150, dtype=int), np.full(150, -1), np.zeros(3, dtype=int), np.full(150, 0.5)]
)
def test_folds_that_make_no_sense(iris, folds):
    with pytest.raises(ValueError, match="folds"):
        choose_l2(*iris, folds=folds, loss="squared")


def test_the_rule_of_one_standard_error_by_hand():
    # means 0.70, 0.85, 0.90; the error of the best is |0.96 − 0.84| / 2 = 0.06, so 0.85 is near enough and 0.70 is not
    found = choice([[0.70, 0.86, 0.96], [0.70, 0.84, 0.84]])
    assert found.means == pytest.approx([0.70, 0.85, 0.90])
    assert found.errors == pytest.approx([0.0, 0.01, 0.06])
    assert (found.best, found.l2) == (0.01, 0.1)
    assert str(found) == (
        "l2 = 0.1: the largest l2 whose accuracy is within one standard error of the best (accuracy 0.8500; best "
        "0.9000 ± 0.0600 at l2 = 0.01; 2 folds)"
    )
    facts = found.to_dict()
    assert (facts["l2"], facts["best"]) == (0.1, 0.01)
    assert [line["l2"] for line in facts["tried"]] == [1.0, 0.1, 0.01]


def test_one_fold_has_the_error_of_a_share():
    found = choice([[0.5, 0.88, 0.9]])
    assert found.errors[2] == pytest.approx(0.03)
    assert (found.best, found.l2) == (0.01, 0.1)


def test_folds_that_were_cut_short_do_not_count():
    found = choice([[0.5, 0.9, 0.8], [1.0, 0.0, np.nan]])
    assert found.means.tolist() == [0.5, 0.9, 0.8]
    first = choice([[0.5, 0.9, np.nan], [np.nan] * 3])
    assert first.best == 0.1
