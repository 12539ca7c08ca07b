"""taut fit --report stays below 1 MB on data of MNIST's size, and does not grow with the rows."""

import struct

import numpy as np
import pytest

BAR = 1_000_000


def write_images(folder, n):
    """IDX files as MNIST's: n pictures of 28 × 28 grey bytes, a fifth of them ink, ten classes, some labels wrong."""
    rng = np.random.default_rng(0)
    pattern = rng.random((10, 784)) ** 4
    labels = rng.integers(0, 10, n)
    ink = rng.random((n, 784), dtype=np.float32)
    pixels = (255 * np.where(ink < 0.19 + 0.5 * pattern[labels], ink, 0)).astype(np.uint8)
    labels = np.where(rng.random(n) < 0.1, rng.integers(0, 10, n), labels)
    folder.mkdir()
    (folder / "train-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 2051, n, 28, 28) + pixels.tobytes())
    (folder / "train-labels-idx1-ubyte").write_bytes(struct.pack(">II", 2049, n) + labels.astype(np.uint8).tobytes())


@pytest.fixture
def size_of_page(run, tmp_path):
    def of(rows, *options):
        data, out = tmp_path / f"images-{rows}", tmp_path / "report.html"
        if not data.exists():
            write_images(data, rows)
        found = run("fit", data, "--loss", "softmax", "--divide", "255", "--l2", "1e-3", *options, "--report", out)
        assert found.code == 0, found.err
        page = out.read_text("utf-8")
        assert f"{rows:,}" in page
        assert page.count('<img class="pixels"') >= 10 + 12, "templates, and the examples with the largest loss"
        return out.stat().st_size

    return of


def test_a_page_for_60_000_images_is_below_1_mb(size_of_page):
    large = size_of_page(60_000, "--max-iter", "4")
    assert large < BAR
    assert large < 1.1 * size_of_page(3_000, "--max-iter", "4")


def test_a_page_for_thousands_of_passes_is_below_1_mb(size_of_page):
    way = ("--solver", "gradient_descent", "--tol", "1e-12")
    few, many = (size_of_page(300, *way, "--max-iter", str(passes)) for passes in (100, 4000))
    assert many < BAR
    assert many < 2 * few
