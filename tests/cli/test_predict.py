"""taut predict, evaluate and info."""

import gzip
import io
import json
import struct

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load

import taut
from taut.cli import main


def scores_of(path, X):
    """Scores in plain NumPy from the numbers in the file."""
    tensors = load(path.read_bytes())
    return X @ tensors["coef"].T + tensors["intercept"]


def labels_of(path, X):
    return np.array(["ant", "bee", "cat"])[scores_of(path, X).argmax(axis=1)].tolist()


def test_one_label_a_line(run, insects, model, rows):
    found = run("predict", insects, "--model", model)
    assert found.code == 0
    assert found.out.splitlines() == labels_of(model, rows[0])
    assert found.out.endswith("\n")
    assert found.err == ""


def test_columns_are_matched_by_name(run, model, rows, table, write):
    X, y = rows
    path = write("other.csv", table(c=X[:, 2], extra=X[:, 0] + 9, b=X[:, 1], kind=y, note=y, a=X[:, 0]))
    found = run("predict", path, "--model", model)
    assert found.out.splitlines() == labels_of(model, X)


def test_the_target_may_be_missing_or_nonsense(run, model, rows, table, write):
    X, _ = rows
    features = {"a": X[:, 0], "b": X[:, 1], "c": X[:, 2]}
    expected = labels_of(model, X)
    for more in ({}, {"kind": [""] * 60}, {"kind": ["dog"] * 60}, {"kind": np.arange(60)}):
        found = run("predict", write("other.csv", table(**features, **more)), "--model", model)
        assert found.out.splitlines() == expected, more


def test_a_missing_column_is_named(refused, model, rows, table, write):
    X, y = rows
    said = refused(3, "predict", write("other.csv", table(a=X[:, 0], kind=y, c=X[:, 2])), "--model", model)
    assert "other.csv" in said
    assert "b" in said
    assert "column" in said


@pytest.mark.parametrize("width", [2, 5])
def test_another_number_of_columns_without_names(refused, model, write, width):
    path = write("bare.csv", "\n".join(",".join(["1.5"] * width) for _ in range(4)) + "\n")
    said = refused(3, "predict", path, "--model", model)
    assert "bare.csv" in said
    assert "3" in said


def test_a_bad_cell_below_the_header_is_named(refused, stdin, run, write, tmp_path):
    path = write("heat.csv", "temperature,ice\n20,1\n25,2\n30,4.5\n10,0.5\n")
    run("fit", path, "--loss", "squared", "--model", tmp_path / "m")
    stdin(b"temperature\nwarm\n")
    said = refused(3, "predict", "-", "--model", tmp_path / "m")
    assert "<stdin>: line 2, column 'temperature': 'warm' is not a number" in said


def test_scores(run, insects, model, rows):
    found = run("predict", insects, "--model", model, "--scores")
    assert found.err == "ant\tbee\tcat\n"
    shown = np.array([line.split("\t") for line in found.out.splitlines()], dtype=float)
    np.testing.assert_allclose(shown, scores_of(model, rows[0]), atol=1e-12)


def test_proba(run, insects, model, rows):
    found = run("predict", insects, "--model", model, "--proba")
    assert found.err == "ant\tbee\tcat\n"
    expected = np.exp(scores_of(model, rows[0]))
    shown = np.array([line.split("\t") for line in found.out.splitlines()], dtype=float)
    np.testing.assert_allclose(shown, expected / expected.sum(axis=1, keepdims=True), rtol=1e-9)


def test_proba_of_a_hinge_is_refused(run, refused, insects, tmp_path):
    run("fit", insects, "--target", "kind", "--l2", "1", "--model", tmp_path / "h")
    said = refused(2, "predict", insects, "--model", tmp_path / "h", "--proba")
    assert "--proba needs a softmax model; this one was fitted with the hinge loss: use --scores" in said


def test_scores_and_proba_exclude_each_other(run, insects, model):
    found = run("predict", insects, "--model", model, "--proba", "--scores")
    assert found.code == 2
    assert "not allowed with argument" in found.err


@pytest.mark.parametrize(("option", "name"), [([], "labels"), (["--scores"], "scores"), (["--proba"], "proba")])
def test_json(run, insects, model, option, name):
    found = run("predict", insects, "--model", model, *option, "--json")
    assert found.out.count("\n") == 1
    answer = json.loads(found.out)
    assert len(answer[name]) == 60
    plain = run("predict", insects, "--model", model, *option).out.splitlines()
    if option:
        assert answer["classes"] == ["ant", "bee", "cat"]
        assert ["\t".join(map(repr, row)) for row in answer[name]] == plain
    else:
        assert answer["labels"] == plain


def test_two_classes_have_two_scores(run, rows, table, write, tmp_path):
    X, y = rows
    path = write("two.csv", table(a=X[:, 0], kind=np.where(y == "ant", "ant", "other")))
    run("fit", path, "--loss", "softmax", "--model", tmp_path / "m")
    found = run("predict", path, "--model", tmp_path / "m", "--scores")
    assert found.err == "ant\tother\n"
    assert all(line.count("\t") == 1 for line in found.out.splitlines())


def test_gzip(run, insects, model, rows, write):
    path = write("insects.csv.gz", gzip.compress(insects.read_bytes()))
    assert run("predict", path, "--model", model).out.splitlines() == labels_of(model, rows[0])
    one = run("fit", path, "--target", "kind", "--loss", "softmax", "--json")
    two = run("fit", insects, "--target", "kind", "--loss", "softmax", "--json")
    assert json.loads(one.out)["primal"] == json.loads(two.out)["primal"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_standard_input(run, stdin, insects, model, rows, pack):
    stdin(pack(insects.read_bytes()))
    assert run("predict", "-", "--model", model).out.splitlines() == labels_of(model, rows[0])
    stdin(pack(insects.read_bytes()))
    found = run("fit", "-", "--target", "kind", "--loss", "softmax", "--json")
    assert json.loads(found.out)["data"]["name"] == "<stdin>"
    stdin(pack(insects.read_bytes()))
    assert run("evaluate", "-", "--model", model).out.startswith("accuracy ")


def test_integer_labels_stay_integers(run, rows, table, write, tmp_path):
    X, y = rows
    codes = np.where(y == "ant", -7, 40)
    path = write("codes.csv", table(a=X[:, 0], b=X[:, 1], label=codes))
    run("fit", path, "--loss", "softmax", "--model", tmp_path / "m")
    assert taut.load(tmp_path / "m").classes_.tolist() == [-7, 40]
    assert set(run("predict", path, "--model", tmp_path / "m").out.split()) == {"-7", "40"}
    answer = json.loads(run("predict", path, "--model", tmp_path / "m", "--json").out)
    assert set(answer["labels"]) == {-7, 40}
    assert json.loads(run("evaluate", path, "--model", tmp_path / "m", "--json").out)["accuracy"] > 0.6


@pytest.mark.parametrize("name", ["digits", "iris", "wine"])
def test_samples(run, tmp_path, name):
    report = json.loads(
        run("fit", name, "--loss", "softmax", "--divide", "16", "--model", tmp_path / "m", "--json").out
    )
    assert len(run("predict", name, "--model", tmp_path / "m").out.splitlines()) == report["n"]
    answer = json.loads(run("evaluate", name, "--model", tmp_path / "m", "--json").out)
    assert answer["accuracy"] == pytest.approx(report["train_accuracy"])


def test_svmlight(run, rows, write, tmp_path):
    X, y = rows
    codes = (y == "ant").astype(int)
    lines = [f"{code} 1:{a} 3:{c}" for (a, _, c), code in zip(X, codes, strict=True)]
    path = write("data.svm", "\n".join(lines) + "\n")
    assert run("fit", path, "--loss", "softmax", "--model", tmp_path / "m").code == 0
    narrow = write("narrow.svm", "0 1:0.5\n1 1:2\n")  # the third column is all zero here
    found = run("predict", narrow, "--model", tmp_path / "m")
    tensors = load((tmp_path / "m").read_bytes())
    expected = (np.array([[0.5, 0, 0], [2, 0, 0]]) @ tensors["coef"].T + tensors["intercept"]).argmax(axis=1)
    assert found.out.split() == [str(code) for code in expected]


def test_uint8_pixels(run, tmp_path):
    rng = np.random.default_rng(0)
    y = np.arange(80) % 2
    X = np.clip(rng.normal(size=(80, 6)) * 30 + 80 + 70 * y[:, None], 0, 255).astype(np.uint8)
    np.savez(tmp_path / "pixels.npz", X=X, y=y)
    assert run("fit", tmp_path / "pixels.npz", "--loss", "softmax", "--model", tmp_path / "m").code == 0
    found = run("predict", tmp_path / "pixels.npz", "--model", tmp_path / "m", "--scores")
    shown = np.array([line.split("\t") for line in found.out.splitlines()], dtype=float)
    tensors = load((tmp_path / "m").read_bytes())
    np.testing.assert_allclose(shown, X.astype(float) @ tensors["coef"].T + tensors["intercept"], rtol=1e-3, atol=1e-3)


@pytest.fixture
def folder(tmp_path):
    """A folder of 2 × 3 pixels under MNIST's names: 60 rows to train, 20 to test."""
    rng = np.random.default_rng(0)
    place = tmp_path / "pixels"
    place.mkdir()
    for part, n in (("train", 60), ("t10k", 20)):
        y = (np.arange(n) % 2).astype(np.uint8)
        X = np.clip(rng.normal(size=(n, 2, 3)) * 30 + 60 + 90 * y[:, None, None], 0, 255).astype(np.uint8)
        images = struct.pack(">4I", 0x803, n, 2, 3) + X.tobytes()
        (place / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(images))
        (place / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, n) + y.tobytes())
    return place


def test_a_folder_is_trained_on_one_part_and_judged_on_the_other(run, folder, tmp_path):
    options = ("--loss", "softmax", "--l2", "0.01", "--divide", "255", "--model", tmp_path / "m")
    found = run("fit", folder, *options, "--test", folder, "--json", "--picture", tmp_path / "p.png")
    report = json.loads(found.out)
    assert (report["n"], report["d"]) == (60, 6)
    assert report["data"]["image_shape"] == [2, 3]
    assert report["test_accuracy"] > 0.8
    assert json.loads(run("evaluate", folder, "--model", tmp_path / "m", "--json").out) == json.loads(
        run("evaluate", folder, "--model", tmp_path / "m", "--part", "test", "--json").out
    )
    answer = json.loads(run("evaluate", folder, "--model", tmp_path / "m", "--json").out)
    assert (answer["n"], answer["accuracy"]) == (20, pytest.approx(report["test_accuracy"]))
    assert len(run("predict", folder, "--model", tmp_path / "m", "--part", "train").out.split()) == 60
    assert json.loads(run("fit", folder, "--loss", "softmax", "--part", "test", "--json").out)["n"] == 20


def test_parquet(run, rows, tmp_path):
    X, y = rows
    pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "kind": y}).to_parquet(tmp_path / "d.parquet")
    path = tmp_path / "d.parquet"
    assert run("fit", path, "--target", "kind", "--loss", "softmax", "--model", tmp_path / "m").code == 0
    assert len(run("predict", path, "--model", tmp_path / "m").out.splitlines()) == 60


def test_evaluate_by_hand(run, insects, model, rows):
    X, y = rows
    predicted = np.array(labels_of(model, X))
    answer = json.loads(run("evaluate", insects, "--model", model, "--json").out)
    assert answer["n"] == 60
    assert answer["accuracy"] == pytest.approx((predicted == y).mean())
    assert answer["classes"] == ["ant", "bee", "cat"]
    for i, true in enumerate(answer["classes"]):
        for j, taken in enumerate(answer["classes"]):
            assert answer["matrix"][i][j] == np.sum((y == true) & (predicted == taken))
        assert answer["support"][i] == np.sum(y == true)
        assert answer["recall"][i] == pytest.approx(np.mean(predicted[y == true] == true))
        assert answer["precision"][i] == pytest.approx(np.mean(y[predicted == true] == true))
    shown = run("evaluate", insects, "--model", model).out.splitlines()
    assert shown[0] == f"accuracy {answer['accuracy']:.4f} ({np.sum(predicted == y)} of 60 rows)"
    assert shown[2].split() == ["class", "precision", "recall", "support"]
    assert "rows: true class, columns: predicted" in shown


def test_evaluate_labels_that_the_model_never_saw(run, model, rows, table, write):
    X, y = rows
    other = np.where(np.arange(60) < 20, "dog", y)
    path = write("dogs.csv", table(a=X[:, 0], b=X[:, 1], c=X[:, 2], kind=other))
    answer = json.loads(run("evaluate", path, "--model", model, "--json").out)
    assert answer["classes"] == ["ant", "bee", "cat", "dog"]
    assert answer["accuracy"] == pytest.approx((np.array(labels_of(model, X)) == other).mean())
    assert answer["recall"][3] == 0
    assert answer["precision"][3] is None
    assert answer["support"][3] == 20


def test_evaluate_numbers_where_the_model_had_names(run, model, rows, table, write):
    X, _ = rows
    path = write("codes.csv", table(a=X[:, 0], b=X[:, 1], c=X[:, 2], kind=np.arange(60) % 2))
    answer = json.loads(run("evaluate", path, "--model", model, "--json").out)
    assert answer["accuracy"] == 0
    assert answer["classes"] == ["0", "1", "ant", "bee", "cat"]


def test_evaluate_names_where_the_model_had_numbers(run, rows, table, write, tmp_path):
    X, y = rows
    path = write("codes.csv", table(a=X[:, 0], kind=np.where(y == "ant", 1, 2)))
    run("fit", path, "--loss", "softmax", "--model", tmp_path / "m")
    named = write("names.csv", table(a=X[:, 0], kind=np.where(y == "ant", "1", "x")))
    found = run("evaluate", named, "--model", tmp_path / "m", "--json")
    assert found.code == 0
    answer = json.loads(found.out)
    assert answer["classes"] == ["1", "2", "x"]
    codes = np.array(run("predict", path, "--model", tmp_path / "m").out.split())
    assert answer["accuracy"] == pytest.approx(np.mean((codes == "1") & (y == "ant")))


def test_evaluate_needs_the_target(refused, model, rows, table, write):
    X, _ = rows
    path = write("bare.csv", table(a=X[:, 0], b=X[:, 1], c=X[:, 2]))
    said = refused(3, "evaluate", path, "--model", model)
    assert "kind" in said
    assert "target" in said


def test_info(run, model):
    found = run("info", model)
    assert found.code == 0
    assert found.out.startswith("Certified: the objective ")
    shown = dict(line.split("  ", 1) for line in found.out.splitlines()[2:] if not line.startswith(" "))
    shown = {key: value.strip() for key, value in shown.items()}
    report = taut.load(model).report_
    assert shown["loss"] == "softmax"
    assert shown["l2"] == "0.01"
    assert shown["classes"] == "ant, bee, cat"
    assert shown["weights"] == "coef 3 × 3, intercept 3, float64"
    assert shown["intercept"] == "free"
    assert shown["objective"] == f"{report.primal:.10g}"
    assert shown["lower bound"] == f"{report.dual:.10g}"
    assert shown["data"].startswith("insects.csv, 60 rows, sha256 ")
    assert f"taut {taut.__version__}" in shown["written by"]


def test_info_json(run, model):
    found = run("info", model, "--json")
    assert found.out.count("\n") == 1
    facts = json.loads(found.out)
    assert facts["feature_names"] == ["a", "b", "c"]
    assert facts["classes"]["values"] == ["ant", "bee", "cat"]
    assert facts["report"]["certified"] is True


def test_info_top(run, model):
    found = run("info", model, "--top", "1").out
    weights = taut.load(model).coef_
    assert "strongest features of each class, by weight" in found
    for name, row in zip(("ant", "bee", "cat"), weights, strict=True):
        part = found.split(f"\n{name}\n")[1].splitlines()[0]
        assert part.split()[1] == "abc"[int(np.argmax(row))]


def test_info_of_a_scaled_model(run, insects, tmp_path):
    run(
        "fit", insects, "--target", "kind", "--loss", "softmax", "--center", "--no-intercept", "--model", tmp_path / "m"
    )
    found = run("info", tmp_path / "m").out
    assert "l2 acts on the weights of the scaled columns; the weights here take raw values" in " ".join(found.split())


def test_output_in_an_encoding_that_lacks_the_letters(run, rows, table, write, tmp_path, monkeypatch):
    X, y = rows
    path = write("names.csv", table(a=X[:, 0], kind=np.where(y == "ant", "größe", "名前")))
    run("fit", path, "--loss", "softmax", "--model", tmp_path / "m")
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, encoding="ascii"))
    assert main(["predict", str(path), "--model", str(tmp_path / "m")]) == 0
    assert set(raw.getvalue().decode("ascii").split()) <= {"gr\\xf6\\xdfe", "\\u540d\\u524d"}
