"""Products with parts of a sparse X that are sorted by columns, beside SciPy's."""

import numpy as np
import pytest
from scipy import sparse

from taut.losses import make_loss
from taut.matrix import as_matrix
from taut.models import Linear, Sample, fuses

ROWS, COLUMNS = 2_003, 4_001


@pytest.fixture(scope="module")
def X():
    rng = np.random.default_rng(5)
    kept = np.ones(ROWS)
    kept[[0, 700, ROWS - 1]] = 0.0
    made = sparse.csr_array(sparse.diags_array(kept) @ sparse.random_array((ROWS, COLUMNS), density=0.02, rng=rng))
    made.eliminate_zeros()
    return made


@pytest.mark.parametrize("k", [1, 2, 7, 20])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("compiled", [False, True])
def test_pulled_is_the_product_with_the_transpose(X, k, dtype, compiled):
    A = np.random.default_rng(k).normal(size=(ROWS, k))
    stored = X.astype(dtype)
    true = stored.astype(np.float64).T @ A
    found = [as_matrix(stored).pulled(A, threads, compiled=compiled) for threads in (1, 2, 3)]
    np.testing.assert_allclose(found[0], true, rtol=1e-12, atol=1e-13)
    assert all((each == found[0]).all() for each in found)


@pytest.mark.parametrize("k", [1, 2, 7, 20, 70])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("compiled", [False, True])
def test_scored_is_the_product(X, k, dtype, compiled):
    W, stored = np.random.default_rng(k).normal(size=(COLUMNS + 1, k))[1:], X.astype(dtype)
    true = stored.astype(np.float64) @ W
    found = [as_matrix(stored).scored(W, threads, compiled=compiled) for threads in (1, 2, 3)]
    np.testing.assert_allclose(found[0], true, rtol=1e-12, atol=1e-13)
    assert found[0].dtype == np.float64
    assert all((each == found[0]).all() for each in found)
    dense = as_matrix(stored.toarray()).scored(W, 2, compiled=compiled)
    np.testing.assert_allclose(dense, true, rtol=1e-12, atol=1e-12)


def test_pulled_of_a_dense_x(X):
    dense, A = X.toarray(), np.random.default_rng(0).normal(size=(ROWS, 3))
    np.testing.assert_allclose(as_matrix(dense).pulled(A, 2, compiled=True), dense.T @ A, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("k", [1, 3, 20])
@pytest.mark.parametrize("intercept", [True, False])
def test_curvature_product(X, k, intercept):
    rng = np.random.default_rng(k)
    model, matrix, weights = Linear(COLUMNS, k, intercept), as_matrix(X), rng.random(ROWS)
    assert fuses(matrix, k) == (k > 1)
    direction = rng.normal(size=model.size)
    V = direction[: COLUMNS * k].reshape(COLUMNS, k)
    change = (X @ V + (direction[COLUMNS * k :] if intercept else 0.0)) * weights[:, None]
    true = np.vstack([X.T @ change, change.sum(axis=0)]) if intercept else X.T @ change
    for threads in (1, 2):
        found = model.curvature_product(
            direction, Sample(matrix, np.zeros(ROWS), weights, threads), make_loss("squared")
        )
        np.testing.assert_allclose(found, true.ravel(), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("n", [1, 2, 3, 1999])
def test_parts_hold_every_row_once(n):
    X = sparse.random_array((n, 50), density=0.3, rng=np.random.default_rng(n), format="csr")
    parts = as_matrix(X)._by_columns(8, 2)
    assert [row for part in parts for row in range(part.rows.start, part.rows.stop)] == list(range(n))
    assert len(parts) == 1 or len(parts) % 2 == 0
