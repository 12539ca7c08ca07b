"""Known problems: wrong values are named as the loss's fault, and right ones, in every convention, are left alone."""

import numpy as np
import pytest

from taut.check._known import KnownProblem, known_value_findings, matching_formulas

N, D, C = 12, 5, 3
LOSSES = ("hinge", "squared_hinge", "crammer_singer", "softmax", "squared", "binary")


def data(seed=0, scale=1.0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((N, D)) * scale, rng.integers(C, size=N), 0.7 * rng.standard_normal((D, C)) / scale


def examples(loss, S, y):
    """The loss of each example and its slopes by the scores, written for these tests."""
    rows, T = np.arange(len(y)), np.eye(S.shape[1])[y]
    if loss in ("hinge", "squared_hinge", "crammer_singer"):
        M = S - S[rows, y][:, None] + 1
        M[rows, y] = 0
        V = np.maximum(M, 0)
        if loss == "hinge":
            value, A = V.sum(axis=1), (M > 0) * 1.0
        elif loss == "squared_hinge":
            value, A = (V**2).sum(axis=1), 2 * V
        else:
            value, A = V.max(axis=1), np.eye(C)[V.argmax(axis=1)] * (V.max(axis=1) > 0)[:, None]
        return value, A - T * A.sum(axis=1, keepdims=True)
    if loss == "softmax":
        P = np.exp(S) / np.exp(S).sum(axis=1, keepdims=True)
        return -np.log(P[rows, y]), P - T
    if loss == "squared":
        return 0.5 * ((S - T) ** 2).sum(axis=1), S - T
    P = 1 / (1 + np.exp(-S))
    return -np.log(np.where(T == 1, P, 1 - P)).sum(axis=1), P - T


def right(loss, *, convention="full", bias_row=None):
    def function(W, X, y, reg):
        values, A = examples(loss, X @ W, y)
        V = W.copy()
        if bias_row is not None:
            V[bias_row] = 0
        c = reg if convention == "full" else reg / 2
        return float(values.mean() + c * np.sum(V * V)), X.T @ A / len(y) + 2 * c * V

    return function


def said(function, W, X, y, reg=0.1, **known):
    problem = KnownProblem(function, X, y, reg, **known)
    return [finding.evidence for finding in known_value_findings(problem, W, function(W, X, y, reg)[0])]


def with_value(loss, value):
    """A wrong value beside a right gradient."""
    return lambda W, X, y, reg: (value(W, X, y, reg), right(loss)(W, X, y, reg)[1])


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("bias_row", [None, D - 1])
@pytest.mark.parametrize("convention", ["half", "full"])
@pytest.mark.parametrize("loss", LOSSES)
def test_right_values_in_every_convention(loss, convention, bias_row, named):
    X, y, W = data()
    function = right(loss, convention=convention, bias_row=bias_row)
    known = {"loss": loss, "convention": convention, "bias_row": bias_row} if named else {}
    assert said(function, W, X, y, **known) == []
    problem = KnownProblem(function, X, y, 0.1, **known)
    assert matching_formulas(problem, W, problem(W)[1], 1e-13) == []
    V = W.copy()
    V[-1] *= bias_row is None
    missing = problem(W)[1] - (0.2 if convention == "full" else 0.1) * V
    assert [f.kind for f in matching_formulas(problem, W, missing, 1e-13)] == ["regulariser missing"]


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", LOSSES)
def test_right_values_of_any_size_and_type(loss, dtype, scale):
    for seed in range(5):
        X, y, W = data(seed, scale)
        assert said(right(loss), W.astype(dtype), X.astype(dtype), y, loss=loss) == []
        assert said(right(loss), W.astype(dtype), X.astype(dtype), y) == []
        assert said(right(loss), 0.0 * W.astype(dtype), X.astype(dtype), y, loss=loss) == []


def pairs(S, y, margin=1.0):
    return S - S[np.arange(len(y)), y][:, None] + margin


def log_p(S, y):
    P = np.exp(S) / np.exp(S).sum(axis=1, keepdims=True)
    return np.log(P)


FAULTS = [
    ("hinge", "correct class was not skipped", lambda S, y: np.maximum(pairs(S, y), 0).sum() / N),
    ("squared_hinge", "correct class was not skipped", lambda S, y: (np.maximum(pairs(S, y), 0) ** 2).sum() / N),
    ("crammer_singer", "correct class was not skipped", lambda S, y: np.maximum(pairs(S, y), 0).max(axis=1).mean()),
    ("hinge", "the margin is left out", lambda S, y: np.maximum(pairs(S, y, 0), 0).sum() / N),
    ("hinge", "outside the max, for every wrong", lambda S, y: np.maximum(pairs(S, y, 0), 0).sum() / N + (C - 1)),
    ("hinge", "once for every example", lambda S, y: np.maximum(pairs(S, y, 0), 0).sum() / N + 1),
    ("hinge", "labels are shifted", lambda S, y: examples("hinge", S, (y + 1) % C)[0].mean()),
    ("softmax", "labels are shifted", lambda S, y: examples("softmax", S, y - 1)[0].mean()),
    ("softmax", "scored on class y[0]", lambda S, y: -np.mean(log_p(S, y)[:, y[0]])),
    ("softmax", "scored on class y[0], and the sum is not", lambda S, y: -np.sum((np.eye(C)[y] @ log_p(S, y).T)[0])),
    ("softmax", "over all classes", lambda S, y: -log_p(S, y).sum() / N),
    ("softmax", "base 2", lambda S, y: examples("softmax", S, y)[0].mean() / np.log(2)),
    ("softmax", "without the logarithm", lambda S, y: -np.exp(log_p(S, y)[np.arange(N), y]).mean()),
    ("softmax", "1e-05 is added", lambda S, y: -np.log(np.exp(log_p(S, y)[np.arange(N), y]) + 1e-5).mean()),
    ("squared", "absolute residual", lambda S, y: np.abs(S - np.eye(C)[y]).sum() / N),
    ("squared", "data part is doubled", lambda S, y: ((S - np.eye(C)[y]) ** 2).sum() / N),
    ("squared", "target is not subtracted", lambda S, y: 0.5 * (S**2).sum() / N),
    ("binary", "only the terms t*log(p)", lambda S, y: np.log(1 + np.exp(-S))[np.arange(N), y].mean()),
    ("binary", "divided by N*C", lambda S, y: examples("binary", S, y)[0].mean() / C),
    ("binary", "softmax is used", lambda S, y: examples("softmax", S, y)[0].mean()),
]


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(("loss", "words", "value"), FAULTS)
def test_wrong_losses_beside_right_gradients(loss, words, value, named):
    X, y, W = data()
    function = with_value(loss, lambda W, X, y, reg: value(X @ W, y) + reg * np.sum(W * W))
    found = said(function, W, X, y, loss=loss if named else None)
    if not named and words == "softmax is used":  # then it is a right softmax loss beside a wrong gradient
        assert found == []
        return
    assert 1 <= len(found) <= 2
    assert any(words in each for each in found)


PENALTIES = [
    ("not divided by N", lambda data, reg, W: N * data + reg * np.sum(W * W)),
    ("regulariser is missing", lambda data, reg, W: data),
    ("regulariser is divided by N", lambda data, reg, W: data + reg * np.sum(W * W) / N),
    ("regulariser is doubled", lambda data, reg, W: data + 2 * reg * np.sum(W * W)),
    ("regulariser is subtracted", lambda data, reg, W: data - reg * np.sum(W * W)),
    ("norm of W, not squared", lambda data, reg, W: data + reg * np.linalg.norm(W)),
    ("has the sum of W in", lambda data, reg, W: data + reg * np.sum(W)),
    ("sum of X*X", None),
    ("whole loss has the opposite sign", lambda data, reg, W: -data - reg * np.sum(W * W)),
]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("words", "value"), PENALTIES)
def test_wrong_sums_and_regularisers(loss, words, value):
    X, y, W = data()

    def total(W, X, y, reg):
        mean = examples(loss, X @ W, y)[0].mean()
        return value(mean, reg, W) if value else mean + reg * np.sum(X * X)

    for known in ({"loss": loss, "convention": "full"}, {"loss": loss}, {}):
        found = said(with_value(loss, total), W, X, y, **known)
        assert 1 <= len(found) <= 2, known
        assert any(words in each for each in found)


def test_the_convention_that_was_named_is_kept():
    X, y, W = data()
    assert (
        "regulariser is halved" in said(right("hinge", convention="half"), W, X, y, loss="hinge", convention="full")[0]
    )
    assert said(right("hinge", convention="half"), W, X, y, loss="hinge", convention="half") == []


def test_a_bias_that_is_regularised():
    X, y, W = data()
    found = said(right("softmax"), W, X, y, loss="softmax", bias_row=D - 1)
    assert ["counts the bias too" in each for each in found] == [True]


REGULARISERS = [
    ({"convention": "half"}, lambda W: 2 * W, "regulariser doubled"),
    ({"convention": "half"}, lambda W: W / 2, "regulariser half"),
    ({"convention": "full"}, lambda W: W, "regulariser half"),
    ({"convention": "full"}, lambda W: 4 * W, "regulariser doubled"),
    ({"convention": "full", "bias_row": D - 1}, lambda W: 2 * W, "bias row regularised"),
    ({"convention": "full", "bias_row": 0}, lambda W: 2 * W, "bias row regularised"),
    ({"convention": "full"}, lambda W: 2 * np.vstack([W[:-1], 0 * W[-1:]]), "bias row unregularised"),
]


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(("convention", "slope", "kind"), REGULARISERS)
@pytest.mark.parametrize("loss", LOSSES)
def test_wrong_regularisers_in_the_gradient(loss, convention, slope, kind, named):
    X, y, W = data()
    values = right(loss, **convention)

    def function(W, X, y, reg):
        return values(W, X, y, reg)[0], X.T @ examples(loss, X @ W, y)[1] / N + reg * slope(W)

    known = {"loss": loss, **convention} if named else {"bias_row": convention.get("bias_row")}
    problem = KnownProblem(function, X, y, 0.1, **known)
    assert kind in [f.kind for f in matching_formulas(problem, W, problem(W)[1], 1e-13)]


@pytest.mark.parametrize("loss", LOSSES)
def test_a_consistent_convention_is_no_fault_of_a_loss_that_was_not_named(loss):
    def summed(W, X, y, reg):
        values, A = examples(loss, X @ W, y)
        return values.sum() + reg * np.sum(W * W), X.T @ A + 2 * reg * W

    X, y, W = data()
    assert said(summed, W, X, y) == []
    problem = KnownProblem(summed, X, y, 0.1)
    assert matching_formulas(problem, W, problem(W)[1], 1e-12) == []
    wrong = problem(W)[1] - 0.2 * W
    assert [f.kind for f in matching_formulas(problem, W, wrong, 1e-12)] == ["regulariser missing"]
    assert "not divided by N" in said(summed, W, X, y, loss=loss)[0]


MEANT = [
    lambda S, T: (np.abs(S - T).sum(axis=1), np.sign(S - T)),
    lambda S, T: (0.5 * (S**2).sum(axis=1), S),
    lambda S, T: (-(S * T).sum(axis=1), -T),
    lambda S, T: (np.logaddexp(0, -S)[T == 1], -T / (1 + np.exp(S))),
    lambda S, T: (((1 / (1 + np.exp(-S)) - T) ** 2).sum(axis=1), (1 / (1 + np.exp(-S)) - T) / (1 + np.cosh(S))),
]


@pytest.mark.parametrize("meant", MEANT)
def test_a_loss_that_may_be_meant_is_not_accused(meant):
    """Each is a known fault of another loss's value, and here comes with its own gradient."""

    def function(W, X, y, reg):
        values, A = meant(X @ W, np.eye(C)[y])
        return values.mean() + reg * np.sum(W * W), X.T @ A / N + 2 * reg * W

    X, y, W = data()
    assert said(function, W, X, y) == []


def test_an_unknown_loss_is_left_alone():
    X, y, W = data()

    def cubes(W, X, y, reg):
        return np.sum((X @ W) ** 3), 3 * X.T @ (X @ W) ** 2

    assert said(cubes, W, X, y) == []
    assert matching_formulas(KnownProblem(cubes, X, y, 0.1), W, cubes(W, X, y, 0.1)[1], 1e-9) == []
    assert "no known fault fits" in said(cubes, W, X, y, loss="hinge")[0]


@pytest.mark.parametrize("loss", ["softmax", "binary"])
def test_overflow_is_named(loss):
    X, y, W = data(scale=1.0)

    def naive(W, X, y, reg):
        S = X @ W
        with np.errstate(all="ignore"):
            if loss == "softmax":
                E = np.exp(S)
                value = -np.log(E[np.arange(N), y] / E.sum(axis=1)).mean()
            else:
                value = examples("binary", S, y)[0].mean()
        return value + reg * np.sum(W * W), np.zeros_like(W)

    for size in (1000.0, 300.0):
        found = said(naive, size * W, X, y, loss=loss)
        assert len(found) == 1
        assert "overflows" in found[0] or "underflows" in found[0]
    assert said(naive, W, X, y, loss=loss) == []


def test_wrong_arguments_are_refused():
    X, y, _ = data()
    for known in ({"loss": "hing"}, {"convention": "double"}, {"margin": -1.0}, {"margin": np.nan}):
        with pytest.raises(ValueError, match=r"unknown|margin"):
            KnownProblem(right("hinge"), X, y, 0.1, **known)
    with pytest.raises(ValueError, match="X must be"):
        KnownProblem(right("hinge"), X, y[:-1], 0.1)


def test_what_does_not_fit_is_left_alone():
    X, y, W = data()
    problem = KnownProblem(right("hinge"), X, y, 0.1, loss="hinge")
    assert matching_formulas(problem, W, np.full(W.shape, np.nan), 1e-9) == []
    assert matching_formulas(problem, W, W[:-1], 1e-9) == []


def test_one_column_of_weights():
    X, _, W = data()
    t = np.random.default_rng(1).standard_normal(N)

    def ridge(w, X, t, reg):
        r = X @ w - t
        return 0.5 * np.mean(r * r) + 0.5 * reg * w @ w, X.T @ r / len(t) + reg * w

    w = W[:, 0].copy()
    assert said(ridge, w, X, t) == []
    assert said(ridge, w, X, t, loss="squared") == []
    problem = KnownProblem(ridge, X, t, 0.1)
    assert matching_formulas(problem, w, ridge(w, X, t, 0.1)[1], 1e-13) == []
    kinds = [f.kind for f in matching_formulas(problem, w, X.T @ (X @ w - t) + 0.1 * w, 1e-12)]
    assert kinds == ["missing 1/N"]


def test_label_sets():
    X, _, W = data()
    T = (np.random.default_rng(2).uniform(size=(N, C)) < 0.5) * 1.0

    def binary(W, X, T, reg):
        S = X @ W
        P = 1 / (1 + np.exp(-S))
        return -np.log(np.where(T == 1, P, 1 - P)).sum() / N + reg * np.sum(W * W), X.T @ (P - T) / N + 2 * reg * W

    assert said(binary, W, X, T) == []
    assert said(binary, W, X, T, loss="binary") == []
    problem = KnownProblem(binary, X, T, 0.1)
    assert [f.kind for f in matching_formulas(problem, W, -problem(W)[1], 1e-13)] == ["whole sign"]


def test_a_point_where_conventions_agree():
    """At W = 0 nothing tells the regulariser: other points do."""
    X, y, W = data()
    assert said(right("hinge", convention="half"), 0 * W, X, y, loss="hinge") == []
    assert said(right("hinge", convention="half"), 0 * W, X, y) == []
    found = said(with_value("softmax", lambda W, X, y, reg: -log_p(X @ W, y)[:, y[0]].mean()), 0 * W, X, y, reg=0.0)
    assert any("y[0]" in each for each in found)
