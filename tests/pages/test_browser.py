"""The pages in a real browser: a silent console, no network, and numbers that follow the sliders."""

import math
import re
import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

import taut
from taut.cli import main

HOSTILE = "<img src=x onerror=window.hacked=1>"
CLASSES = ["ant", HOSTILE, "cat"]
NAMES = [f"feature {HOSTILE}", "b", "c", "d"]
LOSSES = ("hinge", "squared_hinge", "crammer_singer", "softmax", "squared")


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(5)
    return rng.normal(size=(4, 3)), rng.normal(size=(9, 4)), rng.permutation(np.arange(9) % 3)


def explained(rows, **options):
    W, X, y = rows
    return taut.explain_gradient(W, X, y, class_names=CLASSES, feature_names=NAMES, **options).to_html()


def value_of(page, name="loss"):
    return float(page.locator(f"#{name}").get_attribute("data-value"))


def numbers(page, name):
    """A table's numbers as they are written, and how much their last digit counts."""
    texts = page.locator(f".grid > section table[data-t={name}] tr").evaluate_all(
        "rows => rows.map(r => [...r.querySelectorAll('td[data-r]')].map(c => c.textContent)).filter(r => r.length)"
    )
    table = [[text.replace("−", "-") for text in row] for row in texts]
    digits = max((len(text.partition(".")[2]) for row in table for text in row), default=0)
    return np.array([[float(text) for text in row] for row in table]), 0.5001 * 10.0**-digits


def test_the_margin_slider_moves_the_loss_to_the_true_value(show, rows):
    page = show(explained(rows, l2=0.1))
    assert math.isclose(value_of(page), taut.loss_and_gradient(*rows, l2=0.1)[0], rel_tol=1e-12)
    before = value_of(page)
    page.locator("#margin").focus()
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    margin = float(page.locator("#margin").input_value())
    assert margin > 1.0
    loss, dW = taut.loss_and_gradient(*rows, margin=margin, l2=0.1)
    assert value_of(page) != before
    assert math.isclose(value_of(page), loss, rel_tol=1e-12)
    assert page.locator("#loss").text_content() == f"{loss:.10g}"
    shown, last = numbers(page, "dW")
    np.testing.assert_allclose(shown, dW, rtol=0, atol=last)
    W, X, y = rows
    S = X @ W
    mask = S - S[np.arange(9), y][:, None] + margin > 0
    mask[np.arange(9), y] = False
    assert (numbers(page, "B")[0] == mask).all()
    formula = page.locator("pre code").filter(has_text="Δ = ")
    assert f"Δ = {margin:.4g};" in formula.text_content()
    assert not page.locator(".held").first.is_visible()
    page.locator("#reset").click()
    assert value_of(page) == before
    assert "Δ = 1;" in formula.text_content()
    assert page.locator(".held").first.is_visible()


@pytest.mark.parametrize("loss", LOSSES)
def test_a_weight_that_is_typed_moves_everything(show, rows, loss):
    s = np.linspace(0.5, 2.0, 9)
    options = {"loss": loss, "l2": 0.2, "margin": 0.8, "sample_weight": s, "bias_row": 3}
    page = show(explained(rows, **options))
    page.locator('[data-t=W] input[data-r="1"][data-c="2"]').fill("-0.75")
    W = rows[0].copy()
    W[1, 2] = -0.75
    value, dW, dX = taut.loss_and_gradient(W, *rows[1:], wrt=("W", "X"), **options)
    assert math.isclose(value_of(page), value, rel_tol=1e-12)
    for name, true in (("dW", dW), ("dX", dX)):
        shown, last = numbers(page, name)
        np.testing.assert_allclose(shown, true, rtol=0, atol=last)
    page.locator("#l2").focus()
    page.keyboard.press("ArrowRight")
    l2 = float(page.locator("#l2").input_value())
    assert math.isclose(value_of(page), taut.loss_and_gradient(W, *rows[1:], **{**options, "l2": l2})[0], rel_tol=1e-12)


def test_hidden_columns_and_rows_count(show):
    rng = np.random.default_rng(1)
    W, X, y = rng.normal(size=(40, 3)), rng.normal(size=(50, 40)), rng.integers(0, 3, 50)
    found = taut.explain_gradient(W, X, y, loss="softmax", l2=0.3)
    page = show(found.to_html())
    assert math.isclose(value_of(page), found.value, rel_tol=1e-12)
    shown = next(step for step in found.steps if step.name == "W").axes[0].page
    assert len(shown) == 12
    page.locator('[data-t=W] input[data-r="4"][data-c="0"]').fill("2")
    W[shown[4], 0] = 2.0
    assert math.isclose(value_of(page), taut.loss_and_gradient(W, X, y, loss="softmax", l2=0.3)[0], rel_tol=1e-12)
    cell = page.locator('.pick td[data-r="4"][data-c="0"]')
    cell.hover()
    gives = page.locator("#sources tr:not([hidden]) td:nth-child(4)").all_text_contents()
    parts = [float(text.replace("−", "-")) for text in gives]
    assert len(parts) == 16 + 3
    assert math.isclose(sum(parts[:-1]), parts[-1], abs_tol=1e-3)


@pytest.mark.parametrize("loss", ["hinge", "softmax"])
def test_a_network_moves_too(show, loss):
    rng = np.random.default_rng(2)
    W = {
        "W1": rng.normal(size=(20, 5)),
        "b1": rng.normal(size=5),
        "W2": rng.normal(size=(5, 3)),
        "b2": rng.normal(size=3),
    }
    X, y = rng.normal(size=(9, 20)), rng.permutation(np.arange(9) % 3)
    options = {"loss": loss, "l2": 0.1, "sample_weight": np.linspace(0.0, 1.0, 9)}
    found = taut.explain_gradient(W, X, y, **options)
    page = show(found.to_html())
    assert math.isclose(value_of(page), found.value, rel_tol=1e-12)
    columns = list(next(step for step in found.steps if step.name == "W1").axes[0].page)
    for name, r, c, place in (("W1", 3, 2, (columns[3], 2)), ("b1", 2, 0, 2), ("W2", 2, 1, (2, 1)), ("b2", 1, 0, 1)):
        page.locator(f'[data-t={name}] input[data-r="{r}"][data-c="{c}"]').fill("0.5")
        W[name][place] = 0.5
    value, gradients = taut.loss_and_gradient(W, X, y, **options)
    assert math.isclose(value_of(page), value, rel_tol=1e-12)
    gradients["W1"] = gradients["W1"][columns]
    for name, true in gradients.items():
        shown, last = numbers(page, f"d{name}")
        np.testing.assert_allclose(shown, true.reshape(shown.shape), rtol=0, atol=last)
        page.locator(f'.pick[data-t=d{name}] td[data-r="1"][data-c="0"]').hover()
        parts = page.locator("#sources tr:not([hidden]) td:nth-child(4)").all_text_contents()
        *parts, total = [float(text.replace("−", "-")) for text in parts]
        assert math.isclose(sum(parts), total, abs_tol=1e-3)


def test_pointing_at_an_entry_lights_the_examples_behind_it(show, rows):
    W, X, y = rows
    page = show(explained(rows, margin=0.0))
    page.locator('.pick td[data-r="2"][data-c="1"]').hover()
    A = next(step for step in taut.explain_gradient(W, X, y, margin=0.0).steps if step.name == "A").array
    behind = np.flatnonzero(A[:, 1])
    assert 0 < len(behind) < 9
    lit = page.locator("table[data-t=X] td.lit").evaluate_all("cells => cells.map(c => [+c.dataset.r, +c.dataset.c])")
    assert lit == [[i, 2] for i in behind.tolist()]
    assert f"{len(behind)} of 9 examples push it" in page.locator("#picked").text_content()
    assert page.locator("#sources tr.off").count() == 9 - len(behind)


def test_the_keyboard_reaches_every_entry(show, rows):
    page = show(explained(rows))
    page.locator(".pick td[tabindex='0']").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowLeft", "ArrowRight"):
        page.keyboard.press(key)
    place = page.evaluate("[document.activeElement.dataset.r, document.activeElement.dataset.c]")
    assert place == ["2", "1"]
    assert page.locator("#picked").text_content().startswith(f"dW[c, {HOSTILE}]")
    assert page.locator(".pick [tabindex='0']").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_nothing_sticks_out_and_no_label_is_code(show, rows, fit_report, width, scheme):
    for html in (explained(rows), fit_report):
        page = show(html, width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("window.hacked") is None
        assert page.locator("img[onerror]").count() == 0
        assert HOSTILE in page.locator("main").text_content()
        ink, paper = page.evaluate(
            "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
        )
        light = [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in (ink, paper)]
        assert (light[0] < light[1]) == (scheme == "light")


@pytest.mark.parametrize("width", [1280, 400])
def test_names_of_rows_and_columns_are_read_in_full(show, width):
    rng = np.random.default_rng(3)
    W, X, y = rng.normal(size=(4, 3)), rng.normal(size=(6, 4)), np.arange(6) % 3
    kinds = ["setosa", "versicolor", "virginica"]
    features = [f"{part} {size} (cm)" for part in ("sepal", "petal") for size in ("length", "width")]
    examples = [f"row {100 + i}: {kinds[c]}" for i, c in enumerate(y.tolist())]
    names = {"class_names": kinds, "feature_names": features, "example_names": examples}
    page = show(taut.explain_gradient(W, X, y, **names).to_html(), width)
    page.locator(".pick td[tabindex='0']").focus()
    cut = "e => e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight + 1"
    assert page.locator(".cut").evaluate_all(f"all => all.filter({cut}).map(e => e.textContent)") == []
    if width == 1280:
        wide = "all => all.filter(e => e.scrollWidth > e.clientWidth).map(e => e.textContent)"
        assert page.locator(".scroll").evaluate_all(wide) == []


@pytest.fixture(scope="module")
def fit_report(tmp_path_factory, rows):
    """The report of a fit whose labels, column names and file name are markup."""
    folder = tmp_path_factory.mktemp("fit")
    _, X, y = rows
    lines = [",".join(["kind", *NAMES])]
    lines += [",".join([CLASSES[c], *map(repr, row)]) for c, row in zip(y.tolist(), X.tolist(), strict=True)]
    data, out = folder / f"{HOSTILE}.csv", folder / "report.html"
    data.write_text("\n".join(lines) + "\n", "utf-8")
    assert main(["fit", str(data), "--target", "kind", "--l2", "0.1", "--report", str(out)]) == 0
    return out.read_text("utf-8")


@pytest.fixture(scope="module")
def python_reports(rows):
    """Reports given their rows, of every kind of target, labels and names markup; pictures for the networks."""
    _, X, y = rows
    sets = [{CLASSES[c], CLASSES[(c + i) % 3]} for i, c in enumerate(y.tolist())]
    names = {"feature_names": NAMES}
    shape = {"image_shape": (2, 2)}
    labels = [CLASSES[c] for c in y.tolist()]
    fits = [
        (taut.LinearClassifier(l2=0.1), labels, names),
        (taut.TwoLayerClassifier(3, random_state=0, max_iter=5), labels, shape),
        (taut.MultilabelClassifier("zlpr", l2=0.1), sets, names),
        (taut.MultilabelClassifier("zlpr", hidden=3, random_state=0, max_iter=5), sets, shape),
        (taut.LinearRegressor(), X @ np.arange(4.0), names),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        models = [(model.fit(X, target), target, options) for model, target, options in fits]
    pages = [model.report_.to_html(X, target, **options) for model, target, options in models]
    return pages + [model.report_.to_html(**options) for model, _, options in models]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (400, "dark")])
def test_reports_of_python_open_without_a_word(show, python_reports, width, scheme):
    for html in python_reports:
        page = show(html, width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("window.hacked") is None
        assert page.locator("script, img[onerror]").count() == 0
        assert HOSTILE in page.locator("main").text_content()
        heads = page.locator("h2").all_text_contents()
        assert heads[-3:] == ["Data", "Configuration", "Make it again"]
        assert ("With the rows" in heads) != ("Gradient check" in heads)
        pictures = page.locator("img.pixels").evaluate_all("all => all.map(e => e.naturalWidth)")
        assert pictures == [2] * len(pictures)
        assert bool(pictures) == ("Hidden units" in heads)


def test_long_names_do_not_push_numbers_out_of_sight(show, rows, fit_report):
    cut = "all => all.filter(e => e.scrollWidth > e.clientWidth).map(e => e.textContent)"
    page = show(fit_report, 400)
    assert page.locator(".scroll:has(.hard)").evaluate_all(cut) == []
    page = show(explained(rows))
    page.locator('.pick td[data-r="0"][data-c="1"]').hover()
    assert page.locator(".scroll:has(#sources)").evaluate_all(cut) == []


def test_the_report_opens_without_a_script(show, fit_report):
    page = show(fit_report)
    assert page.locator("script").count() == 0
    assert page.locator("h2").all_text_contents() == [
        "How it went",
        "Loss at the start",
        "Gradient check",
        "Weights",
        "Why they look so",
        "The 9 examples with the largest loss",
        "Confusion",
        "Data",
        "Configuration",
        "Make it again",
    ]
    page.locator("summary").first.click()
    assert page.locator("details[open] table").first.is_visible()


def test_pages_are_printed_dark_on_white_and_broken_between_their_parts(show, rows, fit_report):
    for html, parts in ((explained(rows), ".grid > *"), (fit_report, ".panels > *, tr")):
        page = show(html, scheme="dark")
        page.emulate_media(media="print")
        style = "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
        assert page.evaluate(style) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
        assert not page.locator("details:not([open])").evaluate_all("all => all.some(e => e.offsetParent)")
        breaks = page.locator(parts).evaluate_all("all => all.map(e => getComputedStyle(e).breakInside)")
        assert set(breaks) == {"avoid"}
        whole = page.locator("main > section").evaluate_all("all => all.map(e => getComputedStyle(e).breakInside)")
        assert set(whole) == {"auto"}


def test_what_was_moved_is_printed_with_its_loss(show, rows):
    page = show(explained(rows))
    page.locator("#margin").focus()
    page.keyboard.press("ArrowRight")
    page.emulate_media(media="print")
    assert page.locator("#loss").is_visible()
    assert page.locator("#margin-value").is_visible()
    assert not page.locator("#margin").is_visible()


def test_the_policy_stops_what_the_page_did_not_bring(browser, rows, tmp_path, fit_report):
    """Markup that got in after all could not run: the test of the test."""
    for html in (explained(rows), fit_report):
        path = tmp_path / "page.html"
        path.write_text(
            html.replace("<main>", "<main><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"),
            "utf-8",
        )
        page = browser.new_page()
        page.goto(path.as_uri())
        assert page.evaluate("window.hacked") is None
        page.close()
