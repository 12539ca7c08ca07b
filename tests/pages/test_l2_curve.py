"""Accuracy against l2 as a picture."""

import io
import math

import numpy as np
import pytest
from PIL import Image

from taut.pages import draw_l2_curve
from taut.pages._colour import COLD, HOT


def drawn(**changes):
    facts = {
        "title": "T",
        "caption": "C",
        "score": "accuracy",
        "l2s": [1e-1, 1e-2, 1e-3],
        "means": [0.8, 0.9, 0.91],
        "errors": [0.01, 0.02, 0.02],
        "chosen": 1e-2,
        "best": 1e-3,
    }
    png = draw_l2_curve({**facts, **changes})
    return np.asarray(Image.open(io.BytesIO(png))).astype(int)


def column(image, colour):
    """Where a vertical line of a colour stands: the column in which a row below the words comes nearest to it."""
    return int(np.argmin(np.abs(image[200:400] - colour).sum(axis=2).mean(axis=0)))


def test_the_marked_values_stand_where_their_logarithms_do():
    image = drawn()
    chosen, best = column(image, HOT), column(image, COLD)
    assert best < chosen
    other = drawn(chosen=1e-1)
    assert column(other, HOT) - best == pytest.approx(2 * (chosen - best), abs=2)
    assert (image[:20] == 255).all()


@pytest.mark.parametrize(
    "changes",
    [
        {"l2s": [1e-1], "means": [0.5], "errors": [0.0], "chosen": 1e-1, "best": 1e-1},
        {"l2s": [1e-1, 0.0], "means": [0.5, 0.6], "errors": [0.0, 0.0], "chosen": 1e-1, "best": 0.0},
        {"means": [0.9, math.nan, math.nan], "errors": [math.nan] * 3, "chosen": 1e-1, "best": 1e-1},
        {"means": [1.0] * 3, "errors": [0.0] * 3},
        {"title": "a long name " * 30, "caption": "words " * 100},
    ],
)
def test_odd_curves_are_drawn(changes):
    assert drawn(**changes).shape[2] == 3
