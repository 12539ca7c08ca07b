"""The parts of the site that are made from the code: reference, benchmarks, pictures, contents, start page."""

import importlib
import inspect
import re
import sys
from fnmatch import fnmatch
from xml.etree import ElementTree

import numpy as np
import pytest

import taut
from docs.pages import DOCS, MADE, ROOT


def load(name):
    """A module of docs/, as the build loads it."""
    sys.path.insert(0, str(DOCS))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(DOCS))


# --- reference --------------------------------------------------------------------------------------------------------


def test_the_reference_has_every_public_name():
    made = load("_made_pages")
    listed = {line.strip() for line in made.reference().splitlines()}
    rooms = {"cs231n", "data", "losses"}
    for name in set(taut.__all__) - rooms - {"__version__"}:
        assert f"taut.{name}" in listed
    assert rooms <= set(made.ROOMS)
    things = [thing for found in made.entries().values() for thing in found]
    assert len(things) > 40
    assert "svm_loss_naive" in made.entries()["taut.cs231n.half"]


def test_the_reference_is_complete_against_all_of_every_room():
    made = load("_made_pages")
    text = made.reference()
    described = {id(getattr(importlib.import_module(room), name)) for room, of in made.entries().items() for name in of}
    for room in ("taut", *(f"taut.{room}" for room in made.ROOMS)):
        module = importlib.import_module(room)
        for name in set(getattr(module, "__all__", ())) - {"__version__"}:
            thing = getattr(module, name)
            if inspect.ismodule(thing):
                assert f"``{room}.{name}``" in text
            else:
                assert id(thing) in described or f"``{room}.{name}``" in text, f"{room}.{name}"
    assert "``taut.data.FORMATS``\n    ``csv``" in text


def test_the_reference_lists_each_thing_once_and_documented():
    made, seen = load("_made_pages"), set()
    for room, found in made.entries().items():
        module = importlib.import_module(room)
        for name in found:
            thing = getattr(module, name)
            assert id(thing) not in seen
            seen.add(id(thing))
            assert inspect.getdoc(thing), f"{room}.{name}"


# --- benchmarks -------------------------------------------------------------------------------------------------------


def test_every_kept_run_is_on_the_benchmarks_page():
    text = load("_made_pages").benchmarks()
    files = sorted((ROOT / "benchmarks" / "results").glob("*.txt"))
    assert len(files) >= 2
    for path in files:
        assert f"benchmarks/results/{path.name}" in text


# --- pictures of the matrices -----------------------------------------------------------------------------------------

ONE_CLASS = ["hinge", "squared_hinge", "crammer_singer", "softmax", "squared"]
LABEL_SETS = ["bp_mll", "log_bp_mll", "lsep", "zlpr", "binary", "pairwise_hinge"]
PICTURES = [*ONE_CLASS, "two_layer", *LABEL_SETS]


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_what_the_script_draws(name):
    made = load("make_matrices")
    assert sorted(made.PICTURES) == sorted(PICTURES)
    kept = (DOCS / "images" / f"matrices-{name}.svg").read_text("utf-8")
    assert kept == made.svg(name)
    ElementTree.fromstring(kept)
    assert f"images/matrices-{name}.svg" in (DOCS / "math" / f"{name}.md").read_text("utf-8")


@pytest.mark.parametrize("name", ONE_CLASS)
def test_numbers_in_the_pictures_are_the_gradient(name):
    made, of = load("make_matrices"), load("_matrix_drawing")
    _, steps, A = made.PICTURES[name]()
    loss, dW, dX = taut.loss_and_gradient(of.W, of.X, of.Y, loss=name, margin=of.DELTA, wrt=("W", "X"))
    drawn = {part.name: part.values for step in steps for part in step.parts if not isinstance(part, str)}
    np.testing.assert_allclose(drawn["dW"], dW, atol=1e-12)
    np.testing.assert_allclose(drawn["dX"], dX, atol=1e-12)
    np.testing.assert_allclose(A, taut.losses.make_loss(name, margin=of.DELTA).rows(of.X @ of.W, of.Y)[1])
    assert any(of.number(loss) in words for step in steps for words in step.words)


def test_numbers_in_the_picture_of_the_net_are_the_gradient():
    made, of = load("_matrix_classes"), load("_matrix_drawing")
    _, steps, _ = made.two_layer()
    net = {"W1": made.W1, "b1": np.zeros(3), "W2": made.W2, "b2": np.zeros(3)}
    loss, gradient = taut.loss_and_gradient(net, of.X, of.Y, loss="softmax")
    drawn = {part.name: part.values for step in steps for part in step.parts if not isinstance(part, str)}
    np.testing.assert_allclose(drawn["dW1"], gradient["W1"], atol=1e-12)
    np.testing.assert_allclose(drawn["dW2"], gradient["W2"], atol=1e-12)
    assert any(of.number(loss) in words for step in steps for words in step.words)


@pytest.mark.parametrize("name", LABEL_SETS)
def test_numbers_in_the_pictures_of_label_sets_are_the_gradient(name):
    made, of = load("make_matrices"), load("_matrix_drawing")
    _, steps, A = made.PICTURES[name]()
    options = {"loss": name, "margin": of.DELTA}
    loss, dW, dX = taut.loss_and_gradient(of.W, of.X, of.SETS, wrt=("W", "X"), **options)
    drawn = {part.name: part.values for step in steps for part in step.parts if not isinstance(part, str)}
    np.testing.assert_allclose(drawn["dW"], dW, atol=1e-12)
    np.testing.assert_allclose(drawn["dX"], dX, atol=1e-12)
    of_scores = taut.loss_and_gradient(None, of.X @ of.W, of.SETS, wrt="scores", **options)[1]
    np.testing.assert_allclose(A / len(A), of_scores, atol=1e-15)
    assert any(of.number(loss) in words for step in steps for words in step.words)


def test_every_loss_has_its_page_and_picture():
    made, contents = load("make_matrices"), (DOCS / "index.md").read_text("utf-8")
    names = {loss.name for loss in vars(taut.losses).values() if inspect.isclass(loss) and "name" in vars(loss)}
    assert len(names) > 10
    for name in names:
        assert name in made.PICTURES
        assert f"math/{name}" in contents


# --- contents and links -----------------------------------------------------------------------------------------------


def test_every_page_is_in_the_contents():
    contents = (DOCS / "index.md").read_text("utf-8")
    entries = [re.sub(r".*<(.*)>", r"\1", line.strip()) for line in contents.splitlines()]
    for path in DOCS.rglob("*.md"):
        name = path.relative_to(DOCS).with_suffix("").as_posix()
        if name != "index" and not MADE & set(path.relative_to(DOCS).parts):
            assert any(fnmatch(name, entry) for entry in entries if entry), name


def test_links_between_pages_lead_somewhere():
    for path in DOCS.rglob("*.md"):
        if MADE & set(path.relative_to(DOCS).parts):
            continue
        for target in re.findall(r"\]\(([^)#:\s]+\.(?:md|svg|png))", path.read_text("utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_the_start_page_is_the_readme():
    page = (DOCS / "start.md").read_text("utf-8")
    assert "```{include} ../README.md" in page
    assert ':end-before: "## How fast"' in page
    assert "\n## How fast\n" in (ROOT / "README.md").read_text("utf-8")


def test_every_how_to_is_there():
    there = {path.stem for path in (DOCS / "howto").glob("*.md")}
    assert there >= {"add-a-loss", "check-my-gradient", "read-a-report", "verify-a-fit", "come-from"}


def test_the_questions_of_the_public_are_all_there():
    page = (DOCS / "questions.md").read_text("utf-8")
    headings = re.findall(r"^## (.*)$", page, re.MULTILINE)
    assert len(headings) == 10
    for words in (
        "row sum",
        "reused",
        "dL/dX",
        "gradcheck",
        "templates",
        "normalise",
        "raw value",
        "ones",
        "0.2",
        "loops",
    ):
        assert [heading for heading in headings if words in heading], words
    for part in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        assert "```python" in part
        assert "```text" in part
