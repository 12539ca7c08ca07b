"""Wrong gradients of the Weston–Watkins hinge."""

import numpy as np

from mutants.family import Family


def margins(S, y, delta=1.0):
    M = S - S[np.arange(len(y)), y][:, None] + delta
    M[np.arange(len(y)), y] = 0
    return M


def mask_to_slopes(A, y):
    """Minus the row sum in the right class's column."""
    A = A.astype(float)
    A[np.arange(len(y)), y] = 0
    A[np.arange(len(y)), y] = -A.sum(axis=1)
    return A


FAMILY = Family(
    "hinge",
    lambda S, y: np.maximum(margins(S, y), 0).sum(axis=1),
    lambda S, y: mask_to_slopes(margins(S, y) > 0, y),
)
FAMILY.common()
rows = np.arange


@FAMILY.scores("labels shifted by one")
def labels_shifted(S, y):
    y = (y + 1) % S.shape[1]
    return mask_to_slopes(margins(S, y) > 0, y)


@FAMILY.scores("labels shifted by one")
def subtracted_one_column_left(S, y):
    A = (margins(S, y) > 0).astype(float)
    A[rows(len(y)), y - 1] -= A.sum(axis=1)
    return A


@FAMILY.scores("correct class not subtracted")
def correct_class_not_subtracted(S, y):
    return (margins(S, y) > 0).astype(float)


@FAMILY.scores("correct class sign")
def correct_class_sign(S, y):
    A = (margins(S, y) > 0).astype(float)
    A[rows(len(y)), y] = A.sum(axis=1)
    return A


@FAMILY.scores("correct class counted once")
def counted_once_if_any(S, y):
    A = (margins(S, y) > 0).astype(float)
    A[rows(len(y)), y] = -1.0 * (A.sum(axis=1) > 0)
    return A


@FAMILY.scores("correct class counted once")
def counted_once_always(S, y):
    A = (margins(S, y) > 0).astype(float)
    A[rows(len(y)), y] = -1
    return A


@FAMILY.scores("margin left out")
def mask_without_margin(S, y):
    return mask_to_slopes(margins(S, y, delta=0.0) > 0, y)


@FAMILY.scores("margin sign")
def margin_subtracted(S, y):
    return mask_to_slopes(margins(S, y, delta=-1.0) > 0, y)


@FAMILY.scores("scores exchanged")
def scores_exchanged(S, y):
    return mask_to_slopes(margins(-S, y) > 0, y)


@FAMILY.scores("correct class not skipped")
def diagonal_in_the_row_sum(S, y):
    A = np.zeros(S.shape)
    for i in range(len(y)):
        for j in range(S.shape[1]):
            if S[i, j] - S[i, y[i]] + 1 > 0:
                A[i, y[i]] -= 1
                if j != y[i]:
                    A[i, j] += 1
    return A


@FAMILY.scores("correct class not skipped")
def diagonal_in_the_mask(S, y):
    A = (margins(S, y) > 0).astype(float)
    A[rows(len(y)), y] = 1 - A.sum(axis=1)
    return A


@FAMILY.scores("margins instead of the indicator")
def margins_for_the_indicator(S, y):
    return mask_to_slopes(np.maximum(margins(S, y), 0), y)


@FAMILY.scores("margins instead of the indicator")
def margins_beside_counts(S, y):
    M = np.maximum(margins(S, y), 0)
    M[rows(len(y)), y] = -(M > 0).sum(axis=1)
    return M


@FAMILY.scores("squared-hinge gradient")
def squared_hinge_gradient(S, y):
    return mask_to_slopes(2 * np.maximum(margins(S, y), 0), y)


@FAMILY.scores("only the worst violator")
def only_the_worst_violator(S, y):
    M = margins(S, y)
    A = np.zeros(S.shape)
    A[rows(len(y)), M.argmax(axis=1)] = M.max(axis=1) > 0
    return mask_to_slopes(A, y)


@FAMILY.scores("only the first violator")
def loop_ends_at_the_first_violator(S, y):
    A = np.zeros(S.shape)
    for i in range(len(y)):
        for j in range(S.shape[1]):
            if j != y[i] and S[i, j] - S[i, y[i]] + 1 > 0:
                A[i, j], A[i, y[i]] = 1, -1
                break
    return A


@FAMILY.scores("mask inverted")
def mask_inverted(S, y):
    return mask_to_slopes(margins(S, y) < 0, y)


@FAMILY.scores("row sum subtracted from every column")
def row_sum_from_every_column(S, y):
    A = (margins(S, y) > 0).astype(float)
    return A - A.sum(axis=1, keepdims=True)


@FAMILY.scores("stale scalar fills the mask")
def mask_filled_with_ones(S, y):
    return mask_to_slopes(np.ones(S.shape), y)


@FAMILY.scores("stale scalar fills the mask")
def mask_filled_with_the_last_margin(S, y):
    for i in range(len(y)):
        for j in range(S.shape[1]):
            if j != y[i]:
                margin = S[i, j] - S[i, y[i]] + 1
    return mask_to_slopes(np.full(S.shape, margin), y)


@FAMILY.scores("last class skipped")
def last_class_skipped(S, y):
    A = margins(S, y) > 0
    A[:, -1] = False
    return mask_to_slopes(A, y)


@FAMILY.scores("every sample is scored on class y[0]")
def class_of_the_first_sample(S, y):
    y = np.full_like(y, y[0])
    return mask_to_slopes(margins(S, y) > 0, y)


@FAMILY.scores("divided by C-1")
def mean_over_the_wrong_classes(S, y):
    return mask_to_slopes((margins(S, y) > 0) / (S.shape[1] - 1), y)


@FAMILY.scores("mean over the violators")
def mean_over_the_violators(S, y):
    A = margins(S, y) > 0
    return mask_to_slopes(A / np.maximum(A.sum(axis=1), 1)[:, None], y)


@FAMILY.scores("scores for features")
def scores_for_features(S, y):
    return FAMILY.slopes(S, y) * S


@FAMILY.scores("softmax gradient")
def softmax_gradient(S, y):
    P = np.exp(S) / np.exp(S).sum(axis=1, keepdims=True)
    P[rows(len(y)), y] -= 1
    return P


@FAMILY.scores("integer truncation")
def scores_in_an_integer_array(S, y):
    T = np.zeros(S.shape, dtype=int)
    T[:] = S
    return mask_to_slopes(margins(T, y) > 0, y)


@FAMILY.gradient("integer truncation")
def sum_in_an_integer_array(W, X, y, reg):
    dW = np.zeros(W.shape, dtype=int)
    dW += (X.T @ FAMILY.slopes(X @ W, y) / len(y)).astype(int)
    return dW + 2 * reg * W
