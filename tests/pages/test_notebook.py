"""A notebook, run by a real kernel: what its outputs become, and what a browser shows of them."""

import ast
import json
import subprocess
import sys

import pytest

import taut

# In a process of its own: its event loop and the browser's would be in each other's way.
PROGRAM = """
import json, sys, nbclient, nbformat

class Client(nbclient.NotebookClient):
    def process_message(self, message, cell, cell_index):
        if message["msg_type"] in ("display_data", "update_display_data", "stream", "error"):
            told.append((cell_index, message["msg_type"], message["content"]))
        return super().process_message(message, cell, cell_index)

told = []
cells = [nbformat.v4.new_code_cell(text) for text in json.load(sys.stdin)]
notebook = nbformat.v4.new_notebook(cells=cells)
Client(notebook, timeout=600, kernel_name="python3").execute()
json.dump({"told": told, "cells": [cell.outputs for cell in cells]}, sys.stdout)
"""

CELLS = """
import numpy as np, taut
X = np.random.default_rng(3).normal(size=(300, 5))
y = (X[:, 0] + 0.1 * np.arange(300) % 3 > 0.5).astype(int)
---
model = taut.LinearClassifier("softmax", l2=1e-4, tol=1e-6, solver="gradient_descent", verbose=True).fit(X, y)
---
quiet = taut.LinearClassifier("softmax", l2=0.1).fit(X, y)
---
choice = taut.choose_l2(X, y, loss="softmax", l2s=[0.1, 0.01], folds=2, verbose=1)
---
str(model.report_), str(choice), len(model.report_.history)
---
choice
---
model
"""


@pytest.fixture(scope="module")
def notebook():
    pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    command = [sys.executable, "-c", PROGRAM]
    cells = json.dumps([cell.strip() for cell in CELLS.split("---")])
    found = subprocess.run(command, input=cells, capture_output=True, text=True, timeout=600)
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)


def told(notebook, cell):
    return [(kind, content) for at, kind, content in notebook["told"] if at == cell]


def test_a_verbose_fit_has_one_output_that_moves_and_ends_as_its_verdict(notebook):
    report, choice, steps = ast.literal_eval(notebook["cells"][4][0]["data"]["text/plain"])
    for cell, verdict in ((1, report), (3, choice)):
        (first, shown), *rest = told(notebook, cell)
        assert first == "display_data"
        assert rest
        assert {kind for kind, _ in rest} == {"update_display_data"}
        assert len({content["transient"]["display_id"] for _, content in [(first, shown), *rest]}) == 1
        assert '<progress max="1" value="' in shown["data"]["text/html"]
        assert shown["data"]["text/plain"].startswith(
            "LinearClassifier  pass 1" if cell == 1 else "fold 1 of 2, l2 = 0.1"
        )
        (output,) = notebook["cells"][cell]
        assert output["data"]["text/plain"] == verdict
        assert "<progress" not in output["data"]["text/html"]
    assert len(told(notebook, 1)) <= steps + 1


def test_a_silent_fit_has_none_and_nothing_is_written_on_the_red_stream(notebook):
    assert notebook["cells"][2] == []
    assert {kind for _, kind, _ in notebook["told"]} <= {"display_data", "update_display_data"}


def test_results_are_shown_as_html(notebook):
    for cell, words in ((5, "standard error"), (6, "LinearClassifier")):
        (output,) = notebook["cells"][cell]
        assert words in output["data"]["text/html"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_the_bar_and_its_words(notebook, show, scheme):
    shown = [content["data"]["text/html"] for _, content in told(notebook, 1)]
    page = show(bare("".join([shown[0], shown[len(shown) // 2], shown[-1]])), 400, scheme)
    assert page.locator("progress").count() in (1, 2)
    assert page.locator("progress").first.is_visible()
    assert page.locator("body").text_content().count("LinearClassifier  pass") in (1, 2)
    assert "Certified: the objective" in page.locator("body").text_content()
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def bare(body):
    """A document without a style of its own, in the browser's light or dark."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        f'<link rel="icon" href="data:,"><title>taut {taut.__version__}</title></head><body>{body}</body></html>'
    )
