"""The only room that knows how X is stored."""

from taut.matrix._as_matrix import as_matrix
from taut.matrix._base import Block, Matrix
from taut.matrix._csr import CSR
from taut.matrix._dense import Dense

__all__ = ["CSR", "Block", "Dense", "Matrix", "as_matrix"]
