"""taut verify."""

import json

import pytest


@pytest.fixture
def fit(run, insects, tmp_path):
    """Fit and write a model; return its place."""

    def fitting(*options):
        place = tmp_path / "kept.taut"
        assert run("fit", insects, "--target", "kind", "--model", place, *options).code == 0
        return place

    return fitting


@pytest.mark.parametrize("loss", ["hinge", "crammer_singer", "softmax", "squared", "squared_hinge"])
def test_certified(run, insects, fit, loss):
    place = fit("--loss", loss, "--witness")
    found = run("verify", insects, "--model", place)
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith("certified gap ")
    assert len(found.out.splitlines()) == 1


def test_scaled_columns(run, insects, fit):
    place = fit("--divide", "7", "--center", "--witness")
    assert run("verify", insects, "--model", place).code == 0


def test_no_witness(run, insects, fit):
    found = run("verify", insects, "--model", fit())
    assert found.code == 1
    assert found.out.startswith("not certified: no witness")
    assert found.err == ""


def test_json(run, insects, fit):
    facts = json.loads(run("verify", insects, "--model", fit("--witness"), "--json").out)
    assert facts["certified"] is True
    assert facts["dual"] <= facts["primal"]
    assert facts["verdict"].startswith("certified gap ")
    refused = run("verify", insects, "--model", fit(), "--json")
    assert refused.code == 1
    assert json.loads(refused.out)["dual"] is None


def test_weights_are_part_of_the_problem(run, write, table, rows, tmp_path):
    X, y = rows
    path = write("weighted.csv", table(a=X[:, 0], b=X[:, 1], c=X[:, 2], w=[1 + i % 3 for i in range(len(y))], kind=y))
    place = tmp_path / "weighted.taut"
    fitting = run("fit", path, "--weight", "w", "--target", "kind", "--loss", "softmax", "--model", place)
    assert fitting.code == 0, fitting.err
    assert run("verify", path, "--weight", "w", "--model", place).code == 0
    assert run("verify", path, "--drop", "w", "--model", place).code == 1


def test_other_data(run, write, table, rows, fit):
    X, y = rows
    place = fit("--loss", "softmax")
    other = write("other.csv", table(a=X[:, 0] + 5, b=X[:, 1], c=X[:, 2], kind=y))
    found = run("verify", other, "--model", place)
    assert found.code == 1
    assert "other rows" in found.out


def test_a_missing_model(refused, insects, tmp_path):
    assert "no such model file" in refused(3, "verify", insects, "--model", tmp_path / "none.taut")
