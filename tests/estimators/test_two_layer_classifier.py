"""The network as a classifier: what it learns, what it keeps, what it says, what it refuses."""

import math
import pickle

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from threadpoolctl import threadpool_limits

import taut
from strategies import clusters
from taut import TwoLayerClassifier

UNSETTLED = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SOLVERS = ("adam", "sgd", "quasi_newton")


@pytest.fixture(autouse=True)
def one_blas_thread():
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return train_test_split(X / 16, y, test_size=0.3, random_state=0, stratify=y)


def weights_of(net):
    return np.concatenate([array.ravel() for array in net.params_.values()])


@UNSETTLED
@pytest.mark.parametrize("solver", SOLVERS)
def test_digits(digits, solver):
    X, X_test, y, y_test = digits
    net = TwoLayerClassifier(solver=solver, random_state=0, max_iter=150).fit(X, y)
    assert net.score(X_test, y_test) >= 0.96
    assert net.score(X, y) >= 0.99


@UNSETTLED
@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
def test_digits_with_a_margin(digits, loss):
    X, X_test, y, y_test = digits
    net = TwoLayerClassifier(loss=loss, random_state=0, max_iter=80, learning_rate=0.01).fit(X, y)
    assert net.score(X_test, y_test) >= 0.95
    assert not hasattr(net, "predict_proba")


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_early_stopping_keeps_the_weights_that_were_best_on_the_rows_held_out(digits, solver):
    X, X_test, y, y_test = digits
    net = TwoLayerClassifier(solver=solver, early_stopping=True, random_state=0, learning_rate=0.02).fit(X, y)
    report, curve = net.report_, net.history_["validation_accuracy"]
    assert report.status == "settled"
    assert report.n_validation == round(0.1 * len(y))
    assert report.n + report.n_validation == len(y)
    assert report.validation_accuracy == max(curve) == curve[int(report.kept) - 1]
    assert net.n_iter_ == len(curve) >= report.kept + net.patience
    assert net.score(X_test, y_test) >= 0.95


def test_the_history_is_what_the_weights_say():
    X, y = clusters(0, 90, 4, 3)
    with pytest.warns(ConvergenceWarning, match="max_iter = 5"):
        net = TwoLayerClassifier(6, random_state=0, max_iter=5, solver="quasi_newton").fit(X, y)
    loss, gradient = taut.loss_and_gradient(net.params_, X, y, loss="softmax", l2=net.l2)
    assert net.report_.objective == pytest.approx(loss, rel=1e-12)
    assert net.history_["loss"][-1] == pytest.approx(loss, rel=1e-12)
    norm = math.sqrt(sum((array**2).sum() for array in gradient.values()))
    assert net.report_.gradient_norm == pytest.approx(norm, rel=1e-9)
    assert net.history_["train_accuracy"][-1] == net.score(X, y)
    assert all(math.isnan(value) for value in net.history_["validation_accuracy"])
    assert {len(each) for each in net.history_.values()} == {len(net.report_.history)}


@UNSETTLED
@pytest.mark.parametrize(("loss", "start"), [("softmax", math.log(10)), ("hinge", 9.0)])
def test_the_first_loss_at_small_weights(digits, loss, start):
    """Log C, and C - 1 margins of 1: every class scores nearly the same."""
    X, _, y, _ = digits
    net = TwoLayerClassifier(loss=loss, init=1e-4, max_iter=1, learning_rate=1e-12, random_state=0).fit(X, y)
    assert net.history_["loss"][0] == pytest.approx(start, rel=1e-3)
    assert net.report_.start == pytest.approx(start, rel=1e-12)


@UNSETTLED
def test_he_keeps_the_size_of_scores_whatever_the_unit_of_X(digits):
    X, _, y, _ = digits
    nets = [
        TwoLayerClassifier(max_iter=1, learning_rate=1e-12, random_state=0, l2=0.0).fit(c * X, y) for c in (1.0, 1024.0)
    ]
    assert nets[0].history_["loss"][0] == pytest.approx(nets[1].history_["loss"][0], rel=1e-6)
    assert nets[0].history_["loss"][0] < 2 * math.log(10)


@UNSETTLED
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dense_and_sparse_agree_in_the_type_of_X(solver, dtype):
    X, y = clusters(1, 60, 5, 3)
    X = np.where(np.abs(X) > 0.5, X, 0).astype(dtype)
    dense, sparse_net = (
        TwoLayerClassifier(7, solver=solver, random_state=0, max_iter=10).fit(A, y) for A in (X, sparse.csr_array(X))
    )
    for name, array in dense.params_.items():
        assert array.dtype == dtype
        np.testing.assert_allclose(array, sparse_net.params_[name], rtol=0, atol=1e-2 if dtype == np.float32 else 1e-7)
    assert dense.decision_function(X).dtype == dtype
    np.testing.assert_array_equal(dense.predict(X), dense.predict(sparse.csr_array(X)))


@UNSETTLED
@pytest.mark.parametrize("solver", SOLVERS)
def test_a_seed_gives_the_same_weights(solver):
    X, y = clusters(2, 60, 5, 3)
    one, two, other = (
        weights_of(TwoLayerClassifier(7, solver=solver, random_state=seed, max_iter=5, batch_size=16).fit(X, y))
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


@UNSETTLED
@pytest.mark.parametrize("solver", SOLVERS)
def test_weights_are_repetitions(solver):
    X, y = clusters(3, 40, 4, 3)
    s = np.random.default_rng(0).integers(0, 4, 40)
    options = {"hidden": 6, "solver": solver, "random_state": 0, "max_iter": 10, "batch_size": 1000}
    weighted = TwoLayerClassifier(**options).fit(X, y, sample_weight=s)
    repeated = TwoLayerClassifier(**options).fit(np.repeat(X, s, axis=0), np.repeat(y, s))
    np.testing.assert_allclose(weights_of(weighted), weights_of(repeated), rtol=1e-6, atol=1e-9)


@UNSETTLED
def test_class_weights_are_sample_weights():
    X, y = clusters(4, 60, 4, 3)
    factors = {0: 1.0, 1: 5.0, 2: 0.5}
    options = {"hidden": 6, "random_state": 0, "max_iter": 10}
    by_class = TwoLayerClassifier(**options, class_weight=factors).fit(X, y)
    by_row = TwoLayerClassifier(**options).fit(X, y, sample_weight=[factors[label] for label in y])
    np.testing.assert_array_equal(weights_of(by_class), weights_of(by_row))


def test_huge_columns_stay_finite():
    X, y = clusters(5, 60, 4, 3)
    net = TwoLayerClassifier(6, random_state=0, solver="quasi_newton").fit(1e6 * X, y)
    assert np.isfinite(weights_of(net)).all()
    assert np.isfinite(net.report_.objective)
    assert np.isfinite(net.predict_proba(1e9 * X)).all()


def test_probabilities():
    X, y = clusters(6, 60, 4, 3)
    net = TwoLayerClassifier(6, random_state=0, solver="quasi_newton", l2=0.01).fit(X, y)
    P = net.predict_proba(X)
    W1, b1, W2, b2 = (net.params_[name] for name in ("W1", "b1", "W2", "b2"))
    exp = np.exp(np.maximum(0, X @ W1 + b1) @ W2 + b2)
    np.testing.assert_allclose(P, exp / exp.sum(axis=1, keepdims=True), rtol=1e-10)
    np.testing.assert_array_equal(net.classes_[P.argmax(axis=1)], net.predict(X))


def test_two_classes_have_one_column_of_decisions():
    X, y = clusters(7, 60, 4, 2)
    net = TwoLayerClassifier(6, random_state=0, solver="quasi_newton", l2=0.01).fit(X, np.array(["no", "yes"])[y])
    assert net.W2_.shape == (6, 2)
    decisions = net.decision_function(X)
    assert decisions.shape == (60,)
    np.testing.assert_array_equal(net.predict(X), np.where(decisions > 0, "yes", "no"))


@pytest.mark.parametrize(("solver", "rate"), [("sgd", 1e9), ("adam", 1e9)])
def test_divergence_is_said_with_the_step_and_finite_weights_are_kept(solver, rate):
    X, y = clusters(8, 60, 4, 3)
    with pytest.warns(ConvergenceWarning, match=r"Diverged with step 1e\+09"):
        net = TwoLayerClassifier(6, solver=solver, learning_rate=rate, random_state=0, batch_size=10).fit(X, y)
    assert net.report_.status == "diverged"
    assert np.isfinite(weights_of(net)).all()


def test_ctrl_c_keeps_the_best_weights_so_far():
    X, y = clusters(9, 60, 4, 3)
    seen = []

    def press(trace):
        seen.append(trace)
        if len(seen) == 4:
            raise KeyboardInterrupt

    with taut.watch(press), pytest.warns(ConvergenceWarning, match="Interrupted after 4 passes"):
        net = TwoLayerClassifier(6, random_state=0).fit(X, y)
    assert net.n_iter_ == 4
    assert net.report_.kept == 4
    assert net.score(X, y) > 0


@UNSETTLED
def test_warm_start_goes_on():
    X, y = clusters(10, 90, 4, 3)
    net = TwoLayerClassifier(6, random_state=0, warm_start=True, max_iter=20, solver="quasi_newton").fit(X, y)
    before = net.report_.objective
    net.fit(X, y)
    assert net.history_["loss"][0] == pytest.approx(before, rel=1e-9)
    net.set_params(hidden=8).fit(X, y)
    assert net.W1_.shape == (4, 8)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_partial_fit_is_a_fit_pass_by_pass(solver):
    """All rows in one batch: the order does not matter, and what the rule remembers goes on."""
    X, y = clusters(11, 60, 4, 3)
    options = {"hidden": 6, "solver": solver, "random_state": 0, "batch_size": 60, "decay": 0.9, "learning_rate": 0.05}
    net = TwoLayerClassifier(**options)
    for _ in range(4):
        net.partial_fit(X, y, classes=[0, 1, 2])
    with pytest.warns(ConvergenceWarning):
        whole = TwoLayerClassifier(**options, max_iter=4, tol=0.0).fit(X, y)
    np.testing.assert_allclose(weights_of(net), weights_of(whole), rtol=1e-12)
    assert net.n_iter_ == 4
    assert net.history_["loss"] == pytest.approx(whole.history_["loss"], rel=1e-12)
    assert net.report_.status == "partial"


def test_partial_fit_learns_in_pieces_and_survives_a_pickle():
    X, y = clusters(12, 300, 4, 3)
    net = TwoLayerClassifier(10, random_state=0, learning_rate=0.01, batch_size=20)
    for _ in range(15):
        for part in np.array_split(np.arange(300), 3):
            net.partial_fit(X[part], y[part], classes=[0, 1, 2])
        net = pickle.loads(pickle.dumps(net))
    assert net.score(X, y) > 0.68  # L-BFGS on all of them: 0.75


def test_partial_fit_refuses_another_width():
    X, y = clusters(12, 30, 4, 3)
    net = TwoLayerClassifier(10, random_state=0).partial_fit(X, y, classes=[0, 1, 2])
    kept = weights_of(net)
    with pytest.raises(ValueError, match="hidden=11 was 10"):
        net.set_params(hidden=11).partial_fit(X, y)
    np.testing.assert_array_equal(weights_of(net), kept)


@UNSETTLED
def test_an_interruption_before_the_first_step_changes_nothing(monkeypatch):
    X, y = clusters(10, 60, 4, 3)
    net = TwoLayerClassifier(6, random_state=0, max_iter=3).fit(X, y)
    scores = net.scores(X)

    def interrupted(labels):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("taut.estimators._two_layer_classifier.encoded", interrupted)
        with pytest.raises(KeyboardInterrupt):
            net.fit(X[:, :2], y)
    np.testing.assert_array_equal(net.scores(X), scores)


@pytest.mark.parametrize("width", [4, 2000])  # below and above what a compiled pass moves
def test_partial_fit_keeps_the_type_of_the_first_call(width):
    X, y = np.random.default_rng(0).normal(size=(12, width)), np.arange(12) % 3
    net = TwoLayerClassifier(20, random_state=0).partial_fit(X.astype(np.float32), y, classes=[0, 1, 2])
    for dtype in (np.float64, np.float64, np.float32):
        net.partial_fit(X.astype(dtype), y)
        assert net.W1_.dtype == np.float32
    net = TwoLayerClassifier(20, random_state=0).partial_fit(X, y, classes=[0, 1, 2])
    assert net.partial_fit(X.astype(np.float32), y).W2_.dtype == np.float64


def test_a_pass_of_partial_fit_that_diverges_is_undone():
    X, y = clusters(12, 30, 4, 3)
    net = TwoLayerClassifier(6, solver="sgd", random_state=0, batch_size=5).partial_fit(X, y, classes=[0, 1, 2])
    kept = weights_of(net)
    with pytest.warns(ConvergenceWarning, match="Diverged"):
        net.set_params(learning_rate=1e200).partial_fit(X, y)
    np.testing.assert_array_equal(weights_of(net), kept)
    assert net.set_params(learning_rate=None).partial_fit(X, y).report_.status == "partial"


def test_partial_fit_after_another_solver_remembers_nothing_of_it():
    X, y = clusters(12, 30, 4, 3)
    net = TwoLayerClassifier(6, random_state=0, learning_rate=0.05).partial_fit(X, y, classes=[0, 1, 2])
    fresh = pickle.loads(pickle.dumps(net))
    del fresh._update
    np.testing.assert_array_equal(
        *(weights_of(each.set_params(solver="sgd").partial_fit(X, y)) for each in (net, fresh))
    )


def test_balanced_classes_cannot_be_counted_by_partial_fit():
    X, y = clusters(12, 30, 4, 3)
    with pytest.raises(ValueError, match="class_weight='balanced' counts all rows"):
        TwoLayerClassifier(class_weight="balanced").partial_fit(X, y, classes=[0, 1, 2])


@pytest.mark.parametrize("scale", [1e-160, 1e-100, 1e-6])
def test_columns_far_too_small_do_not_diverge(scale):
    """Weights that make up for them cost a penalty at once; it is not the descent that made the objective large."""
    X, y = clusters(10, 60, 4, 3)
    with pytest.warns(ConvergenceWarning, match="Stopped by max_iter"):
        net = TwoLayerClassifier(6, random_state=0, max_iter=5).fit(X * scale, y)
    assert all(np.isfinite(each).all() for each in net.params_.values())
    assert net.report_.objective < net.history_["loss"][0]


@UNSETTLED
def test_pixels_with_scale_and_shift():
    rng = np.random.default_rng(0)
    pixels, y = rng.integers(0, 256, (60, 9)).astype(np.uint8), np.arange(60) % 3
    X = taut.as_matrix(pixels, scale=1 / 64, shift=pixels.mean(axis=0))
    same = (pixels - pixels.mean(axis=0)) / 64
    options = {"hidden": 6, "random_state": 0, "max_iter": 5, "batch_size": 25}
    net, other = TwoLayerClassifier(**options).fit(X, y), TwoLayerClassifier(**options).fit(same, y)
    np.testing.assert_allclose(weights_of(net), weights_of(other), atol=1e-4)
    np.testing.assert_array_equal(net.predict(X), net.predict(same))


def test_the_verdict_speaks_of_gradient_and_validation_and_claims_no_optimum(digits):
    X, _, y, _ = digits
    net = TwoLayerClassifier(20, early_stopping=True, random_state=0, learning_rate=0.02).fit(X, y)
    verdict = str(net.report_)
    assert verdict.startswith("Settled: the validation accuracy has not risen")
    assert "gradient norm" in verdict
    assert f"validation accuracy {net.report_.validation_accuracy:.4f}" in verdict
    for word in ("optim", "certified", "Certified", "gap", "bound"):
        assert word not in verdict
    facts = net.report_.to_dict()
    assert facts["certified"] is False
    assert facts["verdict"] == verdict
    assert len(facts["history"]) == net.n_iter_
    assert "history" not in net.report_.to_dict(history=False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden": 0}, "hidden"),
        ({"hidden": 2.5}, "hidden"),
        ({"loss": "l1"}, "unknown loss"),
        ({"loss": "bp_mll"}, "MultilabelClassifier"),
        ({"l2": -1.0}, "l2"),
        ({"margin": -1.0}, "margin"),
        ({"solver": "newton"}, "solver"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"learning_rate": 0.1, "solver": "quasi_newton"}, "finds its own"),
        ({"decay": 0.0}, "decay"),
        ({"momentum": 1.0}, "momentum"),
        ({"batch_size": 0}, "batch_size"),
        ({"max_iter": 0}, "max_iter"),
        ({"tol": -1.0}, "tol"),
        ({"patience": 0}, "patience"),
        ({"init": "xavier"}, "init"),
        ({"init": 0.0}, "init"),
        ({"validation_fraction": 0.0}, "validation_fraction"),
        ({"validation_fraction": 1.0}, "validation_fraction"),
        ({"validation_fraction": 0.999, "early_stopping": True}, "leaves none"),
        ({"n_threads": 0}, "n_threads"),
    ],
)
def test_refusals(change, message):
    X, y = clusters(13, 30, 4, 3)
    with pytest.raises(ValueError, match=message):
        TwoLayerClassifier(**change).fit(X, y)


@UNSETTLED
def test_a_fit_that_is_refused_leaves_the_old_one():
    X, y = clusters(14, 30, 4, 3)
    net = TwoLayerClassifier(5, random_state=0, max_iter=2).fit(X, y)
    kept = weights_of(net)
    X[3, 2] = np.nan
    with pytest.raises(ValueError, match="row 3, column 2"):
        net.fit(X, y)
    np.testing.assert_array_equal(weights_of(net), kept)
