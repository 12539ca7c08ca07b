"""The frame of a page in one file: nothing from outside, and nothing that the data could smuggle in."""

import base64
import hashlib
import html
import json
import math
from functools import cache
from importlib.resources import files
from typing import Any

from taut.pages._label import plain


def escaped(text: object) -> str:
    """A text as HTML shows it, verbatim; control characters are spelled out.

    Examples
    --------
    >>> escaped("<b>cat</b>")
    '&lt;b&gt;cat&lt;/b&gt;'
    """
    return html.escape(plain(text), quote=True)


@cache
def asset(name: str) -> str:
    """A style sheet or script that ships with the pages."""
    return files("taut.pages").joinpath("assets", name).read_text("utf-8")


def html_page(
    title: str, body: str, *, styles: tuple[str, ...] = ("page.css",), script: str = "", facts: Any = None
) -> str:
    """Frame a body; the policy lets nothing be loaded and runs nothing but the page's own script, told by its hash.

    Parameters
    ----------
    title : str
        Plain text.
    body : str
        HTML, its texts escaped.
    styles : tuple of str
        Names of style sheets.
    script : str
        Name of the one script, if any.
    facts : JSON value
        What the script reads from the element ``facts``.
    """
    style = "\n".join(map(asset, styles))
    code = asset(script) if script else ""
    run = f"script-src 'sha256-{_digest(code)}'; " if script else ""
    policy = f"default-src 'none'; {run}style-src 'sha256-{_digest(style)}'; img-src data:; "
    policy += "base-uri 'none'; form-action 'none'"
    data = f'<script type="application/json" id="facts">{_json(facts)}</script>\n' if script else ""
    tail = f"{data}<script>{code}</script>\n" if script else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<link rel="icon" href="data:,">\n'
        f"<title>{escaped(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}\n{tail}</body>\n</html>\n"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _json(facts: Any) -> str:
    """JSON that cannot end the element that it stands in."""
    text = json.dumps(facts, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def tint(value: float, limit: float) -> str:
    """The class of a cell's colour: p1 to p6 above zero, n1 to n6 below, none near it."""
    if not limit > 0.0 or not math.isfinite(value):
        return ""
    step = min(6, math.ceil(6.0 * abs(value) / limit - 0.5))
    return "" if step < 1 else f"{'p' if value > 0 else 'n'}{step}"


def preformatted(text: str) -> str:
    """A text of fixed width inside somebody else's page, a notebook's."""
    return f'<pre style="line-height: 1.35; overflow-x: auto">{escaped_lines(text)}</pre>'


def escaped_lines(text: str) -> str:
    """Several lines of text, escaped line by line."""
    return "\n".join(map(escaped, text.split("\n")))
