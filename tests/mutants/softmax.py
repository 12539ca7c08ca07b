"""Wrong gradients of softmax."""

import numpy as np

from mutants.family import Family

rows = np.arange


def shares(S):
    E = np.exp(S - S.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def less_one_hot(P, y):
    P = np.array(P, dtype=float)
    P[rows(len(y)), y] -= 1
    return P


FAMILY = Family(
    "softmax",
    lambda S, y: -np.log(shares(S)[rows(len(y)), y]),
    lambda S, y: less_one_hot(shares(S), y),
)
FAMILY.common()


@FAMILY.scores("labels shifted by one")
def labels_shifted(S, y):
    return less_one_hot(shares(S), (y + 1) % S.shape[1])


@FAMILY.scores("labels shifted by one")
def labels_counted_from_one(S, y):
    return less_one_hot(shares(S), y - 1)


@FAMILY.scores("one-hot not subtracted")
def one_hot_not_subtracted(S, y):
    return shares(S)


@FAMILY.scores("data sign")
def one_hot_minus_p(S, y):
    return np.eye(S.shape[1])[y] - shares(S)


@FAMILY.scores("unnormalised exponentials")
def unnormalised(S, y):
    return less_one_hot(np.exp(S), y)


@FAMILY.scores("unnormalised exponentials")
def unnormalised_after_the_shift(S, y):
    return less_one_hot(np.exp(S - S.max(axis=1)[:, None]), y)


@FAMILY.scores("normalised over the wrong axis")
def normalised_over_the_samples(S, y):
    E = np.exp(S - S.max(axis=1)[:, None])
    return less_one_hot(E / E.sum(axis=0), y)


@FAMILY.scores("normalised over everything")
def normalised_over_everything(S, y):
    return less_one_hot(np.exp(S) / np.sum(np.exp(S)), y)


@FAMILY.scores("extra p(1-p)")
def extra_slope_of_a_sigmoid(S, y):
    P = shares(S)
    return P * (1 - P) * less_one_hot(P, y)


@FAMILY.scores("extra softmax Jacobian")
def jacobian_applied_again(S, y):
    P = shares(S)
    return np.stack([(np.diag(p) - np.outer(p, p)) @ r for p, r in zip(P, less_one_hot(P, y), strict=True)])


@FAMILY.scores("argmax for p")
def argmax_for_p(S, y):
    return less_one_hot(np.eye(S.shape[1])[S.argmax(axis=1)], y)


@FAMILY.scores("label smoothing")
def smoothed_labels(S, y):
    return shares(S) - (0.9 * np.eye(S.shape[1])[y] + 0.1 / S.shape[1])


@FAMILY.scores("temperature")
def temperature_two(S, y):
    return less_one_hot(shares(S / 2), y)


@FAMILY.scores("temperature")
def temperature_two_with_its_factor(S, y):
    return less_one_hot(shares(S / 2), y) / 2


@FAMILY.scores("diagonal Jacobian only")
def diagonal_jacobian(S, y):
    A = np.zeros(S.shape)
    A[rows(len(y)), y] = shares(S)[rows(len(y)), y] - 1
    return A


@FAMILY.scores("right class's column missing")
def off_diagonal_only(S, y):
    P = shares(S)
    P[rows(len(y)), y] = 0
    return P


@FAMILY.scores("log p for p")
def log_p(S, y):
    return less_one_hot(np.log(shares(S)), y)


@FAMILY.scores("integer truncation")
def p_in_an_integer_array(S, y):
    return less_one_hot(shares(S).astype(int), y)


@FAMILY.scores("integer truncation")
def scores_in_an_integer_array(S, y):
    return less_one_hot(shares(S.astype(int)), y)


@FAMILY.scores("scores for p")
def scores_for_p(S, y):
    return less_one_hot(S, y)


@FAMILY.scores("sigmoid for softmax")
def sigmoid_for_softmax(S, y):
    return less_one_hot(1 / (1 + np.exp(-S)), y)


@FAMILY.scores("softmax twice")
def softmax_of_softmax(S, y):
    return less_one_hot(shares(shares(S)), y)


@FAMILY.scores("softmax of -scores")
def softmax_of_minus_scores(S, y):
    return less_one_hot(shares(-S), y)


@FAMILY.scores("every sample is scored on class y[0]")
def class_of_the_first_sample(S, y):
    P = shares(S)
    P[:, y[0]] -= 1
    return P


@FAMILY.scores("1 subtracted from every column")
def one_from_every_column(S, y):
    return shares(S) - 1


@FAMILY.scores("logarithm forgotten")
def logarithm_forgotten(S, y):
    P = shares(S)
    return less_one_hot(P, y) * P[rows(len(y)), y][:, None]


@FAMILY.scores("one-hot times N")
def one_hot_not_divided(S, y):
    return shares(S) - len(y) * np.eye(S.shape[1])[y]


@FAMILY.scores("p times N")
def p_not_divided(S, y):
    return len(y) * shares(S) - np.eye(S.shape[1])[y]


@FAMILY.scores("one-hot added")
def one_hot_added(S, y):
    return shares(S) + np.eye(S.shape[1])[y]


@FAMILY.scores("absolute residual")
def absolute_residual(S, y):
    return np.abs(less_one_hot(shares(S), y))


@FAMILY.scores("scores for features")
def scores_for_features(S, y):
    return less_one_hot(shares(S), y) * S


@FAMILY.scores("last class skipped")
def last_class_not_in_the_sum(S, y):
    return less_one_hot(np.exp(S) / np.exp(S[:, :-1]).sum(axis=1, keepdims=True), y)
