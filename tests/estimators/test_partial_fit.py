"""Learning from rows as they come."""

import numpy as np
import pytest

from taut import LinearClassifier


@pytest.fixture
def model():
    return LinearClassifier("softmax", l2=1e-3, batch_size=10, random_state=0)


def test_the_first_call_needs_classes(problem, model):
    with pytest.raises(ValueError, match="classes must be passed on the first call to partial_fit"):
        model.partial_fit(*problem)


def test_pieces_teach(problem, model):
    X, y = problem
    names = np.array(["ant", "bee", "cat"])
    for _ in range(20):
        for rows in np.array_split(np.arange(90), 3):
            model.partial_fit(X[rows], names[y[rows]], classes=names)
    assert model.classes_.tolist() == ["ant", "bee", "cat"]
    assert model.score(X, names[y]) > 0.6
    assert model.n_iter_ == 60


def test_a_class_may_come_later(problem, model):
    X, y = problem
    model.partial_fit(X[y == 0], y[y == 0], classes=[0, 1, 2])
    assert model.coef_.shape == (3, 4)
    before = model.coef_.copy()
    model.partial_fit(X, y)
    assert not np.array_equal(before, model.coef_)


def test_it_is_never_certified(problem, model):
    model.partial_fit(*problem, classes=[0, 1, 2])
    assert model.report_.status == "partial"
    assert model.gap_ == np.inf
    assert str(model.report_).startswith(
        "Not certified: partial_fit saw its rows once; no bound is known for rows that are seen once, after 1 pass"
    )


def test_unknown_labels(problem, model):
    X, y = problem
    with pytest.raises(ValueError, match=r"y holds labels that are not in classes: \[3\]"):
        model.partial_fit(X, y + 1, classes=[0, 1, 2])
    model = LinearClassifier("softmax").partial_fit(X, y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match=r"y holds labels that are not in classes: \[7, 8\]"):
        model.partial_fit(X[:3], [7, 1, 8])


def test_a_refused_first_call_leaves_nothing_behind(problem, model):
    X, y = problem
    with pytest.raises(ValueError, match="y holds labels"):
        model.partial_fit(X, y + 1, classes=[0, 1, 2])
    model.partial_fit(X, y + 1, classes=[1, 2, 3])
    assert model.classes_.tolist() == [1, 2, 3]
    assert model.n_iter_ == 1


def test_changed_classes(problem, model):
    X, y = problem
    model.partial_fit(X, y, classes=[0, 1, 2])
    model.partial_fit(X, y, classes=[2, 1, 0])
    with pytest.raises(ValueError, match=r"`classes=\[0, 1\]` is not the same as on last call to partial_fit: array"):
        model.partial_fit(X, y, classes=[0, 1])


def test_another_width(problem, model):
    X, y = problem
    model.partial_fit(X, y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="X has 3 features, but LinearClassifier is expecting 4"):
        model.partial_fit(X[:, :3], y)


def test_zero_weights_teach_nothing_but_the_penalty(problem):
    X, y = problem
    model = LinearClassifier("softmax", l2=0.0, batch_size=10, random_state=0)
    s = (y == 0).astype(float)
    model.partial_fit(X, y, classes=[0, 1, 2], sample_weight=s)
    alone = LinearClassifier("softmax", l2=0.0, batch_size=10, random_state=0)
    alone.partial_fit(X, np.where(y == 0, 0, 1), classes=[0, 1, 2], sample_weight=s)
    np.testing.assert_array_equal(model.coef_, alone.coef_)
    assert np.any(model.coef_ != 0)


def test_fit_after_partial_fit_starts_anew(problem, model):
    X, y = problem
    model.partial_fit(X, y, classes=[0, 1, 2]).fit(X, y)
    np.testing.assert_array_equal(model.coef_, LinearClassifier("softmax", l2=1e-3).fit(X, y).coef_)
    assert model.report_.certified


def test_a_first_call_without_classes_sets_no_attribute():
    model = LinearClassifier("softmax")
    with pytest.raises(ValueError, match="classes must be passed"):
        model.partial_fit([[0.0, 1.0]], [0])
    assert vars(model) == vars(LinearClassifier("softmax"))


def test_the_witness_of_an_earlier_fit_goes():
    X, y = [[0.0], [1.0], [2.0]], [0, 1, 1]
    model = LinearClassifier("softmax").fit(X, y, witness=True)
    model.partial_fit(X, y)
    assert not hasattr(model, "witness_")
