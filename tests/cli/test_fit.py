"""taut fit: every option does what its help says."""

import json

import numpy as np
import pytest
from sklearn.datasets import load_digits

import taut
from taut.cli._main import _parser
from taut.cli._task import task_of
from taut.data import split

FAST = ("--loss", "softmax", "--l2", "0.01")


def facts(run, *argv):
    found = run("fit", *argv, "--json")
    assert found.code == 0, found.err
    assert found.out.count("\n") == 1
    return json.loads(found.out)


@pytest.mark.parametrize(("name", "n", "d", "k"), [("digits", 1797, 64, 10), ("iris", 150, 4, 3), ("wine", 178, 13, 3)])
def test_samples(run, name, n, d, k):
    found = run("fit", name, *FAST, "--divide", "16")
    assert found.code == 0
    verdict, accuracy = found.out.splitlines()
    assert verdict.startswith("Certified: the objective ")
    assert 0.75 < float(accuracy.split()[1]) <= 1
    assert accuracy.endswith(f" on the {n:,} training rows")
    report = facts(run, name, *FAST, "--divide", "16")
    assert (report["n"], report["d"], report["k"]) == (n, d, k)


# The first thing that anybody will type.
@pytest.mark.parametrize("name", ["digits", "iris", "wine"])
def test_defaults_are_certified_on_the_samples(run, name):
    assert run("fit", name, "--strict").code == 0


def test_json_is_one_object_with_everything(run, insects):
    report = facts(run, insects, "--target", "kind", *FAST)
    assert report["status"] == "converged"
    assert report["certified"] is True
    assert report["verdict"].startswith("Certified: ")
    assert report["loss"] == "softmax"
    assert report["gap"] <= report["tol"] == 1e-3
    assert report["data"]["name"] == "insects.csv"
    assert report["data"]["target"] == "kind"
    assert len(report["data"]["sha256"]) == 64
    assert 0 <= report["train_accuracy"] <= 1
    assert report["history"][-1]["gap"] == report["gap"]
    assert "test_accuracy" not in report


def test_json_has_no_infinity(run, insects):
    report = facts(run, insects, "--target", "kind", "--loss", "softmax", "--l2", "0", "--max-iter", "2")
    assert report["gap"] is None
    assert report["certified"] is False


def test_data_on_stdout_everything_else_on_stderr(run, insects, tmp_path):
    found = run("fit", insects, "--target", "kind", *FAST, "--model", tmp_path / "m", "--picture", tmp_path / "p.png")
    assert len(found.out.splitlines()) == 2
    assert f"wrote model {tmp_path / 'm'}" in found.err
    assert f"wrote picture {tmp_path / 'p.png'}" in found.err


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge", "crammer_singer", "softmax", "squared"])
def test_loss(run, insects, loss):
    assert facts(run, insects, "--target", "kind", "--loss", loss, "--l2", "1")["loss"] == loss


@pytest.mark.parametrize(
    ("options", "name", "value"),
    [
        (["--l2", "1/400"], "l2", 1 / 400),
        (["--l2", "2e-2"], "l2", 2e-2),
        (["--margin", "5/2", "--loss", "squared_hinge"], "margin", 2.5),
        (["--no-intercept"], "fit_intercept", False),
        (["--solver", "gradient_descent"], "solver", "gradient_descent"),
        (["--solver", "quasi_newton"], "solver", "quasi_newton"),
        (["--solver", "sgd"], "solver", "sgd"),
        (["--tol", "1e-5"], "tol", 1e-5),
        (["--max-iter", "7"], "max_iter", 7),
        (["--threads", "1"], "status", "converged"),
    ],
)
def test_options_reach_the_fit(run, insects, options, name, value):
    assert facts(run, insects, "--target", "kind", "--loss", "softmax", "--l2", "0.1", *options)[name] == value


def parameters(path):
    return taut.load(path).get_params()


def test_options_of_sgd(run, insects, tmp_path):
    options = {"learning_rate": 0.5, "decay": 0.9, "batch_size": 7, "momentum": 0.25, "random_state": 11}
    words = ["--learning-rate", "1/2", "--decay", "0.9", "--batch-size", "7", "--momentum", "0.25", "--seed", "11"]
    path = tmp_path / "m"
    found = run(
        "fit", insects, "--target", "kind", *FAST, "--solver", "sgd", "--max-iter", "3", *words, "--model", path
    )
    assert found.code == 0
    assert "SGD does not end in a proof; solver='auto' does." in found.out
    assert {name: parameters(path)[name] for name in options} == options
    weights = [taut.load(path).coef_]
    for seed in ("11", "12"):
        words[-1] = seed
        run("fit", insects, "--target", "kind", *FAST, "--solver", "sgd", "--max-iter", "3", *words, "--model", path)
        weights.append(taut.load(path).coef_)
    np.testing.assert_array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])


@pytest.mark.parametrize(
    ("options", "estimator"), [([], taut.LinearClassifier), (["--hidden", "50"], taut.TwoLayerClassifier)]
)
def test_defaults_are_the_estimators(options, estimator):
    arguments = _parser().parse_args(["fit", "iris", *options])
    made = task_of(arguments).made(arguments)
    assert type(made) is estimator
    assert made.get_params() == {**estimator().get_params(), "random_state": 0}


def test_an_option_of_another_estimator_is_refused(refused):
    assert "--patience means nothing to LinearClassifier" in refused(2, "fit", "iris", "--patience", "3")
    assert "--no-intercept means nothing to TwoLayer" in refused(2, "fit", "iris", "--hidden", "5", "--no-intercept")
    assert "solver must be" in refused(2, "fit", "iris", "--solver", "adam")


def test_every_option_has_help(run):
    found = run("fit", "--help")
    assert found.code == 0
    assert found.out.startswith("usage: taut fit")
    for option in ("--target", "--weight", "--drop", "--tune", "--strict", "--witness", "--picture", "--center"):
        assert option in found.out


def test_target_by_name_and_position(run, insects):
    byname = facts(run, insects, "--target", "kind", *FAST)
    for position in ("1", "-4"):
        assert facts(run, insects, "--target", position, *FAST)["primal"] == byname["primal"]


def test_without_a_target_the_last_column_or_a_telling_name(run, rows, table, write):
    X, y = rows
    expected = facts(run, write("a.csv", table(a=X[:, 0], kind=y)), *FAST)["primal"]
    assert facts(run, write("b.csv", table(Class=y, a=X[:, 0])), *FAST)["primal"] == expected


def test_drop(run, insects, rows, table, write):
    X, y = rows
    expected = facts(run, write("b.csv", table(b=X[:, 1], kind=y)), *FAST)["primal"]
    assert facts(run, insects, "--target", "kind", "--drop", "a,c", *FAST)["primal"] == expected
    assert facts(run, insects, "--target", "kind", "--drop", "2,c", *FAST)["d"] == 1


def test_weight(run, rows, table, write):
    X, y = rows
    counts = np.random.default_rng(0).integers(0, 4, size=60)
    weighted = write("w.csv", table(a=X[:, 0], times=counts, kind=y))
    again = np.repeat(np.arange(60), counts)
    repeated = write("r.csv", table(a=X[again, 0], kind=y[again]))
    one = facts(run, weighted, "--weight", "times", "--tol", "1e-10", *FAST)
    assert one["primal"] == pytest.approx(facts(run, repeated, "--tol", "1e-10", *FAST)["primal"], rel=1e-9)
    assert one["weight_sum"] == counts.sum()
    assert one["d"] == 1


def test_class_weight(run, rows, table, write, tmp_path):
    X, y = rows
    keep = np.concatenate([np.flatnonzero(y == "ant")[:4], np.flatnonzero(y != "ant")])
    path = write("few.csv", table(a=X[keep, 0], b=X[keep, 1], kind=y[keep]))
    run("fit", path, *FAST, "--class-weight", "balanced", "--model", tmp_path / "m")
    model = taut.LinearClassifier("softmax", l2=0.01, class_weight="balanced").fit(X[keep][:, :2], y[keep])
    np.testing.assert_allclose(taut.load(tmp_path / "m").coef_, model.coef_, rtol=1e-9)


def test_header_and_format(run, write, rows):
    X, y = rows
    text = "".join(f"{a},{b},{kind}\n" for (a, b, _), kind in zip(X, y, strict=True))
    assert facts(run, write("no.csv", text), "--header", "no", *FAST)["n"] == 60
    assert facts(run, write("yes.csv", text), "--header", "yes", *FAST)["n"] == 59
    assert facts(run, write("data.svm", text), "--format", "csv", *FAST)["d"] == 2


def test_divide_keeps_the_files_own_columns(run, insects, tmp_path, rows):
    options = ("--target", "kind", *FAST, "--tol", "1e-10", "--model", tmp_path / "m")
    report = facts(run, insects, *options, "--divide", "4")
    X, y = rows
    plain = taut.LinearClassifier("softmax", l2=0.01, tol=1e-10).fit(X / 4, y)
    assert report["primal"] == pytest.approx(plain.primal_, rel=1e-9)
    model = taut.load(tmp_path / "m")
    np.testing.assert_allclose(X @ model.coef_.T + model.intercept_, plain.scores(X / 4), atol=1e-4)
    np.testing.assert_allclose(model.coef_ * 4, plain.coef_, atol=1e-4)
    assert report["train_accuracy"] == plain.score(X / 4, y)


def test_center_keeps_the_files_own_columns(run, rows, table, write, tmp_path):
    X, y = rows[0] + 100.0, rows[1]
    path = write("far.csv", table(a=X[:, 0], b=X[:, 1], c=X[:, 2], kind=y))
    report = facts(run, path, *FAST, "--tol", "1e-10", "--center", "--divide", "2", "--model", tmp_path / "m")
    scaled = (X - X.mean(axis=0)) / 2
    plain = taut.LinearClassifier("softmax", l2=0.01, tol=1e-10).fit(scaled, y)
    assert report["primal"] == pytest.approx(plain.primal_, rel=1e-9)
    model = taut.load(tmp_path / "m")
    np.testing.assert_allclose(X @ model.coef_.T + model.intercept_, plain.scores(scaled), atol=1e-4)
    np.testing.assert_allclose(model.shift_, X.mean(axis=0))
    found = run("predict", path, "--model", tmp_path / "m")
    assert found.out.split() == plain.predict(scaled).tolist()


def test_test_file(run, insects, rows, table, write):
    X, y = rows
    wrong = np.where(np.arange(60) < 15, "dog", y)  # a label that was not there to learn
    test = write("test.csv", table(c=X[:, 2], extra=X[:, 0] * 0, kind=wrong, b=X[:, 1], a=X[:, 0]))
    report = facts(run, insects, "--target", "kind", *FAST, "--test", test)
    predicted = taut.LinearClassifier("softmax", l2=0.01).fit(X, y).predict(X)
    assert report["test_accuracy"] == pytest.approx((predicted == wrong).mean())
    assert report["train_accuracy"] == pytest.approx((predicted == y).mean())
    shown = run("fit", insects, "--target", "kind", *FAST, "--test", test).out.splitlines()[1]
    assert shown == (
        f"accuracy {report['train_accuracy']:.4f} on the 60 training rows, "
        f"{report['test_accuracy']:.4f} on 60 test rows"
    )


@pytest.mark.parametrize(("size", "left"), [("0.25", 45), ("1/4", 45), ("20", 40)])
def test_test_size(run, insects, size, left):
    report = facts(run, insects, "--target", "kind", *FAST, "--test-size", size, "--seed", "3")
    assert report["n"] == left
    assert "test_accuracy" in report


def test_test_size_is_the_libraries_split(run, insects):
    report = facts(run, insects, "--target", "kind", *FAST, "--test-size", "0.25", "--seed", "3")
    train, test = split(taut.read(insects, target="kind"), test_size=0.25, random_state=3)
    model = taut.LinearClassifier("softmax", l2=0.01).fit(train.X, train.y)
    assert report["test_accuracy"] == model.score(test.X, test.y)


def test_tune_keeps_the_best(run, insects, tmp_path):
    found = run(
        *("fit", insects, "--target", "kind", "--loss", "softmax", "--seed", "5", "--json", "--model", tmp_path / "m"),
        *("--tune", "l2=1000,1/100", "--validation", "0.3"),
    )
    report = json.loads(found.out)
    assert [line["l2"] for line in report["tried"]] == [1000, 0.01]
    worst, best = (line["validation_accuracy"] for line in report["tried"])
    assert best > worst
    assert report["l2"] == parameters(tmp_path / "m")["l2"] == 0.01
    train, validation = split(taut.read(insects, target="kind"), test_size=0.3, random_state=5)
    model = taut.LinearClassifier("softmax", l2=0.01).fit(train.X, train.y)
    assert best == model.score(validation.X, validation.y)
    assert "kept l2=0.01: best on 18 validation rows" in found.err
    assert found.err.count("validation_accuracy=") == 2


def test_tune_takes_the_product_and_of_equals_the_first(run, insects, tmp_path):
    grid = "l2=1e-4,1e-3 margin=1,2 batch-size=5"
    report = facts(run, insects, "--target", "kind", "--loss", "squared_hinge", "--tune", grid)
    tried = [(line["l2"], line["margin"], line["batch_size"]) for line in report["tried"]]
    assert tried == [(1e-4, 1, 5), (1e-4, 2, 5), (1e-3, 1, 5), (1e-3, 2, 5)]
    scores = [line["validation_accuracy"] for line in report["tried"]]
    assert (report["l2"], report["margin"]) == tried[scores.index(max(scores))][:2]


def test_tune_alone_searches_l2(run, insects):
    report = facts(run, insects, "--target", "kind", "--loss", "softmax", "--tune", "--test-size", "0.2")
    assert [line["l2"] for line in report["tried"]] == [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1]
    assert "test_accuracy" in report


@pytest.mark.parametrize(
    "grid", ["l2", "l2=", "l2=a", "speed=1", "l2=1 l2=2", "l2=1,,2", "l2=1/0", "batch_size=2.5", "l2=-1", "l2=inf"]
)
def test_a_grid_that_makes_no_sense(refused, insects, tmp_path, grid):
    said = refused(2, "fit", insects, "--target", "kind", "--tune", grid, "--model", tmp_path / "m")
    assert "l2" in said or "--tune" in said


def test_strict(run, insects, tmp_path):
    options = ("fit", insects, "--target", "kind", *FAST, "--max-iter", "1", "--model", tmp_path / "m")
    lax = run(*options)
    assert lax.code == 0
    assert lax.out.startswith("Not certified: max_iter = 1 passes ended the fit; ")
    found = run(*options, "--strict")
    assert found.code == 1
    assert found.out.startswith("Not certified: ")
    assert taut.load(tmp_path / "m").report_.status == "max_iter"
    assert run("fit", insects, "--target", "kind", *FAST, "--strict").code == 0


def test_witness(run, insects, tmp_path):
    run("fit", insects, "--target", "kind", *FAST, "--model", tmp_path / "m")
    assert not hasattr(taut.load(tmp_path / "m"), "witness_")
    run("fit", insects, "--target", "kind", *FAST, "--witness", "--model", tmp_path / "m")
    assert taut.load(tmp_path / "m").witness_.shape == (60, 3)


@pytest.mark.parametrize(("data", "name"), [("digits", "p.png"), ("iris", "P.PNG")])
def test_picture(run, tmp_path, data, name):
    found = run("fit", data, *FAST, "--divide", "16", "--picture", tmp_path / name)
    assert found.code == 0
    assert (tmp_path / name).read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert [each.name for each in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["p.jpg", "p", "p.png.svg", ".png"])
def test_other_pictures_are_refused_before_anything_is_read(refused, tmp_path, name):
    said = refused(2, "fit", tmp_path / "absent.csv", "--picture", tmp_path / name)
    assert "pictures are PNG files; give a name that ends in .png" in said


def test_the_model_predicts_as_the_library_does(run, tmp_path):
    run("fit", "digits", *FAST, "--divide", "16", "--model", tmp_path / "m")
    X, y = load_digits(return_X_y=True)
    model = taut.load(tmp_path / "m")
    assert model.classes_.tolist() == list(range(10))
    assert ((X @ model.coef_.T + model.intercept_).argmax(axis=1) == y).mean() > 0.95
    found = run("predict", "digits", "--model", tmp_path / "m")
    assert np.mean(np.array(found.out.split(), dtype=int) == y) > 0.95


def test_a_fit_that_diverges_says_so(run, insects):
    options = ("--loss", "softmax", "--l2", "1", "--solver", "gradient_descent", "--learning-rate", "1e6", "--strict")
    found = run("fit", insects, "--target", "kind", *options)
    assert found.code == 1
    assert "the fit diverged with step" in found.out
    assert "Lower learning_rate" in found.out
