"""Why a classifier's fit ended without a proof: found where it is so, with numbers that are right, and nowhere else."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from strategies import clusters
from taut import LinearClassifier
from taut.losses import LOSSES

LINE = np.array([[-2.0], [-1.0], [1.0], [3.0]])
SIDES = [0, 0, 1, 1]
KINKED = [loss for loss in LOSSES if loss not in ("softmax", "squared")]


def fitted(X, y, loss, **parameters):
    with pytest.warns(ConvergenceWarning):
        return LinearClassifier(loss, **parameters).fit(X, y)


def kinds(model):
    return [finding["kind"] for finding in model.report_.findings]


def test_separable_softmax_grows_without_bound():
    model = fitted(LINE, SIDES, "softmax", l2=0.0)
    (finding,) = model.report_.findings
    scores = model.scores(LINE)
    margin = np.abs(scores[:, 0] - scores[:, 1]).min()
    assert finding["numbers"] == pytest.approx({"margin": margin, "norm": np.linalg.norm(model.coef_)})
    assert str(model.report_).endswith(
        "and l2 = 0, so the loss sinks towards 0 while the weights grow without bound; this is not a matter of "
        "iterations. Set l2 > 0."
    )
    assert "max_iter." not in str(model.report_)


@pytest.mark.parametrize("loss", KINKED)
def test_separable_hinges_have_no_single_optimum(loss):
    model = fitted(LINE, SIDES, loss, l2=0.0, max_iter=200)
    assert kinds(model) == ["separable"]
    assert "has the loss 0, and no single optimum exists; this is not a matter of iterations" in str(model.report_)


def test_rows_without_weight_do_not_count():
    X, y = np.vstack([LINE, [[-2.0]]]), [*SIDES, 1]
    with pytest.warns(ConvergenceWarning, match="Separable"):
        LinearClassifier("softmax", l2=0.0).fit(X, y, [1.0, 1.0, 1.0, 1.0, 0.0])
    assert kinds(fitted(X, y, "softmax", l2=0.0)) == []


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if loss != "squared"])
def test_what_overlaps_is_not_separable(loss):
    X, y = clusters(1, 90, 3, 3)
    y = np.roll(y, 1)
    model = fitted(X, y, loss, l2=0.0, max_iter=30)
    assert kinds(model) == []
    assert str(model.report_).endswith("Set l2 > 0.")


def test_a_certified_fit_has_no_findings():
    X, y = clusters(0, 60, 3, 3)
    assert LinearClassifier("softmax", l2=1e-2).fit(X * [1.0, 1e6, 1.0], y).report_.findings == ()
    assert LinearClassifier("softmax", l2=1e-2).fit(LINE, SIDES).report_.findings == ()


def test_columns_of_another_unit_are_named():
    pandas = pytest.importorskip("pandas")
    X, y = clusters(0, 60, 4, 3)
    X = X * [1.0, 1e6, 1.0, 1e5]
    model = fitted(X, y, "softmax", l2=1e-2, max_iter=1)
    (finding,) = model.report_.findings
    sizes = np.sqrt((X**2).mean(axis=0))
    assert finding["numbers"] == pytest.approx({"largest": sizes[1], "usual": np.sort(sizes)[1], "columns": 2})
    assert "the root mean square of column 1 and column 3, counted from 0, is up to" in finding["sentence"]
    named = fitted(pandas.DataFrame(X, columns=["age", "income", "rooms", "debt"]), y, "softmax", l2=1e-2, max_iter=1)
    assert "of income and debt is up to" in str(named.report_)
    assert str(named.report_).endswith("max_iter.")


def test_columns_of_zeros_and_rare_entries_are_no_other_unit():
    X, y = clusters(0, 400, 5, 3)
    X[:, 3], X[:, 4] = 0.0, 0.0
    X[7, 4] = 1e-3  # like a pixel that is on in one picture
    assert kinds(fitted(X, y, "softmax", l2=1e-2, max_iter=1)) == []
    assert kinds(fitted(np.zeros((4, 2)), SIDES, "softmax", l2=0.0)) == []


def test_a_pass_of_partial_fit_is_not_diagnosed():
    model = LinearClassifier("softmax", l2=0.0, solver="sgd").partial_fit(LINE, SIDES, [0, 1])
    assert model.report_.findings == ()
