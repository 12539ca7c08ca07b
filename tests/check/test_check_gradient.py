"""The checker as its users meet it: right gradients are left alone, wrong ones are named."""

from collections import Counter

import numpy as np
import pytest

import taut
from check.problems import problems
from taut.losses import LOSSES, make_loss
from taut.matrix import as_matrix
from taut.models import Linear
from taut.objective import Risk


@pytest.mark.parametrize("seed", range(4))
def test_a_right_gradient_is_never_a_bug(seed):
    seen = Counter()
    for problem in problems(seed, 140):
        report = taut.check_gradient(problem.fn, problem.point, convex=True if problem.convex else None)
        assert report.verdict != "bug", f"{problem.loss} {problem.kind} {problem.X.dtype}\n{report}"
        seen[report.verdict] += 1
    assert seen["ok"] + seen["ok_at_kink"] > 0.8 * seen.total()


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("weights", [None, np.array([0.0, 3.0, 0.5] * 10)])
@pytest.mark.parametrize("intercept", [False, True])
def test_our_own_risks_pass(name, weights, intercept):
    rng = np.random.default_rng(3)
    X, y = rng.integers(-2, 3, (30, 4)).astype(float), rng.integers(0, 3, 30)
    model = Linear(4, 3, intercept)
    risk = Risk(as_matrix(X), y, make_loss(name), model, 0.1, weights)
    points = (np.zeros(model.size), rng.integers(-1, 2, model.size).astype(float), rng.normal(size=model.size))
    for theta in points:
        report = taut.check_gradient(risk, theta)
        assert report.verdict in ("ok", "ok_at_kink"), str(report)


def two_samples(p):
    """A correct backpropagation whose hidden units lie exactly at 0."""
    X, y = np.array([[1.0], [-1.0]]), np.array([0, 1])
    hidden = np.maximum(0.0, X @ p["W1"])
    scores = hidden @ p["W2"]
    P = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    value = -np.log(P[[0, 1], y]).mean()
    P[[0, 1], y] -= 1.0
    back = (P / 2) @ p["W2"].T
    back[hidden <= 0] = 0.0
    return value, {"W1": X.T @ back, "W2": hidden.T @ P / 2}


def test_a_relu_at_zero_is_no_bug():
    report = taut.check_gradient(two_samples, {"W1": np.zeros((1, 1)), "W2": np.array([[1.0, -1.0]])})
    assert report.verdict == "ok_at_kink", str(report)


@pytest.mark.parametrize(
    ("factor", "verdict"), [(0.0, "ok_at_kink"), (0.5, "ok_at_kink"), (1.0, "ok_at_kink"), (1.5, "bug")]
)
def test_the_one_dimensional_example(factor, verdict):
    def loss(w):
        m = w[0] - w[1]
        slope = factor if m == 0 else float(m > 0)
        return max(0.0, m), slope * np.array([1.0, -1.0])

    assert taut.check_gradient(loss, np.array([1.0, 1.0]), convex=True).verdict == verdict


@pytest.mark.parametrize(
    ("fn", "kind"),
    [
        (lambda w: (float(w @ w), w), "gradient is the point"),
        (lambda w: (float(w @ w), (2 * w)[:-1]), "shape"),
        (lambda w: (float("nan"), 2 * w), "finite"),
        (lambda w: (float(w @ w), np.round(2 * w).astype(int)), "integer"),
        (lambda w: (float(w @ w), 4 * w), "doubled"),
        (lambda w: (float(w @ w), -2 * w), "sign"),
        (lambda w: (float(w @ w), 0 * w), "zero"),
    ],
)
def test_what_is_wrong_is_named(fn, kind):
    report = taut.check_gradient(fn, np.array([3.0, -1.5, 0.25]))
    assert report.verdict == "bug"
    assert any(kind in finding.kind for finding in report.findings), str(report)


def test_a_point_that_the_function_changes():
    def careless(w):
        w[0] += 1.0
        return float(w @ w), 2 * w

    point = np.array([3.0, -1.0])
    report = taut.check_gradient(careless, point)
    assert report.verdict == "bug"
    assert "point changed" in {finding.kind for finding in report.findings}
    assert point.tolist() == [3.0, -1.0]


def test_the_same_seed_gives_the_same_report():
    def reports():
        for problem in problems(9, 6):
            facts = taut.check_gradient(problem.fn, problem.point, random_state=5).to_dict()
            yield {key: value for key, value in facts.items() if key != "seconds"}

    assert [repr(each) for each in reports()] == [repr(each) for each in reports()]


@pytest.mark.parametrize("point", ["words", None, np.array(["a"]), {}])
def test_points_that_are_none(point):
    with pytest.raises((TypeError, ValueError), match="point"):
        taut.check_gradient(lambda w: (0.0, w), point)
