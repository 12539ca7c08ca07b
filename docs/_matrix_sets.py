"""The matrices of the losses of label sets."""

from collections.abc import Sequence

import numpy as np
from _matrix_drawing import DELTA, RIGHT, SETS, UP, Array, Step, Table, W, X, Y, ending, marked, number, signs, table


def inside() -> Array:
    """Which labels belong to each example."""
    return SETS == 1


def green() -> Array:
    """The cells of the labels that belong."""
    return marked(SETS, lambda i, j, v: RIGHT if v else "")


def powers() -> tuple[Array, Array, Array, Array]:
    """Exponentials of −s inside and s outside, their sums outside and inside, the number of pairs."""
    S, member = X @ W, inside()
    Q = np.exp(np.where(member, -S, S))
    up, down = ((Q * mask).sum(axis=1, keepdims=True) for mask in (~member, member))
    return Q, up, down, member.sum(axis=1, keepdims=True) * (~member).sum(axis=1, keepdims=True)


def forward_to_labels() -> Step:
    """Scores, where an example has a set of labels."""
    return Step(
        "Scores S = XW",
        [table("X", "(N, D)", X), "·", table("W", "(D, K)", W), "=", table("S", "(N, K)", X @ W, green())],
        ["Green: the labels that belong to each example."],
    )


def two_sums(loss: str, *, with_pairs: bool) -> Step:
    """Exponentials, and what each row adds up to outside and inside its set."""
    Q, up, down, pairs = powers()
    parts = [
        table("Q", "e⁻ˢ green, else eˢ", Q, green()),
        "→",
        table("u", "white", up),
        "",
        table("v", "green", down),
    ]
    return Step(
        "Exponentials, and two sums a row",
        [*parts, "", table("n", "pairs", pairs.astype(float))] if with_pairs else parts,
        [loss],
    )


def slopes_of(Q: Array, A: Array, title: str, words: str, more: Sequence[Table | str] = ()) -> Step:
    """From the exponentials to the slopes."""
    return Step(title, [table("Q", "(N, K)", Q, green()), *more, "→", table("A", "(N, K)", A, signs(A))], [words])


def bp_mll() -> tuple[str, Sequence[Step], Array]:
    """Two sums of exponentials; instead of one right class a set of labels."""
    Q, up, down, pairs = powers()
    A = np.where(inside(), -Q * up, Q * down) / pairs
    middle = [
        two_sums(f"Loss: u·v / n, the mean over the rows: {number((up * down / pairs).mean())}.", with_pairs=True),
        slopes_of(
            Q,
            A,
            "Slopes: each exponential times the other sum",
            "A: a white cell times v / n; a green one times −u / n.",
        ),
    ]
    return "Label sets: BP-MLL", [forward_to_labels(), *middle, *ending(A, "Every row of A sums to zero.", "K")], A


def log_bp_mll() -> tuple[str, Sequence[Step], Array]:
    """The same sums; the slopes are shares of them."""
    Q, up, down, pairs = powers()
    A = np.where(inside(), -Q / down, Q / up)
    middle = [
        two_sums(
            f"Loss: log(u·v / n), the mean over the rows: {number(np.log(up * down / pairs).mean())}.", with_pairs=True
        ),
        slopes_of(
            Q, A, "Slopes: each exponential's share of its own sum", "A: a white cell over u; a green one over −v."
        ),
    ]
    note = "White cells of a row of A sum to 1, green ones to −1."
    return "Label sets: the logarithm of BP-MLL", [forward_to_labels(), *middle, *ending(A, note, "K")], A


def lsep() -> tuple[str, Sequence[Step], Array]:
    """The shares of the logarithm, each row times one factor."""
    Q, up, down, _ = powers()
    factor = up * down / (1 + up * down)
    A = factor * np.where(inside(), -Q / down, Q / up)
    middle = [
        two_sums(
            f"Loss: log(1 + u·v), the mean over the rows: {number(np.log1p(up * down).mean())}.", with_pairs=False
        ),
        slopes_of(
            Q,
            A,
            "Slopes: each share, times one factor a row",
            "A: a white cell over u, a green one over −v, times f.",
            ["", table("f", "uv / (1 + uv)", factor)],
        ),
    ]
    return "Label sets: LSEP", [forward_to_labels(), *middle, *ending(A, "Every row of A sums to zero.", "K")], A


def zlpr() -> tuple[str, Sequence[Step], Array]:
    """Shares of sums that hold one more term, of a label of score 0."""
    Q, up, down, _ = powers()
    A = np.where(inside(), -Q / (1 + down), Q / (1 + up))
    loss = (np.log1p(up) + np.log1p(down)).mean()
    middle = [
        two_sums(f"Loss: log(1 + u) + log(1 + v), the rows' mean: {number(loss)}.", with_pairs=False),
        slopes_of(
            Q,
            A,
            "Slopes: each share of a sum that has a 1 more",
            "A: a white cell over 1 + u; a green one over −(1 + v).",
        ),
    ]
    return "Label sets: ZLPR", [forward_to_labels(), *middle, *ending(A, "Rows of A need not sum to zero.", "K")], A


def binary() -> tuple[str, Sequence[Step], Array]:
    """Probabilities, one label for itself, less the sets."""
    P = 1 / (1 + np.exp(-(X @ W)))
    A = P - SETS
    loss = -np.log(np.where(inside(), P, 1 - P)).sum() / len(Y)
    middle = Step(
        "Probabilities, less the sets",
        [
            table("P", "1 / (1 + e⁻ˢ)", P, green()),
            "−",
            table("Y", "(N, K)", SETS.astype(float), green()),
            "=",
            table("A", "(N, K)", A, signs(A)),
        ],
        [f"Loss: −log P green, −log(1 − P) white, all over N: {number(loss)}."],
    )
    return "Label sets: binary", [forward_to_labels(), middle, *ending(A, "Rows of A need not sum to zero.", "K")], A


def pairwise_hinge() -> tuple[str, Sequence[Step], Array]:
    """Margins of pairs, and in how many violated pairs each label stands."""
    S, member = X @ W, inside()
    pairs = [[(l, k) for l in np.flatnonzero(~row) for k in np.flatnonzero(row)] for row in member]  # noqa: E741 - the letters of the page
    M = np.array([[s[l] - s[k] + DELTA for l, k in of] for s, of in zip(S, pairs, strict=True)])  # noqa: E741 - the letters of the page
    B = np.zeros_like(S)
    for i, of in enumerate(pairs):
        for (l, k), m in zip(of, M[i], strict=True):  # noqa: E741 - the letters of the page
            B[i, l] += m > 0
            B[i, k] -= m > 0
    n = np.array([[float(len(of))] for of in pairs])
    A = B / n
    middle = [
        Step(
            "Margins of the pairs",
            [
                table("S", "(N, K)", S, green()),
                "→",
                table("M", "sₗ − sₖ + Δ, Δ = 1", M, marked(M, lambda i, j, v: UP if v > 0 else "")),
            ],
            [
                "A pair: a white label l, a green label k; here every",
                "example has two, from left to right. Exactly 0 does",
                "not count.",
                f"Loss: orange margins over n, the rows' mean: {number((np.maximum(0, M) / n).sum() / len(n))}.",
            ],
        ),
        Step(
            "In how many violated pairs each label stands",
            [table("B", "(N, K)", B, signs(B)), "/", table("n", "pairs", n), "=", table("A", "(N, K)", A, signs(A))],
            ["B: a white label's orange margins, counted; a green", "label's, with a minus."],
        ),
    ]
    return (
        "Label sets: pairwise hinge",
        [forward_to_labels(), *middle, *ending(A, "Every row of A sums to zero.", "K")],
        A,
    )
