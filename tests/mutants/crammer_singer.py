"""Wrong gradients of the Crammer–Singer hinge."""

import numpy as np

from mutants.family import Family
from mutants.hinge import margins, mask_to_slopes

rows = np.arange


def rivals(S, y, delta=1.0):
    """The margins, minus infinity at the right class."""
    M = margins(S, y, delta)
    M[rows(len(y)), y] = -np.inf
    return M


def chosen(S, y, j, count=1.0):
    """+count in column j and −count in column y."""
    A = np.zeros(S.shape)
    A[rows(len(y)), j] += count
    A[rows(len(y)), y] -= count
    return A


FAMILY = Family(
    "crammer_singer",
    lambda S, y: np.maximum(rivals(S, y).max(axis=1), 0),
    lambda S, y: chosen(S, y, rivals(S, y).argmax(axis=1), rivals(S, y).max(axis=1) > 0),
)
FAMILY.common()


@FAMILY.scores("hinge gradient")
def all_violators(S, y):
    return mask_to_slopes(margins(S, y) > 0, y)


@FAMILY.scores("mask missing")
def worst_whether_it_violates_or_not(S, y):
    return chosen(S, y, rivals(S, y).argmax(axis=1))


@FAMILY.scores("correct class not subtracted")
def correct_class_not_subtracted(S, y):
    return np.maximum(FAMILY.slopes(S, y), 0)


@FAMILY.scores("correct class sign")
def correct_class_sign(S, y):
    return np.abs(FAMILY.slopes(S, y))


@FAMILY.scores("correct class counted once")
def subtracted_also_without_a_violation(S, y):
    A = np.maximum(FAMILY.slopes(S, y), 0)
    A[rows(len(y)), y] = -1
    return A


@FAMILY.scores("row sum subtracted from every column")
def row_sum_from_every_column(S, y):
    A = np.maximum(FAMILY.slopes(S, y), 0)
    return A - A.sum(axis=1, keepdims=True)


@FAMILY.scores("labels shifted by one")
def labels_shifted(S, y):
    return FAMILY.slopes(S, (y + 1) % S.shape[1])


@FAMILY.scores("margin left out")
def margin_left_out(S, y):
    return chosen(S, y, rivals(S, y).argmax(axis=1), rivals(S, y, 0.0).max(axis=1) > 0)


@FAMILY.scores("correct class not skipped")
def right_class_in_the_search(S, y):
    return chosen(S, y, S.argmax(axis=1))


@FAMILY.scores("margins instead of the indicator")
def margin_for_the_indicator(S, y):
    M = rivals(S, y)
    return mask_to_slopes(np.where(M.max(axis=1, keepdims=True) == M, np.maximum(M, 0), 0), y)


@FAMILY.scores("margins instead of the indicator")
def all_margins(S, y):
    return mask_to_slopes(np.maximum(margins(S, y), 0), y)


@FAMILY.scores("squared-hinge gradient")
def squared_hinge_gradient(S, y):
    return mask_to_slopes(2 * np.maximum(margins(S, y), 0), y)


@FAMILY.scores("mask inverted")
def mask_inverted(S, y):
    return chosen(S, y, rivals(S, y).argmax(axis=1), rivals(S, y).max(axis=1) < 0)


@FAMILY.scores("best rival for the worst")
def least_violating_rival(S, y):
    M = margins(S, y)
    M[rows(len(y)), y] = np.inf
    return chosen(S, y, M.argmin(axis=1), rivals(S, y).max(axis=1) > 0)


@FAMILY.scores("every sample is scored on class y[0]")
def class_of_the_first_sample(S, y):
    return FAMILY.slopes(S, np.full_like(y, y[0]))


@FAMILY.scores("scores for features")
def scores_for_features(S, y):
    return FAMILY.slopes(S, y) * S


@FAMILY.scores("softmax gradient")
def softmax_gradient(S, y):
    P = np.exp(S) / np.exp(S).sum(axis=1, keepdims=True)
    P[rows(len(y)), y] -= 1
    return P


@FAMILY.scores("last class skipped")
def last_class_skipped(S, y):
    M = rivals(S, y)
    M[:, -1] = -np.inf
    return chosen(S, y, M.argmax(axis=1), M.max(axis=1) > 0)


@FAMILY.scores("only the first violator")
def first_violator(S, y):
    M = margins(S, y)
    return chosen(S, y, (M > 0).argmax(axis=1), (M > 0).any(axis=1))


@FAMILY.scores("stale scalar fills the mask")
def mask_filled_with_ones(S, y):
    return mask_to_slopes(np.ones(S.shape), y)


@FAMILY.scores("scores exchanged")
def scores_exchanged(S, y):
    return FAMILY.slopes(-S, y)


@FAMILY.scores("divided by C-1")
def divided_by_the_wrong_classes(S, y):
    return FAMILY.slopes(S, y) / (S.shape[1] - 1)
