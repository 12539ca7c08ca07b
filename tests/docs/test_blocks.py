"""Every block of code of every page runs, in the order of the page, and prints what the page shows."""

import contextlib
import io
import os
import re
import shlex
import sys

import numpy as np
import pytest

from docs.commands import ELSEWHERE, Failed, by_shell, printed_by_command, run_lines
from docs.pages import PAGES, ROOT, blocks


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
    before = set(sys.modules)
    yield work
    for name in set(sys.modules) - before:  # files of a page are modules of that page only
        if str(getattr(sys.modules[name], "__file__", None)).startswith(str(work)):
            del sys.modules[name]


def settled(text):
    """Text without what differs from run to run and from machine to machine: passes, seconds, versions.

    A certified objective and its bound are one number to within tol, so three figures of them are compared.
    """
    text = re.sub(r"(objective|lower bound)( +)(\d\.\d{5,})", lambda m: f"{m[1]}{m[2]}{float(m[3]):.3g}", text)
    text = re.sub(r"within \d\S* %", "within P %", text)
    text = re.sub(r"\bgap( +)\d\S*(?= <=| \(tol)", r"gap\1G", text)
    text = re.sub(r"\bgap=\d\S*", "gap=G", text)
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


def run_console(text, where):
    """Run each line that begins with a dollar sign, and compare what follows it."""
    code = 0
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        printed, code = printed_by_command(command, code)
        assert settled(printed) == settled(shown), f"{where}: {command}"


def make_cifar(folder):
    """A folder in the form of CIFAR-10's binaries, four rows a file, which the commands take as they take the real."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name in [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]:
        records = rng.integers(0, 256, (4, 3073)).astype(np.uint8)
        records[:, 0] %= 10
        (folder / f"{name}.bin").write_bytes(records.tobytes())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_blocks_run_and_print_what_the_page_shows(page, place):
    space, printed, to_show = {"__name__": "page"}, "", False
    make_cifar(place / "cifar")
    for block in blocks(page):
        where = f"{page.relative_to(ROOT)}:{block.line}"
        if block.kind != "text":
            assert not (printed and to_show), f"{where}: what the code before prints is not shown: {printed}"
        if block.kind.startswith("file:"):
            (place / block.kind.removeprefix("file:")).write_text(block.text, "utf-8")
        elif block.kind == "python":
            printed, to_show = printed_by("\n" * block.line + block.text, space, str(page)), True
        elif block.kind == "text":
            assert settled(printed) == settled(block.text), where
            printed = ""
        elif block.kind == "console":
            run_console(block.text, where)
        elif block.kind == "sh":
            printed, to_show = run_lines(block.text, where), False
        else:
            pytest.fail(f"{where}: no way to run a block of {block.kind!r}")
    assert not (printed and to_show), f"what the last block prints is not shown: {printed}"


@pytest.mark.parametrize("command", ELSEWHERE)
def test_commands_that_are_run_elsewhere(command):
    """Each is still on a page, is a program, and counts as skipped."""
    lines = [line for page in PAGES for block in blocks(page) if block.kind == "sh" for line in block.text.splitlines()]
    assert [line for line in lines if shlex.split(line, comments=True)[:1] == [command]], "no page has it any more"
    assert os.access(ROOT / command, os.X_OK)
    pytest.skip(ELSEWHERE[command])


def test_a_wrong_output_is_noticed(place):
    assert settled("objective 0.25") != settled("objective 0.26")
    with pytest.raises(AssertionError):
        run_console("$ echo one\ntwo\n", "here")
    with pytest.raises(Failed, match="ended with 2"):
        run_lines("taut fit iris --lose hinge\n", "here")
    with pytest.raises(Failed, match="ended with 3"):
        run_lines("taut fit nowhere.csv\n", "here")
    with pytest.raises(AssertionError, match="ELSEWHERE"):
        run_lines("pip install something\n", "here")


@pytest.mark.parametrize(
    "command",
    [
        "printf '1,2,3,4\\n' | taut predict - --model iris.taut --scores",
        "taut fit iris --loss hinge --max-iter 3 --strict --l2 1e-3 | tail -1",
    ],
)
def test_commands_run_here_print_what_the_shell_prints(command, place):
    """Within this process as in one of their own."""
    run_lines("taut fit iris --l2 0.1 --model iris.taut", "here")
    here, there = printed_by_command(command), by_shell(command)
    assert settled(here[0]) == settled(there[0])
    assert here[1] == there[1]
