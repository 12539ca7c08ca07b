"""Every displayed formula has a label, and a test of that name beside its page."""

import ast
from pathlib import Path

import pytest

from docs.pages import PAGES, formulas

WITH_FORMULAS = [page for page in PAGES if page.parent.name == "math" or formulas(page)]


def names_beside(page):
    """Names of the tests of a page: those of a derivation in a file of its own kind."""
    name = f"test_formulas_{page.stem}.py" if page.parent.name == "math" else f"test_{page.stem.replace('-', '_')}.py"
    tree = ast.parse((Path(__file__).parent / name).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("page", WITH_FORMULAS, ids=lambda page: page.stem)
def test_each_formula_of_a_page_has_its_test(page):
    labels = [label for label, _ in formulas(page)]
    assert labels
    assert None not in labels, "a displayed formula without a label"
    assert len(set(labels)) == len(labels)
    wanted = {f"test_{label.replace('-', '_')}" for label in labels}
    there = names_beside(page)
    assert not wanted - there
    if page.parent.name == "math":
        assert {name for name in there if name.startswith(f"test_{page.stem}_")} == wanted
