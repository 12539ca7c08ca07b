"""The lines of a text file: decoded, counted, checked."""

from collections.abc import Iterator

from taut.data._source import Source

_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Lines:
    """Iterator over the decoded lines of a source; `number` is that of the latest, counted from 1."""

    def __init__(self, source: Source) -> None:
        self.number = 0
        self._source = source
        self._offset = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw = next(self._source.stream)
        self.number += 1
        if self.number == 1 and raw.startswith(_UTF16):
            raise self._source.error("byte 0: the text is UTF-16; save it as UTF-8")
        try:
            line = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            byte = f"byte {self._offset + error.start} (line {self.number})"
            what = f"0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8"
            raise self._source.error(f"{byte}: {what}") from None
        if "\0" in line:
            byte = f"byte {self._offset + raw.index(0)} (line {self.number})"
            raise self._source.error(f"{byte}: a NUL byte; this is no text file, or a damaged one")
        self._offset += len(raw)
        return line.removeprefix("\ufeff") if self.number == 1 else line
