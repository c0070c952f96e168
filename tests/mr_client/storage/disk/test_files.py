"""The local disk: what its errors mean, and whether a destination may be written to."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mr_client.errors import MRClientError, NotAllowed, TransferError, UsageError, VerificationFailed
from mr_client.storage.disk.files import check_destination, make_folder, sync_folder, writing
from mr_client.storage.disk.room import Room
from servers.disks import make_read_only, open_folder, ordinary_user, small_disk

MNT = Path("/mnt")
MODEL = Path("/mnt/models/a.bin")


def failed(number: int, *, size: int | None = 5 * 1024**2, files: int | None = 10) -> MRClientError:
    """What becomes of an error that the operating system would have raised, where so much is free."""
    with pytest.raises(MRClientError) as raised, writing(MODEL, room=lambda _: Room(MNT, size, files)):
        raise OSError(number, os.strerror(number))
    return raised.value


@contextmanager
def limited(kind: int, value: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (value, hard))
    try:
        yield
    finally:
        resource.setrlimit(kind, (soft, hard))


# -- what the errors mean: raised by hand, so that each is tried everywhere ---------------------


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (errno.ENOSPC, "'/mnt' is full, 5.0 MiB are free: make room or mount a bigger volume"),
        (errno.EDQUOT, f"the quota of user {os.geteuid()} on '/mnt' is used up: remove files there, or have it raised"),
        (errno.EMFILE, "this process has as many files open as it may (77): raise the limit (ulimit -n)"),
        (errno.ENFILE, "the machine has as many files open as it can (fs.file-max): close some"),
        (errno.ETXTBSY, "it is in use (Text file busy): stop what uses it"),
        (errno.EBUSY, "it is in use (Device or resource busy): stop what uses it"),
        (errno.EIO, "the device or server behind '/mnt' failed (Input/output error): check it"),
        (errno.ESTALE, "the device or server behind '/mnt' failed (Stale file handle): check it"),
        (errno.ENOENT, "is gone: stop what removes files in '/mnt/models'"),
        (
            errno.ENAMETOOLONG,
            "its path has 17 bytes, more than the system takes: name a destination with a shorter path",
        ),
        (errno.EFBIG, "takes no file of this size: raise the limit"),
        (errno.ELOOP, "'/mnt/models/a.bin' is in the way (Too many levels of symbolic links): remove it"),
        (errno.EILSEQ, "Invalid or incomplete multibyte or wide character: check the volume at '/mnt'"),
    ],
    ids=lambda value: errno.errorcode[value] if isinstance(value, int) else "",
)
def test_an_error_of_the_disk_ends_with_5_and_says_what_where_and_what_to_do(number: int, text: str) -> None:
    with limited(resource.RLIMIT_NOFILE, 77):
        error = failed(number)

    assert isinstance(error, TransferError)
    assert error.exit_code == 5
    assert str(error).startswith("'/mnt/models/a.bin' cannot be written: ")
    assert text in str(error)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (errno.EROFS, "'/mnt' is mounted read-only: mount it for writing"),
        (errno.EACCES, f"user {os.geteuid()} (group {os.getegid()}) may not write in "),
        (errno.EACCES, "(Permission denied): give it the right (fsGroup, in a pod)"),
        (errno.EPERM, "(Operation not permitted): give it the right (fsGroup, in a pod)"),
    ],
    ids=["EROFS", "EACCES: who", "EACCES", "EPERM"],
)
def test_a_missing_right_ends_with_4(number: int, text: str) -> None:
    error = failed(number)

    assert isinstance(error, NotAllowed)
    assert error.exit_code == 4
    assert text in str(error)


def test_a_disk_without_inodes_is_not_called_full() -> None:
    error = failed(errno.ENOSPC, files=0)

    assert "'/mnt' has no inode left, though 5.0 MiB are free: remove files there" in str(error)


def test_a_full_disk_that_does_not_say_what_is_free_is_full_nevertheless() -> None:
    error = failed(errno.ENOSPC, size=None, files=None)

    assert "'/mnt' is full, it does not say how many bytes are free" in str(error)


def test_no_error_of_the_disk_is_left_as_it_is() -> None:
    for number in errno.errorcode:
        error = failed(number)

        assert error.exit_code in (4, 5)
        assert isinstance(error.__cause__, OSError)
        assert "\n" not in str(error)
        assert str(error).endswith(".")


@pytest.mark.parametrize("error", [VerificationFailed("no"), TransferError("no"), NotAllowed("no"), ValueError("no")])
def test_what_is_no_error_of_the_disk_passes_unchanged(error: Exception) -> None:
    """Our own errors inherit OSError, too."""
    with pytest.raises(type(error)) as raised, writing(MODEL):
        raise error

    assert raised.value is error


def test_one_guard_may_be_entered_again_and_within_itself() -> None:
    guard = writing(MODEL)

    with guard, guard:
        pass
    with pytest.raises(TransferError, match="cannot be written"), guard, guard:
        raise OSError(errno.EIO, "broken")


# -- what the errors mean: as the operating system raises them ----------------------------------


def test_a_full_device_is_one() -> None:
    with pytest.raises(TransferError, match="is full"), writing(MODEL), Path("/dev/full").open("wb", 0) as full:
        full.write(b"x")


def test_a_full_disk_is_one_and_says_what_is_free() -> None:
    with small_disk() as disk:
        (disk / "ballast").write_bytes(bytes(1024**2))

        with pytest.raises(TransferError, match=f"'{disk}' is full, 0 B are free: make room"), writing(disk / "a"):
            (disk / "a").write_bytes(b"x")


def test_a_disk_without_inodes_says_so() -> None:
    with small_disk("size=1m,nr_inodes=2") as disk:
        (disk / "one beside the root").touch()

        with (
            pytest.raises(TransferError, match=f"'{disk}' has no inode left, though .*B are free"),
            writing(disk / "a"),
        ):
            (disk / "a").touch()


def test_a_read_only_disk_is_named() -> None:
    with small_disk() as disk:
        make_read_only(disk)

        with pytest.raises(NotAllowed, match=f"'{disk}' is mounted read-only"), writing(disk / "a"):
            (disk / "a").touch()


def test_a_folder_of_another_user_is_named_with_whose_it_is() -> None:
    with open_folder() as folder:
        locked = folder / "locked"
        locked.mkdir()
        locked.chmod(0o555)
        owner = locked.stat().st_uid

        with ordinary_user() as user, pytest.raises(NotAllowed) as refused, writing(locked / "sub" / "a"):
            (locked / "sub").mkdir()

        assert f"user {user} (group " in str(refused.value)
        assert f"may not write in '{locked}', which belongs to {owner}:" in str(refused.value)
        assert "with mode 0555 (Permission denied)" in str(refused.value)


def test_a_folder_that_may_not_be_looked_into_is_named() -> None:
    with open_folder() as folder:
        closed = folder / "closed"
        (closed / "sub").mkdir(parents=True)
        closed.chmod(0)

        target = closed / "sub" / "a"

        with ordinary_user(), pytest.raises(NotAllowed, match=f"may not write in '{closed}'"), writing(target):
            target.touch()


def test_a_name_that_is_too_long_is_counted_in_bytes(tmp_path: Path) -> None:
    target = tmp_path / ("ü" * 128)

    with pytest.raises(TransferError, match="a name of 256 bytes is longer than the 255 bytes"), writing(target):
        target.touch()


def test_a_path_that_is_too_long_is_counted_too(tmp_path: Path) -> None:
    target = tmp_path.joinpath(*["folder"] * 600)

    with pytest.raises(TransferError, match=f"its path has {len(str(target))} bytes, more than"), writing(target):
        target.touch()


def test_a_file_in_the_way_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    target = tmp_path / "file" / "sub" / "a"

    with pytest.raises(TransferError, match=f"the file '{tmp_path}/file' is in the way of a folder"), writing(target):
        target.touch()


def test_a_folder_in_the_way_of_a_file_is_named(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.mkdir()
    (tmp_path / "part").touch()

    with pytest.raises(TransferError, match=f"the folder '{target}' is in the way of a file"), writing(target):
        (tmp_path / "part").replace(target)


def test_a_link_in_the_way_is_named_with_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "sub").symlink_to("sub")
    target = tmp_path / "sub" / "a"

    with pytest.raises(TransferError, match=f"the link '{tmp_path}/sub' to 'sub' is in the way"), writing(target):
        target.touch()


def test_a_link_under_the_temporary_name_is_named(tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.symlink_to("elsewhere")

    with pytest.raises(TransferError, match=f"'{part}' is in the way"), writing(tmp_path / "a"):
        os.open(part, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW)


def test_a_folder_that_went_away_is_named(tmp_path: Path) -> None:
    target = tmp_path / "gone" / "a"

    with pytest.raises(TransferError, match=f"stop what removes files in '{tmp_path}/gone'"), writing(target):
        target.touch()


def test_a_process_with_too_many_open_files_learns_its_limit(tmp_path: Path) -> None:
    lowest_free = os.dup(0)
    os.close(lowest_free)

    expected = pytest.raises(TransferError, match=rf"as many files open as it may \({lowest_free}\)")
    with limited(resource.RLIMIT_NOFILE, lowest_free), expected, writing(MODEL):
        (tmp_path / "a").touch()


def test_a_file_larger_than_a_limit_says_so(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert signal.getsignal(signal.SIGXFSZ) == signal.SIG_IGN, "Python sees to it that this is an error"

    expected = pytest.raises(TransferError, match="takes no file of this size")
    with limited(resource.RLIMIT_FSIZE, 1000), expected, writing(tmp_path / "a"):
        os.truncate(tmp_path / "a", 1001)


def test_a_program_that_runs_is_in_use(tmp_path: Path) -> None:
    program = tmp_path / "cat"
    shutil.copy(shutil.which("cat") or "", program)

    with subprocess.Popen([program], stdin=subprocess.PIPE) as running:
        with pytest.raises(TransferError, match=r"is in use \(Text file busy\)"), writing(program):
            program.open("r+b")
        running.communicate()


# -- the destination ----------------------------------------------------------------------------


def kept(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@pytest.mark.parametrize("name", ["there", "missing", "missing/and/deeper", "link", "link/missing", "."])
def test_a_destination_that_can_be_written_is_let_through_and_nothing_is_made(tmp_path: Path, name: str) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there")

    check_destination(tmp_path / name)

    assert kept(tmp_path) == ["link", "there"]


def test_a_relative_destination_is_let_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    check_destination(Path("missing/model"))

    assert kept(tmp_path) == []


def test_a_destination_that_is_a_file_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(UsageError, match=f"The destination '{tmp_path}/file' is no folder: name a folder"):
        check_destination(tmp_path / "file")


def test_a_destination_below_a_file_is_a_mistake_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(UsageError, match=f"is below '{tmp_path}/file', which is no folder"):
        check_destination(tmp_path / "file" / "a" / "b")


@pytest.mark.parametrize("below", ["", "a/b"])
def test_a_destination_at_or_below_a_link_that_leads_nowhere_is_a_mistake(tmp_path: Path, below: str) -> None:
    (tmp_path / "link").symlink_to("nowhere")

    with pytest.raises(UsageError, match=f"needs '{tmp_path}/link', a link to 'nowhere', which does not exist"):
        check_destination(tmp_path / "link" / below)


def test_a_destination_at_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("link")

    with pytest.raises(TransferError, match=f"the link '{tmp_path}/link' to 'link' is in the way"):
        check_destination(tmp_path / "link")


def test_a_destination_with_a_name_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TransferError, match="a name of 300 bytes"):
        check_destination(tmp_path / ("m" * 300))


@pytest.mark.parametrize("below", ["", "missing/model"])
@pytest.mark.parametrize("mode", [0o555, 0o666, 0o000])
def test_a_destination_of_another_user_is_refused(mode: int, below: str) -> None:
    with open_folder() as folder:
        locked = folder / "locked"
        locked.mkdir()
        locked.chmod(mode)

        with ordinary_user(), pytest.raises(NotAllowed, match=f"may not write in '{locked}'.*mode {mode:04o}"):
            check_destination(locked / below)


@pytest.mark.parametrize("below", ["", "missing/model"])
def test_a_destination_on_a_read_only_disk_is_refused(below: str) -> None:
    with small_disk() as disk:
        make_read_only(disk)

        with pytest.raises(NotAllowed, match=f"'{disk}' is mounted read-only"):
            check_destination(disk / below)


def test_a_destination_that_is_said_to_be_read_only_is_refused(tmp_path: Path) -> None:
    """As above, where nothing can be mounted."""
    said = os.statvfs_result((4096, 4096, 100, 10, 10, 100, 10, 10, os.ST_RDONLY, 255))

    with pytest.raises(NotAllowed, match="is mounted read-only"):
        check_destination(tmp_path, statvfs=lambda _: said)


# -- folders ------------------------------------------------------------------------------------


@pytest.fixture
def strict_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("strict_umask")
def test_folders_are_for_anybody_to_read_whatever_the_umask(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")

    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "a", tmp_path / "a" / "b")] == [0o755, 0o755]


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir(mode=0o700)

    make_folder(tmp_path / "mine")
    make_folder(tmp_path / "mine" / "new")

    assert (tmp_path / "mine").stat().st_mode & 0o777 == 0o700


def test_a_folder_whose_mode_the_mount_decides_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, mode: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    # As CIFS does, which would take a server.
    monkeypatch.setattr(Path, "chmod", refuse)
    make_folder(tmp_path / "a" / "b")

    assert (tmp_path / "a" / "b").is_dir()


def test_a_folder_in_place_of_a_file_is_not_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")

    for folder in (tmp_path / "file", tmp_path / "file" / "sub"):
        with pytest.raises(TransferError, match=f"the file '{tmp_path}/file' is in the way of a folder"):
            make_folder(folder)

    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_is_not_made_through_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")

    with pytest.raises(TransferError, match=f"the link '{tmp_path}/link' to 'nowhere' is in the way"):
        make_folder(tmp_path / "link" / "sub")

    assert kept(tmp_path) == ["link"]


def test_a_folder_is_synced(tmp_path: Path) -> None:
    synced: list[os.stat_result] = []

    sync_folder(tmp_path)
    sync_folder(tmp_path, fsync=lambda descriptor: synced.append(os.fstat(descriptor)))

    assert [stat.st_ino for stat in synced] == [tmp_path.stat().st_ino]


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.ENOSYS])
def test_a_file_system_that_cannot_sync_folders_is_let_be(tmp_path: Path, number: int) -> None:
    def fsync(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    sync_folder(tmp_path, fsync=fsync)


def test_a_folder_that_could_not_be_synced_is_an_error_and_leaves_nothing_open(tmp_path: Path) -> None:
    opened: list[int] = []

    def fsync(descriptor: int) -> None:
        opened.append(descriptor)
        raise OSError(errno.EIO, "Input/output error")

    with pytest.raises(TransferError, match="failed"):
        sync_folder(tmp_path, fsync=fsync)

    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(opened[0])


def test_what_is_no_folder_is_not_synced(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(TransferError, match="in the way"):
        sync_folder(tmp_path / "file")
