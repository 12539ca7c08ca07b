"""The verdict: one sentence for every way that a fit can end, with the numbers that decided it."""

import dataclasses
import json
import math

import pytest

from strategies import clusters
from taut import LinearClassifier, Report


def line(passes, gap, value=1.0, step=0.5):
    return {
        "passes": passes,
        "seconds": passes / 10,
        "value": value,
        "gradient_norm": 0.1,
        "gap": gap,
        "step": step,
    }


def report(**changes):
    facts = {
        "status": "converged",
        "loss": "hinge",
        "margin": 1.0,
        "l2": 1e-4,
        "solver": "quasi_newton",
        "tol": 1e-3,
        "max_iter": 5000,
        "fit_intercept": True,
        "primal": 0.123456789,
        "dual": 0.1234,
        "gap": 4.6e-4,
        "why": "",
        "start": 2.0,
        "n": 150,
        "d": 4,
        "k": 3,
        "weight_sum": 150.0,
        "dtype": "float64",
        "passes": 1234.4,
        "seconds": 0.1234,
    }
    return Report(**{**facts, **changes})


SENTENCES = {
    "converged": (
        {},
        "Certified: the objective 0.1234568 is within 0.046 % of the lowest possible value "
        "(gap 4.6e-04 <= tol 0.001; lower bound 0.1234), after 1,234 passes over the data in 0.12 s.",
    ),
    "one pass, long": (
        {"passes": 1.0, "seconds": 1234.5, "gap": 0.0},
        "Certified: the objective 0.1234568 is within 0 % of the lowest possible value "
        "(gap 0.0e+00 <= tol 0.001; lower bound 0.1234), after 1 pass over the data in 1,234 s.",
    ),
    "max_iter": (
        {"status": "max_iter", "gap": 0.25, "max_iter": 20},
        "Not certified: max_iter = 20 passes ended the fit; the objective 0.1234568 is proved only to within 25 % "
        "(gap 0.25 > tol 0.001; lower bound 0.1234), after 1,234 passes over the data in 0.12 s. "
        "Allow more with max_iter.",
    ),
    "max_iter, with a rate": (
        {
            "status": "max_iter",
            "gap": 0.01,
            "max_iter": 20,
            "passes": 20.0,
            "history": (line(1, 1.0), line(10, 0.1), line(20, 0.01)),
        },
        "Not certified: max_iter = 20 passes ended the fit; the objective 0.1234568 is proved only to within 1 % "
        "(gap 0.01 > tol 0.001; lower bound 0.1234), after 20 passes over the data in 0.12 s. "
        "About 10 more would do at this rate.",
    ),
    "max_iter, nothing proved": (
        {"status": "max_iter", "gap": 1.0, "dual": 0.0, "max_iter": 2},
        "Not certified: max_iter = 2 passes ended the fit; the objective is 0.1234568 and nothing better than the "
        "lower bound 0 is proved, after 1,234 passes over the data in 0.12 s. Allow more with max_iter.",
    ),
    "sgd": (
        {"status": "max_iter", "gap": 0.25, "max_iter": 100, "solver": "sgd"},
        "Not certified: max_iter = 100 passes ended the fit; the objective 0.1234568 is proved only to within 25 % "
        "(gap 0.25 > tol 0.001; lower bound 0.1234), after 1,234 passes over the data in 0.12 s. "
        "SGD does not end in a proof; solver='auto' does.",
    ),
    "diverged": (
        {
            "status": "diverged",
            "gap": 1.0,
            "dual": 0.0,
            "solver": "gradient_descent",
            "history": (line(1, 1.0, 2.0, 0.0), line(2, math.nan, 5e7, 1e4)),
        },
        "Not certified: the fit diverged with step 1e+04 (the objective rose to 5e+07 and beyond); "
        "the objective is 0.1234568 and nothing better than the lower bound 0 is proved, "
        "after 1,234 passes over the data in 0.12 s. "
        "Lower learning_rate, or leave it out to have a safe one chosen.",
    ),
    "interrupted": (
        {"status": "interrupted", "gap": 0.25},
        "Not certified: interrupted; the best weights so far are kept; the objective 0.1234568 is proved only to "
        "within 25 % (gap 0.25 > tol 0.001; lower bound 0.1234), after 1,234 passes over the data in 0.12 s.",
    ),
    "stalled": (
        {"status": "stalled", "gap": 0.25},
        "Not certified: no further step lowers the objective in float64; the objective 0.1234568 is proved only to "
        "within 25 % (gap 0.25 > tol 0.001; lower bound 0.1234), after 1,234 passes over the data in 0.12 s.",
    ),
    "stalled in float32": (
        {"status": "stalled", "gap": 0.25, "dtype": "float32"},
        "Not certified: no further step lowers the objective in float32; the objective 0.1234568 is proved only to "
        "within 25 % (gap 0.25 > tol 0.001; lower bound 0.1234), after 1,234 passes over the data in 0.12 s. "
        "Fit in float64 for a smaller gap.",
    ),
    "partial": (
        {"status": "partial", "gap": math.inf, "dual": -math.inf, "why": "no bound is known", "solver": "sgd"},
        "Not certified: partial_fit saw its rows once; no bound is known, after 1,234 passes over the data in "
        "0.12 s. SGD does not end in a proof; solver='auto' does.",
    ),
    "separable": (
        {
            "status": "stalled",
            "gap": math.inf,
            "dual": -math.inf,
            "why": "l2 = 0 has no bound",
            "l2": 0.0,
            "findings": ({"kind": "separable", "sentence": "Separable: so and so. Set l2 > 0.", "numbers": {}},),
        },
        "Not certified: no further step lowers the objective in float64; l2 = 0 has no bound, after 1,234 passes over "
        "the data in 0.12 s. Separable: so and so. Set l2 > 0.",
    ),
    "columns of other sizes, and a rate": (
        {
            "status": "max_iter",
            "gap": 0.01,
            "max_iter": 20,
            "passes": 20.0,
            "history": (line(1, 1.0), line(10, 0.1), line(20, 0.01)),
            "findings": ({"kind": "scales", "sentence": "Columns differ.", "numbers": {}},),
        },
        "Not certified: max_iter = 20 passes ended the fit; the objective 0.1234568 is proved only to within 1 % "
        "(gap 0.01 > tol 0.001; lower bound 0.1234), after 20 passes over the data in 0.12 s. Columns differ. "
        "About 10 more would do at this rate.",
    ),
    "no penalty": (
        {"status": "max_iter", "gap": math.inf, "dual": -math.inf, "why": "l2 = 0 has no bound", "l2": 0.0},
        "Not certified: max_iter = 5000 passes ended the fit; l2 = 0 has no bound, after 1,234 passes over the "
        "data in 0.12 s. Set l2 > 0.",
    ),
}


@pytest.mark.parametrize("what", SENTENCES)
def test_sentence(what):
    changes, sentence = SENTENCES[what]
    assert str(report(**changes)) == sentence


@pytest.mark.parametrize("what", SENTENCES)
def test_every_sentence_is_one_line_that_says_certified_or_not(what):
    found = report(**SENTENCES[what][0])
    assert str(found).startswith("Certified: " if found.certified else "Not certified: ")
    assert "\n" not in str(found)
    assert "nan" not in str(found)
    assert "inf" not in str(found)


@pytest.mark.parametrize(("gap", "certified"), [(1e-3, True), (1.001e-3, False), (0.0, True), (math.inf, False)])
def test_certified_is_the_gap_against_tol(gap, certified):
    assert report(gap=gap).certified is certified


def test_no_sentence_claims_more_than_the_gap_proves():
    """Whatever the status says, only a gap within tol is a certificate."""
    assert str(report(status="converged", gap=0.5)).startswith("Not certified")


@pytest.mark.parametrize("what", SENTENCES)
def test_to_dict_is_plain(what):
    found = report(**SENTENCES[what][0], versions={"taut": "1"})
    facts = found.to_dict()
    text = json.dumps(facts)
    assert json.dumps(json.loads(text)) == text
    assert facts["verdict"] == str(found)
    assert facts["certified"] is found.certified
    names = {field.name for field in dataclasses.fields(Report)}
    assert set(facts) == names | {"verdict", "certified"}
    assert set(found.to_dict(history=False)) == set(facts) - {"history"}


def test_a_report_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'gap'"):
        report().gap = 0.0


def test_repr_leaves_the_history_out():
    assert "history" not in repr(report(history=(line(1, 1.0),)))


def test_passes_needed_follows_the_rate():
    # the gap falls tenfold in 10 passes; from 0.01 to 1e-5 are three more tenfolds
    history = (line(1, 5.0), line(10, 0.1), line(20, 0.01))
    assert report(tol=1e-5, passes=20.0, history=history).passes_needed() == pytest.approx(30.0)


def test_passes_needed_looks_at_the_second_half_only():
    history = (line(1, 1e6), line(9, 1e5), line(10, 0.1), line(20, 0.01))
    assert report(tol=1e-5, passes=20.0, history=history).passes_needed() == pytest.approx(30.0)


@pytest.mark.parametrize(
    ("history", "tol"),
    [
        ((), 1e-5),
        ((line(20, 0.01),), 1e-5),
        ((line(1, 0.1), line(20, 0.01)), 1e-5),
        ((line(10, 0.01), line(20, 0.01)), 1e-5),
        ((line(10, 0.01), line(20, 0.1)), 1e-5),
        ((line(10, math.nan), line(20, math.nan)), 1e-5),
        ((line(10, math.inf), line(20, 0.1)), 1e-5),
        ((line(10, 0.1), line(20, 0.01)), 0.0),
        ((line(10, 0.1), line(20, 0.01)), 0.05),
    ],
    ids=["empty", "one", "one late", "flat", "rising", "nan", "infinite", "tol 0", "done"],
)
def test_passes_needed_is_not_guessed(history, tol):
    assert report(tol=tol, passes=20.0, history=history).passes_needed() is None


def test_passes_needed_counts_the_last_point_which_is_judged_when_the_steps_are_over():
    history = (line(1, 1.0), line(10, 0.1), line(20, math.nan))
    assert report(tol=1e-5, passes=20.0, gap=0.01, history=history).passes_needed() == pytest.approx(30.0)


def test_the_forecast_of_a_real_fit_is_of_the_right_size():
    X, y = clusters(0, 90, 4, 3)
    full = LinearClassifier("softmax", l2=0.1, tol=1e-8, solver="gradient_descent").fit(X, y).report_
    history = tuple(each for each in full.history if each["passes"] <= full.passes / 2)
    judged = [each for each in history if not math.isnan(each["gap"])]
    cut = dataclasses.replace(full, passes=judged[-1]["passes"], gap=judged[-1]["gap"], history=history)
    needed = cut.passes_needed()
    assert needed is not None
    assert full.passes / 8 < needed < 2 * full.passes


def test_the_facts_of_a_real_fit():
    found = LinearClassifier("softmax", l2=0.5).fit([[0.0, 1.0], [1.0, 0.0], [2.0, 0.0]], [0, 1, 1]).report_
    assert (found.n, found.d, found.k, found.weight_sum) == (3, 2, 2, 3.0)
    assert (found.loss, found.l2, found.margin, found.dtype) == ("softmax", 0.5, 1.0, "float64")
    assert found.start == pytest.approx(-(math.log(1 / 3) / 3 + 2 * math.log(2 / 3) / 3), rel=1e-6)
    assert found.history[-1]["passes"] == found.passes
    assert found.seconds > 0
    assert set(found.versions) == {"taut", "numpy", "scipy", "scikit-learn", "python"}
