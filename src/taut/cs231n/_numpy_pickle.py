"""Pickled integer arrays, read without making or calling anything that the file names.

Every name that NumPy puts into a pickle stands for a note here: what was asked for is written down, and arrays are made
of the notes afterwards, checked. Any other name is refused where it is met, before anything is done with it.
"""

import io
import math
import pickle
import pickletools
from typing import Any

import numpy as np

from taut._typing import AnyArray


class Refused(pickle.UnpicklingError):
    """The file asks for something other than arrays of integers."""


class _Note:
    """A call that the file asks for, and the state that it would set on the result."""

    __slots__ = ("args", "state")
    args: tuple[Any, ...]
    state: Any

    def __new__(cls, *args: Any) -> "_Note":
        note = super().__new__(cls)
        note.args, note.state = args, None
        return note

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Array(_Note):
    __slots__ = ()


class _Buffer(_Note):
    __slots__ = ()


class _Scalar(_Note):
    __slots__ = ()


class _Type(_Note):
    __slots__ = ()


class _Class(_Note):
    __slots__ = ()


class _Text(_Note):
    __slots__ = ()


_NAMES: dict[tuple[str, str], type[_Note]] = {
    ("numpy", "ndarray"): _Class,
    ("numpy", "dtype"): _Type,
    ("_codecs", "encode"): _Text,  # how Python 3 writes bytes into a pickle for Python 2
}
for _core in ("numpy.core", "numpy._core"):
    _NAMES[f"{_core}.multiarray", "_reconstruct"] = _Array
    _NAMES[f"{_core}.multiarray", "scalar"] = _Scalar
    _NAMES[f"{_core}.numeric", "_frombuffer"] = _Buffer

DEEPEST = 100
"""Tuples within tuples; an array needs three."""

_INTEGERS = frozenset(f"{sign}{size}" for sign in "iu" for size in (1, 2, 4, 8))


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> type[_Note]:
        """Return the note of a name that NumPy writes; refuse every other name, without importing it."""
        if (module, name) not in _NAMES:
            raise Refused(f"it asks for {f'{module}.{name}'!r}, and only arrays of integers belong there")
        return _NAMES[module, name]


def read_pickle(content: bytes) -> Any:
    """Return what a pickle holds, with notes in the place of arrays and NumPy's numbers.

    Raises
    ------
    Refused
        It names something that is not NumPy's, or would fill the memory.
    Exception
        Whatever the unpickler makes of a damaged file.
    """
    _check_sizes(content)
    return _Reader(io.BytesIO(content), encoding="bytes").load()


def _check_sizes(content: bytes) -> None:
    """Refuse what the unpickler would die of: a memo that fills the memory, tuples whose hash needs all of the stack.

    The stack of the unpickler is followed with, in the place of each object, the depth to which it nests tuples; None
    is a mark.
    """
    stack: list[int | None] = []
    memo: dict[int, int | None] = {}
    for opcode, number, _ in pickletools.genops(content):
        if opcode.name in ("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"):
            index = len(memo) if number is None else int(number)
            # The unpickler keeps a table as long as the largest of these numbers, whatever the file's own length.
            if index > len(content):
                raise Refused(f"it counts {index} parts in {len(content)} bytes")
            memo[index] = stack[-1] if stack else None
            continue
        taken = _taken(stack, opcode.stack_before)
        depth: int | None = 0
        if opcode.name == "MARK":
            depth = None
        elif opcode.name in ("GET", "BINGET", "LONG_BINGET"):
            depth = memo.get(int(number or 0), 0)
        elif opcode.name == "DUP":
            depth = max(taken, default=0)
        elif opcode.name in ("TUPLE", "TUPLE1", "TUPLE2", "TUPLE3"):
            depth = 1 + max(taken, default=0)
            if depth > DEEPEST:
                raise Refused(f"it nests tuples more than {DEEPEST} deep")
        stack.extend([depth] * len(opcode.stack_after))


def _taken(stack: list[int | None], before: list[Any]) -> list[int]:
    """The depths of the objects that an instruction takes off the stack."""
    taken: list[int | None] = []
    if pickletools.markobject in before:
        while stack and stack[-1] is not None:
            taken.append(stack.pop())
        before = before[: before.index(pickletools.markobject) + 1]
    taken.extend(stack.pop() for _ in before if stack)
    return [depth for depth in taken if depth is not None]


def reason(error: Exception) -> str:
    """Return what the unpickler says; of any other error the name alone, for its text may be the file's."""
    return str(error) if isinstance(error, EOFError | pickle.UnpicklingError) else type(error).__name__


def array_of(note: Any) -> AnyArray:
    """Return the array of integers that a note, or a list of integers, describes.

    Raises
    ------
    Refused
        An array of Python objects, or of anything but integers.
    Exception
        Whatever comes of a note that does not hold together.
    """
    if isinstance(note, list):
        return np.array([_integer(each) for each in note], dtype=np.int64)
    if isinstance(note, _Buffer):
        content, kind, shape, order = note.args
        fortran = order in ("F", b"F")
    elif isinstance(note, _Array):
        shape, kind, fortran, content = note.state[-4:]
    else:
        raise Refused(f"{type(note).__name__.lstrip('_')} found where an array of integers is needed")
    return _made(content, _dtype(kind), shape, "F" if fortran else "C")


def _integer(note: Any) -> int:
    if isinstance(note, _Scalar):
        kind, content = note.args
        return int(_made(content, _dtype(kind), (), "C"))
    if type(note) is not int:
        raise Refused("a list of labels must hold integers")
    return note


def _made(content: Any, dtype: np.dtype[Any], shape: tuple[int, ...], order: Any) -> AnyArray:
    if isinstance(content, _Text):
        content = content.args[0].encode("latin-1")
    if not all(type(size) is int and size >= 0 for size in shape):  # a product of other things could fill the memory
        raise ValueError("an array's shape is not of whole numbers")
    if len(content) != math.prod(shape) * dtype.itemsize:
        raise ValueError("an array's shape does not fit its bytes")
    array = np.frombuffer(content, dtype).reshape(shape, order=order)
    return array.astype(dtype.newbyteorder("="), copy=False)


def _dtype(note: Any) -> np.dtype[Any]:
    """The type of integers that a note of ``numpy.dtype`` describes."""
    if not isinstance(note, _Type):
        raise ValueError("an array has no type")
    code = text_of(note.args[0])
    if code.startswith("O"):
        raise Refused("it holds an array of Python objects, and only arrays of integers belong there")
    if code not in _INTEGERS:
        raise Refused(f"it holds an array of type {code!r}, and only arrays of integers belong there")
    order = text_of(note.state[1]) if note.state else "|"
    return np.dtype(f"{order if order in '<>|' else '='}{code}")


def text_of(word: Any) -> str:
    """Return a word as text: Python 2 wrote bytes, Python 3 a str, or a request to encode one for Python 2."""
    if isinstance(word, _Text):
        word = word.args[0]
    return word.decode("latin-1") if isinstance(word, bytes) else str(word)
