"""The frozen facts of one gradient check, and the text that a person reads."""

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

from taut.pages import check_card

SENTENCES = {
    "ok": "ok: the gradient agrees with the values of the function wherever it was looked at.",
    "ok_at_kink": (
        "ok_at_kink: nothing speaks against the gradient; the point lies on a kink of the function, "
        "and a plain difference across a kink proves nothing."
    ),
    "unresolved": "unresolved: nothing contradicts the gradient, but an error as large as the gradient could hide.",
    "bug": "bug: the gradient, or the function around it, is wrong.",
}

MAX_LISTED = 10
"""Kinks and coordinates that the text lists; `to_dict` has them all."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, by its standard name, with what shows it and the line that cures it."""

    kind: str
    evidence: str
    cure: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.evidence}" + (f"\n    cure: {self.cure}" if self.cure else "")


@dataclass(frozen=True)
class Outside:
    """A coordinate whose given derivative lies outside the interval that the values of the function allow."""

    name: str
    index: tuple[int, ...]
    given: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{place(self.name, self.index)}: given {self.given:.7g}, allowed [{self.low:.7g}, {self.high:.7g}]"


@dataclass(frozen=True)
class Kink:
    """A piece that a difference crossed, and how much of the mismatch it explains.

    ``at`` is the step at which it flips, ``left`` and ``right`` the slopes on its two sides, ``share`` its part of
    numeric minus given; ``remainder`` is what all shares of that difference leave, ``bound`` what rounding may leave.
    """

    piece: int
    label: str
    at: float
    left: float
    right: float
    share: float
    remainder: float
    bound: float

    def __str__(self) -> str:
        return (
            f"{self.label}: flips at step {self.at:.3g}, slope {self.left:.7g} before and {self.right:.7g} after; "
            f"explains {self.share:.4g} of the mismatch; remainder {abs(self.remainder):.2g} "
            f"{'<=' if abs(self.remainder) <= self.bound else '>'} {self.bound:.2g}"
        )


@dataclass(frozen=True)
class GradientReport:
    """What a gradient check found.

    ``str(report)`` is the verdict in one sentence, the census of what is wrong, the findings with their cures, the
    kinks, and how it was checked; `to_dict` gives everything as plain values.

    Attributes
    ----------
    verdict : {"ok", "ok_at_kink", "unresolved", "bug"}
    census : str
        How many coordinates are wrong and where, in one line; empty where none is.
    findings : tuple of Finding
        What is wrong, by name; several formulas that fit equally well are all listed.
    outside : tuple of Outside
        Coordinates whose derivative lies outside its interval.
    kinks : tuple of Kink
        Pieces that a plain difference crossed, where the function tells its pieces.
    width : float
        The widest interval that was left around a derivative, relative to the largest gradient entry.
    value : float
        The function at the point.
    checked, size : int
        Coordinates looked at one by one, and all of them; directions look at all at once.
    evaluations : int
        Calls of the function.
    seconds : float
    random_state : int
        The seed: the same seed gives the same report.
    method : str
        How derivatives were bounded.
    notes : tuple of str

    Examples
    --------
    >>> import numpy as np, taut
    >>> report = taut.check_gradient(lambda w: (float(w @ w), 2 * w), np.array([1.0, -2.0]))
    >>> report.verdict, report.size
    ('ok', 2)
    """

    verdict: str
    census: str
    findings: tuple[Finding, ...]
    outside: tuple[Outside, ...]
    kinks: tuple[Kink, ...]
    width: float
    value: float
    checked: int
    size: int
    evaluations: int
    seconds: float
    random_state: int
    method: str
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong: ``ok`` or ``ok_at_kink``."""
        return self.verdict in ("ok", "ok_at_kink")

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        known = SENTENCES[self.verdict]
        return f"{known[:-1]} (width {self.width:.2g})." if self.verdict == "unresolved" else known

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, ready for JSON: a number that is not finite is given as None."""
        facts: dict[str, Any] = _plain(dataclasses.asdict(self))
        facts["sentence"] = self.sentence
        return facts

    def _repr_html_(self) -> str:
        return check_card(self.to_dict())

    def __str__(self) -> str:
        """The verdict, the census, findings, kinks, and how it was checked."""
        lines = [self.sentence]
        if self.census:
            lines.append(self.census)
        lines += [f"- {finding}" for finding in self.findings]
        lines += _listed("outside", self.outside)
        lines += _listed("kinks", self.kinks)
        lines.append(
            f"checked: {self.checked:,} of {self.size:,} coordinates one by one, and directions through all; "
            f"{self.evaluations:,} evaluations, seed {self.random_state}, width {self.width:.2g}; {self.method}."
        )
        lines += [f"note: {note}" for note in self.notes]
        return "\n".join(lines)


def place(name: str, index: tuple[int, ...]) -> str:
    """How a coordinate is written: W[3, 2]."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def _listed(title: str, things: tuple[Any, ...]) -> list[str]:
    if not things:
        return []
    more = len(things) - MAX_LISTED
    return [f"{title}:", *(f"  {thing}" for thing in things[:MAX_LISTED]), *([f"  and {more:,} more"] * (more > 0))]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
