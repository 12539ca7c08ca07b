"""docs/from-cs231n.md: its code prints what it shows, its import lines load, its recipe turns one into the other."""

import contextlib
import io
import json
import random
import re
from pathlib import Path

import numpy as np
import pytest

from docs.commands import printed_by_command

PAGE = (Path(__file__).parents[2] / "docs" / "from-cs231n.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```\n)?", PAGE, flags=re.DOTALL)
LINES = re.findall(r"^\| `(from cs231n\S* import [^`]+)` \| `([^`]+)` \|$", PAGE, flags=re.MULTILINE)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]\d+)?")


@pytest.fixture
def course_folder(tmp_path, monkeypatch):
    """A folder with a very small CIFAR-10 where the notebooks expect it."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "cs231n" / "datasets" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    records = np.random.default_rng(0).integers(0, 256, (4, 3073)).astype(np.uint8)
    records[:, 0] %= 10
    for name in [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]:
        (folder / f"{name}.bin").write_bytes(records.tobytes())


@pytest.fixture
def streams_restored():
    states = np.random.get_state(), random.getstate()  # noqa: NPY002 -- the page seeds them, as notebooks do
    yield
    np.random.set_state(states[0])  # noqa: NPY002
    random.setstate(states[1])


def assert_same(printed, shown):
    """The same words; the same numbers but for rounding and for how long the checker looked."""
    for found, wanted in zip(printed.splitlines(), shown.splitlines(), strict=True):
        assert NUMBER.sub("#", found) == NUMBER.sub("#", wanted)
        if not wanted.startswith("checked: "):
            for a, b in zip(NUMBER.findall(found), NUMBER.findall(wanted), strict=True):
                assert float(a) == pytest.approx(float(b), rel=1e-4, abs=1e-9)


def test_code_of_the_page_prints_what_the_page_shows(course_folder, streams_restored):
    space = {}
    assert len(BLOCKS) == 8
    for code, shown in BLOCKS:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(code, space)
        assert_same(out.getvalue(), shown)


def test_import_lines_of_the_table_load():
    assert len(LINES) == 7
    for _, line in LINES:
        space = {}
        exec(line, space)
        assert all(name in space for name in line.split(" import ")[1].split(", "))


def test_the_recipe_makes_the_lines_of_the_table():
    pattern, replacement = re.search(r"sed -i\.bak 's/(.+?)/(.+?)/' \*\.ipynb", PAGE).groups()
    for before, after in LINES:
        assert re.sub(pattern, replacement, before) == after
        exec(after, {})
        exec(re.sub(pattern, replacement.replace("half", "full"), before), {})


def test_the_command_of_the_page_changes_a_notebook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (command,) = re.findall(r"^```sh\n(.*?)\n```", PAGE, flags=re.DOTALL | re.MULTILINE)
    source = [f"{before}\n" for before, _ in LINES]
    before = json.dumps(
        {"cells": [{"cell_type": "code", "source": source}], "nbformat": 4, "nbformat_minor": 5}, indent=1
    )  # as notebooks are kept
    Path("svm.ipynb").write_text(before)
    assert printed_by_command(command) == ("", 0)
    after = json.loads(Path("svm.ipynb").read_text())
    assert after["cells"][0]["source"] == [f"{line}\n" for _, line in LINES]
    assert Path("svm.ipynb.bak").read_text() == before


def test_the_figures_of_the_page_are_the_published_ones():
    assert "1.30378789133" in PAGE
    assert "0.0171496079" in PAGE
    assert "0.0171436435" in PAGE
