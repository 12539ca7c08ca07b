"""The report's sections about the weights: what they look like, and why they look so."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from taut.pages._colour import symmetric_scale
from taut.pages._html import escaped
from taut.pages._label import first_of, signed
from taut.pages._ranking import MAX_PANELS, coefficients, rank
from taut.pages._thumbnail import example_image, weight_image

Facts = Mapping[str, Any]


def weights(facts: Facts) -> str:
    """Class templates for images; the strongest features for everything else."""
    if facts.get("weights") is None:
        return ""
    body = _templates(facts) if facts.get("image_shape") else _features(facts)
    cut = first_of(len(facts["classes"]), MAX_PANELS, "classes")
    return f"<section><h2>Weights</h2>{body}{f'<p class=faint>{cut}</p>' if cut else ''}</section>"


def _templates(facts: Facts) -> str:
    table = np.asarray(facts["weights"])
    scale = symmetric_scale(table)
    shape = facts["image_shape"]
    tiles = "".join(
        f"<figure>{weight_image(row, shape, scale.limit, f'weights of {name}')}"
        f"<figcaption>{escaped(name)}</figcaption></figure>"
        for name, row in zip(facts["classes"][:MAX_PANELS], table, strict=False)
    )
    words = (
        "mid-grey is 0, each channel shows its own weights"
        if len(shape) == 3
        else "orange speaks for the class, blue against it"
    )
    return (
        f"<p>Each class's weights as the picture that they are: {words}. "
        f"One scale for all classes, {escaped(scale)}.</p>"
        f'<div class="tiles">{tiles}</div>'
    )


def _features(facts: Facts) -> str:
    table, words = coefficients(facts)
    names = facts["features"]
    chosen = [rank(row, facts.get("top", 8)) for row in table[:MAX_PANELS]]
    limit = max((abs(v) for each in chosen for _, v in [*each.positive, *each.negative]), default=0.0) or 1.0
    panels = []
    for name, ranked in zip(facts["classes"], chosen, strict=False):
        bars = [*ranked.positive, *ranked.idle, *reversed(ranked.negative)]
        rows = "".join(
            f'<tr><th scope="row">{escaped(names[j])}</th><td class="weight">{bar(value / limit)}</td>'
            f'<td class="number">{signed(value)}</td></tr>'
            for j, value in bars
        )
        panels.append(f"<div><h3>{escaped(name)}</h3><table><tbody>{rows}</tbody></table></div>")
    whose = " of each class" if len(panels) > 1 else ""
    lead = f"<p>Strongest features{whose}, by {escaped(words)}, one scale.</p>"
    return f'{lead}<div class="panels">{"".join(panels)}</div>'


def bar(part: float) -> str:
    """A share of −1 to 1 as a bar from the middle."""
    length = 49.0 * min(1.0, abs(part))
    kind, x = ("plus", 0.0) if part > 0 else ("minus", -length)
    return (
        '<svg viewBox="-50 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="{kind}" x="{x:.2f}" y="1" width="{length:.2f}" height="8"/>'
        '<line x1="0" x2="0" y1="0" y2="10"/></svg>'
    )


def why_so(facts: Facts) -> str:
    """The examples that make up each class's weights: W_c = −1/(S l2) Σ s_i A_ic x_i at the optimum."""
    found = facts.get("witness")
    if found is None:
        return ""
    shape = facts.get("image_shape")
    panels = []
    for each in found["classes"]:
        counts = (
            f"{each['own_count']:,} of its own examples are added, {each['other_count']:,} of others are subtracted."
        )
        own, others = (_contributors(each[side], shape) for side in ("own", "others"))
        panels.append(
            f"<div><h3>{escaped(each['class'])}</h3><p class=faint>{counts}</p>"
            f"<h4>added</h4>{own}<h4>subtracted</h4>{others}</div>"
        )
    return (
        "<section><h2>Why they look so</h2><p>At the optimum the weights of class c are "
        "<code>W_c = −1/(S·l2) Σ_i s_i A_ic x_i</code>, A the dual point that proves the fit: the class's own hard "
        "examples, minus the others that it has to beat. Made up so, the weights differ from those fitted by "
        f"{found['distance']:.1%} of their length. The largest contributions:</p>"
        f'<div class="panels small">{"".join(panels)}</div></section>'
    )


def _contributors(each: Any, shape: Any) -> str:
    if not each:
        return "<p class=faint>none</p>"
    if shape:
        tiles = "".join(
            f"<figure>{example_image(one['pixels'], shape, 'row ' + str(one['row']))}<figcaption>row {one['row']:,}, "
            f"{escaped(one['class'])}: {signed(one['amount'])}</figcaption></figure>"
            for one in each
        )
        return f'<div class="strip">{tiles}</div>'
    items = "".join(f"<li>row {one['row']:,}, {escaped(one['class'])}: {signed(one['amount'])}</li>" for one in each)
    return f"<ul>{items}</ul>"
