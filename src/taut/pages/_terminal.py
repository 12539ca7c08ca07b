"""Plain text for an 80-column terminal."""

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from taut._typing import AnyArray
from taut.pages._label import first_of, plain, shorten, signed
from taut.pages._ranking import MAX_PANELS, coefficients, rank

_WIDTH = 80
_MAX_TABLE = 12
_MAX_NAME = 40
_MAX_KEY = 30
_UNBROKEN = "\N{NO-BREAK SPACE}"


def table_text(rows: Sequence[tuple[str, str]]) -> str:
    """Align keys and values; a long value goes on below itself.

    Parameters
    ----------
    rows : sequence of (str, str)
        Key and value.

    Examples
    --------
    >>> print(table_text([("loss", "hinge"), ("l2", "0.0001")]))
    loss  hinge
    l2    0.0001
    """
    pairs = [(plain(key), plain(value)) for key, value in rows]
    width = min(max((len(key) for key, _ in pairs), default=0), _MAX_KEY)
    return "\n".join(_hanging(f"{key:<{width}}  ", value, " " * (width + 2)) for key, value in pairs)


def confusion_text(facts: Mapping[str, Any]) -> str:
    """Show which classes are taken for which.

    Parameters
    ----------
    facts : mapping
        ``classes``, k names; ``matrix``, (k, k) counts with a row for each true class; ``shown``, how
        many confusions to list where the classes are too many for a table (10 if left out).
    """
    names = [plain(name) for name in facts["classes"]]
    matrix = np.asarray(facts["matrix"])
    table = _confusion_table(names, matrix) if 0 < len(names) <= _MAX_TABLE else None
    return table or _confusion_list(names, matrix, facts.get("shown", 10))


def _confusion_table(names: list[str], matrix: AnyArray) -> str | None:
    """Return the table, or None where the counts are too long for it."""
    cells = [[str(count) for count in row] for row in matrix]
    digits = max(len(cell) for row in cells for cell in row)
    room = (_WIDTH - min(max(map(len, names)), 20)) // len(names) - 2
    if room < max(digits, 2):
        # Down to 4 columns for the names of the rows.
        room = (_WIDTH - 4) // len(names) - 2
    if room < max(digits, 2):
        return None
    heads = [shorten(name, room) for name in names]
    legend = []
    if len(set(heads)) < len(heads):
        # Cut names that look alike tell nothing: number them.
        heads = [f"#{i}" for i in range(len(names))]
        legend = ["", table_text(list(zip(heads, names, strict=True)))]
        names = heads
    width = max(digits, *map(len, heads)) + 2
    left = min(_WIDTH - width * len(heads), max(map(len, names)))
    lines = [
        "rows: true class, columns: predicted",
        " " * left + "".join(f"{head:>{width}}" for head in heads),
    ]
    for name, row in zip(names, cells, strict=True):
        lines.append(f"{shorten(name, left):<{left}}" + "".join(f"{cell:>{width}}" for cell in row))
    return "\n".join(lines + legend)


def _confusion_list(names: list[str], matrix: AnyArray, shown: int) -> str:
    pairs = [(int(matrix[i, j]), i, j) for i, j in np.argwhere(matrix) if i != j]
    if not pairs:
        return "no confusions"
    pairs.sort(key=lambda pair: -pair[0])
    room = (_WIDTH - len("  true  taken for :  times") - len(str(pairs[0][0]))) // 2
    lines = ["most frequent confusions"]
    for count, i, j in pairs[:shown]:
        true, taken = shorten(names[i], room), shorten(names[j], room)
        lines.append(f"  true {true} taken for {taken}: {_times(count, 'time')}")
    if len(pairs) > shown:
        lines.append(f"  and {_times(len(pairs) - shown, 'more pair')}")
    return "\n".join(lines)


def _times(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def per_class_text(facts: Mapping[str, Any]) -> str:
    """Show precision, recall and number of examples of each class.

    Parameters
    ----------
    facts : mapping
        ``classes``, ``precision``, ``recall`` and ``support``, k of each; NaN prints as "-".
    """
    names = [plain(name) for name in facts["classes"]]
    left = min(max(map(len, ["class", *names])), _MAX_NAME)
    lines = [f"{'class':<{left}}  precision  recall  support"]
    columns = (names, facts["precision"], facts["recall"], facts["support"])
    for name, precision, recall, support in zip(*columns, strict=True):
        share = f"{_share(precision):>9}  {_share(recall):>6}"
        lines.append(f"{shorten(name, left):<{left}}  {share}  {_amount(support):>7}")
    return "\n".join(lines)


def _share(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "-"


def _amount(value: float) -> str:
    """Print a count, which weights of the examples may have made a fraction."""
    return str(int(value)) if float(value).is_integer() else f"{value:.5g}"


def class_features_text(facts: Mapping[str, Any]) -> str:
    """List for each class the features that speak for it (+) and against it (-).

    Parameters
    ----------
    facts : mapping
        As for ``draw_features``; ``title`` and ``caption`` are not needed.
    """
    table, words = coefficients(facts)
    lines = _hanging("", f"strongest features of each class, by {words}", "").split("\n")
    for name, row in zip(facts["classes"][:MAX_PANELS], table, strict=False):
        ranked = rank(row, facts["top"])
        lines.append(shorten(plain(name), _WIDTH))
        for sign, chosen in (("+", ranked.positive), ("-", ranked.negative), ("0", ranked.idle)):
            if chosen:
                lines.append(_features_line(sign, chosen, facts["features"]))
    cut = first_of(len(facts["classes"]), MAX_PANELS, "classes")
    return "\n".join([*lines, cut] if cut else lines)


def _features_line(sign: str, chosen: list[tuple[int, float]], features: Sequence[object]) -> str:
    names = [shorten(plain(features[j]), _MAX_NAME) for j, _ in chosen]
    if sign == "0":
        return _hanging("  0 ", _listed(names), " " * 4)
    items = [f"{name} {signed(value)}" for name, (_, value) in zip(names, chosen, strict=True)]
    return _hanging(f"  {sign} ", _listed(items), " " * 4)


def _listed(items: list[str]) -> str:
    """Join items that do not break in the middle: ``plain`` leaves no such space in a name."""
    return ", ".join(item.replace(" ", _UNBROKEN) for item in items)


def _hanging(first: str, text: str, rest: str) -> str:
    """Wrap a text; a long word, a path say, stays in one piece, so that it can be copied."""
    lines = textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(line.replace(_UNBROKEN, " ").rstrip() for line in lines) or first.rstrip()
