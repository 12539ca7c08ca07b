"""A curve as inline SVG on a logarithmic scale, with its values under the pointer."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from taut.pages._html import escaped

_WIDTH, _HEIGHT = 440, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 14, 12, 40
_MOST = 120
_LETTER, _LINE = 6.5, 14
"""Room for a letter, rather too much than too little, and for a line of letters."""
_DASHES = ("", "6 4", "2 3")


class Series(NamedTuple):
    """A name and (x, y) points; points that a logarithm cannot show are left out."""

    name: str
    points: list[tuple[float, float]]

    def drawable(self) -> "Series":
        """At most as many as are told apart, the last among them."""
        kept = [(x, y) for x, y in self.points if math.isfinite(y) and y > 0.0 and math.isfinite(x)]
        step = max(1, math.ceil(len(kept) / _MOST))
        return Series(self.name, kept[::-1][::step][::-1])


def curves(title: str, below: str, series: Sequence[Series], *, level: tuple[str, float] | None = None) -> str:
    """A figure of one or more series over passes; nothing where no series has a point.

    Parameters
    ----------
    title, below : str
        What is drawn, and what the horizontal axis is.
    series : sequence of Series
    level : (str, float), optional
        A named horizontal line.
    """
    shown = [each for each in map(Series.drawable, series) if each.points]
    if not shown:
        return ""
    ys = [y for each in shown for _, y in each.points] + ([level[1]] if level and level[1] > 0 else [])
    frame = _Frame.around([x for each in shown for x, _ in each.points], ys)
    parts = [frame.axes(below)]
    leveled = [frame.level(*level, shown)] if level and level[1] > 0 else []
    parts += [rule for rule, _ in leveled]
    parts += [frame.line(each, i) for i, each in enumerate(shown)]
    parts += [words for _, words in leveled]
    legend = "".join(
        f'<span class="key"><svg viewBox="0 0 28 8" width="28" height="8" aria-hidden="true"><line class="s{i}" x1="0" '
        f'x2="28" y1="4" y2="4" stroke-dasharray="{_DASHES[i % 3]}"/></svg> {escaped(each.name)}</span>'
        for i, each in enumerate(shown)
    )
    return (
        f"<figure><h3>{escaped(title)}</h3>"
        f'<svg class="curve" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escaped(title)}">'
        f"{''.join(parts)}</svg><figcaption>{legend}</figcaption>{_values(shown, below)}</figure>"
    )


def _values(shown: Sequence[Series], below: str) -> str:
    rows = "".join(
        f"<tr><td>{escaped(each.name)}</td><td>{x:,.4g}</td><td>{y:.6g}</td></tr>"
        for each in shown
        for x, y in each.points
    )
    return (
        f'<details><summary>values</summary><div class="scroll tall" tabindex="0"><table><thead><tr><th>curve</th>'
        f"<th>{escaped(below)}</th><th>value</th></tr></thead><tbody>{rows}</tbody></table></div></details>"
    )


class _Frame(NamedTuple):
    """Where values lie on the paper."""

    right: float
    low: float
    high: float

    @classmethod
    def around(cls, xs: Sequence[float], ys: Sequence[float]) -> "_Frame":
        low, high = math.log10(min(ys)), math.log10(max(ys))
        room = max(0.06 * (high - low), 0.02)
        return cls(max(xs) or 1.0, low - room, high + room)

    def x(self, value: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * value / self.right

    def y(self, value: float) -> float:
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * share

    def axes(self, below: str) -> str:
        bottom = _HEIGHT - _BOTTOM
        lines = [f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{bottom}" y2="{bottom}"/>']
        for value in _log_ticks(self.low, self.high):
            y = self.y(value)
            lines.append(f'<line class="rule" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
            lines.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.3g}</text>')
        for value in _ticks(self.right):
            lines.append(f'<text x="{self.x(value):.1f}" y="{bottom + 16}" text-anchor="middle">{value:,.4g}</text>')
        middle = (_LEFT + _WIDTH - _RIGHT) / 2
        lines.append(f'<text x="{middle:.0f}" y="{_HEIGHT - 6}" text-anchor="middle">{escaped(below)}</text>')
        return "".join(lines)

    def level(self, name: str, value: float, shown: Sequence[Series]) -> tuple[str, str]:
        """A line, and its name above or below an end of it: where no curve runs, or where it runs farthest away."""
        y, width = self.y(value), _LETTER * len(name)
        inked = [place for each in shown for place in self._along(each)]
        boxes = [
            (left, top, left + width, top + _LINE)
            for top in (y - 3 - _LINE, y + 3)
            for left in (_WIDTH - _RIGHT - width, _LEFT + 4.0)
            if _TOP <= top <= _HEIGHT - _BOTTOM - _LINE
        ]
        left, top, _, _ = max(boxes, key=lambda box: min(_LINE, *(_distance(place, box) for place in inked)))
        return (
            f'<line class="level" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>',
            f'<text class="name" x="{left:.1f}" y="{top + 0.8 * _LINE:.1f}">{escaped(name)}</text>',
        )

    def _along(self, series: Series) -> Iterator[tuple[float, float]]:
        """Places close together on a curve."""
        places = [(self.x(x), self.y(y)) for x, y in series.points]
        yield from places
        for (x0, y0), (x1, y1) in pairwise(places):
            count = math.ceil(math.hypot(x1 - x0, y1 - y0) / 4)
            yield from ((x0 + (x1 - x0) * i / count, y0 + (y1 - y0) * i / count) for i in range(1, count))

    def line(self, series: Series, number: int) -> str:
        places = [(self.x(x), self.y(y), x, y) for x, y in series.points]
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py, _, _ in places)
        dots = "".join(
            f'<g class="dot"><circle cx="{px:.1f}" cy="{py:.1f}" r="8" class="area"/>'
            f'<circle cx="{px:.1f}" cy="{py:.1f}" r="2" class="s{number}"/>'
            f"<title>{escaped(series.name)} {y:.6g} after {x:,.4g}</title></g>"
            for px, py, x, y in places
        )
        return f'<polyline class="s{number}" points="{path}" stroke-dasharray="{_DASHES[number % 3]}"/>{dots}'


def _distance(place: tuple[float, float], box: tuple[float, float, float, float]) -> float:
    """How far a place is from a box; 0 inside."""
    (x, y), (left, top, right, bottom) = place, box
    return math.hypot(max(left - x, x - right, 0.0), max(top - y, y - bottom, 0.0))


def _log_ticks(low: float, high: float) -> list[float]:
    """Round numbers between two logarithms, at most seven; the ends where there are no two."""
    decades = range(math.floor(low), math.ceil(high) + 1)
    stride = max(1, math.ceil((high - low) / 6))
    for digits in ((1,), (1, 2, 5), tuple(range(1, 10)), tuple(i / 10 for i in range(10, 100))):
        ticks = [d * 10.0**e for e in decades if digits != (1,) or e % stride == 0 for d in digits]
        inside = [tick for tick in ticks if low <= math.log10(tick) <= high]
        if 3 <= len(inside) <= 7:
            return inside
    return [float(f"{10.0 ** (low + (high - low) * share):.3g}") for share in (0.1, 0.5, 0.9)]


def _ticks(right: float) -> list[float]:
    """0 and round numbers up to the right end."""
    raw = right / 4
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * size for factor in (1, 2, 5, 10) if factor * size >= raw)
    return [step * i for i in range(int(right / step + 1e-9) + 1)]
