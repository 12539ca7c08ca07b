"""One step of a gradient's computation, and what its loop form says about it."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from taut._typing import FloatArray
from taut.explain._axis import Axis

Loop = Callable[..., float]
"""``loop(i, j)``: one entry, by plain Python over plain numbers."""


@dataclass(frozen=True, eq=False)
class Step:
    """One matrix, vector or number on the way.

    Attributes
    ----------
    name : str
        Its letter, "S".
    title : str
    formula : str
        How it is computed, as NumPy would write it.
    loop : str
        The same for one entry.
    why : str
    array : ndarray
    axes : tuple of Axis
        What the array's directions are.
    difference : float
        The largest distance of a compared entry from the loop form.
    compared : int
        How many entries were compared: those that are shown.
    """

    name: str
    title: str
    formula: str
    loop: str
    why: str
    array: FloatArray
    axes: tuple[Axis, ...]
    difference: float
    compared: int


def given(name: str, title: str, why: str, array: FloatArray, axes: tuple[Axis, ...]) -> Step:
    """What came from outside: nothing was computed, so nothing is compared."""
    return Step(name, title, "", "", why, array, axes, 0.0, 0)


def checked(
    name: str,
    title: str,
    array: Any,
    axes: tuple[Axis, ...],
    entry: Loop,
    *,
    formula: str,
    loop: str,
    why: str,
    terms: int = 1,
    size: float | None = None,
) -> Step:
    """A step whose shown entries equal the loop form, up to the rounding of a sum of ``terms`` as large as ``size``.

    Raises
    ------
    ArithmeticError
        They do not.
    """
    values: FloatArray = np.asarray(array, dtype=np.float64)
    places = list(product(*(axis.page for axis in axes)))
    differences = [abs(float(values[place]) - float(entry(*place))) for place in places]
    worst = max(differences, default=0.0)
    scale = float(np.abs(values).max(initial=0.0)) if size is None else size
    bound = 8.0 * (terms + 2) * np.finfo(np.float64).eps * scale
    if not worst <= bound:
        place = places[int(np.argmax(differences))]
        raise ArithmeticError(
            f"{title}: entry {place} is {values[place]!r} but its loop form gives {entry(*place)!r}; "
            "this is a mistake in taut: please report it"
        )
    return Step(name, title, formula, loop, why, values, axes, worst, len(places))
