"""The program, ended in the middle of a copy or run twice at once: every byte comes once, as far as that can be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from servers.web import WebServer

MIB = 1024 * 1024
BODY = os.urandom(MIB) * 40
WORKERS, CHECKPOINT = 2, 8 * MIB
ON_THE_WAY = 8 * MIB
"""What the kernel's buffers hold at most, sent and never read."""
POINTS = [0, 1, 9, 17, 26, 33, 39]
"""MiB that the server has sent when the program is ended."""


@pytest.fixture
def web(web: WebServer) -> WebServer:
    """A web server that holds a model of 40 MiB."""
    web.content["/model.bin"] = BODY
    web.headers["Last-Modified"] = "Wed, 21 Oct 2015 07:28:00 GMT"
    return web


def started(web: WebServer, target: Path) -> subprocess.Popen[str]:
    """Start the program on the code under test, wherever the interpreter has another one installed."""
    return subprocess.Popen(
        [sys.executable, "-m", "mr_storage_initializer", f"{web.url}/model.bin", str(target)],
        env={
            "PYTHONPATH": os.pathsep.join(sys.path),
            "MR_WORKERS": str(WORKERS),
            "MR_RANGE_SIZE": "10Mi",
            "MR_SYNC": "false",
        },
        stderr=subprocess.PIPE,
        text=True,
    )


def names(target: Path) -> list[str]:
    return sorted(path.name for path in target.iterdir())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["SIGKILL", "SIGTERM"])
@pytest.mark.parametrize("point", POINTS)
def test_a_copy_that_is_ended_at_any_point_goes_on_where_it_was(
    web: WebServer, target: Path, number: signal.Signals, point: int
) -> None:
    web.stop_after = point * MIB
    web.hold.clear()
    running = started(web, target)
    assert web.held.wait(60)

    begun = time.monotonic()
    running.send_signal(number)
    _, said = running.communicate(timeout=30)
    seconds = time.monotonic() - begun
    assert not (target / "model.bin").exists()
    web.stop_after = 10**9
    web.hold.set()
    again = started(web, target)
    _, said_again = again.communicate(timeout=60)

    assert running.returncode == (143 if number == signal.SIGTERM else -signal.SIGKILL), said
    assert seconds < 1
    assert again.returncode == 0, said_again
    assert (target / "model.bin").read_bytes() == BODY
    assert names(target) == ["model.bin"]
    # What each worker had not taken note of, and what was never read, is all that comes twice.
    assert web.sent <= len(BODY) + WORKERS * CHECKPOINT + ON_THE_WAY


def test_a_copy_that_is_ended_again_and_again_still_gets_there(web: WebServer, target: Path) -> None:
    for _ in range(4):
        web.stop_after = web.sent + 9 * MIB
        web.hold.clear()
        web.held.clear()
        running = started(web, target)
        assert web.held.wait(60)
        running.kill()
        running.communicate(timeout=30)
        web.hold.set()
    web.stop_after = 10**9

    last = started(web, target)
    _, said = last.communicate(timeout=60)

    assert last.returncode == 0, said
    assert (target / "model.bin").read_bytes() == BODY
    assert names(target) == ["model.bin"]


def test_two_programs_into_one_folder_end_well_and_every_byte_comes_once(web: WebServer, target: Path) -> None:
    web.stop_after = 9 * MIB
    web.hold.clear()
    first = started(web, target)
    assert web.held.wait(60)
    second = started(web, target)
    assert second.stderr is not None
    waiting = next(line for line in second.stderr if "another run is at work" in line)
    web.stop_after = 10**9
    web.hold.set()

    _, said = first.communicate(timeout=60)
    _, said_too = second.communicate(timeout=60)

    assert "waiting for it" in waiting
    assert (first.returncode, second.returncode) == (0, 0), said + said_too
    assert (target / "model.bin").read_bytes() == BODY
    assert names(target) == ["model.bin"]
    assert web.sent == len(BODY)
