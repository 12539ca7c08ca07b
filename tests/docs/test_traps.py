"""The traps that the derivation pages list: taut's checker finds each of them."""

import numpy as np
import pytest

import taut
from taut.check import KnownProblem

DELTA, REG = 1.0, 0.1


def hinge(W, X, y, *, delta_outside=False, delta=DELTA, own=False, everywhere=False, mean=True, stale=False, floor=0.0):
    """The vectorised SVM with R = ½ reg‖W‖², and its published slips."""
    ar = np.arange(len(y))
    gaps = X @ W - (X @ W)[ar, y][:, None]
    margins = np.maximum(0, gaps) + delta if delta_outside else np.maximum(0, gaps + delta)
    mask = ((gaps if delta_outside else gaps + delta) > 0).astype(float)
    if not own:
        margins[ar, y] = 0
        mask[ar, y] = 0
    if stale:
        mask[mask > 0] = mask[-1].sum()
    total = mask.sum(axis=1)
    if everywhere:
        mask -= total[:, None]
    else:
        mask[ar, y] = -total
    N = len(y) if mean else 1
    loss = margins.sum() / N + floor + 0.5 * REG * np.sum(W * W)
    return loss, X.T @ mask / N + REG * W


def softmax(W, X, y, *, row_0=False, no_penalty=False):
    """The vectorised softmax with R = ½ reg‖W‖², and its published slips."""
    ar = np.arange(len(y))
    P = np.exp(X @ W - (X @ W).max(axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    loss = -np.log(P[0, y]).mean() if row_0 else -np.log(P[ar, y]).mean()
    P[ar, y] -= 1
    R = 0.0 if no_penalty else 0.5 * REG * np.sum(W * W)
    return loss + R, X.T @ P / len(y) + REG * W


def verdict(function, loss, seed=0, **slip):
    rng = np.random.default_rng(seed)
    X, y, W = rng.standard_normal((12, 5)), rng.integers(0, 4, 12), rng.standard_normal((5, 4))

    def written(W, X, y, reg):
        return function(W, X, y, **slip)

    return taut.check_gradient(KnownProblem(written, X, y, reg=REG, loss=loss, convention="half"), W).verdict


def test_the_right_forms_pass():
    assert verdict(hinge, "hinge") == "ok"
    assert verdict(softmax, "softmax") == "ok"


@pytest.mark.parametrize(
    "slip",
    [
        {"delta_outside": True},
        {"delta": 0.0},
        {"own": True},
        {"everywhere": True},
        {"mean": False},
        {"stale": True},
        {"floor": DELTA},
    ],
    ids=lambda slip: next(iter(slip)),
)
def test_traps_of_the_hinge_are_found(slip):
    assert verdict(hinge, "hinge", **slip) == "bug"


@pytest.mark.parametrize("slip", [{"row_0": True}, {"no_penalty": True}], ids=lambda slip: next(iter(slip)))
def test_traps_of_softmax_are_found(slip):
    assert verdict(softmax, "softmax", **slip) == "bug"


def test_the_value_that_is_a_margin_too_large_is_seen_only_with_the_loss_known():
    rng = np.random.default_rng(0)
    X, y, W = rng.standard_normal((12, 5)), rng.integers(0, 4, 12), rng.standard_normal((5, 4))
    assert taut.check_gradient(lambda W: hinge(W, X, y, floor=DELTA), W).verdict == "ok"
    assert verdict(hinge, "hinge", floor=DELTA) == "bug"


def test_loss_from_row_0_starts_at_its_anchor_all_the_same():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((12, 5)), rng.integers(0, 4, 12)
    assert softmax(np.zeros((5, 4)), X, y, row_0=True)[0] == pytest.approx(np.log(4))
