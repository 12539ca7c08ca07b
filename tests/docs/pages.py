"""What a page of the documentation holds: blocks of code, displayed formulas, files that its commands read."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
MADE = {"_made", "gallery", "reference"}

OWN_TEST = {"gradient-checking.md", "from-cs231n.md"}
"""Pages whose blocks are run by a test of their own."""

PAGES = [
    ROOT / "README.md",
    *(
        path
        for path in sorted(DOCS.rglob("*.md"))
        if not MADE & set(path.relative_to(DOCS).parts) and path.name not in OWN_TEST
    ),
]
BLOCK = re.compile(
    r"^(?P<fence>```+)(?P<kind>[^\n]*)\n(?P<text>.*?)^(?P=fence)[ ]*$|^<!-- file: (?P<name>\S+)\n(?P<file>.*?)^-->",
    re.MULTILINE | re.DOTALL,
)
FORMULA = re.compile(r"^\$\$(?P<text>.*?)\$\$(?: \((?P<label>[\w-]+)\))?[ ]*$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of code with the line that it starts on; ``file:NAME`` is a file that later commands read.

    A file is a block whose fence names it, so that a reader has it too: ```` ```text sales.csv ````. A comment that
    begins with ``file: NAME`` stands for what the words beside it tell the reader to change.
    """

    kind: str
    text: str
    line: int


def blocks(page):
    """The blocks of a page, but for directives, which the documentation's own build reads."""
    text = page.read_text("utf-8")
    for found in BLOCK.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        kind, _, shown = (found["kind"] or "").strip().partition(" ")
        if found["name"]:
            yield Block(f"file:{found['name']}", found["file"], line)
        elif kind.startswith("{"):
            continue
        elif shown:
            yield Block(f"file:{shown}", found["text"], line)
        else:
            yield Block(kind, found["text"], line)


def formulas(page):
    """Label and text of each displayed formula; the label is None where it is missing."""
    return [(found["label"], found["text"].strip()) for found in FORMULA.finditer(page.read_text("utf-8"))]
