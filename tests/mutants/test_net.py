"""taut's checker on wrong backpropagations: every one is called a bug, the right one never."""

import numpy as np
import pytest

import taut
from mutants.net import MUTANTS, right

REG = 0.1


def problem(seed, dtype=np.float64):
    rng = np.random.default_rng(seed)
    n, d, h, k = 12, 5, 6, 3
    net = {
        "W1": rng.normal(size=(d, h)),
        "b1": rng.normal(size=h),
        "W2": rng.normal(size=(h, k)),
        "b2": rng.normal(size=k),
    }
    return (
        {name: array.astype(dtype) for name, array in net.items()},
        rng.normal(size=(n, d)).astype(dtype),
        rng.integers(0, k, n),
    )


def verdict(function, seed, dtype=np.float64):
    net, X, y = problem(seed, dtype)
    return taut.check_gradient(lambda W: function(W, X, y, REG), net)


@pytest.mark.parametrize("seed", [0])
@pytest.mark.parametrize("name", MUTANTS)
def test_every_mutant_is_a_bug(name, seed):
    report = verdict(MUTANTS[name], seed)
    assert report.verdict == "bug", str(report)


@pytest.mark.parametrize("seed", range(10))
def test_the_right_one_is_not_accused_and_is_tauts_own(seed):
    net, X, y = problem(seed)
    assert verdict(right, seed).verdict == "ok"
    value, gradient = right(net, X, y, REG)
    own, mine = taut.loss_and_gradient(net, X, y, loss="softmax", l2=REG)
    assert own == pytest.approx(value, rel=1e-13)
    for name in net:
        np.testing.assert_allclose(mine[name], gradient[name], rtol=1e-11, atol=1e-13)
