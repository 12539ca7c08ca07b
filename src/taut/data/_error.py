"""The one exception of this room, and how a cell is shown inside its message."""

from collections.abc import Sequence


class DataError(ValueError):
    """A problem of a data file, told in one line: what, where, and how to mend it."""

    def __init__(self, message: str) -> None:
        # File and column names may hold line breaks; the message must stay one line.
        super().__init__(" ".join(message.splitlines()))


def shown(value: object) -> str:
    """Return `value` quoted for a message, shortened if it is long."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:50]}…{text[-1]}"


def listed(names: Sequence[str], *, most: int = 12) -> str:
    """Return names for a message, comma-separated, at most `most` of them."""
    more = f", … ({len(names)} in all)" if len(names) > most else ""
    return ", ".join(names[:most]) + more
