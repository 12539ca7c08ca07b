"""Fits of the estimator between a general solver's optimum and a dual value written out: all small problems."""

import numpy as np
import pytest

import strategies
import taut
from reference.enclosure import KINDS, judge, trials
from taut.losses import make_loss

PAIRS = [(name, "auto") for name in strategies.LOSSES] + [(name, "dual_ascent") for name in strategies.KINKED]


@pytest.mark.parametrize(("name", "solver"), PAIRS)
def test_agreement(name, solver):
    rounds = 6 if solver == "dual_ascent" else 3
    for i, trial in enumerate(trials(7, rounds * len(KINDS))):
        judged = judge(name, trial, tol=1e-7, solver=solver)
        where = f"{i} {trial.kind}: {judged.model.report_}"
        assert judged.encloses, where
        assert abs(judged.difference) <= 1e-6, where
        assert judged.model.report_.certified, where
        assert not judged.warned


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_the_judge_can_refuse(name):
    """A bound that is too high, a primal value that is not the weights', and rows outside the dual set."""
    for trial in trials(8, 6):
        judged = judge(name, trial, tol=1e-7)
        model = judged.model
        lowest, highest = model.dual_, model.primal_
        model.dual_ = lowest + 1e-6
        assert not judged.encloses
        model.dual_, model.primal_ = lowest, highest - 1e-6
        assert not judged.encloses


@pytest.mark.parametrize("name", strategies.KINKED)
@pytest.mark.parametrize("size", [1e-2, 1e-4, 1e-8])
def test_small_columns_beside_a_free_intercept(name, size):
    """Only the intercept has far to move; few rounds of its multiplier must do, or every share rests at its bound."""
    X, y = strategies.clusters(9, 90, 3, 3)
    y = np.where(y == 2, np.arange(90) % 2, y)  # classes of unequal size
    y[:9] = 2
    fit = taut.LinearClassifier(name, l2=1.0, tol=1e-6, solver="dual_ascent", max_iter=200)
    assert fit.fit(size * X, y).report_.certified, str(fit.report_)
    rounded = make_loss(name).rows(size * X @ fit.coef_.T + fit.intercept_, y)[0].mean() + 0.5 * (fit.coef_**2).sum()
    assert fit.primal_ == pytest.approx(rounded, rel=1e-12)


def test_the_optimum_at_the_end_of_an_ascent_is_returned():
    """W = 0 is optimal here and every row is at a kink: the mixture of earlier weights must give way to it."""
    X = np.array([[-0.20210189], [0.32184937], [-1.05183008], [-0.72029172], [-1.2824317]])
    for seed in range(5):
        fit = taut.LinearClassifier(l2=0.1, margin=0.5, tol=1e-7, solver="dual_ascent", random_state=seed)
        fit.fit(X, [1, 0, 0, 2, 0])
        assert fit.report_.certified, str(fit.report_)
        assert fit.primal_ == pytest.approx(0.6, rel=1e-7)
