"""Numerical gradients, the course's lines, and a verdict that never accuses the innocent."""

import random
import re

import numpy as np
import pytest

import taut
from taut.cs231n import (
    eval_numerical_gradient,
    eval_numerical_gradient_array,
    grad_check_sparse,
    half,
    rel_error,
)

LINE = r"numerical: (\S+) analytic: (\S+), relative error: (\S+)"


@pytest.fixture(autouse=True)
def seeded():
    state = random.getstate()
    random.seed(0)
    yield
    random.setstate(state)


def problem(d=6, k=4, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((d, k)), rng.standard_normal((15, d)), rng.integers(0, k, 15)


def check(capsys, *given, **options):
    """The course's lines, and the verdict below them."""
    grad_check_sparse(*given, **options)
    lines = capsys.readouterr().out.splitlines()
    count = sum(line.startswith("numerical: ") for line in lines)
    assert all(re.fullmatch(LINE, line) for line in lines[:count])
    return lines[:count], "\n".join(lines[count:])


def accuses(verdict):
    return verdict.startswith("if f is convex in x, as the SVM and softmax losses are in W, then\nbug: ")


# --- numerical gradients ----------------------------------------------------------------------------------------------


def test_numerical_gradient():
    x = np.random.default_rng(0).standard_normal((3, 2))
    kept = x.copy()
    found = eval_numerical_gradient(lambda x: float(np.sum(x**3)), x, verbose=False)
    np.testing.assert_allclose(found, 3 * kept**2, rtol=1e-8, atol=1e-9)
    np.testing.assert_array_equal(x, kept)
    assert eval_numerical_gradient(lambda x: float(x[0] ** 3), np.array([2.0]), verbose=False, h=0.5)[0] == 12.25


def test_it_tells_each_coordinate_as_the_course_does(capsys):
    eval_numerical_gradient(lambda x: 2.0 * x[0, 0] - x[0, 1], np.zeros((1, 2)), h=0.5)
    assert capsys.readouterr().out == "(0, 0) 2.0\n(0, 1) -1.0\n"


def test_numerical_gradient_of_an_array():
    rng = np.random.default_rng(0)
    A, df = rng.standard_normal((4, 3)), rng.standard_normal(4)
    kept = np.empty(4)

    def same_memory(x):
        np.matmul(A, x, out=kept)
        return kept

    for f in (lambda x: A @ x, same_memory):
        np.testing.assert_allclose(eval_numerical_gradient_array(f, rng.standard_normal(3), df), A.T @ df, rtol=1e-8)


def test_x_comes_back_whatever_f_does():
    x = np.array([1.0, 2.0])

    def fails(x):
        if x[1] != 2.0:
            raise RuntimeError("no")
        return float(x[0])

    for call in (
        lambda: eval_numerical_gradient(fails, x, verbose=False),
        lambda: eval_numerical_gradient_array(fails, x, 1.0),
        lambda: grad_check_sparse(fails, x, np.array([1.0, 0.0])),
    ):
        with pytest.raises(RuntimeError, match="no"):
            call()
        assert x.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("x", [np.array([1, 2]), [1.0, 2.0], np.array([1.0j])])
def test_what_cannot_be_changed_by_h_is_refused(x):
    with pytest.raises(TypeError, match="x must be an ndarray of floats"):
        eval_numerical_gradient(lambda x: 0.0, x)
    with pytest.raises(TypeError, match="x must be an ndarray of floats"):
        eval_numerical_gradient_array(lambda x: x, x, 1.0)
    with pytest.raises(TypeError, match="x must be an ndarray of floats"):
        grad_check_sparse(lambda x: 0.0, x, x)


def test_rel_error():
    assert rel_error([1.0, 2.0], [1.0, 2.0]) == 0.0
    assert rel_error(np.array([0.0, 1.0]), np.array([0.0, 3.0])) == 0.5
    assert rel_error(1e-12, 0.0) == pytest.approx(1e-4)


# --- the course's lines -----------------------------------------------------------------------------------------------


def test_lines_and_random_numbers_are_those_of_the_course(capsys):
    W, X, y = problem()
    f = lambda w: half.softmax_loss_naive(w, X, y, 0.1)[0]  # noqa: E731
    gradient = half.softmax_loss_naive(W, X, y, 0.1)[1]
    random.seed(4)
    kept = W.copy()
    lines, _ = check(capsys, f, W, gradient, num_checks=5, h=1e-4)
    np.testing.assert_array_equal(W, kept)
    after = random.random()
    random.seed(4)
    for line in lines:
        at = random.randrange(6), random.randrange(4)
        up, down = W.copy(), W.copy()
        up[at] += 1e-4
        down[at] -= 1e-4
        numerical, analytic = (f(up) - f(down)) / 2e-4, gradient[at]
        told = [float(each) for each in re.fullmatch(LINE, line).groups()]
        assert told[:2] == [float(f"{numerical:f}"), float(f"{analytic:f}")]
        assert told[2] == float(f"{abs(numerical - analytic) / (abs(numerical) + abs(analytic)):e}")
    assert random.random() == after  # nothing else was drawn


def test_zero_over_zero_reads_nan_without_a_warning(capsys):
    lines, verdict = check(capsys, lambda x: 1.0, np.zeros(2), np.zeros(2), num_checks=1)
    assert lines == ["numerical: 0.000000 analytic: 0.000000, relative error: nan"]
    assert verdict.startswith("ok")


def test_neither_global_stream_notices_the_verdict(capsys):
    W, X, y = problem()
    state = np.random.get_state()
    check(capsys, lambda w: half.svm_loss_naive(w, X, y, 0.1)[0], W, half.svm_loss_naive(W, X, y, 0.1)[1])
    assert all(np.array_equal(a, b) for a, b in zip(state, np.random.get_state(), strict=True))


def test_a_gradient_of_another_shape_is_told(capsys):
    with pytest.raises(ValueError, match=r"analytic_grad has shape \(2, 3\), x has shape \(3, 2\)"):
        grad_check_sparse(lambda x: 0.0, np.zeros((3, 2)), np.zeros((2, 3)))


# --- the verdict ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["svm_loss_naive", "svm_loss_vectorized", "softmax_loss_vectorized"])
@pytest.mark.parametrize("seed", range(3))
def test_right_gradients_pass_and_wrong_ones_do_not(capsys, loss, seed):
    W, X, y = problem(seed=seed)
    loss = getattr(half, loss)
    _, gradient = loss(W, X, y, 0.1)
    f = lambda w: loss(w, X, y, 0.1)[0]  # noqa: E731
    lines, verdict = check(capsys, f, W, gradient)
    assert len(lines) == 10
    assert verdict.startswith("ok: ")
    for wrong, name in ((gradient + 0.1 * W, "wrong"), (1.5 * gradient, "wrong factor"), (-gradient, "sign")):
        _, verdict = check(capsys, f, W, wrong)
        assert accuses(verdict), name
        assert "note: a network is not convex; taut.check_gradient(fn, x)" in verdict
    spoiled = gradient.copy()
    spoiled[:, 2] = 0.0
    assert accuses(check(capsys, f, W, spoiled)[1])


def test_a_kink_is_no_bug(capsys):
    """w1 x − w2 x + Δ exactly 0: central differences give ½ where the strict gradient is 0."""
    hinge = lambda w: max(0.0, float(w[0] - w[1]))  # noqa: E731
    lines, verdict = check(capsys, hinge, np.array([1.0, 1.0]), np.zeros(2), num_checks=3)
    assert all(line.startswith("numerical: ") and "relative error: 1.000000e+00" in line for line in lines)
    assert verdict.startswith("ok_at_kink: ")


def test_a_crossed_kink_is_no_bug(capsys):
    """Many ties near the point, none at it: the course's lines differ, and the verdict stands."""
    rng = np.random.default_rng(1)
    X, y = np.round(rng.standard_normal((30, 5))), rng.integers(0, 4, 30)
    W = np.round(rng.standard_normal((5, 4))) + 1e-7 * rng.standard_normal((5, 4))
    f = lambda w: half.svm_loss_vectorized(w, X, y, 0.0)[0]  # noqa: E731
    lines, verdict = check(capsys, f, W, half.svm_loss_vectorized(W, X, y, 0.0)[1], num_checks=20)
    assert sum(float(re.fullmatch(LINE, line)[3]) > 1e-2 for line in lines) > 5
    assert verdict.startswith("ok")


def test_in_float32(capsys):
    W, X, y = problem()
    W, X = W.astype(np.float32), X.astype(np.float32)
    gradient = half.softmax_loss_vectorized(W, X, y, 0.1)[1]
    assert gradient.dtype == np.float32
    f = lambda w: half.softmax_loss_vectorized(w, X, y, 0.1)[0]  # noqa: E731
    assert check(capsys, f, W, gradient)[1].startswith("ok")
    assert accuses(check(capsys, f, W, 2 * gradient)[1])


def toy_net():
    np.random.seed(0)
    net = half.TwoLayerNet(4, 10, 3, std=1e-1)
    rng = np.random.default_rng(1)
    return net, 10 * rng.standard_normal((5, 4)), np.array([0, 1, 2, 2, 1])


@pytest.mark.parametrize("name", ["W1", "b1", "W2", "b2"])
def test_a_network_whose_function_looks_at_its_own_parameters(capsys, name):
    net, X, y = toy_net()
    gradient = net.loss(X, y, reg=0.1)[1][name]
    kept = net.params[name].copy()
    _, verdict = check(capsys, lambda _: net.loss(X, y, reg=0.1)[0], net.params[name], gradient)
    assert verdict.startswith("ok")
    np.testing.assert_array_equal(net.params[name], kept)


def test_what_values_cannot_decide_is_said():
    """sin is not convex, and a wrong gradient there is not accused without points nearby."""
    from taut.cs231n._gradient_check import _verdict

    x = np.array([1.0, 2.0, -3.0])
    assert _verdict(lambda x: float(np.sin(x).sum()), x, np.cos(x), 10).startswith("ok")
    undecided = _verdict(lambda x: float(np.sin(x).sum()), x, np.sin(x), 10)
    assert undecided.startswith("unresolved: taut can neither confirm nor refute")
    assert "taut.check_gradient(fn, x)" in undecided
    full = taut.check_gradient(lambda x: (float(np.sin(x).sum()), np.sin(x)), x)
    assert full.verdict == "bug"  # as it says, the gradient elsewhere decides


def test_backpropagation_at_a_relu_of_exactly_zero_is_not_called_a_bug_without_the_condition(capsys):
    """Both one-sided derivatives are −½ and backpropagation gives 0; values alone look like a convex function's."""
    X, y, W2 = np.array([[1.0], [-1.0]]), np.array([0, 1]), np.array([[1.0, -1.0]])

    def f(W1):
        net = half.TwoLayerNet(1, 1, 2)
        net.params = {"W1": W1, "b1": np.zeros(1), "W2": W2, "b2": np.zeros(2)}
        return net.loss(X, y)[0]

    _, verdict = check(capsys, f, np.zeros((1, 1)), np.zeros((1, 1)))
    assert not verdict.startswith("bug")
    assert "a network is not convex; taut.check_gradient(fn, x)" in verdict


def test_a_function_that_changes_its_mind_is_told(capsys):
    rng = np.random.default_rng(0)
    _, verdict = check(capsys, lambda x: float(x @ x) + rng.standard_normal(), np.ones(2), 2 * np.ones(2))
    assert "random value" in verdict
