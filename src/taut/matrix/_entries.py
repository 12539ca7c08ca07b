"""Rows as numbers and their columns, for methods that visit single rows in any order."""

from typing import NamedTuple

from taut._typing import AnyArray


class Entries(NamedTuple):
    """Row i holds ``data[starts[i]:starts[i + 1]]`` in the columns at the same places of ``indices``.

    Where ``shared``, every row has the columns ``indices`` (d,): X is dense.
    """

    data: AnyArray
    indices: AnyArray
    starts: AnyArray
    shared: bool
