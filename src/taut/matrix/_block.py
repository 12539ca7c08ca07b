"""Some rows of X."""

from typing import Any, Protocol

from taut._typing import AnyArray


class Block(Protocol):
    """Some rows of X in the type that is computed with: a NumPy array or a SciPy CSR array."""

    shape: tuple[int, ...]

    @property
    def T(self) -> Any:
        """The transposed rows."""

    def __matmul__(self, other: AnyArray) -> Any:
        """Product with a dense array."""
