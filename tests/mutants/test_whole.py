"""A slice of benchmarks/gradient_mutants.py: the whole checker detects mutants and names them; right code passes."""

import numpy as np
import pytest

import taut
from mutants import hygiene
from mutants.every import FAMILIES, problem
from mutants.trial import Score, check
from taut.check._known import KnownProblem

SLICE = 8
"""One mutant in so many, others for every problem."""


@pytest.mark.parametrize("loss", FAMILIES)
def test_mutants_are_detected_and_named(loss):
    total = Score()
    missed = []
    for seed in (0, 1):
        for mutant in FAMILIES[loss].mutants[seed::SLICE]:
            score = check(mutant, problem(seed))
            total.add(score)
            if score.beyond != score.beyond_detected or score.named != score.nameable:
                missed.append((mutant.name, seed, score))
    assert total.beyond_detected >= 0.99 * total.beyond, missed
    assert total.named >= 0.95 * total.nameable, missed


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("loss", FAMILIES)
def test_right_functions_are_not_accused(loss, seed):
    p = problem(seed)
    known = KnownProblem(FAMILIES[loss].right, p.X, p.y, p.reg, loss if seed < 2 else None)
    for W in p.points:
        assert taut.check_gradient(known, W).verdict in ("ok", "ok_at_kink")


@pytest.mark.parametrize("kind", hygiene.MUTANTS)
def test_faults_that_are_not_in_a_formula(kind):
    p = problem(0)
    report = taut.check_gradient(KnownProblem(hygiene.MUTANTS[kind](), p.X, p.y, p.reg, "hinge"), p.points[0].copy())
    assert report.verdict == "bug"
    assert kind.split(",")[0] in [finding.kind for finding in report.findings]


def off_by(residual):
    """The hinge with a residual added to its gradient."""

    def function(W, X, y, reg):
        value, g = FAMILIES["hinge"].right(W, X, y, reg)
        return value, g + residual(W)

    return function


def zero_sum(W):
    out = np.zeros(W.shape)
    out[1, 1], out[4, 2] = 0.01, -0.01
    return out


def orthogonal(W):
    """Orthogonal to W, in every column."""
    out = np.random.default_rng(5).standard_normal(W.shape)
    return 0.01 * (out - W * (out * W).sum(axis=0) / (W * W).sum(axis=0))


@pytest.mark.parametrize("seed", [0, 2])
@pytest.mark.parametrize("residual", [zero_sum, orthogonal])
def test_residuals_that_hide(residual, seed):
    p = problem(seed)
    known = KnownProblem(off_by(residual), p.X, p.y, p.reg, "hinge")
    assert taut.check_gradient(known, p.points[0]).verdict == "bug"


def at_ties(for_j, for_y):
    """The hinge whose tied pairs count so much in column j and so much in column y."""

    def function(W, X, y, reg):
        rows, S = np.arange(len(y)), X @ W
        M = S - S[rows, y][:, None] + 1
        M[rows, y] = -1
        A = 1.0 * (M > 0)
        A[rows, y] = -A.sum(axis=1) - for_y * (M == 0).sum(axis=1)
        A += for_j * (M == 0)
        return FAMILIES["hinge"].value(W, X, y, reg), X.T @ A / len(y) + 2 * reg * W

    return function


@pytest.mark.parametrize("seed", [1, 3])
@pytest.mark.parametrize("shares", [(2, 2), (-1, -1), (1, 0), (0, 1)])
def test_a_bug_only_at_ties_is_still_a_bug(shares, seed):
    p = problem(seed)
    known = KnownProblem(at_ties(*shares), p.X, p.y, p.reg, "hinge")
    assert taut.check_gradient(known, p.points[0]).verdict == "bug"


@pytest.mark.parametrize("seed", [1, 3])
@pytest.mark.parametrize("share", [0, 0.25, 1])
def test_a_share_between_is_no_bug(share, seed):
    p = problem(seed)
    known = KnownProblem(at_ties(share, share), p.X, p.y, p.reg, "hinge")
    assert taut.check_gradient(known, p.points[0]).verdict == "ok_at_kink"
