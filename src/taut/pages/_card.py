"""A few lines of HTML for a notebook: a verdict, what it stands on, in the notebook's own letters and colours."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from taut.pages._html import escaped

Facts = Mapping[str, Any]

_MOST = 60
"""Rows of a table."""

_FIT = ("loss", "l2", "solver", "status", "primal", "objective", "dual", "gap", "tol", "n", "d", "k", "passes")

_LEFT, _BOLD = 'style="text-align: left"', ' style="font-weight: bold"'
_APART = 'style="text-align: right; border-spacing: 1em .1em"'


def card(verdict: object, numbers: Facts, body: str = "") -> str:
    """Show a verdict, and the numbers behind it on demand.

    Parameters
    ----------
    verdict : object
        Its text is escaped, as names and numbers are.
    numbers : mapping
        Plain values by their names; empty words are left out.
    body : str
        HTML between the two, its texts escaped.

    Examples
    --------
    >>> card("a < b", {"a": 1.5})[:23]
    '<div><p>a &lt; b</p><de'
    """
    rows = "".join(
        f"<tr><th {_LEFT}>{escaped(name)}</th><td {_LEFT}>{escaped(_shown(value))}</td></tr>"
        for name, value in numbers.items()
        if value != ""
    )
    return f"<div><p>{escaped(verdict)}</p>{body}{_folded('numbers', f'<table><tbody>{rows}</tbody></table>')}</div>"


def report_card(facts: Facts) -> str:
    """Show what ``Report.to_dict`` gives of a fit."""
    return card(facts["verdict"], {name: facts[name] for name in _FIT if name in facts})


def choice_card(facts: Facts) -> str:
    """Show what ``L2Choice.to_dict`` gives, with its ``verdict``: each l2 that was tried, the chosen one marked."""
    heads = ("l2", "accuracy on rows held out", "standard error", "largest gap", "")
    rows = [
        (line["l2"], line["validation_accuracy"], line["standard_error"], line["gap"], _mark(line["l2"], facts))
        for line in facts["tried"]
    ]
    chosen = [line["l2"] == facts["l2"] for line in facts["tried"]]
    numbers = {name: facts[name] for name in ("l2", "best", "rule", "interrupted")}
    return card(facts["verdict"], numbers, _table(heads, rows, chosen))


def _mark(l2: float, facts: Facts) -> str:
    return ", ".join(word for word, name in (("chosen", "l2"), ("best", "best")) if facts[name] == l2)


def path_card(facts: Facts) -> str:
    """Show what ``L2Path.to_dict`` gives: a row for each fit."""
    names = ("l2", "primal", "gap", "certified", "status", "passes", "seconds")
    heads = ("l2", "objective", "gap", "certified", "status", "passes", "seconds")
    fits = facts["fits"]
    numbers = {"fits": len(fits), "certified": sum(fit["certified"] for fit in fits)}
    return card(facts["verdict"], numbers, _table(heads, [[fit[name] for name in names] for fit in fits]))


def check_card(facts: Facts) -> str:
    """Show what ``GradientReport.to_dict`` gives: what is wrong and what would mend it, and the kinks that were met."""
    findings = "".join(f"<li>{_finding(each)}</li>" for each in facts["findings"])
    outside = [(_place(each), each["given"], each["low"], each["high"]) for each in facts["outside"]]
    kinks = [(each["label"], each["at"], each["left"], each["right"], each["share"]) for each in facts["kinks"]]
    parts = [
        f"<p>{escaped(facts['census'])}</p>" if facts["census"] else "",
        f"<ul>{findings}</ul>" if findings else "",
        _folded(f"outside their interval: {len(outside):,}", _table(("", "given", "lowest", "highest"), outside)),
        _folded(f"kinks crossed: {len(kinks):,}", _table(("", "at step", "slope before", "after", "explains"), kinks)),
        "".join(f"<p>{escaped(note)}</p>" for note in facts["notes"]),
    ]
    wanted = ("verdict", "width", "value", "checked", "size", "evaluations", "seconds", "random_state", "method")
    return card(facts["sentence"], {name: facts[name] for name in wanted}, "".join(parts))


def _finding(finding: Facts) -> str:
    cure = f"<br>cure: <code>{escaped(finding['cure'])}</code>" if finding["cure"] else ""
    return f"<strong>{escaped(finding['kind'])}</strong>: {escaped(finding['evidence'])}{cure}"


def _place(entry: Facts) -> str:
    """How a coordinate is written: W[3, 2]."""
    index = ", ".join(map(str, entry["index"]))
    return f"{entry['name']}[{index}]" if index else str(entry["name"])


def _folded(summary: str, body: str) -> str:
    return f"<details><summary>{escaped(summary)}</summary>{body}</details>" if body else ""


def _table(heads: Sequence[str], rows: Sequence[Iterable[Any]], bold: Sequence[bool] = ()) -> str:
    """Cells under their heads, wide ones scrolled; the first rows where they are many; nothing where there are none."""
    if not rows:
        return ""
    top = "".join(f'<th scope="col">{escaped(head)}</th>' for head in heads)
    marked = bold or [False] * len(rows)
    lines = "".join(
        f"<tr{_BOLD if strong else ''}>{''.join(f'<td>{escaped(_shown(value))}</td>' for value in row)}</tr>"
        for row, strong in list(zip(rows, marked, strict=True))[:_MOST]
    )
    more = f"<p>and {len(rows) - _MOST:,} more</p>" if len(rows) > _MOST else ""
    body = f'<thead><tr>{top}</tr></thead><tbody style="white-space: nowrap">{lines}</tbody>'
    return f'<div tabindex="0" style="overflow-x: auto; max-width: 100%"><table {_APART}>{body}</table></div>{more}'


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else "–" if value is None else str(value)
