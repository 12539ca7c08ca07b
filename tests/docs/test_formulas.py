"""Every displayed formula has a label, and a test of that name beside its page."""

import ast
from pathlib import Path

import pytest

from docs.pages import DOCS, PAGES, formulas

MATH = sorted((DOCS / "math").glob("*.md"))


@pytest.mark.parametrize("page", MATH, ids=lambda page: page.stem)
def test_each_formula_of_a_page_has_its_test(page):
    labels = [label for label, _ in formulas(page)]
    assert labels
    assert None not in labels, "a displayed formula without a label"
    assert len(set(labels)) == len(labels)
    tree = ast.parse((Path(__file__).parent / f"test_formulas_{page.stem}.py").read_text("utf-8"))
    tests = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    missing = {f"test_{label.replace('-', '_')}" for label in labels} - tests
    assert not missing
    unused = {name for name in tests if name.startswith(f"test_{page.stem}_")}
    assert unused == {f"test_{label.replace('-', '_')}" for label in labels}


def test_formulas_stand_on_pages_with_tests_only():
    """Other pages display no formula, unless a test of their own checks it."""
    for page in PAGES:
        if page.parent.name != "math":
            assert not [label for label, _ in formulas(page) if label], page
