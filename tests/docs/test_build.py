"""The documentation is built from nothing, as scripts/docs builds it; test_examples.py runs the gallery's programs."""

import re
import shutil
import subprocess
import sys

from docs.pages import DOCS, MADE, PAGES, ROOT, formulas

LOADED = re.compile(r"""<(?:script|img|link|iframe)\b[^>]*\b(?:src|href)=["'](?:https?:)?//[^"']*""")
NOT_WORDS = re.compile(r"<(math|pre|code|script)\b.*?</\1>|<[^>]*>", re.DOTALL)


def test_the_documentation_builds_without_a_warning(tmp_path):
    """One test, since the build takes a quarter of a minute."""
    site = build(tmp_path)
    check_every_page_is_there(site)
    check_nothing_is_loaded_from_elsewhere(site)
    check_formulas_are_mathematics(site)
    check_each_attribute_has_its_name_and_no_base_class_is_private(site)


def build(place):
    """Build a copy of the sources, without what an earlier build made; a warning ends it."""
    shutil.copytree(DOCS, place / "docs", ignore=shutil.ignore_patterns(*MADE))
    shutil.copytree(ROOT / "examples", place / "examples")
    shutil.copytree(ROOT / "benchmarks" / "results", place / "benchmarks" / "results")
    shutil.copy(ROOT / "README.md", place)
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "-D", "plot_gallery=0"]
    found = subprocess.run([*command, "docs", "built"], cwd=place, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    assert "WARNING" not in found.stderr
    return place / "built"


def check_every_page_is_there(site):
    sources = [path.relative_to(DOCS) for path in PAGES if path.is_relative_to(DOCS)]
    assert len(sources) > 20
    for source in sources:
        assert (site / source.with_suffix(".html")).is_file(), source
    for program in (ROOT / "examples").glob("plot_*.py"):
        assert (site / "gallery" / f"{program.stem}.html").is_file(), program
    assert (site / "reference" / "taut.loss_and_gradient.html").is_file()


def check_nothing_is_loaded_from_elsewhere(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 80
    for page in pages:
        assert LOADED.findall(page.read_text("utf-8")) == [], page.name


def check_formulas_are_mathematics(site):
    shown = 0
    for source in DOCS.joinpath("math").glob("*.md"):
        page = (site / "math" / f"{source.stem}.html").read_text("utf-8")
        displayed = len(list(formulas(source)))
        assert len(re.findall(r'<math [^>]*display="block"', page)) == displayed, source.name
        assert "$" not in NOT_WORDS.sub("", page), source.name
        shown += displayed
    assert shown > 50


def check_each_attribute_has_its_name_and_no_base_class_is_private(site):
    for page in site.joinpath("reference").glob("*.html"):
        text = page.read_text("utf-8")
        assert '</span><span class="classifier">' not in text, f"{page.name}: two names share a line of the docstring"
        assert "Bases:" not in text, page.name
