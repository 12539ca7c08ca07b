"""docs/architecture.md has the rooms that import-linter checks, in their order, and every one that there is."""

import re
import tomllib
from pathlib import Path

import taut
from docs.pages import DOCS, ROOT

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]


def rows_of_the_page():
    page = (DOCS / "architecture.md").read_text("utf-8")
    table = page[page.index("| rooms, highest first") :].split("\n\n")[0]
    return [re.findall(r"`(\w+)`", line.split("|")[1]) for line in table.splitlines()[2:]]


def test_rooms_of_the_page_are_the_contract():
    (layers,) = [contract["layers"] for contract in CONTRACTS if contract["type"] == "layers"]
    assert rows_of_the_page() == [layer.split(" | ") for layer in layers]


def test_rooms_of_the_page_are_the_folders():
    house = Path(taut.__file__).parent
    there = {path.stem for path in house.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert {room for row in rows_of_the_page() for room in row} == there - {"__init__", "__main__"}
