"""verify against the certificates of fits, against independent optima, and against everything that should not pass."""

import numpy as np
import pytest
from scipy import sparse

import strategies
import taut
from reference.optimum import objective, optimum

KINKED = strategies.KINKED


def fitted(name, seed=0, *, witness=True, n=30, d=3, k=3, weights=None, **options):
    X, y = strategies.clusters(seed, n, d, k)
    options = {"l2": 0.05, "tol": 1e-5, **options}
    return taut.LinearClassifier(name, **options).fit(X, y, weights, witness=witness), X, y


@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("name", strategies.LOSSES)
def test_a_fit_is_verified(name, intercept):
    model, X, y = fitted(name, n=15, fit_intercept=intercept)
    found = taut.verify(model, X, y)
    assert found.certified
    assert str(found).startswith("certified gap ")
    assert found.primal == pytest.approx(model.primal_, rel=1e-12)
    assert found.gap <= model.report_.tol
    best, _ = optimum(name, strategies.Task(X, y, 3, 1.0, 0.05, None, intercept))
    assert found.dual - 1e-9 <= best <= found.primal + 1e-9


@pytest.mark.parametrize("name", KINKED)
def test_no_witness(name):
    model, X, y = fitted(name, witness=False)
    found = taut.verify(model, X, y)
    assert not found.certified
    assert str(found).startswith("not certified: no witness")
    assert found.primal == pytest.approx(model.primal_, rel=1e-12)


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_weights_margin_and_class_weights(name):
    rng = np.random.default_rng(1)
    for class_weight in (None, "balanced", {0: 2.0, 2: 0.5}):
        s = rng.choice([0.0, 1.0, 2.5], size=30)
        s[:3] = 1.0
        model, X, y = fitted(name, weights=s, margin=2.0, class_weight=class_weight)
        found = taut.verify(model, X, y, s)
        assert found.certified, found
        assert found.primal == pytest.approx(model.primal_, rel=1e-12)
        assert not taut.verify(model, X, y).certified


@pytest.mark.parametrize("kind", ["sparse", "float32", "uint8", "scaled", "moved"])
@pytest.mark.parametrize("name", strategies.LOSSES)
def test_storage_and_scaling(name, kind):
    rng = np.random.default_rng(2)
    X, y = rng.integers(0, 50, size=(90, 4)), rng.integers(0, 3, 90)
    X[:, 0] += 20 * y
    given = {"sparse": sparse.csr_array(X.astype(float)), "uint8": X.astype(np.uint8)}.get(kind, X.astype(np.float32))
    model = taut.LinearClassifier(name, l2=0.01, tol=1e-4)
    scale = 0.02 if kind in ("scaled", "moved") else None
    shift = 30.0 if kind == "moved" else None
    model.fit(taut.as_matrix(given, scale=scale, shift=shift), y, witness=True)
    if scale is not None:
        model.unscale(scale=scale, shift=shift)
    found = taut.verify(model, given, y)
    assert found.certified, found
    assert found.primal == pytest.approx(model.primal_, rel=1e-6)
    assert found.dual <= found.primal


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_labels_are_matched_by_value(name):
    X, y = strategies.clusters(3, 40, 2, 2)
    words = np.array(["no", "yes"])[y]
    model = taut.LinearClassifier(name, l2=0.1).fit(X, words, witness=True)
    assert taut.verify(model, X, words).certified
    assert not taut.verify(model, X, np.array(["no", "yes"])[1 - y]).certified
    with pytest.raises(ValueError, match="maybe"):
        taut.verify(model, X, ["maybe", *words[1:]])


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_changed_weights_are_found_out(name):
    """A bound holds for all weights: worse ones have a larger gap, by exactly what they are worse."""
    model, X, y = fitted(name, n=15)
    before = taut.verify(model, X, y)
    model.coef_ = model.coef_ * 1.2
    after = taut.verify(model, X, y)
    assert not after.certified
    assert after.primal > before.primal
    task = strategies.Task(X, y, 3, 1.0, 0.05, None, intercept=True)
    theta = np.concatenate([model.coef_.T, model.intercept_[None]]).ravel()
    assert after.primal == pytest.approx(objective(name, task, theta), rel=1e-12)
    best, _ = optimum(name, task)
    assert after.dual <= best + 1e-9


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_a_fit_cut_short_is_not_certified(name):
    with pytest.warns(match="Not certified"):
        model, X, y = fitted(name, n=15, solver="gradient_descent", max_iter=2)
    found = taut.verify(model, X, y)
    assert not found.certified
    assert "gap" in str(found)
    best, _ = optimum(name, strategies.Task(X, y, 3, 1.0, 0.05, None, intercept=True))
    assert found.dual - 1e-9 <= best <= found.primal + 1e-9


@pytest.mark.parametrize("name", strategies.LOSSES)
def test_every_bound_is_one(name):
    """At weights drawn at random, with and without an intercept, the dual points bound the optimum."""
    rng = np.random.default_rng(4)
    for seed in range(2):
        for intercept in (False, True):
            model, X, y = fitted(name, seed, n=12, fit_intercept=intercept)
            model.coef_ = model.coef_ + rng.normal(size=model.coef_.shape)
            best, _ = optimum(name, strategies.Task(X, y, 3, 1.0, 0.05, None, intercept))
            found = taut.verify(model, X, y)
            assert found.dual - 1e-9 <= best <= found.primal + 1e-9
            assert np.isfinite(found.dual)


@pytest.mark.parametrize("name", KINKED)
def test_a_forged_witness_is_refused(name):
    model, X, y = fitted(name)
    kept = model.witness_.copy()
    everyone = np.arange(len(y))
    forgeries = {}
    forgeries["beyond its bound"] = kept * 1.0
    forgeries["beyond its bound"][0] = 0.0
    forgeries["beyond its bound"][0, (y[0] + 1) % 3], forgeries["beyond its bound"][0, y[0]] = 1.5, -1.5
    forgeries["negative"] = kept - 0.1
    forgeries["negative"][everyone, y] = 0.2
    forgeries["rows do not sum to zero"] = np.where(np.eye(3)[y] == 1, 0.0, kept)
    forgeries["not a number"] = np.where(kept == kept[0, 0], np.nan, kept)
    unbalanced = kept.copy()
    unbalanced[y == 0] = 0.0
    forgeries["not balanced"] = unbalanced
    forgeries["another shape"] = kept[:-1]
    forgeries["another order"] = kept[::-1].copy()
    for what, witness in forgeries.items():
        model.witness_ = witness
        found = taut.verify(model, X, y)
        assert not found.certified, what
    model.witness_ = kept
    assert taut.verify(model, X, y).certified


def test_other_data_is_named():
    model, X, y = fitted("softmax")
    found = taut.verify(model, X[:15], y[:15])
    assert not found.certified
    assert "other rows" in str(found)


def test_without_a_penalty_and_without_a_formula():
    X, y = strategies.clusters(5, 30, 2, 2)
    model = taut.LinearClassifier("squared", l2=0.0).fit(X, y)
    assert "l2 = 0" in str(taut.verify(model, X, y))
    regressor = taut.LinearRegressor().fit(X, X[:, 0])
    assert "verify knows" in str(taut.verify(regressor, X, X[:, 0]))


def test_shapes_are_named():
    model, X, y = fitted("softmax")
    with pytest.raises(ValueError, match="2 columns"):
        taut.verify(model, X[:, :2], y)
    with pytest.raises(ValueError, match="30 rows"):
        taut.verify(model, X, y[:-1])
    with pytest.raises(ValueError, match="sample_weight"):
        taut.verify(model, X, y, -np.ones(30))


def test_it_shares_nothing_with_the_solvers():
    """Of taut, only how X is stored and how results are shown."""
    import ast
    from pathlib import Path

    import taut.check._verify as first
    import taut.check._verify_losses as second

    used = set()
    for module in (first, second):
        for node in ast.walk(ast.parse(Path(module.__file__).read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                used.add(node.module)
            elif isinstance(node, ast.Import):
                used |= {name.name for name in node.names}
    own = {name for name in used if name.startswith("taut")}
    assert own == {"taut._typing", "taut.matrix", "taut.pages", "taut.check._verify_losses"}
