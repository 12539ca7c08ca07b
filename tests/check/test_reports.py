"""What a report says, in text and as plain values."""

import dataclasses
import json

import numpy as np
import pytest

import taut
from taut.check import Finding, GradientReport, Kink, Outside


def right(w):
    return float(np.exp(w).sum()), np.exp(w)


def wrong(w):
    return float(np.exp(w).sum()), 3 * np.exp(w)


POINT = np.array([1.0, -2.0, 0.5])


def test_the_same_seed_gives_the_same_report():
    for fn in (right, wrong, lambda w: (np.sin(9 * w).sum(), 9 * np.cos(9 * w))):
        for seed in (0, 5):
            a, b = (taut.check_gradient(fn, POINT, random_state=seed) for _ in range(2))
            assert dataclasses.replace(a, seconds=0.0) == dataclasses.replace(b, seconds=0.0)
            assert a.random_state == seed


def test_plain_values():
    for fn in (right, wrong):
        report = taut.check_gradient(fn, POINT)
        facts = json.loads(json.dumps(report.to_dict(), allow_nan=False))
        assert facts["verdict"] == report.verdict
        assert facts["size"] == 3
        assert facts["sentence"] == str(report).splitlines()[0]
        assert len(facts["findings"]) == len(report.findings)
    stopped = taut.check_gradient(lambda w: (np.nan, w), POINT)
    assert stopped.to_dict()["width"] is None
    assert stopped.to_dict()["value"] is None


def test_the_text_goes_from_verdict_to_method():
    lines = str(taut.check_gradient(wrong, POINT)).splitlines()
    assert lines[0].startswith("bug: ")
    assert lines[1] == "3 of 3 coordinates outside; ratio exactly 3 (= N?)."
    assert lines[2].startswith("- missing 1/N: given = 3 * true")
    assert lines[3] == "    cure: divide by 3: is this N, the number of examples?"
    assert lines[4] == "outside:"
    assert lines[5].startswith("  W[0]: given 8.15")
    assert "seed 0" in lines[-1]
    assert "evaluations" in lines[-1]


def test_long_lists_are_cut_in_the_text_alone():
    report = taut.check_gradient(wrong, np.linspace(-1.0, 1.0, 30))
    assert len(report.outside) == 30
    assert "  and 20 more" in str(report)


def test_the_parts_are_frozen():
    made = [Finding("a", "b"), Outside("W", (1,), 1.0, 2.0, 3.0), Kink(0, "p", 0.0, 0.0, 1.0, 0.5, 0.0, 1e-9)]
    for each in [*made, taut.check_gradient(right, POINT)]:
        with pytest.raises(dataclasses.FrozenInstanceError):
            each.kind = 1
        assert str(each)
    assert isinstance(taut.check_gradient(right, POINT), GradientReport)
    assert "cure" not in str(made[0])


def test_ok_is_ok_and_ok_at_kink():
    assert taut.check_gradient(right, POINT).ok
    assert taut.check_gradient(lambda w: (abs(w[0]), np.sign(w)), np.zeros(1)).ok
    assert not taut.check_gradient(wrong, POINT).ok


def test_size_of_the_course_costs_few_evaluations():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(50, 3073)), rng.integers(0, 10, 50)

    def hinge(W):
        scores = X @ W
        m = np.maximum(scores - scores[np.arange(50), y][:, None] + 1, 0)
        m[np.arange(50), y] = 0
        G = (m > 0).astype(float)
        G[np.arange(50), y] = -G.sum(axis=1)
        return m.sum() / 50 + 0.1 * (W * W).sum(), X.T @ G / 50 + 0.2 * W

    for convex in (True, None):
        report = taut.check_gradient(hinge, rng.normal(size=(3073, 10)) * 1e-4, convex=convex)
        assert report.verdict == "ok"
        assert report.width < 1e-3
        assert report.evaluations < 400
