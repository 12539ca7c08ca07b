"""Wrong gradients of least squares on the one-hot target."""

import numpy as np

from mutants.family import Family


def one_hot(S, y):
    return np.eye(S.shape[1])[y]


FAMILY = Family(
    "squared",
    lambda S, y: 0.5 * ((S - one_hot(S, y)) ** 2).sum(axis=1),
    lambda S, y: S - one_hot(S, y),
)
FAMILY.common()
rows = np.arange


@FAMILY.scores("data part doubled")
def half_forgotten(S, y):
    return 2 * (S - one_hot(S, y))


@FAMILY.scores("data part half")
def half_twice(S, y):
    return 0.5 * (S - one_hot(S, y))


@FAMILY.scores("sign of the residual")
def sign_of_the_residual(S, y):
    return np.sign(S - one_hot(S, y))


@FAMILY.scores("residual squared")
def square_not_differentiated(S, y):
    return 0.5 * (S - one_hot(S, y)) ** 2


@FAMILY.scores("target not subtracted")
def target_not_subtracted(S, y):
    return S


@FAMILY.scores("data sign")
def target_minus_scores(S, y):
    return one_hot(S, y) - S


@FAMILY.scores("target added")
def target_added(S, y):
    return S + one_hot(S, y)


@FAMILY.scores("labels shifted by one")
def labels_shifted(S, y):
    return S - one_hot(S, (y + 1) % S.shape[1])


@FAMILY.scores("every sample is scored on class y[0]")
def class_of_the_first_sample(S, y):
    return S - one_hot(S, y)[0]


@FAMILY.scores("codes for one-hot")
def codes_for_one_hot(S, y):
    return S - y[:, None]


@FAMILY.scores("right class only")
def right_class_only(S, y):
    return one_hot(S, y) * (S - 1)


@FAMILY.scores("softmax gradient")
def softmax_gradient(S, y):
    return np.exp(S) / np.exp(S).sum(axis=1, keepdims=True) - one_hot(S, y)


@FAMILY.scores("sigmoid of the scores")
def sigmoid_of_the_scores(S, y):
    return 1 / (1 + np.exp(-S)) - one_hot(S, y)


@FAMILY.scores("extra s(1-s)")
def extra_slope(S, y):
    return (S - one_hot(S, y)) * S * (1 - S)


@FAMILY.scores("row sum subtracted from every column")
def row_sum_subtracted(S, y):
    R = S - one_hot(S, y)
    return R - R.sum(axis=1, keepdims=True)


@FAMILY.scores("row mean subtracted")
def row_mean_subtracted(S, y):
    R = S - one_hot(S, y)
    return R - R.mean(axis=1, keepdims=True)


@FAMILY.scores("targets -1 and 1")
def targets_plus_minus_one(S, y):
    return S - np.where(one_hot(S, y) == 1, 1, -1)


@FAMILY.scores("scores for features")
def scores_for_features(S, y):
    return (S - one_hot(S, y)) * S


@FAMILY.scores("residual cut at 1")
def residual_cut(S, y):
    return np.clip(S - one_hot(S, y), -1, 1)


@FAMILY.scores("absolute residual")
def absolute_residual(S, y):
    return np.abs(S - one_hot(S, y))


@FAMILY.scores("1 subtracted from every column")
def one_from_every_column(S, y):
    return S - 1


@FAMILY.scores("integer truncation")
def residual_in_an_integer_array(S, y):
    R = np.zeros(S.shape, dtype=int)
    R[:] = S - one_hot(S, y)
    return R


@FAMILY.scores("label smoothing")
def smoothed_labels(S, y):
    return S - (0.9 * one_hot(S, y) + 0.1 / S.shape[1])


@FAMILY.scores("argmax for the scores")
def argmax_for_the_scores(S, y):
    return one_hot(S, S.argmax(axis=1)) - one_hot(S, y)
