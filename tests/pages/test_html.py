"""The frame of every page: escaping, policy, notation of numbers, colours, curves."""

import base64
import hashlib
import html
import json
import math
import re

import numpy as np
import pytest

import taut
from taut.pages._curve import Series, _log_ticks, _ticks, curves
from taut.pages._html import escaped, html_page, tint
from taut.pages._numbers import Notation

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&\x1b[2J\u202e\u2028"


def test_escaped_leaves_no_markup():
    text = escaped(HOSTILE)
    assert not set("<>\"'") & set(text)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert html.unescape(text).startswith("</script><script>")


def test_the_policy_names_the_hashes_of_what_the_page_runs():
    page = html_page("title", "body", styles=("page.css", "explain.css"), script="explain.js", facts={"name": HOSTILE})
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    style, script = (re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)[1] for tag in ("style", "script"))
    for kind, text in (("style", style), ("script", script)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_facts_cannot_end_their_element():
    page = html_page("t", "", script="explain.js", facts={"name": HOSTILE})
    inside = re.search(r'id="facts">(.*?)</script>', page, re.DOTALL)[1]
    assert json.loads(inside) == {"name": HOSTILE}
    assert "script-src" not in html_page("t", "")


def test_hostile_names_in_an_explanation_and_a_report():
    names = {"class_names": [HOSTILE, "b"], "feature_names": [HOSTILE], "example_names": [HOSTILE] * 2}
    found = taut.explain_gradient([[1.0, -1.0]], [[1.0], [2.0]], [0, 1], **names)
    for page in (found.to_html(), found._repr_html_()):
        assert "<img" not in page
        assert "<script>alert" not in page
    assert "&lt;img src=x" in found.to_html()


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([0.0, 0.0], ["0", "0"]),
        ([1.0, -2.0], ["1", "−2"]),
        ([0.5, -12.25], ["0.50", "−12.25"]),
        ([0.01234, 0.0], ["0.01234", "0"]),
        ([1e-9, 2.5e-9], ["1.000", "2.500"]),
        ([123456.0, 0.5], ["1.235", "0.000"]),
    ],
)
def test_one_notation_a_matrix(values, wanted):
    array = np.array(values)
    notation = Notation.of(array)
    assert [notation.write(value) for value in values] == wanted
    # what is written times the factor is the number, to half a unit of the last digit
    for text, value in zip(wanted, values, strict=True):
        read = float(text.replace("−", "-")) * 10.0**notation.exponent
        assert abs(read - value) <= 0.5001 * 10.0 ** (notation.exponent - notation.decimals)


def test_tints_are_symmetric_and_grow():
    steps = [tint(value, 1.0) for value in np.linspace(0, 1, 50)]
    assert steps[0] == ""
    assert steps[-1] == "p6"
    assert steps == sorted(steps)
    assert [tint(-value, 1.0).replace("n", "p") for value in np.linspace(0, 1, 50)] == steps
    assert tint(math.nan, 1.0) == tint(1.0, 0.0) == ""


@pytest.mark.parametrize(("low", "high"), [(1e-9, 1e3), (0.25, 2.3), (0.2593, 0.2597), (1.0, 1.0), (1e-300, 1e300)])
def test_ticks_are_few_and_inside(low, high):
    bottom, top = math.log10(low) - 0.02, math.log10(high) + 0.02
    ticks = _log_ticks(bottom, top)
    assert 2 <= len(ticks) <= 7
    assert all(bottom - 0.01 <= math.log10(tick) <= top + 0.01 for tick in ticks)


@pytest.mark.parametrize("right", [1e-3, 1.0, 7.0, 39.0, 20000.0])
def test_ticks_of_passes(right):
    ticks = _ticks(right)
    assert ticks[0] == 0
    assert 2 <= len(ticks) <= 6
    assert ticks[-1] <= right * (1 + 1e-9)


def test_a_curve_leaves_out_what_a_logarithm_cannot_show():
    figure = curves("Gap", "passes", [Series("gap", [(1, math.inf), (2, 0.5), (3, math.nan), (4, 0.0), (5, 0.1)])])
    assert figure.count("<title>") == 2
    assert "gap 0.5 after 2" in figure
    assert curves("Gap", "passes", [Series("gap", [(1, math.nan)])]) == ""


FALLING = [(0, 1.0), (100, 0.3), (900, 0.0012), (1000, 0.0009)]


@pytest.mark.parametrize(
    "points",
    [
        FALLING,
        [(1000 - x, y) for x, y in FALLING],
        [(0, 1e-3), (1000, 1e-3)],
        [(0, 0.9e-3), (1000, 1.1e-3)],
        [(1, 1e-6)],
        [(0, 1e-2), (10, 1e-4), (500, 1e-2), (990, 1e-4), (1000, 1e-2)],
    ],
    ids=["falling", "rising", "on the line", "through the line", "one point", "up and down"],
)
def test_the_name_of_a_level_is_beside_the_curve(points):
    figure = curves("Gap", "passes", [Series("gap", points)], level=("tol 0.001", 1e-3))
    x, y = (float(each) for each in re.search(r'<text class="name" x="([\d.]+)" y="([\d.]+)"', figure).groups())
    drawn = re.search(r'<polyline [^>]*points="([^"]*)"', figure).group(1)
    places = np.array([place.split(",") for place in drawn.split()], dtype=float)
    along = np.linspace(places[:-1], places[1:], 500).reshape(-1, 2) if len(places) > 1 else places
    inside = (along[:, 0] > x) & (along[:, 0] < x + 55) & (along[:, 1] > y - 9) & (along[:, 1] < y + 2)
    assert not inside.any()
    assert 64 <= x <= 440 - 14 - 50
    assert 12 <= y <= 250 - 40


def test_a_long_curve_is_thinned_and_keeps_its_end():
    points = [(float(i), 1.0 / (i + 1)) for i in range(5000)]
    kept = Series("gap", points).drawable().points
    assert len(kept) <= 120
    assert kept[-1] == points[-1]
