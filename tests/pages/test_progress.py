import io
import sys

import pytest

from taut.pages import Progress
from taut.pages._progress import _Far

NEWS = {"passes": 12.0, "seconds": 3.25, "objective": 0.5, "gap": 0.01}


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture(autouse=True)
def _usual_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_a_log_gets_a_plain_line_every_thirty_seconds():
    stream, clock = io.StringIO(), Clock()
    with Progress(stream, tol=1e-3, clock=clock) as progress:
        for second in range(100):
            clock.now = float(second)
            progress.update({**NEWS, "passes": second, "seconds": second})
    assert stream.getvalue().splitlines() == [
        f"pass {s}  {s}.0 s  objective 0.5  gap 0.01 -> 0.001" for s in (30, 60, 90)
    ]


def test_a_terminal_gets_one_line_that_vanishes(capsys):
    stream, clock = Terminal(), Clock()
    before = sys.stdout, sys.stderr
    with Progress(stream, total=100, tol=1e-3, clock=clock) as progress:
        for second in range(3):
            clock.now = float(second)
            progress.update({**NEWS, "passes": second})
        assert (sys.stdout, sys.stderr) == before
        shown = stream.getvalue()
    assert all(f"pass {i}  3.2 s  objective 0.5  gap 0.01 -> 0.001" in shown for i in range(3))
    assert "\n" not in shown
    assert "━" in shown
    assert stream.getvalue().endswith("\x1b[1A\x1b[2K"), "the last act is to erase"
    assert capsys.readouterr() == ("", "")


def test_a_terminal_is_not_flooded():
    stream, clock = Terminal(), Clock()
    with Progress(stream, clock=clock) as progress:
        for i in range(1000):
            clock.now = i / 1000
            progress.update({"passes": float(i)})
    assert stream.getvalue().count("pass ") <= 12


def test_it_can_be_silenced_and_a_dumb_terminal_is_a_log(monkeypatch):
    silent, dumb, clock = Terminal(), Terminal(), Clock()
    with Progress(silent, enabled=False) as progress:
        progress.update(NEWS)
    assert silent.getvalue() == ""
    monkeypatch.setenv("TERM", "dumb")
    with Progress(dumb, clock=clock) as progress:
        clock.now = 31.0
        progress.update(NEWS)
    assert dumb.getvalue() == "pass 12  3.2 s  objective 0.5  gap 0.01\n"


def test_an_interrupt_leaves_the_terminal_clean():
    stream = Terminal()

    def interrupted():
        with Progress(stream) as progress:
            progress.update(NEWS)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert stream.getvalue().endswith("\x1b[1A\x1b[2K")
    assert "\x1b[?25h" in stream.getvalue()


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), -float("inf"), 0.0, -1.0, 1e-320, 1e308])
@pytest.mark.parametrize("key", ["passes", "seconds", "objective", "gap", "total", "tol"])
@pytest.mark.parametrize("kind", [Terminal, io.StringIO])
def test_any_number_survives(kind, key, value):
    clock = Clock()
    limits = {"total": 10.0, "tol": 1e-3, key: value}
    with Progress(kind(), total=limits["total"], tol=limits["tol"], clock=clock) as progress:
        for seconds in (31.0, 62.0, 93.0):
            clock.now = seconds
            progress.update({**NEWS, "gap": 1.0 / seconds, key: value})
        progress.update({})


@pytest.mark.parametrize("kind", [Terminal, io.StringIO])
def test_the_last_word_stays(kind):
    stream = kind()
    with Progress(stream, tol=1e-3) as progress:
        progress.update(NEWS)
    progress.update(NEWS)  # after the end nothing moves
    progress.end("Certified: \x1b[2J\nall of it.")
    shown = stream.getvalue()
    assert shown.endswith("Certified: \\x1b[2J\\nall of it.\n"), "what the data brought clears no screen"
    assert ("pass 12" in shown) == (kind is Terminal)


@pytest.mark.parametrize("options", [{"enabled": False}, {}])
def test_nothing_stays_where_nothing_is_shown(options):
    stream = None if not options else io.StringIO()
    with Progress(stream, **options) as progress:
        progress.update(NEWS)
    progress.end("Certified.")
    assert stream is None or stream.getvalue() == ""


def test_several_fits_share_a_bar(monkeypatch):
    shown, stream, clock = [], Terminal(), Clock()
    with Progress(stream, tol=1e-2, clock=clock) as progress:
        monkeypatch.setattr(progress._way, "show", lambda far, words: shown.append((far, words)))
        for i, gaps in enumerate([(1.0, 0.1, 0.01), (0.5, 0.001)]):
            progress.part(f"l2 = {i}", i, 2)
            for gap in gaps:
                clock.now += 1.0
                progress.update({"passes": 3.0, "gap": gap})
    assert [far for far, _ in shown] == pytest.approx([0.0, 0.25, 0.5, 0.5, 1.0])
    assert shown[1][1] == "l2 = 0  pass 3  gap 0.1 -> 0.01"
    assert shown[3][1] == "l2 = 1  pass 3  gap 0.5 -> 0.01"


def test_what_is_known_of_a_search_is_told():
    stream, clock = io.StringIO(), Clock()
    with Progress(stream, clock=clock) as progress:
        progress.part("BlendRegressor")
        clock.now = 30.0
        progress.update({"branches": 12345, "seconds": 30.0, "objective": 0.25, "gap": 0.5, "share": 0.5})
    assert stream.getvalue() == "BlendRegressor  branch 12,345  30.0 s  objective 0.25  gap 0.5\n"


def test_the_bar_follows_the_gap_in_logarithm():
    far = _Far(100.0, 1e-4)
    assert far.along({"passes": 25.0, "gap": None}) == 0.25
    assert far.along({"passes": 30.0, "gap": 1.0}) == 0.0
    assert far.along({"passes": 40.0, "gap": 1e-2}) == pytest.approx(0.5)
    assert far.along({"passes": 50.0, "gap": 10.0}) == 0.0
    assert far.along({"passes": 60.0, "gap": 1e-4}) == 1.0
    assert far.along({"passes": 60.0, "gap": 0.0}) == 1.0
    assert _Far(None, None).along({"passes": 3.0, "gap": 0.1}) == 0.0
