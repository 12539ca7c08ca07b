"""Runs: every solver to the same optimum, and every way in which a run can end."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import sparse

import strategies
from reference.optimum import objective, optimum
from taut.losses import make_loss
from taut.matrix import as_matrix
from taut.models import Linear
from taut.objective import Risk
from taut.solvers import SGD, DualAscent, GradientDescent, Newton, QuasiNewton, Status, Stop, run, watch

SMOOTH = tuple(n for n in strategies.LOSSES if n not in strategies.KINKED)


def blobs(seed=0, n=60, d=3, k=3):
    return strategies.clusters(seed, n, d, k)


def risk_of(X, y, name, l2=0.1, *, intercept=True, weights=None, margin=1.0, k=None):
    k = k or int(y.max()) + 1
    return Risk(as_matrix(X), y, make_loss(name, margin=margin), Linear(X.shape[1], k, intercept), l2, weights)


def solve(risk, solver=None, tol=1e-6, max_iter=3000, theta=None):
    theta = np.zeros(risk.model.size) if theta is None else theta
    return run(solver or QuasiNewton(), risk, theta, Stop(tol, max_iter))


SOLVERS = {
    "newton": Newton(),
    "quasi_newton": QuasiNewton(),
    "quasi_newton_short_memory": QuasiNewton(memory=2),
    "descent_searched": GradientDescent(),
    "descent_fixed": GradientDescent(learning_rate=0.05),
    "descent_momentum": GradientDescent(learning_rate=0.02, momentum=0.8),
    "sgd": SGD(learning_rate=0.2, decay=0.97, batch_size=10),
}


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("name", SMOOTH)
def test_every_solver_reaches_the_optimum(name, solver):
    X, y = blobs()
    task = strategies.Task(X, y, 3, 1.0, 0.1, None, intercept=True)
    best, theta = optimum(name, task)
    # a step decays to nothing: SGD comes near, the others arrive
    tol = 1e-3 if solver == "sgd" else 1e-7
    solution = solve(risk_of(X, y, name), SOLVERS[solver], tol=tol)
    assert solution.status is Status.CONVERGED
    assert solution.certificate.gap <= tol
    assert solution.certificate.primal == pytest.approx(best, rel=2 * tol)
    assert solution.certificate.dual - 1e-9 <= best <= solution.certificate.primal + 1e-9
    W, other = solution.theta[:9], theta[:9]
    np.testing.assert_allclose(W, other, atol=5 * math.sqrt(tol))


@pytest.mark.parametrize("name", strategies.KINKED)
def test_kinked_losses(name):
    """Quasi-Newton arrives; the others come near, and say how near."""
    X, y = blobs()
    best, _ = optimum(name, strategies.Task(X, y, 3, 1.0, 0.1, None, intercept=True))
    risk = risk_of(X, y, name)
    solution = solve(risk, tol=1e-6)
    assert solution.status is Status.CONVERGED
    for solver in (GradientDescent(learning_rate=0.3, decay=0.98), SGD(0.1, decay=0.98, batch_size=10)):
        solution = solve(risk, solver, tol=1e-9, max_iter=300)
        found = solution.certificate
        assert found.dual - 1e-9 <= best <= found.primal + 1e-9
        assert found.gap <= 1.0
        assert found.primal <= best * 1.02


def test_converged_means_the_gap():
    X, y = blobs()
    for tol in (1e-1, 1e-3, 1e-5):
        solution = solve(risk_of(X, y, "softmax"), tol=tol)
        assert solution.status is Status.CONVERGED
        assert solution.certificate.gap <= tol
        again = risk_of(X, y, "softmax").certificate(solution.theta)
        assert again.primal == pytest.approx(solution.certificate.primal, rel=1e-15)


@pytest.mark.parametrize("solver", [QuasiNewton(), GradientDescent(), GradientDescent(0.001), SGD(0.001)])
def test_max_iter(solver):
    X, y = blobs()
    solution = solve(risk_of(X, y, "softmax", 1e-4), solver, tol=1e-14, max_iter=3)
    assert solution.status is Status.MAX_ITER
    assert solution.passes >= 3
    assert 1e-14 < solution.certificate.gap < math.inf
    assert solution.history[-1].passes == solution.passes


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("solver", [GradientDescent(1e6), SGD(1e6, batch_size=7), GradientDescent(1e300), SGD(1e300)])
@pytest.mark.parametrize("name", strategies.LOSSES)
def test_diverged(name, solver, dtype):
    """The start is kept, and the numbers stay finite."""
    X, y = blobs()
    risk = risk_of(X.astype(dtype), y, name)
    solution = solve(risk, solver)
    assert solution.status is Status.DIVERGED
    assert np.isfinite(solution.theta).all()
    found = solution.certificate
    assert math.isfinite(found.primal)
    assert math.isfinite(found.dual)
    assert found.primal <= risk.certificate(np.zeros(risk.model.size)).primal
    assert found.gap > 1e-3


@pytest.mark.parametrize("name", strategies.LOSSES)
@pytest.mark.parametrize("solver", [QuasiNewton(), GradientDescent(), GradientDescent(0.1), SGD()])
def test_nan_is_divergence_not_convergence(name, solver):
    X, y = blobs()
    X[5, 1] = np.nan
    solution = solve(risk_of(X, y, name), solver)
    assert solution.status is Status.DIVERGED
    assert solution.certificate.gap == math.inf
    assert not math.isfinite(solution.certificate.primal)
    np.testing.assert_array_equal(solution.theta, 0.0)


@pytest.mark.parametrize("name", SMOOTH)
def test_stalled(name):
    """A tolerance that nothing reaches: no further step helps, and the run ends by itself."""
    X, y = blobs(1)
    solution = solve(risk_of(X, y, name), tol=-1.0, max_iter=3000)
    assert solution.certificate.gap <= 1e-9
    assert solution.status is Status.STALLED


@pytest.mark.parametrize("name", strategies.KINKED)
def test_stalled_kinked(name):
    X, y = blobs(1)
    solution = solve(risk_of(X, y, name), Newton(), tol=-1.0, max_iter=20_000)
    assert solution.certificate.gap <= 1e-8
    assert solution.status is Status.STALLED  # nothing changed in the last thousands of passes


@pytest.mark.parametrize("after", [1, 3])
@pytest.mark.parametrize(
    "solver",
    [QuasiNewton(), GradientDescent(), GradientDescent(0.01), SGD(0.01)],
    ids=["qn", "gd", "fixed", "sgd"],
)
@pytest.mark.parametrize("name", strategies.LOSSES)
def test_interrupted(name, solver, after):
    X, y = blobs()
    risk = risk_of(X, y, name, 1e-3)
    seen = []

    def watcher(trace):
        seen.append(trace)
        if len(seen) == after:
            raise KeyboardInterrupt

    with watch(watcher):
        solution = solve(risk, solver, tol=-1.0)
    assert solution.status is Status.INTERRUPTED
    assert len(seen) == after
    assert solution.history == tuple(seen)
    found = solution.certificate
    assert math.isfinite(found.primal)
    assert math.isfinite(found.dual)
    assert math.isfinite(found.gap)
    best = optimum(name, strategies.Task(X, y, 3, 1.0, 1e-3, None, intercept=True))[0]
    assert found.dual - 1e-9 <= best <= found.primal + 1e-9
    if not isinstance(solver, SGD):
        assert found.primal <= risk.certificate(np.zeros(risk.model.size)).primal
    again = risk.certificate(solution.theta)
    assert again.primal == pytest.approx(found.primal, rel=1e-14)


def test_watchers_come_and_go():
    X, y = blobs()
    first, second = [], []
    with watch(first.append):
        with watch(second.append):
            solution = solve(risk_of(X, y, "softmax"))
        again = solve(risk_of(X, y, "softmax"))
    solve(risk_of(X, y, "softmax"))
    assert tuple(second) == solution.history
    assert tuple(first) == solution.history + again.history


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("name", strategies.LOSSES)
def test_history(name, solver):
    X, y = blobs()
    solution = solve(risk_of(X, y, name), SOLVERS[solver], tol=1e-5, max_iter=60)
    passes = [t.passes for t in solution.history]
    assert passes[0] > 0
    assert all(a < b for a, b in pairwise(passes)), passes
    seconds = [t.seconds for t in solution.history]
    assert seconds == sorted(seconds)
    gaps = [t.gap for t in solution.history if not math.isnan(t.gap)]
    assert gaps
    assert all(later <= earlier for earlier, later in pairwise(gaps))  # of the best so far
    assert solution.certificate.gap <= gaps[-1]
    for t in solution.history:
        assert math.isfinite(t.value)
        assert math.isnan(t.gradient_norm) == (solver == "sgd")


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_history_values_are_objectives(name):
    """Gradient descent works on the objective itself: its first value is P at the start, and it falls."""
    X, y = blobs()
    risk = risk_of(X, y, name)
    solution = solve(risk, GradientDescent(), max_iter=30)
    values = [t.value for t in solution.history]
    task = strategies.Task(X, y, 3, 1.0, 0.1, None, intercept=True)
    assert values[0] == pytest.approx(objective(name, task, np.zeros(risk.model.size)), rel=1e-14)
    assert all(b <= a for a, b in pairwise(values))


def test_fixed_descent_is_the_textbook_s():
    """θ ← θ − step ∇P, with decay and momentum, step by step."""
    X, y = blobs()
    risk = risk_of(X, y, "softmax")
    for decay, momentum in ((1.0, 0.0), (0.9, 0.0), (0.9, 0.7)):
        theta, velocity, step = np.zeros(12), np.zeros(12), 0.3
        want = []
        for _ in range(6):
            value, gradient = risk.value_and_gradient(theta)
            want.append(value)
            velocity = momentum * velocity - step * gradient
            theta = theta + velocity
            step *= decay
        solution = solve(risk, GradientDescent(0.3, decay, momentum), tol=0.0, max_iter=6)
        np.testing.assert_allclose([t.value for t in solution.history], want, rtol=1e-13)


def test_sgd_of_one_batch_is_gradient_descent():
    X, y = blobs()
    risk = risk_of(X, y, "softmax")
    one = solve(risk, SGD(0.3, batch_size=1000), tol=0.0, max_iter=5)
    theta = np.zeros(12)
    for _ in range(5):
        theta = theta - 0.3 * risk.value_and_gradient(theta)[1]
    np.testing.assert_allclose(one.theta, theta, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("kind", ["dense", "sparse", "float32"])
@pytest.mark.parametrize("name", strategies.LOSSES)
def test_sgd_repeats_by_seed(name, kind):
    X, y = blobs()
    X = {"dense": X, "sparse": sparse.csr_array(X), "float32": X.astype(np.float32)}[kind]
    weights = np.random.default_rng(2).uniform(0, 2, 60)
    risk = risk_of(X, y, name, weights=weights)
    solver = [SGD(0.05, batch_size=7, momentum=0.5, seed=s) for s in (0, 0, 1)]
    one, two, other = (solve(risk, s, tol=0.0, max_iter=4) for s in solver)
    np.testing.assert_array_equal(one.theta, two.theta)
    assert [t.value for t in one.history] == [t.value for t in two.history]
    assert (one.theta != other.theta).any()


def test_sgd_does_not_touch_numpy_s_own_generator():
    X, y = blobs()
    np.random.seed(5)  # noqa: NPY002 - the state that must stay
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    solve(risk_of(X, y, "hinge"), SGD(0.05), max_iter=2)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_sgd_visits_every_row_once_an_epoch():
    """Least squares with one column a row: after one epoch of steps 1 from 0 every row is fitted once."""
    n = 13
    risk = Risk(as_matrix(np.eye(n)), np.zeros(n, dtype=int), make_loss("squared"), Linear(n, 1, intercept=False), 0.0)
    solution = solve(risk, SGD(0.25, batch_size=4), tol=0.0, max_iter=1)
    # a batch of b rows has step 0.25 / b on each of its rows: three batches of 4, one of 1
    values, counts = np.unique(np.round(solution.theta, 12), return_counts=True)
    assert values.tolist() == [0.0625, 0.25]
    assert counts.tolist() == [12, 1]


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_the_default_step_of_sgd_does_not_diverge(name):
    for scale in (1e-2, 1.0, 30.0):
        X, y = blobs()
        risk = risk_of(X * scale, y, name)
        solution = solve(risk, SGD(decay=0.9), tol=1e-3, max_iter=60)
        assert solution.status is not Status.DIVERGED
        assert solution.certificate.primal <= 1.001 * risk.certificate(np.zeros(risk.model.size)).primal


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_weights_are_repetitions(name):
    X, y = blobs(3, n=24)
    s = np.random.default_rng(3).integers(0, 4, 24)
    s[:3] = 1
    one = solve(risk_of(X, y, name, weights=s.astype(float)), tol=1e-6)
    many = solve(risk_of(np.repeat(X, s, axis=0), np.repeat(y, s), name, k=3), tol=1e-6)
    assert one.certificate.primal == pytest.approx(many.certificate.primal, rel=2e-6)
    # strong convexity: l2/2 |W − W*|² ≤ P − min P
    far = math.sqrt(2 * 2e-6 * many.certificate.primal / 0.1)
    assert np.linalg.norm(one.theta[:9] - many.theta[:9]) <= 2 * far


@pytest.mark.parametrize("name", SMOOTH)
def test_weights_are_repetitions_to_1e_6(name):
    X, y = blobs(3, n=24)
    s = np.random.default_rng(3).integers(0, 4, 24)
    s[:3] = 1
    one = solve(risk_of(X, y, name, weights=s.astype(float)), tol=1e-14)
    many = solve(risk_of(np.repeat(X, s, axis=0), np.repeat(y, s), name, k=3), tol=1e-14)
    np.testing.assert_allclose(one.theta[:9], many.theta[:9], atol=1e-6)


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_rows_without_weight_have_no_influence(name):
    """Even rows far away; they may change the path, not the optimum."""
    X, y = blobs(4, n=24)
    rng = np.random.default_rng(4)
    weights = np.concatenate([np.ones(24), np.zeros(6)])
    far_X, far_y = np.vstack([X, 50 * rng.normal(size=(6, 3))]), np.concatenate([y, rng.integers(0, 3, 6)])
    without = solve(risk_of(X, y, name), tol=1e-6)
    with_ = solve(risk_of(far_X, far_y, name, weights=weights), tol=1e-6)
    assert with_.status is Status.CONVERGED
    assert with_.certificate.primal == pytest.approx(without.certificate.primal, rel=2e-6)
    assert with_.certificate.dual <= without.certificate.primal + 1e-12


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_only_the_proportion_of_weights_counts(name):
    X, y = blobs(5, n=30)
    s = np.random.default_rng(5).uniform(0.5, 2, 30)
    small, large = (solve(risk_of(X, y, name, weights=c * s), tol=1e-6) for c in (1e-6, 1e6))
    assert small.status is large.status is Status.CONVERGED
    assert small.certificate.primal == pytest.approx(large.certificate.primal, rel=2e-6)


@pytest.mark.parametrize("solver", [QuasiNewton(), GradientDescent(), GradientDescent(0.05), GradientDescent(1e3)])
@pytest.mark.parametrize("name", strategies.LOSSES)
def test_never_worse_than_the_start(name, solver):
    rng = np.random.default_rng(6)
    for seed in range(4):
        X, y = blobs(seed, n=20)
        risk = risk_of(X, y, name, 0.05)
        start = rng.normal(size=risk.model.size) * rng.choice([0.1, 3.0])
        kept = start.copy()
        solution = solve(risk, solver, max_iter=7, theta=start)
        np.testing.assert_array_equal(start, kept)
        assert solution.certificate.primal <= risk.value_and_gradient(start)[0] * (1 + 1e-14)
        assert risk.value_and_gradient(solution.theta)[0] == pytest.approx(solution.certificate.primal, rel=1e-14)


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_starting_at_the_optimum(name):
    X, y = blobs()
    risk = risk_of(X, y, name)
    first = solve(risk, tol=1e-6)
    again = solve(risk, tol=1e-5, theta=first.theta)
    assert again.status is Status.CONVERGED
    assert again.certificate.primal <= first.certificate.primal * (1 + 1e-12)


@pytest.mark.parametrize("factor", [1e6, 1e-6])
@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("name", strategies.LOSSES)
def test_one_column_in_other_units(name, intercept, factor):
    """Metres or micrometres: quasi-Newton certifies all the same."""
    X, y = blobs(7, n=80, d=4)
    X[:, 2] *= factor
    solution = solve(risk_of(X, y, name, 1e-2, intercept=intercept), tol=1e-4)
    assert solution.status is Status.CONVERGED
    best, _ = optimum(name, strategies.Task(X, y, 3, 1.0, 1e-2, None, intercept)) if name in ("squared",) else (None, 0)
    if best is not None:
        assert solution.certificate.dual - 1e-9 <= best <= solution.certificate.primal + 1e-9


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_a_column_far_from_zero(name):
    """Years: a free intercept beside a column of 2000 ± 10."""
    X, y = blobs(8, n=80, d=2)
    X = np.column_stack([X, 2000 + 10 * X[:, 0]])
    solution = solve(risk_of(X, y, name, 1e-2), tol=1e-3)
    assert solution.status is Status.CONVERGED


@pytest.mark.parametrize("shape", [(60, 300), (500, 15)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("name", strategies.LOSSES)
def test_narrow_types_with_dependent_columns(name, dtype, shape):
    """Pixels, fewer rows than columns, or columns twice: their second moment is singular but for rounding."""
    rng = np.random.default_rng(9)
    X = rng.integers(0, 256, size=shape).astype(dtype)
    if shape[1] == 15:
        X[:, 10:] = X[:, :5]
    y = rng.integers(0, 3, shape[0])
    solution = solve(risk_of(X, y, name, 100.0), tol=1e-2)
    assert solution.status is Status.CONVERGED
    little = solve(risk_of(X, y, name, 1e-4), tol=1e-2, max_iter=20)
    assert math.isfinite(little.certificate.gap)
    assert little.certificate.primal <= risk_of(X, y, name).start * (1 + 1e-6)


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_fewer_rows_than_columns_and_little_penalty(name):
    """All rows can be fitted: an optimum of 1e-7 beside a start of 1 is certified too."""
    rng = np.random.default_rng(9)
    X, y = rng.integers(0, 256, size=(60, 300)).astype(float), rng.integers(0, 3, 60)
    # The solver that "auto" takes: quasi-Newton needs Newton's exact model here, but for softmax.
    solver = DualAscent() if name in strategies.KINKED else QuasiNewton() if name == "softmax" else Newton()
    solution = solve(risk_of(X, y, name, 1e-2), solver, tol=1e-2, max_iter=1500)
    assert solution.certificate.gap <= 1e-2


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_more_columns_than_are_factored(name):
    """Beyond 1500 columns the preconditioner is a diagonal."""
    rng = np.random.default_rng(10)
    X = sparse.random_array((80, 1600), density=0.02, rng=rng, format="csr")
    y = rng.integers(0, 3, 80)
    solution = solve(risk_of(X, y, name, 1e-2), tol=1e-3)
    assert solution.status is Status.CONVERGED


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_dense_and_sparse_runs_agree(name):
    X, y = blobs(11)
    X[np.abs(X) < 0.5] = 0.0
    dense, thin = solve(risk_of(X, y, name)), solve(risk_of(sparse.csr_array(X), y, name))
    assert dense.status is thin.status is Status.CONVERGED
    assert dense.certificate.primal == pytest.approx(thin.certificate.primal, rel=2e-6)


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_runs_repeat_to_the_bit(name):
    X, y = blobs(12)
    one, two = (solve(risk_of(X, y, name)) for _ in range(2))
    np.testing.assert_array_equal(one.theta, two.theta)
    assert one.certificate.dual == two.certificate.dual


def test_margin_zero():
    """W = 0 has loss 0 for the hinges: nothing to do, certified at once."""
    X, y = blobs()
    for name in ("hinge", "squared_hinge", "crammer_singer"):
        solution = solve(risk_of(X, y, name, margin=0.0))
        assert solution.status is Status.CONVERGED
        assert solution.certificate.primal == 0.0
        assert solution.certificate.gap == 0.0
        warm = solve(risk_of(X, y, name, margin=0.0), theta=np.ones(12), tol=1e-3)
        assert warm.certificate.primal <= 1e-3
