"""Correct gradients are never accused: on kinks, near kinks, at odd scales, in both types."""

import numpy as np
import pytest

import taut
from check.problems import KINDS, LOSSES, problems
from strategies import problems as own_problems
from taut.losses import LOSSES as OWN_LOSSES
from taut.models import Linear
from taut.objective import Risk

FINE = ("ok", "ok_at_kink", "unresolved")


@pytest.mark.parametrize("claimed", [True, None])
@pytest.mark.parametrize("loss", LOSSES)
def test_no_correct_gradient_is_called_a_bug(loss, claimed):
    seen = set()
    for p in problems(7 if claimed else 8, 2 * len(KINDS), losses=(loss,)):
        convex = True if p.convex and claimed else None
        report = taut.check_gradient(p.fn, p.point, convex=convex)
        assert report.verdict in FINE, f"{p.kind} {p.X.dtype}\n{report}"
        seen.add(report.verdict)
    assert "ok" in seen


def test_most_correct_gradients_are_resolved():
    verdicts = [taut.check_gradient(p.fn, p.point).verdict for p in problems(9, 70, dtypes=(np.float64,))]
    assert verdicts.count("unresolved") <= 1


@pytest.mark.parametrize("wrt", ["W", "X", "scores"])
@pytest.mark.parametrize("loss", sorted(OWN_LOSSES))
def test_taut_s_own_gradients_pass(loss, wrt):
    for p in own_problems(3, 14):
        options = p.options

        def fn(point, p=p, options=options):
            if wrt == "scores":
                rest = {"margin": options["margin"], "sample_weight": options["sample_weight"]}
                return taut.loss_and_gradient(None, point, p.y, loss=loss, wrt="scores", **rest)
            W, X = (point, p.X) if wrt == "W" else (p.W, point)
            return taut.loss_and_gradient(W, X, p.y, loss=loss, wrt=wrt, **options)

        point = {"W": p.W, "X": p.X, "scores": p.X @ p.W}[wrt]
        report = taut.check_gradient(fn, point, convex=True)
        assert report.verdict in FINE[:2], f"{p.kind}\n{report}"


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("loss", sorted(OWN_LOSSES))
def test_taut_s_own_risks_pass(loss, dtype):
    for p in own_problems(4, 14):
        risk = _risk(p.cast(dtype), loss)
        theta = np.concatenate([p.W.ravel(), np.linspace(-1, 1, p.k)])
        report = taut.check_gradient(risk, theta)
        assert report.verdict in FINE[:2], f"{p.kind}\n{report}"
        assert "guaranteed" in report.method
        assert not any("ignored" in note for note in report.notes), report.notes


def test_a_risk_may_be_sparse():
    from scipy import sparse

    p = next(own_problems(5, 1))
    X = sparse.csr_array(np.where(np.abs(p.X) > 0.3, p.X, 0.0))
    risk = Risk(taut.as_matrix(X), p.y, OWN_LOSSES["hinge"](), Linear(p.d, p.k, intercept=False), 0.1)
    assert taut.check_gradient(risk, p.W.ravel()).verdict in FINE[:2]


def _risk(p, loss):
    made = OWN_LOSSES[loss](margin=p.margin)
    return Risk(taut.as_matrix(p.X), p.y, made, Linear(p.d, p.k), p.l2, p.weights)


@pytest.mark.parametrize("strict", [True, False])
def test_either_comparison_at_a_tie_is_right(strict):
    def hinge(w):
        m = w[0] - w[1]
        return max(0.0, m), (m > 0 if strict else m >= 0) * np.array([1.0, -1.0])

    for convex in (True, None):
        assert taut.check_gradient(hinge, np.ones(2), convex=convex).verdict == "ok_at_kink"


def test_any_share_of_a_tied_pair_is_right():
    for share in (0.0, 0.3, 1.0):
        report = taut.check_gradient(lambda w, s=share: (abs(w[0]), np.sign(w) if w[0] else np.array([s])), np.zeros(1))
        assert report.verdict == "ok_at_kink", share
