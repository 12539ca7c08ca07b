"""``taut fit --l2 auto``: the choice of `choose_l2`, all rows fitted with it, a picture."""

import json

import numpy as np
import pytest

import taut
from taut.data import split

OPTIONS = ("--target", "kind", "--loss", "softmax", "--l2", "auto")


def test_folds_choose_and_all_rows_are_fitted(run, insects, tmp_path):
    place = tmp_path / "p.png"
    found = run("fit", insects, *OPTIONS, "--folds", "3", "--json", "--path-picture", place, "--model", tmp_path / "m")
    assert found.code == 0, found.err
    report = json.loads(found.out)
    data = taut.read(insects, target="kind")
    choice = taut.choose_l2(data.X, data.y, folds=3, loss="softmax")
    assert report["l2"] == choice.l2
    assert report["n"] == 60
    assert [line["validation_accuracy"] for line in report["tried"]] == choice.means.tolist()
    assert str(choice) in found.err
    assert place.read_bytes().startswith(b"\x89PNG")
    np.testing.assert_array_equal(
        taut.load(tmp_path / "m").coef_,
        taut.LinearClassifier("softmax", l2=choice.l2, random_state=0).fit(data.X, data.y).coef_,
    )


def test_a_validation_split_is_that_of_tune(run, insects):
    found = run("fit", insects, *OPTIONS, "--validation", "0.3", "--seed", "5", "--divide", "2", "--center", "--json")
    line = json.loads(found.out)["tried"][-1]
    train, validation = split(taut.read(insects, target="kind"), test_size=0.3, random_state=5)
    both = taut.read(insects, target="kind").X.mean(axis=0)
    model = taut.LinearClassifier("softmax", l2=line["l2"]).fit((train.X - both) / 2, train.y)
    assert line["validation_accuracy"] == model.score((validation.X - both) / 2, validation.y)
    assert "18 rows held out" in found.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--l2", "auto", "--tune", "l2=1"), "--l2 auto and --tune"),
        (("--l2", "auto", "--hidden", "3"), "--l2 auto chooses for a linear classifier"),
        (("--folds", "3"), "--folds goes with --l2 auto"),
        (("--l2", "auto", "--folds", "3", "--validation", "0.2"), "without --validation"),
        (("--l2", "auto", "--folds", "500"), "folds must be from 2 to"),
        (("--path-picture", "p.png"), "--path-picture draws what --l2 auto"),
        (("--l2", "auto", "--path-picture", "p.jpg"), "--path-picture p.jpg: pictures are PNG"),
    ],
)
def test_options_that_do_not_go_together(refused, insects, options, words):
    assert words in refused(2, "fit", insects, "--target", "kind", *options)
