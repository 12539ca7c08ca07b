"""The report's section about mistakes: classes taken for others, labels missed and claimed, numbers missed."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from taut.pages._html import escaped, tint
from taut.pages._label import first_of
from taut.pages._terminal import confusion_text

_MAX_TABLE = 20
_MOST_LABELS = 60
Facts = Mapping[str, Any]


def mistakes(facts: Facts) -> str:
    """Whatever the targets are."""
    return confusion(facts) + per_label(facts) + errors(facts)


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


def per_label(facts: Facts) -> str:
    """For each label of a multi-label model how often it was found, claimed, missed."""
    found = facts.get("per_label")
    if found is None:
        return ""
    names, counts = found["labels"], np.asarray(found["counts"])
    lead = f"<p>{found['exact']:.4f} of the {found['n']:,} {escaped(found['rows'])} have exactly their set predicted; "
    tp, fp, fn, _ = counts.sum(axis=0).tolist()
    lead += f"of all labels together F1 is {_share(2 * tp, 2 * tp + fp + fn)}.</p>"
    limit = float(counts[:, 1:3].max(initial=0))
    lines = "".join(_label(name, row, limit) for name, row in zip(names[:_MOST_LABELS], counts.tolist(), strict=False))
    heads = ("found", "claimed", "missed", "neither", "precision", "recall", "F1")
    cut = first_of(len(names), _MOST_LABELS, "labels")
    words = (
        "Found: the label belongs and is predicted; claimed: it is predicted where it does not belong; missed: it "
        "belongs and is not predicted. The mistakes are tinted."
    )
    return (
        f'<section><h2>Mistakes, label by label</h2>{lead}<p class="faint">{words}</p>'
        '<div class="scroll" tabindex="0" role="region" aria-label="Mistakes"><table><thead><tr><td></td>'
        f"{''.join(f'<th scope=col>{head}</th>' for head in heads)}</tr></thead><tbody>{lines}</tbody></table></div>"
        f"{f'<p class=faint>{cut}</p>' if cut else ''}</section>"
    )


def _label(name: str, row: list[int], limit: float) -> str:
    tp, fp, fn, tn = row
    cells = f"<td><b>{tp:,}</b></td>"
    cells += "".join(f'<td class="{tint(float(count), limit)}">{count:,}</td>' for count in (fp, fn))
    shares = (_share(tp, tp + fp), _share(tp, tp + fn), _share(2 * tp, 2 * tp + fp + fn))
    cells += f"<td>{tn:,}</td>" + "".join(f"<td>{share}</td>" for share in shares)
    return f'<tr><th scope="row">{_cut(name)}</th>{cells}</tr>'


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.4f}" if whole else "–"


def errors(facts: Facts) -> str:
    """How far a regression's predictions are from the targets."""
    found = facts.get("errors")
    if found is None:
        return ""
    lines = "".join(
        f'<tr><th scope="row">{_cut(name)}</th><td>{each["r2"]:.6g}</td><td>{each["rmse"]:.6g}</td>'
        f"<td>{each['largest']:.6g}</td></tr>"
        for name, each in zip(facts["classes"], found["targets"], strict=True)
    )
    return (
        f"<section><h2>Errors</h2><p>On the {found['n']:,} {escaped(found['rows'])}.</p>"
        '<div class="scroll" tabindex="0" role="region" aria-label="Errors"><table><thead><tr><td></td>'
        "<th scope=col>R², share of the variance explained</th><th scope=col>root mean square error</th>"
        f"<th scope=col>largest error</th></tr></thead><tbody>{lines}</tbody></table></div></section>"
    )
