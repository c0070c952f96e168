"""What an interrupted run leaves, and what the next one makes of it."""

from __future__ import annotations

import fcntl
import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mr_client.errors import NotAllowed, TransferError
from mr_client.storage.copy.journal import JOURNAL
from servers.fake_store import FAST, FakeStore, brought, found

CONTENT = {"big": os.urandom(10_000), "sub/small": os.urandom(300), "empty": b"", "sub/other": os.urandom(2100)}
SIZE = sum(map(len, CONTENT.values()))


class Cut(BaseException):
    """Ends a run as if it were killed: nothing in the library catches it."""


def cut_after(store: FakeStore, sent: int) -> None:
    """Let a store fail when it has given ``sent`` bytes."""

    def cut(key: str, position: int) -> None:
        if store.sent >= sent:
            raise Cut

    store.fault = cut


def half_brought(target: Path, sent: int = 6000) -> FakeStore:
    """Leave what a run leaves that ended after ``sent`` bytes, and return the store, whole again."""
    store = FakeStore(CONTENT, piece=100)
    cut_after(store, sent)
    with pytest.raises(Cut):
        brought(store, target)
    store.fault = lambda key, position: None
    store.sent = 0
    store.reads.clear()
    return store


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("sent", range(100, SIZE, 700))
def test_a_run_after_another_that_was_cut_short_fetches_only_what_is_missing(
    target: Path, sent: int, workers: int
) -> None:
    store = FakeStore(CONTENT, piece=100)
    cut_after(store, sent)
    with pytest.raises(Cut):
        brought(store, target, replace(FAST, workers=workers))
    before = store.sent

    store.fault = lambda key, position: None
    brought(store, target, replace(FAST, workers=workers))

    assert found(target) == CONTENT
    # Each worker loses at most what it had not taken note of, and a small file that it had not finished.
    assert SIZE <= store.sent <= SIZE + workers * FAST.checkpoint
    assert before >= sent


KILLED = """
import os, signal, sys
from pathlib import Path
from mr_client.storage.copy.settings import CopySettings
from servers.fake_store import FakeStore, brought, FAST

store = FakeStore(dict(big=bytes(range(250)) * 40, small=b"s" * 300), piece=100)
def kill(key, position):
    if store.sent >= int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
store.fault = kill
brought(store, Path(sys.argv[1]))
print(store.sent)
"""


@pytest.mark.parametrize("sent", [0, 100, 450, 3300, 9900, 10_199])
def test_a_killed_process_leaves_what_the_next_one_goes_on_with(target: Path, sent: int) -> None:
    def run(sent: int) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", KILLED, str(target), str(sent)]
        environ = {"PYTHONPATH": os.pathsep.join(sys.path)}
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)

    killed, again = run(sent), run(10**9)

    assert killed.returncode == -signal.SIGKILL
    assert again.returncode == 0, again.stderr
    assert found(target) == {"big": bytes(range(250)) * 40, "small": b"s" * 300}
    assert int(again.stdout) <= 10_300 - sent + FAST.workers * (FAST.checkpoint + 100)


def test_a_finished_folder_costs_a_listing_and_no_byte(target: Path) -> None:
    store = FakeStore(CONTENT)
    brought(store, target)
    store.reads.clear()
    before = {path: path.stat().st_ino for path in target.rglob("*")}

    outcome = brought(store, target)

    assert (store.reads, outcome.fetched) == ([], 0)
    assert {path: path.stat().st_ino for path in target.rglob("*")} == before


def test_a_finished_folder_need_not_be_writable(target: Path) -> None:
    """A volume that is mounted read-only, and holds the model, is ready."""
    store = FakeStore(CONTENT)
    brought(store, target)
    made: list[Path] = []

    class Watched(FakeStore):
        def read(self, *arguments: object) -> object:  # type: ignore[override]  # never called
            made.append(target)
            raise AssertionError

    brought(Watched(CONTENT), target)

    assert made == []
    assert not (target / JOURNAL).exists()


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda path: path.write_bytes(b"x" * path.stat().st_size), id="another time"),
        pytest.param(lambda path: os.truncate(path, 100), id="another size"),
        pytest.param(lambda path: path.unlink(), id="gone"),
    ],
)
def test_a_file_that_is_no_longer_as_it_came_is_fetched_again_and_the_others_are_not(
    target: Path, spoil: Callable[[Path], object]
) -> None:
    store = FakeStore(CONTENT)
    brought(store, target)
    store.sent = 0

    spoil(target / "sub/other")
    brought(store, target)

    assert found(target) == CONTENT
    assert store.sent == len(CONTENT["sub/other"])


def test_a_source_that_changed_since_is_not_mixed_with_what_was_fetched_before(target: Path) -> None:
    store = half_brought(target)

    store.put("big", os.urandom(10_000))
    brought(store, target)

    assert found(target) == store.content


def test_bytes_that_were_damaged_on_disk_are_fetched_again(target: Path) -> None:
    store = half_brought(target)
    [part] = [path for path in target.glob(".mr-part-*") if path.name != JOURNAL]

    with part.open("r+b") as file:
        file.seek(1234)
        file.write(b"damaged")
    brought(store, target)

    assert found(target) == CONTENT


def test_a_part_that_is_gone_is_fetched_again(target: Path) -> None:
    store = half_brought(target)

    for part in target.glob(".mr-part-*"):
        if part.name != JOURNAL:
            part.unlink()
    brought(store, target)

    assert found(target) == CONTENT


@pytest.mark.parametrize("seed", range(20))
def test_a_torn_or_damaged_journal_costs_bytes_and_never_the_right_content(target: Path, seed: int) -> None:
    chance = random.Random(seed)
    store = half_brought(target)
    journal = target / JOURNAL

    data = bytearray(journal.read_bytes())
    if seed % 2:
        del data[chance.randrange(len(data)) :]
    else:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    journal.write_bytes(data)
    brought(store, target)

    assert found(target) == CONTENT


def test_other_settings_than_the_run_before_go_on_all_the_same(target: Path) -> None:
    store = half_brought(target)

    brought(store, target, replace(FAST, range_size=1700, checkpoint=333, workers=2))

    assert found(target) == CONTENT
    assert store.sent < SIZE


def test_after_a_power_failure_what_only_looks_finished_is_fetched_again(target: Path) -> None:
    """The journal names the boot it was written in; what was renamed then may not have reached the disk."""
    store = half_brought(target)
    journal = target / JOURNAL
    head, *lines = journal.read_text().splitlines()
    journal.write_text("\n".join([json.dumps({**json.loads(head), "boot": "another"}), *lines, ""]))
    (target / "sub").mkdir(exist_ok=True)
    (target / "sub/other").write_bytes(bytes(2100))
    os.utime(target / "sub/other", (1_700_000_000, 1_700_000_000))

    brought(store, target)

    assert found(target) == CONTENT


def test_leftovers_of_files_that_are_no_longer_wanted_are_removed_and_nothing_else(target: Path) -> None:
    (target / "sub").mkdir(parents=True)
    (target / "sub" / (".mr-part-" + "0" * 20)).write_text("half")
    (target / (".mr-part-" + "1" * 20)).mkdir()
    (target / (".mr-part-" + "1" * 20) / "unpacked").write_text("half")
    (target / ".mr-part-mine").write_text("no part of ours")
    store = FakeStore({"a": b"a"})

    brought(store, target)

    assert found(target) == {"a": b"a", ".mr-part-mine": b"no part of ours"}
    assert sorted(path.name for path in target.iterdir()) == [".mr-part-mine", "a", "sub"]


# -- two runs at once -------------------------------------------------------------------------


def test_a_run_waits_for_another_in_the_same_folder_and_finds_its_files(target: Path) -> None:
    first, second = FakeStore(CONTENT), FakeStore(CONTENT)
    inside, go_on = threading.Event(), threading.Event()

    def hold(key: str, position: int) -> None:
        inside.set()
        assert go_on.wait(30)

    first.fault = hold
    patient = replace(FAST, patience=30)
    threads = [threading.Thread(target=brought, args=(store, target, patient)) for store in (first, second)]
    threads[0].start()
    assert inside.wait(30)
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join(30)

    assert found(target) == CONTENT
    assert (first.sent, second.sent) == (SIZE, 0)


def test_a_run_that_waits_too_long_fails_clearly_and_touches_nothing(target: Path) -> None:
    target.mkdir(parents=True)
    store = FakeStore(CONTENT)

    with (target / JOURNAL).open("wb") as journal:
        fcntl.flock(journal, fcntl.LOCK_EX)
        with pytest.raises(TransferError, match="Another run has been at work in .*: wait for it, or stop it"):
            brought(store, target)

    assert store.reads == []
    assert found(target) == {JOURNAL: b""}


def test_many_runs_into_one_folder_leave_one_model(target: Path) -> None:
    stores = [FakeStore(CONTENT) for _ in range(5)]
    patient = replace(FAST, patience=30)

    threads = [threading.Thread(target=brought, args=(store, target, patient)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert found(target) == CONTENT
    assert sum(store.sent for store in stores) == SIZE


def test_a_folder_that_another_run_makes_meanwhile_is_no_file(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    look = Path.stat

    def stat(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        try:
            return look(path, follow_symlinks=follow_symlinks)
        except FileNotFoundError:
            if path == target / "sub":
                path.mkdir(parents=True)
            raise

    monkeypatch.setattr(Path, "stat", stat)
    brought(FakeStore({"sub/a": b"a"}), target)

    assert found(target) == {"sub/a": b"a"}


def test_where_the_disk_knows_no_locks_two_runs_do_not_disturb_each_other(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*arguments: object) -> None:
        raise OSError(95, "Operation not supported")

    # What file systems over object stores say; there is none here.
    monkeypatch.setattr("mr_client.storage.copy.journal.fcntl.flock", no_locks)
    first, second = FakeStore(CONTENT), FakeStore(CONTENT)
    nested = threading.Lock()

    def other_run(key: str, position: int) -> None:
        if nested.acquire(blocking=False):
            brought(second, target)

    first.fault = other_run
    brought(first, target)

    assert found(target) == CONTENT


def test_an_error_keeps_what_came_for_the_next_run_and_says_so_by_the_journal(target: Path) -> None:
    store = FakeStore(CONTENT, piece=100)

    def refuse(key: str, position: int) -> None:
        if store.sent > 5000:
            raise NotAllowed("The token expired.")

    store.fault = refuse
    with pytest.raises(NotAllowed):
        brought(store, target)
    assert (target / JOURNAL).exists()

    store.fault, store.sent = (lambda key, position: None), 0
    brought(store, target)

    assert found(target) == CONTENT
    assert store.sent < SIZE - 3000


def test_what_is_left_can_be_gone_on_with_by_another_user_of_the_same_group(target: Path) -> None:
    """A pod that is started again may have another user, and has the group of its volume."""
    before = os.umask(0o077)
    try:
        half_brought(target)
    finally:
        os.umask(before)

    assert {path.stat().st_mode & 0o777 for path in target.glob(".mr-part-*")} == {0o660}
