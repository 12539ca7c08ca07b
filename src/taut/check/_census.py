"""The census: how many coordinates are wrong, where they lie, and what they have in common, in one line."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from taut.check._line import Line
from taut.check._locate import Located
from taut.check._report import Outside

MOST_NAMED = 4


def census(located: Sequence[Located], total: int, ratio: str) -> str:
    """One line for all accused arrays; ``ratio`` is what naming found out about given and true, or empty."""
    parts = [_of_block(each, total) for each in located if each.tested]
    return "; ".join(parts) + (f"; {ratio}" if ratio and parts else "") + ("." if parts else "")


def _of_block(found: Located, total: int) -> str:
    block, outside = found.block, found.outside
    whole = "" if block.size == total else f" in {block.name}"
    if not outside:
        return f"no single coordinate of {block.name} is outside, but directions through it are"
    if found.complete:
        count = f"{len(outside):,} of {block.size:,} coordinates{whole} outside"
    else:
        tested = f"{len(outside):,} of {len(found.tested):,} sampled coordinates{whole} outside"
        count = f"{tested} (of {block.size:,} in all)"
    where = _where(found)
    return f"{count}, {where}" if where else count


def _where(found: Located) -> str:
    block = found.block
    places = [block.place(int(line.support[0])) for line in found.outside]
    if len(block.shape) < 2:
        if len(places) == block.size:
            return ""
        return "at " + _some([", ".join(map(str, place)) for place in places]) if places[0] else ""
    if len(places) == 1:
        return f"at [{', '.join(map(str, places[0]))}]"
    columns, rows = Counter(place[-1] for place in places), Counter(place[0] for place in places)
    said = []
    if len(columns) < min(block.shape[-1], len(places)) and (found.columns is not None or found.complete):
        said.append(_axis("column", sorted(columns)))
    if len(rows) < min(block.shape[0], len(places)) and (found.rows is not None or found.complete):
        said.append(_axis("row", sorted(rows)))
    return "all in " + " and ".join(said) if said else ""


def _axis(word: str, numbers: list[int]) -> str:
    return f"{word} {numbers[0]}" if len(numbers) == 1 else f"{word}s {_some(list(map(str, numbers)))}"


def _some(words: list[str]) -> str:
    more = len(words) - MOST_NAMED
    return ", ".join(words[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def told(line: Line) -> Outside:
    """A coordinate's interval in the point's own units."""
    i, scale = int(line.support[0]), float(line.v[0])
    low, high = line.low / scale, line.high / scale
    return Outside(line.block.name, line.block.place(i), line.given / scale, float(low), float(high))


def centres(lines: Sequence[Line]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The middle of each line's interval."""
    return np.array([0.5 * (line.low + line.high) for line in lines])
