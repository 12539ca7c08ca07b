"""Names that came with the data, made safe to show."""


def plain(label: object) -> str:
    r"""Return a label verbatim, but for control characters, which are escaped as ``repr`` does.

    A label is data: it may hold the codes that clear a screen or reverse the reading order.

    Examples
    --------
    >>> plain("[red] caf\u00e9"), plain("\x1b[2J")
    ('[red] café', '\\x1b[2J')
    """
    return "".join(ch if ch.isprintable() else ch.encode("unicode_escape").decode() for ch in str(label))


def shorten(text: str, width: int) -> str:
    """Cut a text to a number of characters, the last of them an ellipsis.

    Examples
    --------
    >>> shorten("versicolor", 6)
    'versi…'
    """
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"


def first_of(total: int, most: int, noun: str) -> str:
    """Say that only the first ``most`` things are shown, or nothing if all are."""
    return f"First {most} of {total} {noun}." if total > most else ""


def signed(value: float) -> str:
    """Print a coefficient to three digits, with its sign.

    Examples
    --------
    >>> signed(0.88), signed(-123.4), signed(0)
    ('+0.880', '-123', '0')
    """
    return f"{value:+#.3g}".removesuffix(".") if value else "0"
