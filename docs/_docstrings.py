"""Docstrings as reStructuredText reads them: bars are mathematics, names end in underscores, A. B. is a person."""

import re
from typing import Any

from sphinx.application import Sphinx

LITERAL = re.compile(r"(``.*?``|`[^`]+`_?|:\w+:`[^`]+`)")
TABLE = re.compile(r"^\s*[|+].*[|+]\s*$")
INITIAL = re.compile(r"^(\s*[A-Z])\. ")
TRAILING = re.compile(r"(?<![\\\w])(\w+)_(?![\w`])")


def escape(line: str) -> str:
    """Escape the bars of |Y| and ‖W‖ and the underscore of ``coef_``, outside literals, and the dot of an initial."""
    parts = LITERAL.split(INITIAL.sub(r"\1\. ", line))
    parts[::2] = [TRAILING.sub(r"\1\_", re.sub(r"(?<!\\)\|", r"\|", part)) for part in parts[::2]]
    return "".join(parts)


def escape_lines(app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    """Escape a docstring but for its formulas, tables and examples."""
    verbatim, doctest = -1, False
    for i, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        if line.strip() and verbatim >= 0 and indent <= verbatim:
            verbatim = -1
        doctest = line.lstrip().startswith(">>>") or (doctest and bool(line.strip()))
        if verbatim < 0 and not doctest and not TABLE.match(line) and ".. math::" not in line:
            lines[i] = escape(line)
        if line.lstrip().startswith(".. math::") or line.rstrip().endswith("::"):
            verbatim = indent


def setup(app: Sphinx) -> dict[str, Any]:
    """Look at every docstring, after numpydoc."""
    app.connect("autodoc-process-docstring", escape_lines, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
