"""``verbose``: silent unless asked for, the verdict at the end, and the same fit either way."""

import io
import sys

import numpy as np
import pytest
from sklearn.base import clone

import taut
from taut.estimators import following
from taut.pages import Progress

X = np.random.default_rng(3).normal(size=(60, 4))
Y = (np.arange(60) % 3)[np.argsort(X[:, 0].argsort(), kind="stable")]
TARGET = X @ [0.5, 0.0, 0.3, 0.2]
ITEMS = np.random.default_rng(4).normal(size=(12, 10))
MIX = ITEMS @ np.linspace(0.0, 0.2, 10)
BLEND = taut.BlendRegressor(lower=0.15, upper=0.5)

FITS = {
    "linear": (taut.LinearClassifier("softmax", l2=0.1), Y),
    "sparse path": (taut.LinearClassifier("hinge", l2=0.1, solver="dual_ascent"), Y),
    "exact": (taut.LinearRegressor(), TARGET),
    "descent": (taut.LinearRegressor(solver="gradient_descent"), TARGET),
    "net": (taut.TwoLayerClassifier(3, solver="quasi_newton", random_state=0, patience=3, tol=1e-2), Y),
    "labels": (taut.MultilabelClassifier("zlpr", l2=0.1, fit_intercept=False), np.eye(3, dtype=int)[Y]),
    "label net": (
        taut.MultilabelClassifier("zlpr", hidden=3, solver="quasi_newton", tol=1e-2, random_state=0),
        np.eye(3, dtype=int)[Y],
    ),
    "blend": (BLEND, MIX),
    "blend in l1": (clone(BLEND).set_params(norm="l1"), MIX),
}


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.mark.parametrize("name", FITS)
def test_a_log_gets_the_verdict_and_a_silent_fit_nothing(name, capfd):
    model, y = FITS[name]
    rows = ITEMS if "blend" in name else X
    model = clone(model).fit(rows, y)
    capfd.readouterr()  # the first fit may have compiled, and said so
    clone(model).fit(rows, y)
    assert capfd.readouterr() == ("", "")
    for verbose in (True, 1, np.True_):
        told = clone(model).set_params(verbose=verbose).fit(rows, y)
        assert capfd.readouterr() == ("", f"{told.report_}\n")
        for each in ("coef_", "W1_", "W2_"):
            if hasattr(model, each):
                np.testing.assert_array_equal(getattr(told, each), getattr(model, each))


@pytest.mark.parametrize("name", FITS)
def test_a_terminal_sees_it_move(name, monkeypatch):
    model, y = FITS[name]
    stream, seen = Terminal(), []
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    kept = Progress.update
    monkeypatch.setattr(Progress, "update", lambda self, facts: (seen.append(facts), kept(self, facts)))
    told = clone(model).set_params(verbose=True).fit(ITEMS if "blend" in name else X, y)
    assert seen
    assert type(model).__name__ in stream.getvalue()
    assert stream.getvalue().endswith(f"\x1b[1A\x1b[2K{told.report_}\n")
    if "blend" in name:
        assert seen[-1]["objective"] >= told.objective_ - 1e-9
    else:
        known = [line for line in told.report_.history if np.isfinite(line.get("gap", np.nan))]
        assert len(seen) == len(told.report_.history)
        assert seen[-1]["gap"] == (known[-1]["gap"] if known else None)


@pytest.mark.parametrize("name", FITS)
@pytest.mark.parametrize("verbose", ["yes", None, -1, 0.5])
def test_other_values_are_refused_before_anything_is_fitted(name, verbose):
    model, y = FITS[name]
    model = clone(model).set_params(verbose=verbose)
    with pytest.raises(ValueError, match="verbose must be True, False or a whole number >= 0, got"):
        model.fit(ITEMS if "blend" in name else X, y)
    assert not hasattr(model, "n_features_in_")


def test_nothing_watches_a_silent_fit():
    """It costs nothing: a step is announced to nobody."""
    from taut.solvers import _run

    with following(False) as told:
        assert _run._watchers.get() == ()
    told.end("nothing")
    with following(True):
        assert len(_run._watchers.get()) == 1
    assert _run._watchers.get() == ()


def test_an_error_leaves_no_verdict_and_no_watcher(capfd):
    from taut.solvers import _run

    def broken():
        with following(True, "LinearClassifier") as told:
            told.step(_run.Trace(1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0))
            raise MemoryError

    with pytest.raises(MemoryError):
        broken()
    assert capfd.readouterr() == ("", "")
    assert _run._watchers.get() == ()


def test_a_path_and_a_choice_have_one_line_for_all_their_fits(capfd):
    path = taut.l2_path(X, Y, loss="softmax", l2s=[1.0, 0.1], verbose=True)
    assert [model.verbose for model in path] == [True, True]
    said = f"2 fits from l2 = 1 to 0.1: all certified; {sum(model.report_.passes for model in path):,.0f} passes"
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith(said)
    assert err.count("\n") == 1
    choice = taut.choose_l2(X, Y, loss="softmax", l2s=[1.0, 0.1], folds=2, verbose=True)
    assert capfd.readouterr() == ("", f"{choice}\n")
    taut.l2_path(X, Y, loss="softmax", l2s=[1.0, 0.1])
    taut.choose_l2(X, Y, loss="softmax", l2s=[1.0, 0.1], folds=2)
    assert capfd.readouterr() == ("", "")
    for call in (taut.l2_path, taut.choose_l2):
        with pytest.raises(ValueError, match="verbose must be"):
            call(X, Y, l2s=[1.0], verbose="yes")


def test_the_bar_of_a_choice_runs_once_over_all_its_fits(monkeypatch):
    stream, shares, words = Terminal(), [], []
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")

    def look(self, facts):
        shares.append((self._index + self._far.along(facts)) / self._count)
        words.append(self._label)

    monkeypatch.setattr(Progress, "update", look)
    taut.choose_l2(X, Y, loss="softmax", l2s=[1.0, 0.1], folds=2, verbose=True)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert list(dict.fromkeys(words)) == [
        f"fold {fold} of 2, l2 = {l2} ({i} of 2)" for fold in (1, 2) for i, l2 in ((1, "1"), (2, "0.1"))
    ]


def test_a_fit_without_a_bound_says_so_once_and_warns(capfd):
    from sklearn.exceptions import ConvergenceWarning

    with pytest.warns(ConvergenceWarning):
        model = taut.LinearClassifier("softmax", max_iter=1, tol=1e-12, verbose=True).fit(X, Y)
    assert capfd.readouterr().err == f"{model.report_}\n"


def test_a_model_file_keeps_it_and_its_bits(tmp_path):
    model = taut.LinearClassifier("softmax", l2=0.1, verbose=1).fit(X, Y)
    taut.save(model, tmp_path / "model.taut")
    again = taut.load(tmp_path / "model.taut")
    assert again.get_params() == model.get_params()
    np.testing.assert_array_equal(again.coef_, model.coef_)
