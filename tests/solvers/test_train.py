"""The training loop: what is kept, when it ends, and what an interruption leaves."""

import math

import numpy as np
import pytest

import taut
from taut.losses import make_loss
from taut.matrix import as_matrix
from taut.models import TwoLayer
from taut.objective import NetRisk
from taut.solvers import SGD, Adam, GeneralSolver, Iterate, LimitedMemory, Patience, Status, train


def problem(seed=0, n=60, l2=0.01):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(n, 3)), rng.integers(0, 3, n)
    X[:, 0] += 2 * y
    model = TwoLayer(3, 6, 3)
    return NetRisk(as_matrix(X), y, make_loss("softmax"), model, l2), model.drawn(np.random.RandomState(seed))


class Script(GeneralSolver):
    """Plays losses; theta counts the passes."""

    def __init__(self, *losses):
        self.losses = losses

    def iterates(self, risk, theta):
        for i, loss in enumerate(self.losses):
            if loss is KeyboardInterrupt:
                raise KeyboardInterrupt
            yield Iterate(np.full(2, i + 1.0), loss, None, i + 1, risk.loss, 0.5)


class Costs:
    """The risk of a script: its points cost what it says, and the start costs 3."""

    start, loss = 3.0, make_loss("softmax")

    def __init__(self, losses):
        self.losses = losses

    def penalty(self, theta):
        return 0.0

    def value(self, theta):
        return self.losses[int(theta[0]) - 1] if theta[0] else self.start


def play(*losses, patience=3, tol=0.0, max_iter=100, scores=None):
    risk = Costs(losses)
    score = None if scores is None else lambda theta: scores[int(theta[0]) - 1]
    return train(Script(*losses), risk, np.zeros(2), Patience(max_iter, patience, tol), validation_score=score)


def test_the_lowest_loss_is_kept_and_patience_counts_from_the_last_gain():
    found = play(3.0, 1.0, 2.0, 1.5, 1.2, 0.1)
    assert found.status is Status.SETTLED
    assert found.theta.tolist() == [2.0, 2.0]
    assert found.best.loss == 1.0
    assert (found.passes, len(found.history)) == (5, 5)


def test_a_gain_below_tol_is_none_yet_the_better_point_is_kept():
    found = play(3.0, 2.99, 2.98, 2.97, 0.0, tol=0.1)
    assert found.status is Status.SETTLED
    assert found.passes == 4
    assert found.best.loss == 2.97


def test_scores_on_rows_held_out_decide_where_there_are_some():
    found = play(3.0, 2.0, 1.0, 0.5, 0.4, scores=[0.1, 0.9, 0.8, 0.9, 0.7])
    assert found.status is Status.SETTLED
    assert found.best.validation_score == 0.9
    assert found.theta.tolist() == [2.0, 2.0]


def test_passes_that_are_used_up():
    assert play(3.0, 2.0, 1.0, max_iter=2).status is Status.MAX_ITER


def test_a_solver_that_has_nothing_left():
    found = play(3.0, 2.0)
    assert found.status is Status.STALLED
    assert found.best.loss == 2.0


@pytest.mark.parametrize("bad", [math.nan, math.inf, 1e9])
def test_divergence_keeps_what_was_good(bad):
    found = play(3.0, 2.0, 2.5, bad)
    assert found.status is Status.DIVERGED
    assert found.theta.tolist() == [2.0, 2.0]
    assert found.history[-1].step == 0.5


def test_divergence_at_once_keeps_the_start():
    found = play(math.nan)
    assert found.status is Status.DIVERGED
    assert found.theta.tolist() == [0.0, 0.0]
    assert found.best is None


def test_an_interruption_keeps_the_best():
    found = play(3.0, 1.0, 2.0, KeyboardInterrupt)
    assert found.status is Status.INTERRUPTED
    assert found.theta.tolist() == [2.0, 2.0]


def test_an_interruption_inside_a_batch():
    """Raised while theta moves: the point of the last whole pass is untouched."""
    risk, theta = problem()
    calls, points = [], []

    class Impatient(SGD):
        def rule(self, theta):
            move = super().rule(theta)

            def update(*arguments):
                calls.append(1)
                if len(calls) == 10:
                    raise KeyboardInterrupt
                move(*arguments)

            return update

    def score(theta):
        points.append(theta.copy())
        return float(len(points))

    found = train(Impatient(0.1, batch_size=15), risk, theta, Patience(100, 10, 0.0), validation_score=score)
    assert found.status is Status.INTERRUPTED
    assert found.passes == 2
    np.testing.assert_array_equal(found.theta, points[-1])


def test_those_who_watch_are_told():
    seen = []
    with taut.watch(seen.append):
        play(3.0, 1.0, 2.0)
    assert [trace.value for trace in seen] == [3.0, 1.0, 2.0]
    assert [trace.primal for trace in seen] == [3.0, 1.0, 1.0]
    assert all(math.isnan(trace.gap) for trace in seen)


@pytest.mark.parametrize("solver", [SGD(0.1, batch_size=20, momentum=0.5), Adam(0.05, batch_size=20), LimitedMemory()])
def test_every_solver_learns(solver):
    risk, theta = problem()
    found = train(solver, risk, theta, Patience(100, 20, 1e-6))
    assert risk.value(found.theta.astype(float)) < 0.5 * risk.value(theta)


def test_quasi_newton_ends_where_the_gradient_vanishes():
    risk, theta = problem(l2=0.1)
    found = train(LimitedMemory(), risk, theta, Patience(5000, 200, 0.0))
    gradient = risk.value_and_gradient(found.theta)[1]
    assert np.linalg.norm(gradient) < 1e-6
    values = np.array([epoch.loss for epoch in found.history])
    assert (np.diff(values) <= 1e-15 * values[1:]).all()


def test_a_step_far_too_long_is_said():
    risk, theta = problem()
    found = train(SGD(1e6, batch_size=10), risk, theta, Patience(100, 10, 0.0))
    assert found.status is Status.DIVERGED
    assert found.history[-1].step == 1e6
    assert np.isfinite(found.theta).all()
