"""The report of one fit as a page in one file, without a script."""

import math
from collections.abc import Mapping
from typing import Any

from taut.pages._curve import Series, curves
from taut.pages._html import escaped, html_page
from taut.pages._report_facts import card, check, command, configuration, rows_wanted, start
from taut.pages._report_mistakes import mistakes
from taut.pages._report_rows import hardest
from taut.pages._report_weights import weights, why_so

Facts = Mapping[str, Any]


def report_page(facts: Facts) -> str:
    """Render what is known of a fit as one HTML file.

    Parameters
    ----------
    facts : mapping
        What ``Report.to_dict`` gives. More is shown where it is there: ``title``; ``kind``, "classes", "labels" or
        "numbers"; ``classes``, what each score is called; ``measured_start``, the loss at scores of 0, with
        ``set_sizes`` or ``half_square`` of the targets; ``check`` of the gradient; ``weights`` (rows, d) with the names
        ``weights_of``, how many ``units`` there are of a network, ``image_shape`` or ``features`` and ``scales``;
        ``witness``; ``hardest``; ``confusion``, ``per_label`` or ``errors``; ``data_card`` and ``machine``, pairs of
        words; ``configuration``; ``command`` or ``code``; ``rows_known``, False where the rows are missing.

    Returns
    -------
    str
        The page. It loads nothing, and every name in it is escaped.
    """
    title = str(facts.get("title", f"Fit of the {facts['loss']} loss"))
    parts = [
        _verdict(facts),
        _curves(facts),
        start(facts),
        check(facts),
        weights(facts),
        why_so(facts),
        hardest(facts),
        mistakes(facts),
        rows_wanted(facts),
        card(facts),
        configuration(facts),
        command(facts),
    ]
    body = (
        f"<header><h1>{escaped(title)}</h1></header>\n<main>\n{chr(10).join(filter(None, parts))}\n</main>\n"
        "<footer>This file loads nothing and sends nothing. Made by taut.</footer>"
    )
    return html_page(title, body, styles=("page.css", "report.css"))


def _verdict(facts: Facts) -> str:
    """The one sentence, and before it the number that decided it."""
    certified = facts.get("certified", False)
    sentence = str(facts["verdict"])
    lead, colon, text = sentence.partition(": ")
    if not colon or lead not in ("Certified", "Not certified"):  # a network's sentence has no such beginning
        return f'<section class="verdict">{escaped(sentence)}</section>'
    kind, mark = ("yes", "✓") if certified else ("no", "✗")
    return (
        f'<section class="verdict {kind}"><strong>{mark} {escaped(lead)}</strong>{escaped(text[:1].upper() + text[1:])}'
        f"</section>{_findings(facts)}"
    )


def _findings(facts: Facts) -> str:
    items = "".join(f"<li>{escaped(each.get('sentence', each))}</li>" for each in facts.get("findings", ()))
    return f"<section><h2>Findings</h2><ul>{items}</ul></section>" if items else ""


def _curves(facts: Facts) -> str:
    history = facts.get("history") or ()

    def series(name: str, key: str) -> Series:
        return Series(name, [(line["passes"], line[key]) for line in history if key in line])

    bound = [
        (line["passes"], line["primal"] * (1.0 - line["gap"]))
        for line in history
        if math.isfinite(line.get("gap", math.nan)) and math.isfinite(line.get("primal", math.nan))
    ]
    tol = facts.get("tol", 0.0)
    objective = [
        series("objective", "primal"),
        Series("lower bound", bound),
        series("what the solver works on", "value"),
    ]
    mistakes = [
        Series(name, [(line["passes"], 1.0 - line[key]) for line in history if key in line])
        for name, key in (("some training rows", "train_score"), ("rows held out", "validation_score"))
    ]
    figures = [
        curves("Objective", "passes over the data", [*objective, series("loss", "loss")]),
        curves("Relative gap", "passes over the data", [series("gap", "gap")], level=(f"tol {tol:g}", tol)),
        curves("Share of mistakes", "passes over the data", mistakes),
        curves("Length of the gradient", "passes over the data", [series("‖gradient‖", "gradient_norm")]),
    ]
    if not any(figures):
        return ""
    words = "Logarithmic scales; the values show under the pointer and in the tables below each curve."
    body = f'<p class="faint">{words}</p><div class="curves">{"".join(figures)}</div>'
    return f"<section><h2>How it went</h2>{body}</section>"
