"""Draws docs/images/matrices-*.svg, the matrices of each loss with numbers: ``python docs/make_matrices.py``.

One small problem for all: four examples of three columns, three classes. Every number in a picture is computed here and
compared with taut's own gradient by the tests.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np

IMAGES = Path(__file__).parent / "images"

X = np.array([[2.0, 1.0, 0.0], [0.0, 2.0, 1.0], [1.0, -1.0, 1.0], [-1.0, 1.0, 2.0]])
Y = np.array([0, 1, 2, 2])
SETS = np.array([[0, 1, 0], [1, 0, 1], [1, 1, 0], [1, 0, 1]])
W = np.array([[1.0, 0.0, -1.0], [0.0, 1.0, 0.0], [0.0, -1.0, 1.0]])
DELTA = 1.0
W1 = np.array([[1.0, -1.0, 0.0], [0.0, 1.0, 1.0], [-1.0, 0.0, 1.0]])
W2 = np.array([[1.0, 0.0, -1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])

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


def right_cells(values: Array) -> Array:
    """The right class's cell of each row in green."""
    return marked(values, lambda i, j, _: RIGHT if j == Y[i] else "")


def signs(values: Array) -> Array:
    """What is pushed down in orange, what is pulled up in blue."""
    return marked(values, lambda i, j, v: UP if v > 0 else DOWN if v < 0 else "")


def ending(A: Array, note: str) -> list[Step]:
    """The last steps, the same for each linear loss."""
    dW = X.T @ A / len(Y)
    dX = A @ W.T / len(Y)
    return [
        Step(
            "dW = XᵀA / N",
            [
                table("Xᵀ", "(D, N)", X.T),
                "·",
                table("A", "(N, C)", A, signs(A), 0),
                "→",
                table("dW", "(D, C)", dW, None, 0),
            ],
            [
                note,
                "The framed column of A says how often each example",
                "(a column of Xᵀ) goes into the framed column of dW.",
            ],
        ),
        Step(
            "dX = AWᵀ / N",
            [table("A", "(N, C)", A, signs(A)), "·", table("Wᵀ", "(C, D)", W.T), "→", table("dX", "(N, D)", dX)],
        ),
    ]


def forward() -> Step:
    """Scores."""
    S = X @ W
    return Step(
        "Scores S = XW",
        [table("X", "(N, D)", X), "·", table("W", "(D, C)", W), "=", table("S", "(N, C)", S, right_cells(S))],
        ["Green: the right class of each example."],
    )


def margins() -> Array:
    """s_ij − s_iy + Δ."""
    S = X @ W
    return S - S[np.arange(len(Y)), Y][:, None] + DELTA


def hinge() -> tuple[str, Sequence[Step], Array]:
    """Margins, mask."""
    M = margins()
    B = (M > 0).astype(float)
    B[np.arange(len(Y)), Y] = 0.0
    A = B.copy()
    A[np.arange(len(Y)), Y] = -B.sum(axis=1)
    loss = (B * M).sum() / len(Y)
    middle = [
        Step(
            "Margins, and the mask of those above 0",
            [
                table(
                    "M",
                    "sᵢⱼ − sᵢᵧ + Δ, Δ = 1",
                    M,
                    marked(M, lambda i, j, v: RIGHT if j == Y[i] else UP if v > 0 else ""),
                ),
                "→",
                table("A", "(N, C)", A, signs(A)),
            ],
            [
                f"Loss: the orange margins summed, over N: {number(loss)}.",
                "A: 1 where a wrong class violates; minus the row's",
                "number of them in the right class's cell. A margin of",
                "exactly 0 (first row) does not count.",
            ],
        )
    ]
    return "Hinge", [forward(), *middle, *ending(A, "Every row of A sums to zero.")], A


def squared_hinge() -> tuple[str, Sequence[Step], Array]:
    """Cut margins, slopes."""
    V = np.maximum(0.0, margins())
    V[np.arange(len(Y)), Y] = 0.0
    A = 2 * V
    A[np.arange(len(Y)), Y] = -A.sum(axis=1)
    loss = (V**2).sum() / len(Y)
    middle = Step(
        "Margins cut at 0, and twice them as slopes",
        [table("V", "max(0, margin)", V, signs(V)), "→", table("A", "(N, C)", A, signs(A))],
        [
            f"Loss: the squares of V summed, over N: {number(loss)}.",
            "A: 2V; minus the row's sum in the right class's cell.",
        ],
    )
    return "Squared hinge", [forward(), middle, *ending(A, "Every row of A sums to zero.")], A


def crammer_singer() -> tuple[str, Sequence[Step], Array]:
    """Margins, the worst of each row."""
    M = margins()
    ar = np.arange(len(Y))
    M[ar, Y] = 0.0
    rival, worst = M.argmax(axis=1), M.max(axis=1)
    A = np.zeros_like(M)
    A[ar, rival] = worst > 0
    A[ar, Y] -= worst > 0
    middle = Step(
        "Margins, and the largest of each row",
        [
            table(
                "M",
                "0 at the right class",
                M,
                marked(M, lambda i, j, v: RIGHT if j == Y[i] else UP if j == rival[i] else ""),
            ),
            "→",
            table("A", "(N, C)", A, signs(A)),
        ],
        [
            f"Loss: the orange margins summed, over N: {number(worst.mean())}.",
            "A: 1 at the rival, −1 at the right class, where",
            "the largest margin is above 0.",
        ],
    )
    return "Crammer–Singer hinge", [forward(), middle, *ending(A, "Every row of A sums to zero.")], A


def softmax() -> tuple[str, Sequence[Step], Array]:
    """Probabilities, less the one-hot."""
    P = np.exp(X @ W)
    P /= P.sum(axis=1, keepdims=True)
    A = P - np.eye(3)[Y]
    loss = -np.log(P[np.arange(len(Y)), Y]).mean()
    middle = Step(
        "Probabilities, less the one-hot",
        [table("P", "eˢ / row's sum", P, right_cells(P)), "→", table("A = P − Y", "(N, C)", A, signs(A))],
        [f"Loss: the mean of −log of the green cells: {number(loss)}.", "A: the green cells less 1."],
    )
    return "Softmax", [forward(), middle, *ending(A, "Every row of A sums to zero.")], A


def squared() -> tuple[str, Sequence[Step], Array]:
    """Residuals."""
    T = np.eye(3)[Y]
    A = X @ W - T
    middle = Step(
        "Residuals",
        [
            table("S", "scores", X @ W),
            "−",
            table("T", "targets", T, right_cells(T)),
            "=",
            table("A", "(N, C)", A, signs(A)),
        ],
        [f"Loss: half the squares of A summed, over N: {number(0.5 * (A**2).sum() / len(Y))}."],
    )
    return "Least squares", [forward(), middle, *ending(A, "Rows of A need not sum to zero.")], A


def two_layer() -> tuple[str, Sequence[Step], Array]:
    """Forward through the ReLU, and back."""
    Z = X @ W1
    Q = np.maximum(0.0, Z)
    P = np.exp(Q @ W2)
    P /= P.sum(axis=1, keepdims=True)
    A = P - np.eye(3)[Y]
    back = A @ W2.T
    G = back * (Z > 0)
    off = marked(Z, lambda i, j, v: "" if v > 0 else "#e5e7eb")
    N = len(Y)
    steps = [
        Step(
            "Forward: Z = XW1 (here b1 = b2 = 0)",
            [table("X", "(N, D)", X), "·", table("W1", "(D, H)", W1), "=", table("Z", "(N, H)", Z, off)],
            ["Grey: units that are off."],
        ),
        Step(
            "Q = max(0, Z), S = QW2",
            [
                table("Q", "(N, H)", Q, off),
                "·",
                table("W2", "(H, C)", W2),
                "=",
                table("S", "(N, C)", Q @ W2, right_cells(Q)),
            ],
        ),
        Step(
            "Softmax: A = P − Y",
            [table("P", "(N, C)", P, right_cells(P)), "→", table("A", "(N, C)", A, signs(A))],
            [f"Loss: the mean of −log of the green cells: {number(-np.log(P[np.arange(N), Y]).mean())}."],
        ),
        Step(
            "Back: dW2 = QᵀA / N",
            [
                table("Qᵀ", "(H, N)", Q.T),
                "·",
                table("A", "(N, C)", A, signs(A)),
                "→",
                table("dW2", "(H, C)", Q.T @ A / N),
            ],
        ),
        Step(
            "Through the ReLU: G = AW2ᵀ where Z > 0",
            [table("AW2ᵀ", "(N, H)", back, off), "→", table("G", "(N, H)", G, off)],
            ["What comes back stops at the units that were off."],
        ),
        Step(
            "dW1 = XᵀG / N",
            [
                table("Xᵀ", "(D, N)", X.T),
                "·",
                table("G", "(N, H)", G, signs(G)),
                "→",
                table("dW1", "(D, H)", X.T @ G / N),
            ],
        ),
    ]
    return "Two-layer network", steps, A


def bp_mll() -> tuple[str, Sequence[Step], Array]:
    """Two sums of exponentials; instead of one right class a set of labels."""
    S, inside = X @ W, SETS == 1
    green = marked(S, lambda i, j, _: RIGHT if inside[i, j] else "")
    powers = np.exp(np.where(inside, -S, S))
    down = (powers * inside).sum(axis=1, keepdims=True)
    up = (powers * ~inside).sum(axis=1, keepdims=True)
    pairs = inside.sum(axis=1, keepdims=True) * (~inside).sum(axis=1, keepdims=True)
    A = np.where(inside, -powers * up, powers * down) / pairs
    steps = [
        Step(
            "Scores S = XW",
            [table("X", "(N, D)", X), "·", table("W", "(D, K)", W), "=", table("S", "(N, K)", S, green)],
            ["Green: the labels that belong to each example."],
        ),
        Step(
            "Exponentials, and two sums a row",
            [
                table("Q", "e⁻ˢ green, else eˢ", powers, green),
                "→",
                table("u", "white", up),
                "",
                table("v", "green", down),
                "",
                table("n", "pairs", pairs.astype(float)),
            ],
            [f"Loss: u·v / n, the mean over the rows: {number((up * down / pairs).mean())}."],
        ),
        Step(
            "Slopes: each exponential times the other sum",
            [table("Q", "(N, K)", powers, green), "→", table("A", "(N, K)", A, signs(A))],
            ["A: a white cell times v / n; a green one times −u / n."],
        ),
    ]
    return "Label sets: BP-MLL", [*steps, *ending(A, "Every row of A sums to zero.")], A


PICTURES = {
    "hinge": hinge,
    "squared_hinge": squared_hinge,
    "crammer_singer": crammer_singer,
    "softmax": softmax,
    "squared": squared,
    "two_layer": two_layer,
    "bp_mll": bp_mll,
}


def svg(name: str) -> str:
    """The picture of a loss."""
    title, steps, _ = PICTURES[name]()
    return picture(title, steps)


if __name__ == "__main__":
    for name in PICTURES:
        (IMAGES / f"matrices-{name}.svg").write_text(svg(name), "utf-8")
