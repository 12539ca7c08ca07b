"""Wrong gradients of the squared hinge."""

import numpy as np

from mutants.family import Family
from mutants.hinge import margins, mask_to_slopes


def over(S, y, delta=1.0):
    return np.maximum(margins(S, y, delta), 0)


FAMILY = Family(
    "squared_hinge",
    lambda S, y: (over(S, y) ** 2).sum(axis=1),
    lambda S, y: mask_to_slopes(2 * over(S, y), y),
)
FAMILY.common()
rows = np.arange


@FAMILY.scores("data part half")
def factor_two_of_the_square(S, y):
    return mask_to_slopes(over(S, y), y)


@FAMILY.scores("hinge gradient")
def indicator_for_margins(S, y):
    return mask_to_slopes(over(S, y) > 0, y)


@FAMILY.scores("twice the indicator")
def twice_the_indicator(S, y):
    return mask_to_slopes(2 * (over(S, y) > 0), y)


@FAMILY.scores("squared margins")
def square_not_differentiated(S, y):
    return mask_to_slopes(over(S, y) ** 2, y)


@FAMILY.scores("square of the sum")
def square_of_the_sum(S, y):
    M = over(S, y)
    return mask_to_slopes(2 * (M > 0) * M.sum(axis=1, keepdims=True), y)


@FAMILY.scores("correct class not subtracted")
def correct_class_not_subtracted(S, y):
    return 2 * over(S, y)


@FAMILY.scores("correct class sign")
def correct_class_sign(S, y):
    A = 2 * over(S, y)
    A[rows(len(y)), y] = A.sum(axis=1)
    return A


@FAMILY.scores("correct class counted once")
def loses_only_the_largest(S, y):
    A = 2 * over(S, y)
    A[rows(len(y)), y] = -A.max(axis=1)
    return A


@FAMILY.scores("row sum subtracted from every column")
def row_sum_from_every_column(S, y):
    A = 2 * over(S, y)
    return A - A.sum(axis=1, keepdims=True)


@FAMILY.scores("labels shifted by one")
def labels_shifted(S, y):
    return mask_to_slopes(2 * over(S, y - 1), y - 1)


@FAMILY.scores("margin left out")
def margin_left_out(S, y):
    return mask_to_slopes(2 * over(S, y, 0.0), y)


@FAMILY.scores("margin left out")
def margin_left_out_of_the_mask(S, y):
    return mask_to_slopes(2 * margins(S, y) * (margins(S, y, 0.0) > 0), y)


@FAMILY.scores("correct class not skipped")
def diagonal_counted(S, y):
    A = FAMILY.slopes(S, y)
    A[rows(len(y)), y] -= 2
    return A


@FAMILY.scores("only the worst violator")
def only_the_worst_violator(S, y):
    M = over(S, y)
    return mask_to_slopes(2 * M * (M.max(axis=1, keepdims=True) == M), y)


@FAMILY.scores("mask missing")
def mask_missing(S, y):
    return mask_to_slopes(2 * margins(S, y), y)


@FAMILY.scores("mask inverted")
def mask_inverted(S, y):
    return mask_to_slopes(2 * np.minimum(margins(S, y), 0), y)


@FAMILY.scores("every sample is scored on class y[0]")
def class_of_the_first_sample(S, y):
    return FAMILY.slopes(S, np.full_like(y, y[0]))


@FAMILY.scores("scores for features")
def scores_for_features(S, y):
    return FAMILY.slopes(S, y) * S


@FAMILY.scores("last class skipped")
def last_class_skipped(S, y):
    M = over(S, y)
    M[:, -1] = 0
    return mask_to_slopes(2 * M, y)


@FAMILY.scores("stale scalar fills the mask")
def mask_filled_with_ones(S, y):
    return mask_to_slopes(np.ones(S.shape), y)


@FAMILY.scores("divided by C-1")
def mean_over_the_wrong_classes(S, y):
    return FAMILY.slopes(S, y) / (S.shape[1] - 1)


@FAMILY.scores("integer truncation")
def weights_in_an_integer_array(S, y):
    A = np.zeros(S.shape, dtype=int)
    A[:] = FAMILY.slopes(S, y)
    return A
