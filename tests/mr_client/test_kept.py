"""What a cache's folder holds, whole, and for whom: seen from inside."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from mr_client.cache import folders
from mr_client.cache.folders import write_whole
from mr_client.cache.kept import Kept, let_go, pinned, record_of
from mr_client.errors import TransferError
from mr_client.storage.disk.locks import taken
from mr_client.storage.plan import plan_copy
from mr_client.storage.stored import StoredFile

KEY = "0123456789" * 4


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    """A cache."""
    yield Kept(tmp_path / "cache")
    let_go(tmp_path)


def bring(kept: Kept, content: bytes = b"trained") -> None:
    with kept.bringing(KEY, patience=1) as part:
        part.files.mkdir(parents=True, exist_ok=True)
        file = part.files / "model.bin"
        file.unlink(missing_ok=True)
        file.write_bytes(content)
        kept.publish(part, KEY, record_of(part.files, [file], "s3://m/iris", 0.0), sync=False)


def use(kept: Kept) -> Path | None:
    return kept.use(KEY, patience=1, now=0.0)


def in_use(kept: Kept) -> bool:
    lock = taken(kept.entries / KEY / "use", alone=True, make=False)
    if lock is not None:
        lock.release()
    return lock is None


def rm(folder: Path) -> None:
    """Remove as a person does."""
    folders.unseal(folder)
    shutil.rmtree(folder)


def test_what_was_removed_by_hand_and_brought_anew_is_in_use_as_it_is_now(kept: Kept) -> None:
    bring(kept)
    use(kept)
    rm(kept.entries / KEY)
    bring(kept)

    assert use(kept) is not None
    assert in_use(kept), "and not what was there before, of which nobody else knows"


def test_an_entry_is_shared_by_all_who_read_it(kept: Kept) -> None:
    bring(kept)
    another = taken(kept.entries / KEY / "use", alone=False, make=False)

    assert another is not None
    assert kept.use(KEY, patience=0, now=0.0) is not None
    another.release()


def test_what_was_removed_by_hand_is_not_there(kept: Kept) -> None:
    bring(kept)
    use(kept)
    rm(kept.entries / KEY)

    assert use(kept) is None
    assert not (kept.entries / KEY).exists()


def test_what_is_not_whole_is_in_nobodys_use_and_can_be_replaced(kept: Kept) -> None:
    bring(kept)
    files = use(kept)
    assert files is not None
    folders.unseal(files)
    (files / "model.bin").unlink()

    assert use(kept) is None
    assert not in_use(kept)
    bring(kept)
    assert use(kept) == files


def test_an_entry_that_is_whole_is_left_to_those_who_read_it(kept: Kept) -> None:
    bring(kept)
    files = use(kept)
    assert files is not None
    before = (files / "model.bin").stat().st_ino
    bring(kept)

    assert (files / "model.bin").stat().st_ino == before
    assert list(kept.parts.iterdir()) == []


def test_a_link_in_place_of_a_file_is_none_of_the_entrys(kept: Kept, tmp_path: Path) -> None:
    bring(kept)
    files = use(kept)
    assert files is not None
    folders.unseal(files)
    (files / "model.bin").rename(tmp_path / "elsewhere")
    (files / "model.bin").symlink_to(tmp_path / "elsewhere")

    assert use(kept) is None


@pytest.mark.parametrize("change", [{"form": 2}, {"files": {}}, {"files": []}])
def test_a_record_that_another_program_wrote_is_none(kept: Kept, change: dict[str, object]) -> None:
    bring(kept)
    record = kept.entries / KEY / "record.json"
    record.write_text(json.dumps({**json.loads(record.read_text()), **change}))

    assert use(kept) is None


def test_a_name_that_another_program_wrote_is_not_known(kept: Kept) -> None:
    kept.remember("iris", "iris", KEY, [])
    file = kept.names / "iris.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "form": 2}))

    assert kept.remembered("iris") is None


@pytest.mark.parametrize(("etag", "modified", "sure"), [('"1"', None, True), (None, 1.0, True), (None, None, False)])
def test_a_listing_tells_contents_apart_by_an_etag_or_a_time(
    etag: str | None, modified: float | None, sure: bool
) -> None:
    files = [
        StoredFile("iris/a", "a", 1, etag='"1"', modified=1.0),
        StoredFile("iris/b", "b", 1, etag=etag, modified=modified),
    ]

    assert pinned(plan_copy("s3://m/iris", files, Path("/cache"))) is sure


def test_letting_go_of_one_cache_lets_go_of_no_other(kept: Kept, tmp_path: Path) -> None:
    bring(kept)
    use(kept)

    let_go(tmp_path / "other")
    assert in_use(kept)
    let_go(kept.folder)
    assert not in_use(kept)


def test_a_link_where_a_part_is_to_be_is_removed_and_not_followed(kept: Kept, tmp_path: Path) -> None:
    precious = tmp_path / "precious" / "files"
    precious.mkdir(parents=True)
    precious.chmod(0o500)
    kept.parts.mkdir(parents=True)
    (kept.parts / KEY).symlink_to(precious.parent)

    bring(kept)

    assert precious.stat().st_mode & 0o777 == 0o500
    assert list(precious.iterdir()) == []


def test_a_cache_that_is_only_for_reading_still_answers(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(kept)

    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "utime", refused)
    monkeypatch.setattr(Path, "replace", refused)
    assert use(kept) is not None
    kept.remember("iris", "iris", KEY, [])
    assert not (kept.names / "iris.json").exists()


def test_without_locks_each_has_a_part_of_its_own_and_what_fails_leaves_none(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", none)
    with kept.bringing(KEY, patience=1) as one, kept.bringing(KEY, patience=1) as other:
        assert one.folder != other.folder
    with suppress(TransferError), kept.bringing(KEY, patience=1) as part:
        part.files.mkdir(parents=True)
        raise TransferError("as a copy that fails")
    assert [path for path in kept.parts.iterdir() if path.is_dir()] == []


def test_a_small_file_is_there_whole_or_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "record.json"
    write_whole(path, "old", sync=False)

    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "new and longer … ", sync=False)

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
