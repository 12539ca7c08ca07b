"""What a notebook shows of a result: its own figures, every name escaped, light and dark."""

import html
import re

import numpy as np
import pytest

import taut
from taut.check import BlendVerdict, Certificate
from taut.pages import card, path_card

HOSTILE = "<img src=x onerror=window.hacked=1>"
MOST = 12_000  # letters


def wrong(w):
    """A gradient whose second entry is wrong."""
    return float(w @ w), 2 * w + np.array([0.0, 1.0])


def hinge(w):
    """A kink between the point and its neighbours."""
    return float(np.maximum(0.0, w).sum()), (w > 0).astype(float)


@pytest.fixture(scope="module")
def results():
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(60, 3)), np.arange(60) % 3
    model = taut.LinearClassifier("softmax", l2=0.1).fit(X, y)
    blend = taut.BlendRegressor(lower=0.2, upper=1.0).fit(np.array([[1.0, 0.0, 0.6], [0.0, 1.0, 0.6]]), [0.9, 0.1])
    return {
        "report": model.report_,
        "net report": taut.TwoLayerClassifier(2, solver="quasi_newton", random_state=0).fit(X, y).report_,
        "certificate": taut.verify(model, X, y),
        "no certificate": Certificate(1.0, -np.inf, np.inf, 1e-3, f"no {HOSTILE}"),
        "blend report": blend.report_,
        "blend verdict": blend.verify(),
        "no blend verdict": BlendVerdict(False, 3, 0.5, f"item {HOSTILE} is out"),
        "check": taut.check_gradient(lambda w: (float(w @ w), 2 * w), np.array([1.0, -2.0])),
        "wrong check": taut.check_gradient(wrong, np.array([1.0, -2.0])),
        "kinked check": taut.check_gradient(hinge, np.array([1e-9, 1.0]), pieces=lambda w: w),
        "choice": taut.choose_l2(X, y, l2s=[1.0, 0.1, 1e-4], folds=3, loss="softmax"),
        "path": taut.l2_path(X, y, l2s=[1.0, 0.1, 1e-4], loss="softmax"),
        "explanation": taut.explain_gradient(np.eye(3), X[:4], y[:4], class_names=["a", HOSTILE, "c"]),
    }


NAMES = [
    "report", "net report", "certificate", "no certificate", "blend report", "blend verdict", "no blend verdict",
    "check", "wrong check", "kinked check", "choice", "path", "explanation",
]  # fmt: skip


def text(shown):
    return html.unescape(re.sub(r"<[^>]*>", " ", shown))


def pairs(shown):
    """Names and values of the folded table of numbers."""
    found = re.findall(r"<tr><th [^>]*>([^<]*)</th><td [^>]*>([^<]*)</td></tr>", shown)
    return {html.unescape(name): html.unescape(value) for name, value in found}


@pytest.mark.parametrize("name", NAMES)
def test_a_result_shows_its_sentence_and_escapes_every_name(results, name):
    result = results[name]
    shown = result._repr_html_()
    sentence = {"path": getattr(result, "sentence", None)}.get(name, str(result)).split("\n")[0]
    assert sentence in text(shown)
    assert len(shown) < (40_000 if name == "explanation" else MOST)
    assert "<img" not in shown
    assert "<script" not in shown
    assert ("<img" in text(shown)) == (HOSTILE in sentence or name == "explanation")


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("report", ("primal", "dual", "gap", "n", "d", "k", "passes")),
        ("net report", ("objective", "n", "d", "k", "passes")),
        ("certificate", ("primal", "dual", "gap", "tol")),
        ("blend report", ("status", "norm", "objective", "bound", "gap", "parts", "n", "m", "nodes", "seconds")),
        ("blend verdict", ("leaves", "bound")),
        ("check", ("verdict", "width", "value", "checked", "size", "evaluations", "seconds", "random_state")),
    ],
)
def test_the_figures_are_the_objects_own(results, name, fields):
    result = results[name]
    found = pairs(result._repr_html_())
    for field in fields:
        value = getattr(result, field)
        assert found[field] == (f"{value:.6g}" if isinstance(value, float) else str(value))
    assert pairs(results["blend verdict"]._repr_html_())["proved"] == "yes"
    assert pairs(results["no blend verdict"]._repr_html_())["proved"] == "no"


def cells(shown):
    body = shown[shown.index("<tbody style") : shown.index("</tbody>")]
    return [
        ("bold" in opening, re.findall(r"<td>([^<]*)</td>", row))
        for opening, row in re.findall(r"<tr([^>]*)>(.*?)</tr>", body)
    ]


def test_the_table_of_a_choice_marks_what_was_chosen(results):
    choice = results["choice"]
    rows = cells(choice._repr_html_())
    assert len(rows) == 3
    lines = zip(choice.l2s, choice.means, choice.errors, choice.gaps.max(axis=0), strict=True)
    for (strong, row), line in zip(rows, lines, strict=True):
        assert row[:4] == [f"{value:.6g}" for value in line]
        assert strong == (line[0] == choice.l2)
        assert ("chosen" in row[4], "best" in row[4]) == (line[0] == choice.l2, line[0] == choice.best)


def test_the_table_of_a_path_has_a_row_for_each_fit(results):
    path = results["path"]
    assert isinstance(path, list)
    rows = [row for _, row in cells(path._repr_html_())]
    assert [row[:3] for row in rows] == [[f"{v:.6g}" for v in (m.l2, m.primal_, m.gap_)] for m in path]
    assert [row[3:5] for row in rows] == [["yes", "converged"]] * 3
    assert path.sentence.startswith("3 fits from l2 = 1 to 0.0001: all certified; ")
    assert path[:1] == [path[0]]


def test_a_path_that_was_cut_short_says_so(results):
    from dataclasses import replace

    from taut.estimators import L2Path

    one = L2Path(results["path"][:1])
    kept = one[0].report_
    one[0].report_ = replace(kept, status="interrupted", gap=0.5)
    try:
        assert one.sentence.startswith("1 fit: 0 of 1 certified, interrupted; ")
    finally:
        one[0].report_ = kept
    assert L2Path().sentence == "0 fits: all certified; 0 passes over the data in 0 s."


def test_what_a_check_found_is_told_with_its_cure(results):
    wrong = results["wrong check"]
    shown = wrong._repr_html_()
    assert wrong.verdict == "bug"
    assert wrong.census in text(shown)
    assert "outside their interval: 1" in shown
    (outside,) = wrong.outside
    assert [row for _, row in cells(shown)] == [
        [str(outside).split(":")[0], *(f"{value:.6g}" for value in (outside.given, outside.low, outside.high))]
    ]
    for finding in wrong.findings:
        assert finding.evidence in text(shown)
        assert finding.cure in text(shown)
    kinked = results["kinked check"]
    assert f"kinks crossed: {len(kinked.kinks)}<" in kinked._repr_html_()
    assert kinked.kinks


def test_names_in_findings_are_escaped(results):
    from dataclasses import replace

    found = results["wrong check"]
    finding = replace(found.findings[0], kind=HOSTILE, evidence=HOSTILE, cure=HOSTILE) if found.findings else None
    hostile = replace(
        found,
        census=HOSTILE,
        findings=(finding,) if finding else (),
        outside=(replace(found.outside[0], name=HOSTILE),),
        notes=(HOSTILE,),
        method=HOSTILE,
    )
    shown = hostile._repr_html_()
    assert "<img" not in shown
    assert text(shown).count(HOSTILE) == 4 + 3 * bool(finding)


def test_many_rows_are_cut():
    fits = [{"l2": 0.1, "primal": 1.0, "gap": 0.0, "certified": True, "status": "converged", "passes": 1.0,
             "seconds": 0.1}] * 1000  # fmt: skip
    shown = path_card({"verdict": "1000 fits", "fits": fits})
    assert "and 940 more" in shown
    assert len(shown) < MOST


def test_a_card_has_words_for_what_is_not_a_number():
    found = pairs(card("a", {"none": None, "nan": float("nan"), HOSTILE: True}))
    assert found == {"none": "–", "nan": "nan", HOSTILE: "yes"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_a_browser_shows_them_in_its_own_colours(results, show, width, scheme):
    body = "".join(f"<section><h2>{name}</h2>{results[name]._repr_html_()}</section>" for name in NAMES)
    page = show(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        f'<link rel="icon" href="data:,"><title>cards</title></head><body>{body}</body></html>',
        width,
        scheme,
    )
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert page.evaluate("window.hacked") is None
    assert page.locator("img").count() == 0
    assert page.locator("td:visible").count() > 50
    wide = "all => all.filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"
    assert page.locator("section > div, section > div > p, section > div > div").evaluate_all(wide) == []
    ink, paper = page.evaluate(
        "[getComputedStyle(document.querySelector('td')).color, getComputedStyle(document.documentElement).colorScheme]"
    )
    light = sum(map(int, re.findall(r"\d+", ink)[:3]))
    assert (light > 384) == (scheme == "dark"), paper
