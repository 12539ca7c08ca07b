"""What every report of a fit is: frozen facts, a verdict in one sentence, and both as plain values and as a page."""

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import Any

from taut.pages import report_card, report_page


@dataclass(frozen=True)
class FitReport(ABC):
    """The facts of one fit; a subclass has them as fields, ``history`` among them."""

    @property
    @abstractmethod
    def certified(self) -> bool:
        """Whether it is proved that nothing better exists, within the tolerance."""

    @abstractmethod
    def __str__(self) -> str:
        """The verdict in one sentence."""

    def to_dict(self, *, history: bool = True) -> dict[str, Any]:
        """Everything as plain values, ready for JSON but for NaN and infinities."""
        facts = asdict(self)
        facts["certified"] = self.certified
        facts["verdict"] = str(self)
        if not history:
            del facts["history"]
        return facts

    def to_html(self) -> str:
        """A page in one file with what the report knows: verdict, curves, numbers, versions; it loads nothing.

        ``taut fit --report`` writes one that also shows what needs the data: weights, hard examples, confusions.
        """
        return report_page(self.to_dict())

    def _repr_html_(self) -> str:
        return report_card(self.to_dict(history=False))


def passes_text(count: float) -> str:
    """How many passes over the data, in words."""
    return f"{count:,.0f} pass" + ("" if count == 1 else "es")
