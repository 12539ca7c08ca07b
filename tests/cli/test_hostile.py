"""Names that look like markup, escapes or options pass through untouched."""

import csv
import io
import json

import numpy as np
import pytest

import taut

LABELS = [
    "[red]",
    "<img src=x onerror=alert(1)>",
    "\x1b[31mred",
    "$(rm -rf)",
    "{0}%s",
    "größe",
    "a,b",
    "[/]",
    "nan",
    "-1",
]


@pytest.fixture
def hostile(tmp_path):
    """A CSV file whose labels and feature names are hostile, and its labels."""
    rng = np.random.default_rng(0)
    y = np.arange(100) % len(LABELS)
    X = 4 * np.eye(len(LABELS))[y] + rng.normal(size=(100, len(LABELS)))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*(f"{name} x" for name in LABELS), "[bold]kind[/bold]"])
    writer.writerows([*row, LABELS[code]] for row, code in zip(X, y, strict=True))
    path = tmp_path / "hostile.csv"
    path.write_text(text.getvalue(), newline="")
    return path, np.array(LABELS)[y]


def test_labels_survive(run, hostile, tmp_path):
    path, y = hostile
    picture = tmp_path / "p.png"
    found = run("fit", path, "--loss", "softmax", "--l2", "0.01", "--model", tmp_path / "m", "--picture", picture)
    assert found.code == 0
    assert picture.read_bytes()[:4] == b"\x89PNG"
    assert taut.load(tmp_path / "m").classes_.tolist() == sorted(LABELS)
    predicted = json.loads(run("predict", path, "--model", tmp_path / "m", "--json").out)["labels"]
    assert set(predicted) == set(LABELS)
    assert np.mean(np.array(predicted) == y) > 0.8
    lines = run("predict", path, "--model", tmp_path / "m").out.split("\n")[:-1]
    assert lines == [label.replace("\x1b", "\\x1b") for label in predicted]  # text cannot drive a terminal
    answer = json.loads(run("evaluate", path, "--model", tmp_path / "m", "--json").out)
    assert answer["classes"] == sorted(LABELS)
    assert answer["accuracy"] > 0.8


def test_pages_show_them_without_escapes(run, hostile, tmp_path):
    path, _ = hostile
    run("fit", path, "--loss", "softmax", "--l2", "0.01", "--model", tmp_path / "m")
    for argv in (["evaluate", path, "--model", tmp_path / "m"], ["info", tmp_path / "m", "--top", "2"]):
        found = run(*argv)
        assert found.code == 0
        assert "\x1b" not in found.out
        assert "[red]" in found.out
    found = run("info", tmp_path / "m", "--top", "2").out
    assert "<img src=x onerror=alert(1)>" in found


def test_errors_show_them_without_escapes(run, write):
    found = run("fit", write("d.csv", "\x1b[31ma,kind\n1,x\nbig,y\n"))
    assert found.code == 3
    assert "\x1b" not in found.err
    assert "[31ma" in found.err


def test_a_file_name_with_escapes(run, tmp_path):
    found = run("fit", tmp_path / "\x1b[31mred.csv")
    assert found.code == 3
    assert "\x1b" not in found.err


def test_a_label_with_a_line_break_stays_on_one_line(run, tmp_path):
    """One label a line is what scripts count on."""
    path = tmp_path / "d.csv"
    path.write_text('a,kind\n-1,"x\ny"\n-2,"x\ny"\n1,z\n2,z\n')
    found = run("fit", path, "--loss", "softmax", "--target", "kind", "--model", tmp_path / "m")
    assert found.code == 0
    assert len(run("predict", path, "--model", tmp_path / "m").out.splitlines()) == 4
