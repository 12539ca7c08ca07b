"""The command line in this process, and small files for it."""

import io
import os
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from strategies import clusters
from taut.cli import main

KINDS = np.array(["ant", "bee", "cat"])


@pytest.fixture
def run(capsys):
    """Run a verb; return code, out and err."""

    def running(*argv):
        capsys.readouterr()
        code = main([str(word) for word in argv])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return SimpleNamespace(code=code, out=out, err=err)

    return running


@pytest.fixture
def refused(run, tmp_path):
    """Run a verb that must be refused: nothing on stdout, one line on stderr; return the line."""

    def refusing(code, *argv):
        before = set(tmp_path.rglob("*"))
        found = run(*argv)
        assert found.code == code, found.err
        assert found.out == ""
        assert len(found.err.splitlines()) == 1, found.err
        assert found.err.startswith("taut: ")
        assert set(tmp_path.rglob("*")) == before
        return found.err

    return refusing


@pytest.fixture
def stdin(monkeypatch):
    """Feed bytes to standard input."""

    def feeding(content):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))

    return feeding


@pytest.fixture
def write(tmp_path):
    """Write text or bytes under a name; return the path."""

    def writing(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return writing


@pytest.fixture(scope="session")
def rows():
    """X (60, 3) and names of the classes (60,)."""
    X, y = clusters(3, 60, 3, 3)
    return X, KINDS[y]


@pytest.fixture(scope="session")
def table():
    """Make the text of a CSV file from named columns."""

    def making(**columns):
        lines = [",".join(columns)]
        lines += [",".join(map(str, row)) for row in zip(*(list(each) for each in columns.values()), strict=True)]
        return "\n".join(lines) + "\n"

    return making


@pytest.fixture
def insects(rows, table, write):
    """A CSV file with a header, features a, b and c, and labels in the first column, kind."""
    X, y = rows
    return write("insects.csv", table(kind=y, a=X[:, 0], b=X[:, 1], c=X[:, 2]))


@pytest.fixture
def model(run, insects, tmp_path):
    """A softmax model of the insects."""
    path = tmp_path / "insects.taut"
    assert run("fit", insects, "--target", "kind", "--loss", "softmax", "--l2", "0.01", "--model", path).code == 0
    return path


@pytest.fixture(scope="session")
def environment():
    """For processes of our own: plain text, no terminal."""
    return {**os.environ, "PYTHONUTF8": "1"}
