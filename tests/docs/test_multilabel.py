"""docs/multilabel.md: its formulas in numbers, and its recipe for torch where torch is installed."""

import re

import numpy as np
import pytest

import taut
from docs.pages import DOCS, formulas

PAGE = DOCS / "multilabel.md"


def recipe(caption):
    """A block that the page's own test does not run, because it needs what few have installed."""
    found = re.search(
        rf"^```\{{code-block\}} python\n:caption: {caption}\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S
    )
    assert found
    return found[1]


def test_every_formula_is_here():
    assert [label for label, _ in formulas(PAGE)] == ["multilabel-bp_mll", "multilabel-bound"]


def test_multilabel_bp_mll():
    rng = np.random.default_rng(0)
    c, y = rng.normal(size=18), rng.random(18) < 0.3
    pairs = np.exp(c[~y][:, None] - c[y][None, :])
    value, _ = taut.loss_and_gradient(None, c[None], y[None], loss="bp_mll", wrt="scores")
    assert value == pytest.approx(pairs.mean(), rel=1e-14)
    assert value == pytest.approx(np.exp(c[~y]).mean() * np.exp(-c[y]).mean(), rel=1e-14)


def test_multilabel_bound():
    rng = np.random.default_rng(1)
    X, Y = rng.normal(size=(50, 3)), rng.random((50, 4)) < 0.5
    Y[:, 0], Y[:, 1] = True, False
    best = taut.MultilabelClassifier("lsep", l2=0.1, fit_intercept=False, tol=1e-10).fit(X, Y)
    for _ in range(20):
        value, dW = taut.loss_and_gradient(rng.normal(size=(3, 4)), X, Y, loss="lsep", l2=0.1)
        assert 0 <= value - best.primal_ <= (dW**2).sum() / (2 * 0.1)


def test_recipe_for_torch():
    torch = pytest.importorskip("torch")
    space = {"__name__": "page"}
    exec(recipe("torch"), space)
    assert space["losses"][-1] < space["losses"][0] / 4
    scores = torch.randn(5, 18, dtype=torch.float64, requires_grad=True)
    Y = torch.rand(5, 18) < 0.3
    Y[:, 0], Y[:, 1] = True, False
    assert torch.autograd.gradcheck(lambda c: space["LabelSetLoss"].apply(c, Y), scores)


def test_recipe_for_keras():
    source = recipe("Keras")
    compile(source, "page", "exec")
    pytest.importorskip("tensorflow")
    space = {"__name__": "page"}
    exec(source, space)
    rng = np.random.default_rng(2)
    X = rng.normal(size=(200, 10)).astype(np.float32)
    Y = (X @ rng.normal(size=(10, 18)) > 1.5).astype(np.float32)
    losses = space["model"].fit(X, Y, epochs=30, batch_size=200, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
