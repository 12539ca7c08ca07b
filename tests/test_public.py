"""The public names: there, documented, with examples that run."""

import doctest
import inspect
from importlib import import_module
from importlib.resources import files
from operator import attrgetter

import pytest

import taut

PUBLIC = [name for name in taut.__all__ if name not in ("__version__", "cs231n", "data", "losses")]
ROOMS = [
    "cs231n",
    "cs231n.half",
    "cs231n.full",
    "data",
    "losses",
    "matrix",
    "models",
    "objective",
    "solvers",
    "pages",
    "report",
    "estimators",
    "persist",
    "bench",
]

SIGNATURES = {
    "loss_and_gradient": ("(W, X, y, *, loss='hinge', margin=1.0, l2=0.0, sample_weight=None, bias_row=None, wrt='W')"),
    "LinearClassifier": (
        "(loss='hinge', *, l2=0.0001, margin=1.0, solver='auto', fit_intercept=True, tol=0.001, max_iter=None, "
        "class_weight=None, warm_start=False, learning_rate=None, decay=1.0, batch_size=200, momentum=0.0, "
        "random_state=None, n_threads=None, verbose=False)"
    ),
    "LinearRegressor": (
        "(*, l2=0.0, solver='auto', scaling='precondition', learning_rate=None, decay=1.0, momentum=0.0, "
        "fit_intercept=True, tol=1e-08, max_iter=None, warm_start=False, n_threads=None, verbose=False)"
    ),
    "l2_from": "(*, reg=None, convention=None, C=None, weight_sum=None)",
    "load": "(path)",
}


def plain(callable_):
    """A signature without its annotations."""
    signature = inspect.signature(callable_)
    bare = [each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()]
    return str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))


def test_all_is_sorted_and_every_name_loads():
    assert taut.__all__ == sorted(taut.__all__)
    assert len(set(taut.__all__)) == len(taut.__all__)
    for name in taut.__all__:
        assert getattr(taut, name) is not None


def test_dir():
    assert dir(taut) == sorted(taut.__all__)


def test_an_unknown_name_lists_the_known():
    with pytest.raises(
        AttributeError, match=r"module 'taut' has no attribute 'LinearSVC'; public names: .*GradientReport, L2Choice, "
    ):
        taut.LinearSVC  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'LinearSVC'"):
        exec("from taut import LinearSVC")


def test_star_import():
    space = {}
    exec("from taut import *", space)
    assert set(taut.__all__) <= set(space)


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures_of_the_design(name):
    assert plain(getattr(taut, name)) == SIGNATURES[name]


def test_signatures_that_may_grow():
    assert plain(taut.as_matrix).startswith("(X, *, scale=None, shift=None")
    assert plain(taut.save).startswith("(model, path")
    assert plain(taut.LinearClassifier.fit) == "(self, X, y, sample_weight=None, *, witness=False)"
    assert plain(taut.LinearClassifier.partial_fit) == "(self, X, y, classes=None, sample_weight=None)"


@pytest.mark.parametrize("name", ["fit", "predict", "decision_function", "partial_fit", "unscale", "scores"])
def test_methods_of_the_classifier_are_documented(name):
    assert inspect.getdoc(getattr(taut.LinearClassifier, name))


@pytest.mark.parametrize("name", [*PUBLIC, "losses.Loss"])
def test_public_names_have_an_example_that_runs(name):
    thing = attrgetter(name)(taut)
    module = import_module(thing.__module__)
    found = [each for each in doctest.DocTestFinder(recurse=False).find(thing, name, module=module) if each.examples]
    assert found, f"{name} has no example"
    (test,) = found
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE, verbose=False)
    report = []
    runner.run(test, out=report.append)
    assert runner.failures == 0, "".join(report)


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_thing_of_a_room_has_a_docstring(room):
    module = import_module(f"taut.{room}")
    assert module.__doc__
    for name in getattr(module, "__all__", ["save", "load", "describe", "ModelFileError", "Report"]):
        thing = getattr(module, name, None)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            assert inspect.getdoc(thing), f"{room}.{name}"


@pytest.mark.parametrize(
    "room", ["data", "losses", "matrix", "objective", "solvers", "pages", "estimators", "models", "bench"]
)
def test_rooms_sort_what_they_offer(room):
    module = import_module(f"taut.{room}")
    for name in module.__all__:
        assert hasattr(module, name)
    assert len(set(module.__all__)) == len(module.__all__)


def test_py_typed_ships():
    assert files("taut").joinpath("py.typed").is_file()


def test_version():
    assert taut.__version__ == import_module("taut._version").__version__
    assert taut.__version__[0].isdigit()
