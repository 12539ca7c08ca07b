"""Layer 0: what is wrong before any difference is taken."""

import numpy as np
import pytest

import taut
from taut.check import KnownProblem


def kinds(fn, point=None):
    report = taut.check_gradient(fn, np.array([1.0, -2.0, 0.5]) if point is None else point)
    assert report.verdict == ("bug" if report.findings else report.verdict)
    return [finding.kind for finding in report.findings]


def test_a_random_value():
    rng = np.random.default_rng(0)
    assert kinds(lambda w: (w @ w + 1e-9 * rng.normal(), 2 * w)) == ["random value"]


def test_a_random_gradient():
    rng = np.random.default_rng(0)
    assert "gradient changes between calls" in kinds(lambda w: (w @ w, 2 * w + 1e-12 * rng.normal()))


def test_an_accumulated_gradient():
    total = np.zeros(3)

    def fn(w):
        total[:] = total + 2 * w
        return w @ w, total.copy()

    assert "gradient changes between calls" in kinds(fn)


def test_a_gradient_array_that_is_kept():
    kept = np.zeros(3)

    def fn(w):
        kept[:] = 2 * w
        return w @ w, kept

    assert kinds(fn)[0] == "gradient overwritten"


def test_a_stale_cache():
    cache = {}

    def fn(w):
        g = cache.setdefault("g", 2 * w)
        cache["g"] = 2 * w
        return w @ w, g

    assert "gradient changes between calls" in kinds(fn)


def test_the_point_is_changed():
    def fn(w):
        value, g = w @ w, 2 * w
        w *= 0.5
        return value, g

    assert kinds(fn) == ["point changed"]


def test_the_users_array_is_never_touched():
    def fn(w):
        w[:] = 0
        return 0.0, w

    point = np.array([1.0, 2.0])
    taut.check_gradient(fn, point)
    np.testing.assert_array_equal(point, [1.0, 2.0])


def test_the_gradient_is_the_points_memory():
    def fn(w):
        value = w @ w
        w *= 2
        return value, w

    assert set(kinds(fn)) >= {"point changed", "gradient is the point"}


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_not_finite(bad):
    assert kinds(lambda w: (bad, 2 * w)) == ["not finite"]
    assert kinds(lambda w: (w @ w, np.array([1.0, bad, 0.0]))) == ["not finite"]


def test_shape():
    assert kinds(lambda w: (w @ w, 2 * w[:2])) == ["wrong shape"]
    report = taut.check_gradient(lambda W: (float((W * W).sum()), 2 * W.T), np.ones((2, 3)))
    assert report.findings[0].kind == "wrong shape"
    assert "transpose" in report.findings[0].cure


def test_types():
    assert kinds(lambda w: (w @ w, (2 * w).astype(int)))[0] == "integer gradient"
    assert kinds(lambda w: (w @ w, 2j * w)) == ["not a number"]
    assert kinds(lambda w: (w, 2 * w)) == ["not a number"]
    assert kinds(lambda w: (complex(w @ w), 2 * w)) == ["complex"]
    assert kinds(lambda w: w @ w) == ["not a pair"]


def test_an_integer_point_is_moved_by_fractions():
    assert kinds(lambda w: (float((w * w).sum()), 2.0 * w), np.array([1, 2])) == []
    assert "integer gradient" in kinds(lambda w: (float((w * w).sum()), 2 * w), np.array([1, 2]))


def test_names():
    point = {"a": np.ones(2), "b": np.ones(2)}
    assert kinds(lambda p: (p["a"] @ p["b"], {"a": p["b"]}), point) == ["wrong names"]
    assert kinds(lambda p: (p["a"] @ p["b"], p["b"]), point) == ["wrong names"]
    assert kinds(lambda p: (p["a"] @ p["b"], {"a": p["b"].copy(), "b": p["a"].copy(), "c": 1}), point) == []


@pytest.mark.parametrize("point", [np.array([]), np.array([np.nan]), {"a": np.array([])}, {}])
def test_points_that_are_refused(point):
    with pytest.raises(ValueError, match="point"):
        taut.check_gradient(lambda w: (0.0, w), point)


def test_options_that_are_refused():
    with pytest.raises(TypeError, match="real numbers"):
        taut.check_gradient(lambda w: (0.0, w), np.array(["a"]))
    with pytest.raises(ValueError, match="directions"):
        taut.check_gradient(lambda w: (0.0, w), np.ones(1), directions=0)
    with pytest.raises(ValueError, match="random_state"):
        taut.check_gradient(lambda w: (0.0, w), np.ones(1), random_state=-1)


def test_scalars_and_singletons():
    assert taut.check_gradient(lambda w: (float(w**2), 2 * w), np.array(3.0)).verdict == "ok"
    assert taut.check_gradient(lambda w: (w[0] ** 2, [2 * w[0]]), [3.0]).verdict == "ok"
    wrong = taut.check_gradient(lambda w: (float(w**2), 3 * w), np.array(3.0))
    assert wrong.verdict == "bug"
    assert wrong.outside[0].index == ()
    assert "W: given 9" in str(wrong)


def test_a_known_problem_that_returns_no_pair():
    problem = KnownProblem(lambda W, X, y, reg: None, np.eye(3), np.array([0, 1, 0]), 0.1, "hinge")
    report = taut.check_gradient(problem, np.ones((3, 2)))
    assert [finding.kind for finding in report.findings] == ["not a pair"]


def test_half_precision_is_called_by_its_name():
    def cut(w):
        w = w.astype(np.float16)
        return (w * w).sum(), 2 * w

    report = taut.check_gradient(cut, np.array([1.5, -0.25], dtype=np.float16))
    assert any("float16" in note for note in report.notes)
