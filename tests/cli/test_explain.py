"""taut explain: on samples, on a model, as JSON, as a page; and what it refuses."""

import json
import math
import sys

import numpy as np
import pytest

import taut
from taut.cli import main
from taut.cli.explain import _drawn


def test_a_sample(run):
    found = run("explain", "iris")
    assert found.code == 0
    assert found.out.startswith("The gradient of the hinge loss, step by step\n\nLoss ")
    assert max(map(len, found.out.splitlines())) <= 80
    assert "\x1b" not in found.out
    assert found.err == "10 rows of iris, weights drawn with seed 0\n"
    assert run("explain", "iris").out == found.out
    assert run("explain", "iris", "--seed", "1").out != found.out


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge", "crammer_singer", "softmax", "squared"])
def test_json_holds_the_numbers_of_loss_and_gradient(run, loss):
    found = run("explain", "digits", "--loss", loss, "--l2", "1/4", "--divide", "16", "--rows", "12", "--json")
    facts = json.loads(found.out)
    step = {each["name"]: np.array(each["array"]) for each in facts["steps"]}
    dataset = taut.read("digits")
    rows = np.array(facts["rows"]) - 1
    np.testing.assert_array_equal(step["X"], dataset.X[rows] / 16)
    assert len(set(dataset.y[rows].tolist())) == 10
    value, dW = taut.loss_and_gradient(step["W"], step["X"], dataset.y[rows], loss=loss, l2=0.25)
    assert math.isclose(facts["value"], value, rel_tol=1e-12)
    np.testing.assert_allclose(step["dW"], dW, rtol=1e-12, atol=1e-15)


def test_a_model_is_explained_where_it_was_fitted(run, tmp_path):
    """All rows, the scaled columns and the free intercept: its objective, its gradient near 0."""
    model = tmp_path / "model.taut"
    fit = ("--loss", "softmax", "--l2", "0.01", "--divide", "10", "--center", "--tol", "1e-9", "--model", model)
    assert run("fit", "iris", *fit).code == 0
    facts = json.loads(run("explain", "iris", "--model", model, "--rows", "150", "--json").out)
    assert facts["loss"] == "softmax"
    assert facts["l2"] == 0.01
    assert math.isclose(facts["value"], taut.load(model).primal_, rel_tol=1e-9)
    gradient = next(np.array(step["array"]) for step in facts["steps"] if step["name"] == "dW")
    assert gradient.shape == (5, 3)
    assert np.abs(gradient).max() < 1e-4
    assert "intercept" in run("explain", "iris", "--model", model).out


def test_a_network_is_explained_where_it_was_trained(run, tmp_path):
    model = tmp_path / "net.taut"
    assert (
        run("fit", "iris", "--hidden", "3", "--divide", "10", "--center", "--max-iter", "5", "--model", model).code == 0
    )
    facts = json.loads(run("explain", "iris", "--model", model, "--rows", "150", "--json").out)
    assert math.isclose(facts["value"], taut.load(model).report_.objective, rel_tol=1e-9)
    assert {"dW1", "db1", "dW2", "db2", "dX"} <= {step["name"] for step in facts["steps"]}


def test_a_page(run, tmp_path):
    out = tmp_path / "page.html"
    found = run("explain", "iris", "--html", out)
    assert found.code == 0
    assert f"wrote page {out}" in found.err
    assert out.read_text("utf-8").startswith("<!doctype html>")


def test_names_of_a_file(run, insects):
    found = run("explain", insects, "--target", "kind", "--rows", "4")
    for name in ("ant", "bee", "cat", "a", "b", "c"):
        assert name in found.out.split() or f"{name}*" in found.out


def test_rows_are_of_every_class_as_far_as_they_reach():
    codes = np.repeat([0, 1, 2, 3], 25)
    for number in range(20):
        rows = _drawn(codes, 5, number)
        assert len(set(codes[rows].tolist())) == 4
        assert sorted(rows.tolist()) == rows.tolist()
        assert len(set(rows.tolist())) == 5
    assert len(_drawn(codes, 2, 0)) == 2
    assert len(_drawn(codes, 1000, 0)) == 100


def test_refusals(run, refused, insects, model, tmp_path, write):
    assert "give a name that ends in .html" in refused(2, "explain", "iris", "--html", tmp_path / "page.png")
    assert "named twice" in refused(2, "explain", write("a.html", "1,2\n"), "--html", tmp_path / "a.html")
    assert "no folder" in refused(3, "explain", "iris", "--html", tmp_path / "none" / "a.html")
    assert "--divide goes without a model" in refused(2, "explain", insects, "--model", model, "--divide", "2")
    assert "--divide 0" in refused(2, "explain", "iris", "--divide", "0")
    assert "every row is of one class" in refused(3, "explain", write("one.csv", "a,y\n1,0\n2,0\n"))
    numbers = write("n.csv", "a,y\n" + "".join(f"{i}.5,{i * i % 7}.5\n" for i in range(9)))
    regressor = tmp_path / "regressor.taut"
    assert run("fit", numbers, "--loss", "squared", "--model", regressor).code == 0
    message = refused(2, "explain", numbers, "--model", regressor)
    assert "explain takes classifiers of one class a row" in message
    odd = write("odd.csv", "kind,a,b,c\nant,1,2,3\nwasp,1,2,3\n")
    assert "row 2 is of class wasp" in refused(3, "explain", odd, "--target", "kind", "--model", model)


def test_a_target_of_numbers_is_spoken_of(run, write, insects):
    numbers = write("n.csv", "a,y\n" + "".join(f"{i}.5,{i * i}.5\n" for i in range(9)))
    found = run("explain", numbers, "--loss", "squared")
    assert found.code == 0
    assert "nearly every row is its own class (9 classes on 9 rows): explain is of classes" in found.err
    assert "own class" not in run("explain", insects, "--target", "kind").err


@pytest.mark.parametrize(("terminal", "no_colour"), [(True, False), (True, True), (False, False)])
def test_colours_are_for_terminals_only(capsys, monkeypatch, terminal, no_colour):
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_colour:
        monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    assert main(["explain", "iris"]) == 0
    assert ("\x1b[1m" in capsys.readouterr().out) == (terminal and not no_colour)
