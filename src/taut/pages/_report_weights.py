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
    names = list(facts.get("weights_of", facts["classes"]))
    body = _templates(facts, names) if facts.get("image_shape") else _features(facts, names)
    missing = f"<p class=faint>{_WITNESS}</p>" if facts.get("witness_unknown") else ""
    return f"<section><h2>{_title(facts)}</h2>{_shown(facts, len(names))}{body}{missing}</section>"


_WITNESS = (
    "<code>fit(X, y, witness=True)</code> keeps the dual point that tells which examples these weights are made of."
)
_MOST_PICTURED = 10
"""Classes whose examples are drawn."""
_MOST_UNITS = 12
"""Hidden units whose features are listed."""


def _title(facts: Facts) -> str:
    return "Hidden units" if "units" in facts else "Weights"


def _most(facts: Facts) -> int:
    return _MOST_UNITS if "units" in facts and not facts.get("image_shape") else MAX_PANELS


def _shown(facts: Facts, count: int) -> str:
    """Which of how many are shown."""
    most = min(count, _most(facts))
    if "units" not in facts:
        noun = {"labels": "labels", "numbers": "targets"}.get(facts.get("kind", ""), "classes")
        cut = first_of(count, most, noun)
        return f"<p class=faint>{cut}</p>" if cut else ""
    which = f"The {most} strongest of {facts['units']:,}" if most < facts["units"] else "The strongest first"
    words = f"{which}, by the length of the weights that lead to a unit times those that leave it; each named with the "
    words += f"{'label' if facts.get('kind') == 'labels' else 'class'} whose score it raises most."
    return f"<p>{words}</p>"


def _templates(facts: Facts, names: list[str]) -> str:
    table = np.asarray(facts["weights"])[:MAX_PANELS]
    scale = symmetric_scale(table)
    shape, whose = facts["image_shape"], _whose(facts)
    tiles = "".join(
        f"<figure>{weight_image(row, shape, scale.limit, f'weights of {name}')}"
        f"<figcaption>{escaped(name)}</figcaption></figure>"
        for name, row in zip(names, table, strict=False)
    )
    words = (
        "mid-grey is 0, each channel shows its own weights"
        if len(shape) == 3
        else f"orange speaks for the {whose}, blue against it"
    )
    return (
        f"<p>Each {whose}'s weights as the picture that they are: {words}. One scale for all, {escaped(scale)}.</p>"
        f'<div class="tiles">{tiles}</div>'
    )


def _whose(facts: Facts) -> str:
    if "units" in facts:
        return "unit"
    return {"labels": "label", "numbers": "target"}.get(facts.get("kind", ""), "class")


def _features(facts: Facts, panel_names: list[str]) -> str:
    table, words = coefficients(facts)
    names = facts["features"]
    chosen = [rank(row, facts.get("top", 8)) for row in table[: _most(facts)]]
    limit = max((abs(v) for each in chosen for _, v in [*each.positive, *each.negative]), default=0.0) or 1.0
    panels = []
    for name, ranked in zip(panel_names, chosen, strict=False):
        bars = [*ranked.positive, *ranked.idle, *reversed(ranked.negative)]
        rows = "".join(
            f'<tr><th scope="row">{escaped(names[j])}</th><td class="weight">{bar(value / limit)}</td>'
            f'<td class="number">{signed(value)}</td></tr>'
            for j, value in bars
        )
        panels.append(f"<div><h3>{escaped(name)}</h3><table><tbody>{rows}</tbody></table></div>")
    whose = f" of each {_whose(facts)}" if len(panels) > 1 else ""
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
    panels, most = [], _MOST_PICTURED if shape else MAX_PANELS
    cut = first_of(len(found["classes"]), most, "classes")
    for each in found["classes"][:most]:
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
        f'<div class="panels small">{"".join(panels)}</div>{f"<p class=faint>{cut}</p>" if cut else ""}</section>'
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
