"""The method of multipliers: its derivatives against NumPy, its value by brute force, its end by a general solver."""

import itertools

import numpy as np
import pytest
from scipy import sparse

import strategies
from reference.optimum import optimum
from taut.losses import make_loss
from taut.matrix import as_matrix
from taut.models import Linear
from taut.objective import Risk
from taut.solvers import DualAscent, Stop, run
from taut.solvers._dual_ascent import _Ascent, _padded
from taut.solvers._multipliers import Multipliers
from taut.solvers._preconditioner import Preconditioner

NAMES = strategies.KINKED


def task(seed, *, intercept, n=60, d=4, k=4, weights=None):
    X, y = strategies.clusters(seed, n, d, k)
    return strategies.Task(X, y, k, 1.0, 1e-3, weights, intercept)


def begun(name, t, X=None, threads=None, dual=None):
    matrix = as_matrix(t.X if X is None else X)
    risk = Risk(matrix, t.y, make_loss(name, margin=t.margin), Linear(t.d, t.k, t.intercept), t.l2, t.weights, threads)
    entries = _Ascent(risk, 0).entries
    return risk, Multipliers(risk, np.zeros(risk.model.size), entries, _padded(t.k), dual)


def row_value(m, anchor, width, together):
    """The largest b·m − width/2 ‖b − anchor‖² by trying every set of shares that lie between their bounds."""
    best, k = -np.inf, len(m)
    for sets in itertools.product((0, 1, 2), repeat=k):
        at = np.array(sets)
        free, b = at == 1, (at == 2).astype(float)
        sums = [0.0] if not together else [0.0, 1.0]
        for full in sums:
            b[free] = anchor[free] + m[free] / width
            if full and free.any():
                b[free] -= (b.sum() - 1.0) / free.sum()
            feasible = (b >= -1e-12).all() and (b <= 1 + 1e-12).all() and (not together or b.sum() <= 1 + 1e-12)
            if feasible:
                best = max(best, b @ m - 0.5 * width * ((b - anchor) ** 2).sum())
    return best


def placed(name, t, seed, scale=1.0):
    """A state with a random anchor of the dual set, a random width, and weights."""
    rng = np.random.default_rng(seed)
    risk, multipliers = begun(name, t)
    n = len(t.y)
    anchor = rng.random((n, t.k)) * rng.integers(0, 2, size=(n, t.k))
    anchor[np.arange(n), t.y] = 0.0
    if risk.loss.shares == "together":
        anchor /= np.maximum(anchor.sum(axis=1, keepdims=True), 1.0)
    multipliers._anchor[:], multipliers._width = anchor, float(rng.choice([0.1, 1.0, 5.0]))
    return risk, multipliers, scale * rng.normal(size=risk.model.size)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_value_by_brute_force(name, intercept, seed):
    weights = np.random.default_rng(seed).choice([0.0, 1.0, 2.5], size=60) if seed else None
    t = task(seed, intercept=intercept, weights=weights)
    risk, multipliers, theta = placed(name, t, seed)
    value, _ = multipliers._evaluate(theta)
    scores = risk.scores(theta)
    total = 0.0
    for i, y in enumerate(t.y):
        wrong = np.arange(t.k) != y
        m = (scores[i] - scores[i, y] + t.margin)[wrong]
        found = row_value(m, multipliers._anchor[i, wrong], multipliers._width, risk.loss.shares == "together")
        total += risk.shares[i] * found
    assert value == pytest.approx(total + risk.penalty(theta), rel=1e-10)
    assert multipliers.primal == pytest.approx(risk.value(theta), rel=1e-12)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_derivatives_by_differences(monkeypatch, name, intercept, seed):
    monkeypatch.setattr("taut.solvers._multipliers.GROUND", 0.0)
    rng = np.random.default_rng(seed)
    t = task(seed, intercept=intercept, weights=rng.choice([0.0, 1.0, 2.5], size=60) if seed else None)
    _, multipliers, theta = placed(name, t, seed)
    way = rng.normal(size=len(theta))
    step = 1e-7
    above, slope_above = multipliers._evaluate(theta + step * way)
    below, slope_below = multipliers._evaluate(theta - step * way)
    _, gradient = multipliers._evaluate(theta)
    product = multipliers._product(np.flatnonzero(multipliers._bends))
    assert gradient @ way == pytest.approx((above - below) / (2 * step), rel=1e-5)
    np.testing.assert_allclose(product(way), (slope_above - slope_below) / (2 * step), rtol=1e-4, atol=1e-6)
    assert 0 < np.count_nonzero(multipliers._bends) < len(t.y)


@pytest.mark.parametrize("name", NAMES)
def test_mean_of_a_row_s_second_derivatives(monkeypatch, name):
    """One row alone: the trace of its (k, k) matrix by unit directions of the intercept."""
    monkeypatch.setattr("taut.solvers._multipliers.GROUND", 0.0)
    t = task(5, intercept=True)
    risk, multipliers, theta = placed(name, t, 5)
    multipliers._evaluate(theta)
    bends = multipliers._bends.copy()
    assert len(np.unique(np.round(bends * multipliers._width * t.k, 9))) > 2
    for i in range(len(t.y)):
        multipliers._bends[:] = 0.0
        multipliers._bends[i] = 1.0
        product = multipliers._product(np.flatnonzero(multipliers._bends))
        trace = 0.0
        for j in range(t.k):
            unit = np.zeros(risk.model.size)
            risk.model.views(unit)[1][j] = 1.0
            trace += risk.model.views(product(unit))[1][j]
        assert trace / t.k == pytest.approx(risk.shares[i] * bends[i], abs=1e-12)


@pytest.mark.parametrize("kind", ["dense", "float32", "sparse", "fortran"])
@pytest.mark.parametrize("name", NAMES)
def test_storage_and_threads(name, kind):
    t = task(7, intercept=True, n=600)
    forms = {
        "dense": t.X,
        "float32": t.X.astype(np.float32),
        "sparse": sparse.csr_array(t.X),
        "fortran": np.asfortranarray(t.X),
    }
    found = []
    for threads in (1, 3):
        _, multipliers = begun(name, t, forms[kind], threads)
        for _ in range(12):
            multipliers.stage()
        found.append(multipliers.best)
    np.testing.assert_array_equal(*found)
    _, plain = begun(name, t)
    for _ in range(12):
        plain.stage()
    assert multipliers.primal == pytest.approx(plain.primal, rel=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_the_optimum_of_a_general_solver(name, intercept, weighted):
    rng = np.random.default_rng(3)
    t = task(3, intercept=intercept, n=20, weights=rng.choice([0.5, 1.0, 3.0], size=20) if weighted else None)
    _, multipliers = begun(name, t)
    for _ in range(60):
        multipliers.stage()
    best, _ = optimum(name, t)
    assert multipliers.primal == pytest.approx(best, rel=1e-7)


def test_no_row_bends():
    """Where every share is at a bound a step goes to the weights of these shares."""
    t = task(1, intercept=False)
    risk, multipliers = begun("hinge", t)
    theta = np.zeros(risk.model.size)
    multipliers._anchor[:] = 5.0
    multipliers._anchor[np.arange(len(t.y)), t.y] = 0.0
    multipliers._width = 1e-3
    _, gradient = multipliers._evaluate(theta)
    assert not multipliers._bends.any()
    bent = np.flatnonzero(multipliers._bends)
    product = multipliers._product(bent)
    np.testing.assert_allclose(product(np.ones(len(theta))), t.l2, rtol=1e-15)
    scale = multipliers._scaled(bent)
    assert np.isfinite(scale.solve(gradient)).all()


@pytest.mark.parametrize("storage", [np.asarray, sparse.csr_array])
def test_a_scale_of_some_rows(storage, monkeypatch):
    """Few rows tell the second moment as all of them do when the others have no weight."""
    t = task(9, intercept=True, n=200)
    risk, _ = begun("hinge", t, storage(t.X))
    curvature = np.zeros(200)
    curvature[::7] = np.linspace(0.5, 2.0, len(curvature[::7]))
    vector = np.random.default_rng(1).normal(size=risk.model.size)
    few = Preconditioner.of(risk, curvature).solve(vector)
    monkeypatch.setattr("taut.solvers._preconditioner.FEW_ROWS", 0.0)
    np.testing.assert_allclose(few, Preconditioner.of(risk, curvature).solve(vector), rtol=1e-9)


def test_many_bent_rows_are_thinned(monkeypatch):
    """The scale of some of the rows stands for all of them."""
    t = task(11, intercept=False, n=3000, d=3, k=3)
    _, multipliers = begun("hinge", t)
    multipliers._evaluate(np.zeros(multipliers.theta.shape))
    bent, vector = np.flatnonzero(multipliers._bends), np.random.default_rng(1).normal(size=9)
    assert len(bent) == 3000
    monkeypatch.setattr("taut.solvers._multipliers.ENOUGH", 10**6)
    whole = multipliers._scaled(bent).solve(vector)
    monkeypatch.setattr("taut.solvers._multipliers.ENOUGH", 300)
    multipliers._built = 0
    np.testing.assert_allclose(
        multipliers._scaled(bent).solve(vector), whole, rtol=0.2, atol=0.05 * np.abs(whole).max()
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_warm_start_ends_sooner(name):
    t = task(13, intercept=False, n=200)
    risk, first = begun(name, t)
    for _ in range(40):
        first.stage()
    _, again = begun(name, t, dual=first.point)
    again.theta = first.theta
    again.stage()
    assert again.passes < 0.2 * first.passes
    assert again.primal <= first.primal * (1 + 1e-6)
    assert risk.dual_value(first.point) <= first.primal * (1 + 1e-12)


@pytest.mark.parametrize("columns", ["noise", "grid", "constant"])
@pytest.mark.parametrize("name", NAMES)
def test_columns_that_say_nothing_of_the_labels(name, columns):
    """All shares lie at their bounds, and no row bends where the intercept has to go."""
    rng = np.random.default_rng(5)
    forms = {
        "noise": rng.normal(size=(600, 5)),
        "grid": rng.integers(0, 4, (600, 2)) * 10.0,
        "constant": np.ones((600, 6)),
    }
    X, y = forms[columns], rng.integers(0, 3, 600)
    risk = Risk(as_matrix(X), y, make_loss(name), Linear(X.shape[1], 3, True), 1e-6)
    found = run(DualAscent(), risk, np.zeros(risk.model.size), Stop(1e-3, 1000))
    assert found.certificate.gap <= 1e-3
    assert found.passes < 300


def test_every_evaluation_is_a_pass():
    _, multipliers = begun("hinge", task(3, intercept=True))
    before = multipliers.passes
    for _ in range(3):
        multipliers._evaluate(multipliers.theta)
    assert multipliers.passes == before + 3


@pytest.mark.parametrize("name", NAMES)
def test_rows_without_weight_do_not_bend(name):
    weights = np.repeat([0.0, 1.0], 30)
    _, multipliers = begun(name, task(3, intercept=True, weights=weights))
    multipliers._evaluate(np.zeros(multipliers.theta.shape))
    assert not multipliers._bends[:30].any()
    assert multipliers._bends[30:].any()
