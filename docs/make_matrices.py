"""Draws docs/images/matrices-*.svg, the matrices of each loss with numbers: ``python docs/make_matrices.py``.

One small problem for all. Every number in a picture is computed, and compared with taut's own gradient by the tests.
"""

from pathlib import Path

from _matrix_classes import crammer_singer, hinge, softmax, squared, squared_hinge, two_layer
from _matrix_drawing import picture
from _matrix_sets import binary, bp_mll, log_bp_mll, lsep, pairwise_hinge, zlpr

IMAGES = Path(__file__).parent / "images"

PICTURES = {
    "hinge": hinge,
    "squared_hinge": squared_hinge,
    "crammer_singer": crammer_singer,
    "softmax": softmax,
    "squared": squared,
    "two_layer": two_layer,
    "bp_mll": bp_mll,
    "log_bp_mll": log_bp_mll,
    "lsep": lsep,
    "zlpr": zlpr,
    "binary": binary,
    "pairwise_hinge": pairwise_hinge,
}


def svg(name: str) -> str:
    """The picture of a loss."""
    title, steps, _ = PICTURES[name]()
    return picture(title, steps)


if __name__ == "__main__":
    for name in PICTURES:
        (IMAGES / f"matrices-{name}.svg").write_text(svg(name), "utf-8")
