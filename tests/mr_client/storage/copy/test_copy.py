"""The copy: each file whole or absent, whatever the store does."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mr_client.errors import (
    MRClientError,
    NotAllowed,
    TransferError,
    TransferInterrupted,
    VerificationFailed,
)
from mr_client.storage.archives.limits import UnpackLimits
from mr_client.storage.bring import bring
from mr_client.storage.copy.journal import JOURNAL
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.digests import digest as digests
from mr_client.storage.digests.digest import Digest
from mr_client.storage.locate import locate
from mr_client.storage.plan import plan_copy
from mr_client.storage.store import open_store
from mr_client.storage.stored import StoredFile
from servers.fake_store import FAST, FakeStore, brought, found

CONTENT = {"model/a.bin": os.urandom(2500), "model/sub/b.bin": b"b" * 10, "model/empty": b""}
ONE_WORKER = replace(FAST, workers=1)


class Counting:
    """A progress that adds up."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int | None]] = []
        self.arrived = self.there = 0

    def begin(self, files: int, size: int | None, /) -> None:
        self.told.append(("begin", size))

    def already(self, size: int, /) -> None:
        self.there += size

    def advance(self, arrived: int, /) -> None:
        self.arrived += arrived

    def end(self) -> None:
        self.told.append(("end", None))


def md5(body: bytes) -> Digest:
    return Digest("md5", hashlib.md5(body, usedforsecurity=False).digest(), "ETag")


def test_every_file_arrives_with_its_folders_and_nothing_else_is_left(memory: Any, target: Path) -> None:
    memory.pipe({f"/{name}": body for name, body in CONTENT.items()})
    store = open_store(locate("memory://model", {}))

    bring(plan_copy("memory://model", store.files(), target), store, settings=FAST)

    assert found(target) == {name.removeprefix("model/"): body for name, body in CONTENT.items()}


@pytest.mark.parametrize("workers", [1, 3, 16])
def test_a_large_file_is_split_into_ranges_that_add_up(target: Path, workers: int) -> None:
    store = FakeStore({"big": os.urandom(10_001)})

    brought(store, target, replace(FAST, workers=workers))

    assert found(target) == store.content
    assert sorted(store.reads)[-1] == ("big", 10_000, 10_001)
    assert len(store.reads) == 11


def test_a_file_up_to_a_checkpoint_comes_in_one_request(target: Path) -> None:
    store = FakeStore({"small": os.urandom(400), "large": os.urandom(401)})

    brought(store, target, replace(FAST, range_size=200))

    assert sorted(store.reads) == [("large", 0, 200), ("large", 200, 400), ("large", 400, 401), ("small", 0, None)]


def test_a_file_without_ranges_is_read_in_one_go(target: Path) -> None:
    store = FakeStore({"big": os.urandom(5000)}, ranged=False)

    brought(store, target)

    assert found(target) == store.content
    assert store.reads == [("big", 0, None)]


def test_a_file_of_unknown_size_is_read_to_its_end(target: Path) -> None:
    store = FakeStore({"stream": os.urandom(5000)}, size=None, ranged=False)

    brought(store, target)

    assert found(target) == store.content


def test_a_file_has_its_sources_time_and_can_be_read_by_others_whatever_the_umask(target: Path) -> None:
    """The server of a pod runs as another user than the one that copies."""
    store = FakeStore({"sub/a": b"a"}, modified=1_700_000_000.0)

    before = os.umask(0o077)
    try:
        brought(store, target)
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

    brought(store, target)

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
    brought(store, target)

    assert found(target) == store.content
    assert sorted(store.reads) == [("big", 0, 1000), ("big", 1000, 2000), ("big", 1600, 2000), ("big", 2000, 2500)]


def test_an_interrupted_file_without_ranges_begins_again(target: Path) -> None:
    body = os.urandom(2500)
    store = FakeStore({"big": body}, ranged=False, digests={"big": md5(body)})
    progress = Counting()

    def cut(key: str, position: int) -> None:
        if position == 900 and len(store.reads) == 1:
            raise TransferInterrupted("cut")

    store.fault = cut
    brought(store, target, progress=progress)

    assert found(target) == store.content
    assert store.reads == [("big", 0, None), ("big", 0, None)]
    assert progress.arrived == 2500


@pytest.mark.parametrize("size", [350, 2500])
def test_a_range_that_ends_early_is_asked_for_again(target: Path, size: int) -> None:
    store = FakeStore({"big": os.urandom(size)})
    whole = store.read

    def short(file: StoredFile, start: int, stop: int | None) -> Iterator[bytes]:
        return iter(list(whole(file, start, stop))[:1])

    store.read = short  # type: ignore[method-assign]  # this store lies about how much it gives
    brought(store, target)

    assert found(target) == store.content


def test_after_so_many_attempts_the_copy_gives_up(target: Path) -> None:
    store = FakeStore({"a": b"a" * 500, "b": b"b" * 500})

    def down(key: str, position: int) -> None:
        if position:
            raise TransferInterrupted("The connection broke.")

    store.fault = down
    with pytest.raises(TransferError, match=r"The connection broke\. Tried 3 times"):
        brought(store, target, replace(FAST, attempts=3))

    assert not {"a", "b"} & set(found(target))


def test_attempts_are_counted_anew_when_much_has_arrived(target: Path) -> None:
    """A line that breaks every megabyte still brings the model."""
    store = FakeStore({"big": os.urandom(4 * 1024 * 1024)}, piece=256 * 1024)
    broken: set[int] = set()

    def flaky(key: str, position: int) -> None:
        if position and position not in broken:
            broken.add(position)
            raise TransferInterrupted("The connection broke.")

    store.fault = flaky
    brought(store, target, CopySettings(workers=1, attempts=2, wait=0, sync=False))

    assert found(target) == store.content


@pytest.mark.parametrize("error", [NotAllowed("no"), TransferError("broken"), RuntimeError("a bug")])
def test_an_error_that_will_not_pass_ends_the_copy_at_once(target: Path, error: Exception) -> None:
    store = FakeStore({name: os.urandom(3000) for name in "abcdef"})

    def refuse(key: str, position: int) -> None:
        if key == "d" and position >= 600:
            raise error

    store.fault = refuse
    with pytest.raises(type(error)):
        brought(store, target)

    whole = {name: body for name, body in found(target).items() if name in store.content}
    assert all(store.content[name] == body for name, body in whole.items())
    assert "d" not in whole


def test_an_error_before_the_first_byte_leaves_no_folder(tmp_path: Path, target: Path) -> None:
    store = FakeStore({"a": b"a", "big": os.urandom(3000)})

    def refuse(key: str, position: int) -> None:
        raise NotAllowed("no")

    store.fault = refuse
    with pytest.raises(NotAllowed):
        brought(store, target)

    assert list(tmp_path.iterdir()) == []


def test_bytes_beyond_the_size_the_store_says_are_an_error(target: Path) -> None:
    store = FakeStore({"a": b"a" * 700}, size=500)

    with pytest.raises(TransferError, match="longer than the 500 bytes"):
        brought(store, target, replace(FAST, checkpoint=1000))

    assert "a" not in found(target)


# -- a source that changes --------------------------------------------------------------------


@pytest.mark.parametrize("size", [300, 5000], ids=["one request", "ranges"])
@pytest.mark.parametrize("other", [200, 300, 5000, 7000])
def test_a_file_that_changes_while_it_is_copied_is_begun_again_and_never_mixed(
    target: Path, size: int, other: int
) -> None:
    store = FakeStore({"a": b"1" * size, "b": b"b" * 100}, piece=100)
    changed = threading.Event()

    def change(key: str, position: int) -> None:
        if key == "a" and position and not changed.is_set():
            changed.set()
            store.put("a", b"2" * other)

    store.fault = change
    progress = Counting()
    outcome = brought(store, target, progress=progress)

    assert found(target) == {"a": b"2" * other, "b": b"b" * 100}
    assert progress.arrived == other + 100
    assert outcome.plan.size == other + 100


def test_a_file_that_changes_twice_is_an_error_that_says_so(target: Path) -> None:
    store = FakeStore({"a": b"1" * 5000})

    def change(key: str, position: int) -> None:
        store.put("a", os.urandom(5000))

    store.fault = change
    with pytest.raises(TransferError, match="'a' changed twice while it was copied"):
        brought(store, target)

    assert "a" not in found(target)


def test_a_file_that_nothing_pins_is_looked_at_again_when_all_of_it_is_there(target: Path) -> None:
    store = FakeStore({"a": b"1" * 300}, etag=None)
    looked: list[str] = []

    def look(file: StoredFile) -> StoredFile:
        looked.append(file.key)
        if len(looked) == 1:
            store.content["a"] = b"2" * 350
        return store._stored(file.key)

    store.look = look  # type: ignore[method-assign]  # changes between the copy and the second look
    brought(store, target)

    assert found(target) == {"a": b"2" * 350}


def test_a_file_that_is_gone_meanwhile_is_not_found(target: Path) -> None:
    store = FakeStore({"a": b"1" * 5000})

    def remove(key: str, position: int) -> None:
        if position:
            store.etags["a"] = '"2"'
            store.look = lambda file: FakeStore({}).look(file)  # type: ignore[method-assign]

    store.fault = remove
    with pytest.raises(MRClientError, match="'a' is gone"):
        brought(store, target, ONE_WORKER)


# -- digests ----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [300, 2500], ids=["one request", "ranges"])
def test_a_file_with_another_md5_than_its_store_says_never_gets_its_name(target: Path, size: int) -> None:
    store = FakeStore({"a": os.urandom(size)}, digests={"a": Digest("md5", bytes(16), "ETag")})

    with pytest.raises(VerificationFailed, match="0" * 32):
        brought(store, target)

    assert found(target) == {}


@pytest.mark.parametrize("size", [0, 300, 2500], ids=["empty", "one request", "ranges"])
def test_the_right_md5_is_accepted_and_said(target: Path, size: int) -> None:
    body = os.urandom(size)
    store = FakeStore({"a": body, "b": b"b"}, digests={"a": md5(body)})

    outcome = brought(store, target)

    assert found(target) == {"a": body, "b": b"b"}
    assert outcome.verification.digested == ({"a": "md5"} if size else {})
    assert outcome.verification.by_size == (("b",) if size else ("a", "b"))


@pytest.mark.parametrize("level", ["size", "store", "full"])
def test_a_digest_is_compared_unless_only_the_size_is_to_be(target: Path, level: Any) -> None:
    store = FakeStore({"a": b"a" * 900}, digests={"a": Digest("md5", bytes(16), "ETag")})
    settings = replace(FAST, verify=level)

    if level == "size":
        assert brought(store, target, settings).verification.by_size == ("a",)
    else:
        with pytest.raises(VerificationFailed):
            brought(store, target, settings)


def test_full_verification_reads_what_was_there_before(target: Path) -> None:
    body = os.urandom(900)
    store = FakeStore({"a": body}, digests={"a": md5(body)})
    brought(store, target)
    (target / "a").write_bytes(bytes(900))
    os.utime(target / "a", (1_700_000_000, 1_700_000_000))

    assert brought(store, target).verification
    with pytest.raises(VerificationFailed, match="a: its md5 is another"):
        brought(store, target, replace(FAST, verify="full"))


@pytest.mark.parametrize("size", [300, 2500], ids=["one request", "ranges"])
@pytest.mark.parametrize("parts", [(), (100, 200), (150, 150)], ids=["not told", "other than assumed", "as assumed"])
def test_a_digest_of_assumed_parts_that_does_not_match_is_an_error_only_when_the_store_tells_the_parts(
    target: Path, parts: tuple[int, ...], size: int
) -> None:
    body = os.urandom(size)
    right = (100, size - 100)
    of_parts = md5(md5(body[:100]).value + md5(body[100:]).value).value
    wrong = (150, size - 150)
    store = FakeStore({"a": body}, digests={"a": Digest("md5", of_parts, "ETag", parts=wrong, assumed=True)})
    store.parts = {(): (), (100, 200): right, (150, 150): wrong}[parts]

    if store.parts == wrong:
        with pytest.raises(VerificationFailed, match="--verify=size"):
            brought(store, target)
    else:
        outcome = brought(store, target)
        assert found(target) == {"a": body}
        assert outcome.verification.digested == ({"a": "md5"} if store.parts else {})


@pytest.mark.parametrize("algorithm", ["crc32", "crc32c", "crc64nvme", "sha256"])
@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
def test_a_checksum_is_put_together_from_ranges_that_arrive_in_any_order(
    target: Path, algorithm: Any, right: bool
) -> None:
    body = os.urandom(5432)
    running = digests.running(algorithm)
    assert running is not None
    running.update(body if right else body[:-1] + bytes([body[-1] ^ 1]))
    store = FakeStore({"a": body}, digests={"a": Digest(algorithm, running.value(), "the store")})

    if right:
        assert brought(store, target).verification.digested == {"a": algorithm}
    else:
        with pytest.raises(VerificationFailed, match="'a' arrived with"):
            brought(store, target)


# -- the disk ---------------------------------------------------------------------------------


def test_a_folder_in_the_way_of_a_file_is_an_error_before_the_first_byte(target: Path) -> None:
    (target / "a" / "mine").mkdir(parents=True)
    store = FakeStore({"a": b"a", "b": b"b"})

    with pytest.raises(TransferError, match="is a folder, where a file should be"):
        brought(store, target)

    assert (target / "a" / "mine").is_dir()
    assert store.reads == []


def test_a_file_in_the_way_of_a_folder_is_an_error_before_the_first_byte(target: Path) -> None:
    target.mkdir(parents=True)
    (target / "sub").write_text("mine")
    store = FakeStore({"sub/a": b"a", "b": b"b"})

    with pytest.raises(TransferError, match="is a file, where a folder should be"):
        brought(store, target)

    assert found(target) == {"sub": b"mine"}
    assert store.reads == []


def test_a_link_that_leads_out_of_the_destination_is_not_followed(target: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    target.mkdir(parents=True)
    (target / "sub").symlink_to(outside)
    store = FakeStore({"sub/deeper/a": b"a"})

    with pytest.raises(NotAllowed, match="by a link"):
        brought(store, target)

    assert list(outside.iterdir()) == []


def test_a_link_in_the_place_of_a_file_is_replaced_and_what_it_leads_to_is_left(target: Path, tmp_path: Path) -> None:
    target.mkdir(parents=True)
    (tmp_path / "mine").write_bytes(b"m")
    os.utime(tmp_path / "mine", (1_700_000_000, 1_700_000_000))
    (target / "a").symlink_to(tmp_path / "mine")
    store = FakeStore({"a": b"a"})

    brought(store, target)

    assert not (target / "a").is_symlink()
    assert ((target / "a").read_bytes(), (tmp_path / "mine").read_bytes()) == (b"a", b"m")


def test_a_copy_that_does_not_fit_fails_before_its_first_byte(target: Path) -> None:
    store = FakeStore({"a": b"a"}, size=2**60)

    with pytest.raises(TransferError, match="needs 1024 PiB, but .* are free"):
        brought(store, target)

    assert store.reads == []
    assert not target.exists()


def test_a_full_disk_is_a_transfer_error_that_says_so(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> int:
        raise OSError(28, "No space left on device")

    # There is no full disk without root.
    monkeypatch.setattr("mr_client.storage.copy.partial.os.pwrite", full)
    store = FakeStore({"a": b"a"})

    with pytest.raises(TransferError, match="is full"):
        brought(store, target)
    assert "a" not in found(target)


# -- progress ---------------------------------------------------------------------------------


def test_progress_is_told_of_every_byte_once(target: Path) -> None:
    store = FakeStore({"a": os.urandom(2500), "b": os.urandom(100)})
    progress = Counting()

    brought(store, target, progress=progress)

    assert (progress.arrived, progress.there) == (2600, 0)
    assert progress.told == [("begin", 2600), ("end", None)]


def test_progress_is_told_of_the_end_after_an_error_too(target: Path) -> None:
    store = FakeStore({"a": b"a"})
    progress = Counting()

    def refuse(key: str, position: int) -> None:
        raise NotAllowed("no")

    store.fault = refuse
    with pytest.raises(NotAllowed):
        brought(store, target, progress=progress)

    assert progress.told[-1] == ("end", None)


def test_every_error_of_a_copy_is_one_of_ours(target: Path) -> None:
    target.parent.mkdir(parents=True)
    target.write_text("a file where the folder should be")
    store = FakeStore({"a": b"a"})

    with pytest.raises(MRClientError):
        brought(store, target)


# -- an archive that comes alone ---------------------------------------------------------------


def archive(**content: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, body in content.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return packed.getvalue()


def test_an_archive_that_comes_alone_is_unpacked_and_nothing_else_is_left(target: Path) -> None:
    store = FakeStore({"model.tar.gz": archive(weights=b"w" * 5000, config=b"{}")})

    outcome = brought(store, target)

    assert found(target) == {"weights": b"w" * 5000, "config": b"{}"}
    assert [file.name for file in outcome.files] == ["config", "weights"]


def test_an_archive_among_other_files_stays_one(target: Path) -> None:
    store = FakeStore({"model.tar.gz": archive(weights=b"w"), "config": b"{}"})

    brought(store, target)

    assert set(found(target)) == {"model.tar.gz", "config"}


def test_an_archive_stays_packed_where_that_is_wanted(target: Path) -> None:
    store = FakeStore({"model.tar.gz": archive(weights=b"w")})

    brought(store, target, replace(FAST, unpack=None))

    assert set(found(target)) == {"model.tar.gz"}


def test_an_archive_over_its_limits_is_refused_and_its_bytes_are_not_fetched_again(target: Path) -> None:
    store = FakeStore({"model.tar.gz": archive(weights=os.urandom(5000))})

    with pytest.raises(TransferError, match="MR_UNPACK_ENTRIES"):
        brought(store, target, replace(FAST, unpack=UnpackLimits(entries=0)))
    store.sent = 0
    brought(store, target)

    assert set(found(target)) == {"weights"}
    assert store.sent == 0


def test_files_and_their_folders_reach_the_disk_before_the_journal_is_gone(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a power failure leaves files that only look finished, and nothing that says so."""
    synced: set[tuple[int, bool]] = set()

    def fsync(descriptor: int) -> None:
        synced.add((os.fstat(descriptor).st_ino, (target / JOURNAL).exists()))

    def sync_folder(folder: Path) -> None:
        synced.add((folder.stat().st_ino, (target / JOURNAL).exists()))

    # What reaches the disk shows only when the power fails.
    monkeypatch.setattr("mr_client.storage.bring.os.fsync", fsync)
    monkeypatch.setattr("mr_client.storage.bring.sync_folder", sync_folder)
    store = FakeStore({"a": b"a", "sub/b": b"b"})

    brought(store, target, replace(FAST, sync=True))

    for name in ("a", "sub/b", "sub", "."):
        assert ((target / name).stat().st_ino, True) in synced
    assert found(target) == {"a": b"a", "sub/b": b"b"}
