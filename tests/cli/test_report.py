"""taut fit --report: one file, with every fact that the issue of a fit asks for, and true ones."""

import html
import math
import re
import shlex

import numpy as np
import pytest

import taut


def text_of(path):
    """What a reader sees, without styles and tags."""
    page = path.read_text("utf-8")
    page = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def fitted(run, out, *argv):
    found = run("fit", *argv, "--report", out)
    assert found.code == 0, found.err
    assert f"wrote report {out}" in found.err
    return found


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge", "crammer_singer", "softmax", "squared"])
def test_every_loss_has_a_report(run, tmp_path, loss):
    out = tmp_path / "report.html"
    found = fitted(run, out, "iris", "--loss", loss, "--l2", "0.01", "--margin", "2")
    text = text_of(out)
    sentence = found.out.splitlines()[0].removeprefix("Certified: ")
    assert sentence[0].upper() + sentence[1:] in text
    anchors = {
        "hinge": "(3 − 1) · 2 = 4",
        "squared_hinge": "(3 − 1) · 2² = 8",
        "crammer_singer": "Δ = 2 = 2",
        "softmax": "log 3 = 1.0986123",
    }
    if loss in anchors:
        assert f"{anchors[loss]}, whatever the data; measured on these rows" in text
        assert "as it should be" in text
    assert "ok: the gradient agrees" in text or "ok_at_kink: nothing speaks against" in text
    assert "petal width (cm)" in text
    assert "The 12 examples with the largest loss" in text
    assert "setosa: 50, versicolor: 50, virginica: 50" in text
    assert taut.read("iris").sha256 in text
    for word in ("seed", "threads", "time", "peak memory", "scikit-learn", "max_iter"):
        assert word in text


def test_images_and_test_rows(run, tmp_path):
    out = tmp_path / "report.html"
    found = fitted(run, out, "digits", "--loss", "softmax", "--divide", "16", "--l2", "0.01", "--test-size", "0.2")
    page = out.read_text("utf-8")
    assert len(page) < 1_000_000
    assert page.count('<img class="pixels"') > 10 + 12 * 2 + 10 * 6
    accuracy = float(found.out.split(" training rows, ")[1].split()[0])
    assert f"test rows right, accuracy {accuracy:.4f}." in text_of(out)
    assert "https:" not in page
    assert "http:" not in page


def test_the_command_makes_the_same_page_again(run, tmp_path):
    out = tmp_path / "a report.html"
    fitted(run, out, "wine", "--center", "--l2", "0.1")
    first = text_of(out)
    words = shlex.split(re.search(r"Make it again (taut .*?) This file", first)[1])
    assert words == ["taut", "fit", "wine", "--center", "--l2", "0.1", "--report", str(out)]
    out.unlink()
    assert run(*words[1:]).code == 0
    shorn = [re.sub(r"(in|time|memory) [\d.,]+ (s|MiB)", "", each) for each in (first, text_of(out))]
    assert shorn[0] == shorn[1]


def test_the_weights_are_made_of_the_examples_that_it_names(run, tmp_path):
    """W_c = −1/(S l2) Σ_i s_i A_ic x_i, from the witness itself."""
    out = tmp_path / "report.html"
    fitted(run, out, "iris", "--loss", "softmax", "--l2", "0.1", "--tol", "1e-10")
    dataset = taut.read("iris")
    model = taut.LinearClassifier("softmax", l2=0.1, tol=1e-10).fit(dataset.X, dataset.y, witness=True)
    amounts = -model.witness_ / (150 * 0.1)
    assert np.abs(amounts.T @ dataset.X - model.coef_).max() < 1e-4
    own = np.where(dataset.y == "setosa", amounts[:, 0], 0.0)
    first = int(np.argmax(own * np.linalg.norm(dataset.X, axis=1)))
    assert f"added row {first + 1}, setosa: {own[first]:+#.3g}" in text_of(out)
    assert "differ from those fitted by 0.0% of their length" in text_of(out)


def test_the_hardest_example_is_the_hardest(run, tmp_path):
    out = tmp_path / "report.html"
    fitted(run, out, "iris", "--l2", "0.01")
    dataset = taut.read("iris")
    model = taut.LinearClassifier("hinge", l2=0.01, random_state=0).fit(dataset.X, dataset.y)
    codes = np.searchsorted(model.classes_, dataset.y)
    losses, _ = taut.losses.LOSSES["hinge"]().rows(model.scores(dataset.X), codes)
    worst = int(np.argmax(losses))
    assert f"what pushes it {worst + 1} {dataset.y[worst]} {losses[worst]:.4g} " in text_of(out)


def test_the_witness_stays_out_of_the_model_unless_asked_for(run, tmp_path):
    for words, kept in (((), False), (("--witness",), True)):
        place = tmp_path / "model.taut"
        fitted(run, tmp_path / "r.html", "iris", "--l2", "0.1", "--model", place, *words)
        assert hasattr(taut.load(place), "witness_") == kept


def test_weights_of_rows_and_classes(run, write, tmp_path):
    lines = ["x,z,s,y"] + [f"{i % 7},{i * i % 11},{1 + i % 3},{'ab'[i % 5 > 2]}" for i in range(40)]
    out = tmp_path / "r.html"
    data = write("w.csv", "\n".join(lines) + "\n")
    fitted(
        run, out, data, "--target", "y", "--weight", "s", "--class-weight", "balanced", "--l2", "0.1", "--tol", "1e-8"
    )
    share = re.search(r"differ from those fitted by ([\d.]+)%", text_of(out))
    assert float(share[1]) < 0.1


def test_a_network_and_a_fit_that_is_not_certified_have_one_too(run, tmp_path):
    out = tmp_path / "r.html"
    fitted(run, out, "iris", "--hidden", "4", "--max-iter", "3")
    assert "Confusion" in text_of(out)
    fitted(run, out, "iris", "--loss", "softmax", "--l2", "0", "--max-iter", "5")
    assert "✗ Not certified" in text_of(out)
    assert "Why they look so" not in text_of(out)


def test_a_regression(run, write, tmp_path):
    rows = [(i % 7, i * i % 11, 0.5 * (i % 7) - 0.25 * (i * i % 11) + (0.125 if i == 17 else 0.0)) for i in range(40)]
    data, out = write("n.csv", "a,b,y\n" + "".join(f"{a},{b},{y}\n" for a, b, y in rows)), tmp_path / "r.html"
    fitted(run, out, data, "--target", "y", "--loss", "squared")
    text = text_of(out)
    assert "The 12 examples with the largest loss" in text
    assert f"what pushes it 18 {rows[17][2]:.6g} " in text
    assert "scale-free coefficient" in text
    assert "numbers from" in text


def test_label_sets(run, write, tmp_path):
    lines = ["a,b,red,blue"] + [f"{i % 5},{i % 3},{int(i % 5 > 2)},{int(i % 3 > 0)}" for i in range(30)]
    out = tmp_path / "r.html"
    found = run("fit", write("sets.csv", "\n".join(lines) + "\n"), "--labels", "red,blue", "--report", out)
    assert found.code == 0, found.err
    assert "2 labels, 1.07 of them a row" in text_of(out)


SETS = "\n".join(["a,b,red,blue"] + [f"{i % 5},{i % 3},{int(i % 5 > 2)},{int(i % 4 > 1)}" for i in range(30)]) + "\n"
NUMBERS = "\n".join(["a,b,y"] + [f"{i % 7},{i * i % 11},{(i % 7) * 0.5 + i * i % 3}" for i in range(40)]) + "\n"
SPARSE = "\n".join(f"{i % 3} {i % 4 + 1}:{1 + i % 5} {i % 3 + 5}:{1 + i % 2}" for i in range(40)) + "\n"
BOTH = {
    "dense": ("iris", [], lambda: taut.LinearClassifier(random_state=0), {"witness": True}),
    "sparse": (("a.svm", SPARSE), [], lambda: taut.LinearClassifier(random_state=0), {"witness": True}),
    "net": ("iris", ["--hidden", "4"], lambda: taut.TwoLayerClassifier(4, random_state=0), {}),
    "sets": (("a.csv", SETS), ["--labels", "red,blue"], lambda: taut.MultilabelClassifier(random_state=0), {}),
    "numbers": (("n.csv", NUMBERS), ["--target", "y", "--loss", "squared"], lambda: taut.LinearRegressor(), {}),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("what", BOTH)
def test_the_report_of_python_is_the_same_but_for_the_file_and_the_command(run, write, tmp_path, what):
    source, words, make, options = BOTH[what]
    source = source if isinstance(source, str) else write(*source)
    out = tmp_path / "r.html"
    assert run("fit", source, *words, "--report", out).code == 0
    if what == "sets":
        dataset = taut.data.read_multilabel(source, labels=["red", "blue"])
        y, renamed = dataset.Y, {"0": "red", "1": "blue"}
    else:
        dataset = taut.read(source, **({"target": "y", "target_kind": "numbers"} if what == "numbers" else {}))
        y, renamed = dataset.y, {}
    model = make().fit(dataset.X, y, **options)
    if renamed:
        model.classes_ = np.array([*renamed.values()])
        model._tell()
    page = tmp_path / "p.html"
    page.write_text(model.report_.to_html(dataset.X, y, feature_names=dataset.feature_names), "utf-8")
    heads = [re.findall("<h2>(.*?)</h2>", path.read_text("utf-8")) for path in (out, page)]
    assert heads[0] == heads[1]
    assert {"Loss at the start", "Gradient check", "Data", "Configuration", "Make it again"} <= {*heads[0]}
    texts = [re.search("Loss at the start (.*?) Data ", text_of(path))[1] for path in (out, page)]
    assert texts[0].replace(" y ", " target ") == texts[1].replace(" y ", " target ")


def test_refusals(refused, tmp_path, write):
    assert "ends in .html" in refused(2, "fit", "iris", "--report", tmp_path / "r.pdf")
    assert "no folder" in refused(3, "fit", "iris", "--report", tmp_path / "none" / "r.html")
    same = tmp_path / "r.html"
    assert "named twice" in refused(2, "fit", "iris", "--report", same, "--model", same)


def test_report_alone(capsys):
    model = taut.LinearClassifier("softmax", l2=0.1).fit([[0.0], [1.0], [2.0]], [0, 1, 1])
    page = model.report_.to_html()
    assert page.startswith("<!doctype html>")
    assert f"log 2 = {math.log(2):.8g}, whatever the data." in html.unescape(page)
    for title in ("How it went", "Loss at the start", "Data", "Configuration"):
        assert f"<h2>{title}</h2>" in page
    assert "Confusion" not in page
    assert str(model.report_).split(",")[0] in html.unescape(model.report_._repr_html_())
    assert capsys.readouterr() == ("", "")
