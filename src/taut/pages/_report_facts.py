"""The report's sections of plain facts: start, gradient check, data, configuration, command."""

import math
from collections.abc import Mapping
from typing import Any

from taut.pages._html import escaped, escaped_lines

Facts = Mapping[str, Any]
_KINDS = {"classes": "classes", "labels": "labels", "numbers": "targets"}


def start(facts: Facts) -> str:
    """The loss where every score is 0 beside the value that it must have there."""
    known, measured = anchor(facts), facts.get("measured_start")
    if known is None and measured is None:
        return ""
    words = f"{_zero(facts)}, and the mean {facts['loss']} loss"
    if known is None:
        words += f", measured on these rows, is {measured:.8g}"
    else:
        formula, value, always = known
        words += f" {formula} = {value:.8g}{', whatever the data' if always else ''}"
        if measured is not None:
            near = abs(measured - value) <= 1e-9 * max(1.0, abs(value))
            words += f"; measured on these rows: {measured:.8g}"
            words += ", as it should be" if near else ", which is not that value"
    words += "."
    if facts.get("fit_intercept") and facts.get("kind") != "labels" and math.isfinite(facts.get("start", math.nan)):
        words += f" With the best intercept alone the objective is {facts['start']:.8g}."
    return f"<section><h2>Loss at the start</h2><p>{escaped(words)}</p></section>"


def _zero(facts: Facts) -> str:
    if facts.get("kind") == "numbers":
        return "At w = 0 and b = 0 every prediction is 0"
    return f"Where {'all weights are' if 'hidden' in facts else 'W is'} 0 every score is 0"


def anchor(facts: Facts) -> tuple[str, float, bool] | None:
    """What the mean loss at scores of 0 must be: in words, the number, and whatever the data; None if unknown."""
    k, margin, kind = facts.get("k", 0), facts.get("margin", 1.0), facts.get("kind", "classes")
    if kind == "numbers":
        half = facts.get("half_square")
        return None if half is None else ("is half the mean square of the targets", half, False)
    known = {
        "softmax": (f"log {k}", math.log(max(k, 1))),
        "hinge": (f"({k} − 1) · {margin:g}", (k - 1) * margin),
        "squared_hinge": (f"({k} − 1) · {margin:g}²", (k - 1) * margin**2),
        "crammer_singer": (f"Δ = {margin:g}", margin),
        "bp_mll": ("e⁰", 1.0),
        "log_bp_mll": ("log e⁰", 0.0),
        "binary": (f"{k} · log 2", k * math.log(2.0)),
        "pairwise_hinge": (f"Δ = {margin:g}", margin),
    }
    if "kind" in facts:  # else it may be a regression's
        known["squared"] = ("½", 0.5)
    if facts.get("loss") not in known:
        return _of_sizes(facts)
    formula, value = known[facts["loss"]]
    return f"of {k} {kind} is {formula}", value, True


def _of_sizes(facts: Facts) -> tuple[str, float, bool] | None:
    """Of the losses that see how large the sets of labels are."""
    sizes, k = facts.get("set_sizes", ()), facts.get("k", 0)
    if facts.get("loss") == "zlpr":
        formula, each = "log(1 + |Ȳ|) + log(1 + |Y|)", [math.log1p(k - size) + math.log1p(size) for size, _ in sizes]
    elif facts.get("loss") == "lsep":
        formula, each = "log(1 + |Y||Ȳ|)", [math.log1p(size * (k - size)) for size, _ in sizes]
    else:
        return None
    mean = sum(share * value for value, (_, share) in zip(each, sizes, strict=True))
    return (f"is the mean of {formula} over the rows", mean, False) if sizes else None


def check(facts: Facts) -> str:
    """What the gradient checker says of the fitted point, with its kinks counted."""
    found = facts.get("check")
    if found is None:
        return ""
    told = [_kinks(each) for each in found["kinks"] if each["pieces"]]
    moved = f"{found['free']:,} of the {found['size']:,} weights" if found["free"] < found["size"] else "all weights"
    where = "at half the fitted weights, as at these the gradient is 0" if found["halved"] else "at the fitted weights"
    pairs = [
        ("checked", f"{found['checked']:,} coordinates one by one, and directions through {moved}"),
        ("on", f"{found['rows']:,} rows, {where}; {found['evaluations']:,} evaluations"),
        ("kinks", "; ".join(told) or "none: the loss is smooth"),
        ("width", f"{found['width']:.2g} of the largest entry is the widest interval left around a derivative"),
    ]
    lines = "".join(f"<li>{escaped(each)}</li>" for each in found["findings"])
    return (
        f"<section><h2>Gradient check</h2><p>{escaped(found['sentence'])}</p>{listed(pairs)}"
        f"{f'<ul>{lines}</ul>' if lines else ''}</section>"
    )


def _kinks(found: Facts) -> str:
    return (
        f"{found['crossed']:,} of {found['pieces']:,} {found['of']} change sign within a step of 1e-5 along a random "
        f"direction, {found['near']:,} lie within 1e-6 of 0"
    )


def card(facts: Facts) -> str:
    """What was fitted on."""
    known = facts.get("data_card") or [
        ("rows", f"{facts['n']:,}" if "n" in facts else ""),
        ("features", f"{facts['d']:,}" if "d" in facts else ""),
        (_KINDS[facts.get("kind", "classes")], f"{facts['k']:,}" if "k" in facts else ""),
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
    """The line, or the lines of Python, that make this page again."""
    words = facts.get("command") or facts.get("code")
    if not words:
        return ""
    return f"<section><h2>Make it again</h2><pre><code>{escaped_lines(words)}</code></pre></section>"


def rows_wanted(facts: Facts) -> str:
    """What a page without the rows could still show."""
    if facts.get("rows_known", True):
        return ""
    words = (
        "An estimator keeps no data. Given the rows of its fit, <code>report_.to_html(X, y)</code> adds the loss at "
        "the start as it is measured, the gradient check, the hardest examples and what pushes them, mistakes, and the "
        "data card; <code>image_shape=(h, w)</code> draws rows that are pictures."
    )
    return f"<section><h2>With the rows</h2><p>{words}</p></section>"


def listed(pairs: Any) -> str:
    """Names and what they are."""
    return f"<dl>{''.join(f'<dt>{escaped(name)}</dt><dd>{escaped(value)}</dd>' for name, value in pairs)}</dl>"
