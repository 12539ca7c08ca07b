"""The same numbers in other memory give the same classifier."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import taut
from taut import LinearClassifier


@pytest.fixture(scope="module")
def sparse_problem(problem):
    X, y = problem
    X = np.where(np.abs(X) > 0.6, X, 0.0)
    X[3] = 0.0
    return X, y


def fitted(X, y, **options):
    return LinearClassifier("softmax", l2=1e-2, tol=1e-11, **options).fit(X, y)


def wide_indices(X):
    array = sparse.csr_array(X)
    array.indices, array.indptr = array.indices.astype(np.int64), array.indptr.astype(np.int64)
    assert array.indices.dtype == np.int64
    return array


def unsorted(X):
    array = sparse.csr_array(X)
    for a, b in zip(array.indptr[:-1], array.indptr[1:], strict=True):
        array.indices[a:b] = array.indices[a:b][::-1].copy()
        array.data[a:b] = array.data[a:b][::-1].copy()
    return sparse.csr_array((array.data, array.indices, array.indptr), shape=array.shape)


def duplicates(X):
    """Every entry as a quarter and three quarters of itself, exact in binary."""
    array = sparse.csr_array(X)
    data = np.stack([array.data / 4, array.data * 0.75], axis=1).ravel()
    return sparse.csr_array((data, np.repeat(array.indices, 2), array.indptr * 2), shape=array.shape)


SPARSE = {
    "csr_array": sparse.csr_array,
    "csr_matrix": sparse.csr_matrix,
    "int64 indices": wide_indices,
    "csc": sparse.csc_array,
    "coo": sparse.coo_array,
    "unsorted": unsorted,
    "duplicates": duplicates,
}


@pytest.mark.parametrize("storage", SPARSE)
def test_sparse_is_dense(sparse_problem, storage):
    X, y = sparse_problem
    dense, stored = fitted(X, y), SPARSE[storage](X)
    model = fitted(stored, y)
    assert model.primal_ == pytest.approx(dense.primal_, rel=1e-9)
    np.testing.assert_allclose(model.predict_proba(stored), dense.predict_proba(X), atol=1e-6)
    np.testing.assert_allclose(model.scores(stored), model.scores(X), atol=1e-12)


@pytest.mark.parametrize("storage", ["unsorted", "duplicates", "int64 indices"])
def test_the_callers_sparse_array_stays_as_it_is(sparse_problem, storage):
    X, y = sparse_problem
    stored = SPARSE[storage](X)
    before = stored.data.copy(), stored.indices.copy(), stored.indptr.copy()
    fitted(stored, y).predict(stored)
    for now, then in zip((stored.data, stored.indices, stored.indptr), before, strict=True):
        np.testing.assert_array_equal(now, then)
        assert now.dtype == then.dtype


def strided(X):
    whole = np.full((2 * X.shape[0], 2 * X.shape[1]), np.nan)
    whole[::2, ::2] = X
    return whole[::2, ::2]


DENSE = {
    "fortran": np.asfortranarray,
    "strided": strided,
    "backwards": lambda X: X[::-1].copy()[::-1],
    "big-endian": lambda X: X.astype(">f8"),
    "transposed": lambda X: X.T.copy().T,
}


@pytest.mark.parametrize("layout", DENSE)
def test_layout_does_not_matter(problem, layout):
    X, y = problem
    stored = DENSE[layout](X)
    stored.flags.writeable = False
    model = fitted(stored, y)
    assert model.primal_ == pytest.approx(fitted(X, y).primal_, rel=1e-9)
    np.testing.assert_allclose(model.scores(stored), model.scores(X), atol=1e-12)
    assert model.coef_.flags.writeable


def test_nothing_is_written_to_the_callers_arrays(problem):
    X, y = np.array(problem[0]), np.array(problem[1])
    s = np.linspace(0.5, 2.0, len(y))
    before = X.copy(), y.copy(), s.copy()
    LinearClassifier("hinge", class_weight="balanced").fit(X, y, s).predict(X)
    for now, then in zip((X, y, s), before, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize("loss", ["softmax", "hinge", "squared"])
@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_float32_stays(problem, loss, form):
    X, y = form(problem[0].astype(np.float32)), problem[1]
    model = LinearClassifier(loss, l2=1e-2).fit(X, y)
    assert model.coef_.dtype == model.intercept_.dtype == np.float32
    assert model.decision_function(X).dtype == np.float32
    assert model.report_.dtype == "float32"
    assert model.gap_ <= 1e-3
    assert model.primal_ == pytest.approx(LinearClassifier(loss, l2=1e-2).fit(problem[0], y).primal_, rel=2e-3)


@pytest.mark.parametrize("dtype", [np.int64, np.int8, np.float16, bool])
def test_other_types_become_float64(problem, dtype):
    X, y = (problem[0] > 0).astype(dtype), problem[1]
    model = LinearClassifier("softmax", l2=1e-2).fit(X, y)
    assert model.coef_.dtype == np.float64
    np.testing.assert_array_equal(model.coef_, LinearClassifier("softmax", l2=1e-2).fit(X.astype(float), y).coef_)


def test_uint8_means_its_integers():
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    pixels = np.clip(rng.normal(size=(60, 5)) * 40 + 90 * y[:, None], 0, 255).astype(np.uint8)
    model = LinearClassifier("softmax", l2=1e-2).fit(pixels, y)
    wide = LinearClassifier("softmax", l2=1e-2).fit(pixels.astype(np.float32), y)
    assert model.coef_.dtype == np.float32
    assert model.primal_ == pytest.approx(wide.primal_, rel=1e-5)
    assert model.score(pixels, y) > 0.85
    np.testing.assert_array_equal(model.predict(pixels), model.predict(pixels.astype(np.float32)))


@pytest.mark.parametrize("n_threads", [1, 2])
def test_threads_change_the_speed_only(problem, n_threads):
    X, y = problem
    model = fitted(X, y, n_threads=n_threads)
    assert model.primal_ == pytest.approx(fitted(X, y).primal_, rel=1e-12)


@pytest.mark.parametrize("loss", ["softmax", "hinge"])
def test_a_matrix_with_scale_and_shift_is_the_scaled_data(problem, loss):
    X, y = problem
    scale, shift = np.array([0.5, 2.0, -1.0, 10.0]), np.array([1.0, 0.0, -3.0, 0.25])
    wrapped = LinearClassifier(loss, l2=1e-2).fit(taut.as_matrix(X, scale=scale, shift=shift), y)
    plain = LinearClassifier(loss, l2=1e-2).fit((X - shift) * scale, y)
    assert wrapped.primal_ == pytest.approx(plain.primal_, rel=2e-3)
    np.testing.assert_allclose(
        wrapped.scores(taut.as_matrix(X, scale=scale, shift=shift)), wrapped.scores((X - shift) * scale), atol=1e-10
    )


def test_unscale_keeps_the_predictions(problem):
    X, y = problem
    scale, shift = np.array([0.5, 2.0, -1.0, 10.0]), np.array([1.0, 0.0, -3.0, 0.25])
    matrix = taut.as_matrix(X, scale=scale, shift=shift)
    model = LinearClassifier("softmax", l2=1e-2).fit(matrix, y)
    scores, weights = model.scores(matrix), model.coef_.copy()
    assert model.unscale(scale=scale, shift=shift) is model
    np.testing.assert_allclose(model.scores(X), scores, atol=1e-12)
    np.testing.assert_allclose(model.coef_ / model.scale_, weights, rtol=1e-14)
    np.testing.assert_array_equal(model.shift_, shift)
    model.fit(X, y)
    assert not hasattr(model, "scale_")
    assert not hasattr(model, "shift_")


def test_unscale_with_one_number(problem):
    X, y = problem
    model = LinearClassifier("softmax", l2=1e-2).fit(taut.as_matrix(X, scale=0.25), y)
    scores = model.scores(taut.as_matrix(X, scale=0.25))
    np.testing.assert_allclose(model.unscale(scale=0.25).scores(X), scores, atol=1e-12)
    np.testing.assert_array_equal(model.scale_, np.full(4, 0.25))


def test_a_matrix_has_no_names(problem):
    X, y = problem
    model = LinearClassifier("softmax").fit(pd.DataFrame(X, columns=list("abcd")), y)
    model.fit(taut.as_matrix(X), y)
    assert not hasattr(model, "feature_names_in_")
    with pytest.raises(ValueError, match="X has 3 features, but LinearClassifier is expecting 4"):
        model.predict(taut.as_matrix(X[:, :3]))
