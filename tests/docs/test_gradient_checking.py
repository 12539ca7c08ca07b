"""docs/gradient-checking.md says what was measured, and a slice that is measured anew agrees."""

import importlib
import json
import re
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "gradient-checking.md").read_text("utf-8")
FOUND = json.loads((DOCS / "gradient-checking.json").read_text("utf-8"))


@pytest.fixture(autouse=True)
def one_blas_thread():
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def make():
    sys.path.insert(0, str(DOCS))
    try:
        yield importlib.import_module("make_gradient_checking")
    finally:
        sys.path.remove(str(DOCS))


@pytest.fixture(scope="module")
def experiments(make):
    return make.experiments


@pytest.fixture(scope="module")
def outputs(make):
    """What the code on the page prints today."""
    return make.outputs()


def rows(name, **wanted):
    chosen = [row for row in FOUND[name] if all(row[key] == value for key, value in wanted.items())]
    assert chosen
    return chosen


def near(row, wanted):
    return abs(row["spread"] - wanted) < 0.01


# --- the page is what the script makes of its numbers -----------------------------------------------------------------


def test_tables_and_numbers_of_the_page_come_from_the_saved_run(make, outputs):
    made = {name: table(FOUND) for name, table in make.TABLES.items()} | make.words(FOUND)
    assert make.filled(PAGE, made) == PAGE
    marked = re.findall(r"<!-- made: (\w+) -->", PAGE)
    assert PAGE.count("<!--") == 2 * len(marked)
    assert set(marked) == {*make.TABLES, "at_0", "at_1", "at_2", "share", "worst", *outputs}
    assert not re.search(r"<!-- made: \w+ -->\s*<!-- end -->", PAGE)


def test_code_of_the_page_prints_what_the_page_shows(outputs):
    for name, text in outputs.items():
        assert text in PAGE, name


def test_pictures_of_the_page_exist():
    pictures = re.findall(r"\]\((images/[\w-]+\.png)\)", PAGE)
    assert len(pictures) == 5
    for picture in pictures:
        assert (DOCS / picture).read_bytes().startswith(b"\x89PNG")


# --- the example ------------------------------------------------------------------------------------------------------


def test_the_example_of_one_dimension(outputs):
    shown = outputs["example"]
    assert "strict gradient:     [0. 0.]" in shown
    assert "central differences: [ 0.5 -0.5]" in shown
    assert "\nok_at_kink: " in shown


def test_the_wrong_regulariser_is_named_on_its_ties(outputs):
    assert "\nbug: " in outputs["known"]
    assert "regulariser half" in outputs["known"]
    assert outputs["command"].endswith("$ echo $?\n1\n```")


# --- central claims, in the saved run ---------------------------------------------------------------------------------


def test_the_expected_number_of_crossings_is_the_measured_one():
    run = FOUND["baseline"]
    assert run["mean_crossings"] == pytest.approx(run["expected_crossings"], rel=0.25)
    assert run["share"] == pytest.approx(run["expected_share"], rel=0.25)
    assert 0.35 < run["ten_coordinates_meet_one"] < 0.5
    for row in FOUND["margin_and_spread"]:
        assert row["share"] == pytest.approx(row["theory"], rel=0.15, abs=0.03)
    for row in FOUND["samples"]:
        assert row["share"] == pytest.approx(row["theory"], rel=0.5)


def test_a_larger_margin_means_fewer_crossings_where_the_scores_are_narrow():
    for spread in (0.247, 0.494):
        shares = [row["share"] for row in FOUND["margin_and_spread"] if near(row, spread)]
        assert all(a >= b for a, b in pairwise(shares))
        assert shares[-1] == 0.0


def test_the_worst_spread_is_as_large_as_the_margin():
    at_one = {round(row["spread"], 2): row["share"] for row in rows("margin_and_spread", delta=1.0)}
    assert max(at_one, key=at_one.get) == 0.99
    at_zero = [row["share"] for row in rows("margin_and_spread", delta=0.0)]
    assert at_zero == sorted(at_zero, reverse=True)


def test_in_float64_every_mismatch_of_the_hinge_is_a_crossing():
    (row,) = rows("mismatches", loss="hinge", dtype="float64")
    assert row["crossed"] > 0.05
    assert row["mismatch_without_crossing"] == row["crossing_without_mismatch"] == 0


def test_in_float32_no_step_helps_and_softmax_is_as_bad():
    for loss in ("hinge", "softmax"):
        assert min(row["share"] for row in rows("steps", loss=loss, dtype="float32")) > 0.5
    assert rows("mismatches", loss="softmax", dtype="float32")[0]["beyond_1e-04"] > 0.9


def test_in_float64_a_step_of_1e_8_meets_no_kink_and_rounds_little():
    (row,) = [row for row in rows("steps", loss="hinge", dtype="float64") if row["step"] == pytest.approx(1e-8)]
    assert row["share"] == 0.0
    assert row["median"] < 1e-7


def test_the_gradient_stops_growing_with_the_margin_and_the_rounding_does_not():
    sizes = {row["delta"]: row for row in FOUND["sizes"]}
    assert sizes[100.0]["gradient"] == pytest.approx(sizes[2.0]["gradient"], rel=1e-2)
    assert sizes[1.0]["gradient"] > 1.5 * sizes[0.0]["gradient"]
    assert sizes[100.0]["rounding"] == pytest.approx(10 * sizes[10.0]["rounding"], rel=0.5)
    for row in FOUND["sizes"]:
        assert row["gradient"] == pytest.approx(row["gradient_theory"], rel=0.03)
        assert 0.2 < row["rounding"] / row["rounding_theory"] < 1.5


def test_at_the_optimum_every_coordinate_crosses_whatever_the_margin():
    for row in rows("training", stage="optimum"):
        assert row["share"] == 1.0
        assert row["ties"] > 100
        assert row["gap"] < 1e-8
    assert max(row["share"] for row in rows("training", stage="start")) == 0.0


# --- a slice, measured anew -------------------------------------------------------------------------------------------


def test_crossings_are_counted_exactly(experiments):
    rng = np.random.default_rng(0)
    X, y, W = rng.standard_normal((12, 5)), rng.integers(0, 4, 12), rng.standard_normal((5, 4))
    h = 0.05
    m = experiments.margins(X @ W, y, 1.0)
    counts = experiments.crossings(m, X, y, h)
    assert counts.sum() > 10
    for k in range(5):
        for c in range(4):
            step = np.zeros_like(W)
            step[k, c] = h
            above, below = (experiments.margins(X @ V, y, 1.0) for V in (W + step, W - step))
            assert counts[k, c] == int(((above > 0) != (below > 0)).sum())


def test_the_loss_of_the_page_is_the_loss_of_taut(experiments):
    import taut

    W, X, y = experiments.pictures(0, samples=20)
    for name, own in (("hinge", experiments.hinge), ("softmax", experiments.softmax)):
        value, gradient = taut.loss_and_gradient(W, X, y, loss=name)
        assert own(W, X, y)[0] == pytest.approx(value, rel=1e-12)
        np.testing.assert_allclose(own(W, X, y)[1], gradient, rtol=1e-9, atol=1e-12)


def test_a_slice_of_the_runs_agrees_with_the_saved_ones(experiments):
    anew = experiments.baseline(seeds=10)
    assert anew["share"] == pytest.approx(FOUND["baseline"]["share"], abs=0.06)
    (row,) = experiments.mismatches(seeds=1, count=60)[:1]
    assert row["mismatch_without_crossing"] == row["crossing_without_mismatch"] == 0
    (size,) = experiments.sizes([1.0], seeds=1, count=10)
    assert size["gradient"] == pytest.approx(size["gradient_theory"], rel=0.05)


def test_a_slice_against_margin_and_spread_agrees_with_the_theory(experiments):
    for row in experiments.margin_and_spread(seeds=8, stds=(1e-4,)):
        assert row["share"] == pytest.approx(row["theory"], rel=0.3, abs=0.06)
