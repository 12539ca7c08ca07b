"""Wrong formulas that any loss can have: factors, regularisers, signs, samples, orders, truncation."""

from collections.abc import Callable, Iterator

import numpy as np

from taut.check._formulas_arrays import Array
from taut.check._formulas_formula import Formula, Make, derivative_of_penalty, from_data, from_slopes, with_penalty
from taut.check._formulas_setting import Setting


def common_formulas(at: Setting) -> Iterator[Formula]:
    """The formulas that do not depend on the loss; their words depend on its convention and shape."""
    yield from _factors(at)
    yield from _penalties(at)
    yield from _other_penalties(at)
    yield from _bias_row(at)
    yield from _signs()
    yield from _samples()
    yield from _orders()
    yield from _whole_numbers()


def _factors(at: Setting) -> Iterator[Formula]:
    n, d, k = at.n, at.W.shape[0], at.k
    cure = f"divide the sum by N = {n}, the number of examples"
    scales = (
        ("missing 1/N", "the sum over the examples is not divided by N", cure, n),
        ("divided by N-1", f"the sum is divided by N - 1 = {n - 1} and not by N", cure, n / max(n - 1, 1)),
        ("divided by N*C", f"the sum is divided by N*C = {n * k} and not by N", cure, 1 / k),
        ("divided by N*D", f"the sum is divided by N*D = {n * d} and not by N", cure, 1 / d),
        ("divided by D", f"the sum is divided by D = {d} and not by N", cure, n / d),
        ("divided by C", f"the sum is divided by C = {k} and not by N", cure, n / k),
        ("divided by N twice", "the sum is divided by N twice", "divide by N once", 1 / n),
        ("data part doubled", "the data part is twice what it should be", "drop the factor 2 of the data part", 2.0),
        ("data part half", "the data part is half of what it should be", "multiply the data part by 2", 0.5),
    )
    for kind, says, line, factor in scales:
        if k > 1 or not kind.endswith("C"):  # with one column these are other formulas, or right
            yield from_data(kind, says, line, _times(factor))
    wholes = (
        (
            "accumulated twice",
            "the whole gradient is twice what it should be",
            "set dW to zero before accumulating, and add every example once",
            2.0,
        ),
        ("gradient half", "the whole gradient is half of what it should be", "multiply the gradient by 2", 0.5),
        (
            "gradient divided by N",
            "the regulariser and the mean over the examples are both divided by N once more",
            "divide only the sum over the examples, and once",
            1 / n,
        ),
        ("whole sign", "the gradient has the opposite sign", "negate the gradient", -1.0),
    )
    for kind, says, line, factor in wholes:
        yield _of_right(kind, says, line, _times(factor))


def _times(factor: float) -> Callable[[Array], Array]:
    return lambda g: factor * g


def _of_right(kind: str, says: str, cure: str, change: Callable[[Array], Array]) -> Formula:
    """The whole gradient is changed."""
    return Formula(kind, says, cure, lambda at: change(at.right))


def _penalties(at: Setting) -> Iterator[Formula]:
    word = derivative_of_penalty(at)
    wanted = f"the regulariser's part of the gradient is {word}"
    scales = (
        ("regulariser missing", f"{word} is not added", f"add {word}", 0.0),
        ("regulariser half", f"half of {word} is added", wanted, 0.5),
        ("regulariser doubled", f"twice {word} is added", wanted, 2.0),
        ("regulariser four times", f"four times {word} is added", wanted, 4.0),
        ("regulariser sign", f"{word} is subtracted", f"add {word}", -1.0),
        (
            "regulariser divided by N",
            f"{word} is divided by N",
            "add the regulariser after the division by N",
            1 / at.n,
        ),
        ("regulariser times N", f"{word} is added for every example", "add the regulariser once, after the loop", at.n),
    )
    for kind, says, line, factor in scales:
        yield _scaled_penalty(kind, says, line, factor)


def _scaled_penalty(kind: str, says: str, cure: str, factor: float) -> Formula:
    return with_penalty(kind, says, cure, lambda at: factor * at.penalty)


def _other_penalties(at: Setting) -> Iterator[Formula]:
    word = derivative_of_penalty(at)
    wanted = f"the regulariser's part of the gradient is {word}"
    shapes: tuple[tuple[str, str, Make], ...] = (
        ("reg*sum(W)", "the sum of W, one number,", lambda at: _everywhere(at, np.sum(at.penalised))),
        ("reg*sum(W*W)", "the regulariser's value, one number,", lambda at: _everywhere(at, np.sum(at.penalised**2))),
        ("reg*sum(X*X)", "the sum of X*X, one number,", lambda at: _everywhere(at, np.sum(at.X**2))),
        ("reg*W*W", "W squared, entry by entry,", lambda at: at.penalised**2),
        ("reg*sign(W)", "the sign of W", lambda at: np.sign(at.penalised)),
        ("reg alone", "reg itself, without W,", lambda at: np.ones_like(at.W)),
        ("reg*|W|", "|W| instead of W", lambda at: np.abs(at.penalised)),
        ("reg*W/norm(W)", "W divided by its norm", lambda at: at.penalised / (np.linalg.norm(at.penalised) or 1.0)),
    )
    for name, says, shape in shapes:
        for factor in (0.5, 1.0, 2.0):
            says_all = f"{says} is added in the place of {word}"
            yield _reg_times(f"regulariser {name}", says_all, wanted, factor, shape)
    for factor in (1.0, 2.0):
        yield _without_reg(wanted, factor)


def _everywhere(at: Setting, number: float) -> Array:
    return np.full(at.W.shape, number)


def _reg_times(kind: str, says: str, cure: str, factor: float, shape: Make) -> Formula:
    return with_penalty(kind, says, cure, lambda at: factor * at.reg * shape(at))


def _without_reg(cure: str, factor: float) -> Formula:
    says = "W is added without its factor reg"
    return with_penalty("regulariser without reg", says, cure, lambda at: factor * at.penalised)


def _bias_row(at: Setting) -> Iterator[Formula]:
    word = derivative_of_penalty(at)
    if at.bias_row is not None:
        yield with_penalty(
            "bias row regularised",
            f"the regulariser is also added in row {at.bias_row}, the bias",
            f"leave row {at.bias_row} out of {word}",
            lambda at: at.slope * at.W,
        )
    elif at.W.shape[0] > 1:
        yield with_penalty(
            "bias row unregularised",
            "the last row is left out of the regulariser's gradient, and not of its value",
            f"add {word} in the last row too, or leave that row out of the value",
            lambda at: at.but(bias_row=at.W.shape[0] - 1).penalty,
        )


def _signs() -> Iterator[Formula]:
    line = "negate the data part (predicted minus wanted, not wanted minus predicted)"
    yield from_data("data sign", "the data part has the opposite sign", line, _times(-1.0))
    line = "add X.T @ dscores / N"
    yield from_data("data part missing", "only the regulariser is left", line, _times(0.0))


def _samples() -> Iterator[Formula]:
    line = "let the loop run over all N examples"
    for rows, word in ((slice(None, -1), "last"), (slice(1, None), "first")):
        for fewer in (0, 1):
            yield _some(f"{word} sample skipped", f"the {word} example does not count", line, rows, fewer)
    alone = (
        (slice(-1, None), "last", "add every example to dW (+=, not =)"),
        (slice(None, 1), "first", "return after the loop, not inside it"),
    )
    for rows, word, line in alone:
        for fewer in (0, -1):
            yield _some(f"only the {word} sample", f"only the {word} example counts", line, rows, fewer)


def _some(kind: str, says: str, cure: str, rows: slice, fewer: int) -> Formula:
    """Some examples count, and the sum is divided by N - fewer; by nothing where that is -1."""

    def gradient(at: Setting) -> Array:
        divisor = 1 if fewer < 0 else max(at.n - fewer, 1)
        return at.X[rows].T @ at.score_gradient[rows] * (at.data_scale / divisor) + at.penalty

    return Formula(kind, says, cure, gradient)


def _orders() -> Iterator[Formula]:
    reshaped, back = "the (C, D) gradient is reshaped to (D, C)", "the gradient is reshaped to (C, D) and transposed"
    shifted = "every class has its neighbour's column"
    changes: tuple[tuple[str, str, str, Callable[[Array], Array]], ...] = (
        ("transposed", reshaped, "transpose it, dW.T", lambda g: g.T.reshape(g.shape)),
        ("transposed", back, "leave out the reshape", lambda g: g.reshape(g.shape[::-1]).T),
        (
            "classes reversed",
            "the columns are in the opposite order",
            "keep column c for class c",
            lambda g: g[:, ::-1],
        ),
        ("features reversed", "the rows are in the opposite order", "keep row d for feature d", lambda g: g[::-1]),
        ("columns shifted by one", shifted, "count the classes from 0", lambda g: np.roll(g, 1, axis=1)),
        ("columns shifted by one", shifted, "count the classes from 0", lambda g: np.roll(g, -1, axis=1)),
    )
    for kind, says, line, change in changes:
        yield _of_right(kind, says, line, change)
        yield from_data(kind, f"{says} (in the data part)", line, change)


def _whole_numbers() -> Iterator[Formula]:
    kind, line = "integer truncation", "give dW a floating-point type, such as np.zeros(W.shape)"
    before = "the sum is cut to whole numbers before the division by N"
    slopes = "the derivatives by the scores are cut to whole numbers"
    yield _of_right(kind, "the gradient is cut to whole numbers", line, np.trunc)
    yield from_data(kind, "the data part is cut to whole numbers", line, np.trunc)
    yield from_data(kind, "the sum is divided by N in whole numbers", line, np.floor)
    yield Formula(kind, before, line, lambda at: np.trunc(at.data * at.n) / at.n + at.penalty)
    line = "give the array of probabilities, margins or residuals a floating-point type"
    yield from_slopes(kind, slopes, line, lambda at: np.trunc(at.score_gradient))
    line = "give the array of scores a floating-point type"
    yield Formula(
        kind, "the scores are cut to whole numbers", line, lambda at: at.with_scores(np.trunc(at.scores)).right
    )
