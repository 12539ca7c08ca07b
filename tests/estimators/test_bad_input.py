"""Every refusal names what is wrong, where, and what would be right."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from taut import LinearClassifier


def refused(message, X, y, error=ValueError, weights=None, **parameters):
    with pytest.raises(error, match=message):
        LinearClassifier(**parameters).fit(X, y, weights)


@pytest.mark.parametrize("value", [-1, -1e-9, np.nan, np.inf, "0.1", None, True, [1.0]])
@pytest.mark.parametrize("name", ["l2", "tol", "margin"])
def test_numbers_that_are_at_least_0(problem, name, value):
    refused(rf"^{name} must be a finite number >= 0, got ", *problem, **{name: value})


@pytest.mark.parametrize("value", [0, -1, 2.5, "3", True, np.nan])
@pytest.mark.parametrize("name", ["batch_size", "max_iter", "n_threads"])
def test_counts(problem, name, value):
    refused(rf"^{name} must be a whole number >= 1, got ", *problem, **{name: value})


@pytest.mark.parametrize("value", [0, 0.0, -1, np.nan, np.inf, "x"])
@pytest.mark.parametrize("solver", ["sgd", "gradient_descent"])
def test_learning_rate(problem, value, solver):
    refused("^learning_rate must be a finite number > 0, got ", *problem, learning_rate=value, solver=solver)


@pytest.mark.parametrize("solver", ["auto", "newton", "quasi_newton"])
def test_learning_rate_of_a_solver_that_has_none(problem, solver):
    message = rf"^learning_rate=0.1 belongs to solver='sgd' or 'gradient_descent'; solver='{solver}' finds its own"
    refused(message, *problem, learning_rate=0.1, solver=solver)


@pytest.mark.parametrize("value", [0, -0.5, np.inf])
def test_decay(problem, value):
    refused("^decay must be a finite number > 0, got ", *problem, decay=value)


@pytest.mark.parametrize(("value", "message"), [(1, "must be below 1, got 1"), (-0.1, "must be a finite number >= 0")])
def test_momentum(problem, value, message):
    refused(f"^momentum {message}", *problem, momentum=value, solver="sgd")


@pytest.mark.parametrize("value", ["log", None, "Hinge", ["hinge"], {}, 3], ids=str)
def test_an_unknown_loss_is_told_the_choices(problem, value):
    choices = "choose one of hinge, squared_hinge, crammer_singer, softmax, squared"
    refused(f"^unknown loss .*: {choices}$", *problem, loss=value)


@pytest.mark.parametrize("value", ["adam", None, ["sgd"]], ids=str)
def test_an_unknown_solver_is_told_the_choices(problem, value):
    refused("^solver must be one of 'auto', .*'quasi_newton', 'gradient_descent', 'sgd', got ", *problem, solver=value)


def test_parameters_are_looked_at_before_the_data():
    refused("^l2 must be", [[np.nan]], [0], l2=-1)


@pytest.mark.parametrize(
    ("value", "message"),
    [("even", "class_weight.*'balanced'"), ({9: 1.0}, "not in class_weight"), ({0: -1.0, 1: 1, 2: 1}, ">= 0")],
)
def test_class_weight(problem, value, message):
    refused(f"(?s){message}", *problem, class_weight=value)


@pytest.mark.parametrize(("value", "word"), [(np.nan, "NaN"), (np.inf, "infinity"), (-np.inf, "infinity")])
@pytest.mark.parametrize("form", [np.asarray, np.asfortranarray, sparse.csr_array, sparse.csc_array])
def test_the_first_cell_that_is_not_finite(problem, value, word, form):
    X, y = problem[0].copy(), problem[1]
    X[40, 0], X[17, 2], X[17, 3] = np.nan, value, np.inf
    refused(rf"^Input X contains {word}: the first is in row 17, column 2, counted from 0\. Fill such", form(X), y)


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_the_column_is_named(problem, frame):
    X = problem[0].copy()
    X[17, 2] = np.nan
    data = frame(dict(zip(["a", "b", "größe", "d"], X.T, strict=True)))
    refused(r"contains NaN: the first is in row 17, column 2 \('größe'\), counted from 0", data, problem[1])


def test_not_finite_at_predict(problem):
    X = problem[0].copy()
    model = LinearClassifier("softmax").fit(*problem)
    X[89, 3] = np.inf
    with pytest.raises(ValueError, match="contains infinity: the first is in row 89, column 3, counted from 0"):
        model.predict(X)


@pytest.mark.parametrize("label", [1, "only", True, 1.0])
def test_one_class(problem, label):
    message = f"needs samples of at least 2 classes in the data, but y holds only one class: {label!r}$"
    refused(message, problem[0], [label] * 90)


def test_one_row(problem):
    refused("at least 2 classes in the data, but y holds only one class", problem[0][:1], [1])


def test_no_rows_and_no_columns(problem):
    refused(r"Found array with 0 sample\(s\) \(shape=\(0, 4\)\)", problem[0][:0], [])
    refused(r"Found array with 0 feature\(s\) \(shape=\(90, 0\)\)", problem[0][:, :0], problem[1])


@pytest.mark.parametrize("count", [89, 91, 1])
def test_a_label_too_few_or_too_many(problem, count):
    y = np.resize(problem[1], count)
    refused(f"inconsistent numbers of samples: X has 90 rows, y has {count} labels", problem[0], y)


def test_complex(problem):
    refused("^Complex data not supported", problem[0] + 1j, problem[1])
    refused("Complex data not supported", sparse.csr_array(problem[0] + 1j), problem[1])


def test_text_as_features(problem):
    refused("could not convert string to float", np.full((90, 2), "a"), problem[1])


@pytest.mark.parametrize("shape", [(90,), (90, 2, 2)])
def test_x_of_another_dimension(problem, shape):
    refused("Expected 2D array, got 1D array|Found array with dim 3", np.ones(shape), problem[1])


def test_labels_that_are_numbers(problem):
    refused("Unknown label type: continuous", problem[0], problem[0][:, 0])


@pytest.mark.parametrize("labels", [["a", 1], ["a", True], [2.5, "a"]])
def test_mixed_labels(problem, labels):
    y = np.array(labels * 45, dtype=object)
    refused("^Input y mixes strings with other labels: make them all strings or all numbers", problem[0], y)


@pytest.mark.parametrize("missing", [None, np.nan])
def test_missing_labels(problem, missing):
    y = np.array(["a", "b", "c"] * 30, dtype=object)
    y[7] = missing
    refused("^Input y contains NaN: the label of row 7, counted from 0, is missing", problem[0], y)


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinite_labels(problem, value):
    y = problem[1].astype(float)
    y[7] = value
    refused("^Input y contains infinity", problem[0], y)


def test_no_labels(problem):
    refused("requires y to be passed, but the target y is None", problem[0], None)


def test_several_labels_a_row(problem):
    refused("y should be a 1d array", problem[0], np.stack([problem[1]] * 2, axis=1))


def test_weights(problem):
    refused("at least one non-zero", *problem, weights=np.zeros(90))
    refused("Negative values in data passed to `sample_weight`", *problem, weights=np.full(90, -1.0))
    refused(r"sample_weight.shape == \(89,\), expected \(90,\)", *problem, weights=np.ones(89))
    refused("Input sample_weight contains NaN", *problem, weights=np.full(90, np.nan))
    refused("Input sample_weight contains infinity", *problem, weights=np.full(90, np.inf))


def test_weights_that_leave_nothing(problem):
    message = "sample_weight is zero for every row: nothing is left to fit"
    s = (problem[1] == 0).astype(float)
    refused(message, *problem, weights=s, class_weight={0: 0.0, 1: 1.0, 2: 1.0})


def test_a_failed_fit_keeps_the_model_that_was_there(problem):
    X, y = problem
    model = LinearClassifier("softmax").fit(X, y)
    before = model.predict(X)
    with pytest.raises(ValueError, match="only one class"):
        model.fit(X[:, :2], np.zeros(90))
    np.testing.assert_array_equal(model.predict(X), before)
