"""The pages that are made from the code: the reference from the public names, the tables from benchmarks/results."""

import inspect
from importlib import import_module
from pathlib import Path
from types import ModuleType

from taut._typing import FloatArray

ROOT = Path(__file__).parents[1]
ROOMS = ("losses", "data", "check", "testing", "cs231n", "cs231n.half", "cs231n.full")
"""Rooms whose own names are in the reference; `taut` itself comes first."""

INTRODUCTION = (
    "``import taut`` loads nothing heavy: each name below loads on first use. Rooms that are not listed here are "
    "taut's own business and may change."
)


def names(room: str) -> list[str]:
    """Return the public names of a room that the reference has an entry for: functions, classes and constants."""
    module = import_module(room)
    offered = getattr(module, "__all__", None) or [
        name for name, thing in vars(module).items() if inspect.isfunction(thing) and thing.__module__ == room
    ]
    return [name for name in offered if not isinstance(getattr(module, name), ModuleType) and not name.startswith("_")]


def entries() -> dict[str, list[str]]:
    """Return for `taut` and each room the classes and functions that the reference describes, each thing once."""
    seen: set[int] = set()
    found: dict[str, list[str]] = {}
    for room in ("taut", *(f"taut.{room}" for room in ROOMS)):
        module = import_module(room)
        things = {name: getattr(module, name) for name in names(room)}
        mine = [name for name, thing in things.items() if inspect.isclass(thing) or inspect.isroutine(thing)]
        found[room] = [name for name in mine if id(getattr(module, name)) not in seen]
        seen |= {id(getattr(module, name)) for name in mine}
    return found


def constants(room: str) -> dict[str, str]:
    """Return the other public names of a room, each with what it holds."""
    module = import_module(room)
    things = {name: getattr(module, name) for name in names(room)}
    return {
        name: held(thing)
        for name, thing in things.items()
        if not (inspect.isclass(thing) or inspect.isroutine(thing) or isinstance(thing, str))
    }


def held(thing: object) -> str:
    """Return what a constant holds, in one line: the names in a collection, or the form of a kind of function."""
    if isinstance(thing, dict | tuple | frozenset):
        return ", ".join(f"``{name}``" for name in thing)
    form = str(thing).replace(str(FloatArray), "FloatArray")
    return f"``{form.replace('collections.abc.', '').replace('typing.', '')}``"


def reference() -> str:
    """Return the reference's first page: each thing once, under the first place that it is imported from."""
    lines = ["Reference", "=========", "", INTRODUCTION, ""]
    for room, found in entries().items():
        heading = f"``{room}``"
        lines += [heading, "-" * len(heading), ""]
        if room != "taut":
            lines += [inspect.getdoc(import_module(room)).replace("|", "\\|"), ""]
        if found:
            lines += [".. autosummary::", "   :toctree: .", "   :nosignatures:", ""]
            lines += [f"   {room}.{name}" for name in found] + [""]
        for name, what in constants(room).items():
            lines += [f"``{room}.{name}``", f"    {what}", ""]
    return "\n".join(lines)


def results() -> list[Path]:
    """Return the kept runs of the benchmarks."""
    return sorted((ROOT / "benchmarks" / "results").glob("*.txt"))


def benchmarks() -> str:
    """Return one section for each kept run."""
    sections = []
    for path in results():
        heading = path.stem.replace("_", " ").replace("-", " ").capitalize()
        included = f"```{{literalinclude}} ../benchmarks/results/{path.name}\n:language: none\n```"
        sections.append(f"## {heading}\n\n{included}\n")
    return "\n".join(sections)


def write(docs: Path) -> None:
    """Write the pages that differ from what is there, and remove those of names that are gone."""
    for name, text in {"reference/index.rst": reference(), "_made/results.md": benchmarks()}.items():
        path = docs / name
        path.parent.mkdir(exist_ok=True)
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
    kept = {"index", *(f"{room}.{name}" for room, found in entries().items() for name in found)}
    for stale in (docs / "reference").glob("*.rst"):
        if stale.stem not in kept:
            stale.unlink()
