"""The matrices of the losses of one right class."""

from collections.abc import Sequence

import numpy as np
from _matrix_drawing import DELTA, RIGHT, UP, Array, Step, W, X, Y, ending, marked, number, signs, table

W1 = np.array([[1.0, -1.0, 0.0], [0.0, 1.0, 1.0], [-1.0, 0.0, 1.0]])
W2 = np.array([[1.0, 0.0, -1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])


def right_cells(values: Array) -> Array:
    """The right class's cell of each row in green."""
    return marked(values, lambda i, j, _: RIGHT if j == Y[i] else "")


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
