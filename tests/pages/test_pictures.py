import io

import numpy as np
import pytest
from PIL import Image

from taut.pages import draw_features, draw_templates
from taut.pages._canvas import Page
from taut.pages._colour import COLD, HOT, ZERO, as_rgb, diverging, symmetric_scale

MARGIN = 40
WHITE = (255, 255, 255)


def decode(png):
    assert png.startswith(b"\x89PNG")
    image = np.asarray(Image.open(io.BytesIO(png)))
    assert image.shape[2] == 3
    assert image.shape[1] <= 1400
    frame = np.concatenate([image[:20].reshape(-1, 3), image[:, :20].reshape(-1, 3), image[-20:].reshape(-1, 3)])
    assert (frame == 255).all(), "the margins stay white"
    return image


def templates(weights, shape, **changes):
    k = len(weights)
    facts = {"title": "T", "classes": [str(i) for i in range(k)], "weights": weights, "image_shape": shape}
    return decode(draw_templates({**facts, "caption": "C", **changes}))


def features(weights, **changes):
    k, d = weights.shape
    facts = {
        "title": "T",
        "classes": list(range(k)),
        "features": [f"f{j}" for j in range(d)],
        "weights": weights,
    }
    return decode(draw_features({**facts, "scales": None, "top": 10, "caption": "C", **changes}))


def tile(image, i, *, columns, size, cell=None):
    """Cut tile i out, found from its grid alone: gap 18, a name of 26 above, a title of 24 px on top."""
    row, column = divmod(i, columns)
    cell = cell or size
    top = 81 + 26 + row * (size + 26 + 18)
    left = MARGIN + column * (cell + 18) + (cell - size) // 2
    return image[top : top + size, left : left + size]


def colours(image):
    return {tuple(int(c) for c in pixel) for pixel in np.unique(image.reshape(-1, 3), axis=0)}


def test_tiles_lie_on_their_grid_and_pixels_stay_square():
    weights = np.zeros((10, 64))
    weights[:, 0], weights[:, 63] = 1.0, -1.0
    image = templates(weights, (8, 8))
    assert image.shape[1] == 2 * MARGIN + 5 * 152 + 4 * 18
    for i in range(10):
        square = tile(image, i, columns=5, size=152)
        blocks = square.reshape(8, 19, 8, 19, 3).swapaxes(1, 2)
        assert (blocks == blocks[:, :, :1, :1]).all()
        assert tuple(blocks[0, 0, 0, 0]) == (127, 34, 13)
        assert tuple(blocks[7, 7, 0, 0]) == (27, 68, 137)
        assert colours(blocks[1:7]) == {ZERO}


def test_all_classes_share_one_scale():
    weights = np.zeros((2, 16))
    weights[0, 5], weights[1, 10], weights[1, 0] = 0.5, 0.5, 1.0
    image = templates(weights, (4, 4))
    first, second = (tile(image, i, columns=2, size=152).reshape(4, 38, 4, 38, 3) for i in (0, 1))
    assert tuple(first[1, 5, 1, 5]) == tuple(second[2, 5, 2, 5]) != tuple(second[0, 5, 0, 5])


def test_an_outlier_is_clipped_and_the_scale_says_how():
    weights = np.full(1000, 0.5)
    weights[0] = 1e6
    scale = symmetric_scale(weights)
    assert str(scale) == "±0.5 (99.5th percentile of |weight|)"
    assert (diverging(weights[:1], scale.limit) == diverging(weights[1:2], scale.limit)).all()


@pytest.mark.parametrize(
    ("weights", "limit"),
    [
        (np.zeros(5), 1.0),
        (np.eye(1, 1000, 3), 1.0),
        (np.array([np.nan, np.inf, 2.0]), 2.0),
        (np.array([]), 1.0),
    ],
)
def test_the_scale_is_always_positive(weights, limit):
    assert symmetric_scale(weights).limit == pytest.approx(limit)


def test_the_map_is_symmetric_in_lightness_and_monotone():
    shares = np.linspace(0.0, 1.0, 201)
    light = np.array([0.299, 0.587, 0.114])
    hot, cold = diverging(shares, 1.0) @ light, diverging(-shares, 1.0) @ light
    assert (np.diff(hot) <= 1e-9).all()
    assert (np.diff(cold) <= 1e-9).all()
    assert np.abs(hot - cold).max() < 25


def test_weights_of_zero_are_neutral_everywhere():
    image = templates(np.zeros((3, 784)), (28, 28))
    for i in range(3):
        assert colours(tile(image, i, columns=3, size=140)) == {ZERO}


def test_colour_templates_are_rgb_around_mid_grey():
    weights = np.zeros((2, 3, 32, 32))
    weights[0, 0, :16], weights[1, 2, :16] = 1.0, -1.0
    image = templates(weights.reshape(2, -1), (3, 32, 32))
    assert colours(tile(image, 0, columns=2, size=160)) == {(255, 128, 128), (128, 128, 128)}
    assert colours(tile(image, 1, columns=2, size=160)) == {(128, 128, 0), (128, 128, 128)}
    assert (as_rgb(np.full((3, 1, 1), np.nan), 1.0) == 128).all()


def test_at_most_a_hundred_tiles_in_ten_columns():
    weights = np.tile(np.linspace(-1, 1, 16), (130, 1))
    image = templates(weights, (4, 4))
    assert image.shape[1] == 2 * MARGIN + 10 * 112 + 9 * 18
    assert (tile(image, 99, columns=10, size=112) == tile(image, 0, columns=10, size=112)).all()
    assert image.shape[0] < 81 + 12 * (112 + 26 + 18)


@pytest.mark.parametrize("shape", [(1, 1), (1, 64), (64, 1), (300, 200), (3, 90, 50), (5, 161)])
@pytest.mark.parametrize("k", [1, 2, 3, 26])
def test_any_shape_can_be_drawn(shape, k):
    templates(np.random.default_rng(0).normal(size=(k, int(np.prod(shape)))), shape)


HOSTILE = [
    "",
    "\x1b[2J",
    "日本語の分類",
    "\ud800",
    "a\nb\0",
    "naïve" * 40,
    "[red]x[/red]",
    "עברית",
    "😀",
    None,
    3,
]


def test_hidden_units_are_not_called_classes(monkeypatch):
    said, blank = [], Page.blank
    monkeypatch.setattr(Page, "blank", lambda title, notes, room: said.append(notes) or blank(title, notes, room))
    weights = np.ones((101, 4))
    templates(weights, (2, 2), noun="hidden units")
    features(weights, noun="hidden units")
    assert len(said) == 2
    for cut, scale, _ in said:
        assert cut.endswith("of 101 hidden units.")
        assert "one scale for all hidden units" in scale.lower()


def test_any_name_can_be_drawn():
    rng = np.random.default_rng(0)
    k = len(HOSTILE)
    plain = templates(rng.normal(size=(k, 64)), (8, 8))
    odd = templates(rng.normal(size=(k, 64)), (8, 8), classes=HOSTILE, title="é\n" * 9, caption="日" * 500)
    assert odd.shape[1] == plain.shape[1]
    features(rng.normal(size=(k, k)), classes=HOSTILE, features=HOSTILE, title="", caption="")


def test_names_do_not_leave_their_tile():
    image = templates(np.zeros((2, 64)), (8, 8), classes=["W" * 99, "i" * 999])
    assert (image[81:106, MARGIN + 152 : MARGIN + 152 + 17] == 255).all()
    assert (image[81:106, MARGIN : MARGIN + 152] != 255).any()


def bars(image, colour):
    """Find the (row, first, last column) of each run of a colour, one line of pixels a bar."""
    hits = (image == colour).all(axis=-1)
    rows = np.flatnonzero(hits.any(axis=1))
    return [(y, *np.flatnonzero(hits[y])[[0, -1]]) for y in rows if y - 1 not in rows]


def test_bars_point_the_right_way_on_one_scale():
    image = features(np.array([[2.0, -1.0, 0.0, 0.5]]))
    (top, zero, far), (_, _, near) = bars(image, HOT)
    ((bottom, left, right),) = bars(image, COLD)
    assert top < bottom
    assert right - left == pytest.approx((far - zero) / 2, abs=1.5)
    assert near - zero == pytest.approx((far - zero) / 4, abs=1.5)
    assert right == pytest.approx(zero, abs=2)


def test_column_scales_change_the_order():
    image = features(np.array([[1.0, -1.0]]), scales=np.array([1.0, 10.0]))
    ((_, left, right),), ((_, cold, end),) = bars(image, HOT), bars(image, COLD)
    assert (end - cold) > 5 * (right - left)


@pytest.mark.parametrize("top", [1, 3, 10])
def test_only_the_top_features_are_drawn(top):
    image = features(np.arange(-50.0, 50.0)[np.newaxis], top=top)
    assert len(bars(image, HOT)) == len(bars(image, COLD)) == top


def test_at_most_thirty_panels():
    many, thirty = features(np.ones((40, 2))), features(np.ones((30, 2)))
    assert len(bars(many, HOT)) == len(bars(thirty, HOT)) == 20
    assert many.shape[0] > thirty.shape[0], "it says so in a line"


@pytest.mark.parametrize("weights", [np.zeros((2, 3)), np.zeros((2, 50)), np.full((2, 3), np.nan), np.zeros((0, 3))])
def test_nothing_to_show_is_shown(weights):
    image = features(weights)
    assert not bars(image, HOT)
    assert not bars(image, COLD)
