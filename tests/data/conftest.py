"""Helpers that write small files."""

import gzip
import io
import sys
from types import SimpleNamespace

import pytest


@pytest.fixture
def write(tmp_path):
    """Write text or bytes under a name; return the path."""

    def writing(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return writing


@pytest.fixture
def stdin(monkeypatch):
    """Feed bytes to standard input."""

    def feeding(content):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))
        return "-"

    return feeding


@pytest.fixture
def zipped(write):
    """Write gzipped bytes under a name."""
    return lambda name, content: write(name, gzip.compress(content, mtime=0))
