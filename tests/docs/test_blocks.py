"""Every block of code of every page runs, in the order of the page, and prints what the page shows."""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import warnings

import pytest

from docs.pages import PAGES, ROOT, blocks
from taut.cli import main
from taut.cli._main import _parser

SHELL = set("|<>&;$*`(){}")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder to work in, with ``taut`` and ``python`` on the path."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, command in {"taut": "-m taut", "python": ""}.items():
        (tools / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {command} "$@"\n')
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("COLUMNS", "120")
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.syspath_prepend(str(work))
    return work


def settled(text):
    """Text without what differs from run to run and from machine to machine: passes, seconds, versions.

    A certified objective and its bound are one number to within tol, so three figures of them are compared.
    """
    text = re.sub(r"(objective|lower bound)( +)(\d\.\d{5,})", lambda m: f"{m[1]}{m[2]}{float(m[3]):.3g}", text)
    text = re.sub(r"within \d\S* %", "within P %", text)
    text = re.sub(r"\bgap( +)\d\S*(?= <=| \(tol)", r"gap\1G", text)
    text = re.sub(r"after [\d,]+ pass(es)?", "after N passes", text)
    text = re.sub(r"\b[\d,]+ passes", "N passes", text)
    text = re.sub(r"\b\d+(\.\d+)?(e-\d+)? m?s\b", "T s", text)
    text = re.sub(r"\b\d+\.\d+\.\d+(\.dev\d+)?", "V", text)
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def printed_by(code, space, where):
    """What a block of Python prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, where, "exec"), space)
    return out.getvalue()


def printed_by_command(command, code_before):
    """What a command prints to both streams, and its exit code."""
    if command == "echo $?":
        return f"{code_before}\n", 0
    if command.startswith("taut ") and not SHELL & set(command):
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = main(shlex.split(command)[1:])
        return out.getvalue(), code
    found = subprocess.run(
        ["bash", "-c", f"(exit {code_before}); {command}"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return found.stdout, found.returncode


def run_console(text, where):
    """Run each line that begins with a dollar sign, and compare what follows it."""
    code = 0
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        printed, code = printed_by_command(command, code)
        assert settled(printed) == settled(shown), f"{where}: {command}"


def check_shell(text, where):
    """Commands too long to run here must at least be commands that there are."""
    for line in text.splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["taut"]:
            _parser().parse_args(words[1:])
        elif words and words[0].startswith("scripts/"):
            assert os.access(ROOT / words[0], os.X_OK), f"{where}: {words[0]}"
        elif words:
            assert words[0] in {"pip", "git", "cd", "python", "sed"}, f"{where}: {line}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_blocks_run_and_print_what_the_page_shows(page, place):
    space, printed = {"__name__": "page"}, ""
    for block in blocks(page):
        where = f"{page.relative_to(ROOT)}:{block.line}"
        if block.kind != "text":
            assert not printed, f"{where}: what the code before prints is not shown: {printed}"
        if block.kind.startswith("file:"):
            (place / block.kind.removeprefix("file:")).write_text(block.text, "utf-8")
        elif block.kind == "python":
            printed = printed_by("\n" * block.line + block.text, space, str(page))
        elif block.kind == "text":
            assert settled(printed) == settled(block.text), where
            printed = ""
        elif block.kind == "console":
            run_console(block.text, where)
        elif block.kind == "sh":
            check_shell(block.text, where)
        else:
            pytest.fail(f"{where}: no way to run a block of {block.kind!r}")
    assert not printed, f"what the last block prints is not shown: {printed}"


def test_a_wrong_output_is_noticed(place):
    assert settled("objective 0.25") != settled("objective 0.26")
    with pytest.raises(AssertionError):
        run_console("$ echo one\ntwo\n", "here")
    with pytest.raises(SystemExit):
        check_shell("taut fit iris --lose hinge\n", "here")
