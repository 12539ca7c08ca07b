"""The small problem of the pictures of matrices, and how a picture is drawn.

Four examples of three columns, three classes or labels.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

X = np.array([[2.0, 1.0, 0.0], [0.0, 2.0, 1.0], [1.0, -1.0, 1.0], [-1.0, 1.0, 2.0]])
Y = np.array([0, 1, 2, 2])
SETS = np.array([[0, 1, 0], [1, 0, 1], [1, 1, 0], [1, 0, 1]])
W = np.array([[1.0, 0.0, -1.0], [0.0, 1.0, 0.0], [0.0, -1.0, 1.0]])
DELTA = 1.0

CELL, HIGH, EDGE = 33, 25, 14
PAPER, INK, FAINT, RULE = "#fbfaf7", "#1f2328", "#6b7280", "#d8d5cc"
RIGHT, UP, DOWN, COLUMN = "#d9e8d2", "#f6d9c8", "#cfdff3", "#8a5a00"

Array = np.ndarray


@dataclass(frozen=True)
class Table:
    """A matrix with its name and shape; ``marks`` (rows, columns) are colours of cells, empty for none."""

    name: str
    shape: str
    values: Array
    marks: Array
    column: int = -1  # a column with a frame

    @property
    def width(self) -> int:
        """In pixels."""
        return CELL * self.values.shape[1]

    @property
    def height(self) -> int:
        """In pixels, without the name."""
        return HIGH * self.values.shape[0]


@dataclass(frozen=True)
class Step:
    """One line of the picture: a sentence, and tables with signs between them."""

    title: str
    parts: Sequence[Table | str]
    words: Sequence[str] = ()


def table(name: str, shape: str, values: Array, marks: Array | None = None, column: int = -1) -> Table:
    """Make a table, without marks unless given."""
    return Table(name, shape, values, np.full(values.shape, "", dtype=object) if marks is None else marks, column)


def number(value: float) -> str:
    """A number in at most five letters, with a true minus sign."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text.replace("-", "−")


def text(
    x: float, y: float, words: str, *, size: int = 12, ink: str = INK, anchor: str = "start", more: str = ""
) -> str:
    """A line of text."""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{ink}" text-anchor="{anchor}"{more}>{escape(words)}</text>'
    )


def drawn_table(part: Table, x: float, y: float) -> list[str]:
    """The cells of a table, its name above and its shape below."""
    lines = [text(x + part.width / 2, y - 5, part.name, anchor="middle", more=' font-style="italic"')]
    rows, columns = part.values.shape
    for i in range(rows):
        for j in range(columns):
            left, top = x + j * CELL, y + i * HIGH
            fill = part.marks[i, j] or "#ffffff"
            lines.append(
                f'<rect x="{left:g}" y="{top:g}" width="{CELL}" height="{HIGH}" fill="{fill}" stroke="{RULE}"/>'
            )
            shown = number(part.values[i, j])
            size = 12 if len(shown) < 5 else 10
            lines.append(text(left + CELL / 2, top + HIGH / 2 + 4, shown, size=size, anchor="middle"))
    if part.column >= 0:
        left = x + part.column * CELL
        lines.append(
            f'<rect x="{left:g}" y="{y:g}" width="{CELL}" height="{part.height}" fill="none" '
            f'stroke="{COLUMN}" stroke-width="2.5"/>'
        )
    lines.append(text(x + part.width / 2, y + part.height + 13, part.shape, size=10, ink=FAINT, anchor="middle"))
    return lines


def drawn_step(step: Step, y: float) -> tuple[list[str], float]:
    """A step from a height on, and the height where it ends."""
    lines = [text(EDGE, y + 12, step.title, size=13, more=' font-weight="600"')]
    y += 38
    x = float(EDGE)
    tallest = max(part.height for part in step.parts if isinstance(part, Table))
    for part in step.parts:
        if isinstance(part, str):
            lines.append(text(x + 11, y + tallest / 2 + 4, part, anchor="middle", size=14))
            x += 22
        else:
            lines += drawn_table(part, x, y + (tallest - part.height) / 2)
            x += part.width + 4
    y += tallest + 30
    for words in step.words:
        lines.append(text(EDGE, y, words, size=12, ink=FAINT))
        y += 16
    return lines, y + 12


def picture(title: str, steps: Sequence[Step]) -> str:
    """The whole picture, narrow enough for a telephone."""
    y, body = 30.0, []
    for step in steps:
        lines, y = drawn_step(step, y)
        body += lines
    width, height = 400, round(y)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="system-ui, sans-serif" role="img" aria-label="{escape(title)}">'
    )
    frame = f'<rect width="{width}" height="{height}" rx="6" fill="{PAPER}"/>'
    return "\n".join([head, frame, text(EDGE, 22, title, size=14, more=' font-weight="700"'), *body, "</svg>"]) + "\n"


def marked(values: Array, colour: Callable[[int, int, float], str]) -> Array:
    """A colour for each cell."""
    marks = np.full(values.shape, "", dtype=object)
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            marks[i, j] = colour(i, j, values[i, j])
    return marks


def signs(values: Array) -> Array:
    """What is pushed down in orange, what is pulled up in blue."""
    return marked(values, lambda i, j, v: UP if v > 0 else DOWN if v < 0 else "")


def ending(A: Array, note: str, columns: str = "C") -> list[Step]:
    """The last steps, the same for each linear loss; ``columns`` is the letter for their number."""
    dW = X.T @ A / len(Y)
    dX = A @ W.T / len(Y)
    return [
        Step(
            "dW = XᵀA / N",
            [
                table("Xᵀ", "(D, N)", X.T),
                "·",
                table("A", f"(N, {columns})", A, signs(A), 0),
                "→",
                table("dW", f"(D, {columns})", dW, None, 0),
            ],
            [
                note,
                "The framed column of A says how often each example",
                "(a column of Xᵀ) goes into the framed column of dW.",
            ],
        ),
        Step(
            "dX = AWᵀ / N",
            [
                table("A", f"(N, {columns})", A, signs(A)),
                "·",
                table("Wᵀ", f"({columns}, D)", W.T),
                "→",
                table("dX", "(N, D)", dX),
            ],
        ),
    ]
