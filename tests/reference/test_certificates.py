"""Certificates against optima found by SciPy's general solvers: dual ≤ optimum ≤ primal, everywhere."""

import numpy as np
import pytest
from scipy import sparse

import strategies
from reference.optimum import objective, optimum
from taut.losses import make_loss
from taut.matrix import as_matrix
from taut.models import Linear
from taut.objective import Risk
from taut.solvers import QuasiNewton, Status, Stop, run

COUNT = 60
SLACK = 1e-9


def risk_of(name, task, *, dtype=np.float64, kind=np.asarray):
    model = Linear(task.d, task.k, task.intercept)
    loss = make_loss(name, margin=task.margin)
    return Risk(as_matrix(kind(task.X.astype(dtype))), task.y, loss, model, task.l2, task.weights)


def fit(risk, tol=1e-6, max_iter=5000):
    return run(QuasiNewton(), risk, np.zeros(risk.model.size), Stop(tol, max_iter))


@pytest.fixture(scope="module")
def solved():
    """Tasks with their optimum, one list a loss; made on first use."""
    kept = {}

    def get(name):
        if name not in kept:
            kept[name] = [(t, optimum(name, t)[0]) for t in strategies.tasks(900, COUNT)]
        return kept[name]

    return get


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_the_reference_itself(name, solved):
    """No random point near the reference's optimum, and none far from it, is lower."""
    rng = np.random.default_rng(901)
    for task, _ in solved(name)[:20]:
        best, theta = optimum(name, task)
        for size in (1e-6, 1e-4, 1e-2, 1.0):
            for _ in range(25):
                assert objective(name, task, theta + size * rng.normal(size=theta.size)) >= best - 1e-12


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_primal_is_the_objective(name, solved):
    rng = np.random.default_rng(902)
    for task, _ in solved(name):
        risk = risk_of(name, task)
        theta = rng.normal(size=risk.model.size)
        want = objective(name, task, theta)
        assert risk.certificate(theta).primal == pytest.approx(want, rel=1e-13)
        assert risk.value_and_gradient(theta)[0] == pytest.approx(want, rel=1e-13)


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_encloses_the_optimum_at_random_points(name, solved):
    rng = np.random.default_rng(903)
    useful = 0
    for task, best in solved(name):
        risk = risk_of(name, task)
        for size in (0.0, 0.01, 0.3, 3.0, 1e3):
            theta = size * rng.normal(size=risk.model.size)
            for loss in (risk.loss, risk.loss.rounded(0.1), risk.loss.rounded(3.0)):
                found = risk.certificate(theta, loss)
                scale = max(1.0, abs(best))
                assert found.dual - SLACK * scale <= best <= found.primal + SLACK * scale
                assert found.gap >= 0
                if np.isfinite(found.dual):
                    assert found.why == ""
                    assert found.gap == pytest.approx((found.primal - found.dual) / found.primal, rel=1e-9)
                    useful += found.gap < 1
    assert useful > 20


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_the_witness_proves_the_bound(name, solved):
    """D(a) recomputed from the witness: in the dual set, balanced, and of the value that is claimed."""
    rng = np.random.default_rng(904)
    for task, best in solved(name):
        risk = risk_of(name, task)
        found = risk.certificate(0.3 * rng.normal(size=risk.model.size), risk.loss.rounded(0.5))
        a = found.witness
        s = np.ones(task.n) if task.weights is None else task.weights
        used, S = s > 0, s.sum()
        if task.intercept:
            assert np.abs(s @ a).max() <= 1e-12 * max(1.0, np.abs(s[:, None] * a).sum())
        pulled = task.X.T @ (s[:, None] * a) / S
        conjugates = risk.loss.conjugate(a[used], task.y[used])
        value = -(s[used] @ conjugates) / S - (pulled**2).sum() / (2 * task.l2)
        assert found.dual == pytest.approx(value, rel=1e-10, abs=1e-12)
        assert value <= best + SLACK


def shortfalls(name, tasks, tol, *, dtype=np.float64, slack=SLACK, kind=np.asarray):
    """Fit every task; the enclosure must hold for all, and those that miss tol are listed."""
    missed = []
    for i, (task, best) in enumerate(tasks):
        solution = fit(risk_of(name, task, dtype=dtype, kind=kind), tol=tol)
        found = solution.certificate
        where = f"{i}: {task.n}x{task.d} k={task.k} intercept={task.intercept} {solution.status} {found.gap:.1e}"
        assert found.dual - slack <= best <= found.primal + slack, where
        assert objective(name, task, solution.theta) == pytest.approx(
            found.primal, rel=1e-12, abs=0 if dtype == np.float64 else slack
        )
        np.testing.assert_array_equal(solution.theta, solution.theta.astype(dtype))
        if solution.status is Status.CONVERGED:
            assert found.gap <= tol
            assert found.primal - best <= tol * found.primal + slack
        else:
            missed.append(where)
    return missed


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_fits_reach_1e_6(name, solved):
    assert not shortfalls(name, solved(name), 1e-6)


@pytest.mark.parametrize("name", [n for n in strategies.LOSSES if n not in strategies.KINKED])
def test_smooth_fits_reach_1e_10(name, solved):
    assert not shortfalls(name, solved(name), 1e-10)


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_float32(name, solved):
    """In float32 the bound is a bound to the digits that float32 has."""
    assert not shortfalls(name, solved(name), 1e-3, dtype=np.float32, slack=2e-6)


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_sparse(name, solved):
    assert not shortfalls(name, solved(name)[:24], 1e-5, kind=sparse.csr_array)


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_an_exact_optimum_has_no_gap(name, solved):
    """All scores 0 is optimal where X is 0 and nothing is free: primal and dual are equal, gap 0 exactly."""
    task = strategies.Task(np.zeros((6, 2)), np.arange(6) % 3, 3, 1.0, 0.1, None, intercept=False)
    found = risk_of(name, task).certificate(np.zeros(6))
    assert found.gap == pytest.approx(0.0, abs=1e-15)
    assert found.primal == pytest.approx(found.dual, rel=1e-15)


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_free_intercepts_alone(name):
    """X = 0: only the intercept fits; unequal classes, where the optimum is a linear programme or closed."""
    rng = np.random.default_rng(905)
    for k in (2, 3, 5):
        for _ in range(4):
            y = np.concatenate([np.arange(k), rng.integers(0, k, 17) ** 2 % k])
            task = strategies.Task(np.zeros((len(y), 1)), y, k, 1.0, 0.5, None, intercept=True)
            best, _ = optimum(name, task)
            solution = fit(risk_of(name, task))
            found = solution.certificate
            assert found.dual - SLACK <= best <= found.primal + SLACK
            assert found.gap <= 1e-6, f"k={k}, counts {np.bincount(y)}: {solution.status}, gap {found.gap:.1e}"


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_a_class_without_rows(name):
    """Its intercept may run away; the certificate still ends the fit."""
    rng = np.random.default_rng(906)
    for _ in range(12):
        task = strategies.task(rng, kind="missing_class", intercept=True)
        solution = fit(risk_of(name, task), tol=1e-5)
        assert solution.status is Status.CONVERGED
        lower = objective(name, task, solution.theta)
        assert solution.certificate.primal == pytest.approx(lower, rel=1e-12)
        if name != "softmax":  # whose infimum is not reached
            best, _ = optimum(name, task)
            assert solution.certificate.dual - SLACK <= best <= solution.certificate.primal + SLACK


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_one_class_alone(name):
    """Fitted perfectly by the intercept; without one, by weights."""
    rng = np.random.default_rng(907)
    X = rng.normal(size=(6, 2))
    for intercept in (True, False):
        task = strategies.Task(X, np.ones(6, dtype=int), 3, 1.0, 0.1, None, intercept)
        solution = fit(risk_of(name, task), tol=1e-3)
        assert solution.status is Status.CONVERGED
        if intercept:
            assert solution.certificate.primal <= 1e-3


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_one_row_and_one_class(name):
    X = np.array([[1.0, 2.0]])
    for k, y in ((3, 0), (2, 1), (1, 0)):
        for intercept in (True, False):
            task = strategies.Task(X, np.array([y]), k, 1.0, 0.1, None, intercept)
            solution = fit(risk_of(name, task), tol=1e-3)
            assert solution.status is Status.CONVERGED
            assert np.isfinite(solution.theta).all()
