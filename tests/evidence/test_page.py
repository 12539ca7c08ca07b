"""A report given its rows: the same page both ways, true numbers, and refusals in one line."""

import copy
import html
import io
import json
import pickle
import re

import joblib
import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone

import taut
from taut.losses import LOSSES, MULTILABEL_LOSSES

HOSTILE = "<img src=x onerror=window.hacked=1>"
N, D = 60, 5
rng = np.random.default_rng(0)
X = rng.normal(size=(N, D))
CODES = rng.permutation(np.arange(N) % 3)
Y = rng.random((N, 4)) < 0.4
T = X @ np.arange(D) + rng.normal(size=N)
S = rng.uniform(0.5, 2.0, N)

MODELS = {
    "linear": (lambda: taut.LinearClassifier("softmax", l2=0.1), CODES),
    "net": (lambda: taut.TwoLayerClassifier(6, random_state=0, max_iter=20), CODES),
    "sets": (lambda: taut.MultilabelClassifier("zlpr", l2=0.1, fit_intercept=False), Y),
    "net of sets": (lambda: taut.MultilabelClassifier(hidden=5, random_state=0, max_iter=20), Y),
    "numbers": (lambda: taut.LinearRegressor(l2=0.1), T),
    "several numbers": (lambda: taut.LinearRegressor(l2=0.1, scaling="standardize"), np.column_stack([T, T**2])),
}
HEADS = {
    "linear": ["Weights", "Why they look so", "The 12 examples with the largest loss", "Confusion"],
    "net": ["Hidden units", "The 12 examples with the largest loss", "Confusion"],
    "sets": ["Weights", "The 12 examples with the largest loss", "Mistakes, label by label"],
    "net of sets": ["Hidden units", "The 12 examples with the largest loss", "Mistakes, label by label"],
    "numbers": ["Weights", "The 12 examples with the largest loss", "Errors"],
    "several numbers": ["Weights", "The 12 examples with the largest loss", "Errors"],
}

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:.*rows have no label or all:UserWarning"),
]


def fitted(name, rows=X, weights=S):
    make, y = MODELS[name]
    return make().fit(rows, y, weights), y


def heads(page):
    return [html.unescape(head) for head in re.findall("<h2>(.*?)</h2>", page)]


def text_of(page):
    page = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("name", MODELS)
def test_every_section_of_every_kind(name, kind):
    model, y = fitted(name, kind(X))
    page = model.report_.to_html(kind(X), y, S)
    tail = ["Data", "Configuration", "Make it again"]
    assert heads(page) == ["How it went", "Loss at the start", "Gradient check", *HEADS[name], *tail]
    text = text_of(page)
    assert "as it should be" in text
    assert "ok: the gradient agrees" in text
    assert "as reported" in text
    assert f"sum {S.sum():.6g}" in text


@pytest.mark.parametrize("name", MODELS)
def test_what_needs_no_rows_is_there_without_them(name):
    model, _ = fitted(name)
    page = model.report_.to_html()
    assert heads(page)[0] == "How it went"
    assert heads(page)[-5:] == [HEADS[name][0], "With the rows", "Data", "Configuration", "Make it again"]
    assert "by weight, one scale" in text_of(page)
    assert "column 3" in page


@pytest.mark.parametrize("name", MODELS)
def test_copies_and_files_make_the_same_page(name):
    model, y = fitted(name)
    page = model.report_.to_html(X, y, S)
    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    copies = [pickle.loads(pickle.dumps(model)), copy.deepcopy(model), copy.copy(model), joblib.load(file)]
    reports = [each.report_ for each in copies] + [pickle.loads(pickle.dumps(model.report_)), copy.copy(model.report_)]
    for report in reports:
        assert json.dumps(report.to_dict()) == json.dumps(model.report_.to_dict())
        assert re.sub(r"[\d,]+ MiB", "", report.to_html(X, y, S)) == re.sub(r"[\d,]+ MiB", "", page)
    assert not hasattr(clone(model), "report_")


def test_a_file_of_an_estimator_holds_its_weights_once():
    wide = np.random.default_rng(1).normal(size=(20, 4000))
    model = taut.LinearClassifier(l2=1.0, tol=0.5).fit(wide, np.arange(20) % 2)
    for dump in (pickle.dump, joblib.dump):
        file = io.BytesIO()
        dump(model, file)
        assert file.tell() < 1.5 * model.coef_.nbytes


def test_the_model_is_no_fact_of_the_report():
    model, _ = fitted("linear")
    report = model.report_
    bare = report.of(None)
    assert report == bare
    assert repr(report) == repr(bare)
    assert json.dumps(report.to_dict()) == json.dumps(bare.to_dict())
    with pytest.raises(ValueError, match="take an estimator's report_"):
        bare.to_html(X, CODES)
    assert bare.to_html().startswith("<!doctype html>")


def test_an_old_report_speaks_of_its_own_fit():
    model, _ = fitted("linear")
    first = model.report_
    page = first.to_html(X, CODES, S)
    model.set_params(l2=10.0).fit(X[:30], CODES[:30])
    assert re.sub(r"[\d,]+ MiB", "", first.to_html(X, CODES, S)) == re.sub(r"[\d,]+ MiB", "", page)
    with pytest.raises(ValueError, match="X has 60 rows, but the model was fitted on 30"):
        model.report_.to_html(X, CODES, S)


def test_a_saved_model_makes_its_page(tmp_path):
    model, y = fitted("numbers")
    taut.save(model, tmp_path / "m.taut")
    assert heads(taut.load(tmp_path / "m.taut").report_.to_html(X, y, S)) == [
        head
        for head in heads(model.report_.to_html(X, y, S))
        if head != "How it went"  # a file has no history
    ]


def test_unscaled_weights_are_shown_on_the_users_own_columns():
    far = 100.0 + 10.0 * X
    model = taut.LinearClassifier("softmax", l2=0.1, tol=1e-9)
    model.fit(taut.as_matrix(far, scale=0.1, shift=100.0), CODES, witness=True).unscale(scale=0.1, shift=100.0)
    facts = model.report_._source.facts(far, CODES)
    assert dict(facts["data_card"])["objective of these rows"].endswith("as reported")
    np.testing.assert_array_equal(facts["weights"], model.coef_)
    assert facts["witness"]["distance"] < 1e-3
    assert "as_matrix(X, scale=scale, shift=shift)" in facts["code"]
    assert facts["check"]["sentence"].startswith("ok")


@pytest.mark.parametrize("name", ["linear", "net", "sets", "net of sets", "numbers", "several numbers"])
def test_what_pushes_the_hardest_example(name):
    """The parts of a push and what all zeros would score make up the score itself; for a net by finite differences."""
    model, y = fitted(name)
    facts = model.report_._source.facts(X, y, S)
    worst = facts["hardest"][0]
    row = X[worst["row"] - 1]

    def scores(x):
        return np.atleast_1d((model.predict if "numbers" in name else model.scores)(x[None])[0])

    names = facts["classes"]
    if "numbers" in name:
        off = np.abs(scores(row) - np.atleast_1d(y[worst["row"] - 1]))
        along = (np.arange(len(off)) == np.argmax(off)).astype(float)
        assert worst["loss"] == pytest.approx(0.5 * (off**2).sum())
    else:
        along = np.zeros(len(names))
        along[names.index(worst["rival"])], along[names.index(worst["own"])] = 1.0, -1.0
        assert worst["lead"] == pytest.approx(along @ scores(row))
    step = 1e-6
    for j, push in enumerate(worst["push"]):
        ahead, behind = (scores(row + sign * step * np.eye(D)[j]) @ along for sign in (1, -1))
        assert push == pytest.approx(row[j] * (ahead - behind) / (2 * step), rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("loss", [*LOSSES, *MULTILABEL_LOSSES])
def test_the_loss_at_the_start_is_that_of_the_loop_form(loss):
    """Anchors of the page against a row at scores of 0, by the loss's plain Python."""
    from taut.pages._report_facts import anchor

    sets = loss in MULTILABEL_LOSSES
    model = (taut.MultilabelClassifier if sets else taut.LinearClassifier)(loss, l2=0.1, margin=1.5, max_iter=20)
    y = Y if sets else CODES
    model.fit(X, y, S)
    facts = model.report_.to_dict() | model.report_._source.facts(X, y, S)
    made = (MULTILABEL_LOSSES if sets else LOSSES)[loss](margin=1.5)
    counted = made.defined(Y) if sets else np.ones(N, dtype=bool)
    k = model.report_.k
    losses = [type(made).row([0.0] * k, y[i], 1.5, 0.0, np.zeros(k)) for i in np.flatnonzero(counted)]
    wanted = np.average(losses, weights=S[counted])
    assert facts["measured_start"] == pytest.approx(wanted, rel=1e-12)
    assert anchor(facts)[1] == pytest.approx(wanted, rel=1e-12)


def test_counts_of_every_label():
    model, _ = fitted("sets")
    found = model.report_._source.facts(X, Y, S, held_out=(X[:20], Y[:20]))["per_label"]
    said = model.predict(X[:20])
    for j in range(4):
        pairs = [(bool(a), bool(b)) for a, b in zip(Y[:20, j], said[:, j], strict=True)]
        kinds = [(True, True), (False, True), (True, False), (False, False)]
        assert found["counts"][j].tolist() == [pairs.count(kind) for kind in kinds]
    assert found["rows"] == "test rows"
    assert found["exact"] == np.mean([(a == b).all() for a, b in zip(Y[:20], said, strict=True)])


def test_sets_by_name_and_their_refusals():
    names = np.array(["sea", "sun", HOSTILE, "sand"])
    sets = [tuple(names[row]) for row in Y]
    model = taut.MultilabelClassifier("zlpr", l2=0.1).fit(X, sets)
    page = model.report_.to_html(X, sets, feature_names=[HOSTILE, *"bcde"])
    assert "<img src=x" not in page
    assert html.escape(HOSTILE) in page
    with pytest.raises(ValueError, match="row 1 of y, counted from 0, has a label that the model does not know"):
        model.report_.to_html(X, [sets[0], ("moon",), *sets[2:]])


def test_the_gradient_check_finds_a_wrong_gradient(monkeypatch):
    """A loss whose gradient is wrong is called so on the page: the check is no ornament."""
    model, y = fitted("linear")
    right = LOSSES["softmax"].rows

    def wrong(self, scores, targets):
        values, slopes = right(self, scores, targets)
        return values, 1.01 * slopes

    monkeypatch.setattr(LOSSES["softmax"], "rows", wrong)
    assert "bug" in model.report_._source.facts(X, y, S)["check"]["sentence"]


def test_kinks_are_counted():
    model = taut.LinearClassifier("hinge", l2=0.1).fit(X, CODES)
    rows = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    facts = model.report_._source.facts(X, CODES)
    assert facts["check"]["kinks"][0]["pieces"] == 2 * N
    still = taut.LinearClassifier("hinge", l2=1.0, max_iter=1, margin=0.0).fit(rows, [0, 1, 0])
    assert still.report_._source.facts(rows, [0, 1, 0])["check"]["kinks"][0]["near"] > 0
    net, y = fitted("net")
    assert net.report_._source.facts(X, y, S)["check"]["kinks"][1]["pieces"] == 6 * N


def test_a_large_net_is_checked_in_part_and_its_units_are_chosen():
    wide = np.random.default_rng(2).normal(size=(40, 300))
    model = taut.TwoLayerClassifier(100, random_state=0, max_iter=2).fit(wide, np.arange(40) % 3)
    facts = model.report_._source.facts(wide, np.arange(40) % 3)
    assert (facts["check"]["free"], facts["check"]["size"]) == (20_000, 300 * 100 + 100 + 300 + 3)
    assert facts["weights"].shape == (30, 300)
    assert facts["units"] == 100
    strength = np.linalg.norm(model.W1_, axis=0) * np.linalg.norm(model.W2_, axis=1)
    best = int(np.argmax(strength))
    np.testing.assert_array_equal(facts["weights"][0], model.W1_[:, best])
    assert facts["weights_of"][0] == f"unit {best + 1}, for {np.argmax(model.W2_[best])}"
    assert "The 12 strongest of 100" in model.report_.to_html()
    assert "The 30 strongest of 100" in model.report_.to_html(image_shape=(15, 20))


def test_a_perfect_fit_is_checked_where_there_is_a_gradient():
    t = X @ np.arange(D)
    model = taut.LinearRegressor().fit(X, t)
    text = text_of(model.report_.to_html(X, t))
    assert "at half the fitted weights" in text
    assert "ok: the gradient agrees" in text


WRONG = {
    "columns": ((X[:, :4], CODES), {}, "4 features"),
    "rows": ((X[:50], CODES[:50]), {}, "X has 50 rows, but the model was fitted on 60"),
    "lengths": ((X, CODES[:50]), {}, "60 rows, y has 50"),
    "labels": ((X, CODES + 1), {}, "of class 3, which the model does not know"),
    "no y": ((X,), {}, "give y too"),
    "no X": ((None, CODES), {}, "give X too"),
    "names": ((), {"feature_names": ["a"]}, "1 names, but the model has 5 columns"),
    "shape": ((), {"image_shape": (2, 3)}, r"5 pixels in all, got \(2, 3\)"),
    "held out": ((X, CODES), {"held_out": (X[:, :3], CODES)}, "3 features"),
    "not a number": ((X * np.nan, CODES), {}, "NaN"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_rows_are_refused_in_one_line(what):
    rows, options, message = WRONG[what]
    with pytest.raises(ValueError, match=message) as refused:
        fitted("linear")[0].report_.to_html(*rows, **options)
    assert "\n" not in str(refused.value)


def test_other_rows_of_the_same_size_are_found_out():
    text = text_of(fitted("linear")[0].report_.to_html(X[::-1], CODES, S))
    assert "these are not the rows of the fit, or not its sample weights" in text


@pytest.mark.parametrize("name", MODELS)
def test_the_lines_of_python_make_the_page_again(name):
    model, y = fitted(name)
    page = model.report_.to_html(X, y, S, image_shape=None)
    lines = html.unescape(re.search(r"<h2>Make it again</h2><pre><code>(.*?)</code>", page, re.DOTALL)[1])
    place = {"X": X, "y": y, "sample_weight": S}
    exec(lines, place)  # our own lines
    shorn = [re.sub(r"[\d,]+ MiB|[\d.e-]+ s\b", "", each) for each in (page, place["page"])]
    assert shorn[0] == shorn[1]


def test_labels_never_seen_count_among_rows_held_out():
    found = fitted("linear")[0].report_._source.facts(X, CODES, S, held_out=(X[:4], np.array([0, 1, 2, 7])))
    assert found["confusion"]["classes"] == ["0", "1", "2", "7"]
    assert found["confusion"]["matrix"][3].sum() == 1


def test_a_fit_does_not_keep_its_rows():
    import gc
    import weakref

    rows = X.copy()
    seen = weakref.ref(rows)
    model = taut.LinearClassifier("softmax", l2=0.1).fit(rows, CODES)
    model.report_.to_html(rows, CODES)
    del rows
    gc.collect()
    assert seen() is None
    kept = weakref.ref(model)
    gc.disable()
    try:
        del model
        assert kept() is None  # no circle
    finally:
        gc.enable()


def test_a_kinked_fit_says_how_to_learn_what_it_is_made_of():
    model = taut.LinearClassifier("hinge", l2=0.1).fit(X, CODES)
    assert "fit(X, y, witness=True) keeps the dual point" in text_of(model.report_.to_html(X, CODES))
    model.fit(X, CODES, witness=True)
    assert "Why they look so" in heads(model.report_.to_html(X, CODES))


def test_partial_fits_take_any_rows():
    model = taut.LinearClassifier("softmax").partial_fit(X[:10], CODES[:10], classes=[0, 1, 2])
    assert "Confusion" in heads(model.report_.to_html(X, CODES))


def test_early_stopping_counts_the_rows_held_out():
    model = taut.TwoLayerClassifier(4, random_state=0, early_stopping=True).fit(X, CODES)
    page = model.report_.to_html(X, CODES)
    assert "Share of mistakes" in page
    assert "objective of these rows" not in page


def test_a_page_of_many_large_pictures_stays_below_a_megabyte():
    """32 classes of noise in colour, 45 pixels wide: the worst that can be drawn."""
    generator = np.random.default_rng(3)
    rows = generator.integers(0, 256, size=(64, 3 * 45 * 45)).astype(np.float64) / 255
    model = taut.LinearClassifier("softmax", l2=1.0, tol=0.5).fit(rows, np.arange(64) % 32)
    page = model.report_.to_html(rows, np.arange(64) % 32, image_shape=(3, 45, 45))
    assert "First 30 of 32 classes." in page
    assert "First 10 of 32 classes." in page
    assert len(page) < 1_000_000


def test_reports_of_a_path_know_their_models_as_they_are_now():
    path = taut.l2_path(X, CODES, l2s=[0.1, 0.01], loss="softmax")
    for model in path:
        facts = model.report_._source.facts(X, CODES)
        assert facts["configuration"] == model.get_params()
        assert "witness_" not in vars(model.report_._source.model)


class Mine(taut.LinearClassifier):
    """Somebody's own."""


def test_a_class_of_ones_own_is_imported_from_where_it_is():
    model = Mine("softmax").fit(taut.as_matrix(X, scale=2.0), CODES).unscale(scale=2.0)
    assert model.report_._source.facts()["code"].splitlines()[:4] == [
        "import taut", "", f"from {__name__} import Mine", "",
    ]  # fmt: skip
