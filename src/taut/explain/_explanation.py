"""What an explanation is: steps with their numbers, as text and as a page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from taut._typing import FloatArray
from taut.explain._step import Step
from taut.pages import explanation_page, explanation_text, preformatted


@dataclass(frozen=True, eq=False)
class Explanation:
    """A gradient on real numbers, step by step.

    ``str(explanation)`` is text for a terminal of 80 columns, ``to_html()`` a page in one file on which weights and
    margin can be moved; large matrices are cut to some rows and columns, and say so.

    Attributes
    ----------
    loss : str
    margin, l2 : float
    value : float
        The loss, with the penalty.
    gradients : dict of str to ndarray
        "dW" and "dX"; of a net one for each of its weights.
    shapes : tuple of (str, str, str)
        Name, meaning and shape of what is computed and of what it is computed from.
    steps : tuple of Step
        In the order of the computation, each with its formula, its loop form, its array and the largest difference
        between the two.

    Examples
    --------
    >>> import taut
    >>> found = taut.explain_gradient([[1.0, 0.0], [0.0, 1.0]], [[1.0, 2.0], [0.5, 0.0]], [0, 1])
    >>> [step.name for step in found.steps]
    ['X', 'W', 'S', 'c', 'M', 'B', 'L', 'r', 'A', 'data', 'penalty', 'Loss', 'G', 'D', 'R', 'dW', 'dX']
    """

    loss: str
    margin: float
    l2: float
    value: float
    gradients: dict[str, FloatArray]
    shapes: tuple[tuple[str, str, str], ...]
    steps: tuple[Step, ...] = field(repr=False)
    correct: dict[int, int] = field(repr=False)
    live: Mapping[str, Any] = field(repr=False)

    @property
    def gradient(self) -> FloatArray:
        """The gradient with respect to the weights: of a net, to its first ones."""
        return next(iter(self.gradients.values()))

    def facts(self) -> dict[str, Any]:
        """Everything that a page or a text shows, as plain dicts with arrays."""
        return {
            "title": self._title,
            "sentence": self._sentence,
            "shapes": self.shapes,
            "correct": self.correct,
            "steps": [_facts_of(step) for step in self.steps],
            "live": dict(self.live),
        }

    def to_html(self) -> str:
        """A page in one file: no network, opens from disk.

        With the pointer or the keyboard on an entry of dW, the examples that it comes from light up; the margin, l2
        and every shown weight can be moved, and all matrices and the loss follow.

        Examples
        --------
        >>> import taut
        >>> found = taut.explain_gradient([[1.0, 0.0]], [[1.0], [2.0]], [0, 1], loss="softmax")
        >>> found.to_html().startswith("<!doctype html>")
        True
        """
        return explanation_page(self.facts())

    def to_dict(self) -> dict[str, Any]:
        """Everything but the page's names as plain values, ready for JSON."""
        steps = [{**_facts_of(step), "array": step.array.tolist()} for step in self.steps]
        for step in steps:
            step["axes"] = [axis["noun"] for axis in step["axes"]]
        return {
            "loss": self.loss,
            "margin": self.margin,
            "l2": self.l2,
            "value": self.value,
            "shapes": [list(row) for row in self.shapes],
            "steps": steps,
        }

    def _repr_html_(self) -> str:
        """A notebook shows the text as it stands in a terminal."""
        return preformatted(str(self))

    def __str__(self) -> str:
        return explanation_text(self.facts())

    @property
    def _title(self) -> str:
        return f"The gradient of the {self.loss} loss, step by step"

    @property
    def _sentence(self) -> str:
        compared = [step for step in self.steps if step.compared]
        worst = max(step.difference for step in compared)
        count = sum(step.compared for step in compared)
        return (
            f"Loss {self.value:.10g}. Every step was held against its loop form, entry by entry as shown: "
            f"{count:,} entries, largest difference {worst:.1g}."
        )


def _facts_of(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "title": step.title,
        "formula": step.formula,
        "loop": step.loop,
        "why": step.why,
        "array": step.array,
        "axes": [
            {
                "noun": axis.noun,
                "size": axis.size,
                "page": axis.page,
                "text": axis.text,
                "labels": axis.labels,
                "choice": axis.choice,
            }
            for axis in step.axes
        ],
        "difference": step.difference,
        "compared": step.compared,
    }
