"""Files: read with their sizes checked, written whole or not at all."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from taut._typing import AnyArray
from taut._version import __version__
from taut.persist._error import ModelFileError

FORMAT = 1
MAX_HEADER = 16 * 2**20
MAX_FILE = 16 * 2**30


def read_blob(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise ModelFileError(f"{path} is a folder, not a model file")
        if path.exists() and not path.is_file():
            raise ModelFileError(f"{path} is not a regular file")
        size = path.stat().st_size
        if size > MAX_FILE:
            raise ModelFileError(f"{path}: {size:,} bytes are more than the {MAX_FILE:,} that taut reads")
        return path.read_bytes()
    except FileNotFoundError:
        raise ModelFileError(f"{path}: no such model file") from None
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read ({error.strerror})") from None


def facts_of(path: Path, blob: bytes) -> dict[str, Any]:
    """The JSON object in the metadata, read by hand so that a hostile header costs nothing."""
    length = int.from_bytes(blob[:8], "little")
    if len(blob) < 10 or length > min(MAX_HEADER, len(blob) - 8):
        raise ModelFileError(f"{path}: not a taut model file, or cut short ({len(blob):,} bytes)")
    try:
        header = json.loads(blob[8 : 8 + length])
        facts = json.loads(header["__metadata__"]["taut"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ModelFileError(f"{path}: a file without taut's description: not a taut model file") from None
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        found = facts.get("format") if isinstance(facts, dict) else facts
        raise ModelFileError(
            f"{path}: model format {found!r}, but this taut ({__version__}) reads format {FORMAT}: "
            "use the version that wrote it, or fit again"
        )
    data = facts.get("data")
    texts = [data.get(key) for key in ("name", "sha256", "target")] if isinstance(data, dict) else [data, 0]
    if not all(isinstance(text, str | None) for text in texts):
        raise ModelFileError(f"{path}: the description of the data is damaged")
    return facts


def tensors_of(path: Path, blob: bytes) -> dict[str, AnyArray]:
    from safetensors import SafetensorError
    from safetensors.numpy import load as unpack

    try:
        return {name: np.array(tensor) for name, tensor in unpack(blob).items()}
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ModelFileError(f"{path}: damaged or cut short ({error})") from None


def check_place(path: Path) -> None:
    """Refuse a place that nothing can be written to, before the work is done that shall be written there."""
    try:
        if path.is_dir():
            raise ModelFileError(f"{path} is a folder: name a file")
        if not path.parent.is_dir():
            raise ModelFileError(f"{path}: there is no folder {path.parent}")
        if not os.access(path.parent, os.W_OK):
            raise ModelFileError(f"{path}: the folder {path.parent} cannot be written to")
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be written ({error.strerror})") from None


def write_whole(path: Path, blob: bytes) -> None:
    """Write beside the target and rename: whoever looks sees the old file or the whole new one."""
    try:
        if path.is_dir():
            raise ModelFileError(f"{path} is a folder: name a file")
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(blob)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).chmod(0o666 & ~_umask())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be written ({error.strerror})") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
