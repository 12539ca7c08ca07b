"""A slice of benchmarks/gradient_mutants.py: the whole checker detects mutants and names them; right code passes."""

import pytest

import taut
from mutants.every import FAMILIES, problem
from mutants.trial import Score, check
from taut.check._known import KnownProblem

SLICE = 4
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
