"""Room: what a file system has left, and whether a copy is sure not to fit."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mr_client.errors import TransferError
from mr_client.storage.disk.room import Room, check_room, free
from servers.disks import small_disk

GIB = 1024**3


def answering(*, blocks: int = 100, left: int = 10, inodes: int = 100, inodes_left: int = 10) -> os.statvfs_result:
    """What statvfs says of a file system with blocks of 4 KiB; the superuser has 5 blocks, and inodes, more."""
    return os.statvfs_result((4096, 4096, blocks, left + 5, left, inodes, inodes_left + 5, inodes_left, 0, 255))


def test_what_is_kept_for_root_is_not_free(tmp_path: Path) -> None:
    room = free(tmp_path, statvfs=lambda _: answering(left=10, inodes_left=7))

    assert (room.size, room.files) == (40960, 7)


def test_the_room_of_a_folder_that_is_not_there_is_that_of_the_nearest_above_it(tmp_path: Path) -> None:
    asked: list[Path] = []

    def statvfs(path: Path) -> os.statvfs_result:
        asked.append(path)
        return answering()

    free(tmp_path / "not" / "there", statvfs=statvfs)

    assert asked == [tmp_path.resolve()]


def test_a_relative_folder_has_room_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert free(Path("model")).mount == free(tmp_path).mount


def test_the_operating_system_is_asked(tmp_path: Path) -> None:
    room = free(tmp_path)

    assert os.path.ismount(room.mount)
    assert tmp_path.is_relative_to(room.mount)
    assert room.size


def test_a_mount_is_named_with_what_it_has() -> None:
    with small_disk() as disk:
        room = free(disk / "model")

        assert room == Room(disk, 1024**2, room.files)


def test_a_file_system_that_does_not_know_is_not_judged(tmp_path: Path) -> None:
    unknowing = free(tmp_path, statvfs=lambda _: answering(blocks=0, left=0, inodes=0, inodes_left=0))

    check_room(tmp_path, needed=GIB, files=1000, room=lambda _: unknowing)

    assert (unknowing.size, unknowing.files) == (None, None)


def test_a_full_file_system_is_judged(tmp_path: Path) -> None:
    full = free(tmp_path, statvfs=lambda _: answering(left=0, inodes_left=0))

    assert (full.size, full.files) == (0, 0)


def test_a_file_system_that_cannot_be_asked_is_not_judged(tmp_path: Path) -> None:
    def refused(path: Path) -> os.statvfs_result:
        raise PermissionError(13, "Permission denied")

    assert free(tmp_path, statvfs=refused) == Room(tmp_path, None, None)


def test_what_fits_to_the_byte_is_let_through(tmp_path: Path) -> None:
    check_room(tmp_path, needed=GIB, files=3, room=lambda _: Room(tmp_path, GIB, 3))


def test_too_many_bytes_are_refused_with_what_is_missing_where() -> None:
    with pytest.raises(TransferError) as refused:
        check_room(Path("/mnt/models"), needed=4 * GIB, files=1, room=lambda _: Room(Path("/mnt"), GIB, 1))

    assert str(refused.value) == (
        "What comes into '/mnt/models' needs 4.0 GiB, but 1.0 GiB are free on '/mnt': "
        "make room for 3.0 GiB more, or mount a bigger volume."
    )
    assert refused.value.exit_code == 5


def test_amounts_that_would_read_alike_are_told_apart() -> None:
    with pytest.raises(TransferError, match="needs 1073741825 B, but 1073741824 B are free .* room for 1 B more"):
        check_room(Path("/mnt"), needed=GIB + 1, files=1, room=lambda _: Room(Path("/mnt"), GIB, 1))


def test_too_many_files_are_refused_though_their_bytes_fit() -> None:
    with pytest.raises(TransferError, match="needs 5000 inodes, .* 12 are free on '/mnt': remove files"):
        check_room(Path("/mnt/models"), needed=1, files=5000, room=lambda _: Room(Path("/mnt"), GIB, 12))


def test_a_small_disk_takes_what_fits_and_no_more() -> None:
    with small_disk() as disk:
        check_room(disk / "model", needed=1024**2, files=1)

        with pytest.raises(TransferError, match="room for 1 B more"):
            check_room(disk / "model", needed=1024**2 + 1, files=1)
