"""Who has a lock, and who waits for it."""

from __future__ import annotations

import errno
import fcntl
from pathlib import Path

import pytest

from mr_client.errors import TransferError
from mr_client.storage.disk.locks import taken, waited


@pytest.mark.parametrize(
    ("first", "second", "had"), [(True, True, False), (True, False, False), (False, True, False), (False, False, True)]
)
def test_a_lock_is_for_one_alone_or_for_all_who_share_it(tmp_path: Path, first: bool, second: bool, had: bool) -> None:
    lock = taken(tmp_path / "lock", alone=first)
    assert lock is not None

    other = taken(tmp_path / "lock", alone=second)
    assert (other is not None) == had
    for each in (lock, lock, other):
        if each is not None:
            each.release()
    last = taken(tmp_path / "lock", alone=True)
    assert last is not None
    last.release()


def test_who_waits_gets_it_when_the_other_lets_go(tmp_path: Path) -> None:
    lock, told = taken(tmp_path / "lock", alone=True), []
    assert lock is not None

    got = waited(
        tmp_path / "lock",
        alone=True,
        patience=60,
        waiting=lambda: told.append("waits"),
        sleep=lambda _: lock.release(),
    )

    assert told == ["waits"]
    assert got.still()


def test_who_waits_too_long_is_told_where(tmp_path: Path) -> None:
    lock = taken(tmp_path / "lock", alone=True)
    assert lock is not None

    with pytest.raises(TransferError, match=r"at work at '.*/lock' for 0 s: wait for it, or stop it"):
        waited(tmp_path / "lock", alone=True, patience=0)
    lock.release()


def test_a_lock_of_what_was_there_before_is_none(tmp_path: Path) -> None:
    lock = taken(tmp_path / "lock", alone=True)
    assert lock is not None
    (tmp_path / "lock").unlink()

    assert not lock.still()
    other = taken(tmp_path / "lock", alone=True)
    assert other is not None
    assert other.still()


def test_what_is_not_to_be_made_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        taken(tmp_path / "lock", alone=False, make=False)
    assert not (tmp_path / "lock").exists()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "lock").symlink_to(tmp_path / "file")

    with pytest.raises(TransferError, match="the link .* is in the way"):
        taken(tmp_path / "lock", alone=True)


def test_a_file_system_without_locks_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(_: int, how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    lock = taken(tmp_path / "lock", alone=True)

    assert lock is not None
    assert not lock.real
