"""Functions that are not convex: nets at their kinks, ripples, complex steps."""

import numpy as np
import pytest
from scipy import optimize

import taut


def two_samples(W1, W2):
    """The net of the mission's traps: X = [1; -1], labels 0 and 1."""
    X, y = np.array([[1.0], [-1.0]]), np.array([0, 1])
    hidden = np.maximum(X @ W1, 0)
    scores = hidden @ W2
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    value = -np.log(p[[0, 1], y]).mean()
    p[[0, 1], y] -= 1
    p /= 2
    return value, {"W1": X.T @ ((p @ W2.T) * (hidden > 0)), "W2": hidden.T @ p}


def test_backpropagation_through_an_exact_zero_is_no_bug():
    W1, W2 = np.zeros((1, 1)), np.array([[1.0, -1.0]])
    whole = taut.check_gradient(lambda p: two_samples(p["W1"], p["W2"]), {"W1": W1, "W2": W2})
    assert whole.verdict == "ok_at_kink"

    def first(W):
        value, gradient = two_samples(W, W2)
        return value, gradient["W1"]

    alone = taut.check_gradient(first, W1)
    assert alone.verdict == "ok_at_kink"
    assert any("backpropagation" in note for note in alone.notes)


def test_the_same_net_with_a_wrong_gradient_is_a_bug_at_the_zero():
    def wrong(p):
        value, gradient = two_samples(p["W1"], p["W2"])
        return value, {"W1": 2 * gradient["W1"], "W2": gradient["W2"]}

    report = taut.check_gradient(wrong, {"W1": np.zeros((1, 1)), "W2": np.array([[1.0, -1.0]])})
    assert report.verdict == "bug"


def sines(w, frequency, height=1.0):
    return float(height * np.sin(frequency * w).sum()), height * frequency * np.cos(frequency * w)


CURVED = {
    "rosenbrock": lambda w: (optimize.rosen(w), optimize.rosen_der(w)),
    "waves": lambda w: sines(w, 50.0),
    "short waves": lambda w: sines(w, 1e4),
    "ripples on a bowl": lambda w: (w @ w + sines(w, 1e6, 1e-9)[0], 2 * w + sines(w, 1e6, 1e-9)[1]),
    "dome": lambda w: (-float(w @ w), -2 * w),
    "Cauchy": lambda w: (float(np.log1p(w * w).sum()), 2 * w / (1 + w * w)),
    "clipped": lambda w: (float(np.minimum(np.abs(w), 1).sum()), np.sign(w) * (np.abs(w) < 1)),
    "far from zero": lambda w: (1e8 + float(np.sin(w).sum()), np.cos(w)),
    "float32 inside": lambda w: (float(np.sin(w.astype(np.float32)).sum()), np.cos(w.astype(np.float32)).astype(float)),
}


@pytest.mark.parametrize("name", CURVED)
def test_smooth_functions(name):
    fn = CURVED[name]
    rng = np.random.default_rng(1)
    for _ in range(5):
        w = rng.normal(size=4) * 10.0 ** rng.uniform(-2, 1)
        report = taut.check_gradient(fn, w)
        assert report.verdict in ("ok", "ok_at_kink"), report
        wrong = taut.check_gradient(lambda w: (fn(w)[0], 1.05 * fn(w)[1]), w)
        assert wrong.verdict == "bug" or not np.any(fn(w)[1]) or wrong.width > 0.05, wrong


def test_complex_steps_are_used_where_the_code_takes_them():
    report = taut.check_gradient(lambda w: (np.sin(w).sum(), np.cos(w)), np.array([0.3, 2.0, -1.0]))
    assert "complex steps" in report.method
    assert report.width < 1e-6


def test_complex_steps_are_not_believed_alone():
    def norm(w):  # abs is not analytic: its complex step is silently wrong
        return np.sin(np.abs(w) ** 2).sum(), 2 * w * np.cos(w * w)

    report = taut.check_gradient(norm, np.array([0.7, 2.0, -1.0]))
    assert report.verdict == "ok"
    assert "complex" not in report.method


def test_a_refuted_claim_of_convexity_is_withdrawn():
    report = taut.check_gradient(lambda w: (np.sin(3 * w).sum(), 3 * np.cos(3 * w)), np.array([0.3, 2.0]), convex=True)
    assert report.verdict == "ok"
    assert any("convex=True was claimed, but" in note for note in report.notes)
    honest = taut.check_gradient(lambda w: (np.sin(3 * w).sum(), 3 * np.cos(3 * w)), np.array([0.3, 2.0]))
    assert any("not convex" in note for note in honest.notes)
