"""Dual ascent against general convex solvers, and against its own subproblem solved by brute force."""

import math

import numpy as np
import pytest
from scipy import optimize, sparse

import strategies
from reference.optimum import objective, optimum
from taut.losses import make_loss
from taut.matrix import as_matrix
from taut.models import Linear
from taut.objective import Risk
from taut.solvers import DualAscent, Newton, QuasiNewton, Status, Stop, run
from taut.solvers._dual_ascent import FEW, MANY, _Ascent

NAMES = strategies.KINKED
SEEDS = range(4)


def task(seed, *, intercept, weights=None, margin=1.0, n=30, d=3, k=3, l2=0.05):
    X, y = strategies.clusters(seed, n, d, k)
    return strategies.Task(X, y, k, margin, l2, weights, intercept)


def risk_of(name, t, X=None, threads=None):
    matrix = as_matrix(t.X if X is None else X)
    loss = make_loss(name, margin=t.margin)
    return Risk(matrix, t.y, loss, Linear(t.d, t.k, t.intercept), t.l2, t.weights, threads)


def solve(risk, solver=None, tol=1e-7, max_iter=20_000, theta=None):
    theta = np.zeros(risk.model.size) if theta is None else theta
    return run(solver or DualAscent(), risk, theta, Stop(tol, max_iter))


def agrees(name, t, solution, tol=1e-7):
    best, _ = optimum(name, t)
    found = solution.certificate
    assert found.dual - 1e-9 <= best <= found.primal + 1e-9
    assert solution.status is Status.CONVERGED
    assert found.primal == pytest.approx(best, rel=1e-6, abs=1e-9)
    assert objective(name, t, solution.theta) == pytest.approx(found.primal, rel=1e-12)
    assert found.gap <= tol


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("l2", [0.05, 5e-4], ids=["near", "far"])
@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_the_optimum_of_a_general_solver(name, intercept, l2, seed):
    """Near, single rows reach their bounds in a few visits; far, the method of multipliers takes over."""
    rng = np.random.default_rng(seed)
    n, d, k = int(rng.integers(5, 25)), int(rng.integers(1, 5)), int(rng.integers(2, 6))
    weights = rng.choice([0.0, 0.5, 1.0, 3.0], size=n, p=[0.2, 0.2, 0.4, 0.2]) if seed % 2 else None
    if weights is not None:
        weights[:k] = 1.0  # a class without weight has no place in a balanced dual
    t = task(
        seed, intercept=intercept, weights=weights, margin=float(rng.choice([0.5, 1.0, 4.0])), n=n, d=d, k=k, l2=l2
    )
    agrees(name, t, solve(risk_of(name, t)))


@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("l2", [0.05, 5e-4], ids=["near", "far"])
def test_ties_and_duplicates(name, intercept, l2):
    """A grid of small integers, every row several times, some with contradicting labels."""
    rng = np.random.default_rng(1)
    X = rng.integers(-1, 2, size=(8, 2)).astype(float)[rng.integers(0, 8, 30)]
    y = rng.integers(0, 3, 30)
    y[:3] = range(3)
    t = strategies.Task(X, y, 3, 1.0, l2, None, intercept)
    agrees(name, t, solve(risk_of(name, t)))


@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_fewer_rows_than_columns(name, intercept):
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(9, 14)), np.arange(9) % 3
    t = strategies.Task(X, y, 3, 1.0, 0.01, None, intercept)
    agrees(name, t, solve(risk_of(name, t)))


@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_empty_rows(name, intercept):
    """Rows of zeros are seen by the intercept alone; without one their loss is the same for all weights."""
    t = task(3, intercept=intercept)
    t.X[::4] = 0.0
    agrees(name, t, solve(risk_of(name, t)))
    nothing = strategies.Task(np.zeros((5, 2)), np.array([0, 0, 1, 1, 1]), 2, 1.0, 0.1, None, intercept)
    agrees(name, nothing, solve(risk_of(name, nothing)))


@pytest.mark.parametrize("name", NAMES)
def test_a_class_without_rows(name):
    t = task(4, intercept=False, k=4)
    kept = t.y != 2
    t = strategies.Task(t.X[kept], t.y[kept], 4, 1.0, 0.05, None, intercept=False)
    agrees(name, t, solve(risk_of(name, t)))


@pytest.mark.parametrize("name", NAMES)
def test_margin_zero_is_solved_by_nothing(name):
    t = task(5, intercept=True, margin=0.0)
    solution = solve(risk_of(name, t))
    assert solution.certificate.primal == solution.certificate.gap == 0.0
    warm = solve(risk_of(name, t), theta=np.ones(12))
    assert warm.certificate.gap <= 1e-7


@pytest.mark.parametrize("scale", [1e-6, 1e6])
@pytest.mark.parametrize("name", NAMES)
def test_columns_in_other_units(name, scale):
    """With l2 rescaled as well it is the same problem."""
    t = task(6, intercept=True)
    other = strategies.Task(t.X * scale, t.y, 3, 1.0, t.l2 * scale**2, None, intercept=True)
    one, two = solve(risk_of(name, t)), solve(risk_of(name, other))
    assert one.certificate.primal == pytest.approx(two.certificate.primal, rel=1e-6)
    assert two.status is Status.CONVERGED


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
@pytest.mark.parametrize("kind", ["dense", "mostly_zero", "sparse", "scaled"])
@pytest.mark.parametrize("name", NAMES)
def test_storage(name, kind, dtype):
    """However X lies in memory, the certificate is of the same problem."""
    rng = np.random.default_rng(7)
    X = rng.integers(0, 9, size=(20, 4)).astype(dtype)
    y = rng.integers(0, 3, 20)
    if kind != "dense":
        X[rng.random(X.shape) < 0.7] = 0
    t = strategies.Task(X.astype(float), y, 3, 1.0, 0.1, None, intercept=True)
    given = {"sparse": sparse.csr_array(X), "scaled": as_matrix(2.0 * X.astype(float), scale=0.5)}.get(kind, X)
    solution = solve(risk_of(name, t, given), tol=1e-5)
    found, (best, _) = solution.certificate, optimum(name, t)
    assert found.gap <= 1e-5
    assert found.dual - 1e-9 <= best <= found.primal + 1e-9


@pytest.mark.parametrize("name", NAMES)
def test_the_same_bits_for_a_seed_whatever_the_threads(name):
    t = task(8, intercept=True, n=200)
    one, two, other = (
        solve(risk_of(name, t, threads=n), DualAscent(seed), tol=1e-4) for n, seed in ((1, 0), (2, 0), (1, 1))
    )
    np.testing.assert_array_equal(one.theta, two.theta)
    np.testing.assert_array_equal(one.certificate.witness, two.certificate.witness)
    assert (one.theta != other.theta).any()


@pytest.mark.parametrize("name", NAMES)
def test_the_gap_is_that_of_the_returned_weights_and_witness(name):
    t = task(9, intercept=True)
    risk = risk_of(name, t)
    for max_iter in (1, 5, 30):
        solution = solve(risk, max_iter=max_iter, tol=1e-12)
        found = solution.certificate
        assert found.primal == pytest.approx(objective(name, t, solution.theta), rel=1e-12)
        again = risk.certify(solution.theta, found.primal, found.witness)
        assert again.dual == pytest.approx(found.dual, rel=1e-12)
        best, _ = optimum(name, t)
        assert found.dual - 1e-9 <= best <= found.primal + 1e-9


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("l2", [0.05, 1e-4], ids=["near", "far"])
def test_warm_starts(name, l2):
    """From the weights or the dual point of a fit with another penalty, and from nonsense."""
    t = task(10, intercept=True, n=300, l2=l2)
    near = strategies.Task(t.X, t.y, t.k, t.margin, 1.1 * t.l2, None, intercept=True)
    cold, before = solve(risk_of(name, t), tol=1e-5), solve(risk_of(name, near), tol=1e-5)
    by_weights = solve(risk_of(name, t), tol=1e-5, theta=before.theta)
    by_dual = solve(risk_of(name, t), DualAscent(dual=before.certificate.witness), tol=1e-5, theta=before.theta)
    nonsense = solve(risk_of(name, t), tol=1e-5, theta=10 * np.random.default_rng(0).normal(size=12))
    for solution in (cold, by_weights, by_dual, nonsense):
        assert solution.status is Status.CONVERGED
        assert solution.certificate.primal == pytest.approx(cold.certificate.primal, rel=2e-5)
    assert by_dual.passes <= cold.passes


@pytest.mark.parametrize("name", NAMES)
def test_solvers_agree(name):
    t = task(11, intercept=True, n=200, d=6, k=5)
    values = [solve(risk_of(name, t), s, tol=1e-6).certificate.primal for s in (DualAscent(), Newton(), QuasiNewton())]
    assert max(values) <= min(values) * (1 + 1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_further_helps(name):
    solution = solve(risk_of(name, task(12, intercept=False)), tol=-1.0, max_iter=10**9)
    assert solution.status is Status.STALLED
    assert solution.certificate.gap <= 1e-12


def brute_force_row(m, q, shares, y, cap, together):
    """max Σ δ_j m_j − q/2 (Σ δ_j² + (Σ δ_j)²) over the shares of one row, by SLSQP; the better of two units."""
    wrong = np.arange(len(m)) != y

    def negative(b):
        change = b - shares[wrong]
        return -(change @ m[wrong]) + 0.5 * q * (change @ change + change.sum() ** 2)

    def found(unit):
        out = optimize.minimize(
            lambda b: negative(b * unit) / unit,
            shares[wrong] / unit,
            bounds=[(0.0, cap / unit)] * int(wrong.sum()),
            constraints=[{"type": "ineq", "fun": lambda b: cap / unit - b.sum()}] if together else [],
            method="SLSQP",
            options={"ftol": 1e-15, "maxiter": 500},
        )
        b = np.clip(out.x * unit, 0.0, cap)
        return b * min(1.0, cap / b.sum()) if together and b.sum() > 0.0 else b

    out = np.zeros(len(m))
    out[wrong] = min((found(unit) for unit in (1.0, cap)), key=negative)
    return out


@pytest.mark.parametrize("relaxation", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("together", [False, True])
def test_one_visit_solves_the_row_s_own_problem(together, relaxation):
    """Beyond the maximum it goes as if the row were shorter; it still gains, or loses nothing at 2."""
    from taut.kernels._dual import dual_sweep

    rng = np.random.default_rng(13)
    kernel = dual_sweep("float64", "int64")
    for _ in range(60):
        k, d, cap = int(rng.integers(2, 9)), 3, float(rng.choice([0.01, 1.0, 100.0]))
        x, y, pull = rng.normal(size=d) * rng.choice([0.1, 1.0, 3.0]), int(rng.integers(k)), rng.choice([0.0, 0.5])
        W, flow = np.zeros((d, 16)), np.zeros(16)
        W[:, :k], centre = rng.normal(size=(d, k)), np.zeros(16)
        shares = rng.random((1, k)) * cap / k * rng.integers(0, 2, size=k)
        shares[0, y] = 0.0
        flow[:k] = -shares[0]
        flow[y] = shares.sum()
        q = x @ x + pull
        scores = (x @ W + pull * flow)[:k]
        m = scores - scores[y] + 1.0
        m[y] = 0.0
        want = brute_force_row(m, q / relaxation, shares[0], y, cap, together)
        before, got, gains = W.copy(), shares.copy(), np.zeros(1)
        kernel(
            x, np.arange(d), np.array([0, d]), True, np.array([x @ x]), np.array([y]), np.array([cap]),
            np.array([0]), 1.0, together, pull, relaxation, W, centre, got, flow, gains,
        )  # fmt: skip
        np.testing.assert_allclose(got[0], want, atol=2e-6 * max(cap, 1.0))
        change = shares[0] - got[0]
        change[y] = -change.sum()
        np.testing.assert_allclose(W[:, :k] - before[:, :k], np.outer(x, change), atol=1e-13)
        np.testing.assert_array_equal(W[:, k:], 0.0)
        change = got[0] - shares[0]
        gain = change @ m - 0.5 * q * (change @ change + change.sum() ** 2)
        assert gains[0] == pytest.approx(gain, rel=1e-9, abs=1e-12)
        assert gain >= -1e-12


@pytest.mark.parametrize("intercept", [False, True])
def test_weights_of_the_mean_dual_point(intercept):
    """Xᵀ of the mean of all dual points since the last time, the j-th counted j times."""
    t = task(15, intercept=intercept)
    risk = risk_of("hinge", t)
    ascent, model = _Ascent(risk, seed=3), risk.model
    for sweeps in (1, 4, 2):
        wanted, centres, total = np.zeros((model.d, model.k)), np.zeros(model.k), 0
        for j in range(1, sweeps + 1):
            ascent._visit(ascent._rows)
            dual = ascent.point * risk.all_weights[:, None] / risk.weight_sum
            wanted -= j * (np.asarray(t.X).T @ dual) / risk.l2
            centres += j * (model.views(ascent.theta)[1] if intercept else 0.0)
            total += j
        W, b = model.views(ascent.mean_theta())
        np.testing.assert_allclose(W, wanted / total, rtol=1e-10, atol=1e-12 * np.abs(wanted).max())
        if intercept:
            np.testing.assert_allclose(b, centres / total, rtol=1e-12, atol=1e-13)


def test_a_new_dual_point_begins_a_new_mean():
    risk = risk_of("hinge", task(15, intercept=False))
    found = []
    for before in (0, 3):
        ascent = _Ascent(risk, seed=3)
        for _ in range(before):
            ascent._visit(ascent._rows)
        ascent._rng = np.random.default_rng(5)
        ascent.start(np.zeros((30, 3)), np.zeros(risk.model.size))
        ascent._visit(ascent._rows)
        found.append(ascent.mean_theta())
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("n", [2, 3, 6, 10, 40])
@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_few_rows_take_few_passes(name, intercept, n):
    rng = np.random.default_rng(n)
    X, y = rng.normal(size=(n, 300)), np.arange(n) % min(3, n)
    model = Linear(300, min(3, n), intercept)
    solution = solve(Risk(as_matrix(X), y, make_loss(name), model, 1 / n, None, 1), tol=1e-3, max_iter=110)
    assert solution.status is Status.CONVERGED


@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_many_rows_in_all_ways(monkeypatch, name, intercept):
    """What rests, how far a visit goes and how long a round is decide the time, not the optimum."""
    t = task(16, intercept=intercept, n=60)
    values = []
    for ways in (MANY, FEW):
        monkeypatch.setattr("taut.solvers._dual_ascent.MANY", ways)
        monkeypatch.setattr("taut.solvers._dual_ascent.FEWER", 0)
        solution = solve(risk_of(name, t), tol=1e-8)
        agrees(name, t, solution, tol=1e-8)
        values.append(solution.certificate.primal)
    assert values[0] == pytest.approx(values[1], rel=2e-8)


def test_nan_is_divergence():
    t = task(14, intercept=True)
    t.X[4, 1] = math.nan
    solution = solve(risk_of("hinge", t))
    assert solution.status is Status.DIVERGED
    np.testing.assert_array_equal(solution.theta, 0.0)
