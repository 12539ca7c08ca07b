"""An explained gradient as text for an 80-column terminal."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from taut._typing import FloatArray
from taut.pages._label import plain, shorten
from taut.pages._numbers import Notation

_WIDTH = 80
_MAX_NAME = 18
_BOLD, _FAINT, _HOT, _COLD, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[33m", "\x1b[34m", "\x1b[0m"


def explanation_text(facts: Mapping[str, Any], *, colour: bool = False) -> str:
    """Write the opening table, and each step with formula, numbers and reason.

    Parameters
    ----------
    facts : mapping
        ``title``, ``sentence``; ``shapes``, (name, meaning, shape) triples; ``correct``, the class code of each shown
        example; ``steps``, each with ``name``, ``title``, ``formula``, ``loop``, ``why``, ``array``, ``axes``,
        ``compared`` and ``difference``.
    colour : bool
        Whether to use a terminal's colours; positive numbers are then orange, negative ones blue.
    """
    write = _Writer(colour)
    parts = [write.bold(plain(facts["title"])), _wrapped(facts["sentence"]), _shapes(facts["shapes"])]
    parts += [_step(i, step, facts["correct"], write) for i, step in enumerate(facts["steps"], 1)]
    return "\n\n".join(parts)


class _Writer:
    """Colours where they are wanted."""

    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def bold(self, text: str) -> str:
        return f"{_BOLD}{text}{_PLAIN}" if self._colour else text

    def faint(self, text: str) -> str:
        return f"{_FAINT}{text}{_PLAIN}" if self._colour else text

    def signed(self, text: str, value: float) -> str:
        if not self._colour or value == 0.0:
            return text
        return f"{_HOT if value > 0 else _COLD}{text}{_PLAIN}"


def _shapes(rows: Sequence[tuple[str, str, str]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(2)]
    head = f"{'':{widths[0]}}  {'what it is':{widths[1]}}  shape"
    lines = [f"{name:{widths[0]}}  {what:{widths[1]}}  {shape}" for name, what, shape in rows]
    return "\n".join([head, *lines])


def _step(number: int, step: Mapping[str, Any], correct: Mapping[int, int], write: _Writer) -> str:
    shape = " × ".join(f"{axis['size']:,}" for axis in step["axes"])
    nouns = " × ".join(plural(axis["noun"]) for axis in step["axes"])
    title = f"{number}. {plain(step['title'])}"
    lines = [write.bold(title) + (f"   {step['name']}: {shape} ({nouns})" if shape else "")]
    if step["formula"]:
        lines += _indented(plain(step["formula"]))
    lines += _indented(plain(step["why"]))
    lines += _array(step, correct, write)
    if step["compared"]:
        lines += [write.faint(line) for line in _indented(_agreement(step))]
    return "\n".join(lines)


def _agreement(step: Mapping[str, Any]) -> str:
    entries = "1 number" if step["compared"] == 1 else f"{step['compared']:,} entries"
    equal = "equal" if step["difference"] == 0.0 else f"within {step['difference']:.0e}"
    return f"loop form {plain(step['loop'])}: {entries}, {equal}" if step["loop"] else f"{entries}, {equal}"


def plural(noun: str, count: int = 2) -> str:
    """The noun as it goes with a count."""
    return noun if count == 1 else noun + ("es" if noun.endswith("s") else "s")


def _array(step: Mapping[str, Any], correct: Mapping[int, int], write: _Writer) -> list[str]:
    values, axes = step["array"], step["axes"]
    if values.ndim == 0:
        return [f"   {step['name']} = {float(values):.10g}"]
    rows = axes[0]
    if values.ndim == 1:
        return _table(values[list(rows["text"]), None], rows, None, {}, write)
    columns = axes[1]
    shown = values[np.ix_(rows["text"], columns["text"])]
    marks = correct if (rows["noun"], columns["noun"]) == ("example", "class") else {}
    return _table(shown, rows, columns, marks, write)


def _table(
    values: FloatArray,
    rows: Mapping[str, Any],
    columns: Mapping[str, Any] | None,
    correct: Mapping[int, int],
    write: _Writer,
) -> list[str]:
    """Rows with their names, as many columns as fit, and a word about what is left out."""
    names = [shorten(plain(rows["labels"][i]), _MAX_NAME) for i in rows["text"]]
    left = 3 + max(map(len, names))
    places = [None] if columns is None else list(columns["text"])
    heads = [] if columns is None else [shorten(plain(columns["labels"][c]), _MAX_NAME) for c in places]
    notation, width = _fit(values, _WIDTH - left, max(map(len, heads), default=0))
    most = max(1, (_WIDTH - left) // width)
    kept = range(min(len(places), most))
    lines = []
    if columns is not None:
        fitted = _told_apart([plain(columns["labels"][places[c]]) for c in kept], width - 2)
        lines.append(" " * left + "".join(f"{head:>{width - 1}} " for head in fitted).rstrip())
    for r, name in zip(range(len(names)), names, strict=True):
        line = f"{'   ' + name:<{left}}"
        for c in kept:
            value = float(values[r, c])
            star = "*" if correct.get(rows["text"][r]) == places[c] and correct else " "
            line += write.signed(f"{notation.write(value):>{width - 1}}", value) + star
        lines.append(line.rstrip())
    return [*lines, *_notes(rows, columns, len(kept), bool(correct), notation)]


def _told_apart(names: list[str], width: int) -> list[str]:
    """Names cut to a width; where their beginnings are the same, their ends are kept."""
    cut = [shorten(name, width) for name in names]
    if len(set(cut)) == len(cut):
        return cut
    return [name if len(name) <= width else "…" + name[len(name) - width + 1 :] for name in names]


def _fit(values: FloatArray, room: int, longest: int) -> tuple[Notation, int]:
    """The most digits with which all columns fit, two where none do; as wide as the heads if there is room."""
    for digits in (4, 3, 2):
        notation = Notation.of(values, digits)
        width = max(len(notation.write(float(v))) for v in values.ravel()) + 2
        if width * values.shape[1] <= room:
            return notation, min(room // values.shape[1], max(width, longest + 2))
    return notation, width


def _notes(
    rows: Mapping[str, Any], columns: Mapping[str, Any] | None, shown: int, starred: bool, notation: Notation
) -> list[str]:
    notes = []
    if starred:
        notes.append("* the example's own class")
    if notation.factor:
        notes.append(f"all numbers times {notation.factor}")
    for axis, count in ((rows, len(rows["text"])), (columns, shown)):
        if axis is not None and count < axis["size"]:
            notes.append(f"… {count} of {axis['size']:,} {plural(axis['noun'])} shown, {axis['choice']}")
    return _indented("; ".join(notes))


def _indented(text: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent="   ", subsequent_indent="   ", break_on_hyphens=False, break_long_words=True
    )


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.wrap(plain(text), _WIDTH))
