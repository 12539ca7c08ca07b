"""Which format an input has: by its suffix, else by its first bytes."""

import re

FORMATS = ("csv", "tsv", "svmlight", "npz", "parquet", "idx", "cifar10")
"""Names of the formats that `read` knows."""

MULTILABEL_FORMATS = ("arff", "csv", "tsv", "svmlight")
"""Names of the formats that `read_multilabel` knows."""

_SUFFIXES = {
    "arff": "arff",
    "csv": "csv",
    "tsv": "tsv",
    "tab": "tsv",
    "svm": "svmlight",
    "svmlight": "svmlight",
    "libsvm": "svmlight",
    "npz": "npz",
    "parquet": "parquet",
    "pq": "parquet",
    "idx": "idx",
    "bin": "cifar10",
}
_SVMLIGHT_LINE = re.compile(rb"\S+(\s+qid:\S+)?\s+[+-]?\d+:[^\s:]+(\s|$)")


def format_of(name: str, head: bytes) -> str:
    """Return the format of an input called `name` that starts with `head` (decompressed)."""
    stem = name.lower().removesuffix(".gz")
    if stem.endswith("-ubyte"):
        return "idx"
    return _SUFFIXES.get(stem.rpartition(".")[2]) or _sniffed(head) if "." in stem else _sniffed(head)


def _sniffed(head: bytes) -> str:
    if head.startswith(b"PK\x03\x04"):
        return "npz"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head[:2] == b"\0\0" and len(head) >= 4 and 0x08 <= head[2] <= 0x0E and 1 <= head[3] <= 4:
        return "idx"
    lines = [line.strip() for line in head.splitlines()]
    told = next((line for line in lines if line and not line.startswith(b"%")), b"")
    if told.lower().startswith(b"@relation"):
        return "arff"
    text = next(filter(None, (line.partition(b"#")[0].strip() for line in lines)), b"")
    return "svmlight" if _SVMLIGHT_LINE.match(text) else "csv"
