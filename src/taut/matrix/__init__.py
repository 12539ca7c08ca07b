"""The only room that knows how X is stored."""

from taut.matrix._aligned import aligned
from taut.matrix._as_matrix import as_matrix, per_column
from taut.matrix._base import Kernel, Matrix, largest
from taut.matrix._block import Block
from taut.matrix._csr import CSR
from taut.matrix._dense import Dense
from taut.matrix._entries import Entries
from taut.matrix._parallel import available_threads, in_order, one_blas_thread, summed
from taut.matrix._product import add_multiple, dot, product, transposed

__all__ = [
    "CSR", "Block", "Dense", "Entries", "Kernel", "Matrix", "add_multiple", "aligned", "as_matrix", "available_threads",
    "dot", "in_order", "largest", "one_blas_thread", "per_column", "product", "summed", "transposed",
]  # fmt: skip
