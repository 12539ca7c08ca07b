"""The grid of pictures."""

import numpy as np
import pytest

from taut.cs231n import visualize_grid


@pytest.mark.parametrize(("n", "side"), [(1, 1), (2, 2), (4, 2), (5, 3), (9, 3), (10, 4)])
def test_every_picture_has_its_place(n, side):
    rng = np.random.default_rng(0)
    pictures = rng.standard_normal((n, 3, 5, 2))
    grid = visualize_grid(pictures, ubound=10.0, padding=2)
    assert grid.shape == (3 * side + 2 * (side - 1), 5 * side + 2 * (side - 1), 2)
    used = np.zeros(grid.shape, dtype=bool)
    for i, picture in enumerate(pictures):
        part = np.s_[5 * (i // side) : 5 * (i // side) + 3, 7 * (i % side) : 7 * (i % side) + 5]
        scaled = 10.0 * (picture - picture.min()) / (picture.max() - picture.min())
        np.testing.assert_allclose(grid[part], scaled, rtol=1e-12, atol=1e-12)
        used[part] = True
    assert not grid[~used].any()
    assert grid.max() == pytest.approx(10.0)


def test_a_picture_of_one_value_and_no_picture():
    np.testing.assert_array_equal(visualize_grid(np.full((1, 2, 2, 3), 7.0)), np.zeros((2, 2, 3)))
    with pytest.raises(ValueError, match="not empty"):
        visualize_grid(np.zeros((0, 2, 2, 3)))
    with pytest.raises(ValueError, match=r"got shape \(2, 2, 3\)"):
        visualize_grid(np.zeros((2, 2, 3)))
