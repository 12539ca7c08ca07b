"""l2 = 0: the squared loss certifies by its normal equations, the others say why they cannot."""

from fractions import Fraction

import numpy as np
import pytest
from scipy import sparse

import strategies
from taut.losses import make_loss
from taut.matrix import as_matrix
from taut.models import Linear
from taut.objective import Risk
from taut.solvers import Newton, QuasiNewton, Status, Stop, run


def risk_of(X, y, k, *, name="squared", intercept=True, weights=None):
    return Risk(as_matrix(X), y, make_loss(name), Linear(X.shape[1], k, intercept), 0.0, weights)


def least(X, y, k, *, intercept, weights=None):
    """The least mean of ½ ‖x W + b − onehot‖², from the data itself and not from its square."""
    s = np.ones(len(y)) if weights is None else weights
    A = np.hstack([X, np.ones((len(y), 1))]) if intercept else X
    A = A.toarray() if sparse.issparse(A) else A
    root, T = np.sqrt(s)[:, None], np.eye(k)[y]
    lengths = np.linalg.norm(root * A, axis=0)
    A = A / np.where(lengths > 0, lengths, 1.0)
    W = np.linalg.lstsq(root * A, root * T, rcond=1e-14)[0]
    return 0.5 * float(s @ ((A @ W - T) ** 2).sum(axis=1)) / s.sum()


def designs():
    """Full rank, duplicated and dependent columns, more columns than rows, zero columns."""
    rng = np.random.default_rng(950)
    X = rng.normal(size=(20, 3))
    yield "full", X
    yield "duplicated", np.hstack([X, X[:, :1]])
    yield "dependent", np.hstack([X, X @ rng.normal(size=(3, 2))])
    yield "constant", np.hstack([X, np.full((20, 1), 7.0)])
    yield "zero", np.hstack([X, np.zeros((20, 1))])
    yield "wide", rng.normal(size=(20, 30))
    yield "scales", X * [1e-6, 1.0, 1e6]
    yield "integers", rng.integers(-1, 2, size=(20, 4)).astype(float)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize(("kind", "X"), list(designs()))
def test_squared_loss(kind, X, intercept, weighted):
    rng = np.random.default_rng(951)
    y = np.concatenate([np.arange(3), rng.integers(0, 3, 17)])
    weights = rng.integers(0, 3, 20).astype(float) if weighted else None
    best = least(X, y, 3, intercept=intercept, weights=weights)
    for stored in (X, sparse.csr_array(X)):
        risk = risk_of(stored, y, 3, intercept=intercept, weights=weights)
        solution = run(QuasiNewton(), risk, np.zeros(risk.model.size), Stop(1e-8, 1000))
        found = solution.certificate
        assert found.primal == pytest.approx(best, rel=1e-7, abs=1e-9)
        if kind in ("dependent", "wide"):
            # Dependent but for rounding: a bound would rest on digits that are not there, so none is claimed.
            random = risk.certificate(rng.normal(size=risk.model.size))
            assert random.gap == np.inf
            assert random.dual == -np.inf
            assert "depend on each other to rounding" in random.why
            # What is proved without it is that no loss is below 0.
            assert (solution.status is Status.CONVERGED) == (best < 1e-9)
            continue
        assert solution.status is Status.CONVERGED, kind
        for _ in range(5):
            theta = rng.normal(size=risk.model.size)
            found = risk.certificate(theta)
            assert found.why == ""
            # P(θ) − min P is known exactly, not just bounded
            assert found.dual == pytest.approx(best, rel=1e-9, abs=1e-9 * found.primal)


@pytest.mark.parametrize("apart", [1e-2, 1e-4, 1e-6, 1e-7, 1e-8, 1e-9])
def test_nearly_equal_columns(apart):
    """Columns that differ by a little: what their difference could explain must be inside the bound."""
    rng = np.random.default_rng(952)
    x, z = rng.normal(size=200), rng.normal(size=200)
    X, y = np.stack([x, x + apart * z], axis=1), (z > 0).astype(int)
    best = least(X, y, 2, intercept=False)
    assert best < 0.4  # only the difference explains y
    risk = risk_of(X, y, 2, intercept=False)
    slope = np.linalg.lstsq(x[:, None], np.eye(2)[y], rcond=None)[0]
    for theta in (np.zeros(4), np.concatenate([slope.ravel(), np.zeros(2)])):
        found = risk.certificate(theta)
        assert found.dual <= best + 1e-6
        assert found.gap > 0.1
    solution = run(QuasiNewton(), risk, np.zeros(4), Stop(1e-6, 2000))
    assert solution.certificate.dual <= best + 1e-6


@pytest.mark.parametrize("offset", [1e3, 1e6, 1e8, 1e9])
def test_a_column_far_from_zero_beside_an_intercept(offset):
    """Years, time stamps: the intercept and the column are nearly the same direction."""
    rng = np.random.default_rng(953)
    t = rng.normal(size=300)
    y = (t > 0).astype(int)
    best = least(t[:, None], y, 2, intercept=True)
    X = (t + offset)[:, None]
    risk = risk_of(X, y, 2)
    theta = np.zeros(risk.model.size)
    theta[2:] = np.bincount(y) / 300
    found = risk.certificate(theta)
    assert found.dual <= best + 1e-5
    assert found.gap > 0.1
    solution = run(QuasiNewton(), risk, np.zeros(risk.model.size), Stop(1e-6, 2000))
    assert solution.certificate.dual <= best + 1e-5


def test_interpolation():
    """As many columns as rows: the optimum is 0, and the relative gap has a scale all the same."""
    rng = np.random.default_rng(954)
    X, y = rng.normal(size=(6, 9)), np.arange(6) % 3
    risk = risk_of(X, y, 3)
    solution = run(QuasiNewton(), risk, np.zeros(risk.model.size), Stop(1e-6, 1000))
    assert solution.status is Status.CONVERGED
    assert solution.certificate.primal <= 1e-9


@pytest.mark.parametrize("name", [n for n in strategies.LOSSES if n != "squared"])
def test_others_have_no_bound_and_say_why(name):
    """No dual point: −inf from one certificate; a run may still know that no loss is below 0."""
    rng = np.random.default_rng(955)
    X, y = rng.normal(size=(30, 2)), np.arange(30) % 3
    risk = risk_of(X, y, 3, name=name)
    at_zero = risk.certificate(np.zeros(risk.model.size))
    assert at_zero.dual == -np.inf
    assert at_zero.gap == np.inf
    assert "l2 = 0" in at_zero.why
    solution = run(QuasiNewton(), risk, np.zeros(risk.model.size), Stop(1e-3, 50))
    assert solution.status in (Status.MAX_ITER, Status.STALLED)
    assert solution.certificate.dual in (-np.inf, 0.0)
    assert solution.certificate.gap in (np.inf, 1.0)
    assert "l2 = 0" in solution.certificate.why
    assert solution.certificate.primal <= at_zero.primal


def test_columns_apart_by_the_last_digit_are_not_certified():
    """Their difference explains y exactly, so the minimum is 0; in float64 no solver sees it, and none may deny it."""
    rng = np.random.default_rng(0)
    x, y = 1 + rng.random(40), np.arange(40) % 2
    X = np.stack([x, np.where(y == 1, np.nextafter(x, 3), x)], axis=1)
    found = run(Newton(), risk_of(X, y, 2, intercept=True), np.zeros(6), Stop(1e-3, 200)).certificate
    assert found.dual <= 0.0
    assert found.gap > 1e-3


@pytest.mark.parametrize("degree", [10, 20, 30])
def test_powers(degree):
    """A notorious design: every bound that is given must lie below what exact fractions reach."""
    t = np.linspace(0, 1, 60)
    X, y = np.stack([t**j for j in range(1, degree + 1)], axis=1), (np.sin(9 * t) > 0).astype(int)
    found = risk_of(X, y, 2, intercept=True).certificate(np.zeros(2 * degree + 2))
    assert found.dual <= exact_optimum(X, y) * (1 + 1e-9)


def exact_optimum(X, y):
    """min ½ Σ (s − onehot)² / n by rational elimination on the normal equations; two classes mirror each other."""
    rows = [[Fraction(float(v)) for v in row] + [Fraction(1)] for row in X]
    d, n = len(rows[0]), len(rows)
    system = [
        [sum(row[a] * row[b] for row in rows) for b in range(d)]
        + [sum(row[a] * int(c) for row, c in zip(rows, y, strict=True))]
        for a in range(d)
    ]
    for a in range(d):
        pivot = system[a][a]
        system[a] = [value / pivot for value in system[a]]
        for b in range(d):
            if b != a and system[b][a]:
                factor = system[b][a]
                system[b] = [u - factor * v for u, v in zip(system[b], system[a], strict=True)]
    beta = [line[-1] for line in system]
    errors = [sum(u * v for u, v in zip(row, beta, strict=True)) - int(c) for row, c in zip(rows, y, strict=True)]
    return float(sum(e * e for e in errors) / n)
