"""Other models than the linear classifier, from the command line: networks, regressions, sets of labels."""

import json

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

import taut

TWELVE = """temperature,sales
14.2,215\n16.4,325\n11.9,185\n15.2,332\n18.5,406\n22.1,522
19.4,412\n25.1,614\n23.4,544\n18.1,421\n22.6,445\n17.2,408
"""


@pytest.fixture
def sales(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text(TWELVE)
    return path


@pytest.fixture
def songs(tmp_path):
    """Two label columns behind three features."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 3))
    Y = np.stack([X[:, 0] > 0, X[:, 1] + 0.5 > 0, X[:, 2] > -0.5], axis=1).astype(int)
    path = tmp_path / "songs.csv"
    rows = [",".join(map(str, [*x, *y])) for x, y in zip(X.tolist(), Y.tolist(), strict=True)]
    path.write_text("\n".join(["tempo,pitch,length,calm,loud,long", *rows]) + "\n")
    return path


def test_whole_numbers_are_regressed_with_the_squared_loss(run, sales, tmp_path):
    X, t = np.loadtxt(TWELVE.splitlines()[1:], delimiter=",", unpack=True)
    peer = LinearRegression().fit(X[:, None], t)
    model = tmp_path / "m"
    found = run("fit", sales, "--target", "sales", "--loss", "squared", "--model", model, "--json")
    facts = json.loads(found.out)
    assert facts["certified"]
    assert facts["train_r2"] == pytest.approx(peer.score(X[:, None], t), rel=1e-9)
    assert taut.load(model).coef_[0] == pytest.approx(30.08786179, abs=1e-8)
    told = run("predict", sales, "--model", model).out.split()
    assert [float(each) for each in told] == pytest.approx(peer.predict(X[:, None]).tolist(), rel=1e-10)
    judged = json.loads(run("evaluate", sales, "--model", model, "--json").out)
    assert judged["rmse"] == pytest.approx(np.sqrt(np.mean((peer.predict(X[:, None]) - t) ** 2)), rel=1e-9)
    assert "LinearRegressor" in run("info", model).out


def test_a_raw_value_without_a_target_is_answered_in_dollars(run, sales, tmp_path):
    model = tmp_path / "m"
    run("fit", sales, "--target", "sales", "--loss", "squared", "--model", model)
    new = tmp_path / "new.csv"
    new.write_text("temperature\n20.0\n")
    assert float(run("predict", new, "--model", model).out) == pytest.approx(442.2830, abs=1e-4)


def test_numbers_may_be_names_of_classes(run, sales):
    found = json.loads(run("fit", sales, "--target", "sales", "--loss", "squared", "--classes", "--json").out)
    assert "train_accuracy" in found


@pytest.mark.parametrize(
    ("options", "instead"),
    [
        ([], "--loss squared"),
        (["--loss", "hinge"], "--loss squared"),
        (["--loss", "squared", "--hidden", "2"], "--loss squared without --hidden"),
    ],
)
def test_numbers_that_are_hardly_classes_are_spoken_of(run, sales, options, instead):
    found = run("fit", sales, *options)
    assert found.code == 0
    assert found.err.splitlines()[0] == (
        "sales.csv: the target looks numeric and nearly every row is its own class (12 classes on 12 rows): "
        f"{instead} fits a regression"
    )
    assert "training rows" in found.out


@pytest.mark.parametrize(
    "labels",
    [range(10), range(1, 13), [0, 1, 7, 7, 7, 1, 0, 1, 9], ["a1", "b2", "c3", "d4", "e5", "f6"], [3, 8]],
    ids=["digits", "from 1", "repeated", "words", "two rows"],
)
def test_numbers_of_classes_are_not_spoken_of(run, write, table, labels):
    labels = list(labels)
    assert run("fit", write("codes.csv", table(a=np.arange(len(labels)) % 3, b=labels))).err == ""


def test_numbers_that_are_said_to_be_classes_are_not_spoken_of(run, sales):
    assert run("fit", sales, "--loss", "squared", "--classes").err == ""


@pytest.mark.parametrize("amounts", [("$215", "$325", "$185"), ("215 USD", "325 USD", "7"), ("1,215", "1,325", "985")])
def test_amounts_with_a_unit_are_not_taken_for_classes(run, refused, tmp_path, amounts):
    path = tmp_path / "units.csv"
    path.write_text("temperature,sales\n" + "".join(f'{i},"{each}"\n' for i, each in enumerate(amounts)))
    said = refused(3, "fit", path, "--target", "sales", "--loss", "squared")
    assert f"the target {amounts[0]!r} looks like a number with its unit or with commas" in said
    assert "train_accuracy" in run("fit", path, "--target", "sales", "--loss", "squared", "--classes", "--json").out


def test_names_with_digits_stay_classes(run, tmp_path):
    path = tmp_path / "names.csv"
    path.write_text("x,kind\n1,class 1\n2,>50K\n3,10-20\n")
    assert "train_accuracy" in run("fit", path, "--target", "kind", "--loss", "squared", "--json").out


def test_every_solver_of_a_regression_has_its_word(run, sales):
    for solver in ("exact", "conjugate_gradients", "gradient_descent"):
        words = ("fit", sales, "--target", "sales", "--loss", "squared", "--solver", solver, "--json")
        assert json.loads(run(*words).out)["certified"]


@pytest.mark.parametrize("sample", ["digits", "iris"])
def test_a_sample_s_classes_stay_classes(run, sample):
    assert "train_accuracy" in json.loads(run("fit", sample, "--loss", "squared", "--json").out)


def test_the_diagnosis_is_printed(run, sales):
    options = ["--solver", "gradient_descent", "--scaling", "none", "--learning-rate", "0.01"]
    found = run("fit", sales, "--target", "sales", "--loss", "squared", *options, "--strict")
    assert found.code == 1
    assert "0.0054875149" in found.out
    assert "-2.644637" in found.out


def test_what_a_regression_has_no_use_for(refused, sales):
    squared = ["fit", sales, "--target", "sales", "--loss", "squared"]
    assert "--margin means nothing to LinearRegressor" in refused(2, *squared, "--margin", "2")
    assert "see --scaling" in refused(2, *squared, "--divide", "3")
    assert "--witness" in refused(2, *squared, "--witness")


def test_scores_of_a_regression_are_refused(run, refused, sales, tmp_path):
    model = tmp_path / "m"
    run("fit", sales, "--target", "sales", "--loss", "squared", "--model", model)
    assert "a regression has neither" in refused(2, "predict", sales, "--model", model, "--scores")
    assert "no weights of features for each class" in run("info", model, "--top", "3").err


def test_label_sets(run, songs, tmp_path):
    model = tmp_path / "m"
    found = run("fit", songs, "--labels", "3", "--loss", "zlpr", "--l2", "0.001", "--no-intercept", "--model", model)
    assert found.out.startswith("Certified")
    assert "micro f1 0." in found.out
    lines = run("predict", songs, "--model", model).out.splitlines()
    assert len(lines) == 80
    assert {name for line in lines for name in line.split(",") if name} == {"calm", "loud", "long"}
    judged = json.loads(run("evaluate", songs, "--model", model, "--json").out)
    assert judged["micro_f1"] > 0.8
    assert 0 <= judged["ranking_loss"] < 0.3


def test_label_sets_of_new_rows_without_any_labels(run, refused, stdin, songs, tmp_path):
    """Columns are matched by name, in whatever order they come."""
    model, new, without = tmp_path / "m", tmp_path / "new.csv", tmp_path / "without.csv"
    run("fit", songs, "--labels", "3", "--loss", "zlpr", "--model", model)
    rows = [line.split(",") for line in songs.read_text().splitlines()]
    new.write_text("\n".join(",".join([row[2], row[0], row[1]]) for row in rows) + "\n")
    assert run("predict", new, "--model", model).out == run("predict", songs, "--model", model).out
    stdin(new.read_bytes())
    assert run("predict", "-", "--model", model).out == run("predict", new, "--model", model).out
    assert "there is no label column 'calm'" in refused(3, "evaluate", new, "--model", model)
    without.write_text("\n".join(",".join(row[:2]) for row in rows) + "\n")
    assert "there is no column 'length', which the model was fitted on" in refused(
        3, "predict", without, "--model", model
    )


def test_arff_goes_with_sets_of_labels(run, refused, write):
    rows = "1,0,1\n2,1,0\n3,1,1\n4,0,0\n"
    named = "@attribute tempo numeric\n@attribute calm {0,1}\n@attribute loud {0,1}\n"
    path = write("songs.txt", f"@relation songs\n{named}@data\n{rows}")
    for format in ([], ["--format", "arff"]):
        assert "micro f1" in run("fit", path, "--labels", "2", "--loss", "zlpr", *format).out
        assert "--labels" in refused(3, "fit", path, *format)
    assert "npz has one label a row" in refused(3, "fit", path, "--labels", "2", "--format", "npz")


@pytest.mark.parametrize(("verb", "known"), [("fit", True), ("predict", True), ("evaluate", True), ("verify", False)])
def test_help_names_the_formats_of_label_sets(run, verb, known):
    said = " ".join(run(verb, "--help").out.split())
    assert ("cifar10,arff}" in said) == known
    assert ("with sets of labels arff, csv, tsv, svmlight" in said) == known


def test_what_label_sets_have_no_use_for(refused, songs):
    for option in ("--target", "--weight", "--drop"):
        assert f"{option} means nothing to MultilabelClassifier" in refused(
            2, "fit", songs, "--labels", "3", option, "tempo"
        )
    assert "there is no label column '--5'" in refused(3, "fit", songs, "--labels=--5")


def test_a_network_cannot_be_verified(run, tmp_path):
    model = tmp_path / "m"
    run("fit", "iris", "--hidden", "4", "--max-iter", "3", "--model", model)
    found = run("verify", "iris", "--model", model)
    assert found.code == 1
    assert "verify knows linear classifiers" in found.out
    assert "TwoLayerClassifier" in found.out


def test_label_sets_on_rows_held_out(run, songs):
    found = run("fit", songs, "--labels", "calm,loud,long", "--loss", "binary", "--test-size", "20", "--json")
    facts = json.loads(found.out)
    assert facts["n"] == 60
    assert 0 <= facts["test_micro_f1"] <= 1


def test_a_network(run, tmp_path):
    model = tmp_path / "m"
    options = ["--hidden", "20", "--divide", "16", "--max-iter", "60", "--test-size", "0.2", "--model", model, "--json"]
    facts = json.loads(run("fit", "digits", *options).out)
    assert facts["test_accuracy"] > 0.9
    judged = json.loads(run("evaluate", "digits", "--model", model, "--json").out)
    assert judged["accuracy"] > 0.9
    assert "gradient norm" in run("info", model).out
    scores = run("predict", "digits", "--model", model, "--proba").out.splitlines()[0].split()
    assert sum(map(float, scores)) == pytest.approx(1.0)


def test_a_network_s_picture(run, tmp_path):
    picture = tmp_path / "units.png"
    assert run("fit", "digits", "--hidden", "6", "--max-iter", "5", "--picture", picture).code == 0
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_tuning_a_network(run):
    found = run("fit", "iris", "--hidden", "4", "--max-iter", "30", "--tune", "hidden=2,5 learning_rate=0.01")
    assert found.code == 0
    assert "kept hidden=" in found.err
