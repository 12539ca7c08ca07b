"""The command as a process: entry points, pipes, Ctrl-C."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import taut
from taut.cli._main import VERBS

TAUT = [sys.executable, "-m", "taut"]


def taut_process(environment, *argv, **options):
    words = [*TAUT, *map(str, argv)]
    return subprocess.run(words, capture_output=True, text=True, env=environment, timeout=120, **options)


def test_version(environment, run):
    found = taut_process(environment, "--version")
    assert (found.returncode, found.stdout, found.stderr) == (0, f"taut {taut.__version__}\n", "")
    assert run("--version").out == f"taut {taut.__version__}\n"


def test_the_installed_command(environment):
    from importlib.metadata import entry_points

    (command,) = entry_points(group="console_scripts", name="taut")
    assert command.value == "taut.cli:main"
    assert command.load() is taut.cli.main


def test_help_lists_the_verbs(run):
    found = run("--help")
    assert found.code == 0
    for verb in ("fit", "predict", "evaluate", "bench", "info"):
        assert f"\n    {verb} " in found.out


def test_every_public_file_of_the_room_is_a_verb(run):
    assert {path.stem for path in Path(taut.cli.__file__).parent.glob("[a-z]*.py")} == set(VERBS)
    for verb in VERBS:
        found = run(verb, "--help")
        assert (found.code, found.err) == (0, "")
        assert found.out.startswith(f"usage: taut {verb} [-h] ")


def test_from_file_to_prediction_in_processes(environment, insects, tmp_path):
    fitted = taut_process(
        environment, "fit", insects, "--target", "kind", "--loss", "softmax", "--model", tmp_path / "m"
    )
    assert fitted.returncode == 0
    assert fitted.stdout.startswith("Certified: ")
    with insects.open() as file:
        found = taut_process(environment, "predict", "-", "--model", tmp_path / "m", stdin=file)
    assert found.returncode == 0
    assert found.stderr == ""
    assert len(found.stdout.split()) == 60


def test_no_traceback_in_a_process(environment, tmp_path):
    found = taut_process(environment, "fit", tmp_path / "absent.csv")
    assert (found.returncode, found.stdout) == (3, "")
    assert found.stderr == f"taut: {tmp_path / 'absent.csv'}: no such file\n"


def test_a_reader_that_has_seen_enough(environment, run, tmp_path):
    run("fit", "digits", "--loss", "softmax", "--divide", "16", "--model", tmp_path / "m")
    words = [*TAUT, "predict", "digits", "--model", str(tmp_path / "m"), "--scores"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout.readline().count("\t") == 9
        process.stdout.close()
        assert process.wait(timeout=120) == 0
        assert process.stderr.read() == "\t".join("0123456789") + "\n"


def test_ctrl_c_saves_the_best_weights_and_marks_them(environment, tmp_path):
    """On a terminal, where the first step shows on the live line: then Ctrl-C."""
    pty = pytest.importorskip("pty")
    options = ["--solver", "sgd", "--learning-rate", "1e-6", "--tol", "1e-300", "--max-iter", "1000000000"]
    words = [*TAUT, "fit", "digits", *options, "--model", str(tmp_path / "m")]
    screen, terminal = pty.openpty()
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=terminal, text=True, env={**environment, "TERM": "xterm"}
    )
    os.close(terminal)
    try:
        shown = b""
        while b"objective" not in shown:
            shown += os.read(screen, 4096)
        process.send_signal(signal.SIGINT)
        while shown:  # what is not read would block the process
            try:
                shown = os.read(screen, 4096)
            except OSError:
                break
            assert b"Traceback" not in shown
        out, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        os.close(screen)
    assert process.returncode == 130
    assert out.startswith("Not certified: interrupted; the best weights so far are kept; ")
    assert taut.load(tmp_path / "m").report_.status == "interrupted"


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to a console, not to a process")
def test_ctrl_c_while_reading(environment, tmp_path):
    words = [*TAUT, "fit", "-", "--model", str(tmp_path / "m")]
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(words, env=environment, **streams) as process:
        process.stdin.write(b"a,kind\n" + b"1,x\n" * 100_000)  # more than a pipe holds: it is being read
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)  # closes its input: a signal just before a read waits for that
    assert (process.returncode, out, err) == (130, b"", b"taut: interrupted\n")
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_in_this_process(run, insects, tmp_path):
    steps = []

    def interrupt(trace):
        steps.append(trace)
        if len(steps) == 3:
            raise KeyboardInterrupt

    with taut.watch(interrupt):
        found = run(
            "fit", insects, "--target", "kind", "--loss", "softmax", "--tol", "1e-12", "--model", tmp_path / "m"
        )
    assert found.code == 130
    assert found.out.startswith("Not certified: interrupted; the best weights so far are kept")
    model = taut.load(tmp_path / "m")
    assert model.report_.status == "interrupted"
    assert run("predict", insects, "--model", tmp_path / "m").code == 0
    assert "status interrupted" in " ".join(run("info", tmp_path / "m").out.split())


def test_ctrl_c_while_tuning_keeps_the_best_so_far(run, insects, tmp_path):
    steps = []

    def interrupt(trace):
        steps.append(trace)
        if trace.passes <= 1 and sum(step.passes <= 1 for step in steps) == 2:
            raise KeyboardInterrupt

    options = ("--tune", "l2=1e-2,1,10,100", "--loss", "softmax", "--model", tmp_path / "m")
    with taut.watch(interrupt):
        found = run("fit", insects, "--target", "kind", *options)
    assert found.code == 130
    assert found.err.count("validation_accuracy=") == 2
    assert taut.load(tmp_path / "m").l2 == 1e-2
