"""Who has something for himself, or shares it, while his process runs?

Locks on files (flock(2)): the kernel lets go of them when a process ends, however it ends. Where a
file system knows none, whoever asks is told so.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

from mr_client.errors import TransferError
from mr_client.storage.disk.files import is_at, writing

__all__ = ["NO_LOCKS", "Lock", "taken", "waited"]

NO_LOCKS = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})
"""What file systems say that know no locks, such as those over object stores."""
_NOT_FOR_US = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_PAUSE = 0.1
"""Seconds between two looks at what another has."""


class Lock:
    """A lock that is held until it is let go of, or the process ends."""

    def __init__(self, path: Path, descriptor: int, *, real: bool) -> None:
        self._path = path
        self._descriptor: int | None = descriptor
        self.real = real
        """Whether the file system keeps others out; if not, it knows no locks."""

    def still(self) -> bool:
        """Return whether it is a lock of what is at the path now, and not of what was there before."""
        return self._descriptor is not None and is_at(self._path, self._descriptor)

    def release(self) -> None:
        """Let go; twice does no harm."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def taken(path: Path, *, alone: bool, make: bool = True) -> Lock | None:
    """Lock a file at once.

    Args:
        path: the file; links are not followed.
        alone: whether nobody else may have it; if not, it is shared with all who share it.
        make: whether to make the file where it is not there.

    Returns:
        The lock; None where another has it, or the file is replaced or removed just now.

    Raises:
        FileNotFoundError: it is not there, and not to be made.
        NotAllowed, TransferError: see ``writing``.
    """
    try:
        descriptor = _opened(path, make)
    except FileNotFoundError:
        raise
    except OSError:
        with writing(path):
            raise
    real = True
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError as error:
        if error.errno not in NO_LOCKS:
            os.close(descriptor)
            with writing(path):
                raise
        real = False
    lock = Lock(path, descriptor, real=real)
    if lock.still():
        return lock
    lock.release()
    return None


def waited(
    path: Path,
    *,
    alone: bool,
    patience: float,
    make: bool = True,
    waiting: Callable[[], object] = lambda: None,
    sleep: Callable[[float], object] = time.sleep,
) -> Lock:
    """Lock a file, when others let go of it.

    Args:
        path, alone, make: see ``taken``.
        patience: seconds to wait.
        waiting: called once, where it has to wait.
        sleep: stands in for time, for tests.

    Raises:
        FileNotFoundError, NotAllowed: see ``taken``.
        TransferError: others have it for too long.
    """
    end, told = time.monotonic() + patience, False
    while (lock := taken(path, alone=alone, make=make)) is None:
        if time.monotonic() > end:
            raise TransferError(
                f"Another process has been at work at {str(path)!r} for {patience:.0f} s: wait for it, or stop it, "
                "then run again."
            )
        if not told:
            waiting()
            told = True
        sleep(_PAUSE)
    return lock


def _opened(path: Path, make: bool) -> int:
    flags = os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        # For writing, since a lock for oneself needs that on NFS (flock(2)).
        return os.open(path, os.O_RDWR | (os.O_CREAT if make else 0) | flags, 0o660)
    except OSError as error:
        if error.errno not in _NOT_FOR_US:
            raise
        try:
            return os.open(path, os.O_RDONLY | flags)  # a cache that others fill
        except FileNotFoundError:
            if make:
                raise error from None
            raise
