"""Without a browser its tests are skipped; where one was promised they fail, and say so in one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEST = "tests/pages/test_browser.py::test_the_keyboard_reaches_every_entry"


def run_without_programs(tmp_path, **variables):
    """How one browser test ends where no program is on the PATH."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("TAUT_", "PYTEST_", "COV_"))}
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "--no-header", TEST]
    environment = {**known, "PATH": str(tmp_path), **variables}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def test_a_developers_own_run_skips(tmp_path):
    found = run_without_programs(tmp_path)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "1 skipped" in found.stdout
    assert "no Chromium on this machine" in found.stdout


def test_a_run_that_was_promised_one_fails(tmp_path):
    found = run_without_programs(tmp_path, TAUT_TEST_BROWSER="required")
    assert found.returncode == 1, found.stdout + found.stderr
    said = [line for line in found.stdout.splitlines() if line.startswith("TAUT_TEST_BROWSER=required")]
    assert said == ["TAUT_TEST_BROWSER=required, but no Chromium on this machine: the pages were not opened"]
    assert "Traceback" not in found.stdout


@pytest.mark.skipif(os.name == "nt", reason="a shell script")
def test_ci_asks_for_one():
    assert "TAUT_TEST_BROWSER=required" in (ROOT / ".ci" / "run").read_text("utf-8")
