"""The report's sections of plain facts: start, gradient check, data, configuration, command."""

import math
from collections.abc import Mapping
from typing import Any

from taut.pages._html import escaped

Facts = Mapping[str, Any]


def start(facts: Facts) -> str:
    """The loss at W = 0 beside the value that it must have there, whatever the data."""
    known = _anchor(facts)
    if known is None:
        return ""
    formula, value = known
    measured = facts.get("measured_start")
    words = f"At W = 0 every score is 0, and the mean {facts['loss']} loss of {facts['k']} classes "
    words += f"is {formula} = {value:.8g}, whatever the data"
    if measured is not None:
        near = abs(measured - value) <= 1e-9 * max(1.0, value)
        words += f"; measured on these rows: {measured:.8g}" + (
            ", as it should be." if near else ", which is not that value."
        )
    else:
        words += "."
    if facts.get("fit_intercept") and math.isfinite(facts.get("start", math.nan)):
        words += f" With the best intercept alone the objective is {facts['start']:.8g}."
    return f"<section><h2>Loss at the start</h2><p>{escaped(words)}</p></section>"


def _anchor(facts: Facts) -> tuple[str, float] | None:
    k, margin = facts.get("k", 0), facts.get("margin", 1.0)
    match facts.get("loss"):
        case "softmax":
            return f"log {k}", math.log(k) if k else 0.0
        case "hinge":
            return f"({k} − 1) · {margin:g}", (k - 1) * margin
        case "squared_hinge":
            return f"({k} − 1) · {margin:g}²", (k - 1) * margin**2
        case "crammer_singer":
            return f"Δ = {margin:g}", margin
    return None


def check(facts: Facts) -> str:
    """What the gradient checker says of the fitted point, with its kinks counted."""
    found = facts.get("check")
    if found is None:
        return ""
    kinks = "none: the loss is smooth"
    if found["pieces"]:
        kinks = f"{found['crossed']:,} margins change sign within a step of 1e-5 along a random direction; "
        kinks += f"{found['near']:,} of {found['pieces']:,} lie within 1e-6 of 0"
    pairs = [
        ("checked", f"{found['checked']:,} of {found['size']:,} coordinates one by one, directions through all"),
        ("on", f"{found['rows']:,} rows, at the fitted weights; {found['evaluations']:,} evaluations"),
        ("kinks", kinks),
        ("width", f"{found['width']:.2g} of the largest entry is the widest interval left around a derivative"),
    ]
    lines = "".join(f"<li>{escaped(each)}</li>" for each in found["findings"])
    return (
        f"<section><h2>Gradient check</h2><p>{escaped(found['sentence'])}</p>{listed(pairs)}"
        f"{f'<ul>{lines}</ul>' if lines else ''}</section>"
    )


def card(facts: Facts) -> str:
    """What was fitted on."""
    known = facts.get("data_card") or [
        ("rows", f"{facts['n']:,}" if "n" in facts else ""),
        ("features", f"{facts['d']:,}" if "d" in facts else ""),
        ("classes", f"{facts['k']:,}" if "k" in facts else ""),
        ("sum of sample weights", f"{facts['weight_sum']:.8g}" if "weight_sum" in facts else ""),
    ]
    return f"<section><h2>Data</h2>{listed([pair for pair in known if pair[1]])}</section>"


def configuration(facts: Facts) -> str:
    """What was asked for, with what, where, and what it took."""
    asked = facts.get("configuration") or {
        name: facts[name]
        for name in ("loss", "margin", "l2", "solver", "tol", "max_iter", "fit_intercept", "hidden")
        if name in facts
    }
    took = [("status", facts.get("status", "")), ("numbers", facts.get("dtype", ""))]
    took += [("passes over the data", f"{facts['passes']:,.4g}"), ("time", f"{facts['seconds']:.3g} s")]
    took += list(facts.get("machine", ()))
    versions = [(name, str(version)) for name, version in facts.get("versions", {}).items()]
    asked_pairs = [(str(name), "default" if value is None else str(value)) for name, value in asked.items()]
    return (
        f'<section><h2>Configuration</h2><div class="panels"><div><h3>asked for</h3>{listed(asked_pairs)}</div>'
        f"<div><h3>took</h3>{listed(took)}</div><div><h3>versions</h3>{listed(versions)}</div></div></section>"
    )


def command(facts: Facts) -> str:
    """The line that makes this page again."""
    words = facts.get("command")
    if not words:
        return ""
    return f"<section><h2>Make it again</h2><pre><code>{escaped(words)}</code></pre></section>"


def listed(pairs: Any) -> str:
    """Names and what they are."""
    return f"<dl>{''.join(f'<dt>{escaped(name)}</dt><dd>{escaped(value)}</dd>' for name, value in pairs)}</dl>"
