"""Seconds to a gap: one judge for all, who is right by other means; who takes part; programs by path; the verb."""

import json
import stat

import numpy as np
import pytest
from scipy import optimize, sparse
from sklearn.datasets import load_iris, load_svmlight_file

from taut import LinearClassifier, verify
from taut.bench import BenchError, FitProblem, FitTable, Weights, fit_peers, measure_fit
from taut.bench import _fit_contenders as contenders
from taut.bench._fit_measure import Arrival, FitRow
from taut.bench._train_program import TrainProgram
from taut.cli import main
from taut.losses import LOSSES


@pytest.fixture(scope="module")
def iris():
    """X (150, 4), y."""
    X, y = load_iris(return_X_y=True)
    return X, y.astype(np.int64)


def problem(data, loss, *, l2=0.05, intercept=True):
    return FitProblem("iris", *data, loss, l2, intercept)


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("loss", LOSSES)
def test_the_judge_agrees_with_the_certificate(iris, loss, intercept):
    model = LinearClassifier(loss, l2=0.05, fit_intercept=intercept, tol=1e-4).fit(*iris, witness=True)
    judge = problem(iris, loss, intercept=intercept)
    assert judge.primal(contenders.weights_of(model)) == pytest.approx(model.primal_, rel=1e-12)
    assert judge.dual(model.witness_) == pytest.approx(model.dual_, rel=1e-9)
    assert verify(model, *iris).certified


@pytest.mark.parametrize("loss", ["softmax", "squared_hinge"])
def test_the_bound_lies_below_what_a_general_method_finds(iris, loss):
    X, y = iris[0][::5], iris[1][::5]
    judge = problem((X, y), loss, intercept=False)

    def primal(w):
        return judge.primal(Weights(w.reshape(4, 3), np.zeros(3)))

    lowest = optimize.minimize(primal, np.zeros(12), tol=1e-10).fun
    model = LinearClassifier(loss, l2=0.05, fit_intercept=False, tol=1e-6).fit(X, y, witness=True)
    assert lowest * (1 - 2e-6) <= judge.dual(model.witness_) <= lowest * (1 + 1e-9)


def test_what_is_no_dual_point_is_refused(iris):
    right = np.eye(3)[iris[1]]
    with pytest.raises(BenchError, match="no dual point"):
        problem(iris, "hinge", intercept=False).dual(2.0 * (1 - right) - 4.0 * right)
    only = np.where(iris[1] == 0, 1.0, 0.0)
    with pytest.raises(BenchError, match="does not sum to 0"):
        problem(iris, "hinge").dual(np.outer(only, [-1.0, 1.0, 0.0]))


@pytest.mark.parametrize("k", [2, 3])
@pytest.mark.parametrize(
    ("loss", "names"),
    [("softmax", ["lbfgs", "newton-cg", "newton-cholesky", "saga"]), ("crammer_singer", ["LinearSVC"])],
)
def test_scikit_learn_minimises_the_same(iris, loss, names, k):
    some = iris[1] < k
    judge = problem((iris[0][some], iris[1][some]), loss, intercept=loss == "softmax")
    model = contenders.taut_fit(judge, 1e-5, witness=True)
    bound = judge.dual(model.witness_)
    peers = {each.name: each for each in fit_peers(judge)}
    assert [name for name in peers if name not in ("cyanure", "mlpack")] == names
    for name in names:
        primal = judge.primal(peers[name].fit(1e-6))
        assert bound <= primal * (1 + 1e-12)
        assert primal - bound <= 1e-3 * primal, name


def test_who_takes_part(iris, monkeypatch):
    assert [each.name for each in fit_peers(problem(iris, "squared_hinge"))] == []
    assert fit_peers(problem(iris, "crammer_singer")) == []  # LinearSVC would penalise the intercept
    csr = (sparse.csr_array(iris[0]), iris[1])
    assert "newton-cholesky" not in [each.name for each in fit_peers(problem(csr, "softmax"))]
    monkeypatch.setattr(contenders, "import_module", _none)
    assert "cyanure" not in [each.name for each in fit_peers(problem(iris, "softmax"))]


def _none(name):
    raise ImportError(name)


@pytest.mark.parametrize(
    ("library", "loss", "intercept", "far"),
    [("cyanure", "softmax", True, 1.02), ("mlpack", "hinge", False, 10.0)],  # its L-BFGS stops at a kink
)
def test_optional_peers_minimise_the_same(iris, library, loss, intercept, far):
    pytest.importorskip(library)
    judge = problem(iris, loss, intercept=intercept)
    bound = judge.dual(contenders.taut_fit(judge, 1e-4, witness=True).witness_)
    (peer,) = [each for each in fit_peers(judge) if each.name == library]
    assert bound <= judge.primal(peer.fit(1e-6)) <= far * bound


def test_rows_say_who_arrived_and_when(iris):
    said = []
    options = {"repeats": 2, "peers": ["newton-cg"], "say": said.append}
    rows = list(measure_fit(problem(iris, "softmax"), [1e-1, 1e-3], **options))
    assert [row.gap for row in rows] == [1e-1, 1e-3]
    for row in rows:
        assert list(row.arrivals) == ["taut", "newton-cg"]
        for arrival in row.arrivals.values():
            assert arrival.gap <= row.gap
            assert len(arrival.times) == 2
        assert json.loads(json.dumps(row.to_dict(), allow_nan=False))["gap"] == row.gap
    assert any("newton-cg, setting 0.01" in words for words in said)


def test_a_contender_that_never_arrives(iris, monkeypatch):
    stuck = contenders.Contender("stuck", "1", [1e-1, 1e-2], lambda tol: Weights(np.zeros((4, 3)), np.zeros(3)))
    from taut.bench import _fit_measure as measuring

    monkeypatch.setattr(measuring, "fit_peers", lambda problem, programs: [stuck])
    (row,) = measure_fit(problem(iris, "squared"), [1e-2], repeats=1)
    assert row.arrivals["stuck"] is None
    assert row.ratios(with_gap=True) == {}


def test_a_fit_without_a_proof_is_no_judge(iris, monkeypatch):
    from taut.bench import _fit_measure as measuring

    def unproved(problem, tol, *, witness=False):
        return LinearClassifier("hinge", l2=problem.l2, solver="sgd", max_iter=1).fit(problem.X, problem.y)

    monkeypatch.setattr(measuring, "taut_fit", unproved)
    with pytest.warns(Warning, match="Not certified"), pytest.raises(BenchError, match="no bound to judge by"):
        next(measure_fit(problem(iris, "hinge"), [1e-2]))


def test_the_table_has_both_clocks(iris):
    ours, theirs = Arrival(1e-2, 5e-3, [0.5, 0.25, 1.0], 0.25), Arrival(1e-4, 1e-3, [1.0], 0.25)
    row = FitRow(problem(iris, "softmax"), 1e-2, 0.3, {"taut": ours, "other": theirs, "stuck": None})
    assert row.ratios(with_gap=False) == {"other": 2.0}
    assert row.ratios(with_gap=True) == {"other": 2.5}
    table = FitTable(["other", "stuck"])
    outside, inside = table.lines(row).splitlines()
    assert outside.split() == ["iris", "softmax", "0.05", "0.01", "outside", "0.5", "2.00x", "-"]
    assert inside.split()[-3:] == ["0.5", "2.50x", "-"]
    heading = table.head({"python": "3", "torch": None}).splitlines()[-1]
    assert heading.index("other") + len("other") == outside.index("2.00x") + len("2.00x")


@pytest.fixture
def program(iris, tmp_path):
    """A program that hands out a model made before, keeps its own words and data, and knows no other kind than 30."""
    model = LinearClassifier("hinge", l2=0.05, fit_intercept=False, tol=1e-6).fit(*iris)
    order = [2, 0, 1]
    rows = "\n".join(" ".join(repr(float(value)) for value in row) for row in model.coef_[order].T)
    labels = " ".join(str(code + 1) for code in order)
    made = tmp_path / "made.txt"
    made.write_text(f"solver_type X\nnr_class 3\nlabel {labels}\nnr_feature 4\nbias -1\nw\n{rows}\n")
    path = tmp_path / "train"
    path.write_text(
        f'#!/bin/sh\n[ "$3" = 30 ] || {{ echo "unknown solver type" >&2; exit 1; }}\necho "$@" > {tmp_path}/words\n'
        f'cp "$8" {tmp_path}/data\ncp {made} "$9"\n'
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path, model


def test_a_program_gets_the_rows_and_its_model_is_read(iris, program, tmp_path):
    path, model = program
    judge = problem(iris, "hinge", intercept=False)
    (peer,) = [each for each in fit_peers(judge, [path]) if each.name == "train"]
    np.testing.assert_array_equal(peer.fit(30).W, model.coef_.T)
    X, y = load_svmlight_file(str(tmp_path / "data"))
    np.testing.assert_array_equal(X.toarray(), iris[0])
    np.testing.assert_array_equal(y, iris[1] + 1)
    words = (tmp_path / "words").read_text().split()
    assert words[:7] == ["-q", "-s", "30", "-c", repr(1 / (0.05 * 150)), "-t", "30"]


def test_a_program_that_fails_is_an_error(iris, program, tmp_path):
    judge = problem(iris, "crammer_singer", intercept=False)
    with pytest.raises(BenchError, match="failed with code 1: unknown solver type"):
        TrainProgram(program[0], judge, 4).fit(0.1)
    (tmp_path / "text").write_text("no program")
    with pytest.raises(BenchError, match="could not be run"):
        TrainProgram(tmp_path / "text", judge, 4).fit(0.1)


def test_the_verb(program, tmp_path, capsys):
    options = ["--loss", "hinge", "--l2", "0.05", "--no-intercept", "--gap", "1e-2", "--repeats", "1"]
    words = ["bench", "fit", "--data", "iris", *options, "--walrus", str(program[0]), "--peers", "train"]
    assert main([*words, "--save", str(tmp_path / "out.json"), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    (row,) = facts["rows"]
    assert row["contenders"]["train"]["gap"] <= 1e-2
    assert row["ratios"]["train"] > 0
    assert facts["versions"]["train"] == str(program[0])
    assert json.loads((tmp_path / "out.json").read_text()) == facts


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--walrus", "absent"], "--walrus absent: not a program"),
        (["--walrus", "/bin/sh"], "add --no-intercept"),
        (["--l2", "0"], "nothing bounds the optimum"),
        (["--gap", "0"], "a gap is above 0"),
        (["--peers", "nobody"], "the peers are lbfgs"),
        (["--divide", "0"], "choose another divisor"),
    ],
)
def test_what_cannot_be_timed(options, words, capsys):
    assert main(["bench", "fit", "--data", "iris", *options]) == 2
    assert words in capsys.readouterr().err
