"""What an upload does while it runs, with a store that goes wrong as it is told."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mr_client.errors import NotAllowed, SourceChanged, StoreBusy, TransferError, TransferInterrupted
from mr_client.storage.copy.progress import NoProgress, Progress
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.digests.digest import Algorithm
from mr_client.storage.network.trusted import Trust
from mr_client.storage.network.web import Web
from mr_client.storage.stored import Store
from mr_client.storage.upload.body import Body, Content
from mr_client.storage.upload.disk import DiskWriter
from mr_client.storage.upload.outgoing import UploadPlan, outgoing, plan_upload
from mr_client.storage.upload.send import send_files
from servers.fake_store import FakeStore
from servers.threads import QuietHandler, serving

PART = 300_000
FAST = CopySettings(range_size=PART, wait=0, attempts=3)


class FakeWriter:
    """Keeps bytes by key; ``fault`` is called before each request with the key and the part's number, 0 for the whole."""

    whole: frozenset[Algorithm] = frozenset()

    def __init__(self) -> None:
        self.store: Store = FakeStore({})
        self.kept: dict[str, bytes] = {}
        self.aborted: list[str] = []
        self.before: Callable[[str, int], None] = lambda key, number: None
        self.after: Callable[[str, int], None] = lambda key, number: None

    def fault(self, key: str) -> str | None:
        return None

    def part_size(self, size: int, wanted: int) -> int | None:
        return wanted

    def put(self, key: str, body: Body, *, new: bool) -> None:
        self.kept[key] = self.taken(key, 0, body)

    def begin(self, key: str, content: Content, *, new: bool) -> FakeParts:
        return FakeParts(self, key)

    def taken(self, key: str, number: int, body: Body) -> bytes:
        self.before(key, number)
        taken = b"".join(body.pieces())
        self.after(key, number)
        return taken


class FakeParts:
    def __init__(self, writer: FakeWriter, key: str) -> None:
        self.writer, self.key = writer, key
        self.parts: dict[int, bytes] = {}

    def send(self, number: int, body: Body) -> None:
        self.parts[number] = self.writer.taken(self.key, number, body)

    def complete(self, content: Content) -> None:
        self.writer.kept[self.key] = b"".join(self.parts[number] for number in sorted(self.parts))

    def abort(self) -> None:
        self.writer.aborted.append(self.key)


class Counting(NoProgress):
    def __init__(self) -> None:
        self.sent = self.ended = 0

    def advance(self, arrived: int, /) -> None:
        self.sent += arrived

    def end(self) -> None:
        self.ended += 1


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "large").write_bytes(os.urandom(4 * PART + 1))
    (folder / "small").write_bytes(b"small")
    (folder / "empty").write_bytes(b"")
    return folder


@pytest.fixture
def writer() -> FakeWriter:
    return FakeWriter()


def planned(model: Path, path: str = "") -> UploadPlan:
    return plan_upload(model, outgoing(model), "fake://place", path, folder=True)


def sent(model: Path, writer: Any, progress: Progress = NoProgress(), **settings: Any) -> dict[str, str]:
    return dict(
        send_files(planned(model), writer, settings=CopySettings(**{**vars_of(FAST), **settings}), progress=progress)
    )


def vars_of(settings: CopySettings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in ("range_size", "wait", "attempts")}


def content(model: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in model.iterdir()}


@pytest.mark.parametrize("workers", [1, 4])
def test_all_is_written_and_digested(model: Path, writer: FakeWriter, workers: int) -> None:
    seen = Counting()

    digests = sent(model, writer, seen, workers=workers)

    assert writer.kept == content(model)
    assert digests == {name: hashlib.sha256(body).hexdigest() for name, body in content(model).items()}
    assert (seen.sent, seen.ended) == (4 * PART + 6, 1)
    assert writer.aborted == []


def test_parts_of_one_file_go_at_the_same_time(model: Path, writer: FakeWriter) -> None:
    together = threading.Barrier(2, timeout=30)

    def meet(key: str, number: int) -> None:
        if number in (1, 2):
            together.wait()

    writer.before = meet

    sent(model, writer, workers=3)

    assert writer.kept == content(model)


def test_what_is_interrupted_is_sent_again_and_counted_once(model: Path, writer: FakeWriter) -> None:
    left = {("large", 2): 2, ("small", 0): 1}
    seen = Counting()

    def broken(key: str, number: int) -> None:
        if left.get((key, number)):
            left[key, number] -= 1
            raise StoreBusy("Busy.", retry_after=0) if number else TransferInterrupted("Broken.")

    writer.after = broken
    sent(model, writer, seen)

    assert writer.kept == content(model)
    assert seen.sent == 4 * PART + 6


def test_a_part_that_keeps_failing_ends_the_upload_and_aborts_it(model: Path, writer: FakeWriter) -> None:
    asked: list[int] = []
    seen = Counting()

    def broken(key: str, number: int) -> None:
        if number == 3:
            asked.append(number)
            raise TransferInterrupted("Broken.")

    writer.before = broken
    with pytest.raises(TransferError, match="Tried 3 times"):
        sent(model, writer, seen)

    assert (len(asked), writer.aborted, seen.ended) == (3, ["large"], 1)
    assert "large" not in writer.kept


@pytest.mark.parametrize("error", [NotAllowed("No."), KeyboardInterrupt()])
def test_whatever_ends_the_upload_the_reason_is_raised_and_no_parts_are_left(
    model: Path, writer: FakeWriter, error: BaseException
) -> None:
    def broken(key: str, number: int) -> None:
        if number == 2:
            raise error

    writer.before = broken
    with pytest.raises(type(error)):
        sent(model, writer)

    assert writer.aborted == ["large"]
    assert "large" not in writer.kept


@pytest.mark.parametrize("workers", [1, 4])
def test_other_bytes_than_those_digested_are_an_error_even_where_size_and_time_are_the_same(
    model: Path, writer: FakeWriter, workers: int
) -> None:
    large = model / "large"
    before = large.stat()

    def rewrite(key: str, number: int) -> None:
        if number == 1:
            with large.open("r+b") as file:
                file.write(b"other")
            os.utime(large, ns=(before.st_atime_ns, before.st_mtime_ns))

    writer.before = rewrite
    with pytest.raises(SourceChanged, match="large' changed while it was uploaded: run again when it is at rest"):
        sent(model, writer, workers=workers)

    assert writer.aborted == ["large"]
    assert "large" not in writer.kept


@pytest.mark.parametrize("change", ["grown", "cut", "replaced", "gone"])
def test_a_file_that_is_another_one_than_was_planned_is_an_error(model: Path, writer: FakeWriter, change: str) -> None:
    plan = planned(model)
    match change:
        case "grown":
            (model / "small").write_bytes(b"small and more")
        case "cut":
            (model / "small").write_bytes(b"")
        case "replaced":
            (model / "other").write_bytes(b"small")
            (model / "other").replace(model / "small")
        case _:
            (model / "small").unlink()

    with pytest.raises(SourceChanged, match="small"):
        send_files(plan, writer, settings=FAST)
    assert "small" not in writer.kept


def test_no_file_stays_open(model: Path, writer: FakeWriter) -> None:
    before = len(os.listdir("/dev/fd"))  # noqa: PTH208
    sent(model, writer)
    writer.before = lambda key, number: (_ for _ in ()).throw(NotAllowed("No."))
    with pytest.raises(NotAllowed):
        sent(model, writer)

    assert len(os.listdir("/dev/fd")) <= before  # noqa: PTH208


# -- a disk -----------------------------------------------------------------------------------


def on_disk(model: Path, target: Path, progress: Progress = NoProgress()) -> None:
    send_files(planned(model, f"{target}/"), DiskWriter(FakeStore({})), settings=FAST, progress=progress)


def test_a_disk_has_whole_files_that_anybody_may_read(model: Path, tmp_path: Path) -> None:
    on_disk(model, tmp_path / "to" / "v1")

    assert content(tmp_path / "to" / "v1") == content(model)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "to" / "v1").iterdir()} == {0o644}


def test_a_disk_that_is_interrupted_has_the_old_file_and_nothing_else(model: Path, tmp_path: Path) -> None:
    target = tmp_path / "to"
    target.mkdir()
    (target / "large").write_bytes(b"old")

    class Interrupting(Counting):
        def advance(self, arrived: int, /) -> None:
            raise OSError(errno.EIO, "told")

    with pytest.raises(OSError, match="told"):
        on_disk(model, target, Interrupting())

    assert (target / "large").read_bytes() == b"old"
    assert not [path.name for path in target.iterdir() if path.name.startswith(".mr-part")]


# -- over HTTP --------------------------------------------------------------------------------


class _Sending(QuietHandler):
    came: list[bytes]

    def do_PUT(self) -> None:  # noqa: N802 - http.server calls it
        self.came.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer(307 if self.path == "/elsewhere" else 200, Location="/here")


def test_what_is_sent_does_not_follow_a_redirect() -> None:
    came: list[bytes] = []
    web = Web(Trust(), connections=1)
    with serving(_Sending, came=came) as url:
        with pytest.raises(TransferError, match="307"):
            web.send("PUT", f"{url}/elsewhere", "shown", iter([b"a", b"b"]), 2)
        assert web.send("PUT", f"{url}/here", "shown", iter([b"a", b"b"]), 2).status == 200

    assert came == [b"ab", b"ab"]


def test_what_a_body_raises_is_raised_and_the_server_has_not_got_it_all() -> None:
    came: list[bytes] = []

    def body() -> Iterator[bytes]:
        yield b"a"
        raise SourceChanged("Changed.")

    with serving(_Sending, came=came) as url, pytest.raises(SourceChanged, match=r"^Changed\.$"):
        Web(Trust(), connections=1).send("PUT", f"{url}/here", "shown", body(), 2)

    assert came in ([], [b"a"])
