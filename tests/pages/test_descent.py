"""Pictures of a descent: what is drawn where, from plain dicts."""

import io

import numpy as np
import pytest
from PIL import Image

import taut
from taut.pages import _descent as descent
from taut.pages._plot import Axis

CURVATURE = np.array([[4.0, 1.0], [1.0, 2.0]])


def history(rate=0.2, steps=30, status="max_iter", **more):
    """Plain descent on ½ (θ − 1)ᵀ H (θ − 1) + 3, θ = (slope, intercept)."""
    theta, thetas = np.array([4.0, -5.0]), []
    for _ in range(steps + 1):
        thetas.append(theta)
        theta = theta - rate * CURVATURE @ (theta - 1)
    thetas = np.array(thetas)
    cost = 3 + 0.5 * np.einsum("ij,jk,ik->i", thetas - 1, CURVATURE, thetas - 1)
    values = np.linalg.eigvalsh(CURVATURE)
    return {
        "iteration": np.arange(steps + 1),
        "cost": cost,
        "intercept": thetas[:, 1],
        "coef": thetas[:, :1],
        "step": np.full(steps + 1, rate),
        "lowest_cost": 3.0,
        "status": status,
        "condition": values[1] / values[0],
        "predicted_factor": max((1 - rate * values).tolist(), key=abs),
        "optimum": np.ones(2),
        "hessian": CURVATURE,
    } | more


def opened(png):
    return Image.open(io.BytesIO(png)).convert("RGB")


def count(image, colour):
    return int((np.asarray(image) == colour).all(axis=2).sum())


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_fits_stand_side_by_side_three_in_a_row(number):
    image = opened(taut.draw_descent(*[history()] * number))
    single = opened(taut.draw_descent(*[history()] * min(number, 3)))
    assert image.width == single.width <= 1400
    assert (image.height > 1.7 * single.height) == (number > 3)
    assert count(image, descent.PATH) > 100 * number
    assert count(image, descent.BEST) > 20 * number


def test_nothing_is_drawn_on_the_margin():
    for facts in (history(), history(0.6, 12, "diverged"), history(steps=1)):
        pixels = np.asarray(opened(taut.draw_descent(facts, titles=("a title much longer than a frame is wide " * 5,))))
        margin = np.ones(pixels.shape[:2], dtype=bool)
        margin[20:-20, 20:-20] = False
        assert (pixels[margin] == 255).all()


def test_more_columns_than_one_have_a_cost_curve_only():
    facts = history()
    whole = opened(taut.draw_descent(facts))
    del facts["hessian"]
    curve = opened(taut.draw_descent(facts))
    assert curve.height < 0.65 * whole.height
    assert count(curve, descent.BEST) == 0


def test_the_predicted_line_runs_along_the_curve():
    """At the last steps both fall by the same factor, the square of what the error is multiplied by."""
    facts = history(steps=20)
    above = facts["cost"] - 3
    line = descent._predicted(facts["iteration"].astype(float), above, facts["predicted_factor"])
    (x0, y0), (x1, y1) = line.points
    slope = (np.log(y1) - np.log(y0)) / (x1 - x0)
    assert slope == pytest.approx(np.log(above[-1] / above[-2]), rel=1e-5)
    assert (x1, y1) == (20.0, pytest.approx(above[-1]))


def test_contours_are_lines_of_equal_cost_through_the_start():
    start, best = np.array([-5.0, 4.0]), np.ones(2)
    turned = CURVATURE[::-1, ::-1]
    for level, ring in zip(range(-3, 9), descent._contours(turned, best, start), strict=True):
        apart = np.array(ring.points) - best
        cost = 0.5 * np.einsum("ij,jk,ik->i", apart, turned, apart)
        np.testing.assert_allclose(cost, 0.5 * (start - best) @ turned @ (start - best) * 4.0**-level, rtol=1e-9)


def test_a_fit_that_arrives_in_one_step_shows_the_cost_itself():
    facts = history(steps=1, cost=np.array([90.0, 3.0]))
    panel = descent._cost_panel(facts, "")
    assert [line.name for line in panel.lines] == ["lower bound", "cost"]
    assert not panel.y.log
    assert [text for _, text in panel.x.ticks(7)] == ["0", "1"]


@pytest.mark.parametrize(
    ("arguments", "titles", "message"),
    [
        ((), (), "at least one fit"),
        (({"iteration": np.arange(1)},), (), "history 0 holds one point"),
        ((history(),), ("a", "b"), "1 histories take as many titles, got 2"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments, titles, message):
    with pytest.raises(ValueError, match=message):
        taut.draw_descent(*arguments, titles=titles)


def test_ticks():
    assert [text for _, text in Axis(-180, 30, "b").ticks(5)] == ["-150", "-100", "-50", "0"]
    assert [text for _, text in Axis(0.5, 2e4, "J", log=True).ticks(6)] == ["1", "10", "100", "1000", "10000"]
    assert Axis(1, 100, "J", log=True).share(10) == pytest.approx(0.5)


def test_history_of_a_fit_is_what_is_drawn():
    X = np.array([14.2, 16.4, 11.9, 15.2, 18.5, 22.1])[:, None]
    model = taut.LinearRegressor(solver="gradient_descent", scaling="none", momentum=0.9).fit(
        X, [215.0, 325, 185, 332, 406, 522]
    )
    facts = model.history_
    A = np.c_[X, np.ones(6)]
    np.testing.assert_allclose(facts["hessian"], A.T @ A / 6, rtol=1e-12)
    np.testing.assert_allclose(facts["optimum"], [model.coef_[0], model.intercept_], rtol=1e-3)
    above = facts["cost"] - facts["lowest_cost"]
    seen = np.sqrt(above[-300] / above[-600]) ** (1 / 300)
    assert seen == pytest.approx(facts["predicted_factor"], rel=1e-4)
    assert opened(taut.draw_descent(facts)).size[0] > 600


def test_scaled_columns_are_drawn_in_raw_units():
    X = np.array([14.2, 16.4, 11.9, 15.2, 18.5, 22.1])[:, None]
    t = np.array([215.0, 325, 185, 332, 406, 522])
    raw = taut.LinearRegressor(l2=0.0, solver="gradient_descent").fit(X, t).history_
    scaled = taut.LinearRegressor(l2=0.0, solver="gradient_descent", scaling="standardize").fit(X, t).history_
    np.testing.assert_allclose(scaled["hessian"], raw["hessian"], rtol=1e-10)
    np.testing.assert_allclose(scaled["optimum"], raw["optimum"], rtol=1e-10)
