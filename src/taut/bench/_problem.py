"""X, y and W of one evaluation, in the form that every contender takes them from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from taut import as_matrix
from taut._typing import AnyArray, FloatArray, IntArray
from taut.matrix import Matrix

SPARSE_PARTS = ("data", "indices", "indptr")
ROWS_FOR_SCALE = 1000


@dataclass(frozen=True, eq=False)
class Problem:
    """A linear classification problem with weights at which to evaluate it.

    Parameters
    ----------
    name : str
        What the rows of the table call it.
    X : ndarray or csr_array of shape (n, d)
        float32, float64 or uint8; sparse in canonical form.
    y : ndarray of shape (n,)
        Class codes 0..k-1, int64.
    W : ndarray of shape (d, k)
        In the type that is computed with.
    scale : float or None
        uint8 entries are read as (x − shift) · scale.
    shift : ndarray of shape (d,) or None
    """

    name: str
    X: Any
    y: IntArray
    W: FloatArray
    scale: float | None = None
    shift: FloatArray | None = None

    @property
    def n(self) -> int:
        """Rows."""
        return int(self.X.shape[0])

    @property
    def d(self) -> int:
        """Columns."""
        return int(self.X.shape[1])

    @property
    def k(self) -> int:
        """Classes."""
        return int(self.W.shape[1])

    @property
    def dtype(self) -> str:
        """Name of the type of X."""
        return str(self.X.dtype)

    @property
    def is_bytes(self) -> bool:
        """Whether X holds pixels, so that the contender to compare with is a float32 copy."""
        return self.X.dtype == np.uint8

    @property
    def is_sparse(self) -> bool:
        """Whether X is CSR."""
        return bool(sparse.issparse(self.X))

    @property
    def entries(self) -> int:
        """Stored entries of X."""
        return int(self.X.nnz) if self.is_sparse else self.n * self.d

    @property
    def stored_bytes(self) -> int:
        """What an evaluation has to read of X."""
        return sum(array.nbytes for array in self._parts().values())

    def matrix(self) -> Matrix:
        """X as taut takes it."""
        return as_matrix(self.X, scale=self.scale, shift=self.shift)

    def as_float32(self) -> "Problem":
        """The same pixels in a float32 copy, shifted and scaled."""
        copy = self.X.astype(np.float32)
        if self.shift is not None:
            copy -= self.shift.astype(np.float32)
        if self.scale is not None:
            copy *= np.float32(self.scale)
        return Problem(self.name, copy, self.y, self.W)

    def _parts(self) -> dict[str, AnyArray]:
        """The arrays of X."""
        if not self.is_sparse:
            return {"X": self.X}
        return {name: np.asarray(getattr(self.X, name)) for name in SPARSE_PARTS}

    def write(self, folder: Path) -> None:
        """Leave the arrays in a folder, for another process."""
        arrays = self._parts() | {"y": self.y, "W": self.W}
        arrays |= {name: np.asarray(value) for name, value in self._reading.items()}
        for name, array in arrays.items():
            np.save(folder / f"{name}.npy", array)

    @property
    def _reading(self) -> dict[str, Any]:
        given = {"scale": self.scale, "shift": self.shift}
        return {name: value for name, value in given.items() if value is not None}

    @classmethod
    def loaded(cls, folder: Path) -> "Problem":
        """What `write` has left."""
        found = {path.stem: np.load(path) for path in folder.glob("*.npy")}
        y, W = found["y"], found["W"]
        X = found.get("X")
        if X is None:
            X = sparse.csr_array(tuple(found[name] for name in SPARSE_PARTS), shape=(len(y), len(W)))
        scale = float(found["scale"]) if "scale" in found else None
        return cls(folder.name, X, y, W, scale, found.get("shift"))


def weighted_problem(name: str, X: Any, y: IntArray, k: int, rng: np.random.Generator) -> Problem:
    """Add to X and y what is missing: a random W, and for bytes how they are read."""
    if X.dtype == np.uint8:
        scale, shift = 1 / 255, X.mean(axis=0)
        return Problem(name, X, y, _weights(as_matrix(X, scale=scale, shift=shift), k, rng), scale, shift)
    return Problem(name, X, y, _weights(as_matrix(X), k, rng))


def _weights(matrix: Matrix, k: int, rng: np.random.Generator) -> FloatArray:
    """W (d, k) that gives scores of about unit variance: times depend on the share of margins that count."""
    n, d = matrix.shape
    some: Any = matrix.block(slice(0, min(n, ROWS_FOR_SCALE)))
    length = float(np.sqrt((some**2).sum(dtype=np.float64) / some.shape[0])) or 1.0
    W: FloatArray = (rng.standard_normal((d, k)) / length).astype(matrix.dtype)
    return W
