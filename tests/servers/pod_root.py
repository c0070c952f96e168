"""Become a container as a hardened cluster has it, then run a program: started by ``pod.py``, as root.

``pod_root.py WRITABLE KEPT UID GID FSGROUP PROGRAM [ARGUMENT ...]``, the first two with ``:`` between paths.
The environment is passed on as it is.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

_NEW_MOUNTS, _RDONLY, _REMOUNT, _BIND, _MOVE, _REC, _PRIVATE = 0x20000, 1, 32, 4096, 8192, 16384, 1 << 18
_LIBC = ctypes.CDLL(None, use_errno=True)
_KERNELS = {"proc", "sysfs", "devpts", "mqueue", "cgroup", "cgroup2", "devtmpfs"}


def mount(source: str, target: str, flags: int, kind: str = "none", options: str = "") -> None:
    if _LIBC.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode()):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), target)


def uncover(path: str) -> None:
    """Let everybody reach ``path`` below a folder that is root's alone, and nothing else there."""
    hidden = next((each for each in reversed(Path(path).parents) if not each.stat().st_mode & 0o001), None)
    if hidden is None:
        return
    mount(path, "/mnt", _BIND | _REC)
    mount("tmpfs", str(hidden), 0, "tmpfs", "mode=755")
    before = os.umask(0o022)
    Path(path).mkdir(parents=True)
    os.umask(before)
    mount("/mnt", path, _MOVE)


def main() -> None:
    writable, kept, uid, gid, group, *program = sys.argv[1:]
    if _LIBC.unshare(_NEW_MOUNTS):
        raise OSError(ctypes.get_errno(), "unshare")
    mount("none", "/", _REC | _PRIVATE)
    for path in kept.split(":"):
        uncover(path)
    open_ = writable.split(":")
    for path in open_:
        mount(path, path, _BIND)
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, point, kind, options, *_ = line.split()
        if kind not in _KERNELS and point not in open_ and not options.startswith("ro"):
            mount("none", point, _REMOUNT | _BIND | _RDONLY)
    os.chdir("/")
    os.setgroups([int(group)])
    os.setgid(int(gid))
    os.setuid(int(uid))
    os.execv(program[0], program)  # noqa: S606 - it is what this is for


if __name__ == "__main__":
    if sys.argv[1:]:
        main()
    elif _LIBC.unshare(_NEW_MOUNTS):
        sys.exit("no mount namespaces here")
