"""The kit's table of wrong formulas against mutants written by hand: what it names, and what it leaves alone."""

from collections import Counter

import numpy as np
import pytest

from mutants.every import FAMILIES, problem
from mutants.trial import ENOUGH, name_by_kit
from taut.check._formulas import kinds
from taut.check._known import KnownProblem, known_value_findings, matching_formulas

FEWEST = {"hinge": 37, "softmax": 37}


@pytest.mark.parametrize("loss", FAMILIES)
def test_there_are_enough(loss):
    names = [mutant.name for mutant in FAMILIES[loss].mutants]
    assert len(set(names)) == len(names) >= FEWEST.get(loss, 20)
    assert len(kinds(loss)) >= FEWEST.get(loss, 37)


def named(mutants, problems, loss):
    """How often the kit named mutants, and the lists in which it did not."""
    lists = Counter()
    for mutant in mutants:
        for at in problems:
            listed = name_by_kit(mutant, at, loss=loss)
            if listed is not None:
                good = bool(listed & set(mutant.kinds)) and len(listed) <= ENOUGH
                lists["named" if good else (mutant.name, tuple(sorted(listed)))] += 1
    return lists


@pytest.mark.parametrize("loss", FAMILIES)
def test_mutants_are_named(loss):
    """At least 95 % within 3 points, half of them on exact kinks."""
    lists = named(FAMILIES[loss].mutants, (problem(0), problem(1)), loss)
    assert lists["named"] >= 0.95 * lists.total(), lists


@pytest.mark.parametrize("loss", FAMILIES)
def test_mutants_of_a_loss_that_is_recognised_are_named(loss):
    lists = named(FAMILIES[loss].mutants[::5], (problem(2), problem(3)), None)
    assert lists["named"] >= 0.95 * lists.total(), lists


@pytest.mark.parametrize("loss", FAMILIES)
def test_mutants_are_named_in_float32(loss):
    lists = named(FAMILIES[loss].mutants[1::5], (problem(4, np.float32), problem(5, np.float32)), loss)
    assert lists["named"] >= 0.95 * lists.total(), lists


def shares_at_ties(W, X, y, reg, share):
    """The hinge with any share at pairs whose margin is exactly zero."""
    rows = np.arange(len(y))
    S = X @ W
    M = S - S[rows, y][:, None] + 1
    A = np.where(M > 0, 1.0, np.where(M == 0, share, 0.0))
    A[rows, y] = 0
    A[rows, y] = -A.sum(axis=1)
    return FAMILIES["hinge"].value(W, X, y, reg), X.T @ A / len(y) + 2 * reg * W


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("loss", FAMILIES)
def test_right_gradients_match_nothing(loss, seed):
    p = problem(seed)
    right = KnownProblem(FAMILIES[loss].right, p.X, p.y, p.reg, loss if seed % 4 < 2 else None)
    for W in p.points:
        value, gradient = right(W)
        assert matching_formulas(right, W, gradient, 1e-12 * np.abs(gradient).max()) == []
        assert known_value_findings(right, W, value) == []


@pytest.mark.parametrize("share", [1.0, 0.5, 0.3, "each its own"])
@pytest.mark.parametrize("seed", range(1, 10, 2))
def test_any_choice_at_ties_is_right(share, seed):
    p = problem(seed)
    shares = np.random.default_rng(seed).uniform(size=(20, 4)) if share == "each its own" else share
    right = KnownProblem(lambda *a: shares_at_ties(*a, shares), p.X, p.y, p.reg, "hinge")
    for W in p.points:
        _, gradient = right(W)
        assert matching_formulas(right, W, gradient, 1e-12) == []
