"""What the rows are called, and what the columns are called."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from taut import LinearClassifier

COLUMNS = ["length", "breadth", "[red]", "größe"]
FRAMES = {"pandas": lambda X, names: pd.DataFrame(X, columns=names), "polars": lambda X, names: pl.DataFrame(X, names)}


@pytest.mark.parametrize(
    "names",
    [
        np.array([0, 1, 2]),
        np.array([-7, 0, 2**40]),
        np.array([3, 7, 250], dtype=np.uint8),
        np.array(["ant", "bee", "cat"]),
        np.array(["ant", "bee", "cat"], dtype=object),
        np.array(["", "[red]", "größe"]),
        np.array([0.0, 1.0, 5.0]),
    ],
    ids=["int", "wide ints", "uint8", "str", "object", "odd str", "whole floats"],
)
def test_labels_come_back_as_they_went_in(problem, names):
    X, y = problem
    model = LinearClassifier("softmax").fit(X, names[y])
    plain = LinearClassifier("softmax").fit(X, y)
    np.testing.assert_array_equal(model.classes_, names)
    assert model.classes_.dtype == names.dtype
    np.testing.assert_array_equal(model.coef_, plain.coef_)
    predicted = model.predict(X)
    np.testing.assert_array_equal(predicted, names[plain.predict(X)])
    assert predicted.dtype == names.dtype
    assert model.score(X, names[y]) > 0.6


def test_boolean_labels(problem):
    X, y = problem
    model = LinearClassifier("softmax").fit(X, y == 1)
    assert model.classes_.tolist() == [False, True]
    assert model.predict(X).dtype == bool
    np.testing.assert_array_equal(model.predict(X), model.decision_function(X) > 0)


def test_a_list_will_do(problem):
    X, y = problem
    one = LinearClassifier("softmax").fit(X.tolist(), [("a", "b", "c")[code] for code in y])
    assert set(one.predict(X.tolist())) <= {"a", "b", "c"}


@pytest.mark.parametrize("frame", FRAMES)
def test_feature_names_are_kept(problem, frame):
    X, y = problem
    model = LinearClassifier("softmax").fit(FRAMES[frame](X, COLUMNS), y)
    assert model.feature_names_in_.tolist() == COLUMNS
    assert model.n_features_in_ == 4
    nameless = LinearClassifier("softmax").fit(X, y)
    np.testing.assert_allclose(model.coef_, nameless.coef_, rtol=1e-9)  # a frame is stored by columns
    np.testing.assert_array_equal(model.predict(FRAMES[frame](X, COLUMNS)), nameless.predict(X))


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["length", "breadth", "[red]", "other"], r"unseen at fit time:\n- other\n.*now missing:\n- größe"),
        (["breadth", "length", "[red]", "größe"], "must be in the same order"),
        (["length", "breadth", "[red]"], r"now missing:\n- größe"),
        ([*COLUMNS, "fifth"], r"unseen at fit time:\n- fifth"),
    ],
    ids=["wrong", "order", "fewer", "more"],
)
def test_other_names_at_predict_are_refused(problem, frame, columns, message):
    X, y = problem
    model = LinearClassifier("softmax").fit(FRAMES[frame](X, COLUMNS), y)
    X = np.concatenate([X, X], axis=1)[:, : len(columns)]
    with pytest.raises(ValueError, match=f"(?s){message}"):
        model.predict(FRAMES[frame](X, columns))


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function", "scores"])
def test_another_number_of_columns_is_refused(problem, method):
    X, y = problem
    model = LinearClassifier("softmax").fit(X, y)
    with pytest.raises(ValueError, match="X has 3 features, but LinearClassifier is expecting 4 features"):
        getattr(model, method)(X[:, :3])


def test_names_on_one_side_only_are_warned_of(problem):
    X, y = problem
    named = LinearClassifier("softmax").fit(pd.DataFrame(X, columns=COLUMNS), y)
    with pytest.warns(UserWarning, match="X does not have valid feature names, but LinearClassifier was fitted with"):
        named.predict(X)
    with pytest.warns(UserWarning, match="X has feature names, but LinearClassifier was fitted without"):
        LinearClassifier("softmax").fit(X, y).predict(pd.DataFrame(X, columns=COLUMNS))


def test_labels_from_a_frame(problem):
    X, y = problem
    model = LinearClassifier("softmax").fit(
        pd.DataFrame(X, columns=COLUMNS), pd.Series(y).map({0: "a", 1: "b", 2: "c"})
    )
    assert model.classes_.tolist() == ["a", "b", "c"]
    model = LinearClassifier("softmax").fit(X, pl.Series(y))
    assert model.classes_.tolist() == [0, 1, 2]
