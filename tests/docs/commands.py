"""Commands of the documentation, run as a shell would; those of taut within this process, which saves its start."""

import contextlib
import io
import re
import shlex
import subprocess
import sys
import warnings

from taut.cli import main

ELSEWHERE = {
    "scripts/demo": "makes an environment of its own, which needs a package index",
    "scripts/test": "makes an environment of its own, and runs this test",
    "scripts/docs": "makes an environment of its own; test_build.py builds the documentation in this one",
}
"""Commands of the pages that are not run here, with the reason; a test of each says so and is skipped."""

STAGE = re.compile(r"""(?:[^'"|]|'[^']*'|"[^"]*")+""")
"""What stands between two pipes."""

SHELL = set("<>&;$*`(){}")


class Failed(AssertionError):
    """A command of a page that should have worked ended with another code than 0."""


def printed_by_command(command, code_before=0):
    """What a command prints, in the order of a terminal, and its exit code."""
    if command == "echo $?":
        return f"{code_before}\n", 0
    stages = STAGE.findall(command)
    if not any(of_taut(stage) for stage in stages):
        return by_shell(f"(exit {code_before}); {command}")
    if len(stages) == 1:
        together = io.StringIO()
        code = run_taut(stages[0], "", together, together)
        return together.getvalue(), code
    messages, passed, code = io.StringIO(), "", 0
    for stage in stages:
        if of_taut(stage):
            out = io.StringIO()
            code = run_taut(stage, passed, out, messages)
            passed = out.getvalue()
        else:
            passed, code = by_shell(stage, passed)
    return messages.getvalue() + passed, code


def of_taut(stage):
    """Whether a part of a command can run within this process."""
    return stage.strip().startswith("taut ") and not SHELL & set(re.sub(r"'[^']*'|\"[^\"]*\"", "", stage))


def run_taut(stage, given, out, messages):
    """Run taut's own main on what another command hands over; return its exit code."""
    words, before = shlex.split(stage, comments=True)[1:], sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(given.encode()))
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(messages), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return main(words)
    except SystemExit as end:
        return end.code
    finally:
        sys.stdin = before


def by_shell(command, given=""):
    """Run anything else."""
    found = subprocess.run(
        ["bash", "-c", command], input=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return found.stdout, found.returncode


def run_lines(text, where):
    """Run each line of a block of commands, which all have to work; return what they print."""
    printed = ""
    for line in text.splitlines():
        words = shlex.split(line, comments=True)
        if not words or words[0] in ELSEWHERE:
            continue
        assert words[0] not in {"pip", "git"}, f"{where}: {line}: list it in ELSEWHERE, with the reason"
        more, code = printed_by_command(line)
        if code:
            raise Failed(f"{where}: {line} ended with {code}: {more}")
        printed += more
    return printed
