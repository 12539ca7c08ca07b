"""An explained gradient as a page on which it can be moved."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from taut.pages._explanation_text import plural
from taut.pages._html import escaped, html_page, tint
from taut.pages._numbers import Notation

Facts = Mapping[str, Any]


def explanation_page(facts: Facts) -> str:
    """Render an explanation as one HTML file.

    Parameters
    ----------
    facts : mapping
        As for `explanation_text`, and ``live``: what the page needs to compute all of it anew, or nothing.
    """
    steps, live = {step["name"]: step for step in facts["steps"]}, dict(facts["live"])
    parts = [_shapes(facts)]
    if live:
        live["labels"] = _labels(steps)
        parts += [_moves(live), _bench(steps, facts["correct"], live)]
    parts += ["<h2>Step by step</h2>", '<div class="grid">']
    parts += [_step(i, step, facts["correct"]) for i, step in enumerate(facts["steps"], 1)]
    parts.append("</div>")
    head = f"<header><h1>{escaped(facts['title'])}</h1><p class='lead held'>{escaped(facts['sentence'])}</p></header>"
    body = f"{head}\n<main>\n{chr(10).join(parts)}\n</main>\n{_foot(live)}"
    script = "explain.js" if live else ""
    return html_page(facts["title"], body, styles=("page.css", "explain.css"), script=script, facts=live)


def _shapes(facts: Facts) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escaped(name)}</th><td>{escaped(what)}</td><td>{escaped(shape)}</td></tr>'
        for name, what, shape in facts["shapes"]
    )
    return (
        '<section><h2>What is computed</h2><div class="scroll"><table class="text"><thead><tr><th scope="col"></th>'
        f'<th scope="col">what it is</th><th scope="col">shape</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div></section>"
    )


def _labels(steps: Mapping[str, Facts]) -> dict[str, Any]:
    """Names of the shown rows, by what they are; escaped by the script, which writes text only."""
    return {
        axis["noun"]: {str(i): axis["labels"][i] for i in axis["page"]}
        for step in steps.values()
        for axis in step["axes"]
    }


def _moves(live: Facts) -> str:
    """The sliders, and the numbers that follow them."""
    margin = ""
    if live["usesMargin"]:
        top = max(3.0, 3.0 * live["margin"])
        margin = _slider("margin", "margin Δ", 0.0, top, live["margin"])
    l2 = _slider("l2", "l2", 0.0, max(1.0, 3.0 * live["l2"]), live["l2"])
    weight = _slider("weight", '<span id="weight-name">weight</span>', -1.0, 1.0, 0.0)
    return (
        '<section class="moves" aria-label="Move it">'
        '<div class="total">Loss <output id="loss" aria-live="polite"></output>'
        '<div class="faint">data <output id="data"></output> + penalty <output id="penalty"></output></div>'
        '<button type="button" id="reset">As it was</button></div>'
        f"{margin}{l2}{weight}</section>"
    )


def _slider(name: str, label: str, low: float, high: float, value: float) -> str:
    return (
        f'<label>{label} <output id="{name}-value">{value:.4g}</output>'
        f'<input type="range" id="{name}" min="{low!r}" max="{high!r}" step="any" value="{value!r}"></label>'
    )


def _bench(steps: Mapping[str, Facts], correct: Mapping[int, int], live: Facts) -> str:
    """Weights, gradient, and where an entry of the gradient comes from."""
    names = [(name, f"d{name}") for name in ("W", "W1", "b1", "W2", "b2") if f"d{name}" in steps and name in steps]
    pairs = []
    for name, gradient in names:
        pairs.append(
            f"<div><h3>{name}: change a weight</h3>{_table(steps[name], {}, inputs=True)}</div>"
            f"<div><h3>{gradient}: point at an entry</h3>{_table(steps[gradient], {}, pick=True)}</div>"
        )
    rows = next(step["axes"][0] for step in steps.values() if step["axes"][0]["noun"] == "example")
    cells = "".join(
        f'<tr data-from="{i}"><th scope="row">{_cut(rows["labels"][i])}</th><td></td><td></td><td></td>'
        f'<td class="bar"></td></tr>'
        for i in rows["page"]
    )
    more = "".join(
        f'<tr data-from="{key}"><th scope="row">{label}</th><td></td><td></td><td></td><td class="bar"></td></tr>'
        for key, label in (("others", "all other examples"), ("l2", "l2 · W"))
    )
    return (
        f'<section id="bench"><h2>Move it</h2><div class="grid"><div>{"".join(pairs)}</div>'
        '<div><h3>Where the entry comes from</h3><p class="picked faint" id="picked" aria-live="polite">Point at an '
        "entry of the gradient, or go there with the Tab and arrow keys.</p>"
        '<div class="scroll" tabindex="0" role="region" aria-label="Where the entry comes from"><table><thead><tr>'
        '<th scope="col"><span class="faint">example</span></th>'
        '<th scope="col" id="left-name">X</th><th scope="col" id="right-name">A'
        f'</th><th scope="col">gives</th><th scope="col"></th></tr></thead><tbody id="sources">{cells}{more}'
        '<tr class="sum" data-from="sum"><th scope="row">sum</th><td></td><td></td><td></td><td></td></tr>'
        "</tbody></table></div></div></div></section>"
    )


def _step(number: int, step: Facts, correct: Mapping[int, int]) -> str:
    axes = step["axes"]
    shape = " × ".join(f"{axis['size']:,} {plural(axis['noun'], axis['size'])}" for axis in axes)
    name = f" <small>{escaped(step['name'])}{': ' if shape else ''}{escaped(shape)}</small>"
    formula = f"<pre><code>{escaped(step['formula'])}</code></pre>" if step["formula"] else ""
    marks = correct if [axis["noun"] for axis in axes] == ["example", "class"] else {}
    return (
        f"<section><h2>{number}. {escaped(step['title'])}{name}</h2>{formula}<p>{escaped(step['why'])}</p>"
        f"{_table(step, marks)}{_agreement(step)}</section>"
    )


def _agreement(step: Facts) -> str:
    if not step["compared"]:
        return ""
    entries = "1 number" if step["compared"] == 1 else f"{step['compared']:,} entries"
    equal = "equal" if step["difference"] == 0.0 else f"equal but for {step['difference']:.0e}"
    loop = f"<code>{escaped(step['loop'])}</code>: " if step["loop"] else ""
    return f'<p class="faint held">Loop form {loop}{entries} {equal}.</p>'


def _table(step: Facts, correct: Mapping[int, int], *, inputs: bool = False, pick: bool = False) -> str:
    """A matrix; its cells carry the places that the script knows them by."""
    values, axes, name = step["array"], step["axes"], step["name"]
    if values.ndim == 0:
        return f'<p><output data-t="{name}" data-r="0" data-c="0">{float(values):.10g}</output></p>'
    rows = axes[0]
    columns = axes[1] if values.ndim == 2 else None
    shown = values[np.ix_(rows["page"], columns["page"])] if columns else values[list(rows["page"]), None]
    notation, limit = Notation.of(shown), float(np.abs(shown).max(initial=0.0))
    heads = "".join(f'<th scope="col">{_cut(columns["labels"][c])}</th>' for c in columns["page"]) if columns else ""
    lines = []
    for r, row in enumerate(rows["page"]):
        cells = []
        for c, value in enumerate(shown[r].tolist()):
            own = columns is not None and correct.get(row) == columns["page"][c] and bool(correct)
            place = f'data-r="{_place(rows, r)}" data-c="{_place(columns, c) if columns else 0}"'
            label = (
                f"{rows['labels'][row]}, {columns['labels'][columns['page'][c]]}" if columns else rows["labels"][row]
            )
            cells.append(_cell(notation.write(value), value, tint(value, limit), place, own, label if inputs else ""))
        lines.append(f'<tr><th scope="row">{_cut(rows["labels"][row])}</th>{"".join(cells)}</tr>')
    kind = ' class="pick"' if pick else ""
    head = f"<thead><tr><td></td>{heads}</tr></thead>" if columns else ""
    region = f'role="region" aria-label="{escaped(step["title"])}" tabindex="0"'
    return (
        f'<div class="scroll" {region}><table data-t="{name}"{kind}>{head}<tbody>{"".join(lines)}</tbody></table></div>'
        f"{_notes(axes, bool(correct), notation, name)}"
    )


def _place(axis: Facts, position: int) -> int:
    """Features are counted as they are shown, everything else by its own number."""
    return position if axis["noun"] == "feature" else int(axis["page"][position])


def _cell(text: str, value: float, colour: str, place: str, own: bool, label: str) -> str:
    if label:
        field = f'<input type="number" step="any" {place} value="{value:.4g}" aria-label="{escaped(label)}">'
        return f'<td class="{colour}">{field}</td>'
    kinds = " ".join(filter(None, (colour, "own" if own else "")))
    return f'<td class="{kinds}" {place}>{text}</td>'


def _cut(label: object) -> str:
    return f'<span class="cut" title="{escaped(label)}">{escaped(label)}</span>'


def _notes(axes: Sequence[Facts], starred: bool, notation: Notation, name: str) -> str:
    notes = [f"all times {notation.factor}" if notation.factor else ""]
    notes += ["the example's own class is underlined" if starred else ""]
    notes += [
        f"{len(axis['page'])} of {axis['size']:,} {plural(axis['noun'], 2)}, {axis['choice']}"
        for axis in axes
        if len(axis["page"]) < axis["size"]
    ]
    said = "; ".join(filter(None, notes[1:]))
    return f'<p class="faint"><span data-factor="{name}">{notes[0]}</span>{"; " if notes[0] and said else ""}{said}</p>'


def _foot(live: Facts) -> str:
    if not live:
        text = "The page cannot move a loss of your own: it knows its numbers, not its formula."
    elif live["rows"] < live["total"]:
        text = (
            f"What moves is computed on the first {live['rows']:,} of {live['total']:,} examples; "
            "the steps start from all of them."
        )
    else:
        text = f"What moves is computed anew on all {live['total']:,} examples."
    return f"<footer>{escaped(text)} This file loads nothing and sends nothing. Made by taut.</footer>"
