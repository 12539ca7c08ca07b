"""The value that every reader returns."""

from dataclasses import dataclass
from typing import Any

from taut._typing import AnyArray, FloatArray
from taut.data._error import DataError


@dataclass(frozen=True, eq=False)
class Dataset:
    """Examples with their labels, as one file held them.

    Attributes
    ----------
    X : ndarray or csr_array of shape (n, d)
        float64, float32 or uint8, C-contiguous; a `scipy.sparse.csr_array` of float64 for sparse files.
    y : ndarray of shape (n,), or None
        int64 if every label is an integer, else a NumPy unicode array; float64 for ``target_kind="numbers"``.
    feature_names : tuple of str, or None
        Names of the columns of `X`, where the file has names.
    target_name : str or None
        Name of the target, where the file has names.
    sample_weight : ndarray of shape (n,), or None
        float64, finite, not negative.
    name : str
        Base name of the file or folder, ``"<stdin>"``, or the name of the bundled sample.
    image_shape : tuple of int, or None
        ``(h, w)`` or ``(3, h, w)`` if the columns of `X` are pixels in that order.
    sha256 : str
        Hex digest of all bytes read, as stored and in the order read; for a bundled sample, of `X` and `y`.
    label_names : tuple of str, or None
        Where rows have sets of labels: their names, one for each column of `y`, which is then an indicator (n, K).
    """

    X: Any
    y: AnyArray | None
    feature_names: tuple[str, ...] | None
    target_name: str | None
    sample_weight: FloatArray | None
    name: str
    image_shape: tuple[int, ...] | None
    sha256: str
    label_names: tuple[str, ...] | None = None

    @property
    def labels(self) -> AnyArray:
        """`y`, for those who asked for one."""
        if self.y is None:
            raise DataError(f"{self.name}: no target column; name it with --target")
        return self.y
