"""Progress: lines for a log, a bar on a terminal, a widget in a notebook."""

from __future__ import annotations

import fcntl
import io
import logging
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterable

import pytest

from mr_client.storage.copy.progress import BarProgress, LogProgress, NoProgress, Progress, suited

MIB, GIB = 1024**2, 1024**3
LOGGER = logging.getLogger("test.progress")


class Clock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lines(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> Callable[[Progress, Iterable[tuple[float, int]]], list[str]]:
    """Let bytes arrive, each so many seconds after those before, and return what was logged."""
    caplog.set_level(logging.INFO, LOGGER.name)

    def logged(progress: Progress, arriving: Iterable[tuple[float, int]]) -> list[str]:
        caplog.clear()
        for seconds, arrived in arriving:
            clock.now += seconds
            progress.advance(arrived)
        progress.end()
        return caplog.messages

    return logged


Lines = Callable[[Progress, Iterable[tuple[float, int]]], list[str]]


# -- lines --------------------------------------------------------------------------------------


def test_a_line_says_how_much_how_fast_and_how_long_still(clock: Clock, lines: Lines) -> None:
    progress = LogProgress(LOGGER, clock=clock)

    progress.begin(4, 4 * GIB)

    assert lines(progress, [(5, GIB)]) == ["copied 1.0 GiB of 4.0 GiB (25%), 205 MiB/s, 15 s left"]


def test_lines_come_every_few_seconds_and_not_with_each_piece(clock: Clock, lines: Lines) -> None:
    progress = LogProgress(LOGGER, every=2.0, clock=clock)

    progress.begin(1, 100 * MIB)

    assert lines(progress, [(0.5, MIB)] * 11) == [
        "copied 4.0 MiB of 100 MiB (4%), 2.0 MiB/s, 48 s left",
        "copied 8.0 MiB of 100 MiB (8%), 2.0 MiB/s, 46 s left",
    ]


def test_a_short_copy_leaves_no_line(clock: Clock, lines: Lines) -> None:
    progress = LogProgress(LOGGER, clock=clock)

    progress.begin(1, MIB)

    assert lines(progress, [(4.9, MIB)]) == []


def test_the_rate_is_that_since_the_last_line(clock: Clock, lines: Lines) -> None:
    progress = LogProgress(LOGGER, clock=clock)

    progress.begin(1, 1000 * MIB)

    assert (
        lines(progress, [(5, 500 * MIB), (5, 50 * MIB)])[1] == "copied 550 MiB of 1000 MiB (55%), 10.0 MiB/s, 45 s left"
    )


def test_the_time_a_copy_stood_still_is_in_its_rate(clock: Clock, lines: Lines) -> None:
    progress = LogProgress(LOGGER, clock=clock)

    progress.begin(1, 200 * MIB)

    assert lines(progress, [(100, 100 * MIB)]) == ["copied 100 MiB of 200 MiB (50%), 1.0 MiB/s, 1 min 40 s left"]


def test_without_a_size_there_is_no_percent(clock: Clock, lines: Lines) -> None:
    progress = LogProgress(LOGGER, clock=clock)

    progress.begin(1, None)

    assert lines(progress, [(5, 50 * MIB)]) == ["copied 50.0 MiB, 10.0 MiB/s"]


def test_what_was_there_counts_but_not_as_fast(clock: Clock, lines: Lines) -> None:
    progress = LogProgress(LOGGER, clock=clock)

    progress.begin(1, 100 * MIB)
    progress.already(40 * MIB)

    assert lines(progress, [(5, 10 * MIB)]) == ["copied 50.0 MiB of 100 MiB (50%), 2.0 MiB/s, 25 s left"]


def test_what_must_come_again_is_taken_back_and_no_time_is_promised(clock: Clock, lines: Lines) -> None:
    progress = LogProgress(LOGGER, clock=clock)

    progress.begin(1, 100 * MIB)

    assert lines(progress, [(1, 50 * MIB), (4, -50 * MIB), (5, -0), (5, 10 * MIB)]) == [
        "copied 0 B of 100 MiB (0%), 0 B/s",
        "copied 0 B of 100 MiB (0%), 0 B/s",
        "copied 10.0 MiB of 100 MiB (10%), 2.0 MiB/s, 45 s left",
    ]


@pytest.mark.parametrize(
    ("size", "text"), [(100 * MIB, "copied 0 B of 100 MiB (0%), 0 B/s"), (None, "copied 0 B, 0 B/s")]
)
def test_more_taken_back_than_arrived_is_no_negative_rate(
    clock: Clock, lines: Lines, size: int | None, text: str
) -> None:
    progress = LogProgress(LOGGER, clock=clock)

    progress.begin(1, size)

    assert lines(progress, [(5, 50 * MIB), (5, -50 * MIB)])[1] == text


def test_all_is_said_only_of_all(clock: Clock, lines: Lines) -> None:
    progress = LogProgress(LOGGER, clock=clock)

    progress.begin(1, 1000 * MIB)

    assert lines(progress, [(5, 1000 * MIB - 1), (5, 1)]) == [
        "copied 1000 MiB of 1000 MiB (99%), 200 MiB/s, 1 s left",
        "copied 1000 MiB of 1000 MiB (100%), 0 B/s",
    ]


@pytest.mark.parametrize("size", [0, MIB])
def test_more_than_the_store_said_is_no_more_than_all(clock: Clock, lines: Lines, size: int) -> None:
    progress = LogProgress(LOGGER, clock=clock)

    progress.begin(1, size)

    assert "(100%), 1.0 MiB/s" in lines(progress, [(5, 5 * MIB)])[0]


def test_each_copy_begins_anew(clock: Clock, lines: Lines) -> None:
    progress = LogProgress(LOGGER, clock=clock)

    progress.begin(1, 100 * MIB)
    lines(progress, [(5, 50 * MIB), (4, 50 * MIB)])
    clock.now += 100
    progress.begin(1, 10 * MIB)

    assert lines(progress, [(4, MIB), (1, MIB)]) == ["copied 2.0 MiB of 10.0 MiB (20%), 410 KiB/s, 20 s left"]


# -- where we are -------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_bar() -> None:
    assert isinstance(suited(Terminal(), LOGGER), BarProgress)


@pytest.mark.parametrize("stream", [io.StringIO(), None], ids=["a file", "none"])
def test_what_is_no_terminal_gets_lines(stream: io.StringIO | None) -> None:
    assert isinstance(suited(stream, LOGGER), LogProgress)


def test_a_terminal_that_was_closed_gets_lines() -> None:
    stream = Terminal()
    stream.close()

    assert isinstance(suited(stream, LOGGER), LogProgress)


@pytest.mark.parametrize("progress", [NoProgress(), LogProgress(LOGGER), BarProgress(Terminal())])
def test_every_progress_may_be_ended_twice_and_before_it_began(progress: Progress) -> None:
    progress.end()
    progress.begin(1, 10)
    progress.already(4)
    progress.advance(6)
    progress.end()
    progress.end()


def test_what_was_there_fills_a_bar_but_makes_it_no_faster() -> None:
    terminal = Terminal()
    progress = BarProgress(terminal)

    progress.begin(1, 4096)
    progress.already(4096)
    progress.end()

    last = terminal.getvalue().rpartition("\r")[2]
    assert last.startswith("1 file: 100%|")
    assert last.endswith("?iB/s]\n")


def test_a_bar_that_begins_again_takes_the_place_of_the_one_before() -> None:
    terminal = Terminal()
    progress = BarProgress(terminal)

    progress.begin(1, 4096)
    progress.begin(2, 4096)
    progress.end()

    assert "2 files:" in terminal.getvalue()
    assert "\n" not in terminal.getvalue()


# -- in processes of their own, with a terminal, a pipe or a notebook -----------------------------

SETUP = """
import logging, sys
from mr_client.storage.copy.progress import suited
logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
progress = suited(sys.stderr, logging.getLogger())
"""
WHOLE = SETUP + "progress.begin(3, 4096); progress.already(1024); progress.advance(3072); progress.end()"
HALF = SETUP + "progress.begin(3, 4096); progress.advance(2048); progress.end(); print('The error.', file=sys.stderr)"
UNKNOWN = SETUP + "progress.begin(1, None); progress.advance(2048); progress.end()"


def run_on_a_terminal(code: str, **environ: str) -> str:
    """Return what a terminal of 80 columns gets to see."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code], stderr=slave, env={**os.environ, "PYTHONUTF8": "1", **environ}
    ) as running:
        os.close(slave)
        seen = b""
        try:
            while piece := os.read(master, 65536):
                seen += piece
        except OSError:  # how Linux says that the other end is closed
            pass
        os.close(master)
    assert running.returncode == 0, seen
    return seen.decode()


def run_in_a_pipe(code: str, *, warnings: str = "error") -> str:
    """Return what a log gets."""
    return subprocess.run(
        [sys.executable, "-W", warnings, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    ).stderr


def screen(text: str) -> list[str]:
    """What is left to see: of each line, what was written over the rest."""
    shown = []
    for line in text.split("\r\n"):
        cells: list[str] = []
        for part in line.split("\r"):
            cells[: len(part)] = part
        shown.append("".join(cells).rstrip())
    return shown


def test_on_a_terminal_a_bar_fills_and_stays() -> None:
    seen = run_on_a_terminal(WHOLE)

    assert "3 files:   0%|" in seen
    assert "3 files:  25%|" in seen
    *bar, rest = screen(seen)
    assert rest == ""
    assert len(bar) == 1
    assert bar[0].startswith("3 files: 100%|████")
    assert "| 4.00k/4.00k [00:00<00:00, " in bar[0]
    assert bar[0].endswith("iB/s]")


def test_the_bar_of_a_copy_that_failed_leaves_its_place_to_the_error() -> None:
    seen = run_on_a_terminal(HALF)

    assert "3 files:   0%|" in seen
    assert screen(seen) == ["The error.", ""]


def test_a_bar_without_a_size_counts_and_then_goes() -> None:
    seen = run_on_a_terminal(UNKNOWN)

    assert "1 file: 0.00iB" in seen
    assert screen(seen) == [""]


@pytest.mark.parametrize("code", [WHOLE, HALF.partition("; print")[0], UNKNOWN])
def test_a_bar_can_be_turned_off_as_tqdm_says(code: str) -> None:
    assert run_on_a_terminal(code, TQDM_DISABLE="1") == ""


def test_a_bar_has_no_colours_to_turn_off() -> None:
    assert "\x1b[3" not in run_on_a_terminal(WHOLE)


def test_in_a_pipe_there_is_no_bar() -> None:
    assert run_in_a_pipe(WHOLE) == ""


def test_in_a_pipe_there_are_lines() -> None:
    code = SETUP + "progress.__init__(logging.getLogger(), every=0); progress.begin(1, 4096); progress.advance(1024)"

    assert run_in_a_pipe(code).startswith("copied 1.0 KiB of 4.0 KiB (25%), ")


def test_lines_need_no_library_for_bars() -> None:
    assert run_in_a_pipe(WHOLE + "; assert 'tqdm' not in sys.modules") == ""


KERNEL = """
import sys, types
class Shell:
    kernel = object()
ipython, ipykernel, shell = types.ModuleType("IPython"), types.ModuleType("ipykernel"), types.ModuleType("ipykernel.zmqshell")
ipython.get_ipython = Shell
sys.modules |= {"IPython": ipython, "ipykernel": ipykernel, "ipykernel.zmqshell": shell}
"""
WIDGETS = """
class Widget(types.SimpleNamespace):
    made = []
    def __init__(self, children=(), **traits):
        super().__init__(children=children, closed=False, bar_style="", layout=types.SimpleNamespace(), **traits)
        self.style = types.SimpleNamespace()
        self.made.append(self)
    def close(self):
        self.closed = True
ipywidgets, display = types.ModuleType("ipywidgets"), types.ModuleType("IPython.display")
ipywidgets.HTML = ipywidgets.FloatProgress = Widget
ipywidgets.HBox = type("HBox", (Widget,), {})
display.display = lambda widget: print("displayed", file=sys.stderr)
sys.modules |= {"ipywidgets": ipywidgets, "IPython.display": display}
"""
REPORT = """
bar, box = [widget for widget in Widget.made if hasattr(widget, "max") or widget.children]
print(bar.value, "of", bar.max, bar.bar_style, "closed" if box.closed else "open", file=sys.stderr)
"""


def test_in_a_notebook_there_is_a_widget_that_fills_and_stays() -> None:
    """With IPython and ipywidgets as far as tqdm touches them: neither is a dependency."""
    assert run_in_a_pipe(KERNEL + WIDGETS + WHOLE + REPORT) == "displayed\n4096 of 4096 success open\n"


def test_in_a_notebook_the_widget_of_a_copy_that_failed_goes() -> None:
    assert (
        run_in_a_pipe(KERNEL + WIDGETS + HALF.partition("; print")[0] + REPORT) == "displayed\n2048 of 4096  closed\n"
    )


def test_in_a_notebook_without_widgets_a_bar_of_text_does_without_a_warning() -> None:
    seen = run_in_a_pipe(KERNEL + "sys.modules['ipywidgets'] = None\n" + WHOLE, warnings="always")

    assert "3 files: 100%|" in seen
    assert "Warning" not in seen


def test_ipython_at_a_terminal_or_not_running_is_no_notebook() -> None:
    for shell in ("types.SimpleNamespace", "lambda: None"):
        assert run_in_a_pipe(f"{KERNEL}\nipython.get_ipython = {shell}\n{WHOLE}") == ""
