"""The report's sections about examples: the hardest ones, and which classes are taken for which."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from taut.pages._colour import symmetric_scale
from taut.pages._html import escaped, tint
from taut.pages._label import signed
from taut.pages._terminal import confusion_text
from taut.pages._thumbnail import example_image, weight_image

_MAX_TABLE = 20
Facts = Mapping[str, Any]


def hardest(facts: Facts) -> str:
    """The examples with the largest loss, and what pushes them."""
    rows = facts.get("hardest")
    if not rows:
        return ""
    shape = facts.get("image_shape")
    pushed = "push" in rows[0]
    picture = f"<th>example</th>{'<th>push</th>' if pushed else ''}" if shape else ""
    truth = "target" if "predicted" in rows[0] else "class"
    lines = "".join(_hard(each, shape) for each in rows)
    words = "The push is each feature's part of the rival's score minus the own class's: "
    words += "what is positive speaks for the rival."
    said = f"<p>{words}</p>" if pushed else ""
    title = "The one example with a loss" if len(rows) == 1 else f"The {len(rows)} examples with the largest loss"
    return (
        f'<section><h2>{title}</h2>{said}<div class="scroll" tabindex="0" '
        'role="region" aria-label="Hardest examples"><table class="hard"><thead><tr><th>row</th>'
        f"{picture}<th>{truth}</th><th>loss</th><th>what pushes it</th></tr></thead>"
        f"<tbody>{lines}</tbody></table></div></section>"
    )


def _hard(each: Facts, shape: Any) -> str:
    pictures = ""
    if shape:
        pictures = f"<td>{example_image(each['pixels'], shape, 'the example')}</td>"
    if shape and "push" in each:
        push = np.asarray(each["push"])
        pictures += f"<td>{weight_image(push, shape, symmetric_scale(push).limit, 'what pushes it')}</td>"
    parts = ", ".join(f"{name} {signed(value)}" for name, value in each["parts"])
    if "predicted" in each:
        lead = f"predicted {each['predicted']:.6g}, its largest parts"
    else:
        lead = f"{each['rival']} scores {signed(each['lead'])} over {each['class']}"
    words = lead + (f": {parts}" if parts else "")
    return (
        f"<tr><td>{each['row']:,}</td>{pictures}<td>{escaped(each['class'])}</td><td>{each['loss']:.4g}</td>"
        f'<td class="push">{escaped(words)}</td></tr>'
    )


def confusion(facts: Facts) -> str:
    """Counts of true against predicted classes; for many classes the most frequent confusions."""
    found = facts.get("confusion")
    if found is None:
        return ""
    matrix, names = np.asarray(found["matrix"]), [str(name) for name in found["classes"]]
    right, total = int(np.trace(matrix)), int(matrix.sum())
    lead = f"<p>{right:,} of {total:,} {escaped(found['rows'])} right, accuracy {right / max(total, 1):.4f}.</p>"
    body = _counts(names, matrix) if len(names) <= _MAX_TABLE else f"<pre>{_listed(names, matrix)}</pre>"
    return f"<section><h2>Confusion</h2>{lead}{body}</section>"


def _listed(names: list[str], matrix: Any) -> str:
    lines = confusion_text({"classes": names, "matrix": matrix, "shown": 30}).split("\n")
    return "\n".join(map(escaped, lines))


def _counts(names: list[str], matrix: Any) -> str:
    off = matrix - np.diag(np.diag(matrix))
    limit = float(off.max(initial=0))
    heads = "".join(f'<th scope="col">{_cut(name)}</th>' for name in names)
    lines = []
    for i, name in enumerate(names):
        counts = [f"<b>{count:,}</b>" if i == j else f"{count:,}" for j, count in enumerate(matrix[i].tolist())]
        tints = [tint(float(count), limit) for count in off[i].tolist()]
        cells = "".join(f'<td class="{kind}">{count}</td>' for kind, count in zip(tints, counts, strict=True))
        lines.append(f'<tr><th scope="row">{_cut(name)}</th>{cells}</tr>')
    return (
        '<p class="faint">Rows: true class; columns: predicted. The mistakes are tinted.</p>'
        '<div class="scroll" tabindex="0" role="region" aria-label="Confusion"><table class="confusion">'
        "<thead><tr><td></td>"
        f"{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def _cut(name: str) -> str:
    return f'<span class="cut" title="{escaped(name)}">{escaped(name)}</span>'
