"""The four losses: naive = vectorised = written once more here = central differences."""

import numpy as np
import pytest
from scipy import sparse

from taut.cs231n import eval_numerical_gradient, full, half, rel_error

COURSES = pytest.mark.parametrize("course", [half, full], ids=["half", "full"])


def problem(n=20, d=7, k=5, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    W, X = rng.standard_normal((d, k)).astype(dtype), rng.standard_normal((n, d)).astype(dtype)
    return W, X, rng.integers(0, k, n)


def svm_by_hand(W, X, y):
    total = 0.0
    for i in range(len(X)):
        for j in range(W.shape[1]):
            if j != y[i]:
                total += max(0.0, float(X[i] @ W[:, j] - X[i] @ W[:, y[i]]) + 1.0)
    return total / len(X)


def softmax_by_hand(W, X, y):
    total = 0.0
    for i in range(len(X)):
        p = np.exp(X[i] @ W)
        total -= np.log(p[y[i]] / p.sum())
    return total / len(X)


LOSSES = pytest.mark.parametrize(("loss", "by_hand"), [("svm", svm_by_hand), ("softmax", softmax_by_hand)])


def forms(course, loss):
    return getattr(course, f"{loss}_loss_naive"), getattr(course, f"{loss}_loss_vectorized")


@COURSES
@LOSSES
def test_all_forms_agree(course, loss, by_hand):
    W, X, y = problem()
    naive, vectorized = forms(course, loss)
    (a, dA), (b, dB) = naive(W, X, y, 0.2), vectorized(W, X, y, 0.2)
    penalty = (0.1 if course is half else 0.2) * np.sum(W * W)
    assert a == pytest.approx(by_hand(W, X, y) + penalty, rel=1e-13)
    assert b == pytest.approx(a, rel=1e-13)
    np.testing.assert_allclose(dA, dB, rtol=1e-12, atol=1e-14)
    for form, gradient in ((naive, dA), (vectorized, dB)):
        point = W.copy()
        numeric = eval_numerical_gradient(lambda w, form=form: form(w, X, y, 0.2)[0], point, verbose=False)
        assert rel_error(numeric, gradient) < 1e-6
        np.testing.assert_array_equal(point, W)


@LOSSES
def test_results_are_plain(loss, by_hand, capsys):
    W, X, y = problem()
    for form in forms(half, loss):
        for given in ((W, X, y), (W.view(np.matrix), X.view(np.matrix), y), (W.tolist(), X.tolist(), y.tolist())):
            value, gradient = form(*given, 0.1)
            assert type(value) is float
            assert type(gradient) is np.ndarray
            assert gradient.shape == W.shape
            assert value == pytest.approx(form(W, X, y, 0.1)[0], rel=1e-14)
    assert capsys.readouterr().out == ""


@LOSSES
@pytest.mark.parametrize(
    ("weights", "examples", "result"),
    [("f4", "f4", "f4"), ("f4", "u1", "f4"), ("f8", "u1", "f8"), ("f8", "f4", "f8"), ("i8", "i8", "f8")],
)
def test_types_of_both_forms(loss, by_hand, weights, examples, result):
    W, X, y = problem()
    W, X = (10 * W).astype(weights), np.abs(10 * X).astype(examples)
    (a, dA), (b, dB) = (form(W, X, y, 0.1) for form in forms(full, loss))
    assert dA.dtype == dB.dtype == result
    assert a == pytest.approx(b, rel=1e-5)
    np.testing.assert_allclose(dA, dB, rtol=1e-4, atol=1e-4)


@LOSSES
def test_sparse_examples(loss, by_hand):
    W, X, y = problem()
    X[X < 0.5] = 0.0
    naive, vectorized = forms(half, loss)
    value, gradient = vectorized(W, sparse.csr_array(X), y, 0.1)
    assert value == pytest.approx(naive(W, X, y, 0.1)[0], rel=1e-13)
    np.testing.assert_allclose(gradient, naive(W, X, y, 0.1)[1], rtol=1e-12, atol=1e-14)


@COURSES
def test_small_random_weights_start_where_the_course_says(course):
    rng = np.random.default_rng(0)
    W, X, y = 1e-4 * rng.standard_normal((3073, 10)), rng.standard_normal((100, 3073)), rng.integers(0, 10, 100)
    for form in forms(course, "svm"):
        assert form(W, X, y, 0.0)[0] == pytest.approx(9.0, rel=1e-2)
    for form in forms(course, "softmax"):
        assert form(W, X, y, 0.0)[0] == pytest.approx(-np.log(0.1), rel=1e-2)


def test_a_tie_does_not_count():
    W, X, y = np.array([[1.0, 0.0]]), np.array([[1.0]]), np.array([0])  # the margin is exactly 0
    for form in forms(half, "svm"):
        value, gradient = form(W, X, y, 0.0)
        assert (value, gradient.tolist()) == (0.0, [[0.0, 0.0]])


def test_softmax_of_enormous_scores():
    W, X, y = np.array([[1e6, -1e6]]), np.array([[1.0]]), np.array([1])
    for form in forms(half, "softmax"):
        value, gradient = form(W, X, y, 0.0)
        assert (value, gradient.tolist()) == (2e6, [[1.0, -1.0]])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"W": np.zeros((6, 5))}, r"6"),
        ({"W": np.zeros(7)}, "W"),
        ({"X": np.zeros((20, 7, 1))}, "X"),
        ({"X": np.zeros((0, 7)), "y": np.zeros(0, int)}, "nothing to evaluate"),
        ({"y": np.zeros(19, int)}, "y must"),
        ({"y": np.zeros(20)}, "y must"),
        ({"y": np.array([0] * 3 + [5] + [0] * 16)}, r"y\[3\] = 5, but W has columns for the classes 0..4 only"),
        ({"y": np.array([0] * 3 + [-1] + [0] * 16)}, r"y\[3\] = -1, but W has columns for the classes 0..4 only"),
        ({"reg": -1.0}, "reg"),
    ],
)
@pytest.mark.parametrize("loss", ["svm", "softmax"])
def test_what_does_not_fit_is_said(change, said, loss):
    W, X, y = problem()
    given = {"W": W, "X": X, "y": y, "reg": 0.1} | change
    for form in forms(half, loss):
        with pytest.raises(ValueError, match=said):
            form(**given)


@COURSES
@pytest.mark.parametrize("name", ["svm_loss", "softmax_loss"])
@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.float16])
def test_small_types_neither_wrap_around_nor_lose_digits(course, name, dtype):
    W, X, y = problem()
    W, X = (np.abs(40 * each).astype(dtype) for each in (W, X))
    naive, vectorised = (getattr(course, f"{name}_{way}")(W, X, y, 0.1) for way in ("naive", "vectorized"))
    same = getattr(course, f"{name}_naive")(W.astype(np.float64), X.astype(np.float64), y, 0.1)
    assert naive[0] == pytest.approx(same[0], rel=1e-12)
    assert naive[0] == pytest.approx(vectorised[0], rel=1e-12)
    assert rel_error(naive[1], vectorised[1]) < 1e-9
    assert naive[1].dtype == vectorised[1].dtype


@COURSES
@pytest.mark.parametrize("name", ["svm_loss_naive", "softmax_loss_naive"])
def test_no_penalty_of_weights_whose_squares_overflow(course, name):
    W, X, y = problem()
    assert np.isfinite(getattr(course, name)(1e200 * W, X, y, 0.0)[0])


def test_relative_errors_of_bytes_do_not_wrap_around():
    assert rel_error(np.uint8([1]), np.uint8([3])) == 0.5
