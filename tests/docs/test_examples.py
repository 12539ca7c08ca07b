"""Every example of the gallery runs."""

import runpy
import warnings

import matplotlib as mpl
import pytest

from docs.pages import ROOT

EXAMPLES = sorted((ROOT / "examples").glob("plot_*.py"))


@pytest.fixture(autouse=True)
def canvas(tmp_path, monkeypatch):
    """No window, and a folder of its own."""
    monkeypatch.chdir(tmp_path)
    before = mpl.get_backend()
    mpl.use("Agg")
    yield
    mpl.pyplot.close("all")
    mpl.use(before)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_and_draws(path, capsys):
    with warnings.catch_warnings():  # an example may silence what it explains
        warnings.filterwarnings("ignore", "FigureCanvasAgg is non-interactive")
        runpy.run_path(str(path))
    assert capsys.readouterr().out
    assert mpl.pyplot.get_fignums()


def test_the_gallery_has_its_subjects():
    assert {path.stem for path in EXAMPLES} >= {
        "plot_templates",
        "plot_top_words",
        "plot_gradcheck",
        "plot_ice_cream",
        "plot_blend",
        "plot_multilabel",
    }
