"""The user's function behind one flat float64 vector, so that every other module sees numbers only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from taut._typing import AnyArray, FloatArray

DOUBLE = np.dtype(np.float64)
COARSE = 1e-10
"""A unit roundoff above this is float32's or worse."""


@dataclass(frozen=True)
class Block:
    """One named array inside the flat vector: its place, shape and the type that the user keeps it in."""

    name: str
    shape: tuple[int, ...]
    begin: int
    end: int
    dtype: np.dtype[Any]

    @property
    def size(self) -> int:
        """Number of coordinates."""
        return self.end - self.begin

    @property
    def part(self) -> slice:
        """Where the block lies in the flat vector."""
        return slice(self.begin, self.end)

    def place(self, i: int) -> tuple[int, ...]:
        """The index, inside the block's array, of the flat coordinate i."""
        return tuple(int(each) for each in np.unravel_index(i - self.begin, self.shape)) if self.shape else ()


@dataclass(frozen=True)
class Layout:
    """How the user's point is laid out in the flat vector."""

    blocks: tuple[Block, ...]
    named: bool

    @classmethod
    def of(cls, point: Any) -> "Layout":
        """The layout of an array, or of a mapping of names to arrays.

        Raises
        ------
        TypeError
            A point that is not of real numbers.
        ValueError
            A point without a coordinate, or with one that is not finite.
        """
        named = isinstance(point, Mapping)
        arrays = {str(name): np.asarray(each) for name, each in (point.items() if named else [("W", point)])}
        blocks, begin = [], 0
        for name, array in arrays.items():
            if array.dtype.kind not in "fiu":
                raise TypeError(f"the point must hold real numbers; {name} has dtype {array.dtype}")
            if not np.isfinite(array).all():
                raise ValueError(f"the point must be finite; {name} is not")
            blocks.append(Block(name, array.shape, begin, begin + array.size, array.dtype))
            begin += array.size
        if not begin:
            raise ValueError("the point has no coordinate to check")
        return cls(tuple(blocks), named)

    @property
    def size(self) -> int:
        """Number of coordinates."""
        return self.blocks[-1].end

    def block_of(self, i: int) -> Block:
        """The block that holds the flat coordinate i."""
        return next(block for block in self.blocks if block.begin <= i < block.end)

    def arrays(self, point: Any) -> list[Any]:
        """The user's arrays in the layout's order; KeyError where a name is missing."""
        return [point[block.name] for block in self.blocks] if self.named else [point]

    def pack(self, point: Any) -> FloatArray:
        """One float64 vector; always a copy."""
        return np.concatenate([np.asarray(each, dtype=DOUBLE).ravel() for each in self.arrays(point)])

    def unpack(self, flat: AnyArray, dtypes: Mapping[str, np.dtype[Any]]) -> Any:
        """Fresh arrays of the user's shapes, in the types that are asked for."""
        made = {
            block.name: flat[block.part].reshape(block.shape).astype(dtypes[block.name], copy=True)
            for block in self.blocks
        }
        return made if self.named else made[self.blocks[0].name]


class Function:
    """The user's ``point -> (value, gradient)`` as a function of the flat vector, with its calls counted.

    Parameters
    ----------
    fn : callable
    layout : Layout
    double : bool
        Whether points are handed over in float64 whatever type the user keeps them in.
    """

    def __init__(self, fn: Callable[[Any], Any], layout: Layout, *, double: bool) -> None:
        self.fn = fn
        self.layout = layout
        self.dtypes = {
            block.name: DOUBLE if double or block.dtype.kind != "f" else block.dtype for block in layout.blocks
        }
        self.exact = all(dtype == DOUBLE for dtype in self.dtypes.values())
        self.evaluations = 0

    def realise(self, flat: FloatArray) -> FloatArray:
        """The point that the function will really see: the flat vector rounded to the types that it gets."""
        return flat if self.exact else self.layout.pack(self.layout.unpack(flat, self.dtypes))

    def call(self, flat: AnyArray) -> Any:
        """What the user's function returns, on arrays of its own."""
        self.evaluations += 1
        return self.fn(self.layout.unpack(flat, self.dtypes))

    def value(self, flat: FloatArray) -> float:
        """The value alone; NaN and infinities are the caller's business, and so silent."""
        with np.errstate(all="ignore"):
            return float(self.call(flat)[0])

    def both(self, flat: FloatArray) -> tuple[float, FloatArray]:
        """The value and the flat gradient."""
        with np.errstate(all="ignore"):
            value, gradient = self.call(flat)
        return float(value), self.layout.pack(gradient)

    def complex_value(self, flat: AnyArray) -> complex:
        """The value at a complex point; whatever the user's function raises passes through."""
        self.evaluations += 1
        types = {block.name: np.dtype(np.complex128) for block in self.layout.blocks}
        with np.errstate(all="ignore"):
            return complex(self.fn(self.layout.unpack(flat, types))[0])


def roundoff(*things: Any) -> float:
    """The largest unit roundoff among the floating types of some values and arrays; 2⁻⁵² where there is none."""
    found = [DOUBLE]
    for thing in things:
        dtype = getattr(thing, "dtype", None)
        if isinstance(dtype, np.dtype) and dtype.kind == "f":
            found.append(dtype)
    return max(float(np.finfo(dtype).eps) for dtype in found)
