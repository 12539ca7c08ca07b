"""The arrays of an npz archive, none believed before its bytes are counted."""

import lzma
import math
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager

import numpy as np
from numpy.lib import format as npy

from taut._typing import AnyArray
from taut.data._arrays import read_exactly
from taut.data._error import DataError, shown
from taut.data._source import Source

_BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,  # encrypted
    NotImplementedError,  # a compression unknown here
    OverflowError,
    RecursionError,
    MemoryError,  # a header nested too deep
)


class Archive:
    """Names and arrays of an open npz archive."""

    def __init__(self, source: Source, file: zipfile.ZipFile) -> None:
        self._source, self._file = source, file
        self.keys = tuple(name.removesuffix(".npy") for name in file.namelist() if name.endswith(".npy"))

    def first(self, *keys: str) -> str | None:
        """Return the first of `keys` that the archive has."""
        return next((key for key in keys if key in self.keys), None)

    def load(self, key: str) -> AnyArray:
        """Return an array, once its header agrees with the size of its entry."""
        info = self._file.getinfo(f"{key}.npy")
        with self._file.open(info) as stream:
            version = npy.read_magic(stream)
            if version not in ((1, 0), (2, 0)):
                raise self._source.error(f"array {key!r}: npy version {version} is unknown; save it with numpy.savez")
            read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, fortran, dtype = read_header(stream)
            if dtype.hasobject:
                why = "holds Python objects, refused because loading them could run code"
                raise self._source.error(f"array {key!r} {why}; save it as numbers or as text: {key}.astype(str)")
            expected, held = math.prod(shape) * dtype.itemsize, info.file_size - stream.tell()
            if min(shape, default=1) < 0 or expected != held:
                declared = f"its header declares {'×'.join(map(str, shape)) or 1} {dtype} = {expected} bytes"
                raise self._source.error(f"array {key!r}: {declared}, but it holds {held}; save the file again")
            content, found = read_exactly(stream, expected)
        if found != expected:
            raise self._source.error(f"array {key!r}: {expected} bytes expected, {found} found; save the file again")
        if not expected:
            return np.zeros(shape, dtype)
        array = np.frombuffer(content, dtype).reshape(shape, order="F" if fortran else "C")
        return array.astype(dtype.newbyteorder("="), order="C", copy=False)


@contextmanager
def archive(source: Source) -> Iterator[Archive]:
    """Open a source as an npz archive; whatever is broken in it is a `DataError`."""
    try:
        with closing(source.random_access()) as file, zipfile.ZipFile(file) as unzipped:
            yield Archive(source, unzipped)
    except DataError:
        raise
    except _BROKEN as error:
        reason = shown(str(error) or type(error).__name__)
        raise source.error(f"broken npz file ({reason}); save it again with numpy.savez") from error
