"""taut.testing.assert_gradient."""

import numpy as np
import pytest

from taut.testing import assert_gradient


def bowl(w):
    return float(w @ w), 2 * w


def dented(w):
    return float(w @ w), w


def tent(p):
    """|a| + |b| at a kink: 0 is one of its slopes."""
    return float(np.abs(p["a"]).sum() + np.abs(p["b"]).sum()), {name: np.sign(part) for name, part in p.items()}


POINT = np.array([1.0, -2.0, 0.5])


def test_a_right_gradient_returns_its_report():
    report = assert_gradient(bowl, POINT, convex=True, directions=3, random_state=7)
    assert report.verdict == "ok"
    assert report.random_state == 7


def test_a_kink_passes():
    assert assert_gradient(tent, {"a": np.zeros(2), "b": np.array([1.0])}, convex=True).ok


def test_a_bug_shows_the_whole_report():
    with pytest.raises(AssertionError) as raised:
        assert_gradient(dented, POINT)
    message = str(raised.value)
    assert message.startswith("bug: ")
    assert "checked: " in message
    assert "seed 0" in message


def test_what_is_unresolved_passes_only_where_allowed(monkeypatch):
    report = assert_gradient(bowl, POINT)
    undecided = type(report)(**{**vars(report), "verdict": "unresolved"})
    monkeypatch.setattr("taut.testing.check_gradient", lambda *arguments, **options: undecided)
    assert assert_gradient(bowl, POINT, allow_unresolved=True) is undecided
    with pytest.raises(AssertionError, match="unresolved: "):
        assert_gradient(bowl, POINT)


def test_allowing_the_unresolved_does_not_allow_a_bug():
    with pytest.raises(AssertionError, match="bug: "):
        assert_gradient(dented, POINT, allow_unresolved=True)
