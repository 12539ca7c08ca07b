"""Wrong gradients of sigmoid cross-entropy, every column by itself."""

import numpy as np

from mutants.family import Family


def sigma(S):
    return 1 / (1 + np.exp(-S))


def one_hot(S, y):
    return np.eye(S.shape[1])[y]


FAMILY = Family(
    "binary",
    lambda S, y: -np.where(one_hot(S, y) == 1, -np.logaddexp(0, -S), -np.logaddexp(0, S)).sum(axis=1),
    lambda S, y: sigma(S) - one_hot(S, y),
)
FAMILY.common()


@FAMILY.scores("softmax for sigmoid")
def softmax_for_sigmoid(S, y):
    return np.exp(S) / np.exp(S).sum(axis=1, keepdims=True) - one_hot(S, y)


@FAMILY.scores("sigmoid left out")
def sigmoid_left_out(S, y):
    return S - one_hot(S, y)


@FAMILY.scores("extra p(1-p)")
def squared_error_through_a_sigmoid(S, y):
    P = sigma(S)
    return (P - one_hot(S, y)) * P * (1 - P)


@FAMILY.scores("target not subtracted")
def target_not_subtracted(S, y):
    return sigma(S)


@FAMILY.scores("data sign")
def target_minus_p(S, y):
    return one_hot(S, y) - sigma(S)


@FAMILY.scores("labels shifted by one")
def labels_shifted(S, y):
    return sigma(S) - one_hot(S, y - 1)


@FAMILY.scores("targets -1 and 1")
def targets_plus_minus_one(S, y):
    return sigma(S) - (2 * one_hot(S, y) - 1)


@FAMILY.scores("tanh for sigmoid")
def tanh_for_sigmoid(S, y):
    return np.tanh(S) - one_hot(S, y)


@FAMILY.scores("threshold for sigmoid")
def threshold_for_sigmoid(S, y):
    return (S > 0) - one_hot(S, y)


@FAMILY.scores("only the positive targets")
def only_the_positive_targets(S, y):
    return -one_hot(S, y) * (1 - sigma(S))


@FAMILY.scores("only the negative targets")
def only_the_negative_targets(S, y):
    return (1 - one_hot(S, y)) * sigma(S)


@FAMILY.scores("sigmoid of -scores")
def sigmoid_of_minus_scores(S, y):
    return sigma(-S) - one_hot(S, y)


@FAMILY.scores("exponential for sigmoid")
def exponential_for_sigmoid(S, y):
    return np.exp(S) - one_hot(S, y)


@FAMILY.scores("log p for p")
def log_p(S, y):
    return np.log(sigma(S)) - one_hot(S, y)


@FAMILY.scores("label smoothing")
def smoothed_labels(S, y):
    return sigma(S) - (0.9 * one_hot(S, y) + 0.05)


@FAMILY.scores("temperature")
def temperature_two(S, y):
    return sigma(S / 2) - one_hot(S, y)


@FAMILY.scores("every sample is scored on class y[0]")
def class_of_the_first_sample(S, y):
    return sigma(S) - one_hot(S, y)[0]


@FAMILY.scores("divided by p(1-p)")
def slope_of_the_logarithm_only(S, y):
    P = sigma(S)
    return (P - one_hot(S, y)) / (P * (1 - P))


@FAMILY.scores("sigmoid twice")
def sigmoid_of_sigmoid(S, y):
    return sigma(sigma(S)) - one_hot(S, y)


@FAMILY.scores("1 subtracted from every column")
def one_from_every_column(S, y):
    return sigma(S) - 1


@FAMILY.scores("scores for features")
def scores_for_features(S, y):
    return (sigma(S) - one_hot(S, y)) * S


@FAMILY.scores("absolute residual")
def absolute_residual(S, y):
    return np.abs(sigma(S) - one_hot(S, y))


@FAMILY.scores("integer truncation")
def p_in_an_integer_array(S, y):
    return sigma(S).astype(int) - one_hot(S, y)


@FAMILY.scores("codes for one-hot")
def codes_for_one_hot(S, y):
    return sigma(S) - y[:, None]


@FAMILY.scores("row sum subtracted from every column")
def row_sum_subtracted(S, y):
    R = sigma(S) - one_hot(S, y)
    return R - R.sum(axis=1, keepdims=True)
