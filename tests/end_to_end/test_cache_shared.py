"""One cache, several processes: two that ask at once, and one that is ended in the middle."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mr_client import cache
from mr_client.cache import kept
from mr_client.storage.copy.journal import JOURNAL
from servers.web import WebServer

MIB = 1024 * 1024
BODY = os.urandom(MIB) * 24
CHECKPOINT = 8 * MIB
DOWNLOAD = "import sys, mr_client; print(mr_client.download(sys.argv[1]))"
ENDED = {
    "before the entry is there": "pathlib.Path.rename = lambda *_: os._exit(9)",
    "before its record is written": "kept.write_whole = lambda *_, **__: os._exit(9)",
    "before its name is known": "kept.Kept.remember = lambda *_: os._exit(9)",
}
"""What a process may be doing when it is ended."""


@pytest.fixture
def web(web: WebServer) -> WebServer:
    """A web server that holds a model of 24 MiB."""
    web.content["/model.bin"] = BODY
    web.headers["Last-Modified"] = "Wed, 21 Oct 2015 07:28:00 GMT"
    return web


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The cache."""
    return tmp_path / "cache"


def started(web: WebServer, folder: Path, code: str = DOWNLOAD) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, f"{web.url}/model.bin"],
        env={
            "PYTHONPATH": os.pathsep.join(sys.path),
            "MR_CACHE": str(folder),
            "MR_WORKERS": "1",
            "MR_RANGE_SIZE": "24Mi",
            "MR_SYNC": "false",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def given(process: subprocess.Popen[str]) -> Path:
    out, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    return Path(out.strip())


def test_of_two_processes_that_ask_at_once_one_brings_it_and_both_have_it(web: WebServer, folder: Path) -> None:
    web.stop_after = 12 * MIB
    web.hold.clear()
    first = started(web, folder)
    assert web.held.wait(60)
    second = started(web, folder, f"import logging; logging.basicConfig(level='INFO'); {DOWNLOAD}")
    assert second.stderr is not None
    assert any("waiting for it" in line for line in iter(second.stderr.readline, ""))
    assert not list(folder.glob("entries/*"))  # nobody sees half of it
    web.stop_after = 10**9
    web.hold.set()

    found = {given(first), given(second)}

    assert len(found) == 1
    assert (found.pop() / "model.bin").read_bytes() == BODY
    assert web.sent <= len(BODY) + 8  # a byte for each question


def test_a_download_that_is_killed_goes_on_where_it_was(web: WebServer, folder: Path) -> None:
    web.stop_after = 22 * MIB  # of which the kernel may hold 10, sent and not yet read
    web.hold.clear()
    killed = started(web, folder)
    assert web.held.wait(60)
    killed.kill()
    killed.communicate(timeout=30)
    (journal,) = (folder / "parts").rglob(JOURNAL)
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    noted = sum(line["stop"] - line["start"] for line in lines if "wrote" in line)
    before = web.sent
    assert cache.entries(folder=folder) == []
    assert cache.prune(folder=folder).size == 0  # it is young
    web.stop_after = 10**9
    web.hold.set()

    files = given(started(web, folder))

    assert (files / "model.bin").read_bytes() == BODY
    assert [path.name for path in files.iterdir()] == ["model.bin"]
    assert list((folder / "parts").iterdir()) == []
    assert noted >= CHECKPOINT
    assert web.sent - before <= len(BODY) - noted + 8  # a byte for each question


@pytest.mark.parametrize("when", ENDED)
def test_a_process_that_is_ended_at_the_very_end_leaves_nothing_wrong(web: WebServer, folder: Path, when: str) -> None:
    ending = f"import os, pathlib; from mr_client.cache import kept; {ENDED[when]}; {DOWNLOAD}"
    ended = started(web, folder, ending)
    ended.communicate(timeout=60)
    assert ended.returncode == 9

    files = given(started(web, folder))

    assert (files / "model.bin").read_bytes() == BODY
    assert [entry.names for entry in cache.entries(folder=folder)] == [(f"{web.url}/model.bin",)]
    assert web.sent <= len(BODY) + 8  # what was whole is not fetched again
    assert list((folder / "parts").iterdir()) == []


def test_a_process_that_prunes_while_another_downloads_does_it_no_harm(web: WebServer, folder: Path) -> None:
    web.stop_after = 12 * MIB
    web.hold.clear()
    running = started(web, folder)
    assert web.held.wait(60)

    assert cache.prune(everything=True, folder=folder).size == 0
    web.stop_after = 10**9
    web.hold.set()

    assert (given(running) / "model.bin").read_bytes() == BODY
    kept.let_go(folder)
