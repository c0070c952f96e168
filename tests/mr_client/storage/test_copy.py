"""The copy: each file whole or absent, whatever the store does."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mr_client.errors import MRClientError, NotAllowed, TransferError, TransferInterrupted, VerificationFailed
from mr_client.storage.copy import CopySettings, copy_files
from mr_client.storage.digests import Digest
from mr_client.storage.locate import locate
from mr_client.storage.plan import CopyPlan, plan_copy
from mr_client.storage.store import Store, StoredFile, open_store

FAST = CopySettings(range_size=1000, wait=0)
CONTENT = {"model/a.bin": os.urandom(2500), "model/sub/b.bin": b"b" * 10, "model/empty": b""}


def found(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class FakeStore:
    """Holds bytes; ``fault`` is asked before each piece and may raise."""

    def __init__(self, content: dict[str, bytes], *, piece: int = 300, **facts: Any) -> None:
        self.content, self.piece, self.facts = content, piece, facts
        self.reads: list[tuple[str, int, int | None]] = []
        self.fault: Callable[[str, int], None] = lambda key, position: None
        self.vouched: tuple[Digest, ...] = ()
        self.parts: tuple[int, ...] = ()

    def files(self) -> list[StoredFile]:
        return [
            StoredFile(**{"key": key, "path": key, "size": len(body), **self.facts})
            for key, body in self.content.items()
        ]

    def read(self, file: StoredFile, start: int, stop: int | None) -> Iterator[bytes]:
        self.reads.append((file.key, start, stop))
        body = self.content[file.key]
        end = len(body) if stop is None else stop
        for position in range(start, end, self.piece):
            self.fault(file.key, position)
            yield body[position : min(position + self.piece, end)]

    def digests(self, file: StoredFile) -> tuple[Digest, ...]:
        return self.vouched

    def confirmed(self, file: StoredFile, digest: Digest) -> Digest | None:
        return replace(digest, parts=self.parts, assumed=False) if self.parts else None


def md5(body: bytes) -> bytes:
    return hashlib.md5(body, usedforsecurity=False).digest()


def planned(store: Store, target: Path) -> CopyPlan:
    return plan_copy("fake://model", store.files(), target)


def test_every_file_arrives_with_its_folders(memory: Any, target: Path) -> None:
    memory.pipe({f"/{name}": body for name, body in CONTENT.items()})
    store = open_store(locate("memory://model", {}))

    copy_files(planned(store, target), store, settings=FAST)

    assert found(target) == {name.removeprefix("model/"): body for name, body in CONTENT.items()}


@pytest.mark.parametrize("workers", [1, 3, 16])
def test_a_large_file_is_split_into_ranges_that_add_up(target: Path, workers: int) -> None:
    store = FakeStore({"big": os.urandom(10_001)})

    copy_files(planned(store, target), store, settings=CopySettings(workers=workers, range_size=1000))

    assert found(target) == store.content
    assert sorted(store.reads)[-1] == ("big", 10_000, 10_001)
    assert len(store.reads) == 11


def test_a_file_without_ranges_is_read_in_one_go(target: Path) -> None:
    store = FakeStore({"big": os.urandom(5000)}, ranged=False)

    copy_files(planned(store, target), store, settings=FAST)

    assert found(target) == store.content
    assert store.reads == [("big", 0, None)]


def test_a_file_of_unknown_size_is_read_to_its_end(target: Path) -> None:
    store = FakeStore({"stream": os.urandom(5000)}, size=None, ranged=False)

    copy_files(planned(store, target), store, settings=FAST)

    assert found(target) == store.content


def test_a_file_has_its_sources_time_and_can_be_read_by_others_whatever_the_umask(target: Path) -> None:
    """The server of a pod runs as another user than the one that copies."""
    store = FakeStore({"sub/a": b"a"}, modified=1_700_000_000.0)

    before = os.umask(0o077)
    try:
        copy_files(planned(store, target), store)
    finally:
        os.umask(before)

    stat = (target / "sub/a").stat()
    assert (stat.st_mode & 0o777, stat.st_mtime) == (0o644, 1_700_000_000.0)
    assert [folder.stat().st_mode & 0o777 for folder in (target / "sub", target, target.parent)] == [0o755] * 3


def test_a_file_that_is_there_is_replaced_and_others_are_left(target: Path) -> None:
    target.mkdir(parents=True)
    (target / "a").write_text("old")
    (target / "mine").write_text("mine")
    store = FakeStore({"a": b"new"})

    copy_files(planned(store, target), store)

    assert found(target) == {"a": b"new", "mine": b"mine"}


# -- faults -----------------------------------------------------------------------------------


def test_an_interrupted_range_goes_on_where_it_ended(target: Path) -> None:
    store = FakeStore({"big": os.urandom(2500)})
    once = threading.Event()

    def cut(key: str, position: int) -> None:
        if position == 1600 and not once.is_set():
            once.set()
            raise TransferInterrupted("cut")

    store.fault = cut
    copy_files(planned(store, target), store, settings=FAST)

    assert found(target) == store.content
    assert sorted(store.reads) == [("big", 0, 1000), ("big", 1000, 2000), ("big", 1600, 2000), ("big", 2000, 2500)]


def test_an_interrupted_file_without_ranges_begins_again(target: Path) -> None:
    body = os.urandom(2500)
    store = FakeStore({"big": body}, ranged=False)
    store.vouched = (Digest("md5", md5(body), "ETag"),)
    arrived: list[int] = []

    def cut(key: str, position: int) -> None:
        if position == 900 and len(store.reads) == 1:
            raise TransferInterrupted("cut")

    store.fault = cut
    copy_files(planned(store, target), store, settings=FAST, progress=arrived.append)

    assert found(target) == store.content
    assert store.reads == [("big", 0, None), ("big", 0, None)]
    assert sum(arrived) == 2500


def test_a_range_that_ends_early_is_asked_for_again(target: Path) -> None:
    store = FakeStore({"big": os.urandom(2500)})
    whole = store.read

    def short(file: StoredFile, start: int, stop: int | None) -> Iterator[bytes]:
        return iter(list(whole(file, start, stop))[:1])

    store.read = short  # type: ignore[method-assign]  # this store lies about how much it gives
    copy_files(planned(store, target), store, settings=FAST)

    assert found(target) == store.content


def test_after_so_many_attempts_the_copy_gives_up_and_leaves_nothing(target: Path) -> None:
    store = FakeStore({"a": b"a" * 500, "b": b"b" * 500})

    def down(key: str, position: int) -> None:
        if position:
            raise TransferInterrupted("The connection broke.")

    store.fault = down
    with pytest.raises(TransferError, match=r"The connection broke\. Tried 3 times"):
        copy_files(planned(store, target), store, settings=CopySettings(attempts=3, wait=0))

    assert found(target) == {}


@pytest.mark.parametrize("error", [NotAllowed("no"), TransferError("changed"), RuntimeError("a bug")])
def test_an_error_that_will_not_pass_ends_the_copy_at_once_and_leaves_no_part(target: Path, error: Exception) -> None:
    store = FakeStore({name: os.urandom(3000) for name in "abcdef"})

    def refuse(key: str, position: int) -> None:
        if key == "d" and position >= 600:
            raise error

    store.fault = refuse
    with pytest.raises(type(error)):
        copy_files(planned(store, target), store, settings=FAST)

    assert all(store.content[name] == body for name, body in found(target).items())
    assert "d" not in found(target)


def test_bytes_beyond_the_size_the_store_says_are_an_error(target: Path) -> None:
    store = FakeStore({"a": b"a" * 700}, size=500)

    with pytest.raises(TransferError, match="longer than the 500 bytes"):
        copy_files(planned(store, target), store)

    assert found(target) == {}


def test_what_a_killed_run_left_behind_is_removed(target: Path) -> None:
    (target / "sub").mkdir(parents=True)
    (target / "sub" / (".mr-part-" + "0" * 20)).write_text("half")
    (target / ".mr-part-mine").write_text("no part of ours")
    store = FakeStore({"a": b"a"})

    copy_files(planned(store, target), store)

    assert found(target) == {"a": b"a", ".mr-part-mine": b"no part of ours"}


# -- digests ----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [500, 2500], ids=["one range", "several ranges"])
def test_a_file_with_another_md5_than_its_store_says_never_gets_its_name(target: Path, size: int) -> None:
    store = FakeStore({"a": os.urandom(size)})
    store.vouched = (Digest("md5", bytes(16), "ETag"),)

    with pytest.raises(VerificationFailed, match=f"but its store says {'0' * 32}"):
        copy_files(planned(store, target), store, settings=FAST)

    assert found(target) == {}


@pytest.mark.parametrize("size", [500, 2500], ids=["one range", "several ranges"])
def test_the_right_md5_is_accepted(target: Path, size: int) -> None:
    body = os.urandom(size)
    store = FakeStore({"a": body})
    store.vouched = (Digest("md5", md5(body), "ETag"),)

    copy_files(planned(store, target), store, settings=FAST)

    assert found(target) == {"a": body}


@pytest.mark.parametrize("parts", [(), (100, 100), (150, 50)], ids=["not told", "other than assumed", "as assumed"])
def test_a_digest_of_assumed_parts_that_does_not_match_is_an_error_only_when_the_store_tells_the_parts(
    target: Path, parts: tuple[int, ...]
) -> None:
    body = os.urandom(200)
    vouched = Digest("md5", md5(md5(body[:100]) + md5(body[100:])), "ETag", parts=(150, 50), assumed=True)
    store = FakeStore({"a": body})
    store.vouched, store.parts = (vouched,), parts

    if parts == (150, 50):
        with pytest.raises(VerificationFailed, match="--verify=size"):
            copy_files(planned(store, target), store)
    else:
        copy_files(planned(store, target), store)

    assert found(target) == ({} if parts == (150, 50) else {"a": body})


# -- the disk ---------------------------------------------------------------------------------


def test_a_folder_in_the_way_of_a_file_is_an_error(target: Path) -> None:
    (target / "a" / "mine").mkdir(parents=True)
    store = FakeStore({"a": b"a"})

    with pytest.raises(TransferError, match="cannot be written"):
        copy_files(planned(store, target), store)

    assert (target / "a" / "mine").is_dir()
    assert found(target) == {}


def test_a_link_that_leads_out_of_the_destination_is_not_followed(target: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    target.mkdir(parents=True)
    (target / "sub").symlink_to(outside)
    store = FakeStore({"sub/deeper/a": b"a"})

    with pytest.raises(NotAllowed, match="by a link"):
        copy_files(planned(store, target), store)

    assert list(outside.iterdir()) == []


def test_a_full_disk_is_a_transfer_error_that_says_so(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> int:
        raise OSError(28, "No space left on device")

    # There is no full disk without root.
    monkeypatch.setattr("mr_client.storage.copy.os.pwrite", full)
    store = FakeStore({"a": b"a"})

    with pytest.raises(TransferError, match="No space left on device"):
        copy_files(planned(store, target), store)
    assert found(target) == {}


def test_progress_is_told_of_every_byte_once(target: Path) -> None:
    store = FakeStore({"a": os.urandom(2500), "b": os.urandom(100)})
    arrived: list[int] = []

    copy_files(planned(store, target), store, settings=FAST, progress=arrived.append)

    assert sum(arrived) == 2600


def test_every_error_of_a_copy_is_one_of_ours(target: Path) -> None:
    target.parent.mkdir(parents=True)
    target.write_text("a file where the folder should be")
    store = FakeStore({"a": b"a"})

    with pytest.raises(MRClientError):
        copy_files(planned(store, target), store)
