"""What every report of a fit is: frozen facts, a verdict in one sentence, and both as plain values and as a page."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

from numpy.typing import ArrayLike

from taut.pages import report_card, report_page
from taut.report._source import Source


@dataclass(frozen=True)
class FitReport(ABC):
    """The facts of one fit; a subclass has them as fields, ``history`` among them.

    The model that was fitted is no field: reports are compared, shown and written without it.
    """

    _source: ClassVar[Source | None] = None  # of the class; `of` gives an instance its own

    @property
    @abstractmethod
    def certified(self) -> bool:
        """Whether it is proved that nothing better exists, within the tolerance."""

    @abstractmethod
    def __str__(self) -> str:
        """The verdict in one sentence."""

    def of(self, source: Source | None) -> Self:
        """The same facts, with the model that they speak of, or without."""
        found = dataclasses.replace(self)
        if source is not None:
            object.__setattr__(found, "_source", source)
        return found

    def to_dict(self, *, history: bool = True) -> dict[str, Any]:
        """Everything as plain values, ready for JSON but for NaN and infinities."""
        facts = asdict(self)
        facts["certified"] = self.certified
        facts["verdict"] = str(self)
        if not history:
            del facts["history"]
        return facts

    def to_html(
        self,
        X: Any = None,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        *,
        feature_names: Sequence[str] | None = None,
        image_shape: Sequence[int] | None = None,
        held_out: tuple[Any, Any] | None = None,
    ) -> str:
        """A page in one file that loads nothing; with the rows of the fit, the page of ``taut fit --report``.

        By itself a report knows the verdict, the curves, the weights, the configuration, the versions and the lines
        that make all this again. No estimator keeps its data: the gradient check, the loss at the start, the hardest
        examples, the mistakes and the data card are there where the rows are given.

        Parameters
        ----------
        X : array-like, sparse or Matrix of shape (n, d), optional
            The rows of the fit.
        y : array-like, optional
            Their targets, in the form that ``fit`` took.
        sample_weight : array-like of shape (n,), optional
            Their weights, where ``fit`` had some.
        feature_names : sequence of d str, optional
            By default the names that ``fit`` saw, else column 1, column 2 and so on.
        image_shape : (h, w) or (3, h, w), optional
            Rows are pictures: weights and examples are drawn.
        held_out : (X, y), optional
            Other rows, whose mistakes are counted instead of those of the training rows.

        Returns
        -------
        str
            HTML. Every name in it is escaped.

        Raises
        ------
        ValueError
            Rows that are not those of the fit: other columns or another number of rows, labels it never saw.

        Examples
        --------
        >>> import taut
        >>> X, y = [[0.0], [1.0], [2.0]], ["no", "yes", "yes"]
        >>> report = taut.LinearClassifier("softmax").fit(X, y).report_
        >>> "Gradient check" in report.to_html(), "Gradient check" in report.to_html(X, y)
        (False, True)
        """
        facts = self.to_dict()
        if self._source is not None:
            rows = {"feature_names": feature_names, "image_shape": image_shape, "held_out": held_out}
            facts |= self._source.facts(X, y, sample_weight, **rows)
        elif X is not None:
            raise ValueError("this report knows no model that rows could be shown beside: take an estimator's report_")
        return report_page(facts)

    def _repr_html_(self) -> str:
        return report_card(self.to_dict(history=False))


def passes_text(count: float) -> str:
    """How many passes over the data, in words."""
    return f"{count:,.0f} pass" + ("" if count == 1 else "es")
