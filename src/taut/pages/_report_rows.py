"""The report's section about examples: the hardest ones, and what pushes them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from taut.pages._colour import symmetric_scale
from taut.pages._html import escaped
from taut.pages._label import signed
from taut.pages._thumbnail import example_image, weight_image

Facts = Mapping[str, Any]


PUSHES = {
    "classes": "The push is each feature's part of the rival's score minus the own class's: what is positive "
    "speaks for the rival.",
    "labels": "The push is each feature's part of the score of the first label, which is not in the row's set, minus "
    "that of the second, which is.",
    "numbers": "The parts are each feature's share of the prediction.",
}


def hardest(facts: Facts) -> str:
    """The examples with the largest loss, and what pushes them."""
    rows = facts.get("hardest")
    if not rows:
        return ""
    kind, shape = facts.get("kind", "classes"), facts.get("image_shape")
    picture = "<th>example</th><th>push</th>" if shape else ""
    truth = {"classes": "class", "labels": "labels", "numbers": "target"}[kind]
    lines = "".join(_hard(each, shape) for each in rows)
    title = "The one example with a loss" if len(rows) == 1 else f"The {len(rows)} examples with the largest loss"
    return (
        f"<section><h2>{title}</h2><p>{PUSHES[kind]} Rows are counted from 1.</p>"
        '<div class="scroll" tabindex="0" '
        'role="region" aria-label="Hardest examples"><table class="hard"><thead><tr><th>row</th>'
        f"{picture}<th>{truth}</th><th>loss</th><th>what pushes it</th></tr></thead>"
        f"<tbody>{lines}</tbody></table></div></section>"
    )


def _hard(each: Facts, shape: Any) -> str:
    pictures = ""
    if shape:
        push = np.asarray(each["push"])
        pictures = f"<td>{example_image(each['pixels'], shape, 'the example')}</td>"
        pictures += f"<td>{weight_image(push, shape, symmetric_scale(push).limit, 'what pushes it')}</td>"
    parts = ", ".join(f"{name} {signed(value)}" for name, value in each["parts"])
    words = _lead(each) + (f": {parts}" if parts else "")
    return (
        f'<tr><td>{each["row"]:,}</td>{pictures}<td class="own-labels">{escaped(each["class"] or "no label")}</td>'
        f'<td>{each["loss"]:.4g}</td><td class="push">{escaped(words)}</td></tr>'
    )


def _lead(each: Facts) -> str:
    if "predicted" in each:
        return f"predicted {each['predicted']:.6g}"
    if "rival" in each and "own" in each:
        return f"{each['rival']} scores {signed(each['lead'])} over {each['own']}"
    if "rival" in each:
        return f"{each['rival']} scores {signed(each['lead'])}"
    return f"{each['own']} scores {signed(-each['lead'])}"
