"""What a text table does not say of itself: its delimiter, and whether line 1 is a header."""

import re
from collections import Counter
from collections.abc import Collection, Sequence

from taut.data._targets import number

BLANKS = " "
_SAMPLE_LINES = 20
_QUOTED = re.compile(r'"[^"]*"')
_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?"})


def is_missing(cell: str) -> bool:
    """Whether a cell is empty or one of the customary words for that."""
    return cell.strip().lower() in _MISSING


def delimiter_of(head: bytes) -> str:
    """Return tab, semicolon, comma or `BLANKS` (runs of them), whichever cuts the lines most evenly.

    A delimiter counts when it cuts at least half of the first lines into equally many cells. Semicolon comes
    before comma because of decimal commas, comma before blanks because of text with blanks in it.
    """
    lines = head.decode("utf-8", "replace").splitlines()
    whole = lines[:-1] or lines  # the last line may be cut short
    sample = [_QUOTED.sub("", line) for line in whole if line.strip()][:_SAMPLE_LINES]
    for delimiter in "\t;,":
        counts = Counter(line.count(delimiter) for line in sample)
        if counts and any(count and 2 * share >= len(sample) for count, share in counts.items()):
            return delimiter
    several = sum(len(line.split()) > 1 for line in sample)
    return BLANKS if 2 * several > len(sample) and not any("," in line for line in sample) else ","


def has_header(first: Sequence[str], second: Sequence[str] | None, known: Collection[object] = ()) -> bool:
    """Whether the first row names the columns: some column is text there and a number below.

    A row of texts is also a header where one of them is a name that the caller knows of, whatever stands below it.
    A missing value in row 1 is no evidence, so that the reader complains about it and not about a header.
    """
    wordy = all(number(cell) is None for cell in first)
    if second is None or (wordy and any(cell.strip() in known for cell in first)):
        return wordy
    return any(
        number(above) is None and not is_missing(above) and number(below) is not None
        for above, below in zip(first, second, strict=False)
    )
