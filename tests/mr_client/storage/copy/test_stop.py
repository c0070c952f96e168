"""A copy that nobody wants any more ends soon, and the next one goes on."""

from __future__ import annotations

import logging
import os
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import mr_client
from mr_client.errors import TransferInterrupted
from mr_client.storage.copy.journal import JOURNAL
from mr_client.storage.copy.partial import Partial
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.copy.stop import Stop
from servers.agent_pod import until
from servers.web import WebServer

MIB = 1024**2
PATIENT = CopySettings(workers=2, wait=60.0, sync=False)
"""An attempt more comes after half a minute at the earliest: whoever waits for it takes too long for these tests."""


class Copy:
    """A copy in a thread of its own."""

    def __init__(self, uri: str, target: Path) -> None:
        self.stop = Stop()
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._run, args=(uri, target))
        self.thread.start()

    def _run(self, uri: str, target: Path) -> None:
        try:
            mr_client.fetch(uri, target, environ={}, copy=PATIENT, stop=self.stop)
        except BaseException as error:
            self.error = error

    def ends(self) -> BaseException | None:
        self.thread.join(15)
        assert not self.thread.is_alive()
        return self.error


class Heard(logging.Handler):
    """Waits for a word in the log."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self.word, self.heard = word, threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if self.word in record.getMessage():
            self.heard.set()


@pytest.fixture
def trying_again() -> Iterator[Callable[[], bool]]:
    """Wait until an attempt has failed and another is to come."""
    heard, logger = Heard("Trying again"), logging.getLogger("mr_client.storage.copy.carry")
    logger.addHandler(heard)
    yield lambda: heard.heard.wait(15)
    logger.removeHandler(heard)


def test_what_has_come_before_it_was_stopped_is_gone_on_with(target: Path, web: WebServer) -> None:
    web.content["/m"] = os.urandom(24 * MIB)
    web.stop_after = 20 * MIB
    web.hold.clear()
    journal = target / JOURNAL
    copy = Copy(f"{web.url}/m", target)
    until(lambda: '"wrote"' in journal.read_text() if journal.exists() else False)
    copy.stop.say()
    web.hold.set()

    error = copy.ends()
    assert isinstance(error, TransferInterrupted)
    assert str(error) == f"The copy to {str(target)!r} was stopped: run again, and it goes on where it was."
    assert not (target / "m").exists()
    web.stop_after, web.sent = None, 0
    receipt = mr_client.fetch(f"{web.url}/m", target, environ={}, copy=PATIENT)
    assert (target / "m").read_bytes() == web.content["/m"]
    assert receipt.fetched < 24 * MIB


def test_nobody_waits_for_another_attempt_at_a_file(
    target: Path, web: WebServer, trying_again: Callable[[], bool]
) -> None:
    web.content["/m"], web.statuses = b"12", [503]
    copy = Copy(f"{web.url}/m", target)
    assert trying_again()
    copy.stop.say()

    assert isinstance(copy.ends(), TransferInterrupted)
    assert not target.exists(), "nothing had come"


def test_nobody_waits_for_another_attempt_at_a_listing(
    target: Path, web: WebServer, trying_again: Callable[[], bool]
) -> None:
    web.content["/m"], web.questions = b"12", [503]
    copy = Copy(f"{web.url}/m", target)
    assert trying_again()
    copy.stop.say()

    assert isinstance(copy.ends(), TransferInterrupted)


def test_what_is_stopped_before_it_begins_brings_nothing(target: Path, web: WebServer) -> None:
    web.content["/m"] = b"12"
    stop = Stop()
    stop.say()

    with pytest.raises(TransferInterrupted, match="was stopped"):
        mr_client.fetch(f"{web.url}/m", target, environ={}, stop=stop)
    assert not target.exists()


def test_an_archive_is_not_unpacked_any_more(target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "m").write_bytes(b"1")
    with tarfile.open(tmp_path / "m.tar", "w") as archive:
        archive.add(tmp_path / "m", "m")
    stop = Stop()
    # After the last byte, and before the first entry.
    monkeypatch.setattr(Stop, "check", lambda self, what: None)
    monkeypatch.setattr(Partial, "complete", _then(Partial.complete, stop.say))

    with pytest.raises(TransferInterrupted, match="Unpacking 'm.tar' was stopped"):
        mr_client.fetch(f"file://{tmp_path}/m.tar", target, environ={}, stop=stop)
    assert not (target / "m").exists()


def _then(first: Callable[..., None], after: Callable[[], None]) -> Callable[..., None]:
    def both(*arguments: object) -> None:
        first(*arguments)
        after()

    return both


def test_who_heeds_it_is_told_once_it_is_said_and_at_once_if_it_was() -> None:
    stop, told = Stop(), list[str]()
    with stop.telling(lambda: told.append("a")):
        assert told == []
        stop.say()
        assert told == ["a"]
        with stop.telling(lambda: told.append("b")):
            assert told == ["a", "b"]
    assert stop.is_said()


def test_who_is_done_is_not_told() -> None:
    stop, told = Stop(), list[str]()
    with stop.telling(lambda: told.append("a")):
        pass
    stop.say()

    assert told == []


def test_nor_is_who_has_failed() -> None:
    stop, told = Stop(), list[str]()
    with pytest.raises(OSError, match="disk"), stop.telling(lambda: told.append("a")):
        raise OSError("no disk")
    stop.say()

    assert told == []
