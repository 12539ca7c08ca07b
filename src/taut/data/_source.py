"""One opened input: its bytes, decompressed, and the digest of what is stored."""

import gzip
import hashlib
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from taut._typing import AnyArray, FloatArray
from taut.data._dataset import Dataset
from taut.data._error import DataError

_CHUNK = 1 << 20
_GZIP_MAGIC = b"\x1f\x8b"


class _Watched(io.RawIOBase):
    """Bytes on their way in: hashed where asked, every failure told as a `DataError`."""

    def __init__(self, inner: Any, label: str, digest: "hashlib._Hash | None" = None) -> None:
        self._inner, self._label, self._digest = inner, label, digest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            count = int(self._inner.readinto(buffer))
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            reason = f"broken gzip file ({error}); it is damaged or cut short: fetch or compress it again"
            raise DataError(f"{self._label}: {reason}") from error
        except OSError as error:
            raise DataError(f"{self._label}: cannot be read ({error.strerror or error})") from error
        if self._digest is not None:
            self._digest.update(memoryview(buffer)[:count])
        return count


class Source:
    """An input while it is read; `opened` makes it.

    Attributes
    ----------
    label : str
        The input's name in messages: the path as given.
    name : str
        The base name.
    path : Path or None
        None for standard input.
    stream : BufferedReader
        The bytes, decompressed.
    digest : hash
        Of what is stored, as far as it was read.
    """

    def __init__(self, path: Path | None, stored: io.BufferedReader, digest: "hashlib._Hash") -> None:
        self.path, self._stored, self.digest = path, stored, digest
        self._drained = False
        self.label = "<stdin>" if path is None else str(path)
        self.name = "<stdin>" if path is None else path.name
        self.compressed = stored.peek(2)[:2] == _GZIP_MAGIC
        self.stream = stored
        if self.compressed:
            unpacked = gzip.GzipFile(fileobj=stored, mode="rb")
            self.stream = io.BufferedReader(_Watched(unpacked, self.label), _CHUNK)

    def error(self, what: str) -> DataError:
        """Return the error that says `what` about this input."""
        return DataError(f"{self.label}: {what}")

    def row_error(self, row: int, what: str) -> DataError:
        """Return the error that says `what` about the row of index `row`."""
        return self.error(f"row {row + 1} (counted from 1): {what}")

    def head(self) -> bytes:
        """Return the first bytes without consuming them; empty only if there are none."""
        return self.stream.peek(_CHUNK)

    def random_access(self) -> BinaryIO:
        """Return the decompressed bytes as a file that can seek: the file itself where it can be."""
        if self.path is not None and self.path.is_file() and not self.compressed:
            return self.path.open("rb")
        return io.BytesIO(self.stream.read())

    def sha256(self) -> str:
        """Return the digest of all that is stored, reading what is left of it."""
        while not self._drained:
            self._drained = not self._stored.read(_CHUNK)
        return self.digest.hexdigest()

    def dataset(
        self,
        X: Any,
        y: AnyArray | None,
        *,
        feature_names: tuple[str, ...] | None = None,
        target_name: str | None = None,
        sample_weight: FloatArray | None = None,
        image_shape: tuple[int, ...] | None = None,
    ) -> Dataset:
        """Return the finished dataset of this input."""
        if not X.shape[0]:
            raise self.error("the file holds no examples")
        if not X.shape[1]:
            raise self.error("the file holds no features")
        return Dataset(
            X=X,
            y=y,
            feature_names=feature_names,
            target_name=target_name,
            sample_weight=sample_weight,
            name=self.name,
            image_shape=image_shape,
            sha256=self.sha256(),
        )


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except PermissionError:
        raise DataError(f"{path}: no permission to read it") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:  # a NUL in the path
        raise DataError(f"{str(path)!r}: cannot be read ({error})") from error


@contextmanager
def opened(path: Path | None, digest: "hashlib._Hash | None" = None) -> Iterator[Source]:
    """Open a file (None: standard input); files that belong together share one `digest`."""
    with ExitStack() as stack:
        file: BinaryIO = sys.stdin.buffer if path is None else stack.enter_context(_open(path))
        digest = digest or hashlib.sha256()
        label = "<stdin>" if path is None else str(path)
        yield Source(path, io.BufferedReader(_Watched(file, label, digest), _CHUNK), digest)
