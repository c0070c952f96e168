"""When a folder is looked at."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mr_model_agent.watch import changes
from servers.config_map import ConfigMap

LONG = 30.0
"""Seconds that no test waits: what is told before was told by the kernel."""


def watched(folder: Path, interval: float, then: Callable[[], object], times: int) -> float:
    """Return the seconds until a change was told so often."""
    stop, begun = threading.Event(), 0.0
    for number, _ in enumerate(changes(folder, stop, interval=interval)):
        if number == 0:
            # The watch begins when it is asked for the next change.
            threading.Timer(0.2, then).start()
            begun = time.monotonic()
        if number == times:
            stop.set()
    return time.monotonic() - begun


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda folder: ConfigMap(folder).models(), id="a ConfigMap's link"),
        pytest.param(lambda folder: (folder / "models.json").write_text("[]"), id="a file that is written"),
    ],
)
def test_a_change_is_told_by_the_kernel(tmp_path: Path, change: Callable[[Path], object]) -> None:
    assert watched(tmp_path, LONG, lambda: change(tmp_path), 1) < LONG / 2


def test_without_a_change_it_is_looked_at_now_and_then(tmp_path: Path) -> None:
    assert watched(tmp_path, 0.01, lambda: None, 3) >= 0.02


def test_a_folder_that_is_not_there_is_looked_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    watched(tmp_path / "late", 0.01, lambda: None, 3)

    assert caplog.text.count("cannot be watched") == 1


def test_it_ends_when_it_is_told_to(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()

    assert list(changes(tmp_path, stop, interval=LONG)) == []
