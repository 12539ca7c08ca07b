"""Rounding: the guaranteed bound against rational arithmetic, the measured one against noise that is known."""

from fractions import Fraction

import numpy as np
import pytest

import taut
from strategies import problems
from taut.check._function import Function, Layout
from taut.check._noise import measured, table
from taut.check._running import running_noise
from taut.losses import make_loss
from taut.models import Linear
from taut.objective import Risk


def exact_value(risk, theta):
    """P(theta) in rational arithmetic; for the losses that have one."""
    X = risk.matrix.precise_block(slice(0, len(risk.targets)))
    k, margin = risk.model.k, Fraction(risk.loss.margin)
    table = [[Fraction(float(each)) for each in row] for row in theta.reshape(-1, k)]
    total = Fraction(0)
    for row, y, weight in zip(X, risk.targets, risk.all_weights, strict=True):
        features = [Fraction(float(x)) for x in row] + [Fraction(1)] * risk.model.intercept
        s = [sum(x * w[j] for x, w in zip(features, table, strict=True)) for j in range(k)]
        m = [s[j] - s[y] + margin for j in range(k) if j != y]
        if risk.loss.name == "hinge":
            loss = sum(max(Fraction(0), each) for each in m)
        elif risk.loss.name == "squared_hinge":
            loss = sum(max(Fraction(0), each) ** 2 for each in m)
        elif risk.loss.name == "crammer_singer":
            loss = max(Fraction(0), *m)
        else:
            loss = sum((s[j] - (j == y)) ** 2 for j in range(k)) / 2
        total += Fraction(float(weight)) * loss
    weights = sum(Fraction(float(each)) for each in risk.all_weights)
    norm = sum(each**2 for row in table[: risk.model.d] for each in row)
    return total / weights + Fraction(risk.l2) / 2 * norm


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge", "crammer_singer", "squared"])
def test_the_bound_holds_and_is_not_absurd(loss):
    ratios = []
    rng = np.random.default_rng(0)
    for p in problems(11, 60, ("random", "near", "duplicates")):
        risk = Risk(taut.as_matrix(p.X), p.y, make_loss(loss, margin=p.margin), Linear(p.d, p.k), p.l2, p.weights)
        theta = np.concatenate([p.W.ravel(), rng.normal(size=p.k)])
        h = 2.0 ** -rng.integers(1, 20)
        scales = np.ones_like(theta)
        noise = running_noise(risk, theta, scales)
        moved = theta + h * rng.choice([-1.0, 1.0], theta.size)
        for x, step in ((theta, 0.0), (moved, h)):
            value, _ = risk.value_and_gradient(x)
            error = abs(float(Fraction(value) - exact_value(risk, x)))
            assert error <= noise.at(step, value)
            if error:
                ratios.append(noise.at(step, value) / error)
    assert np.median(ratios) < 1e3


def test_a_rounded_loss_has_no_bound():
    risk = Risk(taut.as_matrix(np.ones((1, 1))), np.zeros(1, int), make_loss("hinge").rounded(0.1), Linear(1, 2), 0.0)
    assert running_noise(risk, np.zeros(4), np.ones(4)) is None


@pytest.mark.parametrize("level", [1e-12, 1e-6, 1e-3])
def test_the_table_finds_the_level_of_noise(level):
    rng = np.random.default_rng(0)

    def fn(w):
        return float(np.sin(w).sum() + level * rng.standard_normal()), w

    point = np.array([0.3, 1.0])
    function = Function(fn, Layout.of(point), double=False)
    found = [table(function, point, np.full(2, 1e-9)) for _ in range(20)]
    assert level / 4 < np.median(found) < 4 * level
    noise = measured(function, point, np.ones(2), 2.0**-52, rng)
    assert noise.at(0.0, 1.0) > level
    assert not noise.guaranteed
