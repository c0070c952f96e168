"""May we write there, and what does the local file system mean when it refuses?"""

from __future__ import annotations

import errno
import itertools
import os
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType

from mr_client.errors import MRClientError, NotAllowed, TransferError, UsageError
from mr_client.storage.amounts import amount
from mr_client.storage.disk.room import Room, free, nearest

__all__ = ["check_destination", "check_folder", "is_at", "make_folder", "open_to_readers", "sync_folder", "writing"]

_NOT_SYNCED = frozenset({errno.EINVAL, errno.ENOTSUP, errno.ENOSYS})


def writing(target: Path, *, room: Callable[[Path], Room] = free) -> AbstractContextManager[None]:
    """Turn an error of the local file system into one of ours, which says what, where and what to do.

    Only calls that touch the disk belong inside: an ``OSError`` of a socket would be taken for the disk's.
    Errors of our own pass unchanged. What it returns may be entered often, and by several threads at once.

    Args:
        target: the file or folder that is being made or written, whatever temporary name is used for it.
        room: asked what the file system has left, where it says that it is full.

    Raises:
        NotAllowed: this user may not write there, or nobody may.
        TransferError: anything else.
    """
    return _Writing(target, room)


def check_destination(destination: Path, *, statvfs: Callable[[Path], os.statvfs_result] | None = None) -> None:
    """Refuse a destination that cannot be written to, before the first byte. Nothing is made or changed.

    Good are a folder that this user may write in, a link to one, and a name that is not taken
    yet where the folders on its way can be made.

    Args:
        destination: as the user named it.
        statvfs: asked instead of ``os.statvfs``.

    Raises:
        UsageError: it is, or is below, something that is no folder; or a link that leads nowhere.
        NotAllowed: this user may not write there, or it is mounted read-only.
        TransferError: the file system cannot say.
    """
    with writing(destination):
        there = nearest(destination)
        # ``nearest`` follows links: one that leads nowhere does not exist to it.
        for passed in itertools.takewhile(lambda path: path != there, (destination, *destination.parents)):
            if passed.is_symlink():
                raise UsageError(
                    f"The destination {str(destination)!r} needs {str(passed)!r}, a link to {str(passed.readlink())!r}, "
                    "which does not exist: make that folder, or remove the link."
                )
        check_folder(destination)
        if (statvfs or os.statvfs)(there).f_flag & os.ST_RDONLY:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        # The kernel's own answer, with access lists and security modules: root, too, may be refused.
        if not os.access(there, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))


def check_folder(destination: Path) -> None:
    """Refuse a destination that is, or is below, something that is no folder.

    Raises:
        UsageError: it is.
        NotAllowed, TransferError: the file system does not say what is there.
    """
    with writing(destination):
        there = nearest(destination)
        if not there.is_dir():
            raise UsageError(
                f"The destination {str(destination)!r} is no folder: name a folder."
                if there == destination
                else f"The destination {str(destination)!r} is below {str(there)!r}, which is no folder: name a folder."
            )


def open_to_readers(folder: Path, like: Path) -> None:
    """Let anybody read a folder (0755) whatever the umask, and the group write in it where it may in ``like``.

    A volume with an ``fsGroup`` is for all users of that group to go on with, and to clear: KServe's
    agent removes what a node caches, and is not the user who brought it.

    Raises:
        OSError: the file system does not let us.
    """
    shared = like.stat().st_mode & stat.S_IWGRP
    inherited = folder.stat().st_mode & stat.S_ISGID  # by which what is in it gets the folder's group
    folder.chmod(0o755 | shared | inherited)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are not there, for anybody to read, see ``open_to_readers``.

    Raises:
        NotAllowed, TransferError: see ``writing``.
    """
    with writing(folder):
        _make(folder)


def is_at(path: Path, descriptor: int) -> bool:
    """Return whether the open file is the one at ``path``: who held its lock before may have removed it when done."""
    try:
        there = path.stat(follow_symlinks=False)
    except FileNotFoundError:
        return False
    mine = os.fstat(descriptor)
    return (there.st_dev, there.st_ino) == (mine.st_dev, mine.st_ino)


def sync_folder(folder: Path, *, fsync: Callable[[int], None] = os.fsync) -> None:
    """Bring the names in a folder to the disk, so that a rename outlives a power cut (fsync(2)).

    Raises:
        NotAllowed, TransferError: see ``writing``.
    """
    with writing(folder):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fsync(descriptor)
        except OSError as error:
            # Some file systems (CIFS, some of FUSE) cannot sync a folder. They keep names as they
            # see fit, and a copy is no less whole for it: a name that is lost is fetched again.
            if error.errno not in _NOT_SYNCED:
                raise
        finally:
            os.close(descriptor)


class _Writing:
    """A class, because a generator would cost each piece of a copy some microseconds."""

    __slots__ = ("_room", "_target")

    def __init__(self, target: Path, room: Callable[[Path], Room]) -> None:
        self._target = target
        self._room = room

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, OSError) and not isinstance(error, MRClientError):
            raise _explained(error, self._target, self._room) from error


def _make(folder: Path) -> None:
    # No recursion: folders may be nested deeper than calls.
    missing = list(itertools.takewhile(lambda each: not each.is_dir(), (folder, *folder.parents)))
    for each in reversed(missing):
        _make_one(each)


def _make_one(folder: Path) -> None:
    try:
        folder.mkdir()
    except FileExistsError:
        if not folder.is_dir():  # another thread may have been faster
            raise
    else:
        # CIFS and FAT give everything the owner and mode of the mount, and let nobody change them.
        with suppress(PermissionError):
            open_to_readers(folder, folder.parent)


# -- what the errors mean ---------------------------------------------------------------------


def _explained(error: OSError, target: Path, room: Callable[[Path], Room]) -> NotAllowed | TransferError:
    kind = NotAllowed if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) else TransferError
    explained = kind(f"{str(target)!r} cannot be written: {_reason(error, target, room)}")
    explained.errno = error.errno  # for who tells a full disk from other faults
    return explained


def _reason(error: OSError, target: Path, room: Callable[[Path], Room]) -> str:
    """Say why, and what to do next."""
    match error.errno:
        case errno.ENOSPC:
            return _full(room(target))
        case errno.EDQUOT:
            return (
                f"the quota of user {os.geteuid()} on {_mount(target, room)} is used up: "
                "remove files there, or have it raised, then run again."
            )
        case errno.EROFS:
            return (
                f"{_mount(target, room)} is mounted read-only: mount it for writing "
                "(readOnly: false, in a pod), or name another folder."
            )
        case errno.EACCES | errno.EPERM:
            return (
                f"{_rights(target)} ({error.strerror}): give it the right (fsGroup, in a pod), or name another folder."
            )
        case errno.ENAMETOOLONG:
            return _too_long(target)
        case errno.ENOTDIR | errno.EISDIR | errno.EEXIST | errno.ENOTEMPTY | errno.ELOOP:
            return _in_the_way(target, error)
        case errno.ENOENT:
            return f"its folder, or what was begun in it, is gone: stop what removes files in {str(target.parent)!r}, then run again."
        case errno.EMFILE | errno.ENFILE:
            return f"{_too_many_open(error)}, then run again."
        case errno.EFBIG:
            return (
                f"{_mount(target, room)} or a limit of this process (ulimit -f) takes no file of this size: "
                "raise the limit, or mount another file system."
            )
        case errno.ETXTBSY | errno.EBUSY:
            return f"it is in use ({error.strerror}): stop what uses it, then run again."
        case errno.EIO | errno.ESTALE | errno.ENOTCONN | errno.ENODEV | errno.ENXIO:
            return (
                f"the device or server behind {_mount(target, room)} failed ({error.strerror}): "
                "check it, and the node's kernel log, then run again."
            )
        case _:
            return f"{error.strerror or error}: check the volume at {_mount(target, room)}, then run again."


def _full(there: Room) -> str:
    if there.files == 0:
        return (
            f"{str(there.mount)!r} has no inode left, though {_said(there)} are free: "
            "remove files there, or mount a volume with more, then run again."
        )
    return f"{str(there.mount)!r} is full, {_said(there)} are free: make room or mount a bigger volume, then run again."


def _said(there: Room) -> str:
    return "it does not say how many bytes" if there.size is None else amount(there.size)


def _mount(target: Path, room: Callable[[Path], Room]) -> str:
    return repr(str(room(target).mount))


def _rights(target: Path) -> str:
    """Say who may not write where, and whose that is."""
    user = f"user {os.geteuid()} (group {os.getegid()})"
    for folder in (target, *target.parents):
        with suppress(OSError):
            if not folder.is_dir():
                continue
            found = folder.stat()
            return (
                f"{user} may not write in {str(folder)!r}, which belongs to {found.st_uid}:{found.st_gid} "
                f"with mode {stat.S_IMODE(found.st_mode):04o}"
            )
    return f"{user} may not write there"


def _too_long(target: Path) -> str:
    there = next((folder for folder in target.parents if os.path.isdir(folder)), Path())  # noqa: PTH112 - never raises
    limit = 255
    with suppress(OSError, ValueError):
        limit = os.pathconf(there, "PC_NAME_MAX")
    longest = max((os.fsencode(part) for part in target.parts), key=len)
    if len(longest) > limit:
        return (
            f"a name of {len(longest)} bytes is longer than the {limit} bytes that the file system takes: "
            "rename it at the source, or mount another file system."
        )
    return f"its path has {len(os.fsencode(target))} bytes, more than the system takes: name a destination with a shorter path."


def _in_the_way(target: Path, error: OSError) -> str:
    """Find what is not what it should be: a file or a link where a folder is needed, or anything at the target."""
    with suppress(OSError):
        for path in reversed((target, *target.parents)):
            if path.is_symlink() and (path == target or not path.is_dir()):
                return f"the link {str(path)!r} to {str(path.readlink())!r} is in the way: remove it, then run again."
            if path.is_dir() and path == target:
                return f"the folder {str(path)!r} is in the way of a file: remove or rename it, then run again."
            if path.exists() and not path.is_dir() and (path != target or error.errno in (errno.EEXIST, errno.ENOTDIR)):
                return f"the file {str(path)!r} is in the way of a folder: remove or rename it, then run again."
    return f"{str(error.filename or target)!r} is in the way ({error.strerror}): remove it, then run again."


def _too_many_open(error: OSError) -> str:
    if error.errno == errno.ENFILE:
        return "the machine has as many files open as it can (fs.file-max): close some"
    import resource  # here: a system without it has other errors

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return f"this process has as many files open as it may ({soft}): raise the limit (ulimit -n)"
